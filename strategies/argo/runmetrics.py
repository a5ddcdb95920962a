"""The metrics of an AnalysisRun as ours, so that one table, one chart and one audit serve both.

A run is read for what it shows, never refused: what cannot be read of a metric is left out of it. Its limits and conditions are only
shown; the controller has judged by them already.
"""

from collections.abc import Mapping
from datetime import timedelta

from strategies.argo.fields import Thing, annotation, number, part, parts, scalar, text
from strategies.judge.duration import parse_duration
from strategies.judge.metric import Metric, OtherProvider, PrometheusQuery
from strategies.judge.placeholder import Language, PlaceholderError, fill
from strategies.judge.template import Argument, condition_problem
from strategies.judge.timerange import TimeRange, parse_time_range
from strategies.judge.unit import ANNOTATION, Unit, read_units

_PROMETHEUS = "prometheus"


def arguments(run: Thing) -> tuple[Argument, ...]:
    """The run's arguments. One from a Secret has no value here and must not get one."""
    return tuple(Argument(text(one, "name"), scalar(one, "value") or None) for one in parts(run, "spec", "args"))


def metrics(run: Thing, asked: Mapping[str, str]) -> tuple[Metric, ...]:
    """The run's metrics in its order. `asked`: the query by metric, where the controller has told what it asked."""
    values = {one.name: one.value for one in arguments(run) if one.value is not None}
    units = _units(run)
    return tuple(_metric(one, values, asked, units) for one in parts(run, "spec", "metrics"))


def _units(run: Thing) -> Mapping[str, Unit]:
    names = [text(one, "name") for one in parts(run, "spec", "metrics")]
    units, _ = read_units(annotation(run, ANNOTATION), names, ANNOTATION)
    return units


def _metric(one: Thing, values: Mapping[str, str], asked: Mapping[str, str], units: Mapping[str, Unit]) -> Metric:
    name = text(one, "name")

    def whole(field: str) -> int | None:
        return number({"it": _filled(scalar(one, field), values, Language.PLAIN)}, "it")

    def duration(field: str) -> timedelta | None:
        return parse_duration(_filled(text(one, field), values, Language.PLAIN))

    def condition(field: str) -> str | None:
        written = _filled(text(one, field), values, Language.CONDITION)
        return written if written and condition_problem(written) is None else None

    errors = whole("consecutiveErrorLimit")
    return Metric(
        name=name,
        provider=_provider(part(one, "provider"), values, asked.get(name, "")),
        interval=duration("interval"),
        initial_delay=duration("initialDelay") or timedelta(),
        count=whole("count"),
        success=condition("successCondition"),
        failure=condition("failureCondition"),
        failure_limit=whole("failureLimit") or 0,
        inconclusive_limit=whole("inconclusiveLimit") or 0,
        consecutive_error_limit=4 if errors is None else errors,
        consecutive_success_limit=whole("consecutiveSuccessLimit") or 0,
        unit=units.get(name),
    )


def _provider(provider: Thing, values: Mapping[str, str], asked: str) -> PrometheusQuery | OtherProvider:
    names = [str(key) for key, value in provider.items() if value is not None]
    if names != [_PROMETHEUS]:
        return OtherProvider(names[0] if len(names) == 1 else "")
    query = asked or _filled(text(provider, _PROMETHEUS, "query"), values, Language.PROMQL)
    address = _filled(text(provider, _PROMETHEUS, "address"), values, Language.ADDRESS)
    return PrometheusQuery(address, query, _range(part(provider, _PROMETHEUS, "rangeQuery"), values))


def _range(written: Thing, values: Mapping[str, str]) -> TimeRange | None:
    start, end, step = (_filled(text(written, key), values, Language.CONDITION) for key in ("start", "end", "step"))
    length = parse_duration(step)
    found = parse_time_range(start, end, length) if length is not None else ""
    return found if isinstance(found, TimeRange) else None


def _filled(written: str, values: Mapping[str, str], language: Language) -> str:
    """The text with its arguments put in; as it is where one is not known or may not stand there."""
    try:
        return fill(written, values, language)
    except PlaceholderError:
        return written
