"""The controller's analyses as evidence of ours: each AnalysisRun of the candidate becomes an activity, with its measurements.

They decide nothing here: the controller acts on its own verdicts, and what it does is seen. So a run is shown, told and kept as it is.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from strategies.argo.driver import Start
from strategies.argo.seen import ArgoSeen, RunSeen
from strategies.argo.standing import percent, step_text
from strategies.decision import Turn
from strategies.events import Fact, What
from strategies.judge.measurement import Measurement
from strategies.judge.metric import PrometheusQuery
from strategies.judge.resolution import StableQuery
from strategies.judge.run import Run
from strategies.judge.verdict import Verdict
from strategies.model import Activity, Rollout, Walk

_TOLD = {
    Verdict.SUCCESSFUL: What.ANALYSIS_PASSED,
    Verdict.INCONCLUSIVE: What.ANALYSIS_INCONCLUSIVE,
    Verdict.FAILED: What.ANALYSIS_FAILED,
    Verdict.ERROR: What.ANALYSIS_FAILED,
}


def evidenced(turn: Turn, walk: Walk, seen: ArgoSeen) -> Turn:
    """The turn with every run as it was seen, and what is new in it told once."""
    for run in seen.runs:
        if run.pod_hash == walk.argo.pod_hash and _is_ours(turn.rollout, walk, run):
            turn = _seen(turn, walk, seen, run)
    return turn


def running(seen: ArgoSeen) -> tuple[str, ...]:
    """The names of the runs of the present template that are not over, and were not told to stop."""
    mine = [one for one in seen.runs if one.pod_hash == seen.current_hash]
    return tuple(one.name for one in mine if not one.run.phase.is_completed and not one.run.terminating)


def _is_ours(rollout: Rollout, walk: Walk, run: RunSeen) -> bool:
    """Whether a run belongs to this attempt: one that was over before belongs to an earlier attempt with the same template."""
    over = run.run.completed_at
    return walk.argo.start is Start.ELSEWHERE or over is None or over >= rollout.created


def _seen(turn: Turn, walk: Walk, seen: ArgoSeen, one: RunSeen) -> Turn:
    one = replace(one, run=_beside_base(one.run, walk))
    old = turn.rollout.activity(one.name)
    if old is not None and old.run == one.run:
        return turn
    if old is None:
        facts: dict[str, Fact] = {"activity": one.name, "kind": one.kind, "templates": _metrics(one.run)}
        turn = turn.tell(What.ANALYSIS_STARTED, **facts)
        old = Activity(one.name, walk.id, one.step, replace(one.run, metrics=()), one.run.started_at, timedelta())
        old = replace(old, run=replace(old.run, phase=Verdict.RUNNING))
    over = one.run.phase.is_completed
    turn = turn.with_activity(replace(old, run=one.run, closed=over))
    for measurement in _new(old.run, one.run):
        turn = turn.tell(What.MEASURED, **_facts(one.name, measurement), number=measurement.number)
    if over and not old.run.phase.is_completed:
        turn = turn.tell(
            _TOLD[one.run.phase],
            activity=one.name,
            message=one.run.message,
            verdict=one.run.phase,
            weight=_weight(seen, one),
        )
    return turn


def _beside_base(run: Run, walk: Walk) -> Run:
    """The run with each question that names the candidate's template asked about the one before too, for the chart."""
    argo = walk.argo
    queries = tuple(
        StableQuery(metric.name, metric.provider.query.replace(argo.pod_hash, argo.base_hash))
        for metric in run.analysis.metrics
        if isinstance(metric.provider, PrometheusQuery) and argo.base_hash and argo.pod_hash in metric.provider.query
    )
    return replace(run, analysis=replace(run.analysis, stable_queries=queries))


def _weight(seen: ArgoSeen, one: RunSeen) -> int:
    """The weight that a run was about: its step's, for the controller is past that once the run is over."""
    if one.step is None:
        return percent(seen, seen.weight_seen)
    moves = (text for step in range(one.step, -1, -1) if (text := step_text(seen, step)).startswith("setWeight: "))
    return percent(seen, int(next(moves, "setWeight: 0").removeprefix("setWeight: ")))


def _metrics(run: Run) -> str:
    return ", ".join(metric.name for metric in run.analysis.metrics)


def _new(old: Run, run: Run) -> Iterable[Measurement]:
    """The measurements that were not there before, metric by metric."""
    before = {result.name: max((one.number for one in result.measurements), default=0) for result in old.metrics}
    for result in run.metrics:
        for measurement in result.measurements:
            if measurement.number > before.get(result.name, 0):
                yield measurement


def _facts(activity: str, measurement: Measurement) -> dict[str, Fact]:
    return {
        "activity": activity,
        "metric": measurement.metric,
        "value": measurement.value,
        "verdict": measurement.phase,
        "message": measurement.message,
    }
