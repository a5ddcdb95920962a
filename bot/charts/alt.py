"""The same as the chart, in words: for those who hear it, and for where images are not loaded."""

from collections.abc import Iterator

from bot.charts.data import ChartData, Line
from bot.charts.lettering import clean
from bot.charts.strokes import strokes
from strategies.judge.unit import format_value
from strategies.judge.verdict import Verdict

LONGEST = 1000
"""Characters; Slack takes no more for an image's alternative text."""


def alt_text(data: ChartData) -> str:
    """The takeaway with its numbers, the time, the steps and what is missing, in at most 1,000 characters of plain
    text."""
    said = ""
    for sentence in _sentences(data):
        longer = f"{said} {sentence}".strip()
        if len(longer) > LONGEST:
            return longer[: LONGEST - 1].rstrip() + "…"
        said = longer
    return said


def _sentences(data: ChartData) -> Iterator[str]:
    yield f"{clean(data.title).rstrip('.')}."
    yield f"{clean(data.metric)}, minutes {_minute(data.start)} to {_minute(data.end)} since the rollout started."
    for line in data.lines:
        yield _line(line, data)
    if not data.lines:
        yield "No data in this time."
    for limit in data.limits:
        yield f"Limit: not {limit.forbidden} {format_value(limit.value, data.unit)}."
    if data.measured:
        yield f"Measurements: {_verdicts(data)}."
    if data.steps:
        yield f"Steps: {', '.join(f'{clean(step.label)} at minute {_minute(step.minute)}' for step in data.steps)}."
    for gap in data.gaps:
        yield f"Minutes {_minute(gap.start)} to {_minute(gap.end)}: {clean(gap.note)}."


def _minute(minute: float) -> str:
    """To a tenth: nobody hears more."""
    return f"{round(minute, 1):g}"


def _line(line: Line, data: ChartData) -> str:
    values = [point.value for run in strokes(line, data.gaps, data.start, data.end) for point in run]
    name = clean(line.label)
    if not values:
        return f"{name}: no data in this time."
    values += [] if line.figure is None else [line.figure]
    low, high, last = (format_value(value, data.unit) for value in (min(values), max(values), values[-1]))
    if low == high:
        return f"{name}: {last} throughout."
    return f"{name}: last {last}, between {low} and {high}."


def _verdicts(data: ChartData) -> str:
    words = {Verdict.SUCCESSFUL: "passed", Verdict.FAILED: "failed", Verdict.INCONCLUSIVE: "inconclusive"}
    counts: dict[str, int] = {}
    for one in data.measured:
        word = words.get(one.verdict, "without a result")
        counts[word] = counts.get(word, 0) + 1
    return ", ".join(f"{count} {word}" for word, count in counts.items())
