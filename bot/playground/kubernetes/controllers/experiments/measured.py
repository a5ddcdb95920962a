"""The AnalysisRuns of an Experiment: begun when all sides run, ended with it."""

import re
from typing import Any

from bot.playground.kubernetes import resources
from bot.playground.kubernetes.controllers import owners
from bot.playground.kubernetes.controllers.analysis.verdicts import OVER, PENDING
from bot.playground.kubernetes.controllers.events import Recorder
from bot.playground.kubernetes.controllers.experiments import verdicts
from bot.playground.kubernetes.controllers.rollouts.templates import TemplateError, referenced, run_spec
from bot.playground.kubernetes.registry import Registry, Write
from bot.playground.kubernetes.status import ApiError

Obj = dict[str, Any]

_RUNS = resources.named("AnalysisRun")
_ROLLOUTS = resources.named("Rollout")
_WRITE = Write("rollouts-controller")
_TAG = re.compile(r"\{\{\s*(.*?)\s*\}\}")


class Measured:
    """Begins, ends and reads the runs."""

    def __init__(self, registry: Registry, events: Recorder) -> None:
        self._registry = registry
        self._events = events

    def reconcile(self, experiment: Obj, analysis: Obj) -> Obj:
        """Bring one run to what is due; answers its status."""
        status = experiment.get("status") or {}
        before = verdicts.named(status.get("analysisRuns"), analysis["name"])
        found = {"name": analysis["name"], "phase": "", "analysisRun": "", **before}
        try:
            self._step(experiment, analysis, status, found)
        except (TemplateError, ApiError) as error:
            text = error.message if isinstance(error, ApiError) else str(error)
            found |= {"phase": verdicts.ERROR, "message": text}
        self._tell(experiment, before.get("phase", ""), found)
        return found

    def _step(self, experiment: Obj, analysis: Obj, status: Obj, found: Obj) -> None:
        ending = verdicts.terminating(experiment["spec"], status)
        namespace = experiment["metadata"]["namespace"]
        if not status.get("availableAt"):
            referenced(self._registry, namespace, [analysis])
        elif not found["analysisRun"]:
            if not ending:
                found |= {"phase": PENDING, "analysisRun": self._create(experiment, analysis)}
        elif found["phase"] not in OVER:
            run = self._registry.get(_RUNS, namespace, found["analysisRun"])
            state = run.get("status") or {}
            if not ending:
                found["phase"] = state.get("phase", "")
                if state.get("message"):
                    found["message"] = state["message"]
            elif state.get("phase") not in OVER and not run["spec"].get("terminate"):
                text = f"Terminating {analysis['name']} ({found['analysisRun']})"
                self._events.record(experiment, "AnalysisRunTerminating", text)
                self._registry.change(_RUNS, run, _WRITE, spec={**run["spec"], "terminate": True})

    def _create(self, experiment: Obj, analysis: Obj) -> str:
        meta, spec = experiment["metadata"], experiment["spec"]
        templates = referenced(self._registry, meta["namespace"], [analysis])
        args = [{**arg, "value": self._filled(experiment, arg)} for arg in analysis.get("args") or ()]
        given = spec.get("analysisRunMetadata") or {}
        run = {
            "metadata": {
                "name": f"{meta['name']}-{analysis['name']}",
                "ownerReferences": [owners.reference_to(experiment)],
                **{key: given[key] for key in ("labels", "annotations") if given.get(key)},
            },
            "spec": run_spec(templates, spec, args),
            "status": {"phase": "", "runSummary": {}},
        }
        made = self._registry.create(_RUNS, meta["namespace"], run, _WRITE)
        return str(made["metadata"]["name"])

    def _filled(self, experiment: Obj, arg: Obj) -> str:
        """An argument with the hashes and names of the sides, and the times of the Experiment."""
        known = {"experiment.availableAt": (experiment.get("status") or {}).get("availableAt", "")}
        for replica_set in self._registry.store.owned("replicasets.apps", experiment["metadata"]["uid"]):
            meta = replica_set["metadata"]
            side = meta["annotations"]["experiment.argoproj.io/template-name"]
            known[f"templates.{side}.podTemplateHash"] = meta["labels"]["rollouts-pod-template-hash"]
            known[f"templates.{side}.replicaset.name"] = meta["name"]

        def value_of(tag: re.Match[str]) -> str:
            if tag[1] not in known:
                raise TemplateError(f"failed to resolve {tag[0]}")
            return str(known[tag[1]])

        return _TAG.sub(value_of, str(arg.get("value", "")))

    def _tell(self, experiment: Obj, was: str, found: Obj) -> None:
        """Said of the Experiment, and as a warning of the Rollout whose step it is."""
        now = found["phase"]
        if not now or now == was:
            return
        text = f"AnalysisRun '{found['name']}' transitioned from {was} -> {now}"
        if found.get("message"):
            text += f": {found['message']}"
        self._events.record(experiment, f"AnalysisRun{now}", text, "Warning" if now in OVER[1:] else "Normal")
        owner = owners.controller_of(experiment)
        if owner is not None and owner["kind"] == "Rollout":
            rollout = self._registry.store.get(_ROLLOUTS.storage, experiment["metadata"]["namespace"], owner["name"])
            if rollout is not None:
                self._events.record(rollout, f"AnalysisRun{now}", text, "Warning")
