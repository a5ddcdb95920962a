"""Spans of time as kubectl writes them: coarser the longer they are (rules: Kubernetes `apimachinery/pkg/util/duration`)."""

from datetime import datetime, timedelta

_MINUTE, _HOUR, _DAY, _YEAR = 60, 3600, 86400, 365 * 86400
_WRITTEN = (
    (2 * _MINUTE, 1, "s", 0, ""),
    (10 * _MINUTE, _MINUTE, "m", 1, "s"),
    (3 * _HOUR, _MINUTE, "m", 0, ""),
    (8 * _HOUR, _HOUR, "h", _MINUTE, "m"),
    (2 * _DAY, _HOUR, "h", 0, ""),
    (8 * _DAY, _DAY, "d", _HOUR, "h"),
    (2 * _YEAR, _DAY, "d", 0, ""),
    (8 * _YEAR, _YEAR, "y", _DAY, "d"),
)
"""Below so many seconds: in which unit, and in which one the rest follows (0: the rest is left out)."""
_CLOCKS_APART = timedelta(seconds=-2)


def age(since: datetime | None, now: datetime) -> str:
    """How long ago `since` was; `<unknown>` where nobody says."""
    return "<unknown>" if since is None else span(now - since)


def span(length: timedelta) -> str:
    """A span such as `45s`, `2m5s`, `3h`. One just below zero is 0s: two machines' clocks differ a little."""
    if length <= _CLOCKS_APART:
        return "<invalid>"
    seconds = max(int(length.total_seconds()), 0)
    for below, size, unit, smaller, rest_unit in _WRITTEN:
        if seconds < below:
            rest = seconds % size // smaller if smaller else 0
            return f"{seconds // size}{unit}" + (f"{rest}{rest_unit}" if rest else "")
    return f"{seconds // _YEAR}y"
