"""What the measurements of a metric, and the metrics of a run, come to."""

from typing import Any

from bot.playground.kubernetes.controllers.analysis.checks import effective_count, number
from bot.playground.kubernetes.controllers.analysis.providers import ERROR, FAILED, INCONCLUSIVE, SUCCESSFUL

Obj = dict[str, Any]

RUNNING, PENDING = "Running", "Pending"
OVER = (SUCCESSFUL, FAILED, ERROR, INCONCLUSIVE)
_FROM_BEST = (SUCCESSFUL, RUNNING, PENDING, INCONCLUSIVE, ERROR, FAILED)
_ERROR_LIMIT = 4
_COUNTED = {SUCCESSFUL: "successful", FAILED: "failed", INCONCLUSIVE: "inconclusive", ERROR: "error"}


def count(result: Obj, measurement: Obj) -> Obj:
    """A metric's result with one more measurement."""
    phase = measurement["phase"]
    key = _COUNTED[phase]
    new = {**result, key: result.get(key, 0) + 1, "measurements": [*result.get("measurements", ()), measurement]}
    if phase == ERROR:
        new["consecutiveError"] = new.get("consecutiveError", 0) + 1
        new.pop("consecutiveSuccess", None)
        return new
    new["count"] = new.get("count", 0) + 1
    new.pop("consecutiveError", None)
    if phase == SUCCESSFUL:
        new["consecutiveSuccess"] = new.get("consecutiveSuccess", 0) + 1
    else:
        new.pop("consecutiveSuccess", None)
    return new


def breached(metric: Obj, result: Obj) -> tuple[str, str]:
    """The phase and reason of a limit that was passed, the last that holds; both empty for none."""
    phase, text = "", ""
    failures, limit = result.get("failed", 0), number(metric.get("failureLimit"))
    if 0 <= limit < failures:
        phase, text = FAILED, f"failed ({failures}) > failureLimit ({limit})"
    undecided, limit = result.get("inconclusive", 0), number(metric.get("inconclusiveLimit"))
    if undecided > limit:
        phase, text = INCONCLUSIVE, f"inconclusive ({undecided}) > inconclusiveLimit ({limit})"
    errors = result.get("consecutiveError", 0)
    limit = number(metric["consecutiveErrorLimit"]) if "consecutiveErrorLimit" in metric else _ERROR_LIMIT
    if errors > limit:
        phase, text = ERROR, f"consecutiveErrors ({errors}) > consecutiveErrorLimit ({limit})"
    return phase, text


def metric_phase(metric: Obj, result: Obj, *, terminating: bool) -> str:
    """The phase of one metric."""
    if result.get("phase") in OVER:
        return str(result["phase"])
    if not result.get("measurements"):
        return SUCCESSFUL if terminating else PENDING
    phase, _ = breached(metric, result)
    if phase:
        return phase
    successes = number(metric.get("consecutiveSuccessLimit"))
    if 0 < successes <= result.get("consecutiveSuccess", 0):
        return SUCCESSFUL
    wanted = effective_count(metric)
    if wanted is not None and result.get("count", 0) >= wanted:
        if successes <= 0:
            return SUCCESSFUL
        return INCONCLUSIVE if number(metric.get("failureLimit")) >= 0 else FAILED
    return SUCCESSFUL if terminating else RUNNING


def is_terminating(run: Obj, status: Obj) -> bool:
    """Whether a run is to end: it was told to, or a metric that counts has gone wrong."""
    if run["spec"].get("terminate"):
        return True
    results = status.get("metricResults") or ()
    return any(not result.get("dryRun") and result.get("phase") in OVER[1:] for result in results)


def worse(one: str, other: str) -> bool:
    """Whether `other` is worse than `one`."""
    return _FROM_BEST.index(other) > _FROM_BEST.index(one)


def summary_key(phase: str) -> str:
    """Under which word a run's summary counts a metric that is over."""
    return _COUNTED.get(phase, "successful")
