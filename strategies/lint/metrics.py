"""What a metric would really measure and decide: conditions that can never hold, queries that are none, units."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from strategies.judge.conditions import Condition, ConditionError, compile_condition
from strategies.judge.limits import Bound, Forbidden, bounds, impossible, overdrawn
from strategies.judge.metric import PLACEHOLDER, Metric
from strategies.judge.unit import ANNOTATION, Unit
from strategies.lint.finding import Severity
from strategies.lint.surroundings import Surroundings

QUERY = "provider.prometheus.query"

_SCALAR = re.compile(r"\b(scalar|time|pi)\s*\(|^[^a-zA-Z]*$")
"""Queries that may answer with one number instead of a list."""
_RESULT = re.compile(r"\bresult\b(?!\s*\[)")
_ONLY_2XX = re.compile(r"""=~\s*["'`]2(\.\.|xx|\.\*|\[0-9\]|\\d)""")
_HUNDREDFOLD = re.compile(r"\*\s*100\s*\)*\s*$|^\s*\(*\s*100\s*\*")
_THOUSAND = re.compile(r"[*/]\s*1000\b|\b1000\s*\*")
_TRIED = ("x", "1", "5m")
"""What a query is tried with in place of an argument that is not known here."""
_LONG = 60
"""Seconds that are hardly meant as the limit of a latency."""


@dataclass(frozen=True, slots=True)
class Remark:
    """Something to say about the `field` of a metric."""

    field: str
    severity: Severity
    sentence: str
    fix: str


def query_remarks(query: str, around: Surroundings) -> Iterator[Remark]:
    """What speaks against a query; one that still waits for arguments is tried with several.

    In a cluster it is a warning only: a server that speaks more than Prometheus may have answered it for years.
    """
    tries = [PLACEHOLDER.sub(value, query) for value in _TRIED]
    wrong = [around.check_query(text) for text in tries] if query else [None]
    if all(wrong):
        severity = Severity.WARNING if around.complete else Severity.ERROR
        yield Remark(QUERY, severity, str(wrong[0]), "Correct the PromQL; Prometheus would refuse it.")


def remarks(metric: Metric) -> Iterator[Remark]:
    """What speaks against a metric whose arguments are filled in."""
    query = metric.provider.query
    for field, text in (("successCondition", metric.success), ("failureCondition", metric.failure)):
        if text and query and not _SCALAR.search(query):
            yield from _unfit_for_a_list(field, text)
    if (never := impossible(metric)) is not None:
        yield Remark(
            "successCondition", Severity.ERROR, f"this can never pass: {never}", "Correct the limit or the unit."
        )
    elif (never := overdrawn(metric)) is not None:
        yield Remark(
            "successCondition",
            Severity.WARNING,
            f"this can never pass: {never}",
            "Let the query be that share, rate being its success rate.",
        )
    yield from _about_units(metric)


def _unfit_for_a_list(field: str, condition: str) -> Iterator[Remark]:
    """A condition that Argo refuses for every answer that is a list, also for an empty one."""
    compiled = compile_condition(condition)
    wrong = compiled.misfit(()) or _error_of_all(compiled)
    if wrong is None:
        return
    fix, sentence = "Write, for example: result[0] >= 0.95.", f"{wrong}: every measurement would be an Error"
    if compiled.misfit(0.5) is None:
        fix = f"Write {_RESULT.sub('result[0]', condition)}"
        sentence = (
            "Prometheus answers with a list, and this compares the list itself: every measurement would be an Error"
        )
    yield Remark(field, Severity.ERROR, sentence, fix)


def _error_of_all(condition: Condition) -> str | None:
    """What goes wrong with lists of every length that is tried; None where one of them can be judged."""
    wrong = ""
    for length in (0, 50, 1):
        try:
            condition.evaluate((0.5,) * length)
        except ConditionError as error:
            wrong = str(error)
        else:
            return None
    return wrong


def _about_units(metric: Metric) -> Iterator[Remark]:
    query, limits = metric.provider.query, _limits(metric)
    if not query:
        return
    if metric.unit is None:
        yield Remark(
            "",
            Severity.WARNING,
            "it has no unit: nothing tells 0.95 of a share from 95 percent, or seconds from milliseconds",
            f'Add the annotation {ANNOTATION}: "{metric.name}=ratio" with one of {", ".join(Unit)}.',
        )
    if _ONLY_2XX.search(query):
        yield Remark(
            QUERY,
            Severity.WARNING,
            "only 2xx answers count as good, so that redirects and mistakes of callers (3xx, 4xx) count as failures",
            'Count what does not match 5xx instead: !~"5.."',
        )
    yield from _about_scale(metric, query, limits)


def _about_scale(metric: Metric, query: str, limits: tuple[Bound, ...]) -> Iterator[Remark]:
    share = [limit.value for limit in limits if limit.forbidden is Forbidden.BELOW and 0 < limit.value <= 1]
    if share and (metric.unit is Unit.PERCENT or (metric.unit is not Unit.RATIO and _HUNDREDFOLD.search(query))):
        yield Remark(
            "successCondition",
            Severity.WARNING,
            f"the value is 0 to 100 and the limit is {share[0]:g}: nearly everything passes",
            f"Write {share[0] * 100:g}, or leave the factor 100 out of the query.",
        )
    if _THOUSAND.search(query):
        return
    if (metric.unit is Unit.SECONDS and "_milliseconds" in query) or (
        metric.unit is Unit.MILLISECONDS and "_seconds" in query
    ):
        asked = "milliseconds" if "_milliseconds" in query else "seconds"
        yield Remark(
            QUERY,
            Severity.WARNING,
            f"the query asks in {asked}, and the unit says {metric.unit}",
            f"Correct the unit in {ANNOTATION}, or convert in the query.",
        )
    long = [limit.value for limit in limits if limit.forbidden is Forbidden.ABOVE and limit.value >= _LONG]
    if long and "_seconds_bucket" in query and metric.unit is not Unit.MILLISECONDS:
        yield Remark(
            "successCondition",
            Severity.WARNING,
            f"the query asks in seconds, and the limit of {long[0]:g} would be {long[0]:g} seconds",
            f"Write {long[0] / 1000:g} if milliseconds are meant.",
        )


def _limits(metric: Metric) -> tuple[Bound, ...]:
    return bounds(compile_condition(metric.success)) if metric.success else ()
