"""How a Deployment counts its ReplicaSets: template hashes, revision annotations, shares of a change."""

import hashlib
import math
from typing import Any

from bot.playground.kubernetes.gojson import canonical

Obj = dict[str, Any]

REVISION = "deployment.kubernetes.io/revision"
HISTORY = "deployment.kubernetes.io/revision-history"
DESIRED = "deployment.kubernetes.io/desired-replicas"
MAX = "deployment.kubernetes.io/max-replicas"
HASH_LABEL = "pod-template-hash"
_OWN = (REVISION, HISTORY, DESIRED, MAX, "kubectl.kubernetes.io/last-applied-configuration")
_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"


def template_hash(template: Obj, collisions: int) -> str:
    """A name for a template: equal templates have equal names."""
    digest = hashlib.sha256(f"{canonical(template)}{collisions or ''}".encode()).digest()
    return "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in digest[:10])


def same_template(one: Obj, other: Obj) -> bool:
    """Whether two templates are equal but for the hash label."""
    return canonical(_without_hash(one)) == canonical(_without_hash(other))


def _without_hash(template: Obj) -> Obj:
    meta = dict(template.get("metadata") or {})
    meta["labels"] = {k: v for k, v in (meta.get("labels") or {}).items() if k != HASH_LABEL}
    return {**template, "metadata": meta}


def revision_of(obj: Obj) -> int:
    """The revision an object carries; 0 for none."""
    text = (obj["metadata"].get("annotations") or {}).get(REVISION, "")
    return int(text) if text.isdigit() else 0


def resolve(value: Any, total: int, *, up: bool) -> int:
    """A count or a share of `total`, rounded."""
    if isinstance(value, str):
        share = int(value.rstrip("%")) * total / 100
        return math.ceil(share) if up else math.floor(share)
    return int(value or 0)


def is_rolling(deployment: Obj) -> bool:
    """Whether the strategy is RollingUpdate."""
    return bool(deployment["spec"]["strategy"]["type"] == "RollingUpdate")


def fenceposts(deployment: Obj) -> tuple[int, int]:
    """Most pods above and below the wanted count while rolling: surge, unavailable."""
    replicas = deployment["spec"]["replicas"]
    if not is_rolling(deployment):
        return 0, 0
    rolling = deployment["spec"]["strategy"].get("rollingUpdate") or {}
    surge = resolve(rolling.get("maxSurge"), replicas, up=True)
    unavailable = resolve(rolling.get("maxUnavailable"), replicas, up=False)
    if surge == 0 and unavailable == 0:
        unavailable = 1
    return surge, min(unavailable, replicas)


def replica_annotations(deployment: Obj) -> dict[str, str]:
    """What a ReplicaSet is told about the Deployment's size."""
    replicas = deployment["spec"]["replicas"]
    return {DESIRED: str(replicas), MAX: str(replicas + fenceposts(deployment)[0])}


def annotations_for(deployment: Obj, replica_set: Obj, revision: int, *, exists: bool) -> dict[str, str]:
    """The annotations a Deployment's newest ReplicaSet should carry."""
    have: dict[str, str] = dict(replica_set["metadata"].get("annotations") or {})
    given = deployment["metadata"].get("annotations") or {}
    have |= {key: value for key, value in given.items() if key not in _OWN}
    old = have.get(REVISION, "")
    if (int(old) if old.isdigit() else 0) < revision:
        have[REVISION] = str(revision)
        if exists and old:
            have[HISTORY] = f"{have[HISTORY]},{old}" if have.get(HISTORY) else old
    if not exists:
        have.update(replica_annotations(deployment))
    return have


def spec_replicas(sets: list[Obj]) -> int:
    """Pods wanted by all of them."""
    return sum(rs["spec"]["replicas"] for rs in sets)


def status_sum(sets: list[Obj], field: str) -> int:
    """A field of the status, summed."""
    return sum((rs.get("status") or {}).get(field, 0) for rs in sets)


def new_replicas(deployment: Obj, sets: list[Obj], newest: Obj) -> int:
    """How many pods the newest ReplicaSet may have now."""
    replicas: int = deployment["spec"]["replicas"]
    have: int = newest["spec"]["replicas"]
    if not is_rolling(deployment):
        return replicas
    room = replicas + fenceposts(deployment)[0] - spec_replicas(sets)
    if room <= 0:
        return have
    return have + min(room, replicas - have)


def share(deployment: Obj, replica_set: Obj, to_add: int, added: int) -> int:
    """What one ReplicaSet gets of a change of size that several share."""
    size = replica_set["spec"]["replicas"]
    if size == 0 or to_add == 0 or to_add == added:
        return 0
    fraction = _fraction(deployment, replica_set)
    allowed = to_add - added
    return min(fraction, allowed) if to_add > 0 else max(fraction, allowed)


def _fraction(deployment: Obj, replica_set: Obj) -> int:
    size: int = replica_set["spec"]["replicas"]
    replicas = deployment["spec"]["replicas"]
    if replicas == 0:
        return -size
    now = replicas + fenceposts(deployment)[0]
    noted = (replica_set["metadata"].get("annotations") or {}).get(MAX, "")
    before = int(noted) if noted.isdigit() else (deployment.get("status") or {}).get("replicas", 0)
    if not before:
        return 0
    grown: int = math.floor(size * now / before + 0.5)
    return grown - size
