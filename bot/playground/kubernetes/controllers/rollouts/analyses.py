"""The AnalysisRuns of a Rollout: begun when they are due, ended when they are not, heeded in between."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from bot.playground.kubernetes import resources
from bot.playground.kubernetes.controllers import owners
from bot.playground.kubernetes.controllers.events import Recorder
from bot.playground.kubernetes.controllers.rollouts import pauses, sets
from bot.playground.kubernetes.controllers.rollouts.scaling import skips_post_promotion
from bot.playground.kubernetes.controllers.rollouts.scene import Scene
from bot.playground.kubernetes.controllers.rollouts.spec import HASH_LABEL, REVISION
from bot.playground.kubernetes.controllers.rollouts.status import WRITE
from bot.playground.kubernetes.controllers.rollouts.templates import (
    TemplateError,
    referenced,
    rollout_args,
    run_spec,
)
from bot.playground.kubernetes.deletion import DeleteOptions, delete
from bot.playground.kubernetes.gojson import canonical
from bot.playground.kubernetes.registry import Registry
from bot.playground.kubernetes.status import internal

Obj = dict[str, Any]

RUNS = resources.named("AnalysisRun")
_OVER = ("Successful", "Failed", "Error", "Inconclusive")
_HISTORY = 5


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a Rollout a run belongs: its field in the status, its label, and what an abort because of it says."""

    part: str
    field: str
    label: str
    abort: str


PLACES = {
    "step": Place("canary", "currentStepAnalysisRunStatus", "Step", "Step-based analysis"),
    "background": Place("canary", "currentBackgroundAnalysisRunStatus", "Background", "Background analysis"),
    "pre": Place("blueGreen", "prePromotionAnalysisRunStatus", "PrePromotion", "Blue/green pre-promotion analysis"),
    "post": Place("blueGreen", "postPromotionAnalysisRunStatus", "PostPromotion", "Blue/green post-promotion analysis"),
}


def phase_of(run: Obj | None) -> str:
    """The phase of a run; empty when it has none."""
    return str(((run or {}).get("status") or {}).get("phase", ""))


