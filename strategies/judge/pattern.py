"""Regular expressions in time linear in the text, whatever the pattern: a Thompson automaton.

Python's own engine backtracks, and a pattern such as `(a+)+$` can hold it for hours.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import assert_never

from strategies.judge.pattern_syntax import (
    Edge,
    Either,
    Letter,
    Part,
    PatternError,
    Repeat,
    Sequence,
    Test,
    read_pattern,
)

MOST_STATES = 1000


@dataclass(frozen=True, slots=True)
class _Step:
    """One state: takes a letter (`letter`), waits for an edge (`edge`) or only branches; then goes on to `nexts`."""

    nexts: tuple[int, ...]
    letter: Test | None = None
    edge: Callable[[str, str], bool] | None = None


class Pattern:
    """A compiled pattern. Raises PatternError when it cannot be read or would grow too large."""

    def __init__(self, text: str) -> None:
        self._steps = [_Step(())]
        self._built = 0
        self._first = self._build(read_pattern(text), 0)

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

    def _build(self, part: Part, following: int) -> int:
        """The first state of `part`, which goes on to the state `following`."""
        self._built += 1
        if self._built > 4 * MOST_STATES:
            raise PatternError("the pattern is too large")
        match part:
            case Letter():
                return self._add(_Step((following,), letter=part.test))
            case Edge():
                return self._add(_Step((following,), edge=part.test))
            case Sequence():
                for piece in reversed(part.parts):
                    following = self._build(piece, following)
                return following
            case Either():
                return self._add(_Step(tuple(self._build(option, following) for option in part.options)))
            case Repeat():
                return self._repeat(part, following)
            case _ as unreachable:
                assert_never(unreachable)

    def _repeat(self, repeat: Repeat, following: int) -> int:
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
