"""One run of an analysis, as a state machine without a clock: Argo Rollouts' rules to the letter.

A sample is recorded, its metric's counters move, the metric is assessed, and the run takes the worst verdict of its
completed metrics. One bad metric stops the others. Argo lets a run that was stopped before it measured anything end
Successful; what our own rollouts ask for instead are `native_verdict` and `fresh_success`: nothing measured is never
success.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from strategies.judge.lookback import lookback
from strategies.judge.measurement import Measurement, Sample, judge
from strategies.judge.metric import Metric
from strategies.judge.resolution import ResolvedAnalysis
from strategies.judge.verdict import Verdict, worst

ERROR_RETRY = timedelta(seconds=10)
"""After an Error a metric is measured again this soon, whatever its interval."""


@dataclass(frozen=True, slots=True)
class MetricResult:
    """How one metric stands. `count` leaves errors out; `measurements` holds the latest ones, oldest first."""

    name: str
    phase: Verdict = Verdict.PENDING
    message: str = ""
    count: int = 0
    successful: int = 0
    failed: int = 0
    inconclusive: int = 0
    error: int = 0
    consecutive_error: int = 0
    consecutive_success: int = 0
    measurements: tuple[Measurement, ...] = ()
    dry_run: bool = False

    @property
    def taken(self) -> int:
        """How many measurements were ever recorded, errors too."""
        return self.count + self.error


@dataclass(frozen=True, slots=True)
class Due:
    """The next measurement of a metric: which one it is (1 is the first) and when it is to be taken."""

    metric: str
    number: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Run:
    """A run of `analysis`, begun at `started_at`. `terminating`: it was told to stop. Metrics stand in the analysis's
    order."""

    analysis: ResolvedAnalysis
    metrics: tuple[MetricResult, ...]
    phase: Verdict
    message: str
    started_at: datetime
    terminating: bool = False
    completed_at: datetime | None = None


def start(analysis: ResolvedAnalysis, at: datetime) -> Run:
    """A run that begins at `at`."""
    metrics = tuple(MetricResult(metric.name, dry_run=metric.name in analysis.dry_run) for metric in analysis.metrics)
    return Run(analysis, metrics, Verdict.RUNNING, "", at)


def due(run: Run) -> tuple[Due, ...]:
    """The next measurement of every metric that still needs one. Empty once the run is over."""
    if run.phase.is_completed:
        return ()
    pairs = zip(run.analysis.metrics, run.metrics, strict=True)
    return tuple(
        Due(metric.name, result.taken + 1, _next_time(run, metric, result))
        for metric, result in pairs
        if not result.phase.is_completed
    )


def _next_time(run: Run, metric: Metric, result: MetricResult) -> datetime:
    if not result.measurements:
        return run.started_at + metric.initial_delay
    last = result.measurements[-1]
    if last.phase is Verdict.ERROR or metric.interval is None:
        return last.finished_at + ERROR_RETRY
    return last.finished_at + metric.interval


def record(run: Run, sample: Sample) -> Run:
    """The run after `sample`. One that the run does not wait for (late, repeated, unknown) changes nothing."""
    if run.phase.is_completed:
        return run
    for at, result in enumerate(run.metrics):
        if result.name == sample.metric and not result.phase.is_completed and sample.number == result.taken + 1:
            measured = _counted(result, judge(run.analysis.metrics[at], sample), run.analysis.kept(result.name))
            metrics = (*run.metrics[:at], measured, *run.metrics[at + 1 :])
            return assess(replace(run, metrics=metrics), sample.finished_at)
    return run


def terminate(run: Run, at: datetime) -> Run:
    """The run told to stop at `at`: metrics that are not over by now end Successful. A run that is over stays as it
    is."""
    return assess(replace(run, terminating=True), at)


def assess(run: Run, at: datetime) -> Run:
    """The run with the verdicts that its counters and limits give at `at`."""
    if run.phase.is_completed:
        return run
    stopping = run.terminating
    metrics = _assessed(run.analysis.metrics, run.metrics, stopping=stopping)
    if any(result.phase.stops_run and not result.dry_run for result in metrics):
        stopping = True
        metrics = _assessed(run.analysis.metrics, metrics, stopping=True)
    run = replace(run, metrics=metrics)
    if not all(result.phase.is_completed for result in metrics):
        return run
    phase, message = _outcome(run)
    return replace(run, phase=phase, message=message, completed_at=at)


def _counted(result: MetricResult, measurement: Measurement, kept: int) -> MetricResult:
    phase = measurement.phase
    failed = phase is Verdict.ERROR
    succeeded = phase is Verdict.SUCCESSFUL
    return replace(
        result,
        count=result.count + (not failed),
        successful=result.successful + succeeded,
        failed=result.failed + (phase is Verdict.FAILED),
        inconclusive=result.inconclusive + (phase is Verdict.INCONCLUSIVE),
        error=result.error + failed,
        consecutive_error=result.consecutive_error + 1 if failed else 0,
        consecutive_success=result.consecutive_success + 1 if succeeded else 0,
        measurements=(*result.measurements, measurement)[-kept:],
    )


def _assessed(
    metrics: Iterable[Metric], results: Iterable[MetricResult], *, stopping: bool
) -> tuple[MetricResult, ...]:
    return tuple(_assess_metric(*pair, stopping=stopping) for pair in zip(metrics, results, strict=True))


def _assess_metric(metric: Metric, result: MetricResult, *, stopping: bool) -> MetricResult:
    phase = _metric_verdict(metric, result, stopping=stopping)
    if phase is result.phase:
        return result
    message = result.measurements[-1].message if result.measurements and phase.is_completed else ""
    if result.dry_run and phase.is_completed and (reason := _reason(metric, result)[1]):
        message = f"Metric assessed {phase} due to {reason}"
    return replace(result, phase=phase, message=message)


def _metric_verdict(metric: Metric, result: MetricResult, *, stopping: bool) -> Verdict:
    if result.phase.is_completed:
        return result.phase
    if not result.measurements:
        return Verdict.SUCCESSFUL if stopping else Verdict.PENDING
    verdict = _reason(metric, result)[0]
    if verdict is not None:
        return verdict
    if _successes_reached(metric, result):
        return Verdict.SUCCESSFUL
    if _count_reached(metric, result):
        return _short_of_successes(metric, result)[0]
    return Verdict.SUCCESSFUL if stopping else Verdict.RUNNING


def _reason(metric: Metric, result: MetricResult) -> tuple[Verdict | None, str]:
    """The verdict that a passed limit gives, and why; None where none was passed. Where several hold, the last one counts."""
    found: tuple[Verdict | None, str] = (None, "")
    if 0 <= metric.failure_limit < result.failed:
        found = Verdict.FAILED, f"failed ({result.failed}) > failureLimit ({metric.failure_limit})"
    if result.inconclusive > metric.inconclusive_limit:
        found = (
            Verdict.INCONCLUSIVE,
            f"inconclusive ({result.inconclusive}) > inconclusiveLimit ({metric.inconclusive_limit})",
        )
    if result.consecutive_error > metric.consecutive_error_limit:
        found = (
            Verdict.ERROR,
            f"consecutiveErrors ({result.consecutive_error})"
            f" > consecutiveErrorLimit ({metric.consecutive_error_limit})",
        )
    return found


def _short_of_successes(metric: Metric, result: MetricResult) -> tuple[Verdict, str]:
    """The verdict of a metric that has used up its count, and where it had to succeed several times in a row and did not, why.

    Argo says nothing here; the text is ours, for `native_verdict`.
    """
    if not metric.consecutive_success_limit:
        return Verdict.SUCCESSFUL, ""
    return (
        Verdict.FAILED if metric.failure_limit < 0 else Verdict.INCONCLUSIVE,
        f"consecutiveSuccesses ({result.consecutive_success}) < consecutiveSuccessLimit"
        f" ({metric.consecutive_success_limit}) after {result.count} measurements",
    )


def _successes_reached(metric: Metric, result: MetricResult) -> bool:
    return 0 < metric.consecutive_success_limit <= result.consecutive_success


def _count_reached(metric: Metric, result: MetricResult) -> bool:
    return metric.effective_count is not None and result.count >= metric.effective_count


def _outcome(run: Run) -> tuple[Verdict, str]:
    """The worst verdict of the metrics that decide, and the reason of the first that has it; one without a reason keeps the one before."""
    phase, message = Verdict.SUCCESSFUL, "Run Terminated" if run.terminating else ""
    for metric, result in _deciding(run):
        if result.phase is phase or worst((phase, result.phase)) is phase:
            continue
        phase, reason = result.phase, _reason(metric, result)[1]
        message = _told(metric, result, reason) if reason else message
    return phase, message


def _deciding(run: Run) -> list[tuple[Metric, MetricResult]]:
    return [pair for pair in zip(run.analysis.metrics, run.metrics, strict=True) if not pair[1].dry_run]


def _told(metric: Metric, result: MetricResult, reason: str) -> str:
    message = f'Metric "{metric.name}" assessed {result.phase} due to {reason}'
    return f'{message}: "Error Message: {result.message}"' if result.message else message


def native_verdict(run: Run) -> tuple[Verdict, str]:
    """The verdict that our own rollouts act on, never without a reason: Successful needs one good measurement taken while canary pods
    were ready."""
    if run.phase.stops_run:
        metric, result = next(pair for pair in _deciding(run) if pair[1].phase is run.phase)
        return run.phase, _told(metric, result, _reason(metric, result)[1] or _short_of_successes(metric, result)[1])
    if run.phase is not Verdict.SUCCESSFUL or any(_good(result) for result in run.metrics if not result.dry_run):
        return run.phase, run.message
    return Verdict.INCONCLUSIVE, "nothing was measured while canary pods were ready, and no data is not success"


def fresh_success(run: Run, since: datetime) -> bool:
    """Whether the run proves the state that is in place since `since`.

    Every deciding metric that still runs, and at least one metric, needs a Successful measurement taken while canary
    pods were ready whose whole window (the query's ranges and offsets) lies after `since`.
    """
    if run.phase.stops_run:
        return False
    fresh = [
        (result, any(window_start(metric, good) >= since for good in _good(result)))
        for metric, result in zip(run.analysis.metrics, run.metrics, strict=True)
        if not result.dry_run
    ]
    unproven = any(not result.phase.is_completed and not is_fresh for result, is_fresh in fresh)
    return not unproven and any(is_fresh for _, is_fresh in fresh)


def window_start(metric: Metric, measurement: Measurement) -> datetime:
    """When the time began that a measurement tells about."""
    span = metric.provider.range
    asked = measurement.started_at if span is None else span.start.when(measurement.started_at)
    return asked - lookback(metric.provider.query)


def _good(result: MetricResult) -> list[Measurement]:
    return [it for it in result.measurements if it.phase is Verdict.SUCCESSFUL and it.ready]
