"""The two axes: which values the chart spans, where its round numbers lie, and what stands beside them."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from bot.charts.data import ChartData, Side
from strategies.judge.unit import Unit, format_value

LARGEST = 1e100
"""What is larger than this is not drawn, as infinity is not."""

SMALLEST_SPAN = 1e-100

_TICKS = 4
_ROUND = (1.0, 2.0, 2.5, 5.0, 10.0)
_MINUTES = (0.5, 1, 2, 5, 10, 15, 20, 30, 60, 120, 180, 360, 720, 1440)
_WHOLE: dict[str | None, float] = {Unit.RATIO: 1.0, Unit.PERCENT: 100.0}
_LETTERS = ((1e12, 1e12, "T"), (1e9, 1e9, "G"), (1e6, 1e6, "M"), (1e4, 1e3, "k"))


@dataclass(frozen=True, slots=True)
class Scale:
    """Maps `low`..`high` onto the pixels `start`..`end`."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """The pixel of a value; values beyond the ends stay at the ends."""
        share = (value - self.low) / (self.high - self.low)
        return self.start + min(max(share, 0.0), 1.0) * (self.end - self.start)


def drawable(value: float) -> bool:
    """Whether a value has a place on a chart."""
    return math.isfinite(value) and abs(value) <= LARGEST


def value_span(data: ChartData) -> tuple[float, float]:
    """Lowest and highest value on the y axis.

    From zero for what must not grow (latency, errors); a band around the limit for what must not fall (success rates),
    where a fall of one point in a hundred matters and would not be seen from zero.
    """
    values = [value for value in _values(data) if drawable(value)] or [0.0]
    low, high = min(values), max(values)
    if any(limit.forbidden is Side.BELOW and drawable(limit.value) for limit in data.limits):
        return _band(low, high, data.unit)
    low, high = min(0.0, low * 1.15), max(0.0, high * 1.15)
    return (low, high) if high - low >= SMALLEST_SPAN else (0.0, 1.0)


def _band(low: float, high: float, unit: str | None) -> tuple[float, float]:
    span = max(high - low, abs(high) * 0.02) or 1.0
    top, bottom = high + 0.3 * span, low - 0.3 * span
    whole = _WHOLE.get(unit)
    if whole is not None and high <= whole:
        top = min(top, whole + 0.08 * span)
    return (max(0.0, bottom) if low >= 0 else bottom), top


def _values(data: ChartData) -> Iterable[float]:
    yield from (point.value for line in data.lines for point in line.points)
    yield from (one.value for one in data.measured)
    yield from (limit.value for limit in data.limits)


def round_values(low: float, high: float) -> tuple[float, ...]:
    """About four round numbers between `low` and `high`, evenly spaced."""
    rough = (high - low) / _TICKS
    size = 10.0 ** math.floor(math.log10(rough))
    step = next(size * factor for factor in _ROUND if size * factor >= rough * 0.999)
    first = math.ceil(low / step - 1e-9)
    ticks = (step * (first + number) for number in range(_TICKS + 2))
    return tuple(0.0 if abs(tick) < step / 2 else tick for tick in ticks if tick <= high + step * 1e-9)


def value_texts(ticks: tuple[float, ...], unit: str | None) -> tuple[str, ...]:
    """The words beside the round numbers: short, all with the same digits, large ones with k, M, G or T."""
    if unit in _WHOLE:
        return tuple(format_value(tick, unit) for tick in ticks)
    largest = max((abs(tick) for tick in ticks), default=0.0)
    step = ticks[1] - ticks[0] if len(ticks) > 1 else largest or 1.0
    if largest >= 1e16 or step < 1e-6:
        return tuple("0" if tick == 0 else f"{tick:.2g}" for tick in ticks)
    size, letter = next(((size, letter) for above, size, letter in _LETTERS if largest >= above), (1.0, ""))
    digits = max(0, -math.floor(math.log10(step / size) + 1e-9))
    digits += not (step / size * 10**digits + 1e-9) % 1 < 1e-6
    return tuple("0" if tick == 0 else f"{tick / size:,.{digits}f}{letter}" for tick in ticks)


def minute_ticks(start: float, end: float, most: int) -> tuple[tuple[float, str], ...]:
    """Round moments of the x axis with their words, at most `most`: "start", "+10 min", "+2 h"."""
    step = next((step for step in _MINUTES if (end - start) / step <= most - 0.5), None)
    step = step if step is not None else 1440 * math.ceil((end - start) / 1440 / (most - 0.5))
    first = math.ceil(start / step - 1e-9)
    count = math.floor((end - first * step) / step + 1e-9) + 1
    return tuple(((first + number) * step, _moment((first + number) * step, step)) for number in range(max(0, count)))


def _moment(minute: float, step: float) -> str:
    if minute == 0:
        return "start"
    if step >= 60:
        return f"{minute / 60:+g} h".replace("-", "−")
    if step < 1:
        return f"{minute * 60:+g} s".replace("-", "−")
    return f"{minute:+g} min".replace("-", "−")
