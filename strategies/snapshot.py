"""What a rollout looks like to people at one moment: the one source of the card, the command line and the API.

The same for every driver. Layout and wording of whole messages belong to the surfaces; the words for states and steps are made here, so
that every surface uses the same ones.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from strategies.activities import activity_at, has_passed
from strategies.allowed import Verb, allowed
from strategies.argo.driver import Argo, Start
from strategies.argo.offered import offered
from strategies.argo.seen import ArgoSeen, Kind
from strategies.argo.shown import argo_drawn, left_behind
from strategies.asks import asked_at, deadline_of
from strategies.drawn import Drawn, Place, Pods, Stop
from strategies.events import Position
from strategies.judge.limits import Bound, metric_bounds
from strategies.judge.metric import Metric
from strategies.judge.run import MetricResult
from strategies.judge.unit import format_value
from strategies.judge.verdict import Verdict
from strategies.model import Activity, Actor, Ask, AskEnd, Hold, Outcome, Revision, Rollout, Seen, Stage, Walk
from strategies.phase import Phase, phase, unfinished
from strategies.position import place_of, position
from strategies.steps import Analysis, Gate, Pause, SetCanaryScale, SetWeight, Step
from strategies.traffic import share

_NO_DATA = "no data"
_LONGEST_ANSWER = 40


@dataclass(frozen=True, slots=True)
class MetricLine:
    """One metric as a line of evidence. `value` and `limit` carry their unit; `failed` of `taken` measurements were bad.

    `value` is empty before the first measurement, which is not the same as one that found no data.
    """

    name: str
    verdict: Verdict
    value: str
    limit: str
    taken: int
    wanted: int | None
    failed: int
    message: str = ""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A rollout as people see it.

    `step` of `steps` counts from 1. `weight_wanted` and `weight_seen` can differ and are both shown. `activity` names the analysis that
    `metrics` belong to. `at_hand` is the step itself (None: every step is done), `next_weight` what the traffic goes to after it.
    `next_at` is when the present step ends by itself, None where people or measurements decide. `status` is the controller's own word and
    message, where one walks for us.
    `start` is how a walk of Argo's controller began (None: Leadsman walks itself), `kind` its strategy where it was seen. `left` is what an
    ended one left behind, in a sentence without a stop; `why` is then without it.
    """

    id: str
    app: str
    environment: str
    candidate: Revision
    base: Revision
    by: Actor
    reason: str
    stage: Stage
    outcome: Outcome | None
    phase: Phase
    why: str
    turned_by: Actor | None
    strategy: str
    rail: tuple[Stop, ...]
    step: int
    steps: int
    at_hand: Step | None
    next_weight: int
    weight_wanted: int
    weight_seen: int | None
    stable: Pods | None
    canary: Pods | None
    activity: str | None
    metrics: tuple[MetricLine, ...]
    ask: Ask | None
    deadline: datetime | None
    approved_by: tuple[Actor, ...]
    holds: tuple[Hold, ...]
    verbs: frozenset[Verb]
    position: Position
    next_at: datetime | None
    started: datetime | None
    ended: datetime | None
    seen_at: datetime | None
    status: str = ""
    policy_version: str = ""
    own_approval: bool = False
    start: Start | None = None
    kind: Kind | None = None
    left: str = ""


def snapshot(rollout: Rollout, seen: Seen | ArgoSeen | None, at: datetime) -> Snapshot:
    """How `rollout` looks by what was last seen of the target that its card is about. `at` only decides which verbs are legal."""
    walk = unfinished(rollout)
    drawn = _drawn(rollout, walk, seen)
    activity = _shown_activity(rollout, walk, drawn.at_hand)
    ask = next((one for one in rollout.asks if one.is_open), None)
    left = left_behind(rollout)
    return Snapshot(
        id=rollout.id,
        app=rollout.app,
        environment=rollout.environment,
        candidate=rollout.candidate,
        base=walk.base,
        by=rollout.by,
        reason=rollout.reason,
        stage=rollout.stage,
        outcome=rollout.outcome,
        phase=phase(rollout, seen),
        why=rollout.why.removesuffix(f"; {left}") if left else rollout.why,
        turned_by=rollout.turned_by,
        strategy=rollout.strategy,
        rail=drawn.rail,
        step=drawn.step,
        steps=drawn.steps,
        at_hand=drawn.at_hand,
        next_weight=drawn.next_weight,
        weight_wanted=drawn.weight_wanted,
        weight_seen=drawn.weight_seen,
        stable=drawn.stable,
        canary=drawn.canary,
        activity=activity.id if activity else None,
        metrics=metric_lines(activity) if activity else (),
        ask=ask,
        deadline=deadline_of(ask, ask.opened) if ask else None,
        approved_by=tuple(dict.fromkeys(vote.by for one in rollout.asks for vote in one.yes)),
        holds=rollout.holds,
        verbs=_verbs(rollout, walk, seen, at),
        position=position(rollout),
        next_at=drawn.next_at,
        started=rollout.started,
        ended=rollout.ended,
        seen_at=seen.at if seen else None,
        status=drawn.status,
        policy_version=rollout.policy.version,
        own_approval=rollout.policy.own_approval,
        start=walk.driver.start if isinstance(walk.driver, Argo) else None,
        kind=seen.kind if isinstance(seen, ArgoSeen) and seen.exists else None,
        left=left,
    )


