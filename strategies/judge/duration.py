"""Durations as Go writes them: `90s`, `5m`, `1h30m`, `1.5h`."""

import re
from datetime import timedelta

_PART = re.compile(r"(\d{1,12}(?:\.\d{0,12})?|\.\d{1,12})(ns|us|µs|μs|ms|s|m|h)")
_SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
LONGEST = timedelta(days=366)
"""No wait of ours is longer; Go's own limit is 292 years."""


def parse_duration(text: str) -> timedelta | None:
    """The duration that `text` means, or None where Go's `time.ParseDuration` would refuse it or it is over a year."""
    body = text.removeprefix("+")
    negative = body.startswith("-")
    body = body.removeprefix("-") if negative else body
    if body == "0":
        return timedelta()
    seconds, at = 0.0, 0
    while at < len(body):
        part = _PART.match(body, at)
        if part is None:
            return None
        seconds += float(part[1]) * _SECONDS[part[2]]
        at = part.end()
    if not body or seconds > LONGEST.total_seconds():
        return None
    return timedelta(seconds=-seconds if negative else seconds)


def format_duration(duration: timedelta) -> str:
    """`duration` in the same grammar, without the parts that are zero: `1h`, `5m`, `1m30s`, `500ms`, `0s`."""
    milliseconds = round(duration.total_seconds() * 1000)
    if milliseconds < 0:
        return "-" + format_duration(-duration)
    if milliseconds < 1000:
        return f"{milliseconds}ms" if milliseconds else "0s"
    minutes, rest = divmod(milliseconds, 60_000)
    hours, minutes = divmod(minutes, 60)
    seconds = f"{rest / 1000:.3f}".rstrip("0").rstrip(".")
    parts = [(hours, f"{hours}h"), (minutes, f"{minutes}m"), (rest, f"{seconds}s")]
    return "".join(text for size, text in parts if size)
