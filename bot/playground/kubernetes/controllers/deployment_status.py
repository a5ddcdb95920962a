"""What a Deployment's status says: counts, and the conditions Available, Progressing and ReplicaFailure."""

from typing import Any

from bot.playground.kubernetes import resources
from bot.playground.kubernetes.controllers import conditions
from bot.playground.kubernetes.controllers.queue import WorkQueue
from bot.playground.kubernetes.controllers.revisions import REVISION, fenceposts, spec_replicas, status_sum
from bot.playground.kubernetes.registry import CONTROLLER_STATUS, Registry
from bot.playground.kubernetes.store import Key, key_of

Obj = dict[str, Any]

_DEPLOYMENTS = resources.named("Deployment")


class StatusWriter:
    """Writes the status of Deployments."""

    def __init__(self, registry: Registry, queue: WorkQueue[Key]) -> None:
        self._registry = registry
        self._queue = queue

    def _write(self, deployment: Obj, status: Obj, metadata: Obj | None = None) -> Obj:
        parts: Obj = {"status": status} | ({"metadata": metadata} if metadata is not None else {})
        return self._registry.change(_DEPLOYMENTS, deployment, CONTROLLER_STATUS, **parts)

    def note_pause(self, deployment: Obj) -> Obj:
        """Say in Progressing that the Deployment was paused or resumed."""
        status = deployment.get("status") or {}
        current = conditions.find(status, "Progressing")
        if not conditions.has_deadline(deployment) or (current and current["reason"] == conditions.TIMED_OUT):
            return deployment
        noted = current is not None and current["reason"] == "DeploymentPaused"
        paused = bool(deployment["spec"].get("paused"))
        if paused == noted:
            return deployment
        word = "paused" if paused else "resumed"
        changed = dict(status)
        now = self._registry.now()
        new = conditions.condition(
            "Progressing", "Unknown", f"Deployment{word.capitalize()}", f"Deployment is {word}", now
        )
        conditions.put(changed, new)
        return self._write(deployment, changed)

    def note_revision(self, deployment: Obj, revision: str, name: str, reason: str) -> Obj:
        """Note the revision in the Deployment, and its new ReplicaSet in Progressing."""
        annotations = deployment["metadata"].get("annotations") or {}
        status = dict(deployment.get("status") or {})
        current = conditions.find(status, "Progressing")
        created = reason == "NewReplicaSetCreated"
        announce = conditions.has_deadline(deployment) and (created or current is None)
        if announce:
            text = f'Created new replica set "{name}"' if created else f'Found new replica set "{name}"'
            conditions.put(status, conditions.condition("Progressing", "True", reason, text, self._registry.now()))
        if annotations.get(REVISION) == revision and not announce:
            return deployment
        meta = {**deployment["metadata"], "annotations": {**annotations, REVISION: revision}}
        return self._write(deployment, status, meta)

    def sync(self, deployment: Obj, sets: list[Obj], newest: Obj | None) -> None:
        """Write the status, and come back when the progress deadline is due."""
        old = deployment.get("status") or {}
        status = self._counts(deployment, sets, newest)
        self._judge_progress(deployment, old, status, newest)
        _note_failures(status, sets, newest)
        left = conditions.seconds_left(deployment, status, self._registry.clock.now())
        if left is not None:
            self._queue.add_after(key_of(deployment), max(left, 0.0) + 0.05)
        if status != old:
            self._write(deployment, status)

    def _counts(self, deployment: Obj, sets: list[Obj], newest: Obj | None) -> Obj:
        available = status_sum(sets, "availableReplicas")
        status: Obj = {
            "observedGeneration": deployment["metadata"]["generation"],
            "replicas": status_sum(sets, "replicas"),
            "updatedReplicas": status_sum([newest], "replicas") if newest else 0,
            "readyReplicas": status_sum(sets, "readyReplicas"),
            "availableReplicas": available,
            "unavailableReplicas": max(spec_replicas(sets) - available, 0),
        }
        status = {key: value for key, value in status.items() if value}
        status["terminatingReplicas"] = status_sum(sets, "terminatingReplicas")
        before = deployment.get("status") or {}
        for key in ("collisionCount", "conditions"):
            if key in before:
                status[key] = before[key]
        enough = available >= deployment["spec"]["replicas"] - fenceposts(deployment)[1]
        state, reason, text = (
            ("True", conditions.MIN_AVAILABLE, "Deployment has minimum availability.")
            if enough
            else ("False", "MinimumReplicasUnavailable", "Deployment does not have minimum availability.")
        )
        conditions.put(status, conditions.condition("Available", state, reason, text, self._registry.now()))
        return status

    def _judge_progress(self, deployment: Obj, old: Obj, status: Obj, newest: Obj | None) -> None:
        if deployment["spec"].get("paused"):
            return
        if not conditions.has_deadline(deployment):
            conditions.drop(status, "Progressing")
            return
        current = conditions.find(old, "Progressing")
        done = status.get("replicas", 0) == status.get("updatedReplicas", 0)
        if done and current is not None and current["reason"] == conditions.NEW_AVAILABLE:
            return
        subject = _subject(deployment, newest)
        now = self._registry.now()
        left = conditions.seconds_left(deployment, status, self._registry.clock.now())
        if conditions.complete(deployment, status):
            text = f"{subject} has successfully progressed."
            conditions.put(status, conditions.condition("Progressing", "True", conditions.NEW_AVAILABLE, text, now))
        elif conditions.progressing(old, status):
            text = f"{subject} is progressing."
            new = conditions.condition("Progressing", "True", "ReplicaSetUpdated", text, now)
            if current is not None:
                if current["status"] == "True":
                    new["lastTransitionTime"] = current["lastTransitionTime"]
                conditions.drop(status, "Progressing")
            conditions.put(status, new)
        elif left is not None and left < 0:
            text = f"{subject} has timed out progressing."
            conditions.put(status, conditions.condition("Progressing", "False", conditions.TIMED_OUT, text, now))


def _subject(deployment: Obj, newest: Obj | None) -> str:
    if newest is None:
        return f'Deployment "{deployment["metadata"]["name"]}"'
    return f'ReplicaSet "{newest["metadata"]["name"]}"'


def _note_failures(status: Obj, sets: list[Obj], newest: Obj | None) -> None:
    """Carry a ReplicaSet's failure into the Deployment, the newest first."""
    for replica_set in (*([newest] if newest else ()), *sets):
        failure = conditions.find(replica_set.get("status") or {}, "ReplicaFailure")
        if failure is not None:
            shown = {**failure, "lastUpdateTime": failure["lastTransitionTime"]}
            conditions.put(status, shown)
            return
    conditions.drop(status, "ReplicaFailure")
