"""The audit chain's arithmetic: what exactly is hashed.

An entry's content is JSON in one canonical form (sorted keys, no spaces, ASCII). It holds its own number and the hash of the entry
before it; its hash is SHA-256 over the content's bytes as stored. So one hash vouches for all entries up to it.
"""

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime

from bot.store.records import AuditEntry, AuditRecord
from strategies.argo.seen import ArgoSeen
from strategies.events import Fact, Happening
from strategies.model import Actor, SideSeen
from strategies.sighting import Sighting

GENESIS = "0" * 64
"""What stands before the first entry."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What all entries of one act share: which rollout, under which policy, what was seen then, when it was recorded."""

    recorded: datetime
    rollout_id: str | None = None
    app: str | None = None
    environment: str | None = None
    policy: str = ""
    seen: Mapping[str, Sighting] = field(default_factory=dict)


def digest(content: bytes) -> str:
    """The hash of an entry, by its content as stored."""
    return hashlib.sha256(content).hexdigest()


def write(entry: Happening | AuditEntry, frame: Frame, sequence: int, previous: str) -> bytes:
    """The content of an entry with this number, after the entry with the hash `previous`."""
    kind = entry.what.value if isinstance(entry, Happening) else entry.kind
    actor = entry.by if isinstance(entry, Happening) else entry.actor
    content = {
        "actor": asdict(actor),
        "app": frame.app,
        "at": stamp(entry.at),
        "environment": frame.environment,
        "facts": {name: _fact(value) for name, value in entry.facts.items()},
        "kind": kind,
        "policy": frame.policy,
        "previous": previous,
        "recorded": stamp(frame.recorded),
        "rollout": frame.rollout_id,
        "seen": {walk: _sight(seen) for walk, seen in frame.seen.items()},
        "sequence": sequence,
    }
    return json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False).encode("ascii")


def read(content: bytes, hash_: str) -> AuditRecord:
    """The entry that was written so. Raises ValueError, KeyError or TypeError for anything else."""
    body = json.loads(content)
    return AuditRecord(
        sequence=body["sequence"],
        at=datetime.fromisoformat(body["at"]),
        kind=body["kind"],
        actor=Actor(**body["actor"]),
        rollout_id=body["rollout"],
        app=body["app"],
        environment=body["environment"],
        facts=body["facts"],
        hash=hash_,
        content=content,
    )


def previous_of(record: AuditRecord) -> str:
    """The hash of the entry that this one was written after."""
    return str(json.loads(record.content)["previous"])


def stamp(at: datetime) -> str:
    """The time in the one form that is hashed: UTC, always with microseconds."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _fact(value: Fact) -> Fact:
    """JSON has no NaN and no infinity; the audit says them in words."""
    return repr(value) if isinstance(value, float) and not math.isfinite(value) else value


def _sight(seen: Sighting) -> dict[str, object]:
    if isinstance(seen, ArgoSeen):
        return _controlled(seen)
    return {"at": stamp(seen.at), "weight": seen.weight, "stable": _side(seen.stable), "canary": _side(seen.canary)}


def _controlled(seen: ArgoSeen) -> dict[str, object]:
    return {
        "at": stamp(seen.at),
        "generation": seen.generation,
        "status": seen.status,
        "message": seen.message,
        "image": seen.image,
        "current": seen.current_hash,
        "stable": seen.stable_hash,
        "step": seen.step,
        "weight": seen.weight_seen,
        "aborted": seen.aborted,
        "pauses": [f"{one.key.reason} since {one.key.started}" for one in seen.pauses],
        "ready": seen.ready,
        "desired": seen.desired,
    }


def _side(side: SideSeen) -> dict[str, object]:
    return {"image": side.image, "replicas": side.replicas, "ready": side.ready, "digests": sorted(side.digests)}
