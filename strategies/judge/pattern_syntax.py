"""The regular expressions that we know, read into a tree: RE2's everyday syntax.

Literals, `.`, classes, `\\d \\w \\s` and their opposites, `^ $ \\b \\B`, groups, `|`, `* + ? {m,n}` (lazy ones alike)
and a leading `(?i)`.
"""

from collections.abc import Callable
from dataclasses import dataclass

LONGEST_PATTERN = 200
DEEPEST_GROUP = 20
MOST_REPEATS = 1000


class PatternError(ValueError):
    """A pattern that cannot be read. The text is a sentence."""


Test = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Letter:
    """Takes one letter that passes the test."""

    test: Test


@dataclass(frozen=True, slots=True)
class Edge:
    """Takes nothing, and only where the test on the letters before and after (empty at the ends) passes."""

    test: Callable[[str, str], bool]


@dataclass(frozen=True, slots=True)
class Sequence:
    """One after the other."""

    parts: tuple["Part", ...]


@dataclass(frozen=True, slots=True)
class Either:
    """One of them."""

    options: tuple["Part", ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """At least so often, and at most; None is without end."""

    part: "Part"
    least: int
    most: int | None


Part = Letter | Edge | Sequence | Either | Repeat


def _is_word(letter: str) -> bool:
    return bool(letter) and letter.isascii() and (letter.isalnum() or letter == "_")


_CLASSES: dict[str, Test] = {
    "d": lambda letter: letter.isascii() and letter.isdigit(),
    "w": _is_word,
    "s": lambda letter: letter in " \t\n\f\r",
}
_CONTROLS = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v", "a": "\a"}
_EDGES: dict[str, Callable[[str, str], bool]] = {
    "b": lambda before, after: _is_word(before) != _is_word(after),
    "B": lambda before, after: _is_word(before) == _is_word(after),
    "A": lambda before, _: not before,
    "z": lambda _, after: not after,
}


def read_pattern(text: str) -> Part:
    """The tree of a pattern, which may begin with `(?i)`. Raises PatternError."""
    if len(text) > LONGEST_PATTERN:
        raise PatternError(f"a pattern may have {LONGEST_PATTERN} characters")
    return _Reader(text.removeprefix("(?i)"), any_case=text.startswith("(?i)")).whole()


class _Reader:
    """Reads a pattern by recursive descent."""

    def __init__(self, text: str, *, any_case: bool) -> None:
        self._text = text
        self._at = 0
        self._any_case = any_case
        self._depth = 0

    def whole(self) -> Part:
        part = self._either()
        if self._at < len(self._text):
            raise PatternError("the pattern has a ) without its (")
        return part

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _next(self) -> str:
        letter = self._peek()
        if not letter:
            raise PatternError("the pattern ends too early")
        self._at += 1
        return letter

    def _take(self, text: str) -> bool:
        if self._text.startswith(text, self._at):
            self._at += len(text)
            return True
        return False

    def _either(self) -> Part:
        options = [self._sequence()]
        while self._take("|"):
            options.append(self._sequence())
        return options[0] if len(options) == 1 else Either(tuple(options))

    def _sequence(self) -> Part:
        parts: list[Part] = []
        while self._peek() not in ("", "|", ")"):
            parts.append(self._repeated(self._single()))
        return Sequence(tuple(parts))

    def _repeated(self, part: Part) -> Part:
        if not (bounds := self._bounds()):
            return part
        self._take("?")
        if self._peek() in ("*", "+", "?") or self._bounds():
            raise PatternError("the pattern repeats a repetition")
        return Repeat(part, *bounds)

    def _bounds(self) -> tuple[int, int | None] | None:
        for sign, bounds in (("*", (0, None)), ("+", (1, None)), ("?", (0, 1))):
            if self._take(sign):
                return bounds
        closing = self._text.find("}", self._at)
        if self._peek() != "{" or closing < 0:
            return None
        least, comma, most = self._text[self._at + 1 : closing].partition(",")
        if not least.isdecimal() or not (most.isdecimal() or not most):
            return None
        self._at = closing + 1
        upper = int(most) if most else (None if comma else int(least))
        if max(int(least), upper or 0) > MOST_REPEATS or (upper is not None and upper < int(least)):
            raise PatternError("the pattern repeats too often")
        return int(least), upper

    def _single(self) -> Part:
        letter = self._next()
        match letter:
            case "(":
                return self._group()
            case "[":
                return Letter(self._class())
            case ".":
                return Letter(lambda letter: letter != "\n")
            case "^":
                return Edge(_EDGES["A"])
            case "$":
                return Edge(_EDGES["z"])
            case "*" | "+" | "?":
                raise PatternError(f"the pattern has a {letter} with nothing to repeat")
            case "\\":
                return self._escape()
            case _:
                return Letter(self._exactly(letter))

    def _group(self) -> Part:
        if self._take("?") and not self._take(":"):
            raise PatternError("the pattern uses a kind of group that is not known here: use ( ) or (?: )")
        self._depth += 1
        if self._depth > DEEPEST_GROUP:
            raise PatternError("the pattern's groups are nested too deeply")
        part = self._either()
        self._depth -= 1
        if not self._take(")"):
            raise PatternError("the pattern has a ( without its )")
        return part

    def _escape(self) -> Part:
        letter = self._next()
        if letter in _EDGES:
            return Edge(_EDGES[letter])
        return Letter(self._escaped(letter))

    def _escaped(self, letter: str) -> Test:
        if letter.lower() in _CLASSES:
            test = _CLASSES[letter.lower()]
            return test if letter.islower() else lambda other: not test(other)
        if letter in _CONTROLS:
            return self._exactly(_CONTROLS[letter])
        if letter.isascii() and letter.isalnum():
            raise PatternError(f"the pattern has an unknown escape \\{letter}")
        return self._exactly(letter)

    def _class(self) -> Test:
        negated, tests = self._take("^"), list[Test]()
        while not tests or self._peek() != "]":
            first = self._next()
            if first == "\\":
                tests.append(self._escaped(self._next()))
            elif self._peek() == "-" and self._text[self._at + 1 : self._at + 2] not in ("", "]"):
                self._next()
                tests.append(self._between(first, self._next()))
            else:
                tests.append(self._exactly(first))
        self._next()
        return lambda letter: any(test(letter) for test in tests) != negated

    def _exactly(self, wanted: str) -> Test:
        if self._any_case:
            folded = wanted.casefold()
            return lambda letter: letter.casefold() == folded
        return lambda letter: letter == wanted

    def _between(self, first: str, last: str) -> Test:
        if last < first or "\\" in (first, last):
            raise PatternError(f"the pattern has a range {first}-{last} that is none")
        if self._any_case:
            return lambda letter: first <= letter.lower() <= last or first <= letter.upper() <= last
        return lambda letter: first <= letter <= last
