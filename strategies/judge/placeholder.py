"""Putting arguments in place of `{{args.name}}` so that a value stays what it is: data.

A value inside a quoted string is escaped and cannot end the string. Outside of quotes only what cannot change the
meaning of the text around it is let in. Values are put in once: a value that itself holds `{{…}}` is not looked at
again.
"""

import re
from collections.abc import Callable, Mapping
from enum import Enum

from strategies.judge.duration import parse_duration
from strategies.judge.metric import PLACEHOLDER

_NUMBER = re.compile(r"[+-]?(\d{1,18}(\.\d{1,18})?|\.\d{1,18})([eE][+-]?\d{1,3})?", re.ASCII)
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_:]{0,127}", re.ASCII)
_ADDRESS = re.compile(r"[A-Za-z0-9._~:/\[\]%-]{1,500}", re.ASCII)
_PROMQL_DURATION = re.compile(r"(\d{1,9}(ms|[smhdwy]))+", re.ASCII)
_RESERVED = frozenset(
    {
        "and",
        "or",
        "unless",
        "by",
        "without",
        "on",
        "ignoring",
        "group_left",
        "group_right",
        "offset",
        "bool",
        "atan2",
        "inf",
        "nan",
        "start",
        "end",
        "sum",
        "min",
        "max",
        "avg",
        "group",
        "stddev",
        "stdvar",
        "count",
        "count_values",
        "bottomk",
        "topk",
        "quantile",
        "limitk",
        "limit_ratio",
    }
)


_QUOTES = ('"', "'", "`")
_ESCAPING = frozenset({'"', "'"})
_CLOSING = {'"': '"', "'": "'", "`": "`", "#": "\n", "//": "\n", "/*": "*/"}


class Language(Enum):
    """What the text around a placeholder is: each has its own quotes and its own idea of what is harmless."""

    PROMQL = "query"
    CONDITION = "condition"
    ADDRESS = "address"
    PLAIN = "number or duration"


_OPENING = {Language.PROMQL: (*_QUOTES, "#"), Language.CONDITION: (*_QUOTES, "//", "/*")}


class PlaceholderError(ValueError):
    """A placeholder that nothing fills, or a value that may not stand there. The text is for people."""


def fill(text: str, values: Mapping[str, str], language: Language) -> str:
    """`text` with every placeholder replaced. Raises PlaceholderError."""
    filled, position, opened = [], 0, ""
    for found in PLACEHOLDER.finditer(text):
        between = text[position : found.start()]
        if language in _OPENING:
            opened, splits_escape = _opened_after(between, opened, language)
            if splits_escape:
                raise PlaceholderError(f"{found[0]} stands right after a backslash: take the backslash away")
        filled += [between, _put_in(found, values, language, opened)]
        position = found.end()
    return "".join([*filled, text[position:]])


def _put_in(found: re.Match[str], values: Mapping[str, str], language: Language, opened: str) -> str:
    name = found[1].strip().removeprefix("args.")
    if not found[1].strip().startswith("args.") or name not in values:
        raise PlaceholderError(f"failed to resolve {{{{{found[1].strip()}}}}}")
    value = values[name]
    if opened in _QUOTES:
        return _quoted(name, value, opened)
    if not _HARMLESS[language](value):
        raise PlaceholderError(
            f"the value of {name} cannot stand outside of quotes in a {language.value}: {value[:60]!r}"
        )
    return value


def _quoted(name: str, value: str, quote: str) -> str:
    if quote == "`":
        if any(letter in value for letter in "`\\\r"):
            raise PlaceholderError(f"the value of {name} cannot stand in a `…` string: {value[:60]!r}")
        return value
    escapes = {"\\": "\\\\", quote: "\\" + quote, "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    return "".join(escapes.get(letter, letter) for letter in value)


def _opened_after(text: str, opened: str, language: Language) -> tuple[str, bool]:
    """What is open after `text` (a quote, a comment, or nothing) if `opened` was before it, and whether it ends in a
    backslash."""
    position = 0
    while position < len(text):
        if opened in _ESCAPING and text[position] == "\\":
            if position + 1 == len(text):
                return opened, True
            position += 2
            continue
        marks = [_CLOSING[opened]] if opened else _OPENING[language]
        found = next((mark for mark in marks if text.startswith(mark, position)), "")
        if found:
            opened = "" if opened else found
        position += len(found) or 1
    return opened, False


def _harmless_in_promql(value: str) -> bool:
    if _NUMBER.fullmatch(value) or _PROMQL_DURATION.fullmatch(value):
        return True
    return bool(_IDENTIFIER.fullmatch(value)) and value.lower() not in _RESERVED


def _harmless_in_plain(value: str) -> bool:
    return bool(_NUMBER.fullmatch(value)) or parse_duration(value) is not None


_HARMLESS: Mapping[Language, Callable[[str], bool]] = {
    Language.PROMQL: _harmless_in_promql,
    Language.CONDITION: lambda value: bool(_NUMBER.fullmatch(value)),
    Language.ADDRESS: lambda value: bool(_ADDRESS.fullmatch(value)),
    Language.PLAIN: _harmless_in_plain,
}
