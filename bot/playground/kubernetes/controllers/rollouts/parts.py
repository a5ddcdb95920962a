"""What both strategies work with."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.playground.kubernetes.controllers.queue import WorkQueue
from bot.playground.kubernetes.controllers.rollouts.analyses import Analyses
from bot.playground.kubernetes.controllers.rollouts.experiments import Experiments
from bot.playground.kubernetes.controllers.rollouts.history import History
from bot.playground.kubernetes.controllers.rollouts.restarts import Restarter
from bot.playground.kubernetes.controllers.rollouts.revisions import Revisions
from bot.playground.kubernetes.controllers.rollouts.scaling import Scaler
from bot.playground.kubernetes.controllers.rollouts.scene import Scene
from bot.playground.kubernetes.controllers.rollouts.services import Services
from bot.playground.kubernetes.controllers.rollouts.status import StatusWriter
from bot.playground.kubernetes.controllers.rollouts.weights import Weights
from bot.playground.kubernetes.registry import Registry
from bot.playground.kubernetes.store import Key


@dataclass(frozen=True, slots=True)
class Tools:
    """The hands of the controller, one for each kind of object."""

    registry: Registry
    queue: WorkQueue[Key]
    revisions: Revisions
    scaler: Scaler
    services: Services
    weights: Weights
    experiments: Experiments
    analyses: Analyses
    restarter: Restarter
    history: History
    status: StatusWriter

    def come_back(self, scene: Scene, since: str, seconds: int) -> None:
        """Look again when a time has passed since a moment."""
        left = datetime.fromisoformat(since) + timedelta(seconds=seconds) - self.registry.clock.now()
        if left > timedelta():
            self.queue.add_within(scene.key, left.total_seconds() + 0.01)
