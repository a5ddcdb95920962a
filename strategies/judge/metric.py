"""A metric: what to ask, how often, and which answers are good.

It exists twice. `MetricText` is the metric as an AnalysisTemplate has it, where any field may still hold
`{{args.name}}`; `Metric` has every argument put in and every number read. Rules and texts are Argo Rollouts'
`ValidateMetric`.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from strategies.judge.duration import parse_duration
from strategies.judge.timerange import TimeRange, parse_time_range
from strategies.judge.unit import Unit
from strategies.problem import SpecProblem

_WHOLE = re.compile(r"[+-]?\d{1,9}")
PLACEHOLDER = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class RangeText:
    """The three fields of a `rangeQuery` as written: `start` and `end` are time expressions, `step` a duration."""

    start: str
    end: str
    step: str


@dataclass(frozen=True, slots=True)
class MetricText:
    """A metric as written in a template. A field that was left out is None, except those that Argo gives a default."""

    name: str
    address: str
    query: str
    range: RangeText | None = None
    interval: str | None = None
    initial_delay: str | None = None
    count: str | None = None
    success: str | None = None
    failure: str | None = None
    failure_limit: str = "0"
    inconclusive_limit: str = "0"
    consecutive_error_limit: str = "4"
    consecutive_success_limit: str = "0"
    unit: Unit | None = None


@dataclass(frozen=True, slots=True)
class PrometheusQuery:
    """A PromQL question for the server at `address` (empty: the cluster's own). With a `range` it is asked over
    time."""

    address: str
    query: str
    range: TimeRange | None = None


@dataclass(frozen=True, slots=True)
class OtherProvider:
    """What only a controller asks for itself, such as `web` or `job`: its answers are shown, there is no question that we could ask.

    It reads as a question without text, which nobody puts to a server.
    """

    name: str

    @property
    def address(self) -> str:
        """No server."""
        return ""

    @property
    def query(self) -> str:
        """No question."""
        return ""

    @property
    def range(self) -> None:
        """No range."""
        return None


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric ready to be measured. Limits count measurements; `failure_limit` -1 means that failures never end it.

    A metric of ours always asks Prometheus; one of a controller's run may have another provider.
    """

    name: str
    provider: PrometheusQuery | OtherProvider
    interval: timedelta | None = None
    initial_delay: timedelta = timedelta()
    count: int | None = None
    success: str | None = None
    failure: str | None = None
    failure_limit: int = 0
    inconclusive_limit: int = 0
    consecutive_error_limit: int = 4
    consecutive_success_limit: int = 0
    unit: Unit | None = None

    @property
    def effective_count(self) -> int | None:
        """How many measurements complete the metric: one without count and interval, None (endless) with interval
        only."""
        if self.count:
            return self.count
        return 1 if self.interval is None else None


def is_open(text: str | None) -> bool:
    """Whether a field still waits for an argument."""
    return text is not None and PLACEHOLDER.search(text) is not None


class _Fields:
    """Reads the fields of one metric and gathers what is wrong with them."""

    def __init__(self, place: str) -> None:
        self._place = place
        self.problems: list[SpecProblem] = []

    def problem(self, field: str, sentence: str, fix: str) -> None:
        """Note that `field` is wrong."""
        self.problems.append(SpecProblem(f"{self._place}.{field}" if field else self._place, sentence, fix))

    def whole(self, field: str, text: str | None, lowest: int) -> int | None:
        """A whole number of at least `lowest`; None where there is none or it is still open."""
        if text is None or is_open(text):
            return None
        if not _WHOLE.fullmatch(text.strip()):
            self.problem(field, f"{text!r} is not a whole number", "Write a number such as 3.")
            return None
        if int(text) < lowest:
            self.problem(field, f"{field} must be >= {lowest}", f"Write {lowest} or more.")
            return None
        return int(text)

    def duration(self, field: str, text: str | None, named: str) -> timedelta | None:
        """A duration that is not negative; None where there is none or it is still open."""
        if text is None or is_open(text):
            return None
        duration = parse_duration(text)
        if duration is None or duration < timedelta():
            self.problem(
                field, f'invalid {named} string: time: invalid duration "{text}"', "Write it as 30s, 5m or 1h30m."
            )
            return None
        return duration


def read_metric(
    text: MetricText, place: str, check_condition: Callable[[str], str | None]
) -> Metric | tuple[SpecProblem, ...]:
    """The typed metric, or everything that is wrong with it. Fields that still wait for an argument count as left out.

    `check_condition` answers with the sentence that says what is wrong with a condition, or None.
    """
    fields = _Fields(place)
    failure_limit = fields.whole("failureLimit", text.failure_limit, -1) or 0
    metric = Metric(
        name=text.name,
        provider=PrometheusQuery(text.address, text.query, _read_range(fields, text.range)),
        interval=fields.duration("interval", text.interval, "interval"),
        initial_delay=fields.duration("initialDelay", text.initial_delay, "startDelay") or timedelta(),
        count=fields.whole("count", text.count, 0),
        success=_read_condition(fields, "successCondition", text.success, check_condition),
        failure=_read_condition(fields, "failureCondition", text.failure, check_condition),
        failure_limit=failure_limit,
        inconclusive_limit=fields.whole("inconclusiveLimit", text.inconclusive_limit, 0) or 0,
        consecutive_error_limit=fields.whole("consecutiveErrorLimit", text.consecutive_error_limit, 0) or 0,
        consecutive_success_limit=fields.whole("consecutiveSuccessLimit", text.consecutive_success_limit, 0) or 0,
        unit=text.unit,
    )
    if not fields.problems:
        _check_together(
            fields, metric, interval_open=is_open(text.interval), limits_open=is_open(text.consecutive_success_limit)
        )
    return tuple(fields.problems) or metric


def _read_range(fields: _Fields, text: RangeText | None) -> TimeRange | None:
    if text is None or any(map(is_open, (text.start, text.end, text.step))):
        return None
    step = fields.duration("provider.prometheus.rangeQuery.step", text.step, "rangeQuery.step")
    if step is None:
        return None
    found = parse_time_range(text.start, text.end, step)
    if isinstance(found, str):
        fields.problem(
            "provider.prometheus.rangeQuery",
            found,
            "Write times such as now() - duration('10m') or date('2026-01-02T15:04:05Z').",
        )
        return None
    return found


def _read_condition(fields: _Fields, field: str, text: str | None, check: Callable[[str], str | None]) -> str | None:
    if not text or is_open(text):
        return None
    wrong = check(text)
    if wrong is not None:
        fields.problem(field, wrong, "Correct the condition, for example: result[0] >= 0.95.")
    return text


def _check_together(fields: _Fields, metric: Metric, *, interval_open: bool, limits_open: bool) -> None:
    """Rules that need several fields. A count of 0 or none is endless, so it can be below no limit."""
    count, needed = metric.count or 0, metric.failure_limit + metric.consecutive_success_limit
    if count > 0 and metric.failure_limit >= 0 and count < needed:
        sums = f"({metric.failure_limit} + {metric.consecutive_success_limit})"
        fields.problem(
            "count",
            f"count ({count}) must be >= failureLimit + consecutiveSuccessLimit {sums} if both >= 0",
            f"Raise count to {needed} or lower the limits.",
        )
    if 0 < count < metric.consecutive_success_limit and metric.failure_limit < 0:
        fields.problem(
            "count",
            "count must be >= consecutiveSuccessLimit",
            f"Raise count to {metric.consecutive_success_limit} or lower consecutiveSuccessLimit.",
        )
    if metric.failure_limit < 0 and not metric.consecutive_success_limit and not limits_open:
        fields.problem(
            "failureLimit",
            "failureLimit and consecutiveSuccessLimit cannot both be disabled",
            "Write failureLimit: 0 or more, or a consecutiveSuccessLimit.",
        )
    if 0 < count < metric.inconclusive_limit:
        fields.problem(
            "count",
            f"count ({count}) must be >= inconclusiveLimit ({metric.inconclusive_limit})",
            f"Raise count to {metric.inconclusive_limit} or lower inconclusiveLimit.",
        )
    if count > 1 and metric.interval is None and not interval_open:
        fields.problem("interval", "interval must be specified when count > 1", "Add an interval such as 1m.")
