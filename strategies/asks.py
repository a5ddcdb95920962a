"""Questions to people: opened by a step or an analysis, answered by votes, closed by an answer, the deadline or a changed binding."""

from dataclasses import replace
from datetime import datetime, timedelta

from strategies.decision import Turn
from strategies.events import Fact, What
from strategies.model import Activity, Actor, Ask, AskEnd, AskKind, Binding, Rollout, Seen, Vote, Walk, Who
from strategies.refusals import NOTHING, missing_role, reasonless
from strategies.steps import Gate, SetWeight, Silence
from strategies.traffic import share

INCONCLUSIVE_DEADLINE = timedelta(hours=4)
GRACE = timedelta(minutes=15)
"""A deadline that passed while we were away still gives people this long after we are back."""

LAST_CALL = timedelta(minutes=15)
"""So long before the deadline people are reminded for the last time."""


def open_gate(turn: Turn, walk: Walk, seen: Seen, gate: Gate) -> Turn:
    """The turn with the gate's question asked."""
    turn, number = turn.number()
    ask = Ask(
        id=f"{turn.rollout.id}-{number}",
        kind=AskKind.GATE,
        walk=walk.id,
        binding=_binding(turn.rollout, walk, seen),
        approvals=gate.approvals,
        roles=gate.roles,
        opened=turn.at,
        deadline=turn.at + gate.deadline,
        silence=gate.on_deadline,
    )
    return ask_people(turn, ask)


def open_inconclusive(turn: Turn, walk: Walk, seen: Seen, activity: Activity) -> Turn:
    """The turn with the question what to make of an analysis without a clear result. Silence holds: it is neither good nor bad."""
    turn, number = turn.number()
    ask = Ask(
        id=f"{turn.rollout.id}-{number}",
        kind=AskKind.INCONCLUSIVE,
        walk=walk.id,
        binding=_binding(turn.rollout, walk, seen),
        approvals=1,
        roles=turn.rollout.policy.approvers,
        opened=turn.at,
        deadline=turn.at + INCONCLUSIVE_DEADLINE,
        silence=Silence.HOLD,
        activity=activity.id,
    )
    return ask_people(turn, ask)


def ask_people(turn: Turn, ask: Ask) -> Turn:
    """The turn with a new question, told with everything that an answer counts for."""
    facts: dict[str, Fact] = {
        "ask": ask.id,
        "kind": ask.kind,
        "approvals": ask.approvals,
        "roles": ", ".join(ask.roles),
        "weight": ask.binding.weight,
        "allows": ask.binding.allows,
        "deadline": ask.deadline.isoformat(),
        "silence": ask.silence,
        "version": ask.binding.version,
        "digest": ask.binding.digest,
    }
    return turn.with_ask(ask).tell(What.ASKED, **facts)


def _binding(rollout: Rollout, walk: Walk, seen: Seen) -> Binding:
    candidate, cursor = rollout.candidate, walk.native.cursor
    return Binding(cursor, candidate.version, candidate.digest, share(walk, seen), allowed_weight(walk))


def allowed_weight(walk: Walk) -> int:
    """The greatest weight that can be reached from the cursor before the next gate: what a yes allows. 100 at the end of the plan."""
    rest = walk.native.plan.steps[walk.native.cursor + 1 :]
    weights = [walk.weight]
    for step in rest:
        if isinstance(step, Gate):
            return max(weights)
        if isinstance(step, SetWeight):
            weights.append(step.weight)
    return 100


def asked_at(rollout: Rollout, walk: Walk) -> Ask | None:
    """The gate's question at the walk's cursor, the latest one, open or answered."""
    found = [
        ask
        for ask in rollout.asks
        if ask.kind is AskKind.GATE and ask.walk == walk.id and ask.binding.position == walk.native.cursor
    ]
    return found[-1] if found else None


def deadline_of(ask: Ask, awake: datetime) -> datetime:
    """When silence takes effect: the deadline, or, where it passed while we were away, a grace after we woke."""
    return max(ask.deadline, awake + GRACE) if ask.opened < awake and ask.deadline <= awake else ask.deadline


def next_reminder(ask: Ask, awake: datetime) -> datetime | None:
    """When people are to be reminded of an open question next; None where they were for the last time."""
    return next(iter(_reminders(ask, awake)[ask.reminded :]), None)


