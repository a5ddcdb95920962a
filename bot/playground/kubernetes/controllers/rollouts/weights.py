"""How much traffic the canary gets from the router, and what the status says of it."""

from typing import Any

from bot.playground.kubernetes.controllers.events import Recorder
from bot.playground.kubernetes.controllers.rollouts import counts, sets
from bot.playground.kubernetes.controllers.rollouts.ingresses import Ingresses
from bot.playground.kubernetes.controllers.rollouts.scene import Scene
from bot.playground.kubernetes.controllers.rollouts.services import Services, rolling_back_slowly
from bot.playground.kubernetes.status import ApiError

Obj = dict[str, Any]


class Weights:
    """Moves the traffic of a canary with a router. Of routers it knows nginx; others are left as they are."""

    def __init__(self, ingresses: Ingresses, services: Services, events: Recorder) -> None:
        self._ingresses = ingresses
        self._services = services
        self._events = events

    def reconcile(self, scene: Scene) -> None:
        """Bring the router to the weight that is due. Raises ApiError."""
        routing = scene.spec.routing
        if routing is None or "nginx" not in routing:
            scene.new.get("canary", {}).pop("weights", None)
            return
        before = scene.canary_status.get("weights")
        slowly = rolling_back_slowly(scene)
        canary_hash = slowly if slowly is not None else sets.hash_of(scene.newest)
        weight = self._due(scene, before)
        stable = scene.stable
        if stable is None or not self._stable_can_serve(scene, stable, weight):
            return
        try:
            self._ingresses.set_weight(scene, weight)
        except ApiError as error:
            self._events.record(scene.rollout, "TrafficRoutingError", error.message, "Warning")
            raise
        now = self._status(scene, weight, canary_hash)
        if now != before:
            self._events.record(scene.rollout, "TrafficWeightUpdated", _told(before, now))
            scene.new.setdefault("canary", {})["weights"] = now

    def _stable_can_serve(self, scene: Scene, stable: Obj, weight: int) -> bool:
        spec = scene.spec
        needed = (spec.max_weight - weight) * spec.replicas // spec.max_weight
        return sets.available(stable) >= needed or counts.threshold_met(scene, needed)

    def _due(self, scene: Scene, before: Obj | None) -> int:
        spec = scene.spec
        if rolling_back_slowly(scene) is not None:
            return self._backing(scene, before)
        if scene.fully_promoted:
            return 0
        if scene.pauses.aborted:
            weight = self._backing(scene, before)
            if not spec.dynamic or weight == 0:
                self._services.ensure(scene, (spec.canary or {}).get("canaryService", ""), scene.stable, check=False)
            return weight
        if sets.available(scene.newest) == 0:
            return 0
        if scene.status.get("promoteFull"):
            if spec.dynamic:
                return spec.max_weight * sets.available(scene.newest) // spec.replicas
            return int(before["canary"]["weight"]) if before is not None else 0
        return self._of_step(scene)

    def _of_step(self, scene: Scene) -> int:
        index, steps = scene.index, scene.spec.steps
        if index is None:
            return 0
        if not counts.reached(scene, None):
            return next((s["setWeight"] for s in reversed(steps[:index]) if "setWeight" in s), 0)
        return counts.set_weight(scene) if index != len(steps) else scene.spec.max_weight

    def _backing(self, scene: Scene, before: Obj | None) -> int:
        """The weight on the way back: 0 at once, unless stable has to grow first."""
        spec, stable = scene.spec, scene.stable
        if not spec.dynamic or stable is None or scene.newest is None or spec.replicas == 0:
            return 0
        wanted = counts.canary_weight(scene)
        grown = spec.max_weight * sets.available(stable) // spec.replicas
        expected = max(0, spec.max_weight - grown)
        if before is None:
            return max(expected, wanted)
        current: int = before["canary"]["weight"]
        if wanted <= 0:
            return min(expected, current)
        return current if grown < spec.max_weight - wanted else min(wanted, current)

    def _status(self, scene: Scene, weight: int, canary_hash: str) -> Obj:
        strategy = scene.spec.canary or {}

        def side(share: int, digest: str, service: str) -> Obj:
            found: Obj = {"weight": share}
            if digest:
                found["podTemplateHash"] = digest
            if strategy.get(service):
                found["serviceName"] = strategy[service]
            return found

        return {
            "canary": side(weight, canary_hash, "canaryService"),
            "stable": side(scene.spec.max_weight - weight, sets.hash_of(scene.stable), "stableService"),
        }


def _told(before: Obj | None, now: Obj) -> str:
    """Nothing after the last word, when only the hashes changed."""
    weight = now["canary"]["weight"]
    if before is None:
        return f"Traffic weight updated to {weight}"
    was = before["canary"]["weight"]
    return f"Traffic weight updated from {was} to {weight}" if was != weight else "Traffic weight updated "
