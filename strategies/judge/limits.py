"""The limits that stand in a metric's conditions: what a chart draws, and what a value is compared with in a
sentence."""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from strategies.judge.conditions import Condition, ConditionError, compile_condition
from strategies.judge.conditions.evaluation import evaluate
from strategies.judge.conditions.syntax import Binary, Call, Index, Name, Node, Predicate, Unary
from strategies.judge.metric import Metric
from strategies.judge.unit import Unit


class Forbidden(StrEnum):
    """The side of a limit on which values are bad."""

    BELOW = "below"
    ABOVE = "above"


@dataclass(frozen=True, slots=True)
class Bound:
    """A limit. `allowed_at` says whether a value exactly at the limit is good."""

    value: float
    forbidden: Forbidden
    allowed_at: bool = True

    @property
    def sign(self) -> str:
        """What a good value is to the limit: `≥`, `>`, `≤` or `<`."""
        if self.forbidden is Forbidden.BELOW:
            return "≥" if self.allowed_at else ">"
        return "≤" if self.allowed_at else "<"

    def forbids(self, value: float) -> bool:
        """Whether `value` is on the bad side. NaN is on none."""
        if value == self.value:
            return not self.allowed_at
        return value < self.value if self.forbidden is Forbidden.BELOW else value > self.value


_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}
_WHOLE = {Unit.RATIO: 1.0, Unit.PERCENT: 100.0}
_OBJECTIVE = re.compile(r"-\s*(0\.9\d*)\s*\)?\s*$")
"""A query that takes an objective such as 0.99 off at its end: the usual wrong form of an error budget."""
_THROUGH = {"asFloat", "asInt", "float", "int", "default", "first", "last", "max", "min", "mean"}
"""Functions whose answer is still the measured value, for a limit."""


def bounds(condition: Condition, *, failing: bool = False) -> tuple[Bound, ...]:
    """The limits of a success condition, or of a failure condition with `failing`; none where it is not that simple.

    `result[0] >= 0.9 && result[0] <= 1.1` has two. Tests that are no comparison with a number (`len`, `isNaN`) are
    passed over.
    """
    found = _limits(condition.tree, when=failing)
    return tuple(dict.fromkeys(found or ()))


def metric_bounds(metric: Metric) -> tuple[Bound, ...]:
    """The limits of both conditions of a metric. Where both limit one side, the success condition's counts."""
    success = bounds(compile_condition(metric.success)) if metric.success else ()
    failure = bounds(compile_condition(metric.failure), failing=True) if metric.failure else ()
    sides = {bound.forbidden for bound in success}
    return (*success, *(bound for bound in failure if bound.forbidden not in sides))


def crossed(metric: Metric, value: float) -> Bound | None:
    """The limit of `metric` that `value` broke, or None."""
    return next((bound for bound in metric_bounds(metric) if bound.forbids(value)), None)


def impossible(metric: Metric) -> str | None:
    """Why the success condition can never hold, as its limits and the unit tell for certain; None where it may."""
    lowest, highest = _span(metric)
    if lowest > highest:
        return f"no value is both at least {lowest:g} and at most {highest:g}"
    whole = _WHOLE.get(metric.unit, math.inf) if metric.unit else math.inf
    if lowest > whole:
        return f"a {metric.unit} is never above {whole:g}, and {lowest:g} is asked for"
    if highest < 0 and metric.unit not in (None, Unit.OTHER):
        return f"a value in {metric.unit} is never below 0, and at most {highest:g} is asked for"
    return None


def overdrawn(metric: Metric) -> str | None:
    """Why the success condition can never hold if the query is a success rate less its objective, the usual wrong
    form of an error budget; None where it may."""
    objective, (lowest, _) = _OBJECTIVE.search(metric.provider.query), _span(metric)
    if objective is None or lowest <= (left := round(1 - float(objective[1]), 6)):
        return None
    return (
        f"a success rate less {objective[1]} is never above {left:g}, and {lowest:g} is asked for:"
        f" the share of an error budget that is left is 1 - (1 - rate) / (1 - {objective[1]})"
    )


def _span(metric: Metric) -> tuple[float, float]:
    """The lowest and the highest value that the success condition's limits let pass."""
    found = bounds(compile_condition(metric.success)) if metric.success else ()
    lowest = max((bound.value for bound in found if bound.forbidden is Forbidden.BELOW), default=-math.inf)
    return lowest, min((bound.value for bound in found if bound.forbidden is Forbidden.ABOVE), default=math.inf)


def _limits(node: Node, *, when: bool) -> list[Bound] | None:
    """The limits that keep `node` from being `when`; None where it says nothing about the value as a number."""
    match node:
        case Unary(operator="not"):
            return _limits(node.operand, when=not when)
        case Binary(operator="and" | "or"):
            sides = [_limits(side, when=when) for side in (node.left, node.right)]
            return _joined(sides, together=(node.operator == "and") is not when)
        case Binary():
            return _comparison(node, when=when)
        case Predicate(name="all" | "any") if node.body is not None and _is_value(node.target):
            return _limits(node.body, when=when)
        case _:
            return None


def _joined(sides: Iterable[list[Bound] | None], *, together: bool) -> list[Bound] | None:
    """The limits of two sides that hold `together`; of two alternatives there are only limits where one is about
    something else."""
    told = [side for side in sides if side is not None]
    if together or len(told) < 2:
        return [bound for side in told for bound in side] if told else None
    return []


def _comparison(node: Binary, *, when: bool) -> list[Bound] | None:
    operator, value, limit = node.operator, node.left, node.right
    if not _is_value(value):
        operator, value, limit = _MIRRORED.get(operator, ""), limit, value
    number = _constant(limit)
    if operator not in _OPPOSITE or not _is_value(value) or number is None:
        return None
    allowed = _OPPOSITE[operator] if when else operator
    side = Forbidden.BELOW if allowed.startswith(">") else Forbidden.ABOVE
    return [Bound(number, side, allowed.endswith("="))]


def _is_value(node: Node) -> bool:
    match node:
        case Name(name="result" | "#"):
            return True
        case Index():
            return _is_value(node.target)
        case Call() if node.name in _THROUGH:
            return _is_value(node.arguments[0])
        case _:
            return False


def _constant(node: Node) -> float | None:
    """The finite number that `node` comes to without looking at any result."""
    try:
        value = evaluate(node, None)
    except (ConditionError, KeyError):
        return None
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    return float(value) if math.isfinite(value) else None
