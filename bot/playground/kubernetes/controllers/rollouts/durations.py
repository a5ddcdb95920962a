"""Lengths of time as Argo's objects write them: `90`, `"90"`, `30s`, `1h30m`."""

import re

_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_PART = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)")
_WHOLE = re.compile(r"[-+]?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|ms|s|m|h))+")


def seconds_of(text: str) -> float | None:
    """The seconds of a duration; None for what is none."""
    if text in ("0", "+0", "-0"):
        return 0.0
    if _WHOLE.fullmatch(text) is None:
        return None
    total = sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(text))
    return -total if text.startswith("-") else total


def whole_seconds(value: object) -> int:
    """The whole seconds of a pause's duration; -1 for words that are no duration, as the controller counts them."""
    if isinstance(value, int):
        return value
    text = str(value)
    if re.fullmatch(r"[-+]?\d+", text):
        return int(text)
    found = seconds_of(text)
    return -1 if found is None else int(found)
