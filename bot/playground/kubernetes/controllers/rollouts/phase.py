"""The phase and message of a Rollout, from its spec and the rest of its status: the first rule that holds."""

from datetime import datetime
from typing import Any

from bot.playground.kubernetes.controllers.rollouts.spec import Spec

Obj = dict[str, Any]

HEALTHY, PROGRESSING, PAUSED, DEGRADED = "Healthy", "Progressing", "Paused", "Degraded"
ABORTED, TIMED_OUT, INVALID = "RolloutAborted", "ProgressDeadlineExceeded", "InvalidSpec"


def phase_of(spec: Spec, status: Obj) -> tuple[str, str]:
    """Phase and message."""
    for condition in status.get("conditions") or ():
        if condition["type"] == INVALID:
            return DEGRADED, f"{INVALID}: {condition['message']}"
        if condition["reason"] in (ABORTED, TIMED_OUT):
            return DEGRADED, f"{condition['reason']}: {condition['message']}"
    if spec.paused:
        return PAUSED, "manually paused"
    if status.get("pauseConditions"):
        return PAUSED, status["pauseConditions"][0]["reason"]
    waiting = _waiting(spec, status)
    return (PROGRESSING, waiting) if waiting else (HEALTHY, "")


def restarting(spec: Spec, status: Obj) -> bool:
    """Whether a restart was asked for that is not done."""
    asked, done = spec.raw.get("restartAt"), status.get("restartedAt")
    if not asked:
        return False
    return not done or datetime.fromisoformat(asked) != datetime.fromisoformat(done)


def _waiting(spec: Spec, status: Obj) -> str:
    updated = status.get("updatedReplicas", 0)
    if restarting(spec, status):
        return "rollout is restarting"
    if updated < spec.replicas:
        return "more replicas need to be updated"
    if status.get("availableReplicas", 0) < updated:
        return "updated replicas are still becoming available"
    promoted = bool(status.get("stableRS")) and status["stableRS"] == status.get("currentPodHash")
    if spec.blue_green is not None:
        return _blue_green(spec, status, promoted=promoted)
    if spec.canary is not None:
        if not spec.routed and status.get("replicas", 0) > updated:
            return "old replicas are pending termination"
        if not promoted:
            return "waiting for all steps to complete"
    return ""


def _blue_green(spec: Spec, status: Obj, *, promoted: bool) -> str:
    mine = status.get("blueGreen") or {}
    active = mine.get("activeSelector", "")
    if not active or active != status.get("currentPodHash"):
        return "active service cutover pending"
    if promoted:
        return ""
    run = mine.get("postPromotionAnalysisRunStatus") or {}
    judged = run.get("status") in ("Successful", "Failed", "Error", "Inconclusive")
    if (spec.blue_green or {}).get("postPromotionAnalysis") is not None and not judged:
        return "waiting for analysis to complete"
    return "waiting for post-promotion verification to complete"
