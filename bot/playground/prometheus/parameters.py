"""Reads the parameters of the query API: times and durations in their two ways of writing."""

import math
from collections.abc import Mapping
from datetime import datetime

import promql_parser as promql

from bot.playground.prometheus.values import QueryError


def moment(given: Mapping[str, str], name: str, default: float | None) -> float:
    """A time in seconds, written as a number or by RFC 3339. Raises QueryError, also where it is missing without a
    default."""
    text = given.get(name, "")
    if not text and default is not None:
        return default
    number = _number(text)
    if number is not None:
        return number
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        read = None
    if read is None or read.tzinfo is None:
        raise QueryError(f'invalid parameter "{name}": cannot parse "{text}" to a valid timestamp')
    return read.timestamp()


def duration(given: Mapping[str, str], name: str) -> float:
    """Seconds, written as a number or like 1m30s. Raises QueryError."""
    text = given.get(name, "")
    number = _number(text)
    if number is not None:
        return number
    try:
        return float(promql.parse_duration(text).total_seconds())
    except ValueError as error:
        raise QueryError(f'invalid parameter "{name}": cannot parse "{text}" to a valid duration') from error


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
