"""Pointing Services at ReplicaSets, by the hash label in their selectors."""

from typing import Any

from bot.playground.kubernetes import resources
from bot.playground.kubernetes.controllers.events import Recorder
from bot.playground.kubernetes.controllers.rollouts import sets
from bot.playground.kubernetes.controllers.rollouts.scene import Scene
from bot.playground.kubernetes.controllers.rollouts.spec import HASH_LABEL, MANAGED_BY
from bot.playground.kubernetes.controllers.rollouts.status import WRITE
from bot.playground.kubernetes.registry import Registry

Obj = dict[str, Any]

SERVICES = resources.named("Service")


def selected_hash(service: Obj | None) -> str:
    """The hash a Service selects; empty for none."""
    return str((((service or {}).get("spec") or {}).get("selector") or {}).get(HASH_LABEL, ""))


class Services:
    """Switches the selectors of a Rollout's Services."""

    def __init__(self, registry: Registry, events: Recorder) -> None:
        self._registry = registry
        self._events = events

    def get(self, scene: Scene, name: str) -> Obj | None:
        """A Service of the Rollout's namespace."""
        return self._registry.store.get(SERVICES.storage, scene.key[0], name) if name else None

    def switch(self, scene: Scene, service: Obj, digest: str) -> None:
        """Let a Service select a ReplicaSet, and note who manages it."""
        meta, spec = service["metadata"], service["spec"]
        annotations = meta.get("annotations") or {}
        selector = spec.get("selector") or {}
        before = selector.get(HASH_LABEL, "")
        if before == digest and MANAGED_BY in annotations:
            return
        changed = self._registry.change(
            SERVICES,
            self._registry.get(SERVICES, meta["namespace"], meta["name"]),
            WRITE,
            metadata={**meta, "annotations": {MANAGED_BY: scene.key[1], **annotations}},
            spec={**spec, "selector": {**selector, HASH_LABEL: digest}},
        )
        text = f"Switched selector for service '{changed['metadata']['name']}' from '{before}' to '{digest}'"
        self._events.record(scene.rollout, "SwitchService", text)

    def ensure(self, scene: Scene, name: str, replica_set: Obj | None, *, check: bool = True) -> None:
        """Let a Service of a canary select a ReplicaSet that has pods for it; to adopt one, it needs them all."""
        service = self.get(scene, name)
        if service is None or replica_set is None:
            return
        digest = sets.hash_of(replica_set)
        if selected_hash(service) == digest:
            return
        there, wanted = sets.available(replica_set), sets.size(replica_set)
        adopted = MANAGED_BY in (service["metadata"].get("annotations") or {})
        if check and (there == 0 or (not adopted and there < wanted)):
            return
        self.switch(scene, service, digest)

    def canary(self, scene: Scene) -> None:
        """Both Services of a canary: stable, and the newest; after an abort without a router, stable twice."""
        strategy = scene.spec.canary or {}
        stable, canary = strategy.get("stableService", ""), strategy.get("canaryService", "")
        self.ensure(scene, stable, scene.stable)
        if scene.pauses.aborted and not scene.spec.routed:
            self.ensure(scene, canary, scene.stable)
        elif rolling_back_slowly(scene) is None:
            self.ensure(scene, canary, scene.newest)


def rolling_back_slowly(scene: Scene) -> str | None:
    """The hash that still has traffic, while a stable side that had shrunk grows again."""
    weights = scene.canary_status.get("weights")
    if not scene.fully_promoted or not scene.spec.dynamic or not scene.spec.routed or weights is None:
        return None
    before: str = weights["canary"].get("podTemplateHash", "")
    if before == sets.hash_of(scene.newest) or sets.available(scene.newest) >= scene.spec.replicas:
        return None
    return before
