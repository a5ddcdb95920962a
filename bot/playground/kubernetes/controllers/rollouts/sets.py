"""ReplicaSets as a Rollout counts them."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from bot.playground.kubernetes.controllers.rollouts.spec import DEADLINE, DESIRED, HASH_LABEL, REVISION

Obj = dict[str, Any]


def hash_of(replica_set: Obj | None) -> str:
    """The hash label; empty without one."""
    found = (replica_set or {}).get("metadata", {}).get("labels") or {}
    return str(found.get(HASH_LABEL, ""))


def annotation(obj: Obj, key: str) -> str:
    """An annotation; empty without it."""
    return str((obj["metadata"].get("annotations") or {}).get(key, ""))


def revision_of(obj: Obj) -> int:
    """The revision; 0 without one."""
    text = annotation(obj, REVISION)
    return int(text) if text.isdigit() else 0


def size(replica_set: Obj) -> int:
    """Pods wanted."""
    wanted: int = replica_set["spec"].get("replicas", 0)
    return wanted


def counted(replica_set: Obj | None, field: str) -> int:
    """A count of the status: `replicas`, `availableReplicas`, `readyReplicas`."""
    found: int = ((replica_set or {}).get("status") or {}).get(field, 0)
    return found


def available(replica_set: Obj | None) -> int:
    """Pods available."""
    return counted(replica_set, "availableReplicas")


def total(sets: Iterable[Obj], field: str) -> int:
    """A count of the status, summed."""
    return sum(counted(replica_set, field) for replica_set in sets)


def sizes(sets: Iterable[Obj]) -> int:
    """Pods wanted by all of them."""
    return sum(size(replica_set) for replica_set in sets)


def created(obj: Obj) -> datetime:
    """When it was made, to the second."""
    return datetime.fromisoformat(obj["metadata"]["creationTimestamp"])


def saturated(replica_set: Obj | None, replicas: int) -> bool:
    """Whether it was told to run all of the Rollout's pods, and does."""
    if replica_set is None or annotation(replica_set, DESIRED) != str(replicas):
        return False
    return size(replica_set) == replicas == available(replica_set)


def has_deadline(replica_set: Obj | None) -> bool:
    """Whether it is to be scaled down at some time."""
    return replica_set is not None and bool(annotation(replica_set, DEADLINE))


def time_left(replica_set: Obj, now: datetime) -> timedelta | None:
    """How long until its deadline; None when it has none or that is over."""
    if not has_deadline(replica_set):
        return None
    left = datetime.fromisoformat(annotation(replica_set, DEADLINE)) - now
    return left if left > timedelta() else None


def by_revision(sets: Iterable[Obj]) -> list[Obj]:
    """Highest revision first."""
    return sorted(sets, key=lambda rs: (revision_of(rs), created(rs)), reverse=True)
