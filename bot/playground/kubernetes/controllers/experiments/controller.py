"""The controller: one step for one Experiment at a time."""

from typing import Any

from bot.playground.kubernetes import resources
from bot.playground.kubernetes.controllers import owners
from bot.playground.kubernetes.controllers.analysis.verdicts import OVER, PENDING, RUNNING
from bot.playground.kubernetes.controllers.conditions import condition, drop, find, put
from bot.playground.kubernetes.controllers.events import Recorder
from bot.playground.kubernetes.controllers.experiments import verdicts
from bot.playground.kubernetes.controllers.experiments.measured import Measured
from bot.playground.kubernetes.controllers.experiments.sides import Sides
from bot.playground.kubernetes.controllers.queue import PANICS, WorkQueue
from bot.playground.kubernetes.registry import Registry, Write, own_copy
from bot.playground.kubernetes.status import ApiError
from bot.playground.kubernetes.store import DELETED, Event, Key

Obj = dict[str, Any]

EXPERIMENTS = resources.named("Experiment")
_WRITE = Write("rollouts-controller")
_COUNTS = ("replicas", "updatedReplicas", "readyReplicas", "availableReplicas")


class ExperimentController:
    """Keeps Experiments true."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._events = Recorder(registry, "rollouts-controller")
        self.queue: WorkQueue[Key] = WorkQueue(registry.clock, self.sync, failures=(ApiError, *PANICS))
        self._sides = Sides(registry, self.queue, self._events)
        self._measured = Measured(registry, self._events)
        registry.store.subscribe(self._on_experiment, EXPERIMENTS.storage)
        registry.store.subscribe(self._on_owned, "replicasets.apps")
        registry.store.subscribe(self._on_owned, "analysisruns.argoproj.io")

    def _on_experiment(self, event: Event) -> None:
        if event.type != DELETED:
            self.queue.add(event.key)

    def _on_owned(self, event: Event) -> None:
        owner = owners.controller_of(event.new)
        if owner is not None and owner["kind"] == "Experiment":
            self.queue.add((event.key[0], owner["name"]))

    def sync(self, key: Key) -> None:
        """One step for one Experiment."""
        experiment = self._registry.store.get(EXPERIMENTS.storage, *key)
        if experiment is None or "deletionTimestamp" in experiment["metadata"]:
            return
        spec, before = experiment["spec"], experiment.get("status") or {}
        status = own_copy(before)
        status["templateStatuses"] = [self._sides.reconcile(experiment, one) for one in spec.get("templates") or ()]
        runs = [self._measured.reconcile(experiment, one) for one in spec.get("analyses") or ()]
        if runs:
            status["analysisRuns"] = runs
        self._conclude(experiment, status)
        left = verdicts.time_left(spec, status, self._registry.clock.now())
        if left is not None and not verdicts.terminating(spec, status):
            self.queue.add_within(key, max(left.total_seconds(), 0.0) + 0.01)
        if status != before:
            stored = self._registry.get(EXPERIMENTS, *key)
            self._registry.change(EXPERIMENTS, stored, _WRITE, status=status)

    def _conclude(self, experiment: Obj, status: Obj) -> None:
        """Set the phase, its message and the condition Progressing."""
        was = (experiment.get("status") or {}).get("phase", "")
        if not was:
            status["phase"] = PENDING
        elif was in (PENDING, RUNNING):
            phase, message = verdicts.phase_of(experiment["spec"], status)
            if phase == RUNNING and "availableAt" not in status:
                status["availableAt"] = self._registry.now()
            status["phase"] = phase
            status.pop("message", None)
            if message:
                status["message"] = message
        self._note_progress(experiment, status)
        if status["phase"] != was:
            kind = "Warning" if status["phase"] in OVER[1:] else "Normal"
            text = f"Experiment transitioned from {was} -> {status['phase']}"
            self._events.record(experiment, f"Experiment{status['phase']}", text, kind)

    def _note_progress(self, experiment: Obj, status: Obj) -> None:
        name, now = experiment["metadata"]["name"], self._registry.now()
        before = experiment.get("status") or {}
        if status["phase"] == OVER[0]:
            text = f'Experiment "{name}" has successfully ran and completed.'
            put(status, condition("Progressing", "False", "ExperimentCompleted", text, now))
        elif _moved(before, status):
            fresh = condition("Progressing", "True", "ReplicaSetUpdated", f'Experiment "{name}" is progressing.', now)
            current = find(before, "Progressing")
            if current is not None and current["status"] == "True":
                fresh["lastTransitionTime"] = current["lastTransitionTime"]
            drop(status, "Progressing")
            put(status, fresh)
        elif before.get("availableAt") and not verdicts.passed(experiment["spec"], before, self._registry.clock.now()):
            text = f'Experiment "{name}" is running.'
            put(status, condition("Progressing", "True", "NewReplicaSetAvailable", text, now))


def _moved(before: Obj, status: Obj) -> bool:
    sides = status.get("templateStatuses") or []
    if len(before.get("templateStatuses") or ()) < len(sides):
        return True
    pairs = [(verdicts.named(before.get("templateStatuses"), side["name"]), side) for side in sides]
    return any(old.get(count, 0) != new.get(count, 0) for old, new in pairs for count in _COUNTS)
