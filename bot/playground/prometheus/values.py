"""What PromQL computes with, and how it is written in an answer."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from bot.playground.prometheus.samples import NAME, Labels


class QueryError(Exception):
    """The query cannot be evaluated at all: status 400."""


class ExecutionError(Exception):
    """The query is right, but not for these series: status 422."""


@dataclass(frozen=True, slots=True)
class Element:
    """One series of an instant vector."""

    labels: Labels
    value: float


@dataclass(frozen=True, slots=True)
class Vector:
    """An instant vector."""

    elements: tuple[Element, ...]


@dataclass(frozen=True, slots=True)
class Window:
    """One series of a range vector: its samples (time in seconds, value), oldest first."""

    labels: Labels
    samples: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """A range vector, with the time it spans in seconds."""

    windows: tuple[Window, ...]
    start: float
    end: float


Value = float | str | Vector | Matrix


def without(labels: Labels, names: Iterable[str]) -> Labels:
    """The label set without these labels."""
    gone = frozenset(names)
    return tuple(pair for pair in labels if pair[0] not in gone)


def only(labels: Labels, names: Iterable[str]) -> Labels:
    """The label set with these labels alone."""
    kept = frozenset(names)
    return tuple(pair for pair in labels if pair[0] in kept)


def nameless(elements: Iterable[Element]) -> Vector:
    """The vector without the metrics' names, as all that computes leaves it. Raises ExecutionError if two series
    become one."""
    found: dict[Labels, Element] = {}
    for element in elements:
        labels = without(element.labels, (NAME,))
        if labels in found:
            raise ExecutionError("vector cannot contain metrics with the same labelset")
        found[labels] = Element(labels, element.value)
    return Vector(tuple(found.values()))


def number_text(value: float) -> str:
    """A number as Prometheus writes it: without an exponent, all its digits."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return format(Decimal(repr(value)).normalize(), "f") if value else "0"


def label_text(labels: Labels) -> str:
    """A label set as error messages write it."""
    return "{" + ", ".join(f'{name}="{value}"' for name, value in labels if name != NAME) + "}"
