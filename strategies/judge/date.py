"""Dates as expr-lang's `date` reads them: in some usual forms, or in one that is written as Go writes it (`2006-01-02 15:04:05`).

Rules: expr-lang 1.15 `builtin/builtin.go`, and Go's `time.Parse`. A date without a zone is of UTC, or of the zone that is named.
"""

import re
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_USUAL = (
    "2006-01-02",
    "2006-01-02 15:04:05",
    "2006-01-02T15:04:05Z07:00",
    "02 Jan 06 15:04 MST",
    "Monday, 02-Jan-06 15:04:05 MST",
    "Mon, 02 Jan 2006 15:04:05 MST",
)
_PARTS = {
    "2006": "%Y", "06": "%y", "January": "%B", "Jan": "%b", "01": "%m", "1": "%m", "Monday": "%A", "Mon": "%a", "02": "%d", "_2": "%d",
    "2": "%d", "15": "%H", "03": "%I", "3": "%I", "04": "%M", "4": "%M", "05": "%S", "5": "%S", "PM": "%p", "pm": "%p", "MST": "%Z",
    "Z07:00": "%z", "-07:00": "%z", "Z0700": "%z", "-0700": "%z", "%": "%%",
}  # fmt: skip
"""What stands for a part of a date in Go's form, and in Python's."""
_PART = re.compile("|".join(re.escape(part) for part in sorted(_PARTS, key=len, reverse=True)))
_YEARS = (1970, 2200)


def read_date(text: str, form: str = "", zone: str = "") -> datetime | None:
    """The moment that a text means; None where it means none."""
    where = _zone(zone)
    if where is None:
        return None
    found = (_read(text, one, where) for one in ((form,) if form else _USUAL))
    return next((one for one in found if one is not None), None)


def _read(text: str, form: str, zone: tzinfo) -> datetime | None:
    try:
        found = datetime.strptime(text, _PART.sub(lambda part: _PARTS[part[0]], form))  # noqa: DTZ007  # the zone follows
    except ValueError:
        return None
    if not _YEARS[0] <= found.year <= _YEARS[1]:
        return None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=zone).astimezone(UTC)


def _zone(name: str) -> tzinfo | None:
    try:
        return ZoneInfo(name) if name and name != "UTC" else UTC
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
