"""What our own rollouts ask of a run, on top of Argo's verdict: nothing measured is never success, and forward needs
fresh proof."""

from datetime import datetime

from strategies.judge.lookback import lookback
from strategies.judge.measurement import Measurement
from strategies.judge.metric import Metric
from strategies.judge.run import MetricResult, Run
from strategies.judge.verdict import Verdict


def native_verdict(run: Run) -> tuple[Verdict, str]:
    """The verdict that our own rollouts act on: Successful needs one good measurement taken while canary pods were
    ready."""
    if run.phase is not Verdict.SUCCESSFUL or any(_good(result) for result in run.metrics if not result.dry_run):
        return run.phase, run.message
    return Verdict.INCONCLUSIVE, "nothing was measured while canary pods were ready, and no data is not success"


def fresh_success(run: Run, since: datetime) -> bool:
    """Whether the run proves the state that is in place since `since`.

    Every deciding metric that still runs, and at least one metric, needs a Successful measurement taken while canary
    pods were ready whose whole window (the query's ranges and offsets) lies after `since`.
    """
    fresh = dict[str, bool]()
    for metric, result in zip(run.analysis.metrics, run.metrics, strict=True):
        if not result.dry_run:
            good = [measurement for measurement in _good(result) if window_start(metric, measurement) >= since]
            fresh[result.name] = bool(good)
    running = [result.name for result in run.metrics if result.name in fresh and not result.phase.is_completed]
    return any(fresh.values()) and all(fresh[name] for name in running)


def window_start(metric: Metric, measurement: Measurement) -> datetime:
    """When the time began that a measurement tells about."""
    span = metric.provider.range
    asked = measurement.started_at if span is None else span.start.when(measurement.started_at)
    return asked - lookback(metric.provider.query)


def _good(result: MetricResult) -> list[Measurement]:
    return [it for it in result.measurements if it.phase is Verdict.SUCCESSFUL and it.ready]
