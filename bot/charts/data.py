"""What a chart shows: numbers and words, no coordinates."""

from dataclasses import dataclass
from enum import StrEnum

from strategies.judge.verdict import Verdict


class Side(StrEnum):
    """The side of a limit where the metric must not be."""

    ABOVE = "above"
    BELOW = "below"


@dataclass(frozen=True, slots=True)
class Point:
    """A value at a moment, in minutes since the rollout started. NaN or infinite: there was no number."""

    minute: float
    value: float


@dataclass(frozen=True, slots=True)
class Line:
    """One version's values, oldest first. `label` names it at the end of the line: the version, or "all traffic".

    `figure` is the number beside the label: the value at the last measurement, which title and table have too. None: its last point.
    """

    label: str
    points: tuple[Point, ...]
    figure: float | None = None


@dataclass(frozen=True, slots=True)
class Limit:
    """A bound that the template sets, and the side it forbids."""

    value: float
    forbidden: Side


@dataclass(frozen=True, slots=True)
class Measured:
    """A measurement that was judged. The value is NaN where it had none."""

    minute: float
    value: float
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Step:
    """A moment at which the traffic changed, and to what: "10%", "back"."""

    minute: float
    label: str


@dataclass(frozen=True, slots=True)
class Gap:
    """A time in which there was too little traffic to say anything, and a few words on how little ("212 of 500")."""

    start: float
    end: float
    note: str = "too little data"


@dataclass(frozen=True, slots=True)
class ChartData:
    """One metric over a part of a rollout.

    `title` is the verdict ("p95 latency: 412 ms, limit 300 ms"), `unit` one of `strategies.judge.unit.Unit`'s texts or
    None. A metric that can tell the versions apart has `canary` and perhaps `stable`; one that cannot has `all_traffic`
    alone. `start` and `end` are minutes since the rollout started, since an image cannot follow the reader's time zone.
    """

    title: str
    metric: str
    start: float
    end: float
    unit: str | None = None
    canary: Line | None = None
    stable: Line | None = None
    all_traffic: Line | None = None
    limits: tuple[Limit, ...] = ()
    measured: tuple[Measured, ...] = ()
    steps: tuple[Step, ...] = ()
    gaps: tuple[Gap, ...] = ()

    @property
    def lines(self) -> tuple[Line, ...]:
        """The lines there are, the one that matters most first."""
        return tuple(line for line in (self.canary, self.all_traffic, self.stable) if line is not None)
