"""How far into the past a PromQL query looks: the time before the moment of asking that its answer depends on."""

import re
from datetime import timedelta

_TOKEN = re.compile(
    r"""(?P<text>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`)"""
    r"|(?P<comment>\#[^\n]*)"
    r"|\[\s*(?P<range>[0-9a-z]+)\s*(?::[^\]]*)?\]"
    r"|\boffset\s+(?P<offset>-?[0-9a-z]+)"
    r"|(?P<labels>\{)|(?P<open>\()|(?P<close>\))|(?P<word>[A-Za-z_:][\w:]*)|(?P<other>\S)",
    re.DOTALL,
)
_PART = re.compile(r"(\d{1,12})(ms|[smhdwy])")
_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800, "y": 31536000}
_LONGEST = 100.0 * 31536000


def lookback(query: str) -> timedelta:
    """The longest reach of any part: `rate(x[5m] offset 1h)` reaches 65 minutes. Zero for plain instant selectors.

    A range around an expression adds to the ranges within it: `max_over_time(rate(x[5m])[30m:])` reaches 35 minutes.
    """
    reach, outer = 0.0, list[float]()
    last = 0.0
    for token in _TOKEN.finditer(query):
        match token.lastgroup:
            case "range":
                last += _seconds(token["range"])
            case "offset":
                last += _seconds(token["offset"])
            case "open":
                outer.append(max(reach, last))
                reach = last = 0.0
            case "close":
                last = max(reach, last)
                reach = outer.pop() if outer else 0.0
            case _:
                reach, last = max(reach, last), 0.0
    return timedelta(seconds=min(max(reach, last, *outer), _LONGEST))


def _seconds(text: str) -> float:
    sign = -1 if text.startswith("-") else 1
    return sign * sum(int(size) * _SECONDS[unit] for size, unit in _PART.findall(text))
