"""How a Rollout stands, in the words of `kubectl argo rollouts status`.

The order is the plugin's: a spec that was not observed, a promote that was not acted on, then what the controller stored. Only
where it stored nothing (before 1.0) is it worked out here (argo-rollouts `utils/rollout/rolloututil.go`).
"""

from strategies.argo.fields import Thing, count, flag, has, moment, number, parts, text
from strategies.argo.steps import is_blue_green, is_canary
from strategies.argo.weights import is_routed

INVALID = "InvalidSpec"
ABORTED = "RolloutAborted"
TIMED_OUT = "ProgressDeadlineExceeded"
_COMPLETED = ("Successful", "Failed", "Error", "Inconclusive")
_DEFAULT_REPLICAS = 1


def status_of(rollout: Thing) -> tuple[str, str]:
    """Status (Healthy, Degraded, Progressing, Paused, …) and message."""
    if not is_observed(rollout):
        return "Progressing", "waiting for rollout spec update to be observed"
    if is_unpausing(rollout):
        return "Progressing", "waiting for rollout to unpause"
    phase = text(rollout, "status", "phase")
    if phase:
        return phase, text(rollout, "status", "message")
    return _worked_out(rollout)


def is_observed(rollout: Thing) -> bool:
    """Whether the controller has seen the present spec. An old controller's word, which is no number, is taken for a yes."""
    observed, generation = number(rollout, "status", "observedGeneration"), count(rollout, "metadata", "generation")
    return observed is None or observed >= generation


def is_unpausing(rollout: Thing) -> bool:
    """Whether somebody ended the pause and the controller has not acted on it yet."""
    return flag(rollout, "status", "controllerPause") and not parts(rollout, "status", "pauseConditions")


def is_fully_promoted(rollout: Thing) -> bool:
    """Whether the present template is the stable one."""
    return text(rollout, "status", "currentPodHash") == text(rollout, "status", "stableRS")


def desired(rollout: Thing) -> int:
    """How many pods the Rollout wants."""
    wanted = number(rollout, "spec", "replicas")
    return _DEFAULT_REPLICAS if wanted is None else wanted


def condition_message(rollout: Thing, *, kind: str = "", reason: str = "") -> str | None:
    """The message of the first condition of that type, or with that reason; None without one."""
    for one in parts(rollout, "status", "conditions"):
        if (kind and text(one, "type") == kind) or (reason and text(one, "reason") == reason):
            return text(one, "message")
    return None


def _worked_out(rollout: Thing) -> tuple[str, str]:
    return _degraded(rollout) or _paused(rollout) or _progressing(rollout) or ("Healthy", "")


def _degraded(rollout: Thing) -> tuple[str, str] | None:
    for one in parts(rollout, "status", "conditions"):
        if text(one, "type") == INVALID:
            return "Degraded", f"{INVALID}: {text(one, 'message')}"
        if text(one, "reason") in (ABORTED, TIMED_OUT):
            return "Degraded", f"{text(one, 'reason')}: {text(one, 'message')}"
    return None


def _paused(rollout: Thing) -> tuple[str, str] | None:
    if flag(rollout, "spec", "paused"):
        return "Paused", "manually paused"
    pauses = parts(rollout, "status", "pauseConditions")
    return ("Paused", text(pauses[0], "reason")) if pauses else None


def _progressing(rollout: Thing) -> tuple[str, str] | None:
    updated = count(rollout, "status", "updatedReplicas")
    asked = moment(rollout, "spec", "restartAt")
    if asked is not None and asked != moment(rollout, "status", "restartedAt"):
        return "Progressing", "rollout is restarting"
    if updated < desired(rollout):
        return "Progressing", "more replicas need to be updated"
    if count(rollout, "status", "availableReplicas") < updated:
        return "Progressing", "updated replicas are still becoming available"
    message = ""
    if is_blue_green(rollout):
        message = _switching(rollout)
    elif is_canary(rollout):
        message = _walking(rollout, updated)
    return ("Progressing", message) if message else None


def _switching(rollout: Thing) -> str:
    active = text(rollout, "status", "blueGreen", "activeSelector")
    if not active or active != text(rollout, "status", "currentPodHash"):
        return "active service cutover pending"
    if text(rollout, "status", "stableRS") and is_fully_promoted(rollout):
        return ""
    analysis = ("status", "blueGreen", "postPromotionAnalysisRunStatus", "status")
    if _has_post_promotion(rollout) and text(rollout, *analysis) not in _COMPLETED:
        return "waiting for analysis to complete"
    return "waiting for post-promotion verification to complete"


def _has_post_promotion(rollout: Thing) -> bool:
    return has(rollout, "spec", "strategy", "blueGreen", "postPromotionAnalysis")


def _walking(rollout: Thing, updated: int) -> str:
    if not is_routed(rollout) and count(rollout, "status", "replicas") > updated:
        return "old replicas are pending termination"
    if not text(rollout, "status", "stableRS") or not is_fully_promoted(rollout):
        return "waiting for all steps to complete"
    return ""
