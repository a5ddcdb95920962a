"""sum, avg, topk and the others: many series into few."""

import math
from collections.abc import Callable, Sequence

from bot.playground.prometheus.quantiles import quantile
from bot.playground.prometheus.samples import NAME, Labels
from bot.playground.prometheus.values import Element, QueryError, Vector, only, without


def aggregate(
    operator: str, vector: Vector, names: Sequence[str] | None, *, by: bool, parameter: float | None
) -> Vector:
    """Apply `operator` to each group; `names` are the labels of `by` or `without`, None where neither was given."""
    groups: dict[Labels, list[Element]] = {}
    for element in vector.elements:
        groups.setdefault(_group(element.labels, names, by=by), []).append(element)
    if operator in ("topk", "bottomk"):
        return _best(groups, operator, parameter)
    if operator == "quantile":
        share = math.nan if parameter is None else parameter
        return _each(groups, lambda values: quantile(share, values))
    summary = SUMMARIES.get(operator)
    if summary is None:
        raise QueryError(f"the aggregation {operator} is not supported here")
    return _each(groups, summary)


def _group(labels: Labels, names: Sequence[str] | None, *, by: bool) -> Labels:
    if by:
        return only(labels, names or ())
    return without(labels, (*(names or ()), NAME))


def _each(groups: dict[Labels, list[Element]], summary: Callable[[list[float]], float]) -> Vector:
    ones = (Element(labels, summary([element.value for element in group])) for labels, group in groups.items())
    return Vector(tuple(ones))


def _best(groups: dict[Labels, list[Element]], operator: str, parameter: float | None) -> Vector:
    count = int(parameter) if parameter is not None and math.isfinite(parameter) else 0
    sign = -1 if operator == "topk" else 1
    chosen = []
    for group in groups.values():
        ordered = sorted(group, key=lambda element: (math.isnan(element.value), sign * element.value))
        chosen.extend(ordered[: max(0, count)])
    return Vector(tuple(chosen))


def least(values: Sequence[float]) -> float:
    """The smallest; NaN only if there is nothing else."""
    return min((value for value in values if not math.isnan(value)), default=math.nan)


def greatest(values: Sequence[float]) -> float:
    """The largest; NaN only if there is nothing else."""
    return max((value for value in values if not math.isnan(value)), default=math.nan)


def mean(values: Sequence[float]) -> float:
    """The average; `values` is never empty."""
    return sum(values) / len(values)


def variance(values: Sequence[float]) -> float:
    """Of the whole population, as Prometheus has it."""
    middle = mean(values)
    return mean([(value - middle) ** 2 for value in values])


def deviation(values: Sequence[float]) -> float:
    """The standard deviation of the whole population."""
    spread = variance(values)
    return math.sqrt(spread) if spread >= 0 else math.nan


SUMMARIES: dict[str, Callable[[list[float]], float]] = {
    "sum": lambda values: float(sum(values)),
    "avg": mean,
    "min": least,
    "max": greatest,
    "count": lambda values: float(len(values)),
    "group": lambda values: 1.0,
    "stddev": deviation,
    "stdvar": variance,
}
"""Named as in PromQL; `SUMMARY_over_time` is the same over a range."""
