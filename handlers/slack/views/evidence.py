"""Measurements as people read them: one line while all is well, a table where somebody decides or something failed."""

import re
from collections.abc import Mapping, Sequence

from slack_sdk.models.blocks import RawTextObject, TableBlock

from handlers.slack.views.names import version_name
from handlers.slack.views.prose import Bold, Line, shorten
from strategies.evidence import MetricLine
from strategies.judge.verdict import Verdict

MOST_ROWS = 3
"""Metrics shown; the rest is counted."""

_WORDS: Mapping[Verdict, str] = {
    Verdict.SUCCESSFUL: "pass",
    Verdict.FAILED: "fail",
    Verdict.INCONCLUSIVE: "unclear",
    Verdict.ERROR: "no answer",
    Verdict.RUNNING: "running",
    Verdict.PENDING: "not yet",
}
_WORST = (Verdict.FAILED, Verdict.ERROR, Verdict.INCONCLUSIVE, Verdict.RUNNING, Verdict.PENDING, Verdict.SUCCESSFUL)
_NAME = 40
_PLACE = re.compile(r"^at character \d+: ")


def by_gravity(metrics: Sequence[MetricLine]) -> list[MetricLine]:
    """The worst first; among equals those with failed measurements, else the template's own order."""
    return sorted(metrics, key=lambda one: (_WORST.index(one.verdict), -one.failed))


def is_bad(metric: MetricLine) -> bool:
    """Whether it failed, has no clear result, or has failed measurements so far."""
    return metric.verdict in _WORST[:3] or metric.failed > 0


def metric_name(metric: MetricLine) -> str:
    """The metric's name, `p95-latency` as `p95 latency`."""
    return shorten(metric.name.replace("-", " ").replace("_", " "), _NAME)


def with_limit(metric: MetricLine) -> str:
    """`p95 latency 412 ms, limit ≤ 300 ms`; a metric without a simple limit goes without it."""
    limit = f", limit {metric.limit}" if metric.limit else ""
    return f"{_valued(metric)}{limit}"


def _valued(metric: MetricLine) -> str:
    return f"{metric_name(metric)} {metric.value}".rstrip()


def unanswered(metric: MetricLine, longest: int = 120) -> str:
    """Why there is no number to judge by, in the server's words; empty where the numbers say it.

    The place in the condition is for who writes templates: it is in the audit.
    """
    return shorten(_PLACE.sub("", metric.message), longest).rstrip(".")


def judged(metrics: Sequence[MetricLine], longest: int = 200) -> str:
    """What went wrong, in numbers, and once for each reason in the server's words, at most three metrics."""
    reasons: dict[str, list[str]] = {}
    for one in metrics[:MOST_ROWS]:
        reasons.setdefault(unanswered(one, longest), []).append(f"{with_limit(one)}, {in_samples(one)}")
    return "; ".join("; ".join(said) + (f": {why}" if why else "") for why, said in reasons.items())


def all_with_limits(metrics: Sequence[MetricLine]) -> str:
    """`success rate 99.94% (≥ 99%), p95 latency 212 ms (≤ 300 ms), 5 of 5 samples`, the worst first, at most three."""
    shown = by_gravity(metrics)[:MOST_ROWS]
    values = [_valued(one) + (f" ({one.limit})" if one.limit else "") for one in shown]
    counts = dict.fromkeys(in_samples(one) for one in shown)
    if len(counts) == 1:
        return ", ".join([*values, *counts]) + _rest(metrics)
    return "; ".join(f"{value}, {in_samples(one)}" for value, one in zip(values, shown, strict=True)) + _rest(metrics)


def samples(metric: MetricLine) -> str:
    """How many measurements there are, `3 of 5`; or how many of them failed, `3 of 3 failed`."""
    if metric.failed:
        return f"{metric.failed} of {metric.taken} failed"
    return f"{metric.taken} of {metric.wanted}" if metric.wanted else f"{metric.taken}"


def in_samples(metric: MetricLine) -> str:
    """The same in a sentence: `5 of 5 samples`, `3 of 3 samples failed`."""
    counted = samples(metric)
    return counted.replace(" failed", " samples failed") if metric.failed else f"{counted} samples"


def worst(metrics: Sequence[MetricLine]) -> MetricLine | None:
    """The metric that decides, if one is bad."""
    return next((one for one in by_gravity(metrics) if is_bad(one)), None)


def verdict_line(metrics: Sequence[MetricLine]) -> Line:
    """All metrics in one line: `Passing  success 99.94% (needs ≥ 99%) · p95 212 ms (needs ≤ 300 ms)`."""
    shown = by_gravity(metrics)[:MOST_ROWS]
    values = " · ".join(_needs(one) for one in shown)
    return (Bold(_state(metrics)), f" {values}{_rest(metrics)}")


def _state(metrics: Sequence[MetricLine]) -> str:
    if any(map(is_bad, metrics)):
        return "Failing"
    if all(one.verdict is Verdict.SUCCESSFUL for one in metrics):
        return "Passed"
    return "Passing" if any(one.taken for one in metrics) else "Measuring"


def _needs(metric: MetricLine) -> str:
    needs = f" (needs {metric.limit})" if metric.limit else ""
    return f"{_valued(metric)}{needs}"


def _rest(metrics: Sequence[MetricLine]) -> str:
    left = by_gravity(metrics)[MOST_ROWS:]
    if not left:
        return ""
    word = "pass" if all(one.verdict is Verdict.SUCCESSFUL for one in left) else "in Details"
    return f" · {len(left)} more {word}"


def metric_table(metrics: Sequence[MetricLine], candidate: str, base: str, before: Mapping[str, str]) -> TableBlock:
    """The metrics as a table, verdict second, since a phone shows two columns. `before`: the base's values by metric."""
    shown = by_gravity(metrics)[:MOST_ROWS]
    head = ["Metric", "Verdict", version_name(candidate), version_name(base), "Limit", "Samples"]
    rows = [head, *([*_row(one), before.get(one.name, "–"), one.limit or "–", samples(one)] for one in shown)]
    if not before:
        rows = [[*row[:3], *row[4:]] for row in rows]
    cells = [[RawTextObject(text=text or "–") for text in row] for row in rows]
    settings = [{"align": "left" if column < 2 else "right"} for column in range(len(rows[0]))]
    return TableBlock(block_id="checks", rows=cells, column_settings=settings)


def _row(metric: MetricLine) -> list[str]:
    failing = metric.verdict is Verdict.RUNNING and metric.failed
    return [metric_name(metric), "failing" if failing else _WORDS[metric.verdict], metric.value]


def table_note(metrics: Sequence[MetricLine]) -> str:
    """What the table leaves out: `2 more pass`; empty if nothing."""
    return _rest(metrics).removeprefix(" · ")
