"""The conditions of a Rollout: how they are set, and what each says after a step."""

from datetime import datetime, timedelta
from typing import Any

from bot.playground.kubernetes.controllers.conditions import condition, drop, find, put
from bot.playground.kubernetes.controllers.events import Recorder
from bot.playground.kubernetes.controllers.rollouts import sets
from bot.playground.kubernetes.controllers.rollouts.phase import ABORTED, TIMED_OUT
from bot.playground.kubernetes.controllers.rollouts.scene import Scene
from bot.playground.kubernetes.registry import Registry

Obj = dict[str, Any]

NOT_AVAILABLE = "Rollout does not have minimum availability"
PAUSED, RESUMED, RETRY = "RolloutPaused", "RolloutResumed", "RolloutRetry"
COMPLETED, HEALTHY = "RolloutCompleted", "RolloutHealthy"


def completed(status: Obj) -> bool:
    """Whether the stable ReplicaSet is the wanted one."""
    return bool(status.get("stableRS")) and status["stableRS"] == status.get("currentPodHash")


class Judge:
    """Writes the conditions of new statuses."""

    def __init__(self, registry: Registry, events: Recorder) -> None:
        self._registry = registry
        self._events = events

    def judge(self, scene: Scene) -> None:
        """Set all conditions of the scene's new status."""
        self._health(scene)
        self._abort(scene)
        if not scene.pauses.aborted:
            self._progress(scene)
        self._availability(scene)
        self._failures(scene)
        self._completion(scene)

    def _put(self, scene: Scene, kind: str, state: str, reason: str, message: str) -> bool:
        """Answers whether anything changed: the same status and reason do not."""
        before = find(scene.new, kind)
        put(scene.new, condition(kind, state, reason, message, self._registry.now()))
        return find(scene.new, kind) is not before

    def _health(self, scene: Scene) -> None:
        paused = bool(scene.status.get("pauseConditions")) or scene.spec.paused
        if not paused and _healthy(scene):
            self._put(scene, "Healthy", "True", HEALTHY, "Rollout is healthy")
        elif find(scene.status, "Healthy") is not None:
            self._put(scene, "Healthy", "False", HEALTHY, "Rollout is not healthy")

    def _abort(self, scene: Scene) -> None:
        if not scene.pauses.aborted:
            return
        message = f"Rollout aborted update to revision {sets.revision_of(scene.rollout)}"
        if scene.pauses.abort_message:
            message = f"{message}: {scene.pauses.abort_message}"
        if self._put(scene, "Progressing", "False", ABORTED, message):
            self._events.record(scene.rollout, ABORTED, message, "Warning")

    def _progress(self, scene: Scene) -> None:
        was, now = find(scene.status, "Healthy"), find(scene.new, "Healthy")
        sick = now is not None and now["status"] == "False" and was is not None and was["status"] != "False"
        name = scene.newest_name or scene.key[1]
        subject = f'{"ReplicaSet" if scene.newest_name else "Rollout"} "{name}"'
        if _healthy(scene):
            text = f'ReplicaSet "{scene.newest_name}" has successfully progressed.'
            self._put(scene, "Progressing", "True", "NewReplicaSetAvailable", text)
        elif _moved(scene) or sick:
            lost = sick and scene.new.get("stableRS") == scene.new.get("currentPodHash")
            reason = "ReplicaSetNotAvailable" if lost else "ReplicaSetUpdated"
            self._renew(scene, reason, NOT_AVAILABLE if lost else f"{subject} is progressing.")
        elif self._timed_out(scene):
            text = f"{subject} has timed out progressing."
            self._put(scene, "Progressing", "False", TIMED_OUT, text)
            if scene.spec.raw.get("progressDeadlineAbort"):
                scene.pauses.abort(text)
                self._events.record(scene.rollout, ABORTED, text, "Warning")

    def _renew(self, scene: Scene, reason: str, message: str) -> None:
        """Progressing is written anew even with the same reason: its time counts for the deadline."""
        current = find(scene.status, "Progressing")
        fresh = condition("Progressing", "True", reason, message, self._registry.now())
        if current is not None:
            if current["status"] == "True":
                fresh["lastTransitionTime"] = current["lastTransitionTime"]
            drop(scene.new, "Progressing")
        put(scene.new, fresh)

    def _timed_out(self, scene: Scene) -> bool:
        if indefinite(scene) or any(map(sets.has_deadline, scene.others)):
            return False
        current = find(scene.new, "Progressing")
        if current is None or current["reason"] in (ABORTED, PAUSED):
            return False
        return current["reason"] == TIMED_OUT or deadline_left(self._registry, scene, current) < timedelta()

    def _availability(self, scene: Scene) -> None:
        active = scene.with_hash((scene.new.get("blueGreen") or {}).get("activeSelector", ""))
        replicas = scene.spec.replicas
        if scene.spec.blue_green is not None:
            good = sets.saturated(active, replicas)
        else:
            good = sets.total(scene.all, "availableReplicas") >= replicas
        text = "Rollout has minimum availability" if good else NOT_AVAILABLE
        self._put(scene, "Available", "True" if good else "False", "AvailableReason", text)

    def _failures(self, scene: Scene) -> None:
        """Carry a ReplicaSet's failure into the Rollout, the newest's first."""
        newest = scene.newest
        for replica_set in (*([newest] if newest is not None else ()), *scene.all):
            failure = find(replica_set.get("status") or {}, "ReplicaFailure")
            if failure is not None:
                put(scene.new, {**failure, "lastUpdateTime": failure["lastTransitionTime"]})
                return
        drop(scene.new, "ReplicaFailure")

    def _completion(self, scene: Scene) -> None:
        done = completed(scene.new)
        changed = self._put(scene, "Completed", "True" if done else "False", COMPLETED, COMPLETED)
        if changed and not done:
            revision, digest = sets.revision_of(scene.rollout), scene.new["currentPodHash"]
            text = f"Rollout not completed, started update to revision {revision} ({digest})"
            self._events.record(scene.rollout, "RolloutNotCompleted", text)


