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

    def _workload(self, rollout: Obj) -> Obj | None:
        reference = rollout["spec"].get("workloadRef") or {}
        storage = _STORAGES.get(reference.get("kind", ""), "")
        return self._registry.store.get(storage, rollout["metadata"]["namespace"], reference.get("name", ""))

    def resolve(self, rollout: Obj) -> tuple[Obj, Spec] | str:
        """The Rollout and its spec, with the workload's template; or why that cannot be had.

        The workload's generation is noted at once; this copy of the Rollout carries it too, but is then no longer the present one.
        """
        reference = rollout["spec"].get("workloadRef")
        if reference is None:
            return rollout, Spec(rollout["spec"])
        found = self._workload(rollout)
        if found is None:
            kind, name = reference.get("kind", ""), reference.get("name", "")
            shown = f'{{"apiVersion":"{reference.get("apiVersion", "")}","kind":"{kind}","name":"{name}"}}'
            return f'spec.workloadRef: Invalid value: {shown}: {kind.lower()}.apps "{name}" not found'
        self.note(rollout)
        spec = {**rollout["spec"], "template": found["spec"]["template"]}
        spec.setdefault("selector", found["spec"]["selector"])
        annotations = {**(rollout["metadata"].get("annotations") or {}), WORKLOAD_GENERATION: _generation(found)}
        marked = {**rollout, "metadata": {**rollout["metadata"], "annotations": annotations}}
        return marked, Spec(spec, from_workload=True)

    def note(self, rollout: Obj) -> None:
        """Write the workload's generation into the Rollout's annotations."""
        found, stored = self._workload(rollout), self._registry.stored(rollout)
        if found is None or stored is None:
            return
        annotations = stored["metadata"].get("annotations") or {}
        if annotations.get(WORKLOAD_GENERATION) != _generation(found):
            meta = {**stored["metadata"], "annotations": {**annotations, WORKLOAD_GENERATION: _generation(found)}}
            self._registry.change(ROLLOUTS, stored, WRITE, metadata=meta)


def _generation(workload: Obj) -> str:
    return str(workload["metadata"].get("generation", 0))
