"""What people may do to a rollout; `refusals` has the sentences for what they may not, whoever walks.

A command is checked for the person and for what the person saw. It changes what is remembered; the next look at the world moves it.
"""

from dataclasses import replace
from typing import assert_never

from strategies.activities import activity_at, again
from strategies.asks import vote_problem, voted
from strategies.decision import Decision, Turn, close, refused
from strategies.events import (
    Abort,
    AnyDriver,
    Approve,
    Command,
    Fact,
    Hold,
    MeasureAgain,
    Promote,
    PromoteFull,
    Reject,
    Replace,
    Resume,
    Skip,
    Terminate,
    What,
)
from strategies.model import AskEnd, HoldKind, Outcome, Rollout, Stage, Walk
from strategies.refusals import NOTHING, step_problem
from strategies.revert import revert
from strategies.steps import Analysis, Gate, Pause, SetCanaryScale, SetWeight
from strategies.walk import frozen, passed, promoting


def command(turn: Turn, event: Command) -> Decision:
    """What becomes of a rollout that Leadsman walks itself by an act of a person who may."""
    match event:
        case Promote():
            return _promote(turn, event)
        case PromoteFull():
            return _promote_full(turn, event)
        case Skip():
            return _skip(turn, event)
        case MeasureAgain():
            return _again(turn, event)
        case Terminate():
            return refused(
                turn.rollout, f"Not done: Leadsman measures here itself. Skip the analysis instead. {NOTHING}"
            )
        case Abort() | Replace() | Hold() | Resume() | Approve() | Reject():
            return any_driver(turn, event)
        case _ as unreachable:
            assert_never(unreachable)


def any_driver(turn: Turn, event: AnyDriver) -> Decision:
    """What becomes of it by a command that means the same whoever walks."""
    match event:
        case Abort():
            return _abort(turn, event)
        case Replace():
            return _replace(turn, event)
        case Hold():
            return _hold(turn, event)
        case Resume():
            return _resume(turn, event)
        case Approve() | Reject():
            return _vote(turn, event)
        case _ as unreachable:
            assert_never(unreachable)


def _at_hand(rollout: Rollout) -> Walk | None:
    """The walk that a step's verb is about: the first that is not yet at the end of its plan."""
    return next((walk for walk in rollout.walks if walk.native.cursor < len(walk.native.plan.steps)), None)


def _promote(turn: Turn, event: Promote) -> Decision:
    rollout = turn.rollout
    problem = step_problem(rollout, event)
    walk = _at_hand(rollout)
    if problem or walk is None:
        return refused(rollout, problem or f"Nothing to promote: every step is done. {NOTHING}")
    step = walk.native.plan.steps[walk.native.cursor]
    match step:
        case Pause():
            told = turn.tell(What.PROMOTED, event.by.actor, step=walk.native.cursor, weight=walk.weight)
            return passed(told, walk).done()
        case Gate():
            return refused(
                rollout, f"Not promoted: this step waits for approval. Approve it, or skip it with a reason. {NOTHING}"
            )
        case Analysis():
            return refused(
                rollout,
                f"Not promoted: the analysis is still running. Wait for it, or skip it with a reason. {NOTHING}",
            )
        case SetWeight() | SetCanaryScale():
            return refused(rollout, f"Nothing to promote: it is still {_moving(step)}. {NOTHING}")
        case _ as unreachable:
            assert_never(unreachable)


def _moving(step: SetWeight | SetCanaryScale) -> str:
    return f"moving to {step.weight}%" if isinstance(step, SetWeight) else "scaling the canary pods"


def _promote_full(turn: Turn, event: PromoteFull) -> Decision:
    rollout = turn.rollout
    untouched = f"Not promoted: no canary pod runs yet. {NOTHING}" if rollout.is_untouched else None
    if problem := step_problem(rollout, event) or untouched:
        return refused(rollout, problem)
    steps = min(walk.native.cursor for walk in rollout.walks)
    turn = passed_over(turn, "promoted to 100%").tell(
        What.PROMOTED_FULL, event.by.actor, reason=event.reason, step=steps
    )
    return promoting(turn).done()


def passed_over(turn: Turn, why: str) -> Turn:
    """Every open question closed because a person with the role went past it."""
    for ask in turn.rollout.asks:
        if ask.is_open:
            turn = turn.with_ask(replace(ask, ended=AskEnd.VOID)).tell(What.ASK_VOID, ask=ask.id, why=why)
    return turn


def _skip(turn: Turn, event: Skip) -> Decision:
    rollout = turn.rollout
    problem = step_problem(rollout, event)
    walk = _at_hand(rollout)
    if problem or walk is None:
        return refused(rollout, problem or f"Nothing to skip: every step is done. {NOTHING}")
    step = walk.native.plan.steps[walk.native.cursor]
    if isinstance(step, SetWeight | SetCanaryScale):
        return refused(rollout, f"Nothing to skip: it is still {_moving(step)}. {NOTHING}")
    facts: dict[str, Fact] = {"step": walk.native.cursor, "kind": type(step).__name__.lower(), "reason": event.reason}
    turn = turn.tell(What.SKIPPED, event.by.actor, **facts)
    activity = activity_at(rollout, walk, walk.native.cursor)
    own = None if activity is None else activity.id
    for ask in rollout.asks:
        ours = ask.activity == own if ask.activity else ask.binding.position == walk.native.cursor
        if ask.is_open and ask.walk == walk.id and ours:
            turn = turn.with_ask(replace(ask, ended=AskEnd.VOID)).tell(What.ASK_VOID, ask=ask.id, why="skipped")
    return passed(turn, walk).done()


