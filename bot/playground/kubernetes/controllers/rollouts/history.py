"""Forgetting old ReplicaSets: those beyond the limit that have no pods, with the runs that belonged to them."""

from typing import Any

from bot.playground.kubernetes.controllers.rollouts import sets
from bot.playground.kubernetes.controllers.rollouts.analyses import RUNS
from bot.playground.kubernetes.controllers.rollouts.revisions import SETS
from bot.playground.kubernetes.controllers.rollouts.scene import Scene
from bot.playground.kubernetes.deletion import DeleteOptions, delete
from bot.playground.kubernetes.registry import Registry

Obj = dict[str, Any]


class History:
    """Keeps as many old ReplicaSets as the Rollout wants."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def reconcile(self, scene: Scene) -> None:
        """Delete the oldest ones beyond the limit."""
        old = sorted((rs for rs in scene.others if "deletionTimestamp" not in rs["metadata"]), key=sets.created)
        for replica_set in old[: max(len(old) - scene.spec.history_limit, 0)]:
            meta, status = replica_set["metadata"], replica_set.get("status") or {}
            seen = status.get("observedGeneration", 0) >= meta["generation"]
            if not seen or sets.size(replica_set) or sets.counted(replica_set, "replicas"):
                continue
            stored = self._registry.stored(replica_set)
            if stored is not None:
                delete(self._registry, SETS, stored, DeleteOptions())
            for run in scene.other_runs:
                found = self._registry.stored(run) if sets.hash_of(run) == sets.hash_of(replica_set) else None
                if found is not None:
                    delete(self._registry, RUNS, found, DeleteOptions())
