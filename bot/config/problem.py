"""What is wrong in the configuration: where, what, and how to mend it."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.errors import NotConfigured


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a file. Lines count from 1."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class ConfigProblem:
    """One mistake. `sentence` has no full stop; `fix` says what to do next; `place` is a path such as `apps.shop.image`."""

    mark: Mark
    sentence: str
    fix: str
    place: str = ""

    def __str__(self) -> str:
        place = f"{self.place}: " if self.place else ""
        return f"{self.mark}: {place}{self.sentence}. {self.fix}"


class ConfigError(NotConfigured):
    """The configuration cannot be used. `problems` has every mistake; the text lists them, one a line."""

    def __init__(self, problems: Sequence[ConfigProblem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)
