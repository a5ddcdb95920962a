"""What the card offers at every look in every recording, beside what Argo CD would offer then: each difference has its reason here."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import pytest

from strategies.allowed import Verb
from strategies.argo import traps
from strategies.argo.driver import ArgoVerb, Start
from strategies.argo.pauses import CANARY_PAUSE
from strategies.argo.seen import ArgoSeen, Kind
from strategies.argo.standing import is_taken_up
from strategies.argo.start import start_problem
from strategies.model import AskKind, Revision, Rollout, Stage
from strategies.snapshot import snapshot
from tests.strategies.argo.recording import NAMES, load
from tests.strategies.argo.replay import Replay

ON_THE_CARD = {
    ArgoVerb.PROMOTE: Verb.PROMOTE,
    ArgoVerb.PROMOTE_FULL: Verb.PROMOTE_FULL,
    ArgoVerb.SKIP: Verb.SKIP,
    ArgoVerb.PAUSE: Verb.PAUSE,
    ArgoVerb.RESUME: Verb.RESUME,
    ArgoVerb.ABORT: Verb.ABORT,
}
"""Argo CD's other two, retry and restart, begin a rollout of their own: they are offered while none is under way."""

ONWARD = {ArgoVerb.PROMOTE, ArgoVerb.PROMOTE_FULL, ArgoVerb.SKIP}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why the card differs from Argo CD for `verbs` while `holds`."""

    why: str
    verbs: frozenset[ArgoVerb]
    holds: Callable[[Rollout, ArgoSeen], bool]


def _reason(why: str, verbs: set[ArgoVerb], holds: Callable[[Rollout, ArgoSeen], bool]) -> Reason:
    return Reason(why, frozenset(verbs), holds)


def _at_hand(seen: ArgoSeen) -> str:
    return seen.steps[seen.step] if seen.step is not None and seen.step < len(seen.steps) else ""


def _is_begun(seen: ArgoSeen) -> bool:
    return any(pausing.key.reason == CANARY_PAUSE for pausing in seen.pauses)


def _asks(rollout: Rollout, kind: AskKind) -> bool:
    return any(ask.is_open and ask.kind is kind for ask in rollout.asks)


WITHHELD = (
    _reason("the rollout has ended; another begins anew", set(ON_THE_CARD), lambda rollout, seen: rollout.is_final),
    _reason("it is on its way back", set(ON_THE_CARD), lambda rollout, seen: rollout.stage is Stage.REVERTING),
    _reason(
        "it is on its way to 100%, where it stops nowhere; an abort leads back (04, 15c)",
        ONWARD | {ArgoVerb.PAUSE},
        lambda rollout, seen: rollout.stage is Stage.PROMOTING,
    ),
    _reason(
        "the newest template is not taken up: it would be lost, or reach another version (15a, 15b)",
        ONWARD,
        lambda rollout, seen: not is_taken_up(seen),
    ),
    _reason(
        "it is aborted: promote does nothing, promote --full brings it to everybody (15e)",
        ONWARD,
        lambda rollout, seen: seen.aborted,
    ),
    _reason("somebody holds it: resume first (05)", ONWARD, lambda rollout, seen: bool(rollout.holds)),
    _reason(
        "an inconclusive analysis is a question of its own, answered with a role and a reason (08c)",
        {ArgoVerb.PROMOTE},
        lambda rollout, seen: _asks(rollout, AskKind.INCONCLUSIVE),
    ),
    _reason(
        "it was just promoted: a second one would skip the step after (15d)",
        {ArgoVerb.SKIP},
        lambda rollout, seen: seen.controller_pause and not seen.pauses,
    ),
    _reason(
        "an endless pause that has not begun would end with the one that is skipped (08l)",
        {ArgoVerb.SKIP},
        lambda rollout, seen: _at_hand(seen) == "pause" and bool(seen.pauses) and not _is_begun(seen),
    ),
    _reason(
        "pods are still moving to the weight, and the rest of the step would be left undone (15f)",
        {ArgoVerb.SKIP},
        lambda rollout, seen: _at_hand(seen).startswith(("setWeight", "setCanaryScale")) and not seen.pauses,
    ),
)

ADDED = (
    _reason(
        "our abort is remembered, and goes back by undo where Argo's would do nothing (15c, 15e)",
        {ArgoVerb.ABORT},
        lambda rollout, seen: rollout.stage in (Stage.WALKING, Stage.PROMOTING),
    ),
    _reason(
        "our hold is remembered beside the one in the cluster, and stays when that is lifted (05)",
        {ArgoVerb.PAUSE},
        lambda rollout, seen: rollout.stage is Stage.WALKING and seen.current_hash != seen.stable_hash,
    ),
    _reason(
        "a blue/green has no step to skip, but its pause can be passed over with a role and a reason (09a, 09d)",
        {ArgoVerb.SKIP},
        lambda rollout, seen: seen.kind is Kind.BLUE_GREEN and bool(seen.pauses) and not _is_barred(rollout, seen),
    ),
)


def _is_barred(rollout: Rollout, seen: ArgoSeen) -> bool:
    return any(ArgoVerb.SKIP in reason.verbs and reason.holds(rollout, seen) for reason in WITHHELD)


@cache
def played(name: str) -> Replay:
    """The recording, followed by rollouts of ours."""
    return Replay(load(name)).plays()


def card(rollout: Rollout, seen: ArgoSeen) -> set[ArgoVerb]:
    """Argo's verbs that the card offers."""
    verbs = snapshot(rollout, seen, seen.at).verbs
    return {verb for verb, ours in ON_THE_CARD.items() if ours in verbs}


