"""What conditions compute with, and how much of it they may."""

from collections.abc import Mapping

Value = None | bool | int | float | str | tuple["Value", ...] | Mapping[str, "Value"]

LARGEST_INT = 2**63 - 1
BUDGET = 50_000
"""Units of work for one evaluation: about one a node visited or an element made, so that none takes a tenth of a
second."""

UNITS_A_SERIES = 20
"""What a long answer adds to the budget for each of its numbers."""


class ConditionError(ValueError):
    """A condition that cannot be read or evaluated. The text is a sentence with its place, counted from 1."""

    def __init__(self, sentence: str, position: int | None = None) -> None:
        place = "" if position is None else f"at character {position + 1}: "
        super().__init__(place + sentence)


class EvaluationError(Exception):
    """Something went wrong inside of an evaluation; whoever knows the place makes a ConditionError of it."""


class Budget:
    """The work that an evaluation may still do."""

    def __init__(self, units: int) -> None:
        self._left = units

    def spend(self, units: int = 1) -> None:
        """Take `units` off. Raises EvaluationError when there are none left."""
        self._left -= units
        if self._left < 0:
            raise EvaluationError("the condition needs too much work")


def type_name(value: Value) -> str:
    """What people call the type of `value`."""
    match value:
        case None:
            return "nil"
        case bool():
            return "a truth value"
        case int() | float():
            return "a number"
        case str():
            return "text"
        case tuple():
            return "an array"
        case _:
            return "a map"


def show(value: Value) -> str:
    """`value` in an error, cut to a bearable length."""
    match value:
        case None | bool():
            text = {None: "nil", True: "true", False: "false"}[value]
        case tuple():
            text = f"an array of {len(value)}"
        case Mapping():
            text = f"a map of {len(value)}"
        case _:
            text = repr(value) if len(str(value)) <= 40 else f"{str(value)[:40]!r}…"
    return text


def is_number(value: Value) -> bool:
    """Whether `value` is an int or float; a truth value is not one."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def equal(left: Value, right: Value, budget: Budget) -> bool:
    """Go's equality: numbers by value, NaN equal to nothing, different types never equal, arrays and maps by their
    contents."""
    budget.spend()
    match left, right:
        case (tuple(), tuple()):
            return len(left) == len(right) and all(equal(a, b, budget) for a, b in zip(left, right, strict=True))
        case (Mapping(), Mapping()):
            return left.keys() == right.keys() and all(equal(left[key], right[key], budget) for key in left)
        case _ if is_number(left) and is_number(right):
            return left == right
        case _:
            return type(left) is type(right) and left == right
