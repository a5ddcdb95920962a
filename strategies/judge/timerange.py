"""The times of a Prometheus `rangeQuery`: `now()`, `now() - duration("1h")`, `date("2026-01-02T15:04:05Z")`."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from strategies.judge.date import read_date
from strategies.judge.duration import LONGEST, parse_duration

_QUOTED = r"""(?:"([^"]*)"|'([^']*)')"""
_START = re.compile(rf"\s*(?:(now)\(\s*\)|date\(\s*({_QUOTED}(?:\s*,\s*{_QUOTED}){{0,2}})\s*\))\s*")
_ARGUMENT = re.compile(_QUOTED)
_SHIFT = re.compile(rf"([+-])\s*duration\(\s*{_QUOTED}\s*\)\s*")


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time: `at`, or the moment of asking where `at` is None, moved by `shift`."""

    at: datetime | None
    shift: timedelta

    def when(self, now: datetime) -> datetime:
        """The point itself, if it is asked for at `now`."""
        return (self.at or now) + self.shift


@dataclass(frozen=True, slots=True)
class TimeRange:
    """From `start` to `end`, one value every `step`."""

    start: Moment
    end: Moment
    step: timedelta


def parse_time_range(start: str, end: str, step: timedelta) -> TimeRange | str:
    """The range, or the sentence that says which part of it cannot be read."""
    first, last = _moment(start), _moment(end)
    if first is None:
        return f"rangeQuery.start {start!r} is not a time"
    if last is None:
        return f"rangeQuery.end {end!r} is not a time"
    if step <= timedelta():
        return "rangeQuery.step must be greater than 0"
    return TimeRange(first, last, step)


def _moment(text: str) -> Moment | None:
    found = _START.match(text)
    if found is None:
        return None
    at = None if found[1] else read_date(*(one[1] or one[2] or "" for one in _ARGUMENT.finditer(found[2])))
    if at is None and not found[1]:
        return None
    shift, position = timedelta(), found.end()
    while position < len(text):
        step = _SHIFT.match(text, position)
        duration = parse_duration(step[2] or step[3] or "") if step else None
        if step is None or duration is None:
            return None
        shift += duration if step[1] == "+" else -duration
        if abs(shift) > LONGEST:
            return None
        position = step.end()
    return Moment(at, shift)
