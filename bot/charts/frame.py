"""The card's measures: where the plot lies once its labels have their room."""

from dataclasses import dataclass

from bot.charts.axes import Scale, minute_ticks, round_values, value_span, value_texts
from bot.charts.data import ChartData, Line
from bot.charts.lettering import clean, cut, width
from bot.charts.strokes import strokes
from strategies.judge.unit import Unit, format_value

WIDTH, HEIGHT = 1200, 640
SMALL, MIDDLE = 34, 36
"""Font sizes: a phone shows the card about 340 pixels wide, so nothing is smaller than 34."""

TOP, BOTTOM = 168.0, 548.0
LABELS_TOP, LABELS_BOTTOM = 104.0, 568.0
MARGIN, BESIDE = 28.0, 14.0
LABEL_ROOM = 250.0


@dataclass(frozen=True, slots=True)
class Ending:
    """A label at the right end: where its line ends, its rows of text, and whose colour it has."""

    value: float
    rows: tuple[str, ...]
    line: Line | None


@dataclass(frozen=True, slots=True)
class Frame:
    """The plot's place and everything that was needed to find it."""

    x: Scale
    y: Scale
    ticks: tuple[tuple[float, str], ...]
    limit_texts: tuple[str, ...]
    endings: tuple[Ending, ...]

    @property
    def left(self) -> float:
        """The pixel where the plot begins."""
        return self.x.start

    @property
    def right(self) -> float:
        """The pixel where the plot ends."""
        return self.x.end

    @property
    def minutes(self) -> tuple[tuple[float, str], ...]:
        """The moments of the x axis and their words."""
        return minute_ticks(self.x.low, self.x.high, 4)


def frame(data: ChartData) -> Frame:
    """Find the place for the plot of `data`."""
    low, high = value_span(data)
    values = round_values(low, high)
    texts = (cut(text, SMALL, LABEL_ROOM) for text in value_texts(values, data.unit))
    ticks = tuple(zip(values, texts, strict=True))
    bare = data.unit if data.unit in (Unit.RATIO, Unit.PERCENT) else None
    limits = tuple(_figure(limit.value, bare, LABEL_ROOM - width("limit ", SMALL)) for limit in data.limits)
    endings = _endings(data, limits)
    beside_left = max(width(text, SMALL) for text in (*(text for _, text in ticks), *limits, "0"))
    beside_right = max((width(row, MIDDLE, bold=True) for ending in endings for row in ending.rows), default=60.0)
    left = max(MARGIN + beside_left + BESIDE, 100.0)
    right = WIDTH - MARGIN - max(beside_right, 60.0) - BESIDE
    end = data.end if data.end > data.start else data.start + 1
    return Frame(Scale(data.start, end, left, right), Scale(low, high, BOTTOM, TOP), ticks, limits, endings)


def _endings(data: ChartData, limits: tuple[str, ...]) -> tuple[Ending, ...]:
    found = [_ending(line, data) for line in data.lines]
    named = [
        Ending(limit.value, (cut(f"limit {text}", SMALL, LABEL_ROOM),), None)
        for limit, text in zip(data.limits, limits, strict=True)
    ]
    return (*(ending for ending in found if ending is not None), *named)


def _ending(line: Line, data: ChartData) -> Ending | None:
    runs = strokes(line, data.gaps, data.start, data.end)
    if not runs:
        return None
    last = runs[-1][-1].value
    rows = (
        cut(clean(line.label), MIDDLE, LABEL_ROOM, bold=True),
        _figure(last if line.figure is None else line.figure, data.unit, LABEL_ROOM),
    )
    return Ending(last, rows, line)


def _figure(value: float, unit: str | None, room: float) -> str:
    """A number is never cut, which would make it another number: a long one is written shorter."""
    text = format_value(value, unit)
    return text if width(text, SMALL) <= room else f"{value:.2e}"