def _reminders(ask: Ask, awake: datetime) -> tuple[datetime, ...]:
    """Half time, and shortly before silence takes effect where that is later."""
    half = ask.opened + (ask.deadline - ask.opened) / 2
    last = deadline_of(ask, awake) - LAST_CALL
    return (half, last) if last > half else (half,)


def reminded(turn: Turn, ask: Ask, awake: datetime) -> Turn:
    """The turn with people reminded of an open question, once for all the moments that passed since they were last."""
    passed = sum(moment <= turn.at for moment in _reminders(ask, awake))
    if passed <= ask.reminded:
        return turn
    facts: dict[str, Fact] = {
        "ask": ask.id,
        "kind": ask.kind,
        "have": len(ask.yes),
        "need": ask.approvals,
        "deadline": deadline_of(ask, awake).isoformat(),
        "silence": ask.silence,
    }
    return turn.with_ask(replace(ask, reminded=passed)).tell(What.REMINDED, **facts)


def vote_problem(rollout: Rollout, ask: Ask | None, who: Who, *, yes: bool, reason: str) -> str | None:
    """Why this person's answer to `ask` counts for nothing, as a sentence; None when it counts."""
    verb = "approved" if yes else "rejected"
    if ask is None:
        return f"Not {verb}. That question is not one of {rollout.app} in {rollout.environment}. {NOTHING}"
    if not ask.is_open:
        return f"Not {verb}. {_ended_sentence(ask)} {NOTHING}"
    if not who.roles & set(ask.roles):
        return f"Not {verb}. {missing_role(rollout, who, ask.roles)} {NOTHING}"
    if yes and who.actor.id == rollout.by.id and not rollout.policy.own_approval:
        return f"Not approved. You started this rollout, and {rollout.environment} asks for somebody else. {NOTHING}"
    if yes and any(vote.by.id == who.actor.id for vote in ask.yes):
        count = len(ask.yes)
        return f"Your approval already counts. {count} of {ask.approvals}, {_more(ask.approvals - count)}."
    return reasonless(reason, verb) if not yes or ask.kind is AskKind.INCONCLUSIVE else None


def _more(missing: int) -> str:
    return "one more person is needed" if missing == 1 else f"{missing} more people are needed"


def _ended_sentence(ask: Ask) -> str:
    last = ask.votes[-1].by.name if ask.votes else "Leadsman"
    match ask.ended:
        case AskEnd.APPROVED:
            return f"It was already approved, last by {last}."
        case AskEnd.REJECTED:
            return f"It was already rejected by {last}."
        case AskEnd.EXPIRED:
            return "Its deadline has passed."
        case AskEnd.AGAIN:
            return "It is being measured again."
        case _:
            return "What it asked about is gone."


def voted(turn: Turn, ask: Ask, by: Actor, *, yes: bool, reason: str) -> Turn:
    """The turn with one answer counted, and the question closed where that was the last one needed."""
    ask = replace(ask, votes=(*ask.votes, Vote(by, turn.at, yes, reason)))
    facts: dict[str, Fact] = {"ask": ask.id, "reason": reason, "have": len(ask.yes), "need": ask.approvals}
    if not yes:
        return turn.with_ask(replace(ask, ended=AskEnd.REJECTED)).tell(What.REJECTED, by, **facts)
    turn = turn.tell(What.APPROVED, by, **facts, digest=ask.binding.digest, kind=ask.kind)
    if len(ask.yes) < ask.approvals:
        return turn.with_ask(ask)
    turn = turn.with_ask(replace(ask, ended=AskEnd.APPROVED))
    return turn.tell(What.GATE_OPEN, by, ask=ask.id, allows=ask.binding.allows, kind=ask.kind)


def revoked(turn: Turn, why: str) -> Turn:
    """The turn with every open question closed, and with no approval left that has not yet opened its gate."""
    turn = void(turn, why)
    for walk in turn.rollout.walks:
        ask = asked_at(turn.rollout, walk)
        if ask is not None and ask.ended is AskEnd.APPROVED:
            turn = turn.with_ask(replace(ask, ended=AskEnd.VOID))
            turn = turn.tell(What.ASK_VOID, ask=ask.id, why=why, have=len(ask.yes))
    return turn


def void(turn: Turn, why: str) -> Turn:
    """The turn with every open question closed, and said so."""
    for ask in turn.rollout.asks:
        if ask.is_open:
            turn = turn.with_ask(replace(ask, ended=AskEnd.VOID))
            turn = turn.tell(What.ASK_VOID, ask=ask.id, why=why, have=len(ask.yes))
    return turn
