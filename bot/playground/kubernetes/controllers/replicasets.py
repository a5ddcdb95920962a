"""The ReplicaSet controller: as many pods as wanted, and the count of those that are there."""

from datetime import datetime
from typing import Any

from bot.playground.kubernetes import resources, selectors
from bot.playground.kubernetes.controllers import conditions, owners
from bot.playground.kubernetes.controllers.events import Recorder
from bot.playground.kubernetes.controllers.queue import WorkQueue
from bot.playground.kubernetes.deletion import DeleteOptions, delete
from bot.playground.kubernetes.json_patch import copied
from bot.playground.kubernetes.registry import CONTROLLER_STATUS, Registry
from bot.playground.kubernetes.status import ApiError
from bot.playground.kubernetes.store import DELETED, Event, Key

Obj = dict[str, Any]

_SETS = resources.named("ReplicaSet")
_PODS = resources.named("Pod")
_COST = "controller.kubernetes.io/pod-deletion-cost"
_PHASES = {"Pending": 0, "Unknown": 1, "Running": 2}


def is_ready(pod: Obj) -> bool:
    """Whether the pod's Ready condition is True."""
    found = conditions.find(pod.get("status") or {}, "Ready")
    return found is not None and found["status"] == "True"


def _ready_since(pod: Obj) -> str:
    found = conditions.find(pod.get("status") or {}, "Ready")
    return found["lastTransitionTime"] if found is not None and found["status"] == "True" else ""


def _victim_rank(pod: Obj, doubled: dict[str, int]) -> tuple[Any, ...]:
    """The order in which pods go: unbound, pending, unready, cheap, doubled up, lately ready, restarted, young."""
    status = pod.get("status") or {}
    restarts = max((c.get("restartCount", 0) for c in status.get("containerStatuses") or ()), default=0)
    cost = (pod["metadata"].get("annotations") or {}).get(_COST, "0")
    return (
        bool(pod["spec"].get("nodeName")),
        _PHASES.get(status.get("phase", ""), 1),
        is_ready(pod),
        int(cost) if cost.lstrip("-").isdigit() else 0,
        -doubled.get(pod["spec"].get("nodeName", ""), 0),
        _backwards(_ready_since(pod)),
        -restarts,
        _backwards(pod["metadata"]["creationTimestamp"]),
        pod["metadata"]["name"],
    )


def _backwards(stamp: str) -> float:
    return -datetime.fromisoformat(stamp).timestamp() if stamp else 0.0


