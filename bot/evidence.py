"""The chart of an analysis: what its Prometheus says about both versions over the rollout, with limits, samples and steps.

The line of the new version is the metric's own expression over time; the stable one's is the same question asked about
the stable pods. Where a query cannot tell the two apart there is one line for all traffic, and the title says so.
"""

import math
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from bot.adapters.prometheus import Prometheus, Series
from bot.charts import ChartData, Gap, Limit, Line, Measured, Point, Side, Step
from bot.errors import LeadsmanError
from bot.meter import PrometheusMeter, step_for
from bot.store.records import AuditRecord
from bot.store.store import Store
from strategies.events import What
from strategies.judge.limits import Bound, Forbidden, metric_bounds
from strategies.judge.metric import Metric, OtherProvider
from strategies.judge.run import MetricResult
from strategies.judge.unit import format_value
from strategies.judge.verdict import Verdict
from strategies.model import Activity, Native, Rollout

log = structlog.get_logger("evidence")

BEFORE = timedelta(minutes=2)
"""A chart begins a little before the rollout, so that one sees what was normal."""

LONGEST = timedelta(hours=6)
"""A chart shows no more than the last part of a longer rollout."""

NO_DATA = "no data"
_BATCH = 500
_GRAVITY = (Verdict.FAILED, Verdict.ERROR, Verdict.INCONCLUSIVE, Verdict.RUNNING, Verdict.PENDING, Verdict.SUCCESSFUL)


class Evidence:
    """Makes charts from what the meter's servers answer and what the audit log says about weights."""

    def __init__(self, meter: PrometheusMeter, store: Store) -> None:
        self._meter = meter
        self._store = store

    async def chart(self, rollout: Rollout, activity: Activity, now: datetime) -> ChartData | None:
        """The chart of the metric that matters most. None where its server does not answer: no chart is no error.

        A controller may ask servers that we cannot reach: then the chart shows what it measured, without a line.
        """
        result = chosen(activity)
        if result is None or rollout.started is None:
            return None
        metric = activity.run.analysis.metric(result.name)
        start = max(rollout.started - BEFORE, now - LONGEST)
        try:
            own, stable = await self._lines(rollout, activity, metric, (start, now))
        except LeadsmanError as error:
            log.info("no line for the chart", rollout=rollout.id, metric=metric.name, error=str(error))
            if isinstance(rollout.walk(activity.walk).driver, Native):
                return None
            own, stable = None, None
        figure = await self._stable_value(rollout, activity, metric, now) if stable is not None else math.nan
        steps = await self._steps(rollout)
        return _chart(rollout, metric, result, own, stable, figure, steps, (start, now))

    async def _lines(
        self, rollout: Rollout, activity: Activity, metric: Metric, span: tuple[datetime, datetime]
    ) -> tuple[Sequence[Series] | None, Sequence[Series] | None]:
        """What the metric's query, and the same about the stable side, were over time.

        A controller's metric of another provider has no query that we could ask (None): its chart shows what was measured, without a line.
        """
        if isinstance(metric.provider, OtherProvider):
            return None, None
        server = self._meter.server(rollout.walk(activity.walk).target.cluster, metric.provider.address)
        asked = activity.run.analysis.stable_query(metric.name)
        own = await self._line(server, metric.provider.query, *span)
        return own, await self._line(server, asked, *span) if asked else None

    async def before(self, rollout: Rollout, activity: Activity, now: datetime) -> dict[str, str]:
        """What each metric was for the stable version at its last measurement, as people read it: a column beside the limits.

        Before its first measurement it is what it is `now`.
        """
        found = {}
        for metric in activity.run.analysis.metrics:
            value = await self._stable_value(rollout, activity, metric, now)
            if math.isfinite(value):
                found[metric.name] = format_value(value, metric.unit)
        return found

    async def _stable_value(self, rollout: Rollout, activity: Activity, metric: Metric, now: datetime) -> float:
        """The stable version's value at the moment that the new one's is from. NaN where there is none."""
        query = activity.run.analysis.stable_query(metric.name)
        if not query:
            return math.nan
        taken = [
            one.started_at
            for result in activity.run.metrics
            if result.name == metric.name
            for one in result.measurements
        ]
        at = taken[-1] if taken else now
        try:
            server = self._meter.server(rollout.walk(activity.walk).target.cluster, metric.provider.address)
            return _number((await server.query(query, at)).result)
        except LeadsmanError as error:
            log.info("no stable value", rollout=rollout.id, metric=metric.name, error=str(error))
            return math.nan

    async def _line(self, server: Prometheus, query: str, start: datetime, end: datetime) -> Sequence[Series]:
        return await server.query_range(query, start, end, step_for(end - start))

    async def _steps(self, rollout: Rollout) -> tuple[Step, ...]:
        """When the traffic moved, by the audit log."""
        found: list[Step] = []
        after = 0
        while records := await self._store.audit_entries(after, _BATCH, rollout_id=rollout.id):
            found += [step for record in records if (step := _step(record, rollout)) is not None]
            after = records[-1].sequence
        return tuple(found)