def _abort(turn: Turn, event: Abort) -> Decision:
    """Bring base home; on the way there, only what other hands are on can still be left as it is."""
    if turn.rollout.stage is Stage.REVERTING and frozen(turn.rollout):
        return _left(turn, event)
    if turn.rollout.stage is Stage.REVERTING:
        return refused(turn.rollout, f"It is already on its way back: {turn.rollout.why}. {NOTHING}")
    turn = turn.tell(What.ABORTED, event.by.actor, reason=event.reason)
    why = f"aborted by {event.by.actor.name}" + (f": “{event.reason}”" if event.reason.strip() else "")
    return revert(turn, why, event.by.actor).done()


def _left(turn: Turn, event: Abort) -> Decision:
    """A way home that other hands are on is given up: what runs there stays as it is."""
    rollout = turn.rollout
    why = f"{rollout.why}; left as it is by {event.by.actor.name}, since {rollout.holds[0].reason}"
    turn = turn.tell(What.ABORTED, event.by.actor, reason=event.reason)
    return close(turn, rollout.ending or Outcome.ROLLED_BACK, why).done()


def _replace(turn: Turn, event: Replace) -> Decision:
    """Bring base home to make room for another version."""
    if turn.rollout.stage is Stage.REVERTING:
        turn = turn.set(ending=Outcome.SUPERSEDED)
    turn = turn.set(successor=turn.rollout.successor or event.successor)
    turn = turn.tell(What.REPLACED, event.by.actor, version=event.version, successor=event.successor)
    return revert(turn, f"replaced by {event.version}", event.by.actor, Outcome.SUPERSEDED).done()


def _hold(turn: Turn, event: Hold) -> Decision:
    """Stop forward moves."""
    rollout = turn.rollout
    if rollout.stage is Stage.REVERTING:
        return refused(rollout, f"Not paused: it is on its way back, and going home is never stopped. {NOTHING}")
    standing = rollout.hold(HoldKind.PERSON)
    if standing is not None:
        return refused(rollout, f"Already paused by {standing.by.name}. {NOTHING}")
    return turn.hold(HoldKind.PERSON, event.reason, event.by.actor).done()


def _resume(turn: Turn, event: Resume) -> Decision:
    """Every hold is lifted: what the cluster is ahead of us by is taken as it is, foreign changes are overwritten.

    Only a candidate that was pushed again is not to be gone on with: what was measured and approved is not what runs any more.
    """
    rollout = turn.rollout
    if not rollout.holds:
        way = "It asks a question: approve or reject that" if _asks(rollout) else "To end a pause of the plan, promote"
        return refused(rollout, f"Nothing to resume: nobody has paused it. {way}. {NOTHING}")
    if (repushed := rollout.hold(HoldKind.DIGEST)) is not None:
        return refused(
            rollout, f"Not resumed: {repushed.reason}. Abort, and deploy it again, best under a new tag. {NOTHING}"
        )
    turn = turn.tell(
        What.RESUMED, event.by.actor, held_by=rollout.holds[0].by.name, kinds=", ".join(h.kind for h in rollout.holds)
    )
    walks = tuple(replace(walk, waiting=None) for walk in rollout.walks)
    if rollout.hold(HoldKind.MEMORY) or rollout.hold(HoldKind.FOREIGN):
        walks = tuple(replace(walk, aim=None, repairs=()) for walk in walks)
    return turn.set(holds=(), walks=walks).done()


def _asks(rollout: Rollout) -> bool:
    return any(ask.is_open for ask in rollout.asks)


def _vote(turn: Turn, event: Approve | Reject) -> Decision:
    """Count one person's answer to a question; a no turns back."""
    rollout, yes = turn.rollout, isinstance(event, Approve)
    ask = rollout.ask(event.ask)
    problem = vote_problem(rollout, ask, event.by, yes=yes, reason=event.reason)
    if problem or ask is None:
        return refused(rollout, problem or NOTHING)
    turn = voted(turn, ask, event.by.actor, yes=yes, reason=event.reason)
    if not yes:
        return revert(turn, f"rejected by {event.by.actor.name}: “{event.reason}”", event.by.actor).done()
    answered = turn.rollout.ask(ask.id)
    if answered and answered.ended is AskEnd.APPROVED and ask.activity and (activity := rollout.activity(ask.activity)):
        turn = turn.with_activity(replace(activity, accepted=True))
    return turn.done()


def _again(turn: Turn, event: MeasureAgain) -> Decision:
    ask = turn.rollout.ask(event.ask)
    activity = turn.rollout.activity(ask.activity) if ask and ask.activity else None
    if ask is None or not ask.is_open or activity is None:
        return refused(turn.rollout, f"Not measured again: that question is closed. {NOTHING}")
    turn = turn.with_ask(replace(ask, ended=AskEnd.AGAIN))
    return again(turn, activity, activity.run.analysis).done()
