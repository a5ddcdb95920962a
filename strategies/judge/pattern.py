"""Regular expressions in time linear in the text, whatever the pattern: a Thompson automaton over RE2's everyday
syntax.

Python's own engine backtracks, and a pattern such as `(a+)+$` can hold it for hours. This one knows literals, `.`,
classes, `\\d \\w \\s` and their opposites, `^ $ \\b \\B`, groups, `|`, `* + ? {m,n}` (lazy ones alike) and a leading
`(?i)`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import assert_never

LONGEST_PATTERN = 200
DEEPEST_GROUP = 20
MOST_STATES = 1000


class PatternError(ValueError):
    """A pattern that cannot be read. The text is a sentence."""


_Test = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class _Letter:
    """Takes one letter that passes the test."""

    test: _Test


@dataclass(frozen=True, slots=True)
class _Edge:
    """Takes nothing, and only where the test on the letters before and after (empty at the ends) passes."""

    test: Callable[[str, str], bool]


@dataclass(frozen=True, slots=True)
class _Sequence:
    parts: tuple["_Part", ...]


@dataclass(frozen=True, slots=True)
class _Either:
    options: tuple["_Part", ...]


@dataclass(frozen=True, slots=True)
class _Repeat:
    part: "_Part"
    least: int
    most: int | None


_Part = _Letter | _Edge | _Sequence | _Either | _Repeat


def _is_word(letter: str) -> bool:
    return bool(letter) and letter.isascii() and (letter.isalnum() or letter == "_")


_CLASSES: dict[str, _Test] = {
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


class _Reader:
    """Reads a pattern by recursive descent."""

    def __init__(self, text: str, *, any_case: bool) -> None:
        self._text = text
        self._at = 0
        self._any_case = any_case
        self._depth = 0

    def whole(self) -> _Part:
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

    def _either(self) -> _Part:
        options = [self._sequence()]
        while self._take("|"):
            options.append(self._sequence())
        return options[0] if len(options) == 1 else _Either(tuple(options))

    def _sequence(self) -> _Part:
        parts: list[_Part] = []
        while self._peek() not in ("", "|", ")"):
            parts.append(self._repeated(self._single()))
        return _Sequence(tuple(parts))

    def _repeated(self, part: _Part) -> _Part:
        if not (bounds := self._bounds()):
            return part
        self._take("?")
        if self._peek() in ("*", "+", "?") or self._bounds():
            raise PatternError("the pattern repeats a repetition")
        return _Repeat(part, *bounds)

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
        if max(int(least), upper or 0) > MOST_STATES or (upper is not None and upper < int(least)):
            raise PatternError("the pattern repeats too often")
        return int(least), upper

    def _single(self) -> _Part:
        letter = self._next()
        match letter:
            case "(":
                return self._group()
            case "[":
                return _Letter(self._class())
            case ".":
                return _Letter(lambda letter: letter != "\n")
            case "^":
                return _Edge(_EDGES["A"])
            case "$":
                return _Edge(_EDGES["z"])
            case "*" | "+" | "?":
                raise PatternError(f"the pattern has a {letter} with nothing to repeat")
            case "\\":
                return self._escape()
            case _:
                return _Letter(self._exactly(letter))

    def _group(self) -> _Part:
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

    def _escape(self) -> _Part:
        letter = self._next()
        if letter in _EDGES:
            return _Edge(_EDGES[letter])
        return _Letter(self._escaped(letter))

    def _escaped(self, letter: str) -> _Test:
        if letter.lower() in _CLASSES:
            test = _CLASSES[letter.lower()]
            return test if letter.islower() else lambda other: not test(other)
        if letter in _CONTROLS:
            return self._exactly(_CONTROLS[letter])
        if letter.isascii() and letter.isalnum():
            raise PatternError(f"the pattern has an unknown escape \\{letter}")
        return self._exactly(letter)

    def _class(self) -> _Test:
        negated, tests = self._take("^"), list[_Test]()
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

    def _exactly(self, wanted: str) -> _Test:
        if self._any_case:
            folded = wanted.casefold()
            return lambda letter: letter.casefold() == folded
        return lambda letter: letter == wanted

    def _between(self, first: str, last: str) -> _Test:
        if last < first or "\\" in (first, last):
            raise PatternError(f"the pattern has a range {first}-{last} that is none")
        if self._any_case:
            return lambda letter: first <= letter.lower() <= last or first <= letter.upper() <= last
        return lambda letter: first <= letter <= last


@dataclass(frozen=True, slots=True)
class _Step:
    """One state: takes a letter (`letter`), waits for an edge (`edge`) or only branches; then goes on to `nexts`."""

    nexts: tuple[int, ...]
    letter: _Test | None = None
    edge: Callable[[str, str], bool] | None = None


class Pattern:
    """A compiled pattern. Raises PatternError when it cannot be read or would grow too large."""

    def __init__(self, text: str) -> None:
        if len(text) > LONGEST_PATTERN:
            raise PatternError(f"a pattern may have {LONGEST_PATTERN} characters")
        any_case = text.startswith("(?i)")
        part = _Reader(text.removeprefix("(?i)"), any_case=any_case).whole()
        self._steps = [_Step(())]
        self._built = 0
        self._first = self._build(part, 0)

    @property
    def size(self) -> int:
        """The number of states: a search takes at most this many looks at each letter."""
        return len(self._steps)

    def search(self, text: str) -> bool:
        """Whether the pattern is found anywhere in `text`."""
        waiting: set[int] = set()
        for at in range(len(text) + 1):
            before, after = text[at - 1 : at] if at else "", text[at : at + 1]
            reached = self._reached({*waiting, self._first}, before, after)
            if 0 in reached:
                return True
            waiting = {
                following
                for state in reached
                if after and (test := self._steps[state].letter) is not None and test(after)
                for following in self._steps[state].nexts
            }
        return False

    def _reached(self, states: set[int], before: str, after: str) -> set[int]:
        """`states` and all that can be reached from them without taking a letter."""
        reached, open_states = set[int](), list(states)
        while open_states:
            state = open_states.pop()
            step = self._steps[state]
            if state in reached or (step.edge is not None and not step.edge(before, after)):
                continue
            reached.add(state)
            if step.letter is None:
                open_states.extend(step.nexts)
        return reached

    def _add(self, step: _Step) -> int:
        if len(self._steps) >= MOST_STATES:
            raise PatternError("the pattern is too large")
        self._steps.append(step)
        return len(self._steps) - 1

    def _build(self, part: _Part, following: int) -> int:
        """The first state of `part`, which goes on to the state `following`."""
        self._built += 1
        if self._built > 4 * MOST_STATES:
            raise PatternError("the pattern is too large")
        match part:
            case _Letter():
                return self._add(_Step((following,), letter=part.test))
            case _Edge():
                return self._add(_Step((following,), edge=part.test))
            case _Sequence():
                for piece in reversed(part.parts):
                    following = self._build(piece, following)
                return following
            case _Either():
                return self._add(_Step(tuple(self._build(option, following) for option in part.options)))
            case _Repeat():
                return self._repeat(part, following)
            case _ as unreachable:
                assert_never(unreachable)

    def _repeat(self, repeat: _Repeat, following: int) -> int:
        if repeat.most is None:
            loop = self._add(_Step(()))
            self._steps[loop] = _Step((self._build(repeat.part, loop), following))
            following = loop
        else:
            end = following
            for _ in range(repeat.most - repeat.least):
                following = self._add(_Step((self._build(repeat.part, following), end)))
        for _ in range(repeat.least):
            following = self._build(repeat.part, following)
        return following
