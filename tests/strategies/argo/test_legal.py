"""What may be asked of a Rollout: Argo CD's own offer at every moment of every recording, less the traps."""

import gzip
import json
from collections.abc import Iterator, Mapping, Sequence

import pytest

from strategies.argo.driver import ArgoVerb
from strategies.argo.forbidden import RULES, forbidden
from strategies.argo.legal import legal
from strategies.argo.seen import ArgoSeen
from tests.strategies.argo.recording import FOLDER, NAMES, Moment, load
from tests.strategies.argo.test_sight import look, looks

Offers = Sequence[tuple[int, Sequence[str] | None]]
OFFERED: Mapping[str, Offers] = json.loads(gzip.decompress((FOLDER / "discovery.json.gz").read_bytes()))
VERBS = {
    "restart": ArgoVerb.RESTART,
    "abort": ArgoVerb.ABORT,
    "retry": ArgoVerb.RETRY,
    "pause": ArgoVerb.PAUSE,
    "promote-full": ArgoVerb.PROMOTE_FULL,
    "skip-current-step": ArgoVerb.SKIP,
}


def changes(name: str) -> Iterator[tuple[Moment, Sequence[str] | None]]:
    """Every change of a Rollout in a recording, with what Argo CD's script offered for it."""
    offers, at = OFFERED[name], -1
    for moment in load(name).moments():
        if moment.kind == "event" and moment.rollout and moment.entry["type"] != "DELETED":
            while at + 1 < len(offers) and offers[at + 1][0] <= moment.number:
                at += 1
            yield moment, offers[at][1]


@pytest.mark.parametrize("name", NAMES)
def test_offers_what_argo_cd_offers_at_every_moment(name: str) -> None:
    for moment, offered in changes(name):
        rollout = moment.objects.rollout or {}
        if offered is None:
            assert "status" not in rollout, "the script fails only where there is no status"
            continue
        wanted = {VERBS[one] for one in offered if one != "resume"}
        if "resume" in offered:
            wanted |= {ArgoVerb.PROMOTE} if rollout["status"].get("pauseConditions") else set()
            wanted |= {ArgoVerb.RESUME} if rollout["spec"].get("paused") else set()
            assert wanted & {ArgoVerb.PROMOTE, ArgoVerb.RESUME}
        assert legal(rollout) == wanted, moment.entry["at_ms"]


def test_without_a_status_nothing_is_offered_that_the_controller_could_act_on() -> None:
    found = next(found for _, found in looks("02-canary-basic") if not found.observed)
    assert found.legal - set(forbidden(found)) == {ArgoVerb.RESTART}


def test_every_rule_is_told_in_some_recording() -> None:
    found = {sentence for name in NAMES for moment, _ in changes(name) for sentence in forbidden(look(moment)).values()}
    assert {rule.sentence for rule in RULES} <= found


def allowed(found: ArgoSeen) -> set[ArgoVerb]:
    """What is left of Argo CD's offer."""
    return set(found.legal) - set(forbidden(found))


def after(name: str, command: str) -> Iterator[ArgoSeen]:
    """What is seen at every change after the first command that has these words."""
    given = False
    for moment, found in looks(name):
        if moment.kind == "cli":
            given = given or command in moment.entry["command"]
        elif given:
            yield found


def test_at_a_pause_a_person_may_promote_abort_and_pause() -> None:
    found = next(found for _, found in looks("02-canary-basic") if found.pauses)
    verbs = {ArgoVerb.PROMOTE, ArgoVerb.PROMOTE_FULL, ArgoVerb.ABORT, ArgoVerb.PAUSE, ArgoVerb.RESTART}
    assert allowed(found) == verbs


def test_between_pauses_only_a_skip_goes_on() -> None:
    found = next(found for _, found in looks("02-canary-basic") if found.revision == 2 and found.observed)
    assert allowed(found) & {ArgoVerb.PROMOTE, ArgoVerb.SKIP} == {ArgoVerb.SKIP}


@pytest.mark.parametrize(
    ("name", "command"),
    [("15a-trap-promote-reaches-newer-revision", "set image"), ("15b-trap-promote-full-right-after-undo", "undo")],
    ids=["15a", "15b"],
)
def test_nothing_goes_on_while_the_controller_has_not_taken_up_the_newest_template(name: str, command: str) -> None:
    found = next(after(name, command))
    assert not found.observed
    for verb in (ArgoVerb.PROMOTE, ArgoVerb.PROMOTE_FULL, ArgoVerb.SKIP):
        assert "has not taken up the newest template" in forbidden(found)[verb]


def test_an_abort_after_promote_full_is_refused_with_the_way_back_15c() -> None:
    found = next(found for found in after("15c-trap-abort-after-promote-full", "promote") if found.promote_full)
    assert ArgoVerb.ABORT in found.legal
    assert "the way back is undo, then promote --full" in forbidden(found)[ArgoVerb.ABORT]


def test_a_second_promote_is_refused_while_the_first_is_not_acted_on_15d() -> None:
    found = next(after("15d-trap-promote-twice", "promote"))
    assert found.message == "waiting for rollout to unpause"
    assert "would skip the next step" in forbidden(found)[ArgoVerb.PROMOTE]
    assert ArgoVerb.SKIP not in allowed(found)


def test_on_a_healthy_rollout_only_a_restart_is_left_15e() -> None:
    found = next(found for _, found in looks("15e-trap-promote-when-nothing-to-promote") if found.status == "Healthy")
    assert allowed(found) == {ArgoVerb.RESTART}
    assert "do nothing" in forbidden(found)[ArgoVerb.ABORT]


def test_an_aborted_version_is_never_promoted_fully_15e() -> None:
    found = [found for _, found in looks("15e-trap-promote-when-nothing-to-promote") if found.aborted]
    under_way = [one for one in found if one.current_hash != one.stable_hash]
    assert under_way
    for one in under_way:
        assert "would bring the aborted version to everybody" in forbidden(one)[ArgoVerb.PROMOTE_FULL]
        assert ArgoVerb.PROMOTE in forbidden(one)


def test_a_promote_while_paused_by_hand_is_refused_05() -> None:
    found = next(found for _, found in looks("05-spec-paused") if found.spec_paused and found.pauses and found.observed)
    assert "resume it first" in forbidden(found)[ArgoVerb.PROMOTE]
    assert ArgoVerb.RESUME in allowed(found)


@pytest.mark.parametrize(
    "name", ["09f-bluegreen-abort-then-quick-retry", "09i-bluegreen-pre-promotion-quick-retry"], ids=["09f", "09i"]
)
def test_a_retry_that_would_go_live_without_its_gate_is_refused_until_the_set_is_down(name: str) -> None:
    found = next(found for _, found in looks(name) if found.aborted and found.status == "Degraded")
    assert ArgoVerb.RETRY in found.legal
    assert "without its pause or analysis" in forbidden(found)[ArgoVerb.RETRY]


def test_a_retry_of_a_canary_is_allowed() -> None:
    found = next(found for _, found in looks("03-abort-retry-undo") if found.status == "Degraded")
    assert ArgoVerb.RETRY in allowed(found)


def test_where_there_is_no_rollout_nothing_is_allowed() -> None:
    (moment, *_) = load("02-canary-basic").moments()
    assert set(forbidden(ArgoSeen(at=moment.at))) == set(ArgoVerb)
