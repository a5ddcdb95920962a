"""The controllers that only count: PodDisruptionBudgets and ResourceQuotas."""

from typing import Any

from bot.playground.kubernetes import resources, selectors
from bot.playground.kubernetes.controllers import conditions, owners
from bot.playground.kubernetes.controllers.queue import WorkQueue
from bot.playground.kubernetes.controllers.replicasets import is_ready
from bot.playground.kubernetes.controllers.revisions import resolve
from bot.playground.kubernetes.registry import CONTROLLER_STATUS, Registry
from bot.playground.kubernetes.store import DELETED, Event, Key, key_of

Obj = dict[str, Any]

_BUDGETS = resources.named("PodDisruptionBudget")
_QUOTAS = resources.named("ResourceQuota")
_SETS = resources.named("ReplicaSet")


class BudgetController:
    """Keeps the status of PodDisruptionBudgets true."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._store = registry.store
        self.queue: WorkQueue[Key] = WorkQueue(registry.clock, self.sync)
        self._store.subscribe(self._on_budget, _BUDGETS.storage)
        for storage in ("pods", _SETS.storage, "deployments.apps"):
            self._store.subscribe(self._on_other, storage)

    def _on_budget(self, event: Event) -> None:
        if event.type != DELETED:
            self.queue.add(event.key)

    def _on_other(self, event: Event) -> None:
        for budget in self._store.each(_BUDGETS.storage, event.key[0]):
            self.queue.add(key_of(budget))

    def sync(self, key: Key) -> None:
        """One step for one budget."""
        budget = self._store.get(_BUDGETS.storage, *key)
        if budget is None:
            return
        selector = selectors.of_object(budget["spec"].get("selector"))
        pods = [
            pod
            for pod in self._store.each("pods", key[0])
            if selector is not None and selector.matches(pod["metadata"].get("labels"))
        ]
        healthy = sum(is_ready(pod) and "deletionTimestamp" not in pod["metadata"] for pod in pods)
        expected, desired = self._wanted(budget, pods)
        allowed = max(healthy - desired, 0) if expected else 0
        status: Obj = {
            "observedGeneration": budget["metadata"]["generation"],
            "disruptionsAllowed": allowed,
            "currentHealthy": healthy,
            "desiredHealthy": desired,
            "expectedPods": expected,
        }
        self._note(budget, status)
        if status != budget.get("status"):
            self._registry.change(_BUDGETS, budget, CONTROLLER_STATUS, status=status)

    def _wanted(self, budget: Obj, pods: list[Obj]) -> tuple[int, int]:
        """How many pods there should be, and how many of them healthy."""
        spec = budget["spec"]
        least, most = spec.get("minAvailable"), spec.get("maxUnavailable")
        if most is not None:
            expected = self._expected(pods)
            return expected, max(expected - resolve(most, expected, up=True), 0)
        if isinstance(least, str):
            expected = self._expected(pods)
            return expected, resolve(least, expected, up=True)
        return len(pods), int(1 if least is None else least)

    def _expected(self, pods: list[Obj]) -> int:
        """The sizes of the Deployments and ReplicaSets behind the pods, each counted once."""
        sizes: dict[str, int] = {}
        for pod in pods:
            owner = owners.controller_of(pod)
            found = self._store.get(_SETS.storage, pod["metadata"]["namespace"], owner["name"]) if owner else None
            if found is None:
                continue
            parent = owners.controller_of(found)
            above = (
                self._store.get("deployments.apps", found["metadata"]["namespace"], parent["name"]) if parent else None
            )
            scaled = above or found
            sizes[scaled["metadata"]["uid"]] = scaled["spec"]["replicas"]
        return sum(sizes.values())

    def _note(self, budget: Obj, status: Obj) -> None:
        good = status["disruptionsAllowed"] > 0
        before = conditions.find(budget.get("status") or {}, "DisruptionAllowed")
        state = "True" if good else "False"
        now = self._registry.now()
        status["conditions"] = [
            {
                "type": "DisruptionAllowed",
                "status": state,
                "observedGeneration": status["observedGeneration"],
                "lastTransitionTime": before["lastTransitionTime"] if before and before["status"] == state else now,
                "reason": "SufficientPods" if good else "InsufficientPods",
                "message": "",
            }
        ]


class QuotaController:
    """Keeps the status of ResourceQuotas true; only pods are counted."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._store = registry.store
        self.queue: WorkQueue[Key] = WorkQueue(registry.clock, self.sync)
        self._store.subscribe(self._on_quota, _QUOTAS.storage)
        self._store.subscribe(self._on_pod, "pods")

    def _on_quota(self, event: Event) -> None:
        if event.type != DELETED:
            self.queue.add(event.key)

    def _on_pod(self, event: Event) -> None:
        for quota in self._store.each(_QUOTAS.storage, event.key[0]):
            self.queue.add(key_of(quota))

    def sync(self, key: Key) -> None:
        """One step for one quota."""
        quota = self._store.get(_QUOTAS.storage, *key)
        if quota is None:
            return
        hard = (quota.get("spec") or {}).get("hard") or {}
        running = sum(
            (pod.get("status") or {}).get("phase") not in ("Succeeded", "Failed")
            for pod in self._store.each("pods", key[0])
        )
        status = {"hard": hard, "used": {"pods": str(running)} if "pods" in hard else {}}
        if status != quota.get("status"):
            self._registry.change(_QUOTAS, quota, CONTROLLER_STATUS, status=status)
