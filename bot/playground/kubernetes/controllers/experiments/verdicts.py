"""What the sides and the analyses of an Experiment come to."""

from datetime import datetime, timedelta
from typing import Any

from bot.playground.kubernetes.controllers.analysis.verdicts import OVER, PENDING, RUNNING, worse
from bot.playground.kubernetes.controllers.rollouts.durations import seconds_of

Obj = dict[str, Any]

PROGRESSING, SIDE_RUNNING, SUCCESSFUL, FAILED, ERROR = "Progressing", "Running", "Successful", "Failed", "Error"
_SIDES_OVER = (SUCCESSFUL, FAILED, ERROR)
_SIDES_FROM_BEST = (SUCCESSFUL, SIDE_RUNNING, PROGRESSING, ERROR, FAILED)
_DEADLINE_SECONDS = 600


def named(items: list[Obj] | None, name: str) -> Obj:
    """The status of a side or an analysis; empty when there is none yet."""
    return next((item for item in items or () if item["name"] == name), {})


def side_over(side: Obj) -> bool:
    """Whether a side has ended."""
    return side.get("status") in _SIDES_OVER


def required_done(spec: Obj, status: Obj) -> bool:
    """Whether there are analyses that must be through, and they are."""
    required = [one["name"] for one in spec.get("analyses") or () if one.get("requiredForCompletion")]
    phases = [named(status.get("analysisRuns"), name).get("phase") for name in required]
    return bool(required) and all(phase == SUCCESSFUL for phase in phases)


def terminating(spec: Obj, status: Obj) -> bool:
    """Whether everything is to be taken down: it was asked for, it is over, or a part has gone wrong."""
    if spec.get("terminate") or status.get("phase") in OVER:
        return True
    if any(side.get("status") in (FAILED, ERROR) for side in status.get("templateStatuses") or ()):
        return True
    if any(run.get("phase") in OVER[1:] for run in status.get("analysisRuns") or ()):
        return True
    return required_done(spec, status)


def time_left(spec: Obj, status: Obj, now: datetime) -> timedelta | None:
    """How long the Experiment still runs; None when it has no duration or did not begin."""
    seconds = seconds_of(spec.get("duration") or "")
    if seconds is None or not status.get("availableAt"):
        return None
    return datetime.fromisoformat(status["availableAt"]) + timedelta(seconds=seconds) - now


def passed(spec: Obj, status: Obj, now: datetime) -> bool:
    """Whether its time is over."""
    left = time_left(spec, status, now)
    return left is not None and left < timedelta()


def deadline(spec: Obj) -> int:
    """Seconds in which a side must get its pods."""
    seconds: int = spec.get("progressDeadlineSeconds") or _DEADLINE_SECONDS
    return seconds


def _sides(spec: Obj, status: Obj) -> tuple[str, str]:
    """The worst side, as a phase, with its message."""
    worst, message = SUCCESSFUL, ""
    for template in spec.get("templates") or ():
        side = named(status.get("templateStatuses"), template["name"])
        found = side.get("status") or PROGRESSING
        if _SIDES_FROM_BEST.index(found) > _SIDES_FROM_BEST.index(worst):
            worst, message = found, side.get("message", "")
    return {PROGRESSING: PENDING, SIDE_RUNNING: RUNNING}.get(worst, worst), message


def _analyses(spec: Obj, status: Obj) -> tuple[str, str]:
    """The worst analysis, with its message."""
    worst, message = SUCCESSFUL, ""
    for analysis in spec.get("analyses") or ():
        run = named(status.get("analysisRuns"), analysis["name"])
        phase = run.get("phase") or ""
        if phase and worse(worst, phase):
            worst, message = phase, run.get("message", "")
    if required_done(spec, status) and worse(worst, RUNNING):
        return SUCCESSFUL, "Required Analysis Runs Completed"
    return (RUNNING if worst == PENDING else worst), message


def phase_of(spec: Obj, status: Obj) -> tuple[str, str]:
    """The phase of an Experiment that is not over, and its message."""
    side, said = _sides(spec, status)
    analysis, why = _analyses(spec, status)
    required = any(one.get("requiredForCompletion") for one in spec.get("analyses") or ())
    if side in OVER:
        deferred = side == SUCCESSFUL and (analysis in OVER or required)
        return (analysis, why) if deferred else (side, said)
    if (analysis in OVER and analysis != SUCCESSFUL) or required_done(spec, status):
        return analysis, why
    return side, said
