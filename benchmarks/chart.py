"""A chart from numbers to PNG, in the bot's own worker, against resvg alone on the same SVG in this process."""

import asyncio
import math
import time
from collections.abc import Sequence

from benchmarks.figure import Figure, Scale, percentile
from bot.charts import ChartData, ChartRenderer, Limit, Line, Measured, Point, Side, Step, render_svg
from bot.charts.worker import png
from strategies.judge.verdict import Verdict


def measure(scale: Scale) -> Sequence[Figure]:
    """Drawing with everything around it, and the SVG alone."""
    return asyncio.run(_measured(10 if scale.seconds < 10 else 50))


def _line(label: str, level: float) -> Line:
    return Line(label, tuple(Point(number / 4, level + 9 * math.sin(number / 5)) for number in range(120)))


DATA = ChartData(
    title="p95 latency: 312 ms, limit 300 ms",
    metric="latency-p95",
    start=0,
    end=31,
    unit="ms",
    canary=_line("v1.4.2", 300),
    stable=_line("v1.4.1", 208),
    limits=(Limit(300, Side.ABOVE),),
    measured=tuple(Measured(float(minute), 300, Verdict.SUCCESSFUL) for minute in range(2, 30, 3)),
    steps=(Step(1, "10%"), Step(15, "50%")),
)
"""An usual chart: two lines of 120 points, a limit, ten measurements."""


async def _measured(times: int) -> Sequence[Figure]:
    renderer = ChartRenderer()
    await renderer.start()
    svg, ours, alone, text = render_svg(DATA), [], [], []
    png(svg)
    for _ in range(times):
        began = time.perf_counter()
        drawn = render_svg(DATA)
        text.append(time.perf_counter() - began)
        await renderer.png(drawn)
        ours.append(time.perf_counter() - began)
        began = time.perf_counter()
        png(svg)
        alone.append(time.perf_counter() - began)
    await renderer.stop()
    bare = percentile(alone, 50) * 1000
    return (
        Figure("chart, SVG and PNG, p50", percentile(ours, 50) * 1000, bare, "ms", "resvg alone, same SVG", limit=1.3),
        Figure("chart, the SVG alone, p50", percentile(text, 50) * 1000, bare, "ms", "resvg alone, same SVG"),
    )
