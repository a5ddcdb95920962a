"""A condition's text cut into tokens, each with its place."""

import re
from dataclasses import dataclass
from enum import Enum, auto

from strategies.judge.conditions.values import LARGEST_INT, ConditionError

LONGEST = 2000
"""Characters that a condition may have."""


class Kind(Enum):
    """What a token is. `END` comes once, at the end."""

    NUMBER = auto()
    TEXT = auto()
    NAME = auto()
    SYMBOL = auto()
    END = auto()


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the text. `text` is a symbol, a name (operators in words are symbols) or the contents of a string."""

    kind: Kind
    text: str
    position: int
    number: int | float = 0


WORD_OPERATORS = frozenset({"and", "or", "not", "in", "contains", "startsWith", "endsWith", "matches"})
_SYMBOLS = ("..", "**", "&&", "||", "==", "!=", "<=", ">=", "??", "?.", *"+-*/%^<>!?:,.()[]{}#")
_SKIPPED = re.compile(r"(?:\s+|//[^\n]*|/\*.*?\*/)+", re.DOTALL)
_NUMBER = re.compile(
    r"0[xX][0-9a-fA-F][0-9a-fA-F_]*|(?:\d[\d_]*)?\.\d[\d_]*(?:[eE][+-]?\d+)?|\d[\d_]*(?:[eE][+-]?\d+)?", re.ASCII
)
_NAME = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")
_TEXT = re.compile(r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|`[^`]*`', re.DOTALL)
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|(.))", re.DOTALL)
_LETTERS = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\", '"': '"', "'": "'"}


def tokenize(text: str) -> tuple[Token, ...]:
    """The tokens of `text`. Raises ConditionError."""
    if len(text) > LONGEST:
        raise ConditionError(f"a condition may have {LONGEST} characters, this one has {len(text)}")
    tokens, position = [], _skip(text, 0)
    while position < len(text):
        token, position = _token(text, position)
        tokens.append(token)
        position = _skip(text, position)
    return (*tokens, Token(Kind.END, "", len(text)))


def _skip(text: str, position: int) -> int:
    found = _SKIPPED.match(text, position)
    return found.end() if found else position


def _token(text: str, position: int) -> tuple[Token, int]:
    if name := _NAME.match(text, position):
        kind = Kind.SYMBOL if name[0] in WORD_OPERATORS else Kind.NAME
        return Token(kind, name[0], position), name.end()
    if number := _NUMBER.match(text, position):
        return _number(number[0], position, text[number.end() : number.end() + 1]), number.end()
    if quoted := _TEXT.match(text, position):
        return Token(Kind.TEXT, _contents(quoted[0], position), position), quoted.end()
    for symbol in _SYMBOLS:
        if text.startswith(symbol, position):
            return Token(Kind.SYMBOL, symbol, position), position + len(symbol)
    if text[position] in "\"'`":
        raise ConditionError("this string has no end", position)
    raise ConditionError(f"{text[position]!r} has no meaning here", position)


def _number(text: str, position: int, following: str) -> Token:
    if following.isalnum() or following == "_":
        raise ConditionError(f"{text + following!r} is not a number", position)
    plain = text.replace("_", "")
    if plain[:2].lower() == "0x":
        value: int | float = int(plain, 16)
    else:
        value = int(plain) if plain.isdecimal() else float(plain)
    if not value <= LARGEST_INT:
        raise ConditionError("this number is too large", position)
    return Token(Kind.NUMBER, text, position, value)


def _contents(quoted: str, position: int) -> str:
    if quoted.startswith("`"):
        return quoted[1:-1]

    def letter(escape: re.Match[str]) -> str:
        digits = escape[1] or escape[2] or escape[3]
        code = int(digits, 16) if digits else int(escape[4] or "0", 8)
        found = _LETTERS.get(escape[5]) if escape[5] else chr(min(code, 0x110000 - 1))
        if found is None or code >= 0x110000 or 0xD800 <= code < 0xE000:
            raise ConditionError(f"{escape[0]!r} is not an escape", position)
        return found

    return _ESCAPE.sub(letter, quoted[1:-1])
