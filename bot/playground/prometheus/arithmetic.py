"""Operators between two values: numbers, vectors, and vectors matched by their labels (promql/engine.go,
VectorBinop)."""

import math
import operator
from collections.abc import Callable
from dataclasses import dataclass

from bot.playground.prometheus.samples import NAME, Labels, labelled
from bot.playground.prometheus.values import (
    Element,
    ExecutionError,
    QueryError,
    Value,
    Vector,
    label_text,
    nameless,
    only,
    without,
)


def _divided(left: float, right: float) -> float:
    if right:
        return left / right
    return math.nan if left == 0 or math.isnan(left) else math.copysign(math.inf, left) * math.copysign(1, right)


def _rest(left: float, right: float) -> float:
    return math.fmod(left, right) if right and math.isfinite(left) else math.nan


def _power(left: float, right: float) -> float:
    try:
        return math.pow(left, right)
    except OverflowError:
        return math.inf
    except ValueError:
        return math.inf if left == 0 else math.nan


ARITHMETIC: dict[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _divided,
    "%": _rest,
    "^": _power,
}
COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
}


@dataclass(frozen=True, slots=True)
class Matching:
    """How the series of two vectors find each other. `many` is "left" or "right" where one series may meet several
    there."""

    on: bool = False
    labels: tuple[str, ...] = ()
    many: str = ""
    include: tuple[str, ...] = ()

    def key(self, labels: Labels) -> Labels:
        """Series with the same key match."""
        return only(labels, self.labels) if self.on else without(labels, (*self.labels, NAME))


def combine(sign: str, left: Value, right: Value, matching: Matching, *, as_bool: bool) -> Value:
    """`left sign right`. Comparisons filter, or with `as_bool` give 1 and 0."""
    match left, right:
        case (float(), float()):
            return float(COMPARISONS[sign](left, right)) if sign in COMPARISONS else _arithmetic(sign)(left, right)
        case (Vector(), float()):
            return _with_number(sign, left, lambda value: (value, right), as_bool=as_bool)
        case (float(), Vector()):
            return _with_number(sign, right, lambda value: (left, value), as_bool=as_bool)
        case (Vector(), Vector()) if sign in SETS:
            return SETS[sign](left, right, matching)
        case (Vector(), Vector()):
            return _matched(sign, left, right, matching, as_bool=as_bool)
        case _:
            raise QueryError("binary expression must contain only scalar and instant vector types")


def _arithmetic(sign: str) -> Callable[[float, float], float]:
    if sign not in ARITHMETIC:
        raise QueryError(f"the operator {sign} is not supported here")
    return ARITHMETIC[sign]


def _with_number(sign: str, vector: Vector, pair: Callable[[float], tuple[float, float]], *, as_bool: bool) -> Vector:
    if sign in COMPARISONS and not as_bool:
        return Vector(tuple(one for one in vector.elements if COMPARISONS[sign](*pair(one.value))))
    compute = COMPARISONS[sign] if sign in COMPARISONS else _arithmetic(sign)
    return nameless(Element(one.labels, float(compute(*pair(one.value)))) for one in vector.elements)


def _matched(sign: str, left: Vector, right: Vector, matching: Matching, *, as_bool: bool) -> Vector:
    many, single = (right, left) if matching.many == "right" else (left, right)
    partners = _unique(single, matching, "left" if matching.many == "right" else "right")
    found: list[Element] = []
    met: set[Labels] = set()
    for one in many.elements:
        key = matching.key(one.labels)
        partner = partners.get(key)
        if partner is None:
            continue
        pair = (partner.value, one.value) if matching.many == "right" else (one.value, partner.value)
        value = _computed(sign, pair, as_bool=as_bool)
        if value is None:
            continue
        labels = _result_labels(sign, one.labels, partner.labels, matching, as_bool=as_bool)
        identity = labels if matching.many else key
        if identity in met:
            raise ExecutionError(
                "multiple matches for labels: "
                + (
                    "grouping labels must ensure unique matches"
                    if matching.many
                    else "many-to-one matching must be explicit (group_left/group_right)"
                )
            )
        met.add(identity)
        found.append(Element(labels, value))
    return Vector(tuple(found))


def _unique(vector: Vector, matching: Matching, side: str) -> dict[Labels, Element]:
    found: dict[Labels, Element] = {}
    for element in vector.elements:
        key = matching.key(element.labels)
        if key in found:
            pair = f"{label_text(element.labels)}, {label_text(found[key].labels)}"
            raise ExecutionError(
                f"found duplicate series for the match group {label_text(key)} on the {side} hand-side of the operation: [{pair}];"
                "many-to-many matching not allowed: matching labels must be unique on one side"
            )
        found[key] = element
    return found


def _computed(sign: str, pair: tuple[float, float], *, as_bool: bool) -> float | None:
    if sign not in COMPARISONS:
        return _arithmetic(sign)(*pair)
    holds = COMPARISONS[sign](*pair)
    if as_bool:
        return float(holds)
    return pair[0] if holds else None


def _result_labels(sign: str, labels: Labels, partner: Labels, matching: Matching, *, as_bool: bool) -> Labels:
    if sign not in COMPARISONS or as_bool:
        labels = without(labels, (NAME,))
    if not matching.many:
        return only(labels, matching.labels) if matching.on else without(labels, matching.labels)
    taken = dict(labels) | {name: dict(partner).get(name, "") for name in matching.include}
    return labelled(taken.items())


def _and(left: Vector, right: Vector, matching: Matching) -> Vector:
    keys = _keys(right, matching)
    return Vector(tuple(one for one in left.elements if matching.key(one.labels) in keys))


def _unless(left: Vector, right: Vector, matching: Matching) -> Vector:
    keys = _keys(right, matching)
    return Vector(tuple(one for one in left.elements if matching.key(one.labels) not in keys))


def _or(left: Vector, right: Vector, matching: Matching) -> Vector:
    keys = _keys(left, matching)
    return Vector((*left.elements, *(one for one in right.elements if matching.key(one.labels) not in keys)))


def _keys(vector: Vector, matching: Matching) -> frozenset[Labels]:
    return frozenset(matching.key(element.labels) for element in vector.elements)


SETS: dict[str, Callable[[Vector, Vector, Matching], Vector]] = {"and": _and, "or": _or, "unless": _unless}
