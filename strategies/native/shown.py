"""A walk of ours as people see it: its steps as a rail, weights in percent, pods, and when it goes on by itself."""

from collections.abc import Sequence
from datetime import datetime
from typing import assert_never

from strategies.activities import activity_at, has_passed
from strategies.asks import asked_at
from strategies.drawn import Drawn, Place, Pods, Stop, placed
from strategies.model import Activity, AskEnd, Outcome, Rollout, Seen, Stage, Walk
from strategies.steps import Analysis, Gate, Pause, SetCanaryScale, SetWeight, Step
from strategies.traffic import share


def native_drawn(rollout: Rollout, walk: Walk, seen: Seen | None) -> Drawn:
    """The walk by what was last seen."""
    steps, cursor = walk.native.plan.steps, walk.native.cursor
    return Drawn(
        rail=_rail(rollout, walk),
        step=min(cursor + 1, len(steps)),
        steps=len(steps),
        at_hand=steps[cursor] if cursor < len(steps) else None,
        next_weight=next_weight(steps, cursor),
        weight_wanted=_wanted(rollout, walk),
        weight_seen=_weight_seen(rollout, walk, seen) if seen else None,
        stable=Pods(seen.stable.ready, seen.stable.replicas) if seen else None,
        canary=Pods(seen.canary.ready, seen.canary.replicas) if seen else None,
        next_at=_next_at(rollout, walk),
    )


def next_weight(steps: Sequence[Step], cursor: int) -> int:
    """The weight that comes next after the step at `cursor`: 100 where no step sets another."""
    return next((step.weight for step in steps[cursor + 1 :] if isinstance(step, SetWeight)), 100)


def _wanted(rollout: Rollout, walk: Walk) -> int:
    """The share that the rollout now heads for."""
    if rollout.stage is Stage.PROMOTING or rollout.outcome is Outcome.HEALTHY:
        return 100
    return walk.weight if rollout.stage in (Stage.WALKING, Stage.PREFLIGHT, Stage.QUEUED) else 0


def _weight_seen(rollout: Rollout, walk: Walk, seen: Seen) -> int:
    """The candidate's share as seen, on whichever side it runs: near the end it runs on both."""
    canary = share(walk, seen)
    on_stable = 100 - canary if rollout.candidate.runs_as(seen.stable.image) else 0
    return on_stable + (canary if rollout.candidate.runs_as(seen.canary.image) else 0)


def _next_at(rollout: Rollout, walk: Walk) -> datetime | None:
    steps, cursor, arrived = walk.native.plan.steps, walk.native.cursor, walk.native.arrived
    step = steps[cursor] if cursor < len(steps) else None
    if rollout.stage is not Stage.WALKING or rollout.holds or arrived is None or not isinstance(step, Pause):
        return None
    return arrived + step.duration if step.duration is not None else None


def _rail(rollout: Rollout, walk: Walk) -> tuple[Stop, ...]:
    """The steps as stops: pauses are shown only while they last, since they are the way, not a place."""
    steps, cursor = walk.native.plan.steps, walk.native.cursor
    now, walking = (len(steps) if rollout.stage is Stage.PROMOTING else cursor), rollout.stage is Stage.WALKING
    shown = [
        Stop(_stop_text(rollout, walk, number, step), placed(rollout, number, now, walking=walking))
        for number, step in enumerate(steps)
        if _is_stop(step, at_hand=number == cursor and walking)
    ]
    if not any(isinstance(step, SetWeight) and step.weight == 100 for step in steps[-1:]):
        shown.append(Stop("100%", _last_place(rollout)))
    return tuple(shown)


def _is_stop(step: Step, *, at_hand: bool) -> bool:
    match step:
        case SetWeight() | Analysis() | Gate():
            return True
        case Pause(duration):
            return duration is None or at_hand
        case SetCanaryScale():
            return at_hand
        case _ as unreachable:
            assert_never(unreachable)


def _stop_text(rollout: Rollout, walk: Walk, number: int, step: Step) -> str:
    match step:
        case SetWeight(weight):
            return f"{weight}%"
        case Pause(duration):
            return "pause" if duration is None else f"waiting at {walk.weight}%"
        case SetCanaryScale():
            return "canary pods"
        case Analysis():
            activity = activity_at(rollout, walk, number)
            return "checks" if activity is None or has_passed(activity) else f"checks{_progress(activity)}"
        case Gate():
            ask = asked_at(rollout, walk) if number == walk.native.cursor else None
            if ask is not None and ask.ended is AskEnd.APPROVED and rollout.stage is Stage.WALKING:
                return "approved"
            return f"approval {len(ask.yes)}/{ask.approvals}" if ask and ask.is_open else "approval"
        case _ as unreachable:
            assert_never(unreachable)


def _progress(activity: Activity) -> str:
    """How many of the wanted measurements there are, by the metric that has the fewest: ` 3/5`."""
    pairs = zip(activity.run.analysis.metrics, activity.run.metrics, strict=True)
    counts = [(result.count, metric.effective_count) for metric, result in pairs if metric.effective_count]
    if not counts:
        return ""
    taken, wanted = min(counts, key=lambda pair: pair[0] / pair[1])
    return f" {taken}/{wanted}"


def _last_place(rollout: Rollout) -> Place:
    if rollout.outcome is Outcome.HEALTHY:
        return Place.DONE
    if rollout.stage is Stage.PROMOTING:
        return Place.NOW
    return Place.NOT_REACHED if rollout.stage in (Stage.REVERTING, Stage.ENDED) else Place.NEXT
