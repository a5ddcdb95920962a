"""YAML as the server writes it: keys sorted, lists not indented, doubtful texts in double quotes."""

import json
import re
from typing import Any

_PLAIN = re.compile(r"^[A-Za-z0-9_./(][-A-Za-z0-9_./:@+%=() ,~$]*$")
_AMBIGUOUS = re.compile(
    r"^(?:[-+]?[0-9][-0-9_.:eETZ+]*|true|false|yes|no|on|off|null|~|y|n|\.inf|\.nan|0x[0-9a-fA-F]+)$", re.IGNORECASE
)


def dump(value: Any) -> str:
    """A JSON value as YAML."""
    return "\n".join(_lines(value)) + "\n"


def _lines(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [line for key in sorted(value) for line in _entry(f"{_scalar(key)}:", value[key], list_indent="")]
    return [line for item in value for line in _item(item)]


def _entry(head: str, value: Any, *, list_indent: str) -> list[str]:
    if isinstance(value, dict) and value:
        return [head, *("  " + line for line in _lines(value))]
    if isinstance(value, list) and value:
        return [head, *(list_indent + line for line in _lines(value))]
    return [f"{head} {_scalar(value)}"]


def _item(value: Any) -> list[str]:
    if isinstance(value, (dict, list)) and value:
        first, *rest = _lines(value)
        return [f"- {first}", *("  " + line for line in rest)]
    return [f"- {_scalar(value)}"]


def _scalar(value: Any) -> str:
    if isinstance(value, str):
        plain = (
            _PLAIN.match(value) and not _AMBIGUOUS.match(value) and ": " not in value and not value.endswith((":", " "))
        )
        return value if plain else json.dumps(value, ensure_ascii=False)
    return json.dumps(value)
