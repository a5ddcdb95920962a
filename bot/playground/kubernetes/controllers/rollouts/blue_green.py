"""One step of a blue/green update."""

from typing import Any

from bot.playground.kubernetes.controllers.events import Recorder
from bot.playground.kubernetes.controllers.rollouts import counts, pauses, sets
from bot.playground.kubernetes.controllers.rollouts.parts import Tools
from bot.playground.kubernetes.controllers.rollouts.promotion import reset, set_stable
from bot.playground.kubernetes.controllers.rollouts.scene import Scene
from bot.playground.kubernetes.controllers.rollouts.services import selected_hash
from bot.playground.kubernetes.selectors import as_text, of_object
from bot.playground.kubernetes.status import internal

Obj = dict[str, Any]


class BlueGreen:
    """Brings up the new side, waits, switches, takes down the old side."""

    def __init__(self, tools: Tools, events: Recorder) -> None:
        self._tools = tools
        self._events = events

    def reconcile(self, scene: Scene) -> None:
        """Do what is due now, and write the status. Raises ApiError."""
        self._tools.revisions.sync(scene)
        preview = self._preview(scene)
        if preview is not None and not scene.halted:
            self._tools.services.switch(scene, preview, sets.hash_of(scene.newest))
        if scene.template_changed:
            self._write(scene)
            return
        self._tools.restarter.reconcile(scene)
        self.scale(scene)
        self._pause(scene)
        self._switch(scene)
        self._tools.analyses.reconcile(scene)
        self._write(scene)

    def scale(self, scene: Scene) -> None:
        """Bring all ReplicaSets to their sizes."""
        scaler = self._tools.scaler
        scaler.drop_deadlines(scene)
        stable = scene.stable
        if stable is not None:
            scaler.scale(scene, stable, scene.spec.replicas)
        scaler.newest(scene)
        scaler.others_of_blue_green(scene)
        self._tools.history.reconcile(scene)

    def _service(self, scene: Scene, key: str) -> Obj | None:
        return self._tools.services.get(scene, (scene.spec.blue_green or {}).get(key, ""))

    def _preview(self, scene: Scene) -> Obj | None:
        return self._service(scene, "previewService")

    def _active(self, scene: Scene) -> Obj:
        found = self._service(scene, "activeService")
        if found is None:
            raise internal("the active service is gone")
        return found

    # --- the pause --------------------------------------------------------------------------------------------

    def _fast(self, scene: Scene) -> bool:
        """Whether nobody is asked: the new side is still up from before, or serves already, or all is to be promoted."""
        digest = selected_hash(self._active(scene))
        if sets.has_deadline(scene.newest) or scene.status.get("promoteFull"):
            return True
        return not digest or digest == sets.hash_of(scene.newest)

    def _ready(self, scene: Scene) -> bool:
        newest = scene.newest
        wanted = counts.newest_wanted(scene, None)
        return newest is not None and sets.size(newest) == wanted == sets.available(newest)

    def _judged(self, scene: Scene) -> bool:
        """Whether the analysis before the switch, if there is one, was successful."""
        if (scene.spec.blue_green or {}).get("prePromotionAnalysis") is None:
            return True
        run = scene.runs.get("pre")
        return run is not None and (run.get("status") or {}).get("phase") == "Successful"

    def _pause(self, scene: Scene) -> None:
        if scene.status.get("abort") or not self._ready(scene) or scene.halted:
            return
        spec = scene.spec
        passed = bool(scene.blue_green_status.get("scaleUpPreviewCheckPoint"))
        waits = not spec.auto_promotes or spec.auto_promotion_seconds > 0
        if self._fast(scene) or passed or not waits:
            scene.pauses.removed.add(pauses.BLUE_GREEN)
            return
        if not self._judged(scene):
            return
        condition = pauses.find(scene.status, pauses.BLUE_GREEN)
        if condition is None:
            if not scene.status.get("controllerPause"):
                scene.pauses.added.append(pauses.BLUE_GREEN)
        elif scene.pauses.blue_green_pause_done(spec, self._tools.registry.clock.now()):
            scene.pauses.removed.add(pauses.BLUE_GREEN)
        elif spec.auto_promotion_seconds > 0:
            self._tools.come_back(scene, condition["startTime"], spec.auto_promotion_seconds)

    # --- the switch -------------------------------------------------------------------------------------------

    def _switch(self, scene: Scene) -> None:
        newest = scene.newest
        if scene.halted or not self._ready(scene) or not sets.saturated(newest, scene.spec.replicas):
            return
        active = self._active(scene)
        digest = selected_hash(active)
        paused_out = scene.pauses.blue_green_pause_done(scene.spec, self._tools.registry.clock.now())
        if self._fast(scene) or (paused_out and self._judged(scene)):
            digest = sets.hash_of(newest)
        if scene.status.get("abort"):
            digest = scene.status.get("stableRS", "")
        self._tools.services.switch(scene, active, digest)

    # --- the status -------------------------------------------------------------------------------------------

    def _write(self, scene: Scene) -> None:
        self._tools.status.base(scene)
        scene.new["stableRS"] = scene.status.get("stableRS", "")
        if scene.template_changed:
            reset(scene)
        if scene.status.get("promoteFull") or scene.within_rollback_window:
            scene.pauses.cleared = True
            scene.pauses.forget_abort()
        mine = scene.new.setdefault("blueGreen", {})
        for key, service in (("previewSelector", self._preview(scene)), ("activeSelector", self._active(scene))):
            if selected_hash(service):
                mine[key] = selected_hash(service)
        reason = self._promotes(scene)
        if reason:
            set_stable(scene, self._events, reason)
        elif self._checkpoint(scene):
            mine["scaleUpPreviewCheckPoint"] = True
        self._count(scene, mine.get("activeSelector", ""))
        self._tools.status.finish(scene)

    def _promotes(self, scene: Scene) -> str:
        """Why the newest ReplicaSet is stable from now on; empty when it is not."""
        active = scene.new["blueGreen"].get("activeSelector", "")
        if scene.stable is None or not active:
            return "Initial deploy"
        if active != scene.new["currentPodHash"]:
            return ""
        if scene.status.get("promoteFull"):
            return "Full promotion requested"
        if scene.within_rollback_window:
            return "Rollback within window"
        if scene.pauses.aborted:
            return ""
        if (scene.spec.blue_green or {}).get("postPromotionAnalysis") is not None:
            if sets.has_deadline(scene.newest):
                return f"Rollback to '{scene.newest_name}' within scaleDownDelay"
            run = scene.runs.get("post")
            if run is None or (run.get("status") or {}).get("phase") != "Successful":
                return ""
        return "Completed blue-green update"

    def _checkpoint(self, scene: Scene) -> bool:
        """Whether the preview was seen at its smaller size and let through: from then on it grows."""
        preview = (scene.spec.blue_green or {}).get("previewReplicaCount")
        if preview is None:
            return False
        if scene.blue_green_status.get("scaleUpPreviewCheckPoint"):
            return True
        done = scene.pauses.blue_green_pause_done(scene.spec, self._tools.registry.clock.now())
        return self._judged(scene) and done and sets.available(scene.newest) == preview

    def _count(self, scene: Scene, active_hash: str) -> None:
        active = scene.with_hash(active_hash)
        if active is not None:
            counted = {key: sets.counted(active, key) for key in ("availableReplicas", "readyReplicas")}
            selector = of_object(active["spec"]["selector"])
            scene.new |= {"HPAReplicas": sets.counted(active, "replicas"), **counted}
        else:
            selector = of_object(scene.spec.raw.get("selector"))
            scene.new["HPAReplicas"] = sets.total(scene.all, "replicas")
            scene.new["availableReplicas"] = sets.total(scene.all, "availableReplicas")
        scene.new["selector"] = as_text(selector) if selector is not None else ""
