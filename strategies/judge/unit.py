"""The unit of a metric, and its values as people read them.

Argo's templates have no unit, so one team's `0.95` is another's `95`. Templates name theirs in the annotation
`leadsman.dev/units: "success-rate=ratio,latency=ms"`.
"""

import math
from collections.abc import Iterable, Mapping
from enum import StrEnum

from strategies.problem import SpecProblem

ANNOTATION = "leadsman.dev/units"


class Unit(StrEnum):
    """What a metric's number counts. `ratio` is 0 to 1, `percent` 0 to 100; both are shown as a percentage."""

    RATIO = "ratio"
    PERCENT = "percent"
    MILLISECONDS = "ms"
    SECONDS = "s"
    COUNT = "count"
    OTHER = "other"


def read_units(text: str, metrics: Iterable[str], place: str) -> tuple[Mapping[str, Unit], tuple[SpecProblem, ...]]:
    """The units that the annotation gives to `metrics`, and what is wrong with it."""
    known, units, problems = set(metrics), {}, []
    choices = ", ".join(Unit)
    for pair in filter(None, (part.strip() for part in text.split(","))):
        name, _, unit = (part.strip() for part in pair.partition("="))
        if unit not in set(Unit):
            problems.append(
                SpecProblem(place, f"{pair!r} does not give a unit", f"Write metric=unit with one of {choices}.")
            )
        elif name not in known:
            problems.append(
                SpecProblem(place, f"there is no metric {name!r}", f"Use one of {', '.join(sorted(known))}.")
            )
        else:
            units[name] = Unit(unit)
    return units, tuple(problems)


def format_value(value: float, unit: str | None = None, beside: float | None = None) -> str:
    """A value for people: `99.94%`, `412 ms`, `1,204`. Digits are added until it reads unlike `beside`, if it is.

    `unit` is one of `Unit`'s texts or None. A share just under the whole is never rounded up to 100%.
    """
    if math.isnan(value):
        return "no number (NaN)"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    others = [beside] if beside is not None and math.isfinite(beside) and beside != value else []
    if unit == Unit.RATIO and value < 1:
        others.append(1.0)
    if unit == Unit.PERCENT and value < 100:
        others.append(100.0)
    for more in range(12):
        text = _text(value, unit, more)
        if all(text != _text(other, unit, more) for other in others):
            return text
    return text


def _text(value: float, unit: str | None, more: int) -> str:
    match unit:
        case Unit.RATIO:
            return f"{_digits(value * 100, 2 + more)}%"
        case Unit.PERCENT:
            return f"{_digits(value, 2 + more)}%"
        case Unit.MILLISECONDS:
            return f"{_significant(value, 3 + more)} ms"
        case Unit.SECONDS:
            return f"{_significant(value, 3 + more)} s"
        case _:
            return _significant(value, 4 + more)


def _digits(value: float, decimals: int) -> str:
    text = f"{value:,.{decimals}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def _significant(value: float, digits: int) -> str:
    """At least `digits` significant digits; whole digits are never cut off. Very small and large numbers as 1.2e-09."""
    size = abs(value)
    if size and not 1e-6 <= size < 1e15:
        return f"{value:.{digits}g}"
    whole = len(str(int(size))) if size >= 1 else (math.floor(math.log10(size)) + 1 if size else 1)
    return _digits(value, max(0, digits - whole))
