"""Rollouts whose template is another workload's: `workloadRef` names a Deployment."""

from typing import Any

from bot.playground.kubernetes.controllers.rollouts.spec import WORKLOAD_GENERATION, Spec
from bot.playground.kubernetes.controllers.rollouts.status import ROLLOUTS, WRITE
from bot.playground.kubernetes.registry import Registry

Obj = dict[str, Any]

_STORAGES = {"Deployment": "deployments.apps", "ReplicaSet": "replicasets.apps"}


class Workloads:
    """Reads the workloads that Rollouts refer to."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def resolve(self, rollout: Obj) -> tuple[Obj, Spec] | str:
        """The Rollout (perhaps with the workload's generation noted) and its spec; or why that cannot be had."""
        reference = rollout["spec"].get("workloadRef")
        if reference is None:
            return rollout, Spec(rollout["spec"])
        namespace = rollout["metadata"]["namespace"]
        kind, name = reference.get("kind", ""), reference.get("name", "")
        found = self._registry.store.get(_STORAGES.get(kind, ""), namespace, name)
        if found is None:
            shown = f'{{"apiVersion":"{reference.get("apiVersion", "")}","kind":"{kind}","name":"{name}"}}'
            return f'spec.workloadRef: Invalid value: {shown}: {kind.lower()}.apps "{name}" not found'
        inner = found["spec"]
        spec = {**rollout["spec"], "template": inner["template"]}
        spec.setdefault("selector", inner["selector"])
        generation = str(found["metadata"].get("generation", 0))
        annotations = rollout["metadata"].get("annotations") or {}
        if annotations.get(WORKLOAD_GENERATION) != generation:
            meta = {**rollout["metadata"], "annotations": {**annotations, WORKLOAD_GENERATION: generation}}
            rollout = self._registry.change(ROLLOUTS, rollout, WRITE, metadata=meta)
        return rollout, Spec(spec, from_workload=True)
