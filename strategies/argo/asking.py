"""Questions about the pauses of Argo's controller: one for each pause that only a person ends, gone when the pause is gone.

An answer counts for exactly one pause (pod hash, reason, start time), and for none once that was seen to be over. One promote ends every
pause at once, so it is sent only when each of them is answered with yes (08m); and while one stands that ends by itself, not before that
has ended, so that accepting an inconclusive analysis does not cut the plan's own waiting short.

An inconclusive analysis that stands while a weight comes in place carries the walk past the endless pause behind it, with nobody asked
(08l). Two things stand against that: the walk is kept at its step by `spec.paused` (`guards`), and where it went past all the same, the
pause that was passed gets its question beside the inconclusive one, before anything moves on.
"""

from collections.abc import Iterable
from dataclasses import replace

from strategies.argo.driver import ArgoVerb, PauseKey
from strategies.argo.pauses import CANARY_PAUSE, INCONCLUSIVE
from strategies.argo.seen import ArgoSeen, Kind
from strategies.argo.standing import IN_CLUSTER, for_people, inconclusive, percent, step_text
from strategies.asks import INCONCLUSIVE_DEADLINE, ask_people
from strategies.decision import Turn
from strategies.events import Fact, What
from strategies.judge.verdict import Verdict
from strategies.model import Actor, Ask, AskEnd, AskKind, Binding, Rollout, Walk
from strategies.steps import Gate, Silence

PASSED = "PassedPause"
"""Our reason for the question about a pause that the controller went past unasked."""

SOMEBODY = Actor("unknown", "somebody outside Leadsman", IN_CLUSTER)
"""Who promotes without Leadsman: the cluster keeps no trace of it."""


def asked(turn: Turn, before: Walk, seen: ArgoSeen) -> Turn:
    """The turn with every question whose pause is gone closed, and one opened for each new pause."""
    walk = turn.rollout.walk(before.id)
    turn = _voided(_told_gone(turn, before, seen), walk, seen)
    if walk.argo.order is not None:
        return turn
    for pausing in for_people(seen):
        kind = AskKind.INCONCLUSIVE if pausing.key.reason in INCONCLUSIVE else AskKind.GATE
        turn = _opened(turn, walk, seen, pausing.key, kind, walk.argo.step)
    for step, key in _passed(before, seen):
        turn = _opened(turn, walk, seen, key, AskKind.GATE, step)
    return _shown(turn, walk)


def _shown(turn: Turn, walk: Walk) -> Turn:
    """The turn with each question about an unclear analysis naming it, also where the pause was seen before the analysis was."""
    for ask in turn.rollout.asks:
        if ask.is_open and ask.kind is AskKind.INCONCLUSIVE and ask.walk == walk.id and ask.activity is None:
            turn = turn.with_ask(replace(ask, activity=_unclear(turn.rollout, walk)))
    return turn


def is_answered(rollout: Rollout, walk: Walk, seen: ArgoSeen) -> bool:
    """Whether people said yes to everything that stands, so that one promote may end it all."""
    keys = [pausing.key for pausing in for_people(seen)]
    yes = [ask for ask in rollout.asks if ask.walk == walk.id and ask.ended is AskEnd.APPROVED]
    missing = [ask for ask in rollout.asks if ask.walk == walk.id and ask.is_open]
    answered = all(any(_is_about(ask, key, walk) for ask in yes) for key in keys)
    return bool(keys) and answered and not missing and len(keys) == len(seen.pauses)


def _is_about(ask: Ask, key: PauseKey, walk: Walk) -> bool:
    """Whether a question is about this pause. Pauses of two steps can begin in the same second."""
    return ask.pause == key and (key.reason != CANARY_PAUSE or ask.binding.position == walk.argo.step)


def guards(walk: Walk, seen: ArgoSeen) -> bool:
    """Whether the walk must be kept at its step: an inconclusive analysis would carry it past an endless pause.

    Only once candidate pods are there: before, the step cannot end, and keeping them from being made would help nobody.
    """
    if inconclusive(seen) is None or seen.step is None or seen.canary_pods == 0:
        return False
    at_hand, *rest = seen.steps[seen.step :] or ("",)
    until = next((number for number, text in enumerate(rest) if text.startswith("setWeight")), len(rest))
    return not at_hand.startswith("pause") and "pause" in rest[:until]