class ReplicaSetController:
    """Keeps ReplicaSets true."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._store = registry.store
        self._events = Recorder(registry, "replicaset-controller")
        self.queue: WorkQueue[Key] = WorkQueue(registry.clock, self.sync)
        self._store.subscribe(self._on_set, _SETS.storage)
        self._store.subscribe(self._on_pod, "pods")

    def _on_set(self, event: Event) -> None:
        self.queue.add(event.key)

    def _on_pod(self, event: Event) -> None:
        owner = owners.controller_of(event.new)
        if owner is not None:
            if owner["kind"] == "ReplicaSet":
                self.queue.add((event.key[0], owner["name"]))
            return
        if event.type == DELETED:
            return
        for replica_set in self._store.each(_SETS.storage, event.key[0]):
            self.queue.add((event.key[0], replica_set["metadata"]["name"]))

    def sync(self, key: Key) -> None:
        """One step for one ReplicaSet."""
        replica_set = self._store.get(_SETS.storage, *key)
        if replica_set is None:
            return
        selector = selectors.of_object(replica_set["spec"]["selector"])
        if selector is None:
            return
        pods = owners.claim(self._registry, _PODS, replica_set, selector, _is_not_over)
        active = [pod for pod in pods if "deletionTimestamp" not in pod["metadata"]]
        failure = None
        if "deletionTimestamp" not in replica_set["metadata"]:
            failure = self._bring_to_size(replica_set, active)
        self._write_status(replica_set, active, len(pods) - len(active), failure)
        if failure is not None:
            self.queue.retry(key)
        else:
            self.queue.forget(key)

    def _bring_to_size(self, replica_set: Obj, active: list[Obj]) -> tuple[str, str] | None:
        """Create or delete pods; answers reason and message of what went wrong."""
        missing = replica_set["spec"]["replicas"] - len(active)
        try:
            for _ in range(missing):
                self._create_pod(replica_set)
        except ApiError as error:
            self._events.record(replica_set, "FailedCreate", f"Error creating: {error.message}", "Warning")
            return "FailedCreate", error.message
        if missing < 0:
            self._delete_pods(replica_set, active, -missing)
        return None

    def _create_pod(self, replica_set: Obj) -> None:
        template = replica_set["spec"]["template"]
        inside = template.get("metadata") or {}
        meta: Obj = {"generateName": f"{replica_set['metadata']['name']}-"}
        for key in ("labels", "annotations", "finalizers"):
            if inside.get(key):
                meta[key] = copied(inside[key])
        meta["ownerReferences"] = [owners.reference_to(replica_set)]
        pod = {"metadata": meta, "spec": copied(template["spec"])}
        created = self._registry.create(_PODS, replica_set["metadata"]["namespace"], pod)
        name = created["metadata"]["name"]
        self._events.record(replica_set, "SuccessfulCreate", f"Created pod: {name}")

    def _delete_pods(self, replica_set: Obj, active: list[Obj], count: int) -> None:
        doubled: dict[str, int] = {}
        for pod in self._related(replica_set):
            node = pod["spec"].get("nodeName", "")
            doubled[node] = doubled.get(node, 0) + 1
        ordered = sorted(active, key=lambda pod: _victim_rank(pod, doubled))
        for pod in ordered[:count]:
            delete(self._registry, _PODS, pod, DeleteOptions())
            self._events.record(replica_set, "SuccessfulDelete", f"Deleted pod: {pod['metadata']['name']}")

    def _related(self, replica_set: Obj) -> list[Obj]:
        """Active pods of all ReplicaSets of the same owner: of doubled up pods, those with most neighbours go first."""
        owner = owners.controller_of(replica_set)
        related = [replica_set] if owner is None else self._store.owned(_SETS.storage, owner["uid"])
        pods = [pod for rs in related for pod in self._store.owned("pods", rs["metadata"]["uid"])]
        return [pod for pod in pods if "deletionTimestamp" not in pod["metadata"]]

    def _write_status(
        self, replica_set: Obj, active: list[Obj], terminating: int, failure: tuple[str, str] | None
    ) -> None:
        template = (replica_set["spec"]["template"].get("metadata") or {}).get("labels") or {}
        labelled = sum(template.items() <= (pod["metadata"].get("labels") or {}).items() for pod in active)
        ready = [pod for pod in active if is_ready(pod)]
        counts = {
            "fullyLabeledReplicas": labelled,
            "readyReplicas": len(ready),
            "availableReplicas": self._available(replica_set, ready),
        }
        status: Obj = {"replicas": len(active), **{key: value for key, value in counts.items() if value}}
        status["terminatingReplicas"] = terminating
        status["observedGeneration"] = replica_set["metadata"]["generation"]
        before = replica_set.get("status") or {}
        if "conditions" in before:
            status["conditions"] = before["conditions"]
        self._note_failure(status, failure)
        if status != before:
            self._registry.change(_SETS, replica_set, CONTROLLER_STATUS, status=status)

    def _note_failure(self, status: Obj, failure: tuple[str, str] | None) -> None:
        if failure is None:
            conditions.drop(status, "ReplicaFailure")
            return
        if conditions.find(status, "ReplicaFailure") is None:
            new = conditions.condition("ReplicaFailure", "True", failure[0], failure[1], self._registry.now())
            del new["lastUpdateTime"]
            conditions.put(status, new)

    def _available(self, replica_set: Obj, ready: list[Obj]) -> int:
        wait = replica_set["spec"].get("minReadySeconds", 0)
        if not wait:
            return len(ready)
        now = self._registry.clock.now()
        left = [wait - (now - datetime.fromisoformat(_ready_since(pod))).total_seconds() for pod in ready]
        coming = [seconds for seconds in left if seconds > 0]
        if coming:
            meta = replica_set["metadata"]
            self.queue.add_after((meta["namespace"], meta["name"]), min(coming) + 0.01)
        return len(left) - len(coming)


def _is_not_over(pod: Obj) -> bool:
    return (pod.get("status") or {}).get("phase") not in ("Succeeded", "Failed")
