"""What a step of the controller decides about pauses and the abort."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.playground.kubernetes.controllers.rollouts.spec import Spec

Obj = dict[str, Any]

CANARY = "CanaryPauseStep"
BLUE_GREEN = "BlueGreenPause"
INCONCLUSIVE = "InconclusiveAnalysisRun"


def find(status: Obj, reason: str) -> Obj | None:
    """The pause condition with a reason."""
    return next((c for c in status.get("pauseConditions") or () if c["reason"] == reason), None)


def over(condition: Obj, seconds: int, now: datetime) -> bool:
    """Whether a pause has lasted that long. Its beginning has whole seconds, so it may end almost a second early."""
    return now > datetime.fromisoformat(condition["startTime"]) + timedelta(seconds=seconds)


@dataclass(slots=True)
class Pauses:
    """Collected while a step runs, written into the status at its end. `status`: the Rollout's, at the step's beginning."""

    status: Obj
    added: list[str] = field(default_factory=list)
    removed: set[str] = field(default_factory=set)
    cleared: bool = False
    abort_message: str = ""
    _abort: bool = False
    _no_abort: bool = False

    @property
    def aborted(self) -> bool:
        """Whether the update is aborted."""
        return not self._no_abort and (self._abort or bool(self.status.get("abort")))

    def abort(self, message: str) -> None:
        """Abort the update."""
        self._abort = True
        self.abort_message = message

    def forget_abort(self) -> None:
        """The abort is over."""
        self._no_abort = True

    def write(self, new: Obj, now: str) -> None:
        """Put pauses and abort into a new status."""
        for key in ("abort", "abortedAt", "pauseConditions", "controllerPause"):
            new.pop(key, None)
        if self._abort or self.aborted:
            new["abort"] = True
            new["abortedAt"] = self.status.get("abortedAt") or now
        elif not self.cleared:
            self._write_pauses(new, now)

    def _write_pauses(self, new: Obj, now: str) -> None:
        before = self.status.get("pauseConditions") or []
        found = [condition for condition in before if condition["reason"] not in self.removed]
        known = {condition["reason"] for condition in before}
        fresh = [reason for reason in self.added if reason not in known]
        found += [{"reason": reason, "startTime": now} for reason in fresh]
        if found:
            new["controllerPause"] = bool(fresh) or bool(self.status.get("controllerPause"))
            new["pauseConditions"] = found

    def canary_pause_done(self, spec: Spec, step: Obj, now: datetime) -> bool:
        """Whether a pause step is over: somebody took its condition away, or its time has passed."""
        condition = find(self.status, CANARY)
        if self.status.get("controllerPause") and condition is None:
            return True
        seconds = spec.pause_seconds(step)
        return seconds is not None and condition is not None and over(condition, seconds, now)

    def blue_green_pause_done(self, spec: Spec, now: datetime) -> bool:
        """Whether the pause before the switch is over."""
        condition = find(self.status, BLUE_GREEN)
        if self.added:
            return False
        if (self.status.get("blueGreen") or {}).get("scaleUpPreviewCheckPoint"):
            return True
        if not spec.auto_promotes:
            return bool(self.status.get("controllerPause")) and condition is None
        if spec.auto_promotion_seconds == 0:
            return True
        return condition is not None and over(condition, spec.auto_promotion_seconds, now)
