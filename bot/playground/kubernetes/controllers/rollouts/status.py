"""Writing a Rollout's status: only what differs from the status at the step's beginning, as a merge patch."""

from typing import Any

from bot.playground.kubernetes import resources
from bot.playground.kubernetes.controllers.conditions import condition, find, put
from bot.playground.kubernetes.controllers.events import Recorder
from bot.playground.kubernetes.controllers.queue import WorkQueue
from bot.playground.kubernetes.controllers.rollouts import conditions, phase, sets
from bot.playground.kubernetes.controllers.rollouts.conditions import Judge
from bot.playground.kubernetes.controllers.rollouts.scene import Scene
from bot.playground.kubernetes.controllers.rollouts.spec import WORKLOAD_GENERATION
from bot.playground.kubernetes.json_patch import merge_patch
from bot.playground.kubernetes.registry import Registry, Write, own_copy
from bot.playground.kubernetes.store import Key

Obj = dict[str, Any]

ROLLOUTS = resources.named("Rollout")
MANAGER = "rollouts-controller"
WRITE = Write(MANAGER)
_STATUS = Write(MANAGER, subresource="status", patch=True)
_EMPTY = (None, "", 0, False)


def plain(status: Obj) -> Obj:
    """A status as the controller writes it: nothing that says nothing, but always both strategies' parts."""
    found = {key: value for key, value in status.items() if key == "currentStepIndex" or _says_something(value)}
    return {"blueGreen": {}, "canary": {}, **found}


def _says_something(value: Any) -> bool:
    return value not in ([], {}) and not any(value is empty or value == empty for empty in _EMPTY)


def difference(before: Obj, after: Obj) -> Obj:
    """The merge patch from one state to another."""
    patch: Obj = {key: None for key in before if key not in after}
    for key, value in after.items():
        if key not in before:
            patch[key] = value
        elif isinstance(value, dict) and isinstance(before[key], dict):
            inner = difference(before[key], value)
            if inner:
                patch[key] = inner
        elif value != before[key]:
            patch[key] = value
    return patch


class StatusWriter:
    """Writes the status of Rollouts."""

    def __init__(self, registry: Registry, queue: WorkQueue[Key], events: Recorder) -> None:
        self._registry = registry
        self._queue = queue
        self._events = events
        self._judge = Judge(registry, events)

    def base(self, scene: Scene) -> None:
        """Begin the new status: what all strategies count alike."""
        old = scene.status
        newest = scene.newest
        counts = {
            "currentPodHash": sets.hash_of(newest),
            "replicas": sets.total(scene.all, "replicas"),
            "updatedReplicas": sets.counted(newest, "replicas"),
            "readyReplicas": sets.total(scene.all, "readyReplicas"),
            "collisionCount": old.get("collisionCount"),
            "conditions": [c for c in old.get("conditions") or () if c["type"] != phase.INVALID],
            "promoteFull": bool(old.get("promoteFull")),
        }
        scene.new = {"restartedAt": old.get("restartedAt"), **scene.new, **counts}

    def finish(self, scene: Scene) -> None:
        """Judge and write the new status."""
        self._judge.judge(scene)
        scene.pauses.write(scene.new, self._registry.now())
        if scene.spec.from_workload and sets.annotation(scene.rollout, WORKLOAD_GENERATION):
            scene.new["workloadObservedGeneration"] = sets.annotation(scene.rollout, WORKLOAD_GENERATION)
        if self._persist(scene, scene.new):
            self._tell(scene)
        else:
            self._come_back(scene)

    def _persist(self, scene: Scene, new: Obj) -> bool:
        new["observedGeneration"] = str(scene.rollout["metadata"]["generation"])
        new["phase"], new["message"] = phase.phase_of(scene.spec, new)
        patch = difference(plain(scene.status), plain(new))
        if not patch:
            return False
        self.patch(scene.key, patch)
        return True

    def patch(self, key: Key, patch: Obj) -> Obj:
        """Apply a merge patch to the status as it is now."""
        stored = self._registry.get(ROLLOUTS, *key)
        status = merge_patch(own_copy(stored.get("status") or {}), own_copy(patch))
        return self._registry.change(ROLLOUTS, stored, _STATUS, status=status)

    def _tell(self, scene: Scene) -> None:
        was, now = bool(scene.status.get("pauseConditions")), bool(scene.new.get("pauseConditions"))
        if now and not was:
            reason = scene.new["pauseConditions"][0]["reason"]
            self._events.record(scene.rollout, conditions.PAUSED, f"Rollout is paused ({reason})")
        elif was and not now and not scene.new.get("abortedAt"):
            self._events.record(scene.rollout, conditions.RESUMED, "Rollout is resumed")

    def _come_back(self, scene: Scene) -> None:
        """Look again when the progress deadline is over."""
        current = find(scene.status, "Progressing")
        halted = scene.status.get("pauseConditions") or scene.spec.paused or scene.status.get("abort")
        if current is None or halted or current["reason"] == phase.TIMED_OUT or conditions.indefinite(scene):
            return
        if scene.new.get("phase") == phase.HEALTHY:
            return
        left = conditions.deadline_left(self._registry, scene, current).total_seconds()
        self._queue.add_within(scene.key, left + 1 if left >= 1 else 0.1)

    def resize(self, scene: Scene) -> None:
        """Write counts after a change of size; conditions, pauses and the rest stay."""
        scene.pauses.write(scene.new, self._registry.now())
        self._persist(scene, scene.new)

    # --- conditions alone -------------------------------------------------------------------------------------

    def note_pause(self, scene: Scene) -> None:
        """Say in the conditions that the Rollout was paused, resumed, or is tried again after an abort."""
        fresh = self._pause_conditions(scene)
        if not fresh:
            return
        new = own_copy(scene.status)
        for found in fresh:
            put(new, found)
        self._persist(scene, new)

    def _pause_conditions(self, scene: Scene) -> list[Obj]:
        status, now = scene.status, self._registry.now()
        progressing, paused_before = find(status, "Progressing"), find(status, "Paused")
        reason = progressing["reason"] if progressing is not None else ""
        paused = bool(status.get("pauseConditions")) or scene.spec.paused
        aborted = reason == phase.ABORTED
        found: list[Obj] = []
        if paused != (reason == conditions.PAUSED) and not aborted and not conditions.completed(status):
            word = conditions.PAUSED if paused else conditions.RESUMED
            text = "Rollout is paused" if paused else "Rollout is resumed"
            found.append(condition("Progressing", "Unknown", word, text, now))
        if aborted and not status.get("abort"):
            text = "Retrying Rollout after abort"
            found.append(condition("Progressing", "Unknown", conditions.RETRY, text, now))
        known = paused_before is not None and paused_before["status"] == "True"
        if paused != known and not aborted:
            state = "True" if paused else "False"
            found.append(condition("Paused", state, conditions.PAUSED, "Rollout is paused", now))
        return found

    def note_invalid(self, scene: Scene, fault: str) -> None:
        """Say in the conditions why the spec is invalid."""
        text = f'The Rollout "{scene.key[1]}" is invalid: {fault}'
        before = find(scene.status, phase.INVALID)
        observed = scene.status.get("observedGeneration") == str(scene.rollout["metadata"]["generation"])
        if observed and before is not None and before["message"] == text:
            return
        new = own_copy(scene.status)
        if before is None or before["message"] != text:
            new["conditions"] = [c for c in new.get("conditions") or () if c["type"] != phase.INVALID]
            put(new, condition(phase.INVALID, "True", phase.INVALID, text, self._registry.now()))
        self._persist(scene, new)
