"""The controller: wakes for Rollouts and everything that belongs to them, and does one step for one Rollout at a time."""

from datetime import datetime
from typing import Any

from bot.playground.kubernetes.controllers import owners
from bot.playground.kubernetes.controllers.events import Recorder
from bot.playground.kubernetes.controllers.queue import PANICS, WorkQueue
from bot.playground.kubernetes.controllers.rollouts import sets
from bot.playground.kubernetes.controllers.rollouts.analyses import RUNS, Analyses
from bot.playground.kubernetes.controllers.rollouts.blue_green import BlueGreen
from bot.playground.kubernetes.controllers.rollouts.canary import Canary
from bot.playground.kubernetes.controllers.rollouts.experiments import EXPERIMENTS, Experiments
from bot.playground.kubernetes.controllers.rollouts.history import History
from bot.playground.kubernetes.controllers.rollouts.ingresses import INGRESSES, Ingresses
from bot.playground.kubernetes.controllers.rollouts.parts import Tools
from bot.playground.kubernetes.controllers.rollouts.pauses import Pauses
from bot.playground.kubernetes.controllers.rollouts.restarts import Restarter
from bot.playground.kubernetes.controllers.rollouts.revisions import SETS, Revisions, claimed, newest_of
from bot.playground.kubernetes.controllers.rollouts.scaling import Scaler
from bot.playground.kubernetes.controllers.rollouts.scene import Scene
from bot.playground.kubernetes.controllers.rollouts.services import SERVICES, Services
from bot.playground.kubernetes.controllers.rollouts.spec import DESIRED, Spec
from bot.playground.kubernetes.controllers.rollouts.status import MANAGER, ROLLOUTS, WRITE, StatusWriter
from bot.playground.kubernetes.controllers.rollouts.validation import Validation
from bot.playground.kubernetes.controllers.rollouts.weights import Weights
from bot.playground.kubernetes.controllers.rollouts.workloads import Workloads
from bot.playground.kubernetes.registry import Registry
from bot.playground.kubernetes.status import ApiError
from bot.playground.kubernetes.store import ADDED, DELETED, Event, Key

Obj = dict[str, Any]

_STEP_SECONDS = 0.012
"""What a step of the real controller takes: it decides on the Rollout as it was then, and writes that much later."""

_PACE_SECONDS = 0.09
"""The real controller's queue lets about ten wakings through a second: ReplicaSets, runs and Services wait for the next turn."""

_RETRY_SECONDS = (0.001, 10.0)
_EVENT_BURST = 25


