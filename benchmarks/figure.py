"""One line of the table: what was measured, what it is compared with, and how far it may be from that."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """`measured` and `peer` are in `unit`; `against` says in a few words what the peer is.

    `limit` is the greatest ratio between the two that is accepted; None: the figure is told, and held to nothing.
    """

    name: str
    measured: float
    peer: float
    unit: str
    against: str
    limit: float | None = None

    @property
    def ratio(self) -> float:
        """How many times the peer it takes."""
        return self.measured / self.peer

    @property
    def holds(self) -> bool:
        """Whether the ratio is within its limit."""
        return self.limit is None or self.ratio <= self.limit


@dataclass(frozen=True, slots=True)
class Scale:
    """How much a run does. `rollouts` live at once, `crowd` in the runs that go as far as one process does, `seconds` for each run."""

    rollouts: int
    crowd: int
    seconds: float


FULL = Scale(rollouts=1_000, crowd=10_000, seconds=40.0)
QUICK = Scale(rollouts=200, crowd=1_000, seconds=8.0)


def percentile(values: list[float], percent: float) -> float:
    """The value that `percent` of the values do not exceed. Raises ValueError where there are none."""
    if not values:
        raise ValueError("nothing was measured")
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]
