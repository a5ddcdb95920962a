"""Analyses at work: begun when a weight is in place, begun anew when that moves, fed with measurements, and judged.

Measurements count only from the moment the present weight came in place: a run waits its query's window before it measures first, and
starts over, under a new sequence, when that moment changes.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from strategies.asks import open_inconclusive
from strategies.decision import Turn
from strategies.events import Measured, What
from strategies.judge.lookback import lookback
from strategies.judge.measurement import Measurement
from strategies.judge.metric import Metric
from strategies.judge.resolution import Facts, ResolvedAnalysis, resolve
from strategies.judge.run import Due, due, fresh_success, native_verdict, record, start, window_start
from strategies.judge.verdict import Verdict
from strategies.model import Activity, AskEnd, AskKind, Native, Rollout, Seen, Walk
from strategies.problem import SpecProblem
from strategies.revert import revert
from strategies.steps import Analysis


def activity_at(rollout: Rollout, walk: Walk, step: int | None) -> Activity | None:
    """The walk's activity of that step (None: the background one), closed or not."""
    found = [one for one in rollout.activities if one.walk == walk.id and one.step == step]
    return found[-1] if found else None


def resolved(
    rollout: Rollout, walk: Walk, analysis: Analysis, seen: Seen
) -> ResolvedAnalysis | tuple[SpecProblem, ...]:
    """What `analysis` measures of this walk's target, with the pod hashes of what runs now."""
    templates = [template for template in rollout.templates if template.name in analysis.templates]
    fields = {"metadata.name": walk.target.workload, "metadata.namespace": walk.target.namespace}
    facts = Facts(stable_hash=seen.stable.template_hash, latest_hash=seen.canary.template_hash, fields=fields)
    return resolve(templates, analysis.args, facts)


def _reach(metric: Metric, at: datetime) -> timedelta:
    """How far before the moment of asking a metric looks. A range from a fixed date reaches further every day: nothing waits for that."""
    span = metric.provider.range
    if span is not None and span.start.at is not None:
        return lookback(metric.provider.query)
    return at - window_start(metric, Measurement(metric.name, 0, at, at, Verdict.PENDING))


def kept_going(turn: Turn, walk: Walk, seen: Seen, step: int | None, analysis: Analysis) -> Turn:
    """The turn with the analysis of `step` begun, or begun anew because its weight came in place again."""
    activity = activity_at(turn.rollout, walk, step)
    if walk.in_place is None or (activity is not None and (activity.closed or activity.since == walk.in_place)):
        return turn
    found = resolved(turn.rollout, walk, analysis, seen)
    if not isinstance(found, ResolvedAnalysis):
        return revert(turn, f"its analysis cannot be measured: {found[0]}")
    window = max((_reach(metric, turn.at) for metric in found.metrics), default=timedelta())
    if activity is None:
        turn, number = turn.number()
        activity = Activity(f"{turn.rollout.id}-{number}", walk.id, step, start(found, turn.at), walk.in_place, window)
        turn = turn.tell(What.ANALYSIS_STARTED, activity=activity.id, templates=", ".join(analysis.templates))
        return turn.with_activity(activity)
    return again(turn, replace(activity, since=walk.in_place, window=window), found)


def again(turn: Turn, activity: Activity, found: ResolvedAnalysis) -> Turn:
    """The turn with the activity measuring from nothing; what is still under way for the old run counts no more."""
    fresh = replace(activity, run=start(found, turn.at), sequence=activity.sequence + 1, accepted=False)
    for ask in turn.rollout.asks:
        if ask.activity == activity.id and ask.is_open:
            turn = turn.with_ask(replace(ask, ended=AskEnd.VOID)).tell(
                What.ASK_VOID, ask=ask.id, why="it measures again"
            )
    return turn.with_activity(fresh).tell(What.ANALYSIS_AGAIN, activity=activity.id)


def measured(turn: Turn, event: Measured) -> Turn:
    """The turn with one measurement counted, where it belongs to the run at hand."""
    activity = turn.rollout.activity(event.activity)
    if activity is None or activity.closed or activity.sequence != event.sequence:
        return turn
    run = record(activity.run, event.sample)
    if run == activity.run:
        return turn
    result = next(one for one in run.metrics if one.name == event.sample.metric)
    last = result.measurements[-1]
    turn = turn.with_activity(replace(activity, run=run))
    facts = {
        "activity": activity.id,
        "metric": last.metric,
        "value": last.value,
        "verdict": last.phase,
        "message": last.message,
    }
    return turn.tell(What.MEASURED, **facts, number=last.number)


def judged(turn: Turn, walk: Walk, seen: Seen) -> Turn:
    """The turn after the verdicts of the walk's analyses: failed ones turn back, unclear ones ask people."""
    for activity in turn.rollout.activities:
        if activity.walk != walk.id or activity.closed or activity.accepted:
            continue
        verdict, message = native_verdict(activity.run)
        facts = {"activity": activity.id, "message": message}
        if verdict in (Verdict.FAILED, Verdict.ERROR):
            turn = turn.tell(What.ANALYSIS_FAILED, **facts, verdict=verdict)
            return revert(turn, message)
        if verdict is Verdict.INCONCLUSIVE and not _is_asked(turn.rollout, activity):
            turn = turn.tell(What.ANALYSIS_INCONCLUSIVE, **facts)
            turn = open_inconclusive(turn, walk, seen, activity)
    return turn


def _is_asked(rollout: Rollout, activity: Activity) -> bool:
    return any(
        ask.kind is AskKind.INCONCLUSIVE and ask.activity == activity.id and ask.opened >= activity.run.started_at
        for ask in rollout.asks
    )


def has_passed(activity: Activity) -> bool:
    """Whether the analysis of a step is good enough to go on: Successful with proof, or accepted by somebody with the role."""
    return activity.accepted or native_verdict(activity.run)[0] is Verdict.SUCCESSFUL


def is_outdated(activity: Activity, awake: datetime) -> bool:
    """Whether its verdict is from before we were away: a step forward needs a measurement since then."""
    completed = activity.run.completed_at
    return not activity.accepted and completed is not None and completed < awake


def guards(rollout: Rollout, walk: Walk) -> Activity | None:
    """The background activity that a forward move of this walk needs proof from."""
    activity = activity_at(rollout, walk, None)
    return activity if activity is not None and not activity.closed else None


def has_proof(activity: Activity, walk: Walk, awake: datetime) -> bool:
    """Whether it has a success since the weight came in place and since we have been awake."""
    if walk.in_place is None or activity.since != walk.in_place:
        return False
    return activity.accepted or fresh_success(activity.run, max(walk.in_place, awake))


def due_measurements(rollout: Rollout) -> Iterable[tuple[Activity, Due]]:
    """Every measurement that the open activities wait for; a controller takes its own. None before the query's window lies after the
    weight's arrival."""
    for activity in rollout.activities:
        ours = isinstance(rollout.walk(activity.walk).driver, Native)
        if ours and not activity.closed and not activity.accepted:
            for one in due(activity.run):
                yield activity, replace(one, at=max(one.at, activity.since + activity.window))
