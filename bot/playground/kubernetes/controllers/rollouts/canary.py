"""One step of a canary."""

from typing import Any

from bot.playground.kubernetes.controllers.events import Recorder
from bot.playground.kubernetes.controllers.rollouts import counts, hashes, pauses, sets
from bot.playground.kubernetes.controllers.rollouts.experiments import phase_of
from bot.playground.kubernetes.controllers.rollouts.parts import Tools
from bot.playground.kubernetes.controllers.rollouts.promotion import reset, set_stable
from bot.playground.kubernetes.controllers.rollouts.scene import Scene
from bot.playground.kubernetes.controllers.rollouts.spec import step_text
from bot.playground.kubernetes.selectors import as_text, of_object

Obj = dict[str, Any]


class Canary:
    """Walks a canary's steps."""

    def __init__(self, tools: Tools, events: Recorder) -> None:
        self._tools = tools
        self._events = events

    def reconcile(self, scene: Scene) -> None:
        """Do what is due now, and write the status. Raises ApiError."""
        self._tools.revisions.sync(scene)
        if scene.template_or_steps_changed:
            self._write(scene)
            return
        if self._tools.restarter.reconcile(scene):
            return
        self._tools.history.reconcile(scene)
        self._tools.services.canary(scene)
        self._tools.weights.reconcile(scene)
        self._tools.experiments.reconcile(scene)
        self._tools.analyses.reconcile(scene)
        if not scene.pauses.added and not self.scale(scene):
            self._pause(scene)
        self._write(scene)

    def scale(self, scene: Scene) -> bool:
        """Bring the ReplicaSets nearer to their sizes, one kind a time; answers whether one was scaled."""
        if scene.halted:
            return False
        scaler = self._tools.scaler
        scaler.drop_deadlines(scene)
        return scaler.stable_of_canary(scene) or scaler.newest(scene) or scaler.others_of_canary(scene)

    def _pause(self, scene: Scene) -> None:
        """Pause at a pause step; come back when its time is over."""
        step = scene.step
        if scene.spec.paused or scene.status.get("promoteFull") or step is None or "pause" not in step:
            return
        condition = pauses.find(scene.status, pauses.CANARY)
        if condition is None:
            if not scene.status.get("controllerPause"):
                scene.pauses.added.append(pauses.CANARY)
            return
        seconds = scene.spec.pause_seconds(step)
        if seconds is not None:
            self._tools.come_back(scene, condition["startTime"], seconds)

    # --- the status -------------------------------------------------------------------------------------------

    def _write(self, scene: Scene) -> None:
        self._base(scene)
        if scene.template_or_steps_changed:
            self._begin_anew(scene)
        else:
            self._move_on(scene)
        self._tools.status.finish(scene)

    def _base(self, scene: Scene) -> None:
        self._tools.status.base(scene)
        selector = of_object(scene.spec.raw.get("selector"))
        scene.new |= {
            "availableReplicas": sets.total(scene.all, "availableReplicas"),
            "HPAReplicas": sets.total(scene.all, "replicas"),
            "selector": as_text(selector) if selector is not None else "",
            "stableRS": scene.status.get("stableRS", ""),
            "currentStepHash": hashes.step_hash(scene.spec.steps),
        }

    def _begin_anew(self, scene: Scene) -> None:
        """A new template or new steps: back to the first step, unless this is the way back."""
        reset(scene)
        steps, newest = len(scene.spec.steps), scene.newest
        if not steps or newest is None:
            return
        if scene.status.get("stableRS") == sets.hash_of(newest):
            text = "Rollback to stable ReplicaSets"
        elif scene.within_rollback_window and sets.size(newest) > 0:
            text = "Rollback to active ReplicaSets within RollbackWindow"
        else:
            return
        self._events.record(scene.rollout, "SkipSteps", text)
        scene.new["currentStepIndex"] = steps

    def _move_on(self, scene: Scene) -> None:
        steps, index = len(scene.spec.steps), scene.index
        jump = bool(scene.status.get("promoteFull")) or scene.within_rollback_window
        if jump:
            scene.pauses.cleared = True
            scene.pauses.forget_abort()
            index = steps if steps else None
        reason = self._promotes(scene)
        if reason:
            set_stable(scene, self._events, reason)
        elif scene.pauses.aborted:
            if steps:
                scene.new["currentStepIndex"] = steps if scene.new["stableRS"] == scene.new["currentPodHash"] else 0
        else:
            scene.new["currentStepIndex"] = self._stepped(scene, index)

    def _promotes(self, scene: Scene) -> str:
        """Why the newest ReplicaSet is stable from now on; empty when it is not."""
        if scene.stable is None:
            return "Initial deploy"
        replicas = scene.spec.replicas
        there = sets.available(scene.newest) >= replicas or counts.threshold_met(scene, replicas)
        if scene.pauses.aborted or scene.newest is None or not there:
            return ""
        if scene.status.get("promoteFull"):
            return "Full promotion requested"
        if scene.within_rollback_window:
            return "Rollback within window"
        steps = len(scene.spec.steps)
        return f"Completed all {steps} canary steps" if not steps or scene.index == steps else ""

    def _stepped(self, scene: Scene, index: int | None) -> int | None:
        """The step to stand at next."""
        step = scene.step
        if step is None or scene.index is None or not self._done(scene, step):
            return index
        reached = (scene.index if index is None else index) + 1
        scene.new.setdefault("canary", {}).pop("currentStepAnalysisRunStatus", None)
        text = f"Rollout step {reached}/{len(scene.spec.steps)} completed ({step_text(step)})"
        self._events.record(scene.rollout, "RolloutStepCompleted", text)
        scene.pauses.removed.add(pauses.CANARY)
        return reached

    def _done(self, scene: Scene, step: Obj) -> bool:
        """Whether a step is complete. Plugins, which the playground does not run, never are."""
        if scene.spec.paused:
            return False
        if "pause" in step:
            return scene.pauses.canary_pause_done(scene.spec, step, self._tools.registry.clock.now())
        if "setCanaryScale" in step or "setWeight" in step:
            return counts.reached(scene, (scene.new.get("canary") or {}).get("weights"))
        if "analysis" in step:
            run = scene.runs.get("step")
            return run is not None and (run.get("status") or {}).get("phase") == "Successful"
        if "experiment" in step:
            return phase_of(scene.experiment) == "Successful"
        return "setHeaderRoute" in step or "setMirrorRoute" in step
