"""The Experiment of a canary's step: begun with it, ended with it, heeded in between."""

from collections.abc import Iterable
from typing import Any

from bot.playground.kubernetes import resources
from bot.playground.kubernetes.controllers import owners
from bot.playground.kubernetes.controllers.events import Recorder
from bot.playground.kubernetes.controllers.rollouts import hashes, pauses, sets
from bot.playground.kubernetes.controllers.rollouts.scene import Scene
from bot.playground.kubernetes.controllers.rollouts.spec import HASH_LABEL, REVISION
from bot.playground.kubernetes.controllers.rollouts.status import WRITE
from bot.playground.kubernetes.controllers.rollouts.templates import rollout_args
from bot.playground.kubernetes.gojson import canonical
from bot.playground.kubernetes.registry import Registry, own_copy

Obj = dict[str, Any]

EXPERIMENTS = resources.named("Experiment")
_OVER = ("Successful", "Failed", "Error", "Inconclusive")
_TAKEN = ("duration", "dryRun", "scaleDownDelaySeconds")


def phase_of(experiment: Obj | None) -> str:
    """The phase; empty without one."""
    return str(((experiment or {}).get("status") or {}).get("phase", ""))


class Experiments:
    """Begins, ends and heeds them."""

    def __init__(self, registry: Registry, events: Recorder) -> None:
        self._registry = registry
        self._events = events

    def look(self, scene: Scene) -> None:
        """Find the Experiment that the status names."""
        scene.experiment = next((one for one in self._owned(scene) if self._is_current(scene, one)), None)

    def _owned(self, scene: Scene) -> list[Obj]:
        return self._registry.store.owned(EXPERIMENTS.storage, scene.rollout["metadata"]["uid"])

    def _is_current(self, scene: Scene, experiment: Obj) -> bool:
        return bool(experiment["metadata"]["name"] == scene.canary_status.get("currentExperiment"))

    def reconcile(self, scene: Scene) -> None:
        """Bring the Experiments to what is due. Raises ApiError."""
        if scene.pauses.aborted or scene.status.get("promoteFull"):
            self._end(self._owned(scene))
            return
        if pauses.find(scene.status, pauses.INCONCLUSIVE) is not None:
            return
        step = (scene.step or {}).get("experiment")
        if step is not None and scene.stable is not None:
            if scene.experiment is None:
                scene.experiment = self._create(scene, step)
            self._heed(scene, scene.experiment)
        kept = scene.experiment["metadata"]["name"] if step is not None and scene.experiment is not None else ""
        self._end(one for one in self._owned(scene) if one["metadata"]["name"] != kept)

    def _heed(self, scene: Scene, experiment: Obj) -> None:
        phase = phase_of(experiment)
        if phase == "Inconclusive":
            scene.pauses.added.append("InconclusiveExperiment")
        elif phase in ("Error", "Failed"):
            message = (experiment.get("status") or {}).get("message")
            text = "Experiment analysis phase is error/failed"
            scene.pauses.abort(f"{text}: {message}" if message else text)
        elif phase != "Successful":
            scene.new.setdefault("canary", {})["currentExperiment"] = experiment["metadata"]["name"]

    def _end(self, experiments: Iterable[Obj]) -> None:
        for experiment in experiments:
            if not experiment["spec"].get("terminate") and phase_of(experiment) not in _OVER:
                spec = {**experiment["spec"], "terminate": True}
                self._registry.change(EXPERIMENTS, experiment, WRITE, spec=spec)

    def _create(self, scene: Scene, step: Obj) -> Obj:
        """Store it under the first name that is free; one that is the same and not over is taken as it is."""
        namespace, name = scene.key
        digest = hashes.template_hash(scene.spec.template, scene.status.get("collisionCount"))
        revision = sets.annotation(scene.rollout, REVISION)
        base = f"{name}-{digest}-{revision}-{scene.index or 0}"
        labels = {**(scene.rollout["metadata"].get("labels") or {}), HASH_LABEL: digest}
        meta: Obj = {"labels": labels, "annotations": {REVISION: revision}}
        meta["ownerReferences"] = [owners.reference_to(scene.rollout)]
        spec = self._spec(scene, step)
        number = 0
        while True:
            free = f"{base}-{number}" if number else base
            found = self._registry.store.get(EXPERIMENTS.storage, namespace, free)
            if found is None:
                fresh = {"metadata": {**meta, "name": free}, "spec": spec, "status": {}}
                made = self._registry.create(EXPERIMENTS, namespace, fresh, WRITE)
                self._events.record(scene.rollout, "ExperimentCreated", f"Created Experiment '{free}'")
                return made
            same = {key: value for key, value in found["spec"].items() if key != "terminate"}
            owner = owners.controller_of(found)
            mine = owner is not None and owner["uid"] == scene.rollout["metadata"]["uid"]
            if mine and phase_of(found) not in _OVER and canonical(same) == canonical(spec):
                return found
            number += 1

    def _spec(self, scene: Scene, step: Obj) -> Obj:
        spec: Obj = {key: step[key] for key in _TAKEN if key in step}
        spec["analysisRunMetadata"] = step.get("analysisRunMetadata") or {}
        if "progressDeadlineSeconds" in scene.spec.raw:
            spec["progressDeadlineSeconds"] = scene.spec.raw["progressDeadlineSeconds"]
        spec["templates"] = [self._side(scene, one) for one in step.get("templates") or ()]
        analyses = [self._analysis(scene, one) for one in step.get("analyses") or ()]
        if analyses:
            spec["analyses"] = analyses
        return spec

    def _side(self, scene: Scene, given: Obj) -> Obj:
        """One side: the template of canary or stable, with what the step adds."""
        source = scene.newest if given.get("specRef") == "canary" else scene.stable
        copied = own_copy((source or {}).get("spec") or {})
        side: Obj = {"name": given["name"], "template": copied["template"], "selector": copied["selector"]}
        if "replicas" in given:
            side["replicas"] = given["replicas"]
        if given.get("selector"):
            side["selector"] = own_copy(given["selector"])
        meta = side["template"].setdefault("metadata", {})
        for key, values in (given.get("metadata") or {}).items():
            meta[key] = {**(meta.get(key) or {}), **values}
        added = (given.get("metadata") or {}).get("labels") or {}
        side["selector"]["matchLabels"] = {**(side["selector"].get("matchLabels") or {}), **added}
        return side

    def _analysis(self, scene: Scene, given: Obj) -> Obj:
        found: Obj = {key: given[key] for key in ("name", "templateName", "clusterScope") if key in given}
        if given.get("args"):
            found["args"] = rollout_args(scene, given["args"])
        if given.get("requiredForCompletion"):
            found["requiredForCompletion"] = True
        return found
