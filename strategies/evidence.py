"""What an analysis has measured, as lines of evidence that people can read."""

from dataclasses import dataclass

from strategies.judge.limits import Bound, metric_bounds
from strategies.judge.metric import Metric
from strategies.judge.run import MetricResult
from strategies.judge.unit import format_value
from strategies.judge.verdict import Verdict
from strategies.model import Activity

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
        limit=" and ".join(_limit_text(bound, metric) for bound in limits),
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


def _limit_text(bound: Bound, metric: Metric) -> str:
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
