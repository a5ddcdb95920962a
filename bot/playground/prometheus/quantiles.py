"""Quantiles: of values, and of a histogram's buckets, by Prometheus' rules (promql/quantile.go)."""

import math
from collections.abc import Iterable

from bot.playground.prometheus.samples import NAME, Labels
from bot.playground.prometheus.values import Element, Vector, nameless, without


def quantile(share: float, values: list[float]) -> float:
    """The value that `share` of the values lie below, between the two nearest; infinite for a share outside of 0 to
    1."""
    if not values or math.isnan(share):
        return math.nan
    if not 0 <= share <= 1:
        return math.copysign(math.inf, share)
    ordered = sorted(values, key=lambda value: (not math.isnan(value), value))
    rank = share * (len(ordered) - 1)
    below = math.floor(rank)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] * (1 - (rank - below)) + ordered[above] * (rank - below)


def histogram_quantile(share: float, buckets: Vector) -> Vector:
    """The quantile of each histogram: a group of series that differ in `le` alone."""
    groups: dict[Labels, dict[float, float]] = {}
    for element in buckets.elements:
        le = _number(dict(element.labels).get("le", ""))
        if le is not None:
            group = groups.setdefault(without(element.labels, ("le", NAME)), {})
            group[le] = group.get(le, 0.0) + element.value
    return nameless(Element(labels, _of_buckets(share, sorted(group.items()))) for labels, group in groups.items())


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _of_buckets(share: float, buckets: list[tuple[float, float]]) -> float:
    if math.isnan(share):
        return math.nan
    if not 0 <= share <= 1:
        return math.copysign(math.inf, share)
    if len(buckets) < 2 or buckets[-1][0] != math.inf:
        return math.nan
    ends, counts = [le for le, _ in buckets], list(_never_falling(count for _, count in buckets))
    if not counts[-1] > 0:
        return math.nan
    rank = share * counts[-1]
    place = next((number for number, count in enumerate(counts[:-1]) if count >= rank), len(counts) - 1)
    if place == len(counts) - 1:
        return ends[-2]
    if place == 0 and ends[0] <= 0:
        return ends[0]
    low, under = (ends[place - 1], counts[place - 1]) if place else (0.0, 0.0)
    inside = counts[place] - under
    return low + (ends[place] - low) * ((rank - under) / inside) if inside else math.nan


def _never_falling(counts: Iterable[float]) -> Iterable[float]:
    highest = -math.inf
    for count in counts:
        highest = max(highest, count)
        yield highest
