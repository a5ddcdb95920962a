"""Draws a chart as SVG text: 1200 × 640, the same text for the same data.

The rules behind it: the new version is vermillion and solid, stable is blue and dashed (a pair that colour-blind people
and greyscale keep apart); each line is named at its end; the forbidden side of a limit is hatched; ○ passed, ✕ failed,
◇ neither; the title is the verdict.
"""

from collections.abc import Iterator
from itertools import pairwise
from xml.sax.saxutils import escape

from bot.charts.axes import drawable
from bot.charts.data import ChartData, Gap, Line, Measured, Side
from bot.charts.frame import (
    BESIDE,
    BOTTOM,
    HEIGHT,
    LABELS_BOTTOM,
    LABELS_TOP,
    MARGIN,
    MIDDLE,
    SMALL,
    TOP,
    WIDTH,
    Ending,
    Frame,
    frame,
)
from bot.charts.labels import Wish, rows, spread
from bot.charts.lettering import clean, cut, two_lines, width
from bot.charts.strokes import holes, strokes, thinned
from strategies.judge.verdict import Verdict

INK, GREY, PALE = "#1A1A1A", "#5F6368", "#E3E1DE"
NEW, STABLE, ALL = ("#D55E00", "#B34E00"), ("#0072B2", "#00609A"), ("#009E73", "#00704F")
"""Line colour and the darker one for text, from Okabe and Ito's palette."""

TITLE_SIZES = (46, 42, 38)
ROW_HEIGHT = 40.0
STEP_ROWS = (148.0, 110.0)
CLOSEST_MARKS = 24.0
HATCH = 20.0


def render_svg(data: ChartData) -> str:
    """The chart as an SVG document."""
    place = frame(data)
    title, title_rows = _title(clean(data.title))
    parts = [
        _OPENING,
        f"<title>{escape(clean(data.title))}</title>",
        _CARD,
        title,
        *_forbidden(data, place),
        *_value_axis(data, place),
        *_gaps(data, place),
        *_minute_axis(place),
        *_limit_lines(data, place),
        *_steps(data, place, STEP_ROWS[: 3 - title_rows]),
        *(part for line in reversed(data.lines) for part in _line(line, data, place)),
        *_marks(data, place),
        *_gap_notes(data, place),
        *_endings(data, place),
        *_nothing(data, place),
        "</svg>\n",
    ]
    return "\n".join(parts)


_OPENING = (
    f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
    'font-family="DejaVu Sans, Liberation Sans, Arial, sans-serif" role="img">'
)
_CARD = (
    f'<rect x="1" y="1" width="{WIDTH - 2}" height="{HEIGHT - 2}" rx="16" fill="#FFFFFF" '
    'stroke="#C9C7C4" stroke-width="2"/>'
)


def _title(text: str) -> tuple[str, int]:
    room = WIDTH - 2 * MARGIN
    for size in TITLE_SIZES:
        if width(text, size, bold=True) <= room:
            return _text(MARGIN, 66, text, size=size, bold=True), 1
    first, second = two_lines(text, TITLE_SIZES[-1], room, bold=True)
    above, below = (_text(MARGIN, y, row, size=TITLE_SIZES[-1], bold=True) for y, row in ((54, first), (100, second)))
    return f"{above}\n{below}", 2


def _forbidden(data: ChartData, place: Frame) -> Iterator[str]:
    for limit in data.limits:
        edge = place.y.at(limit.value)
        top, bottom = (TOP, edge) if limit.forbidden is Side.ABOVE else (edge, BOTTOM)
        if drawable(limit.value) and bottom > top:
            yield _box(place.left, top, place.right, bottom, 'fill="#F1F0EE"')
            yield f'<path d="{_hatch(place.left, top, place.right, bottom)}" stroke="#CFCBC5" stroke-width="3"/>'


