"""The functions of conditions that only need their arguments: Argo's own (`asInt`, `asFloat`, `isNaN`, `isInf`) and
expr-lang's for numbers."""

import math
import re
from collections.abc import Callable, Mapping

from strategies.judge.conditions.values import LARGEST_INT, Budget, EvaluationError, Value, show, type_name

PREDICATES = frozenset({"all", "any", "none", "one", "filter", "map", "count"})
"""The functions whose second argument is evaluated for each element."""

_WHOLE = re.compile(r"[+-]?\d{1,19}", re.ASCII)
_FLOAT = re.compile(
    r"[+-]?(\d{1,400}\.?\d{0,400}|\.\d{1,400})([eE][+-]?\d{1,4})?|[+-]?inf(inity)?|nan", re.ASCII | re.IGNORECASE
)


def call(name: str, arguments: tuple[Value, ...], budget: Budget) -> Value:
    """The function's answer. Raises EvaluationError."""
    sizes = sum(len(argument) for argument in arguments if isinstance(argument, tuple))
    budget.spend(1 + sizes)
    return _FUNCTIONS[name][2](*arguments)


def _number(value: Value, what: str) -> int | float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise EvaluationError(f"{what} needs a number, not {type_name(value)} ({show(value)})")
    return value


def _numbers(values: tuple[Value, ...], what: str) -> list[int | float]:
    """The numbers in the arguments, where an array stands for its elements."""
    flat: list[Value] = []
    for value in values:
        flat.extend(value if isinstance(value, tuple) else [value])
    return [_number(value, what) for value in flat]


def _len(value: Value) -> Value:
    if isinstance(value, str | tuple | Mapping):
        return len(value)
    raise EvaluationError(f"len needs an array, a map or text, not {type_name(value)} ({show(value)})")


def _as_int(value: Value) -> Value:
    if isinstance(value, str):
        if not _WHOLE.fullmatch(value) or not -LARGEST_INT - 1 <= int(value) <= LARGEST_INT:
            raise EvaluationError(f"{show(value)} is not a whole number")
        return int(value)
    number = _number(value, "asInt")
    if isinstance(number, float) and not abs(number) <= LARGEST_INT:
        raise EvaluationError(f"asInt cannot make a whole number of {show(value)}")
    return int(number)


def _as_float(value: Value) -> Value:
    if isinstance(value, str):
        number = float(value) if _FLOAT.fullmatch(value) else None
        if number is None or (math.isinf(number) and "inf" not in value.lower()):
            raise EvaluationError(f"{show(value)} is not a number")
        return number
    return float(_number(value, "asFloat"))


def _sum(*values: Value) -> Value:
    total = sum(_numbers(values, "sum"))
    if isinstance(total, int) and abs(total) > LARGEST_INT:
        raise EvaluationError("the sum does not fit into 64 bits")
    return total


def _mean(*values: Value) -> Value:
    numbers = _numbers(values, "mean")
    return float(sum(map(float, numbers))) / len(numbers) if numbers else 0.0


def _extreme(name: str, choose: Callable[[list[int | float]], int | float]) -> Callable[..., Value]:
    def extreme(*values: Value) -> Value:
        numbers = _numbers(values, name)
        if not numbers:
            raise EvaluationError(f"{name} of nothing")
        return next((number for number in numbers if math.isnan(number)), None) or choose(numbers)

    return extreme


def _rounded(name: str, rounding: Callable[[float], float]) -> Callable[[Value], Value]:
    def rounded(value: Value) -> Value:
        number = float(_number(value, name))
        return float(rounding(number)) if math.isfinite(number) else number

    return rounded


def _half_up(number: float) -> float:
    """Go's rounding: halves go away from zero."""
    below = math.floor(abs(number))
    return math.copysign(below + (abs(number) - below >= 0.5), number)


def _end(at: int) -> Callable[[Value], Value]:
    def end(value: Value) -> Value:
        if not isinstance(value, tuple):
            raise EvaluationError(f"first and last need an array, not {type_name(value)}")
        return value[at] if value else None

    return end


_Function = Callable[..., Value]
_FUNCTIONS: Mapping[str, tuple[int, int, _Function]] = {
    "len": (1, 1, _len),
    "asInt": (1, 1, _as_int),
    "asFloat": (1, 1, _as_float),
    "int": (1, 1, _as_int),
    "float": (1, 1, _as_float),
    "isNaN": (1, 1, lambda value: math.isnan(_number(value, "isNaN"))),
    "isInf": (1, 1, lambda value: math.isinf(_number(value, "isInf"))),
    "abs": (1, 1, lambda value: abs(_number(value, "abs"))),
    "ceil": (1, 1, _rounded("ceil", math.ceil)),
    "floor": (1, 1, _rounded("floor", math.floor)),
    "round": (1, 1, _rounded("round", _half_up)),
    "sum": (1, 100, _sum),
    "mean": (1, 100, _mean),
    "min": (1, 100, _extreme("min", min)),
    "max": (1, 100, _extreme("max", max)),
    "first": (1, 1, _end(0)),
    "last": (1, 1, _end(-1)),
}
ARITY: Mapping[str, tuple[int, int]] = {
    **{name: (least, most) for name, (least, most, _) in _FUNCTIONS.items()},
    "isNil": (1, 1),
    "default": (2, 2),
}
"""The least and the largest number of arguments of each function."""
