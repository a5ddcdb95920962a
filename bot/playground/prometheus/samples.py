"""The samples that were scraped, by series."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

Labels = tuple[tuple[str, str], ...]
"""A label set, sorted by name, the metric's name among them as `__name__`."""

NAME = "__name__"
LOOK_BACK = 300.0
"""Seconds for which the latest sample of a series still stands for now."""

KEPT = 6 * 3600.0
"""Seconds of samples that are kept."""


def labelled(pairs: Iterable[tuple[str, str]]) -> Labels:
    """A label set; labels with an empty value are as good as none."""
    return tuple(sorted(pair for pair in pairs if pair[1]))


@dataclass(frozen=True, slots=True)
class Matcher:
    """One condition on a label: `op` is one of = != =~ !~."""

    name: str
    op: str
    value: str

    def test(self) -> Callable[[str], bool]:
        """Whether a label's value (empty: it has none) meets the condition. Patterns hold for the whole value."""
        if self.op in ("=", "!="):
            return lambda value: (value == self.value) is (self.op == "=")
        pattern = re.compile(self.value)
        return lambda value: (pattern.fullmatch(value) is not None) is (self.op == "=~")


@dataclass(slots=True)
class Track:
    """One series: times in seconds, and values; None marks the moment from which its target was gone."""

    times: list[float] = field(default_factory=list)
    values: list[float | None] = field(default_factory=list)

    def add(self, at: float, value: float | None) -> None:
        """Append a sample; time only moves forward. What is older than `KEPT` is forgotten now and then."""
        self.times.append(at)
        self.values.append(value)
        if len(self.times) % 1000 == 0:
            old = bisect_left(self.times, at - KEPT)
            del self.times[:old]
            del self.values[:old]

    def latest(self, at: float) -> float | None:
        """The value that stands for `at`; None where there is none, or it is too old."""
        place = bisect_right(self.times, at) - 1
        return self.values[place] if place >= 0 and self.times[place] > at - LOOK_BACK else None

    def between(self, start: float, end: float) -> list[tuple[float, float]]:
        """The samples after `start`, up to and with `end`."""
        span = slice(bisect_right(self.times, start), bisect_right(self.times, end))
        pairs = zip(self.times[span], self.values[span], strict=True)
        return [(at, value) for at, value in pairs if value is not None]


class Samples:
    """All series."""

    def __init__(self) -> None:
        self._tracks: dict[Labels, Track] = {}

    def add(self, labels: Labels, at: float, value: float | None) -> None:
        """Append one sample, or with None the mark that the series ends."""
        self._tracks.setdefault(labels, Track()).add(at, value)

    def select(self, matchers: Iterable[Matcher]) -> Iterator[tuple[Labels, Track]]:
        """The series that meet all conditions."""
        tests = [(matcher.name, matcher.test()) for matcher in matchers]
        for labels, track in self._tracks.items():
            held = dict(labels)
            if all(test(held.get(name, "")) for name, test in tests):
                yield labels, track
