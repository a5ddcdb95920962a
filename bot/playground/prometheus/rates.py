"""Functions over a range of samples, by Prometheus' rules (promql/functions.go, version 3)."""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

from bot.playground.prometheus.quantiles import quantile
from bot.playground.prometheus.values import Element, Matrix, Vector, Window, nameless

Samples = Sequence[tuple[float, float]]


def extrapolated(matrix: Matrix, *, counter: bool, per_second: bool) -> Vector:
    """rate, increase and delta: the change between the first and last sample, stretched to the whole range.

    Stretched to an end only if that is within 1.1 sample distances, else by half a distance; a counter never to
    before its zero.
    """
    found = []
    for window in matrix.windows:
        if len(window.samples) >= 2:
            change = _grown(window.samples) if counter else window.samples[-1][1] - window.samples[0][1]
            factor = _stretch(matrix, window, change, counter=counter)
            found.append(
                Element(window.labels, change * factor / (_seconds(matrix.start, matrix.end) if per_second else 1))
            )
    return nameless(found)


def _seconds(earlier: float, later: float) -> float:
    """Prometheus counts time in whole milliseconds; floats of this size would not."""
    return round(later - earlier, 3)


def _grown(samples: Samples) -> float:
    """A counter's growth; where it falls, it began anew from zero."""
    change, before = samples[-1][1] - samples[0][1], samples[0][1]
    for _, value in samples[1:]:
        change += before if value < before else 0.0
        before = value
    return change


def _stretch(matrix: Matrix, window: Window, change: float, *, counter: bool) -> float:
    first, last = window.samples[0], window.samples[-1]
    sampled = _seconds(first[0], last[0])
    apart = sampled / (len(window.samples) - 1)
    before, after = (
        distance if distance < apart * 1.1 else apart / 2
        for distance in (_seconds(matrix.start, first[0]), _seconds(last[0], matrix.end))
    )
    if counter and change > 0 and first[1] >= 0:
        before = min(before, sampled * first[1] / change)
    return (sampled + before + after) / sampled


def instantaneous(matrix: Matrix, *, counter: bool, per_second: bool) -> Vector:
    """irate and idelta: the change between the last two samples."""
    found = []
    for window in matrix.windows:
        if len(window.samples) >= 2:
            (earlier, before), (later, after) = window.samples[-2:]
            change = after if counter and after < before else after - before
            found.append(Element(window.labels, change / _seconds(earlier, later) if per_second else change))
    return nameless(found)


def over_time(matrix: Matrix, summary: Callable[[list[float]], float]) -> Vector:
    """avg_over_time and its kin: one number out of each window's values."""
    ones = (Element(window.labels, summary([value for _, value in window.samples])) for window in matrix.windows)
    return nameless(ones)


def last_over_time(matrix: Matrix) -> Vector:
    """The only one that keeps the metric's name."""
    return Vector(tuple(Element(window.labels, window.samples[-1][1]) for window in matrix.windows))


def quantile_over_time(share: float, matrix: Matrix) -> Vector:
    """The quantile of each window's values."""
    return over_time(matrix, lambda values: quantile(share, values))


def resets(values: list[float]) -> float:
    """How often a counter began anew."""
    return float(sum(after < before for before, after in pairwise(values)))


def changes(values: list[float]) -> float:
    """How often a value became another; NaN after NaN is none."""
    return float(
        sum(before != after and not (math.isnan(before) and math.isnan(after)) for before, after in pairwise(values))
    )
