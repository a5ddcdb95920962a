"""Where a rollout stands: what a button is drawn for, and a press is held against."""

from strategies.argo.driver import Argo
from strategies.events import Position
from strategies.model import Rollout, Walk


def position(rollout: Rollout) -> Position:
    """Where the rollout stands now: what a button drawn now carries."""
    return Position(rollout.stage, tuple(place_of(walk) for walk in rollout.walks))


def place_of(walk: Walk) -> int:
    """The step that a walk is at: our cursor, or its controller's step."""
    return walk.driver.step if isinstance(walk.driver, Argo) else walk.driver.cursor
