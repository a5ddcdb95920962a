"""The functions of PromQL that analyses use, by name."""

import math
from collections.abc import Callable, Sequence
from typing import cast

from bot.playground.prometheus.aggregation import SUMMARIES
from bot.playground.prometheus.quantiles import histogram_quantile
from bot.playground.prometheus.rates import (
    changes,
    extrapolated,
    instantaneous,
    last_over_time,
    over_time,
    quantile_over_time,
    resets,
)
from bot.playground.prometheus.values import Element, Matrix, QueryError, Value, Vector, nameless

Arguments = Sequence[Value]


def call(name: str, arguments: Arguments) -> Value:
    """Call a function; the parser has checked the kinds of its arguments. Raises QueryError for one that is not
    here."""
    if name not in _FUNCTIONS:
        raise QueryError(f'unknown function with name "{name}"')
    return _FUNCTIONS[name](arguments)


def _matrix(arguments: Arguments, place: int = 0) -> Matrix:
    return cast(Matrix, arguments[place])


def _vector(arguments: Arguments, place: int = 0) -> Vector:
    return cast(Vector, arguments[place])


def _number(arguments: Arguments, place: int, default: float = math.nan) -> float:
    return cast(float, arguments[place]) if len(arguments) > place else default


def _scalar(arguments: Arguments) -> float:
    elements = _vector(arguments).elements
    return elements[0].value if len(elements) == 1 else math.nan


def _sorted(arguments: Arguments, sign: int) -> Vector:
    elements = sorted(_vector(arguments).elements, key=lambda one: (math.isnan(one.value), sign * one.value))
    return Vector(tuple(elements))


def _each(compute: Callable[[float], float]) -> Callable[[Arguments], Vector]:
    return lambda arguments: nameless(Element(one.labels, compute(one.value)) for one in _vector(arguments).elements)


def _finite(compute: Callable[[float], float]) -> Callable[[float], float]:
    """NaN and infinities have no whole number beside them and stay as they are."""
    return lambda value: float(compute(value)) if math.isfinite(value) else value


def _clamped(vector: Vector, low: float, high: float) -> Vector:
    if low > high:
        return Vector(())
    held = (
        value if math.isnan(value) else max(low, min(high, value)) for value in (one.value for one in vector.elements)
    )
    return nameless(Element(one.labels, value) for one, value in zip(vector.elements, held, strict=True))


def _rounded(arguments: Arguments) -> Vector:
    to = 1 / _number(arguments, 1, 1.0)
    return _each(_finite(lambda value: math.floor(value * to + 0.5) / to))(arguments)


def _root(value: float) -> float:
    return math.sqrt(value) if value >= 0 else math.nan


def _logarithm(value: float) -> float:
    if value > 0:
        return math.log(value)
    return -math.inf if value == 0 else math.nan


def _summary(name: str) -> Callable[[Arguments], Vector]:
    return lambda arguments: over_time(_matrix(arguments), SUMMARIES[name])


_FUNCTIONS: dict[str, Callable[[Arguments], Value]] = {
    "rate": lambda given: extrapolated(_matrix(given), counter=True, per_second=True),
    "increase": lambda given: extrapolated(_matrix(given), counter=True, per_second=False),
    "delta": lambda given: extrapolated(_matrix(given), counter=False, per_second=False),
    "irate": lambda given: instantaneous(_matrix(given), counter=True, per_second=True),
    "idelta": lambda given: instantaneous(_matrix(given), counter=False, per_second=False),
    "resets": lambda given: over_time(_matrix(given), resets),
    "changes": lambda given: over_time(_matrix(given), changes),
    "last_over_time": lambda given: last_over_time(_matrix(given)),
    "present_over_time": lambda given: over_time(_matrix(given), lambda _: 1.0),
    "quantile_over_time": lambda given: quantile_over_time(_number(given, 0), _matrix(given, 1)),
    **{f"{name}_over_time": _summary(name) for name in SUMMARIES if name != "group"},
    "histogram_quantile": lambda given: histogram_quantile(_number(given, 0), _vector(given, 1)),
    "vector": lambda given: Vector((Element((), _number(given, 0)),)),
    "scalar": _scalar,
    "abs": _each(abs),
    "ceil": _each(_finite(math.ceil)),
    "floor": _each(_finite(math.floor)),
    "sqrt": _each(_root),
    "ln": _each(_logarithm),
    "exp": _each(lambda value: math.exp(value) if value < 709 else math.inf),
    "round": _rounded,
    "clamp": lambda given: _clamped(_vector(given), _number(given, 1), _number(given, 2)),
    "clamp_min": lambda given: _clamped(_vector(given), _number(given, 1), math.inf),
    "clamp_max": lambda given: _clamped(_vector(given), -math.inf, _number(given, 1)),
    "sort": lambda given: _sorted(given, 1),
    "sort_desc": lambda given: _sorted(given, -1),
}
