"""The beginning and the end of an update, in the status."""

from typing import Any

from bot.playground.kubernetes.controllers.events import Recorder
from bot.playground.kubernetes.controllers.rollouts import sets
from bot.playground.kubernetes.controllers.rollouts.scene import Scene

Obj = dict[str, Any]

_RUNS = {
    "canary": ("currentStepAnalysisRunStatus", "currentBackgroundAnalysisRunStatus"),
    "blueGreen": ("prePromotionAnalysisRunStatus", "postPromotionAnalysisRunStatus", "scaleUpPreviewCheckPoint"),
}


def reset(scene: Scene) -> None:
    """Begin anew: no pauses, no abort, no runs, no full promotion, the first step."""
    scene.pauses.cleared = True
    scene.pauses.forget_abort()
    scene.new["restartedAt"] = scene.spec.raw.get("restartAt")
    scene.new["promoteFull"] = False
    for part, keys in _RUNS.items():
        for key in keys:
            scene.new.get(part, {}).pop(key, None)
    scene.new["currentStepIndex"] = 0 if scene.spec.steps else None
    if not scene.spec.steps:
        del scene.new["currentStepIndex"]


def set_stable(scene: Scene, events: Recorder, reason: str) -> None:
    """The newest ReplicaSet is stable from now on."""
    scene.pauses.cleared = True
    scene.pauses.forget_abort()
    scene.new["promoteFull"] = False
    scene.new.get("blueGreen", {}).pop("scaleUpPreviewCheckPoint", None)
    if scene.spec.steps:
        scene.new["currentStepIndex"] = len(scene.spec.steps)
    digest = scene.new["currentPodHash"]
    if scene.new.get("stableRS") != digest:
        scene.new["stableRS"] = digest
        revision = sets.revision_of(scene.rollout)
        text = f"Rollout completed update to revision {revision} ({digest}): {reason}"
        events.record(scene.rollout, "RolloutCompleted", text)
