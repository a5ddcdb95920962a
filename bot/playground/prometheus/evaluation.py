"""Evaluates a parsed PromQL expression at one moment, or at many."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import promql_parser as promql

from bot.playground.prometheus.aggregation import aggregate
from bot.playground.prometheus.arithmetic import Matching, combine
from bot.playground.prometheus.functions import call
from bot.playground.prometheus.samples import NAME, Labels, Matcher, Samples, Track, labelled
from bot.playground.prometheus.values import Element, Matrix, QueryError, Value, Vector, Window, nameless

SUBQUERY_STEP = 60.0
"""Seconds between the moments of a subquery that names no step: the server's evaluation interval."""

_OPS = {"MatchOp.Equal": "=", "MatchOp.NotEqual": "!=", "MatchOp.Re": "=~", "MatchOp.NotRe": "!~"}
_MANY = {"VectorMatchCardinality.ManyToOne": "left", "VectorMatchCardinality.OneToMany": "right"}
"""The parser's enumerations cannot be hashed, so they are looked up by their text."""


@dataclass(frozen=True, slots=True)
class Moment:
    """The time of an evaluation in seconds, and the ends of the whole query for `@ start()` and `@ end()`."""

    at: float
    start: float
    end: float


def parse(text: str) -> Any:
    """The expression. Raises QueryError with the parser's reason."""
    try:
        return promql.parse(text)
    except ValueError as error:
        raise QueryError(f"parse error: {error}") from error


def selector_of(text: str) -> Any:
    """The vector selector that `text` is. Raises QueryError for any other expression."""
    expression = parse(text)
    if not isinstance(expression, promql.VectorSelector):
        raise QueryError(f'invalid parameter "match[]": {text} is not a series selector')
    return expression


def matchers_of(selector: Any) -> tuple[Matcher, ...]:
    """The conditions of a vector selector, the metric's name among them."""
    if selector.matchers.or_matchers:
        raise QueryError('parse error: unexpected "or" in label matching')
    found = tuple(Matcher(one.name, _OPS[str(one.op)], one.value) for one in selector.matchers.matchers)
    return (Matcher(NAME, "=", selector.name), *found) if selector.name else found