class RolloutController:
    """Keeps Rollouts true."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._store = registry.store
        self._events = Recorder(registry, MANAGER, burst=_EVENT_BURST)
        self.queue: WorkQueue[Key] = WorkQueue(registry.clock, self.look, _RETRY_SECONDS)
        self.work: WorkQueue[Key] = WorkQueue(registry.clock, self._try)
        self._seen: dict[Key, Obj] = {}
        self._again: set[Key] = set()
        self.overlooked: set[Key] = set()
        self._tools = self._build()
        self._canary = Canary(self._tools, self._events)
        self._blue_green = BlueGreen(self._tools, self._events)
        self._validation = Validation(registry)
        self._workloads = Workloads(registry)
        self._last: dict[Key, datetime] = {}
        self._store.subscribe(self._on_rollout, ROLLOUTS.storage)
        self._store.subscribe(self._on_owned, SETS.storage)
        self._store.subscribe(self._on_owned, RUNS.storage)
        self._store.subscribe(self._on_owned, EXPERIMENTS.storage)
        self._store.subscribe(self._on_service, SERVICES.storage)
        self._store.subscribe(self._on_ingress, INGRESSES.storage)
        self._store.subscribe(self._on_workload, "deployments.apps")

    def _build(self) -> Tools:
        registry, queue, events = self._registry, self.queue, self._events
        revisions, services = Revisions(registry, events), Services(registry, events)
        return Tools(
            registry,
            queue,
            revisions,
            Scaler(registry, queue, events, revisions),
            services,
            Weights(Ingresses(registry, events), services, events),
            Experiments(registry, events),
            Analyses(registry, events),
            Restarter(registry, queue),
            History(registry),
            StatusWriter(registry, queue, events),
        )

    # --- what wakes it ----------------------------------------------------------------------------------------

    def _on_rollout(self, event: Event) -> None:
        if event.type == ADDED:
            namespace, name = event.key
            text = f"Rollout resource added to informer: {namespace}/{name}"
            self._events.record(event.new, "RolloutAddedToInformer", text)
        if event.key in self.overlooked:
            self.overlooked.remove(event.key)
        elif event.type != DELETED:
            self.queue.add(event.key)

    def _wake(self, key: Key) -> None:
        """Wake for something that belongs to a Rollout: at once after a rest, else at the next turn."""
        since = (self._registry.clock.now() - self._last[key]).total_seconds() if key in self._last else _PACE_SECONDS
        self.queue.add_within(key, max(_PACE_SECONDS - since, 0.0))

    def _on_owned(self, event: Event) -> None:
        owner = owners.controller_of(event.new)
        if owner is not None and owner["kind"] == "Rollout":
            self._wake((event.key[0], owner["name"]))

    def _on_service(self, event: Event) -> None:
        for rollout in self._store.each(ROLLOUTS.storage, event.key[0]):
            strategy = rollout["spec"].get("strategy") or {}
            parts = (strategy.get("canary") or {}, strategy.get("blueGreen") or {})
            if any(value == event.key[1] for part in parts for key, value in part.items() if key.endswith("Service")):
                self._wake((event.key[0], rollout["metadata"]["name"]))

    def _on_ingress(self, event: Event) -> None:
        owner = owners.controller_of(event.new)
        if owner is not None and owner["kind"] == "Rollout":
            self.queue.add((event.key[0], owner["name"]))

    def _on_workload(self, event: Event) -> None:
        if event.old is None or event.old["metadata"].get("generation") == event.new["metadata"].get("generation"):
            return
        for rollout in self._store.each(ROLLOUTS.storage, event.key[0]):
            if (rollout["spec"].get("workloadRef") or {}).get("name") == event.key[1]:
                self._workloads.note(rollout)
                self.queue.add((event.key[0], rollout["metadata"]["name"]))

    # --- one step ---------------------------------------------------------------------------------------------

    def look(self, key: Key) -> None:
        """Take the Rollout as it is, for a step that writes a little later."""
        rollout = self._store.get(ROLLOUTS.storage, *key)
        if key in self._seen:
            self._again.add(key)
        elif rollout is None or "deletionTimestamp" in rollout["metadata"]:
            self._last.pop(key, None)
        else:
            self._last[key] = self._registry.clock.now()
            self._seen[key] = rollout
            self.work.add_after(key, _STEP_SECONDS)

    def _try(self, key: Key) -> None:
        """The rest of the step; what was refused is tried again from the beginning."""
        rollout = self._seen.pop(key)
        if key in self._again:
            self._again.remove(key)
            self.queue.add(key)
        if self._registry.stored(rollout) is None:
            return
        try:
            done = self._step(rollout)
        except (ApiError, *PANICS):
            done = False
        if done:
            self.queue.forget(key)
        else:
            self.queue.retry(key)

    def _step(self, rollout: Obj) -> bool:
        """Answers whether the spec was valid; else that is said in the status, and what it lacks may come. Raises ApiError."""
        resolved = self._workloads.resolve(rollout)
        if isinstance(resolved, str):
            self._tools.status.note_invalid(self._scene(rollout, Spec(rollout["spec"])), resolved)
            return False
        scene = self._scene(*resolved)
        fault = self._validation.fault(scene)
        if fault:
            self._tools.status.note_invalid(scene, fault)
        else:
            self._reconcile(scene)
        return not fault

    def _scene(self, rollout: Obj, spec: Spec) -> Scene:
        known = claimed(self._registry, rollout, spec)
        stable = (rollout.get("status") or {}).get("stableRS", "")
        scene = Scene(
            rollout,
            spec,
            known,
            newest_of(rollout, spec, known),
            next((name for name, rs in known.items() if stable and sets.hash_of(rs) == stable), ""),
            Pauses(rollout.get("status") or {}),
        )
        weights = scene.canary_status.get("weights")
        if weights is not None:
            scene.new["canary"] = {"weights": weights}
        self._tools.analyses.look(scene)
        self._tools.experiments.look(scene)
        return scene

    def _reconcile(self, scene: Scene) -> None:
        if not scene.newest_name:
            self._tools.revisions.create(scene)
        if scene.fully_promoted and scene.pauses.aborted:
            scene.pauses.forget_abort()
        if "replicas" not in scene.rollout["spec"] and not scene.spec.from_workload:
            stored = self._registry.get(ROLLOUTS, *scene.key)
            self._registry.change(ROLLOUTS, stored, WRITE, spec={**stored["spec"], "replicas": 1})
            return
        self._tools.status.note_pause(scene)
        self._tools.revisions.sync(scene)
        if self._was_scaled(scene):
            self._scale_only(scene)
        elif scene.spec.blue_green is not None:
            self._blue_green.reconcile(scene)
        else:
            self._canary.reconcile(scene)

    def _was_scaled(self, scene: Scene) -> bool:
        """Whether newest or stable were told of another size."""
        for replica_set in (scene.newest, scene.stable):
            if replica_set is not None and sets.size(replica_set):
                noted = sets.annotation(replica_set, DESIRED)
                if noted and noted != str(scene.spec.replicas):
                    return True
        return False

    def _scale_only(self, scene: Scene) -> None:
        """A change of size: only the ReplicaSets and the counts follow, everything else waits for the next step."""
        if scene.spec.blue_green is not None:
            self._blue_green.scale(scene)
        else:
            self._canary.scale(scene)
        active = scene.with_hash(scene.blue_green_status.get("activeSelector", ""))
        counted = [active] if active is not None else scene.all
        status = {key: value for key, value in scene.status.items() if key not in ("phase", "message")}
        scene.new = {
            **status,
            "HPAReplicas": sets.total(counted, "replicas"),
            "availableReplicas": sets.total(counted, "availableReplicas"),
        }
        self._tools.status.resize(scene)