def reasons(table: tuple[Reason, ...], rollout: Rollout, seen: ArgoSeen) -> set[ArgoVerb]:
    """The verbs for which a reason in the table holds."""
    return {verb for reason in table if reason.holds(rollout, seen) for verb in reason.verbs}


@pytest.mark.parametrize("name", NAMES)
def test_the_card_offers_what_argo_cd_offers_but_for_the_reasons_listed(name: str) -> None:
    for rollout, seen in played(name).shown:
        theirs = set(seen.legal) & set(ON_THE_CARD)
        expected = (theirs - reasons(WITHHELD, rollout, seen)) | reasons(ADDED, rollout, seen)
        assert card(rollout, seen) == expected, (seen.at, seen.status, seen.message, rollout.stage)


def test_every_reason_makes_a_difference_in_some_recording() -> None:
    shown = [look for name in NAMES for look in played(name).shown]
    for reason in WITHHELD:
        assert any(reason.holds(*look) and reason.verbs & look[1].legal - card(*look) for look in shown), reason.why
    for reason in ADDED:
        assert any(reason.holds(*look) and reason.verbs & card(*look) - look[1].legal for look in shown), reason.why


@pytest.mark.parametrize("case", ["15a", "15d", "15e"])
def test_without_its_trap_the_card_of_some_recording_would_offer_what_harms(
    case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = [look for name in NAMES for look in played(name).shown]
    with_it = [card(*look) for look in looks]
    monkeypatch.setattr(traps, "TRAPS", tuple(trap for trap in traps.TRAPS if trap.case != case))
    assert with_it != [card(*look) for look in looks]


def test_until_a_resume_has_reached_the_cluster_no_promote_is_offered_05() -> None:
    shown = [look for look in played("05-spec-paused").shown if look[1].spec_paused and look[1].pauses]
    held, seen = next(look for look in shown if look[1].observed and look[0].stage is Stage.WALKING)
    assert Verb.RESUME in snapshot(held, seen, seen.at).verbs
    assert not card(held, seen) & {ArgoVerb.PROMOTE, ArgoVerb.SKIP}


@pytest.mark.parametrize("name", NAMES)
def test_what_begins_with_a_retry_or_a_restart_begins_where_argo_cd_offers_it_but_for_the_reasons_listed(
    name: str,
) -> None:
    for seen in played(name).alone:
        candidate = Revision("", seen.image or "")
        retries = start_problem(Start.RETRY, seen, candidate) is None
        waits = not is_taken_up(seen) or bool(seen.fast_track)  # 15a: it would be lost; 09f, 09i: past its gate
        assert retries == (ArgoVerb.RETRY in seen.legal and not waits), (seen.at, seen.message)
        restarts = start_problem(Start.RESTART, seen, candidate) is None
        moves = not is_taken_up(seen) or not seen.current_hash or seen.current_hash != seen.stable_hash
        assert ArgoVerb.RESTART in seen.legal
        assert restarts is not moves, (seen.at, seen.message)  # while another version is on its way that is ended first