def indefinite(scene: Scene) -> bool:
    """Whether the Rollout stands where it may stand for ever."""
    if scene.step is not None and {"experiment", "analysis", "pause"} & scene.step.keys():
        return True
    paused = find(scene.status, "Paused")
    return paused is not None and paused["status"] == "True"


def deadline_left(registry: Registry, scene: Scene, progressing: Obj) -> timedelta:
    """How long the Rollout may still show no progress."""
    since = registry.clock.now() - datetime.fromisoformat(progressing["lastUpdateTime"])
    return timedelta(seconds=scene.spec.deadline_seconds) - since


def _healthy(scene: Scene) -> bool:
    """Whether all wanted pods are of the newest template, available, and get all traffic. Looks at the new status."""
    new, replicas = scene.new, scene.spec.replicas
    if new.get("updatedReplicas", 0) != replicas or new.get("availableReplicas", 0) != replicas:
        return False
    if scene.status.get("observedGeneration") != str(scene.rollout["metadata"]["generation"]):
        return False
    if scene.spec.blue_green is not None:
        mine, digest = new.get("blueGreen") or {}, new.get("currentPodHash")
        preview = not scene.spec.blue_green.get("previewService") or mine.get("previewSelector") == digest
        return bool(mine.get("activeSelector") == digest and preview)
    steps, index = len(scene.spec.steps), new.get("currentStepIndex")
    through = not steps or index is None or index == steps
    return through and completed(new) and new.get("replicas", 0) == replicas


def _moved(scene: Scene) -> bool:
    """Whether the new status is nearer to the goal than the old one, or a new way was begun."""
    old, new = scene.status, scene.new

    def count(status: Obj, key: str) -> int:
        found: int = status.get(key, 0)
        return found

    if count(new, "updatedReplicas") != count(old, "updatedReplicas"):
        return True
    if count(new, "replicas") - count(new, "updatedReplicas") < count(old, "replicas") - count(old, "updatedReplicas"):
        return True
    if any(count(new, key) > count(old, key) for key in ("readyReplicas", "availableReplicas")):
        return True
    return _strategy_moved(scene)


def _strategy_moved(scene: Scene) -> bool:
    old, new = scene.status, scene.new
    if scene.spec.blue_green is not None:
        before, now = old.get("blueGreen") or {}, new.get("blueGreen") or {}
        return any(before.get(key, "") != now.get(key, "") for key in ("activeSelector", "previewSelector"))
    indexes = (old.get("currentStepIndex"), new.get("currentStepIndex"))
    stepped = None not in indexes and indexes[0] != indexes[1]
    return stepped or any(old.get(key, "") != new.get(key, "") for key in ("stableRS", "currentStepHash"))