def chosen(activity: Activity) -> MetricResult | None:
    """The metric to show: the worst, then the one that failed most often, then the first. None where nothing was measured yet."""
    measured = [one for one in activity.run.metrics if one.measurements and not one.dry_run]
    return min(measured, key=lambda one: (_GRAVITY.index(one.phase), -one.failed), default=None)


def _chart(
    rollout: Rollout,
    metric: Metric,
    result: MetricResult,
    own: Sequence[Series] | None,
    stable: Sequence[Series] | None,
    stable_figure: float,
    steps: tuple[Step, ...],
    span: tuple[datetime, datetime],
) -> ChartData:
    start, end = (_minute(rollout, at) for at in span)
    base = rollout.walk(rollout.walks[0].id).base.version
    label = rollout.candidate.version if stable is not None else "all traffic"
    last = _number(result.measurements[-1].result)
    line = Line(label, _points(rollout, own), _known(last)) if own is not None else None
    return ChartData(
        title=title(metric, result, apart=own is None or stable is not None),
        metric=metric.name,
        start=start,
        end=max(end, start + 0.1),
        unit=metric.unit,
        canary=line if stable is not None else None,
        stable=Line(base, _points(rollout, stable), _known(stable_figure)) if stable is not None else None,
        all_traffic=line if stable is None else None,
        limits=tuple(map(_limit, metric_bounds(metric))),
        measured=_measured(rollout, result),
        steps=tuple(step for step in steps if start <= step.minute <= end),
        gaps=_gaps(rollout, result),
    )


def title(metric: Metric, result: MetricResult, *, apart: bool) -> str:
    """The verdict in numbers: `p95 latency: 412 ms, limit ≤ 300 ms`; and whether the metric can tell new from old."""
    name = metric.name.replace("-", " ").replace("_", " ")
    last = _number(result.measurements[-1].result) if result.measurements else math.nan
    limits = metric_bounds(metric)
    beside = limits[0].value if limits else None
    shown = "no data" if math.isnan(last) else format_value(last, metric.unit, beside=beside)
    bounds = " and ".join(f"{bound.sign} {format_value(bound.value, metric.unit)}" for bound in limits)
    return (
        f"{name}: {shown}"
        + (f", limit {bounds}" if bounds else "")
        + ("" if apart else " (all traffic, cannot tell new from old)")
    )


def _number(value: object) -> float:
    first = value[0] if isinstance(value, tuple) and value else value
    return first if isinstance(first, float) else math.nan


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _points(rollout: Rollout, series: Sequence[Series]) -> tuple[Point, ...]:
    """The first line of an answer: conditions read `result[0]`, and so does the chart."""
    points = series[0].points if series else ()
    return tuple(Point(_minute(rollout, at), value) for at, value in points)


def _minute(rollout: Rollout, at: datetime) -> float:
    return (at - (rollout.started or rollout.created)).total_seconds() / 60


def _limit(bound: Bound) -> Limit:
    return Limit(bound.value, Side.BELOW if bound.forbidden is Forbidden.BELOW else Side.ABOVE)


def _measured(rollout: Rollout, result: MetricResult) -> tuple[Measured, ...]:
    return tuple(
        Measured(_minute(rollout, one.started_at), _number(one.result), one.phase) for one in result.measurements
    )


def _gaps(rollout: Rollout, result: MetricResult) -> tuple[Gap, ...]:
    """The stretches in which measurements found no number."""
    gaps: list[Gap] = []
    before: datetime | None = None
    for one in result.measurements:
        start, end = _minute(rollout, before or one.started_at), _minute(rollout, one.started_at)
        if math.isnan(_number(one.result)) and one.phase is not Verdict.SUCCESSFUL:
            joins = gaps and gaps[-1].end == start
            gaps[-1:] = [Gap(gaps[-1].start, end, NO_DATA)] if joins else [*gaps[-1:], Gap(start, end, NO_DATA)]
        before = one.started_at
    return tuple(gap for gap in gaps if gap.end > gap.start)


def _step(record: AuditRecord, rollout: Rollout) -> Step | None:
    if record.kind == What.WEIGHT:
        return Step(_minute(rollout, record.at), f"{record.facts.get('share', record.facts.get('weight'))}%")
    if record.kind == What.REVERTING:
        return Step(_minute(rollout, record.at), "back")
    return Step(_minute(rollout, record.at), "100%") if record.kind == What.PROMOTING else None