def _told_gone(turn: Turn, before: Walk, seen: ArgoSeen) -> Turn:
    """What people had said yes to was over before their promote could be sent: that is told, since it was not they who ended it."""
    keys = {pausing.key for pausing in seen.pauses}
    ours = before.argo.order is not None and before.argo.order.sent
    for ask in turn.rollout.asks:
        mine = ask.walk == before.id and ask.ended is AskEnd.APPROVED and ask.pause in before.argo.pauses
        if mine and ask.pause not in keys and not ours:
            turn = turn.tell(
                What.DROPPED, verb=ArgoVerb.PROMOTE, why="the pause it was about was over already", ask=ask.id
            )
    return turn


def _voided(turn: Turn, walk: Walk, seen: ArgoSeen) -> Turn:
    keys, stands = [pausing.key for pausing in for_people(seen)], inconclusive(seen)
    keys += [] if stands is None else [_passed_key(stands.key)]
    gone = False
    for ask in turn.rollout.asks:
        if ask.walk != walk.id or ask.pause is None or any(_is_about(ask, key, walk) for key in keys):
            continue
        if not ask.is_open:
            turn = turn.with_ask(replace(ask, pause=None))
            continue
        gone = gone or ask.pause.reason != PASSED
        facts: dict[str, Fact] = {
            "ask": ask.id,
            "why": "promoted elsewhere, not through Leadsman",
            "have": len(ask.yes),
        }
        turn = turn.with_ask(replace(ask, ended=AskEnd.VOID, pause=None)).tell(What.ASK_VOID, **facts)
    if not gone:
        return turn
    return turn.tell(
        What.PROMOTED, SOMEBODY, step=walk.argo.step, weight=percent(seen, seen.weight_seen), elsewhere=True
    )


def _passed_key(key: PauseKey) -> PauseKey:
    return replace(key, reason=PASSED)


def _passed(before: Walk, seen: ArgoSeen) -> Iterable[tuple[int, PauseKey]]:
    """The endless pauses that the walk went past since the look before, while the same inconclusive result stood."""
    stands = inconclusive(seen)
    if stands is None or stands.key not in before.argo.pauses or seen.step is None:
        return
    for step in range(before.argo.step, seen.step):
        if step_text(seen, step) == "pause":
            yield step, _passed_key(stands.key)


def _opened(turn: Turn, walk: Walk, seen: ArgoSeen, key: PauseKey, kind: AskKind, step: int) -> Turn:
    if any(_is_about(ask, key, walk) and ask.ended is not AskEnd.VOID for ask in turn.rollout.asks):
        return turn
    turn, number = turn.number()
    clear = kind is AskKind.GATE
    gate = walk.argo.gate if clear else Gate(1, turn.rollout.policy.approvers, INCONCLUSIVE_DEADLINE, Silence.HOLD)
    candidate = turn.rollout.candidate
    binding = Binding(
        step, candidate.version, candidate.digest, percent(seen, seen.weight_seen), allowed_weight(seen, step)
    )
    ask = Ask(
        id=f"{turn.rollout.id}-{number}",
        kind=kind,
        walk=walk.id,
        binding=binding,
        approvals=gate.approvals,
        roles=gate.roles,
        opened=turn.at,
        deadline=turn.at + gate.deadline,
        silence=gate.on_deadline,
        pause=key,
    )
    return ask_people(turn, ask)


def _unclear(rollout: Rollout, walk: Walk) -> str | None:
    """The analysis that an inconclusive pause is about: the latest without a clear result."""
    mine = [one for one in rollout.activities if one.walk == walk.id and not one.accepted]
    return next((one.id for one in reversed(mine) if one.run.phase is Verdict.INCONCLUSIVE), None)


def allowed_weight(seen: ArgoSeen, step: int) -> int:
    """The greatest weight that a promote at this step leads to before people are asked again. 100 at the end, and for blue/green."""
    if seen.kind is Kind.BLUE_GREEN:
        return 100
    weights = [seen.weight_seen]
    for text in seen.steps[step + 1 :]:
        if text == "pause":
            return percent(seen, max(weights))
        if text.startswith("setWeight: "):
            weights.append(int(text.removeprefix("setWeight: ")))
    return 100
