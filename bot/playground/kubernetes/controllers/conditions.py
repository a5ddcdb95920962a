"""Conditions of Deployments: set, kept and removed as the real controller does."""

from datetime import datetime
from typing import Any

Obj = dict[str, Any]

MIN_AVAILABLE = "MinimumReplicasAvailable"
NEW_AVAILABLE = "NewReplicaSetAvailable"
TIMED_OUT = "ProgressDeadlineExceeded"
NO_DEADLINE = 2**31 - 1


def find(status: Obj, kind: str) -> Obj | None:
    """The condition of a type."""
    return next((c for c in status.get("conditions") or () if c["type"] == kind), None)


def condition(kind: str, state: str, reason: str, message: str, now: str) -> Obj:
    """A new condition."""
    return {
        "type": kind,
        "status": state,
        "lastUpdateTime": now,
        "lastTransitionTime": now,
        "reason": reason,
        "message": message,
    }


def put(status: Obj, new: Obj) -> None:
    """Set a condition: the same status and reason changes nothing, the same status keeps its transition time."""
    old = find(status, new["type"])
    if old is not None and (old["status"], old["reason"]) == (new["status"], new["reason"]):
        return
    if old is not None and old["status"] == new["status"]:
        new = {**new, "lastTransitionTime": old["lastTransitionTime"]}
    drop(status, new["type"])
    status["conditions"] = [*(status.get("conditions") or ()), new]


def drop(status: Obj, kind: str) -> None:
    """Remove a condition."""
    rest = [c for c in status.get("conditions") or () if c["type"] != kind]
    if rest:
        status["conditions"] = rest
    else:
        status.pop("conditions", None)


def has_deadline(deployment: Obj) -> bool:
    """Whether progress is watched at all."""
    deadline = deployment["spec"].get("progressDeadlineSeconds")
    return deadline is not None and deadline != NO_DEADLINE


def complete(deployment: Obj, status: Obj) -> bool:
    """Whether all wanted pods are of the newest template and available."""
    wanted = deployment["spec"]["replicas"]
    counts = (status.get("updatedReplicas", 0), status.get("replicas", 0), status.get("availableReplicas", 0))
    observed = status.get("observedGeneration", 0) >= deployment["metadata"]["generation"]
    return counts == (wanted, wanted, wanted) and observed


def progressing(old: Obj, new: Obj) -> bool:
    """Whether the new status is better than the old one."""

    def outdated(status: Obj) -> int:
        total: int = status.get("replicas", 0) - status.get("updatedReplicas", 0)
        return total

    return (
        new.get("updatedReplicas", 0) > old.get("updatedReplicas", 0)
        or outdated(new) < outdated(old)
        or new.get("readyReplicas", 0) > old.get("readyReplicas", 0)
        or new.get("availableReplicas", 0) > old.get("availableReplicas", 0)
    )


def seconds_left(deployment: Obj, status: Obj, now: datetime) -> float | None:
    """Seconds until the progress deadline, negative after it; None when no progress is being waited for."""
    current = find(status, "Progressing")
    if current is None or not has_deadline(deployment) or current["reason"] in (NEW_AVAILABLE, TIMED_OUT):
        return None
    since = datetime.fromisoformat(current["lastUpdateTime"])
    deadline: int = deployment["spec"]["progressDeadlineSeconds"]
    return deadline - (now - since).total_seconds()
