"""Walking a plan: one look at the world moves one walk as far as it may go.

Each kind of step has one function that says whether it is complete, and what becomes of the turn while it is not. Forward moves need
everything at once: no hold, a clear look, the weight before in place and, where an analysis guards, fresh proof.
"""

from dataclasses import replace
from datetime import datetime
from typing import assert_never

from strategies.activities import (
    activity_at,
    again,
    guards,
    has_passed,
    has_proof,
    is_outdated,
    judged,
    kept_going,
)
from strategies.aim import aimed, kept, walking_aim
from strategies.asks import asked_at, deadline_of, open_gate, reminded
from strategies.decision import Turn
from strategies.events import Fact, Look, Observed, What
from strategies.home import home, is_home
from strategies.look import is_in_place, needs_canary
from strategies.model import AskEnd, HoldKind, Rollout, Seen, SideSeen, Stage, Walk
from strategies.revert import revert
from strategies.steps import Analysis, Gate, Pause, SetCanaryScale, SetWeight, Silence, Step
from strategies.traffic import share


def walked(turn: Turn, event: Observed) -> Turn:
    """The turn after the plan was walked as far as this look allows."""
    turn = _background(turn, event)
    turn = judged(turn, turn.rollout.walk(event.walk), event.seen)
    turn = silenced(turn, event)
    for _ in turn.rollout.walk(event.walk).native.plan.steps:
        before = turn.rollout.walk(event.walk).native.cursor
        turn = _step(turn, event)
        if turn.rollout.stage is not Stage.WALKING or turn.rollout.walk(event.walk).native.cursor == before:
            break
    if turn.rollout.stage is Stage.WALKING:
        turn = _promoting(turn, event)
    if turn.rollout.stage is not Stage.WALKING:
        return turn
    walk = turn.rollout.walk(event.walk)
    if frozen(turn.rollout):
        return turn
    aim = walking_aim(walk, turn.rollout.candidate, event.seen, event.at)
    if not may_move(turn.rollout, event):
        aim = kept(walk, aim, event.seen)
    return turn.with_walk(aimed(walk, aim, event.seen, event.at))


def frozen(rollout: Rollout) -> bool:
    """Whether nothing may be written at all: somebody else's hands are on it, or we remember less than the cluster."""
    return rollout.hold(HoldKind.FOREIGN) is not None or rollout.hold(HoldKind.MEMORY) is not None


def _background(turn: Turn, event: Observed) -> Turn:
    walk = turn.rollout.walk(event.walk)
    background = walk.native.plan.background
    if background is None or walk.native.cursor < background.starting_step:
        return turn
    return kept_going(turn, walk, event.seen, None, background.analysis)


def silenced(turn: Turn, event: Look) -> Turn:
    """Questions that nobody answered: people are reminded, and in the end they abort or hold, as their gate says; they never pass."""
    for ask in turn.rollout.asks:
        if turn.rollout.stage is not Stage.WALKING or not ask.is_open or ask.held or ask.walk != event.walk:
            continue
        if event.at < deadline_of(ask, event.awake):
            turn = reminded(turn, ask, event.awake)
            continue
        facts: dict[str, Fact] = {"ask": ask.id, "have": len(ask.yes), "need": ask.approvals, "silence": ask.silence}
        turn = turn.tell(What.ASK_EXPIRED, **facts)
        if ask.silence is Silence.HOLD:
            turn = turn.with_ask(replace(ask, held=True))
        else:
            turn = turn.with_ask(replace(ask, ended=AskEnd.EXPIRED))
            turn = revert(turn, f"nobody answered in time: {len(ask.yes)} of {ask.approvals} approvals")
    return turn


def may_move(rollout: Rollout, event: Observed) -> bool:
    """Whether anything may go forward on this look at all."""
    return event.clear and not rollout.holds and rollout.stage in (Stage.WALKING, Stage.PROMOTING)


def _is_proven(rollout: Rollout, walk: Walk, event: Observed) -> bool:
    """Whether more traffic may follow: nothing is in place yet, or the analysis that guards has fresh proof."""
    activity = guards(rollout, walk)
    if activity is None:
        return walk.native.plan.background is None or not _guarded(walk)
    return has_proof(activity, walk, event.awake)


def _guarded(walk: Walk) -> bool:
    """Whether a background analysis should be guarding by now: its step is reached and the canary has traffic."""
    background = walk.native.plan.background
    return background is not None and walk.native.cursor > background.starting_step and walk.weight > 0


def _step(turn: Turn, event: Observed) -> Turn:
    """The turn after the step at the cursor was looked at once."""
    walk = turn.rollout.walk(event.walk)
    plan, cursor = walk.native.plan, walk.native.cursor
    if turn.rollout.stage is not Stage.WALKING or cursor >= len(plan.steps):
        return turn
    step = plan.steps[cursor]
    turn = _attended(turn, event, step)
    if turn.rollout.stage is not Stage.WALKING:
        return turn
    if not (may_move(turn.rollout, event) and _is_complete(turn.rollout, turn.rollout.walk(event.walk), event, step)):
        return turn
    return passed(_told(turn, event, step), turn.rollout.walk(event.walk))


def passed(turn: Turn, walk: Walk) -> Turn:
    """The turn with the walk's cursor one step on."""
    driver = replace(walk.native, cursor=walk.native.cursor + 1, arrived=turn.at)
    closed = activity_at(turn.rollout, walk, walk.native.cursor)
    turn = turn.with_walk(replace(walk, driver=driver))
    return turn if closed is None else turn.with_activity(replace(closed, closed=True))