class Evaluation:
    """Evaluates one query over a store of samples; each selector looks its series up once."""

    def __init__(self, samples: Samples) -> None:
        self._samples = samples
        self._chosen: dict[tuple[Matcher, ...], list[tuple[Labels, Track]]] = {}

    def _select(self, selector: Any) -> list[tuple[Labels, Track]]:
        matchers = matchers_of(selector)
        if matchers not in self._chosen:
            self._chosen[matchers] = list(self._samples.select(matchers))
        return self._chosen[matchers]

    def instant(self, expression: Any, at: float) -> Value:
        """The value at one moment."""
        return self._value(expression, Moment(at, at, at))

    def range(self, expression: Any, start: float, end: float, step: float) -> tuple[Window, ...]:
        """The value at start, start + step, … up to end, as one line for each label set."""
        lines: dict[Labels, list[tuple[float, float]]] = {}
        for number in range(math.floor((end - start) / step + 1e-9) + 1):
            at = start + number * step
            for element in _elements(self._value(expression, Moment(at, start, end))):
                lines.setdefault(element.labels, []).append((at, element.value))
        return tuple(Window(labels, tuple(points)) for labels, points in sorted(lines.items()))

    def _value(self, node: Any, moment: Moment) -> Value:
        match node:
            case promql.NumberLiteral() | promql.StringLiteral():
                return node.val
            case promql.ParenExpr():
                return self._value(node.expr, moment)
            case promql.UnaryExpr():
                return _negated(self._value(node.expr, moment))
            case promql.VectorSelector():
                return self._selected(node, moment)
            case promql.MatrixSelector():
                return self._windows(node, moment)
            case promql.SubqueryExpr():
                return self._subquery(node, moment)
            case promql.AggregateExpr():
                return self._aggregated(node, moment)
            case promql.BinaryExpr():
                left, right = self._value(node.lhs, moment), self._value(node.rhs, moment)
                matching, as_bool = _matching(node.modifier)
                return combine(str(node.op), left, right, matching, as_bool=as_bool)
            case promql.Call():
                return self._called(node, moment)
            case _:
                raise QueryError(f"{type(node).__name__} is not supported here")

    def _selected(self, node: Any, moment: Moment) -> Vector:
        at = _shifted(node, moment)
        found = ((labels, track.latest(at)) for labels, track in self._select(node))
        return Vector(tuple(Element(labels, value) for labels, value in found if value is not None))

    def _windows(self, node: Any, moment: Moment) -> Matrix:
        end = _shifted(node.vector_selector, moment)
        start = end - node.range.total_seconds()
        chosen = self._select(node.vector_selector)
        windows = (Window(labels, tuple(track.between(start, end))) for labels, track in chosen)
        return Matrix(tuple(window for window in windows if window.samples), start, end)

    def _subquery(self, node: Any, moment: Moment) -> Matrix:
        end = _shifted(node, moment)
        start = end - node.range.total_seconds()
        step = node.step.total_seconds() if node.step else SUBQUERY_STEP
        first = (math.floor(start / step) + 1) * step
        if first > end:
            return Matrix((), start, end)
        inner = replace(moment, at=first)
        lines: dict[Labels, list[tuple[float, float]]] = {}
        for number in range(math.floor((end - first) / step + 1e-9) + 1):
            inner = replace(moment, at=first + number * step)
            for element in _elements(self._value(node.expr, inner)):
                lines.setdefault(element.labels, []).append((inner.at, element.value))
        return Matrix(tuple(Window(labels, tuple(points)) for labels, points in lines.items()), start, end)

    def _aggregated(self, node: Any, moment: Moment) -> Vector:
        vector = self._value(node.expr, moment)
        parameter = self._value(node.param, moment) if node.param is not None else None
        if not isinstance(vector, Vector) or isinstance(parameter, str | Vector | Matrix):
            raise QueryError(f"the aggregation {node.op} with such arguments is not supported here")
        names = None if node.modifier is None else list(node.modifier.labels)
        by = node.modifier is None or node.modifier.type == promql.AggModifierType.By
        return aggregate(str(node.op), vector, names, by=by, parameter=parameter)

    def _called(self, node: Any, moment: Moment) -> Value:
        name = node.func.name
        if name == "time":
            return moment.at
        arguments = [self._value(argument, moment) for argument in node.args]
        if name == "absent":
            return _absent(node.args[0], arguments[0])
        return call(name, arguments)


def _elements(value: Value) -> Sequence[Element]:
    match value:
        case float():
            return (Element((), value),)
        case Vector():
            return value.elements
        case _:
            raise QueryError("invalid expression type for range query, must be Scalar or instant Vector")


def _negated(value: Value) -> Value:
    match value:
        case float():
            return -value
        case Vector():
            return nameless(Element(one.labels, -one.value) for one in value.elements)
        case _:
            raise QueryError("unary expression only allowed on expressions of type scalar or instant vector")


def _shifted(node: Any, moment: Moment) -> float:
    """The time that a selector looks at, after `@` and `offset`."""
    at = moment.at
    if node.at is not None:
        match node.at.type:
            case promql.AtModifierType.Start:
                at = moment.start
            case promql.AtModifierType.End:
                at = moment.end
            case _:
                at = node.at.at.timestamp()
    offset: timedelta | None = node.offset
    return at - offset.total_seconds() if offset is not None else at


def _matching(modifier: Any) -> tuple[Matching, bool]:
    if modifier is None:
        return Matching(), False
    matched = modifier.matching
    many = _MANY.get(str(modifier.card), "")
    on = matched is not None and matched.type == promql.LabelModifierType.Include
    labels = tuple(matched.labels) if matched is not None else ()
    return Matching(on, labels, many, tuple(modifier.group_labels or ())), bool(modifier.return_bool)


def _absent(argument: Any, value: Value) -> Vector:
    """One series where there is none, with the labels that the selector asks for."""
    if not isinstance(value, Vector) or value.elements:
        return Vector(())
    return Vector((Element(labelled(_wanted(argument)), 1.0),))


def _wanted(argument: Any) -> Iterator[tuple[str, str]]:
    if isinstance(argument, promql.VectorSelector):
        asked = [one for one in matchers_of(argument) if one.name != NAME]
        names = [one.name for one in asked]
        yield from ((one.name, one.value) for one in asked if one.op == "=" and names.count(one.name) == 1)
