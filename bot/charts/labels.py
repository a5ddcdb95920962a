"""Where labels go, so that none covers another."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wish:
    """A label `size` pixels long that wants its middle at `middle`."""

    middle: float
    size: float


def spread(wishes: Sequence[Wish], low: float, high: float) -> tuple[float, ...]:
    """The middle for each label, as near to its wish as possible, in the same order, none overlapping, all within
    `low`..`high`.

    Labels that would overlap are set side by side around the middle of their wishes. If all together are too long, they
    overlap evenly.
    """
    order = sorted(range(len(wishes)), key=lambda place: wishes[place].middle)
    clusters: list[tuple[list[int], float]] = []
    for place in order:
        members, middle = [place], _held(wishes[place].middle, wishes[place].size, low, high)
        while (
            clusters and clusters[-1][1] + _length(wishes, clusters[-1][0]) / 2 > middle - _length(wishes, members) / 2
        ):
            members = clusters.pop()[0] + members
            middle = _held(_mean(wishes, members), _length(wishes, members), low, high)
        clusters.append((members, middle))
    placed = [0.0] * len(wishes)
    for members, middle in clusters:
        at = middle - _length(wishes, members) / 2
        for place in members:
            placed[place] = at + wishes[place].size / 2
            at += wishes[place].size
    return tuple(placed)


def _length(wishes: Sequence[Wish], members: Sequence[int]) -> float:
    return sum(wishes[place].size for place in members)


def _mean(wishes: Sequence[Wish], members: Sequence[int]) -> float:
    return sum(wishes[place].middle for place in members) / len(members)


def _held(middle: float, size: float, low: float, high: float) -> float:
    return min(max(middle, low + size / 2), max(high - size / 2, low + size / 2))


def rows(wishes: Sequence[Wish], count: int, apart: float) -> tuple[int | None, ...]:
    """The row (0 is the first) for each label of a line of labels, or None where no row has room.

    The last one, which says how things stand now, chooses first; then the others from the left.
    """
    taken: list[list[Wish]] = [[] for _ in range(count)]
    chosen: list[int | None] = [None] * len(wishes)
    for place in [*range(len(wishes))[-1:], *range(len(wishes))[:-1]]:
        wish = wishes[place]
        for number, others in enumerate(taken):
            if all(abs(wish.middle - other.middle) >= (wish.size + other.size) / 2 + apart for other in others):
                others.append(wish)
                chosen[place] = number
                break
    return tuple(chosen)
