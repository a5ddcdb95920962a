"""Ways in which the whole server misbehaves. A refused connection is simply a stopped server."""

import math
from enum import StrEnum

from bot.playground.prometheus.samples import Labels, labelled
from bot.playground.prometheus.values import Element, Matrix, Value, Vector, Window


class Fault(StrEnum):
    """What every query is met with."""

    UNAVAILABLE = "unavailable"
    """503, as from a server that is still replaying its log."""
    PAGE = "page"
    """A sign-in page with status 200, as from a proxy."""
    HANG = "hang"
    """No answer until the fault is over."""
    NAN = "nan"
    """Every number is NaN."""
    EMPTY = "empty"
    """No series at all."""
    SEVERAL = "several"
    """Each series twice, as when two servers scrape the same pods."""
    BAD_QUERY = "bad_query"
    """400, as for a query that does not parse."""


def twisted(value: Value, fault: Fault | None) -> Value:
    """The answer that a server with this fault gives in place of the right one."""
    match fault:
        case Fault.EMPTY:
            return _empty(value)
        case Fault.NAN:
            return _without_numbers(value)
        case Fault.SEVERAL:
            return _twice(value)
        case _:
            return value


def _empty(value: Value) -> Value:
    match value:
        case Vector():
            return Vector(())
        case Matrix():
            return Matrix((), value.start, value.end)
        case _:
            return value


def _without_numbers(value: Value) -> Value:
    match value:
        case Vector():
            return Vector(tuple(Element(one.labels, math.nan) for one in value.elements))
        case Matrix():
            lines = (Window(one.labels, tuple((at, math.nan) for at, _ in one.samples)) for one in value.windows)
            return Matrix(tuple(lines), value.start, value.end)
        case float():
            return math.nan
        case _:
            return value


def _twice(value: Value) -> Value:
    match value:
        case Vector():
            return Vector(tuple(Element(_from(one.labels, name), one.value) for one in value.elements for name in "ab"))
        case Matrix():
            lines = (Window(_from(one.labels, name), one.samples) for one in value.windows for name in "ab")
            return Matrix(tuple(lines), value.start, value.end)
        case _:
            return value


def _from(labels: Labels, name: str) -> Labels:
    return labelled((dict(labels) | {"prometheus_replica": name}).items())