class Analyses:
    """Begins, ends and heeds the runs of a Rollout."""

    def __init__(self, registry: Registry, events: Recorder) -> None:
        self._registry = registry
        self._events = events

    def look(self, scene: Scene) -> None:
        """Find the Rollout's runs: those that its status names, and the rest."""
        owned = self._registry.store.owned(RUNS.storage, scene.rollout["metadata"]["uid"])
        named = {self._named(scene, place).get("name", ""): key for key, place in PLACES.items()}
        for run in owned:
            key = named.get(run["metadata"]["name"])
            if key:
                scene.runs[key] = run
            else:
                scene.other_runs.append(run)

    def _named(self, scene: Scene, place: Place) -> Obj:
        found: Obj = (scene.status.get(place.part) or {}).get(place.field) or {}
        return found

    def reconcile(self, scene: Scene) -> None:
        """Bring the runs to what is due, and note them in the new status. Raises ApiError."""
        fast = sets.has_deadline(scene.newest) or scene.within_rollback_window
        if scene.pauses.aborted or scene.status.get("promoteFull") or fast or not scene.status.get("stableRS"):
            self._note(scene)
            self._cancel([*scene.runs.values(), *scene.other_runs])
            return
        before = dict(scene.runs)
        scene.runs = {}
        for key in ("step", "background") if scene.spec.canary is not None else ("pre", "post"):
            run = self._of(scene, key, before.get(key))
            if run is not None:
                scene.runs[key] = run
        self._note(scene)
        current = {run["metadata"]["name"] for run in scene.runs.values()}
        others = [run for run in scene.other_runs if run["metadata"]["name"] not in current]
        self._cancel(others)
        self._forget(scene, others)
        self._tell(scene)

    def _of(self, scene: Scene, key: str, run: Obj | None) -> Obj | None:
        match key:
            case "step":
                return self._step(scene, run)
            case "background":
                return self._background(scene, run)
            case _:
                return self._promotion(scene, key, run)

    def _step(self, scene: Scene, run: Obj | None) -> Obj | None:
        if scene.status.get("pauseConditions") or scene.status.get("abort"):
            return run
        step, index = scene.step, scene.index
        analysis: Obj = (step or {}).get("analysis") or {}
        stale = run is not None and run["metadata"]["labels"].get("step-index") != str(index)
        if not analysis.get("templates") or stale:
            self._cancel([run])
            return None
        if self._needs_new(scene, run):
            return self._create(scene, "step", analysis, str(index), {"step-index": str(index)})
        self._heed(scene, "step", run)
        return run

    def _background(self, scene: Scene, run: Obj | None) -> Obj | None:
        analysis: Obj = (scene.spec.canary or {}).get("analysis") or {}
        if not analysis.get("templates"):
            self._cancel([run])
            return None
        early = scene.step is not None and (scene.index or 0) < (analysis.get("startingStep") or 0)
        if scene.fully_promoted or not scene.status.get("currentPodHash") or early:
            return None
        if pauses.find(scene.status, pauses.INCONCLUSIVE) is not None:
            return run
        if self._needs_new(scene, run):
            return self._create(scene, "background", analysis, "", {})
        self._heed(scene, "background", run)
        return run

    def _promotion(self, scene: Scene, key: str, run: Obj | None) -> Obj | None:
        analysis: Obj = (scene.spec.blue_green or {}).get(f"{key}PromotionAnalysis") or {}
        if not analysis.get("templates"):
            self._cancel([run])
            return None
        skipped = self._skips_pre(scene, run) if key == "pre" else skips_post_promotion(scene, run)
        if skipped:
            self._cancel([run])
        elif pauses.find(scene.status, pauses.INCONCLUSIVE) is None and self._needs_new(scene, run):
            run = self._create(scene, key, analysis, key, {})
        if run is not None:
            self._heed(scene, key, run)
        return run

    def _skips_pre(self, scene: Scene, run: Obj | None) -> bool:
        digest, active = sets.hash_of(scene.newest), scene.blue_green_status.get("activeSelector", "")
        if scene.status.get("stableRS") == digest or not active or active == digest or not digest:
            return True
        if run is not None:
            return False
        preview = (scene.spec.blue_green or {}).get("previewReplicaCount")
        newest = scene.newest
        if preview is not None and newest is not None:
            return not sets.size(newest) == preview == sets.available(newest)
        return not sets.saturated(newest, scene.spec.replicas)

    def _needs_new(self, scene: Scene, run: Obj | None) -> bool:
        if run is None:
            return True
        asked = any(pauses.find(scene.status, reason) for reason in (pauses.CANARY, pauses.BLUE_GREEN))
        if scene.status.get("controllerPause") and not asked:
            return phase_of(run) == "Inconclusive"
        return bool(scene.status.get("abortedAt"))

    def _heed(self, scene: Scene, key: str, run: Obj | None) -> None:
        phase = phase_of(run)
        if phase == "Inconclusive":
            scene.pauses.added.append(pauses.INCONCLUSIVE)
        elif phase in ("Error", "Failed"):
            text = f"{PLACES[key].abort} phase error/failed"
            message = ((run or {}).get("status") or {}).get("message")
            scene.pauses.abort(f"{text}: {message}" if message else text)

    # --- the objects ------------------------------------------------------------------------------------------

    def _create(self, scene: Scene, key: str, analysis: Obj, infix: str, labels: dict[str, str]) -> Obj:
        namespace, name = scene.key
        digest = sets.hash_of(scene.newest)
        revision = sets.annotation(scene.rollout, REVISION)
        given = analysis.get("analysisRunMetadata") or {}
        meta = {
            "labels": {
                HASH_LABEL: digest, "rollout-type": PLACES[key].label, **labels, **(given.get("labels") or {}),
                **((scene.spec.raw.get("selector") or {}).get("matchLabels") or {}),
            },
            "annotations": {REVISION: revision, **(given.get("annotations") or {})},
            "ownerReferences": [owners.reference_to(scene.rollout)],
        }  # fmt: skip
        try:
            templates = referenced(self._registry, namespace, analysis.get("templates") or [])
            spec = run_spec(templates, analysis, rollout_args(scene, analysis.get("args") or []))
        except TemplateError as error:
            raise internal(str(error)) from None
        base = "-".join(part for part in (name, digest, revision, infix) if part)
        return self._store(scene, base, meta, spec)

    def _store(self, scene: Scene, base: str, meta: Obj, spec: Obj) -> Obj:
        """Store a run under the first name that is free; one that is the same and not over is taken as it is."""
        number = 0
        while True:
            name = f"{base}.{number}" if number else base
            found = self._registry.store.get(RUNS.storage, scene.key[0], name)
            if found is None:
                run = {"metadata": {**meta, "name": name}, "spec": spec, "status": {"phase": "", "runSummary": {}}}
                return self._registry.create(RUNS, scene.key[0], run, WRITE)
            owner = owners.controller_of(found)
            mine = owner is not None and owner["uid"] == scene.rollout["metadata"]["uid"]
            same = {k: v for k, v in found["spec"].items() if k != "terminate"}
            if mine and phase_of(found) not in _OVER and canonical(same) == canonical(spec):
                return found
            number += 1

    def _cancel(self, runs: Iterable[Obj | None]) -> None:
        for run in runs:
            stored = self._registry.stored(run) if run is not None else None
            if stored is not None and phase_of(stored) not in _OVER and not stored["spec"].get("terminate"):
                self._registry.change(RUNS, stored, WRITE, spec={**stored["spec"], "terminate": True})

    def _forget(self, scene: Scene, others: list[Obj]) -> None:
        """Delete runs beyond the limits, and those whose ReplicaSet is gone."""
        known = {sets.hash_of(rs) for rs in scene.all if "deletionTimestamp" not in rs["metadata"]}
        limits = scene.spec.raw.get("analysis") or {}
        left = {
            True: limits.get("successfulRunHistoryLimit", _HISTORY),
            False: limits.get("unsuccessfulRunHistoryLimit", _HISTORY),
        }
        for run in sorted(others, key=sets.created, reverse=True):
            over = phase_of(run) in _OVER
            good = phase_of(run) == "Successful"
            if sets.hash_of(run) in known:
                left[good] -= over
                if not over or left[good] >= 0:
                    continue
            stored = self._registry.stored(run)
            if stored is not None and "deletionTimestamp" not in stored["metadata"]:
                delete(self._registry, RUNS, stored, DeleteOptions())

    # --- what is said -----------------------------------------------------------------------------------------

    def _note(self, scene: Scene) -> None:
        for key, run in scene.runs.items():
            place, status = PLACES[key], run.get("status") or {}
            shown = {"name": run["metadata"]["name"], "status": status.get("phase", "")}
            if status.get("message"):
                shown["message"] = status["message"]
            scene.new.setdefault(place.part, {})[place.field] = shown

    def _tell(self, scene: Scene) -> None:
        for key in ("post", "pre", "step", "background"):
            run, place = scene.runs.get(key), PLACES[key]
            phase, name = phase_of(run), run["metadata"]["name"] if run is not None else ""
            before = self._named(scene, place)
            if not phase or (before and (before["name"] != name or before["status"] == phase)):
                continue
            was = before["status"] if before else "NoPreviousStatus"
            kind = "Warning" if phase in ("Failed", "Error") else "Normal"
            text = f"{place.label} Analysis Run '{name}' Status New: '{phase}' Previous: '{was}'"
            self._events.record(scene.rollout, f"AnalysisRun{phase}", text, kind)