def _verbs(rollout: Rollout, walk: Walk, seen: Seen | ArgoSeen | None, at: datetime) -> frozenset[Verb]:
    verbs = allowed(rollout, at)
    return offered(verbs, seen) if isinstance(walk.driver, Argo) and isinstance(seen, ArgoSeen) else verbs


def _drawn(rollout: Rollout, walk: Walk, seen: Seen | ArgoSeen | None) -> Drawn:
    if isinstance(walk.driver, Argo):
        return argo_drawn(rollout, walk, seen if isinstance(seen, ArgoSeen) else None)
    return _native_drawn(rollout, walk, seen if isinstance(seen, Seen) else None)


def _native_drawn(rollout: Rollout, walk: Walk, seen: Seen | None) -> Drawn:
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


def _shown_activity(rollout: Rollout, walk: Walk, step: Step | None) -> Activity | None:
    """The analysis that people want to see: what turned it back, else the one at hand, else the last that ran.

    While the one of the `step` at hand has not begun, what another step's came to says nothing about it.
    """
    mine = [activity for activity in rollout.activities if activity.walk == walk.id]
    bad = [one for one in mine if one.run.phase in (Verdict.FAILED, Verdict.ERROR)]
    at_hand = activity_at(rollout, walk, place_of(walk))
    begins = rollout.stage is Stage.WALKING and isinstance(step, Analysis)
    last = [one for one in mine if one.step is None or not begins][-1:]
    return bad[-1] if bad else at_hand or (last[0] if last else None)


def metric_lines(activity: Activity) -> tuple[MetricLine, ...]:
    """The evidence of one analysis, metrics in its own order."""
    pairs = zip(activity.run.analysis.metrics, activity.run.metrics, strict=True)
    return tuple(_metric_line(metric, result) for metric, result in pairs)


def _metric_line(metric: Metric, result: MetricResult) -> MetricLine:
    limits = metric_bounds(metric)
    near = limits[0].value if limits else None
    return MetricLine(
        name=result.name,
        verdict=_shown(result),
        value=_last_value(metric, result, near),
        limit=" and ".join(limit_text(bound, metric) for bound in limits),
        taken=result.count,
        wanted=metric.effective_count,
        failed=result.failed,
        message=result.message,
    )


def _shown(result: MetricResult) -> Verdict:
    """The metric's verdict as people may read it: one that was stopped before any success passed nothing, whatever Argo calls that."""
    if result.phase is not Verdict.SUCCESSFUL or result.successful:
        return result.phase
    return result.measurements[-1].phase if result.measurements else Verdict.PENDING


def limit_text(bound: Bound, metric: Metric) -> str:
    """A limit as people read it: `≥ 95%`, `≤ 300 ms`."""
    return f"{bound.sign} {format_value(bound.value, metric.unit)}"


def _last_value(metric: Metric, result: MetricResult, near: float | None) -> str:
    """The last answer as people read it. Another provider's may be words; those are shortened."""
    last = next((one for one in reversed(result.measurements) if one.value), None)
    if last is None:
        return _NO_DATA if result.measurements else ""
    if last.result is None:
        return last.value if len(last.value) <= _LONGEST_ANSWER else f"{last.value[:_LONGEST_ANSWER]}…"
    value = _first(last.result)
    return _NO_DATA if value is None else format_value(value, metric.unit, beside=near)


def _first(result: object) -> float | None:
    if isinstance(result, tuple):
        return result[0] if result else None
    return result if isinstance(result, float) else None


def _rail(rollout: Rollout, walk: Walk) -> tuple[Stop, ...]:
    """The steps as stops: pauses are shown only while they last, since they are the way, not a place."""
    steps, cursor = walk.native.plan.steps, walk.native.cursor
    shown = [
        Stop(_stop_text(rollout, walk, number, step), _place(rollout, walk, number))
        for number, step in enumerate(steps)
        if _is_stop(step, at_hand=number == cursor and rollout.stage is Stage.WALKING)
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


def _place(rollout: Rollout, walk: Walk, number: int) -> Place:
    if number < walk.native.cursor or rollout.stage is Stage.PROMOTING or rollout.outcome is Outcome.HEALTHY:
        return Place.DONE
    turned = rollout.stage in (Stage.REVERTING, Stage.ENDED)
    if number == walk.native.cursor:
        return Place.FAILED if turned else Place.NOW if rollout.stage is Stage.WALKING else Place.NEXT
    return Place.NOT_REACHED if turned else Place.NEXT


def _last_place(rollout: Rollout) -> Place:
    if rollout.outcome is Outcome.HEALTHY:
        return Place.DONE
    if rollout.stage is Stage.PROMOTING:
        return Place.NOW
    return Place.NOT_REACHED if rollout.stage in (Stage.REVERTING, Stage.ENDED) else Place.NEXT
