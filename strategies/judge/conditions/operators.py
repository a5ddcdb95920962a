"""The operators of conditions, with Go's arithmetic: whole numbers in 64 bits, division always of floats, NaN unlike
anything."""

import math
from collections.abc import Callable, Mapping
from functools import lru_cache

from strategies.judge.conditions.values import (
    LARGEST_INT,
    Budget,
    EvaluationError,
    Value,
    equal,
    show,
    type_name,
)
from strategies.judge.pattern import Pattern
from strategies.judge.pattern_syntax import PatternError

LONGEST_TEXT = 2000
LONGEST_ARRAY = 10_000


def apply(operator: str, left: Value, right: Value, budget: Budget) -> Value:
    """`left operator right`. Raises EvaluationError."""
    return _OPERATORS[operator](left, right, budget)


def negated(value: Value) -> Value:
    """`-value`. Raises EvaluationError."""
    number = numeric(value, "-")
    return bounded(-number)


def numeric(value: Value, what: str) -> int | float:
    """`value` as a number. Raises EvaluationError, naming `what` wanted it."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise EvaluationError(f"{what} needs a number, not {type_name(value)} ({show(value)})")
    return value


def whole(value: Value, what: str) -> int:
    """`value` as a whole number; a float without a fraction is one. Raises EvaluationError."""
    number = numeric(value, what)
    if isinstance(number, float):
        if not number.is_integer() or abs(number) > LARGEST_INT:
            raise EvaluationError(f"{what} needs a whole number, not {show(value)}")
        return int(number)
    return number


def bounded(number: int | float) -> int | float:
    """`number` if it is a float or fits into 64 bits. Raises EvaluationError."""
    if isinstance(number, int) and abs(number) > LARGEST_INT:
        raise EvaluationError("the result does not fit into 64 bits")
    return number


def _add(left: Value, right: Value, budget: Budget) -> Value:
    if isinstance(left, str) and isinstance(right, str):
        budget.spend((len(left) + len(right)) // 16)
        if len(left) + len(right) > LONGEST_TEXT:
            raise EvaluationError(f"a text may have {LONGEST_TEXT} characters")
        return left + right
    return bounded(numeric(left, "+") + numeric(right, "+"))


def _subtract(left: Value, right: Value, _: Budget) -> Value:
    return bounded(numeric(left, "-") - numeric(right, "-"))


def _multiply(left: Value, right: Value, _: Budget) -> Value:
    return bounded(numeric(left, "*") * numeric(right, "*"))


def _divide(left: Value, right: Value, _: Budget) -> Value:
    above, below = float(numeric(left, "/")), float(numeric(right, "/"))
    if below:
        return above / below
    if math.isnan(above) or math.isnan(below) or not above:
        return math.nan
    return math.copysign(math.inf, above) * math.copysign(1.0, below)


def _remainder(left: Value, right: Value, _: Budget) -> Value:
    if isinstance(left, float) or isinstance(right, float):
        raise EvaluationError("% needs whole numbers: use int(…) around them")
    above, below = whole(left, "%"), whole(right, "%")
    if not below:
        raise EvaluationError("% by zero")
    return int(math.copysign(1, above)) * (abs(above) % abs(below))


def _power(left: Value, right: Value, _: Budget) -> Value:
    base, exponent = float(numeric(left, "**")), float(numeric(right, "**"))
    try:
        return math.pow(base, exponent)
    except OverflowError:
        return -math.inf if base < 0 and exponent % 2 == 1 else math.inf
    except ValueError:
        if base:
            return math.nan
        return math.copysign(math.inf, base) if exponent % 2 == 1 else math.inf


def _ordered(operator: str, compare: Callable[[float, float], bool], text: Callable[[str, str], bool]) -> "_Operator":
    def ordered(left: Value, right: Value, _: Budget) -> Value:
        if isinstance(left, str) and isinstance(right, str):
            return text(left, right)
        if isinstance(left, tuple) or isinstance(right, tuple):
            other = type_name(right if isinstance(left, tuple) else left)
            raise EvaluationError(f"{operator} cannot compare an array with {other}: write result[0]")
        return compare(numeric(left, operator), numeric(right, operator))

    return ordered


def _within(left: Value, right: Value, budget: Budget) -> Value:
    match right:
        case None:
            return False
        case tuple():
            return any(equal(left, item, budget) for item in right)
        case Mapping():
            return isinstance(left, str) and left in right
        case _:
            raise EvaluationError(f"in needs an array or a map, not {type_name(right)}")


def _range(left: Value, right: Value, budget: Budget) -> Value:
    first, last = whole(left, ".."), whole(right, "..")
    size = max(0, last - first + 1)
    if size > LONGEST_ARRAY:
        raise EvaluationError(f"a range may have {LONGEST_ARRAY} numbers")
    budget.spend(size)
    return tuple(range(first, last + 1))


def _textual(operator: str, test: Callable[[str, str, Budget], bool]) -> "_Operator":
    def textual(left: Value, right: Value, budget: Budget) -> Value:
        for side in (left, right):
            if not isinstance(side, str):
                raise EvaluationError(f"{operator} needs text, not {type_name(side)} ({show(side)})")
        return test(str(left), str(right), budget)

    return textual


@lru_cache(maxsize=256)
def _pattern(text: str) -> Pattern:
    return Pattern(text)


def _matches(text: str, pattern: str, budget: Budget) -> bool:
    try:
        compiled = _pattern(pattern)
    except PatternError as error:
        raise EvaluationError(str(error)) from error
    budget.spend(len(text) * compiled.size // 4)
    return compiled.search(text)


_Operator = Callable[[Value, Value, Budget], Value]
_OPERATORS: Mapping[str, _Operator] = {
    "==": equal,
    "!=": lambda left, right, budget: not equal(left, right, budget),
    "<": _ordered("<", lambda a, b: a < b, lambda a, b: a < b),
    "<=": _ordered("<=", lambda a, b: a <= b, lambda a, b: a <= b),
    ">": _ordered(">", lambda a, b: a > b, lambda a, b: a > b),
    ">=": _ordered(">=", lambda a, b: a >= b, lambda a, b: a >= b),
    "+": _add,
    "-": _subtract,
    "*": _multiply,
    "/": _divide,
    "%": _remainder,
    "**": _power,
    "in": _within,
    "..": _range,
    "contains": _textual("contains", lambda text, part, _: part in text),
    "startsWith": _textual("startsWith", lambda text, part, _: text.startswith(part)),
    "endsWith": _textual("endsWith", lambda text, part, _: text.endswith(part)),
    "matches": _textual("matches", _matches),
}