def _attended(turn: Turn, event: Observed, step: Step) -> Turn:
    """What a step does while it is at hand: wants its weight, asks its question, keeps its analysis going."""
    walk = turn.rollout.walk(event.walk)
    match step:
        case SetWeight(weight):
            ready = may_move(turn.rollout, event) and (weight <= walk.weight or _is_proven(turn.rollout, walk, event))
            if walk.weight == weight or not ready:
                return turn
            return turn.with_walk(replace(walk, weight=weight, in_place=None))
        case SetCanaryScale():
            if walk.scale == step or not may_move(turn.rollout, event):
                return turn
            return turn.with_walk(replace(walk, scale=step, in_place=None))
        case Analysis():
            return _measured(kept_going(turn, walk, event.seen, walk.native.cursor, step), event, walk)
        case Gate():
            asked = asked_at(turn.rollout, walk)
            if (asked is not None and asked.ended is not AskEnd.VOID) or not may_move(turn.rollout, event):
                return turn
            return open_gate(turn, walk, event.seen, step)
        case Pause():
            return turn
        case _ as unreachable:
            assert_never(unreachable)


def _measured(turn: Turn, event: Observed, walk: Walk) -> Turn:
    """The turn with the step's analysis measuring anew where its verdict is older than our own absence."""
    activity = activity_at(turn.rollout, walk, walk.native.cursor)
    if activity is None or not has_passed(activity) or not is_outdated(activity, event.awake):
        return turn
    return again(turn, activity, activity.run.analysis)


def _is_complete(rollout: Rollout, walk: Walk, event: Observed, step: Step) -> bool:
    match step:
        case SetWeight(weight):
            served = walk.in_place is not None or not needs_canary(walk)
            return walk.weight == weight and served and is_in_place(walk, event.seen, event.at)
        case SetCanaryScale():
            return walk.scale == step and is_in_place(walk, event.seen, event.at)
        case Pause(duration):
            arrived = walk.native.arrived
            return duration is not None and arrived is not None and event.at >= arrived + duration
        case Analysis():
            activity = activity_at(rollout, walk, walk.native.cursor)
            return activity is not None and activity.since == walk.in_place and has_passed(activity)
        case Gate():
            ask = asked_at(rollout, walk)
            return ask is not None and ask.ended is AskEnd.APPROVED
        case _ as unreachable:
            assert_never(unreachable)


def _told(turn: Turn, event: Observed, step: Step) -> Turn:
    walk, seen = turn.rollout.walk(event.walk), event.seen
    if isinstance(step, SetWeight):
        facts = {
            "weight": step.weight,
            "share": share(walk, seen),
            "ready": seen.canary.ready,
            "pods": seen.canary.replicas,
        }
        return turn.tell(What.WEIGHT, **facts, walk=walk.id)
    if isinstance(step, Analysis) and (activity := activity_at(turn.rollout, walk, walk.native.cursor)):
        return turn.tell(What.ANALYSIS_PASSED, activity=activity.id, weight=walk.weight, accepted=activity.accepted)
    return turn


def _promoting(turn: Turn, event: Observed) -> Turn:
    """Every walk is at its end: the candidate goes home, if the last weight has its proof."""
    if not may_move(turn.rollout, event):
        return turn
    for walk in turn.rollout.walks:
        if walk.native.cursor < len(walk.native.plan.steps) or not _is_proven(turn.rollout, walk, event):
            return turn
    return promoting(turn)


def promoting(turn: Turn) -> Turn:
    """The turn with the rollout on its way to serve everything with the candidate."""
    activities = tuple(replace(activity, closed=True) for activity in turn.rollout.activities)
    walks = tuple(replace(walk, home=False) for walk in turn.rollout.walks)
    return turn.set(stage=Stage.PROMOTING, activities=activities, walks=walks).tell(What.PROMOTING)


def homeward(turn: Turn, event: Observed) -> Turn:
    """The turn after one look on the way home, whichever revision goes there."""
    walk = turn.rollout.walk(event.walk)
    forward = turn.rollout.stage is Stage.PROMOTING
    if frozen(turn.rollout):
        return turn
    if is_over(turn, walk, event) or (not forward and is_gone(event.seen)):
        return turn.with_walk(replace(walk, home=True))
    revision = turn.rollout.candidate if forward else walk.base
    aim = home(walk, revision, event.seen, event.at, urgent=not forward)
    if forward and not may_move(turn.rollout, event):
        aim = kept(walk, aim, event.seen)
    return turn.with_walk(replace(aimed(walk, aim, event.seen, event.at), home=False))


def is_over(turn: Turn, walk: Walk, event: Observed) -> bool:
    """Whether nothing is left to do for a walk on its way home: it is there, and what was ours is given back.

    The claim was released under our last fence, or under a later one by hand. Where nothing was ever written there is nothing to give back.
    """
    claim = event.seen.stable.claim
    untouched = walk.fence == 0 or not event.writes
    released = untouched if claim is None else not claim.rollout and claim.fence >= walk.fence
    revision = turn.rollout.candidate if turn.rollout.stage is Stage.PROMOTING else walk.base
    return released and is_home(walk, revision, event.seen, event.at)


def is_gone(seen: Seen) -> bool:
    """Whether the workload was deleted, and everything of ours went with it: nothing is left to take back."""
    return (seen.stable, seen.canary, seen.weight) == (SideSeen(), SideSeen(), None)


def deadline_passed(walk: Walk, at: datetime, awake: datetime) -> bool:
    """Whether the world has not come to the aim within the plan's progress deadline, time away not counted."""
    return walk.waiting is not None and at - max(walk.waiting, awake) >= walk.native.plan.progress_deadline
