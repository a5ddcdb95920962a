"""Restarting a Rollout's pods: those older than `restartAt` are evicted, as many at a time as may be missing."""

from datetime import datetime
from typing import Any

from bot.playground.kubernetes import resources
from bot.playground.kubernetes.controllers.queue import WorkQueue
from bot.playground.kubernetes.controllers.replicasets import is_ready
from bot.playground.kubernetes.controllers.rollouts import phase, sets
from bot.playground.kubernetes.controllers.rollouts.scene import Scene
from bot.playground.kubernetes.deletion import DeleteOptions, delete
from bot.playground.kubernetes.registry import Registry
from bot.playground.kubernetes.store import Key

Obj = dict[str, Any]

_PODS = resources.named("Pod")
_CHECK_SECONDS = 30.0


class Restarter:
    """Restarts pods."""

    def __init__(self, registry: Registry, queue: WorkQueue[Key]) -> None:
        self._registry = registry
        self._queue = queue

    def reconcile(self, scene: Scene) -> int:
        """Evict what may go now; answers how many pods. When none is left, the new status says when it was asked."""
        asked = scene.spec.raw.get("restartAt")
        if not asked or not phase.restarting(scene.spec, scene.status):
            return 0
        moment, now = datetime.fromisoformat(asked), self._registry.clock.now()
        if now <= moment:
            self._queue.add_within(scene.key, (moment - now).total_seconds() + 0.01)
            return 0
        pods = self._pods(scene)
        outdated = [pod for pod in pods if sets.created(pod) < moment]
        gone = self._evict(outdated, self._room(scene, pods))
        if len(outdated) == gone:
            scene.new["restartedAt"] = asked
        else:
            self._queue.add_within(scene.key, _CHECK_SECONDS)
        return gone

    def _pods(self, scene: Scene) -> list[Obj]:
        first = [name for name in (scene.stable_name, scene.newest_name) if name in scene.sets]
        ordered = dict.fromkeys([*first, *scene.sets])
        return [
            pod for name in ordered for pod in self._registry.store.owned("pods", scene.sets[name]["metadata"]["uid"])
        ]

    def _room(self, scene: Scene, pods: list[Obj]) -> int:
        ready = sum(is_ready(pod) and "deletionTimestamp" not in pod["metadata"] for pod in pods)
        together = max(scene.spec.fenceposts[1], 1)
        return ready - (max(scene.spec.replicas, sets.sizes(scene.all)) - together)

    def _evict(self, outdated: list[Obj], room: int) -> int:
        gone = 0
        for pod in outdated:
            if gone < room and "deletionTimestamp" not in pod["metadata"]:
                delete(self._registry, _PODS, pod, DeleteOptions())
                gone += 1
        return gone
