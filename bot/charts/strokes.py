"""From points to strokes: a line is broken wherever there is nothing to show, and thinned where pixels cannot show
more."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, pairwise
from statistics import median

from bot.charts.axes import drawable
from bot.charts.data import Gap, Line, Point

HOLE = 2.5
"""Points farther apart than this many times the usual distance are not joined: nobody knows what was between them."""

MOST_POINTS = 600


def strokes(line: Line, gaps: Iterable[Gap], start: float, end: float) -> tuple[tuple[Point, ...], ...]:
    """The runs of points that may be joined, within `start`..`end`. A run can be a single point."""
    marked = tuple(gaps)
    kept = [point for point in line.points if start <= point.minute <= end]
    usual = median([after.minute - before.minute for before, after in pairwise(kept)]) if len(kept) > 2 else None
    runs: list[list[Point]] = [[]]
    for before, point in pairwise([None, *kept]):
        if point is None or not drawable(point.value) or _inside(point, marked):
            runs.append([])
            continue
        if before is not None and _apart(before, point, marked, usual):
            runs.append([])
        runs[-1].append(point)
    return tuple(tuple(run) for run in runs if run)


def _inside(point: Point, gaps: Sequence[Gap]) -> bool:
    return any(gap.start < point.minute < gap.end for gap in gaps)


def _apart(before: Point, point: Point, gaps: Sequence[Gap], usual: float | None) -> bool:
    if any(before.minute <= gap.start and gap.end <= point.minute for gap in gaps):
        return True
    return usual is not None and point.minute - before.minute > HOLE * usual


def holes(runs: Sequence[Sequence[Point]]) -> Iterator[tuple[float, float]]:
    """The times between the runs of one line: what a chart marks as without data."""
    for before, after in pairwise(runs):
        yield before[-1].minute, after[0].minute


def thinned(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """The same line in pixels with at most the first, lowest, highest and last point of each column, so that no peak is
    lost."""
    if len(points) <= MOST_POINTS:
        return list(points)
    kept: list[tuple[float, float]] = []
    for _, column in groupby(points, key=lambda point: round(point[0] / 2)):
        ones = list(column)
        chosen = {0, len(ones) - 1}
        chosen.add(min(range(len(ones)), key=lambda place: ones[place][1]))
        chosen.add(max(range(len(ones)), key=lambda place: ones[place][1]))
        kept.extend(ones[place] for place in sorted(chosen))
    return kept
