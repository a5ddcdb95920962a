"""What the store gives out and takes in, beside the domain's own nouns."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from strategies.events import Fact, Happening
from strategies.model import Actor, Rollout
from strategies.sighting import Sighting


@dataclass(frozen=True, slots=True)
class Saved:
    """A rollout as it was loaded or saved. Hand it back to `save`, which refuses it once somebody else has saved.

    `seen` is the last snapshot by walk id, with its time `seen_at`: for display only, never to decide from.
    `due_at` (rollout time) is when the rollout is to be looked at again, None if only events can move it.
    """

    rollout: Rollout
    lock_version: int
    due_at: datetime | None = None
    seen: Mapping[str, Sighting] = field(default_factory=dict)
    seen_at: datetime | None = None


class DeliveryKind(StrEnum):
    """What came in: the surfaces' words for it."""

    COMMAND = "command"
    ACTION = "action"
    VIEW = "view"
    EVENT = "event"
    API = "api"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One thing that came in and was stored before it was acknowledged. `key` tells repeats apart from new ones."""

    id: int
    key: str
    kind: DeliveryKind
    body: Mapping[str, object]
    received_at: datetime


class TellKind(StrEnum):
    """What to tell: the card as it is now, or one line in the thread."""

    CARD = "card"
    LINE = "line"


class Urgency(StrEnum):
    """What goes first when Slack's budget is short: decisions and failures."""

    DECISION = "decision"
    NORMAL = "normal"


@dataclass(frozen=True, slots=True)
class Tell:
    """Something to tell about a rollout: what, never how. Lines have the happening they tell of, cards have none."""

    kind: TellKind
    rollout_id: str
    urgency: Urgency = Urgency.NORMAL
    event: Happening | None = None


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """A `Tell` that waits. `id` goes into the message's metadata.

    `begun_at`: a send was begun and its answer never noted, so look the message up by its metadata before sending again.
    `tries` and `error` are those of the sends that failed.
    """

    id: int
    tell: Tell
    created_at: datetime
    begun_at: datetime | None = None
    tries: int = 0
    error: str = ""


@dataclass(frozen=True, slots=True)
class CardRecord:
    """The card as Slack has it: channel and time stamp of the message, hash of what was last sent, and its number."""

    channel: str
    ts: str
    hash: str
    drawing: int


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """An act that is no happening of a rollout: a refused command, a patch and its outcome, a reload of the configuration."""

    kind: str
    at: datetime
    actor: Actor
    facts: Mapping[str, Fact] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """One entry of the audit log as it is stored. `content` is the hashed text; the other fields were read from it."""

    sequence: int
    at: datetime
    kind: str
    actor: Actor
    rollout_id: str | None
    app: str | None
    environment: str | None
    facts: Mapping[str, Fact]
    hash: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Anchor:
    """A place in the audit chain: the number and the hash of an entry. Kept outside the database, it proves all entries up to it."""

    sequence: int
    hash: str


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong in the audit log. `sequence` is the entry concerned, None where it is no single entry."""

    sequence: int | None
    sentence: str


@dataclass(frozen=True, slots=True)
class Verification:
    """What `verify` found, how far it looked (`head`), and, in sentences, what it cannot find."""

    entries: int
    head: Anchor
    findings: tuple[Finding, ...]
    limits: tuple[str, ...]

    @property
    def is_sound(self) -> bool:
        """Whether nothing wrong was found."""
        return not self.findings
