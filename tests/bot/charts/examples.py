"""Charts that the tests share: the usual case and the odd ones."""

import math

from bot.charts import ChartData, Gap, Limit, Line, Measured, Point, Side, Step
from strategies.judge.verdict import Verdict


def line(label: str, start: float, end: float, *values: float) -> Line:
    """The values evenly over the time."""
    distance = (end - start) / max(len(values) - 1, 1)
    return Line(label, tuple(Point(start + distance * place, value) for place, value in enumerate(values)))


TOO_SLOW = ChartData(
    title="p95 latency: 412 ms, limit 300 ms",
    metric="latency-p95",
    start=0,
    end=31,
    unit="ms",
    canary=line("v1.4.2", 1, 29, 212, 215, 209, 213, 216, 214, 260, 390, 412),
    stable=line("v1.4.1", 0, 31, 214, 212, 215, 211, 213, 214),
    limits=(Limit(300, Side.ABOVE),),
    measured=(
        Measured(4, 213, Verdict.SUCCESSFUL),
        Measured(8, 209, Verdict.SUCCESSFUL),
        Measured(26, 390, Verdict.FAILED),
        Measured(29, 412, Verdict.FAILED),
    ),
    steps=(Step(1, "10%"), Step(22, "50%"), Step(29, "back")),
)

TOO_FEW = ChartData(
    title="success rate: 212 of 500 requests, too few to judge",
    metric="success-rate",
    start=0,
    end=20,
    unit="ratio",
    canary=line("v1.4.2", 1, 20, *[0.9985] * 20),
    limits=(Limit(0.95, Side.BELOW),),
    measured=(Measured(4, 0.9985, Verdict.SUCCESSFUL), Measured(10, math.nan, Verdict.INCONCLUSIVE)),
    steps=(Step(1, "10%"),),
    gaps=(Gap(6, 13, "212 of 500 requests"),),
)

UNTOLD_APART = ChartData(
    title="queue: 1,204 waiting",
    metric="queue",
    start=0,
    end=300,
    all_traffic=line("all traffic", 0, 300, 900, 1000, 1204),
)

NO_DATA = ChartData(
    title="p95 latency: no data", metric="latency-p95", start=0, end=5, limits=(Limit(300, Side.ABOVE),)
)
