"""JSON as the server reads and writes it: its syntax errors, duplicate keys, and its way to print values in messages."""

import json
import re
from dataclasses import dataclass, field
from typing import Any

_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?")
_SPACE = " \t\r\n"
_LITERALS = ("true", "false", "null")


class JsonSyntaxError(Exception):
    """The text is no JSON; the message is what Go's parser says."""


class Decimal(float):
    """A number with a fraction or an exponent, with its literal kept for messages."""

    literal: str

    def __new__(cls, literal: str) -> "Decimal":
        """Parse, and remember how it was written."""
        number = super().__new__(cls, literal)
        number.literal = literal
        return number


@dataclass(slots=True)
class Parsed:
    """A JSON value and the paths of the keys that came twice."""

    value: Any
    duplicates: list[str] = field(default_factory=list)


class _Pairs(dict[str, Any]):
    """An object that knows which of its keys came more than once."""

    repeated: tuple[str, ...] = ()


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    plain = dict(pairs)
    if len(plain) == len(pairs):
        return plain
    seen: set[str] = set()
    marked = _Pairs(plain)
    repeated: list[str] = []
    for key, _ in pairs:
        if key in seen:
            repeated.append(key)
        seen.add(key)
    marked.repeated = tuple(repeated)
    return marked


def parse(text: str) -> Parsed:
    """Read JSON. Raises JsonSyntaxError with Go's message."""
    try:
        value = json.loads(text, object_pairs_hook=_object, parse_float=Decimal)
    except (ValueError, RecursionError):
        raise JsonSyntaxError(syntax_error(text)) from None
    duplicates: list[str] = []
    _collect(value, "", duplicates)
    return Parsed(value, duplicates)


def _collect(value: Any, path: str, found: list[str]) -> None:
    if isinstance(value, dict):
        if isinstance(value, _Pairs):
            found.extend(f"{path}.{key}".lstrip(".") for key in value.repeated)
        for key, child in value.items():
            if isinstance(child, (dict, list)):
                _collect(child, f"{path}.{key}", found)
    elif isinstance(value, list):
        for index, child in enumerate(value):
            if isinstance(child, (dict, list)):
                _collect(child, f"{path}[{index}]", found)


class _Scanner:
    """Walks through broken JSON until it meets what Go's scanner would complain about."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def _skip(self) -> None:
        while self.at < len(self.text) and self.text[self.at] in _SPACE:
            self.at += 1

    def _next(self) -> str:
        self._skip()
        if self.at >= len(self.text):
            raise JsonSyntaxError("unexpected end of JSON input")
        return self.text[self.at]

    def _fail(self, context: str) -> JsonSyntaxError:
        return JsonSyntaxError(f"invalid character {_quoted(self.text[self.at])} {context}")

    def value(self) -> None:
        match self._next():
            case "{":
                self._object()
            case "[":
                self._array()
            case '"':
                self._string()
            case char if char.isdigit() or char == "-":
                self._number()
            case "t" | "f" | "n":
                self._literal()
            case _:
                raise self._fail("looking for beginning of value")

    def _object(self) -> None:
        self.at += 1
        if self._next() == "}":
            self.at += 1
            return
        while True:
            if self._next() != '"':
                raise self._fail("looking for beginning of object key string")
            self._string()
            if self._next() != ":":
                raise self._fail("after object key")
            self.at += 1
            self.value()
            char = self._next()
            if char not in ",}":
                raise self._fail("after object key:value pair")
            self.at += 1
            if char == "}":
                return

    def _array(self) -> None:
        self.at += 1
        if self._next() == "]":
            self.at += 1
            return
        while True:
            self.value()
            char = self._next()
            if char not in ",]":
                raise self._fail("after array element")
            self.at += 1
            if char == "]":
                return

    def _string(self) -> None:
        self.at += 1
        while self.at < len(self.text):
            char = self.text[self.at]
            if char == '"':
                self.at += 1
                return
            if ord(char) < 0x20:
                raise self._fail("in string literal")
            self.at += 2 if char == "\\" else 1
        raise JsonSyntaxError("unexpected end of JSON input")

    def _number(self) -> None:
        found = _NUMBER.match(self.text, self.at)
        if found is None:
            self.at += 1
            self._next()
            raise self._fail("in numeric literal")
        self.at = found.end()

    def _literal(self) -> None:
        word = next(w for w in _LITERALS if w[0] == self.text[self.at])
        for offset, char in enumerate(word):
            if self.at + offset >= len(self.text):
                raise JsonSyntaxError("unexpected end of JSON input")
            if self.text[self.at + offset] != char:
                self.at += offset
                raise self._fail(f"in literal {word} (expecting {_quoted(char)})")
        self.at += len(word)

    def finish(self) -> None:
        self._skip()
        if self.at < len(self.text):
            raise self._fail("after top-level value")


def syntax_error(text: str) -> str:
    """What Go's JSON scanner says about `text`, which is broken."""
    scanner = _Scanner(text)
    try:
        scanner.value()
        scanner.finish()
    except JsonSyntaxError as error:
        return str(error)
    return "unexpected end of JSON input"


def _quoted(char: str) -> str:
    if char in ("'", "\\"):
        return f"'\\{char}'"
    if char == '"':
        return "'\"'"
    named = {"\n": "\\n", "\t": "\\t", "\r": "\\r"}.get(char)
    if named:
        return f"'{named}'"
    return f"'{char}'" if 0x20 <= ord(char) < 0x7F or ord(char) > 0x9F else f"'\\u{ord(char):04x}'"


def compact(value: Any) -> str:
    """JSON without blanks, as Go writes it."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def canonical(value: Any) -> str:
    """JSON without blanks and with sorted keys: equal values, equal text."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, sort_keys=True)


def kind_of(value: Any) -> str:
    """The JSON kind of a value, in the decoder's words."""
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, dict):
        return "object"
    if isinstance(value, list):
        return "array"
    return "string" if isinstance(value, str) else "number"


def go_print(value: Any) -> str:
    """A value as Go's `%v` prints it: `map[a:1 b:[x y]]`."""
    match value:
        case None:
            return "<nil>"
        case bool():
            return "true" if value else "false"
        case dict():
            return "map[" + " ".join(f"{key}:{go_print(value[key])}" for key in sorted(value)) + "]"
        case list():
            return "[" + " ".join(go_print(item) for item in value) + "]"
        case _:
            return str(value)
