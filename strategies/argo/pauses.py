"""What a Rollout waits for: its pause conditions, when each ends by itself, and which of them a person must end.

Rules: argo-rollouts `rollout/pause.go` (requiresManualAction, CompletedCanaryPauseStep, CompletedBlueGreenPause).
"""

from datetime import UTC, datetime, timedelta

from strategies.argo.driver import PauseKey
from strategies.argo.fields import Thing, count, has, moment, part, parts, text
from strategies.argo.seen import Pausing
from strategies.argo.steps import current_step, is_blue_green, pause_duration
from strategies.judge.duration import LONGEST

CANARY_PAUSE = "CanaryPauseStep"
BLUE_GREEN_PAUSE = "BlueGreenPause"
_END = datetime.max.replace(tzinfo=UTC)
INCONCLUSIVE = ("InconclusiveAnalysisRun", "InconclusiveExperiment")


def pauses(rollout: Thing, at: datetime) -> tuple[Pausing, ...]:
    """Every pause condition in the controller's order. One without a readable start counts from `at`."""
    pod_hash = text(rollout, "status", "currentPodHash")
    return tuple(_pausing(rollout, one, pod_hash, at) for one in parts(rollout, "status", "pauseConditions"))


def _pausing(rollout: Thing, condition: Thing, pod_hash: str, at: datetime) -> Pausing:
    reason = text(condition, "reason")
    started = moment(condition, "startTime") or at
    until = None if _needs_person(rollout, reason) else started + min(_length(rollout, reason), _END - started)
    return Pausing(PauseKey(pod_hash, reason, text(condition, "startTime")), started, until)


def _length(rollout: Thing, reason: str) -> timedelta:
    """How long a pause lasts that ends by itself. One that belongs to no step at hand ends at the controller's next look."""
    step, _ = current_step(rollout)
    if reason == CANARY_PAUSE and step is not None:
        return pause_duration(step) or timedelta()
    if reason == BLUE_GREEN_PAUSE:
        seconds = count(rollout, "spec", "strategy", "blueGreen", "autoPromotionSeconds")
        return LONGEST if seconds >= LONGEST.total_seconds() else timedelta(seconds=max(seconds, 0))
    return timedelta()


def _needs_person(rollout: Thing, reason: str) -> bool:
    """Whether a pause with that reason ends only when a person promotes."""
    if reason in INCONCLUSIVE:
        return True
    if reason == CANARY_PAUSE:
        step, _ = current_step(rollout)
        return step is not None and has(step, "pause") and pause_duration(step) is None
    if reason == BLUE_GREEN_PAUSE and is_blue_green(rollout):
        return part(rollout, "spec", "strategy", "blueGreen").get("autoPromotionEnabled") is False
    return False