def _hatch(left: float, top: float, right: float, bottom: float) -> str:
    """Slanting strokes cut at the box's edges; an SVG pattern takes as long to draw as all the rest together."""
    begin = int((left + top) // HATCH) + 1
    sums = (HATCH * number for number in range(begin, int((right + bottom) // HATCH) + 1))
    cuts = ((total, max(left, total - bottom), min(right, total - top)) for total in sums)
    return "".join(f"M{low:.1f},{total - low:.1f}L{high:.1f},{total - high:.1f}" for total, low, high in cuts)


def _value_axis(data: ChartData, place: Frame) -> Iterator[str]:
    taken = [place.y.at(limit.value) for limit in data.limits if drawable(limit.value)]
    for value, text in place.ticks:
        y = place.y.at(value)
        yield _rule(place.left, y, place.right, y, PALE, 2)
        if all(abs(y - other) > ROW_HEIGHT for other in taken):
            yield _text(place.left - BESIDE, y + 12, text, anchor="end", fill=GREY)


def _minute_axis(place: Frame) -> Iterator[str]:
    free = MARGIN
    for minute, text in place.minutes:
        half = width(text, SMALL) / 2
        middle = min(max(place.x.at(minute), MARGIN + half), WIDTH - MARGIN - half)
        if middle - half >= free:
            yield _text(middle, 598, text, anchor="middle", fill=GREY)
            yield _rule(place.x.at(minute), BOTTOM, place.x.at(minute), BOTTOM + 10, GREY, 2)
            free = middle + half + 24


def _limit_lines(data: ChartData, place: Frame) -> Iterator[str]:
    free: list[float] = []
    for limit, text in zip(data.limits, place.limit_texts, strict=True):
        if not drawable(limit.value):
            continue
        y = place.y.at(limit.value)
        yield _rule(place.left, y, place.right, y, INK, 3)
        if all(abs(y - other) > ROW_HEIGHT for other in free):
            yield _text(place.left - BESIDE, y + 12, text, anchor="end")
            free.append(y)


def _steps(data: ChartData, place: Frame, baselines: tuple[float, ...]) -> Iterator[str]:
    steps = [step for step in data.steps if data.start <= step.minute <= place.x.high]
    names = [cut(clean(step.label), MIDDLE, 220) for step in steps]
    halves = [width(name, MIDDLE) / 2 for name in names]
    wishes = [
        Wish(max(min(place.x.at(step.minute), place.right - half), MARGIN + half), 2 * half)
        for step, half in zip(steps, halves, strict=True)
    ]
    for step, name, wish, row in zip(steps, names, wishes, rows(wishes, len(baselines), 18), strict=True):
        x, top = place.x.at(step.minute), 162.0 if row is None else baselines[row] + 12
        yield _rule(x, top, x, BOTTOM, GREY, 2, dashes="4 7")
        if row is not None:
            yield _text(wish.middle, baselines[row], name, size=MIDDLE, anchor="middle", halo=True)


def _gaps(data: ChartData, place: Frame) -> Iterator[str]:
    for gap in _all_gaps(data):
        left, right = place.x.at(gap.start), place.x.at(gap.end)
        if right - left < 2:
            continue
        yield _box(left, TOP, right, BOTTOM, 'fill="#E8EDF2"')
        yield from (_rule(x, TOP, x, BOTTOM, GREY, 2, dashes="2 6") for x in (left, right))


def _gap_notes(data: ChartData, place: Frame) -> Iterator[str]:
    """In the widest stretch of the plot that no limit crosses."""
    edges = sorted([TOP, BOTTOM, *(place.y.at(limit.value) for limit in data.limits if drawable(limit.value))])
    high, low = max(pairwise(edges), key=lambda stretch: stretch[1] - stretch[0])
    for gap in _all_gaps(data):
        left, right = place.x.at(gap.start), place.x.at(gap.end)
        note = _note(clean(gap.note), right - left - 12)
        top = (high + low) / 2 - ROW_HEIGHT * (len(note) - 1) / 2 + 12
        for number, row in enumerate(note):
            yield _text((left + right) / 2, top + ROW_HEIGHT * number, row, anchor="middle", halo=True)


def _note(text: str, room: float) -> tuple[str, ...]:
    """The words in up to three rows; where they have no room a question mark says that something is missing."""
    note: list[str] = []
    for word in text.split():
        if note and width(f"{note[-1]} {word}", SMALL) <= room:
            note[-1] = f"{note[-1]} {word}"
        else:
            note.append(word)
    fits = len(note) <= 3 and all(width(row, SMALL) <= room for row in note)
    return tuple(note) if fits else ("?",) if width("?", SMALL) <= room else ()


def _all_gaps(data: ChartData) -> tuple[Gap, ...]:
    """The gaps we were told of, and the holes of the leading line that none of them explains."""
    if not data.lines:
        return data.gaps
    runs = strokes(data.lines[0], data.gaps, data.start, data.end)
    unexplained = (
        Gap(start, end, "no data")
        for start, end in holes(runs)
        if not any(gap.start < end and start < gap.end for gap in data.gaps)
    )
    return (*data.gaps, *unexplained)


def _line(line: Line, data: ChartData, place: Frame) -> Iterator[str]:
    colour, _ = _colours(line, data)
    style = 'stroke-width="5" stroke-dasharray="16 9"' if line is data.stable else 'stroke-width="7"'
    for run in strokes(line, data.gaps, data.start, data.end):
        spots = thinned([(place.x.at(point.minute), place.y.at(point.value)) for point in run])
        if len(spots) == 1:
            yield f'<circle cx="{spots[0][0]:.1f}" cy="{spots[0][1]:.1f}" r="7" fill="{colour}"/>'
            continue
        path = " L".join(f"{x:.1f},{y:.1f}" for x, y in spots)
        yield f'<path d="M{path}" fill="none" stroke="{colour}" stroke-linejoin="round" {style}/>'


def _marks(data: ChartData, place: Frame) -> Iterator[str]:
    """Passes are thinned where they would run together; what did not pass is always there, and on top."""
    colour, _ = NEW if data.all_traffic is None else ALL
    passed = [one for one in data.measured if one.verdict is Verdict.SUCCESSFUL]
    others = [one for one in data.measured if one.verdict is not Verdict.SUCCESSFUL]
    last = float("-inf")
    for one in passed:
        x, y = _spot(one, place)
        if x - last >= CLOSEST_MARKS:
            last = x
            yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="11" fill="#FFFFFF" stroke="{colour}" stroke-width="5"/>'
    for one in others:
        x, y = _spot(one, place)
        if one.verdict is Verdict.FAILED:
            yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="18" fill="#FFFFFF"/>'
            yield f'<path d="M{x - 11:.1f},{y - 11:.1f}l22,22m0,-22l-22,22" stroke="{colour}" stroke-width="8"/>'
        else:
            shape = f"M{x:.1f},{y - 14:.1f}l14,14l-14,14l-14,-14z"
            yield f'<path d="{shape}" fill="#FFFFFF" stroke="{GREY}" stroke-width="4"/>'


def _spot(one: Measured, place: Frame) -> tuple[float, float]:
    """A measurement without a number lies on the axis."""
    return place.x.at(one.minute), place.y.at(one.value if one.value == one.value else place.y.low)


def _endings(data: ChartData, place: Frame) -> Iterator[str]:
    wishes = [Wish(_height_of(ending, place), ROW_HEIGHT * len(ending.rows) + 4) for ending in place.endings]
    for ending, wish, middle in zip(place.endings, wishes, spread(wishes, LABELS_TOP, LABELS_BOTTOM), strict=True):
        _, fill = (INK, INK) if ending.line is None else _colours(ending.line, data)
        if abs(middle - wish.middle) > 16:
            yield _rule(place.right + 2, wish.middle, place.right + BESIDE - 2, middle, fill, 2)
        baseline = middle - ROW_HEIGHT * (len(ending.rows) - 1) / 2 + 12
        for number, row in enumerate(ending.rows):
            leads = number == 0 and ending.line is not None
            bold = leads and ending.line is not data.stable
            size = MIDDLE if leads else SMALL
            yield _text(place.right + BESIDE, baseline + ROW_HEIGHT * number, row, size=size, bold=bold, fill=fill)


def _height_of(ending: Ending, place: Frame) -> float:
    return place.y.at(ending.value if drawable(ending.value) else place.y.high)


def _nothing(data: ChartData, place: Frame) -> Iterator[str]:
    if not any(strokes(line, data.gaps, data.start, data.end) for line in data.lines):
        middle = (place.left + place.right) / 2
        yield _text(middle, 372, "No data in this time", size=MIDDLE, bold=True, anchor="middle", halo=True)


def _colours(line: Line, data: ChartData) -> tuple[str, str]:
    if line is data.canary:
        return NEW
    return STABLE if line is data.stable else ALL


def _text(
    x: float,
    y: float,
    text: str,
    *,
    size: int = SMALL,
    bold: bool = False,
    anchor: str = "start",
    fill: str = INK,
    halo: bool = False,
) -> str:
    extra = ' font-weight="700"' if bold else ""
    extra += f' text-anchor="{anchor}"' if anchor != "start" else ""
    extra += ' paint-order="stroke" stroke="#FFFFFF" stroke-width="8" stroke-linejoin="round"' if halo else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{fill}"{extra}>{escape(text)}</text>'


def _rule(x1: float, y1: float, x2: float, y2: float, colour: str, thick: int, dashes: str = "") -> str:
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    ends = f'x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"'
    return f'<line {ends} stroke="{colour}" stroke-width="{thick}"{dashed}/>'


def _box(left: float, top: float, right: float, bottom: float, style: str) -> str:
    return f'<rect x="{left:.1f}" y="{top:.1f}" width="{right - left:.1f}" height="{bottom - top:.1f}" {style}/>'
