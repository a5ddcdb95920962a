"""The tables. Rows are not the domain: a rollout is a document with a few columns to find it by.

Times are aware and stored as UTC. Documents are ASCII JSON in bytes. `migrations/` builds the same; a test compares the two.
"""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Integer, text
from sqlmodel import Field, SQLModel

_WAITING = text("told_at IS NULL")
_CARD = text("kind = 'card'")
_OPEN = text("done_at IS NULL")
_LIVE = text("live")
_DUE = text("due_at IS NOT NULL")
_LEASED = text("lease_until IS NOT NULL")
_NEVER_AGAIN = {"sqlite_autoincrement": True}
"""A number once given is not given again, even if its row is gone: an answer about an old row must not meet a new one."""

Number = BigInteger().with_variant(Integer(), "sqlite")
"""64 bits on both; SQLite numbers a key by itself only if the column is plain INTEGER."""


class RolloutRow(SQLModel, table=True):
    """One rollout. `live` admits one row per app and environment; leases are real time, `due_at` is rollout time."""

    __tablename__ = "rollouts"
    __table_args__ = (
        Index("one_live", "app", "environment", unique=True, sqlite_where=_LIVE, postgresql_where=_LIVE),
        Index("rollouts_by_place", "app", "environment", "created_at"),
        Index("rollouts_due", "due_at", sqlite_where=_DUE, postgresql_where=_DUE),
        Index("rollouts_leased", "lease_until", sqlite_where=_LEASED, postgresql_where=_LEASED),
    )

    id: str = Field(primary_key=True)
    app: str
    environment: str
    stage: str
    live: bool
    version: str
    outcome: str | None = None
    created_at: datetime
    ended_at: datetime | None = None
    document: bytes
    lock_version: int = 1
    due_at: datetime | None = None
    lease_owner: str | None = None
    lease_until: datetime | None = None
    last_sequence: int | None = Field(default=None, sa_type=BigInteger)
    last_hash: str | None = None
    seen: bytes | None = None
    seen_at: datetime | None = None
    card_channel: str | None = None
    card_ts: str | None = None
    card_hash: str | None = None
    card_drawing: int | None = None


class DeliveryRow(SQLModel, table=True):
    """One delivery, stored before it is acknowledged. The body is wiped when it is done; the key stays, to know repeats."""

    __tablename__ = "inbox"
    __table_args__ = (
        CheckConstraint("kind IN ('command', 'action', 'view', 'event', 'api')", name="inbox_kind"),
        Index("inbox_open", "id", sqlite_where=_OPEN, postgresql_where=_OPEN),
        _NEVER_AGAIN,
    )

    id: int | None = Field(default=None, sa_column=Column(Number, primary_key=True))
    key: str = Field(unique=True)
    kind: str
    body: bytes
    received_at: datetime
    done_at: datetime | None = None
    note: str = ""


class TellRow(SQLModel, table=True):
    """One thing to tell. A card's row is replaced by a newer one, and gone once told; lines stay, with their place in the thread."""

    __tablename__ = "outbox"
    __table_args__ = (
        CheckConstraint("kind IN ('card', 'line')", name="outbox_kind"),
        CheckConstraint("urgency IN ('decision', 'normal')", name="outbox_urgency"),
        Index("one_card", "rollout_id", unique=True, sqlite_where=_CARD, postgresql_where=_CARD),
        Index("outbox_waiting", "rollout_id", "id", sqlite_where=_WAITING, postgresql_where=_WAITING),
        Index("outbox_by_rollout", "rollout_id", "id"),
        _NEVER_AGAIN,
    )

    id: int | None = Field(default=None, sa_column=Column(Number, primary_key=True))
    rollout_id: str = Field(foreign_key="rollouts.id")
    kind: str
    urgency: str
    document: bytes | None = None
    created_at: datetime
    begun_at: datetime | None = None
    retry_at: datetime | None = None
    tries: int = 0
    error: str = ""
    told_at: datetime | None = None
    ts: str | None = None


class AuditRow(SQLModel, table=True):
    """One entry of the audit log. `content` is hashed as it is stored; the other columns repeat parts of it, to search by."""

    __tablename__ = "audit"
    __table_args__ = (
        Index("audit_by_rollout", "rollout_id", "sequence"),
        Index("audit_by_app", "app", "sequence"),
    )

    sequence: int = Field(sa_column=Column(Number, primary_key=True, autoincrement=False))
    at: datetime
    rollout_id: str | None = None
    app: str | None = None
    content: bytes
    hash: str


class AuditHead(SQLModel, table=True):
    """The last entry's number and hash, in the one row that every writer locks first."""

    __tablename__ = "audit_head"
    __table_args__ = (CheckConstraint("id = 1", name="audit_head_single"),)

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    sequence: int = Field(sa_type=BigInteger)
    hash: str
