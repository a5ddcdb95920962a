"""The parts of a snapshot that each driver draws in its own way: how far it is, what is at hand, and who serves how much."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from strategies.model import Outcome, Rollout, Stage
from strategies.steps import Step


class Place(StrEnum):
    """Where a stop of the rail lies."""

    DONE = "done"
    NOW = "now"
    NEXT = "next"
    FAILED = "failed"
    NOT_REACHED = "not reached"


@dataclass(frozen=True, slots=True)
class Stop:
    """One stop of the rail of steps, in a word or two: `10%`, `checks 3/5`, `approval 1/2`."""

    text: str
    place: Place


@dataclass(frozen=True, slots=True)
class Pods:
    """One side's pods as seen."""

    ready: int
    wanted: int


@dataclass(frozen=True, slots=True)
class Drawn:
    """One walk as people see it; the fields are those of `snapshot.Snapshot`."""

    rail: tuple[Stop, ...]
    step: int
    steps: int
    at_hand: Step | None
    next_weight: int
    weight_wanted: int
    weight_seen: int | None
    stable: Pods | None
    canary: Pods | None
    next_at: datetime | None
    status: str = ""


def placed(rollout: Rollout, number: int, now: int, *, walking: bool) -> Place:
    """Where the stop with that number lies, the one numbered `now` being at hand. `walking`: somebody is under way with it."""
    if number < now or rollout.outcome is Outcome.HEALTHY:
        return Place.DONE
    turned = rollout.stage in (Stage.REVERTING, Stage.ENDED)
    if number == now:
        return Place.FAILED if turned else Place.NOW if walking else Place.NEXT
    return Place.NOT_REACHED if turned else Place.NEXT
