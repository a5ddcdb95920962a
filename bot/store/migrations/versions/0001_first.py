"""The first tables: rollouts, inbox, outbox, and the audit log with its guards."""

import sqlalchemy as sa
from alembic import op
from sqlmodel import AutoString
from sqlmodel.sql.sqltypes import UTCDateTime

from bot.store import guards
from bot.store.chain import GENESIS

revision = "0001"
down_revision = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _partial(name: str, table: str, columns: list[str], where: str, *, unique: bool = False) -> None:
    condition = sa.text(where)
    op.create_index(name, table, columns, unique=unique, sqlite_where=condition, postgresql_where=condition)


def upgrade() -> None:
    _rollouts()
    _inbox()
    _outbox()
    _audit()


def _rollouts() -> None:
    op.create_table(
        "rollouts",
        sa.Column("id", AutoString(), primary_key=True),
        sa.Column("app", AutoString(), nullable=False),
        sa.Column("environment", AutoString(), nullable=False),
        sa.Column("stage", AutoString(), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.Column("version", AutoString(), nullable=False),
        sa.Column("outcome", AutoString()),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("ended_at", UTCDateTime()),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("lock_version", sa.Integer(), nullable=False),
        sa.Column("due_at", UTCDateTime()),
        sa.Column("lease_owner", AutoString()),
        sa.Column("lease_until", UTCDateTime()),
        sa.Column("last_sequence", sa.BigInteger()),
        sa.Column("last_hash", AutoString()),
        sa.Column("seen", sa.LargeBinary()),
        sa.Column("seen_at", UTCDateTime()),
        sa.Column("card_channel", AutoString()),
        sa.Column("card_ts", AutoString()),
        sa.Column("card_hash", AutoString()),
        sa.Column("card_drawing", sa.Integer()),
    )
    _partial("one_live", "rollouts", ["app", "environment"], "live", unique=True)
    op.create_index("rollouts_by_place", "rollouts", ["app", "environment", "created_at"])
    _partial("rollouts_due", "rollouts", ["due_at"], "due_at IS NOT NULL")
    _partial("rollouts_leased", "rollouts", ["lease_until"], "lease_until IS NOT NULL")


def _inbox() -> None:
    op.create_table(
        "inbox",
        sa.Column("id", _NUMBER, primary_key=True),
        sa.Column("key", AutoString(), nullable=False, unique=True),
        sa.Column("kind", AutoString(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", UTCDateTime(), nullable=False),
        sa.Column("done_at", UTCDateTime()),
        sa.Column("note", AutoString(), nullable=False),
        sa.CheckConstraint("kind IN ('command', 'action', 'view', 'event', 'api')", name="inbox_kind"),
        sqlite_autoincrement=True,
    )
    _partial("inbox_open", "inbox", ["id"], "done_at IS NULL")


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", _NUMBER, primary_key=True),
        sa.Column("rollout_id", AutoString(), sa.ForeignKey("rollouts.id"), nullable=False),
        sa.Column("kind", AutoString(), nullable=False),
        sa.Column("urgency", AutoString(), nullable=False),
        sa.Column("document", sa.LargeBinary()),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("begun_at", UTCDateTime()),
        sa.Column("retry_at", UTCDateTime()),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("error", AutoString(), nullable=False),
        sa.Column("told_at", UTCDateTime()),
        sa.Column("ts", AutoString()),
        sa.CheckConstraint("kind IN ('card', 'line')", name="outbox_kind"),
        sa.CheckConstraint("urgency IN ('decision', 'normal')", name="outbox_urgency"),
        sqlite_autoincrement=True,
    )
    _partial("one_card", "outbox", ["rollout_id"], "kind = 'card'", unique=True)
    _partial("outbox_waiting", "outbox", ["rollout_id", "id"], "told_at IS NULL")
    op.create_index("outbox_by_rollout", "outbox", ["rollout_id", "id"])


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("sequence", _NUMBER, primary_key=True, autoincrement=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("rollout_id", AutoString()),
        sa.Column("app", AutoString()),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("hash", AutoString(), nullable=False),
    )
    op.create_index("audit_by_rollout", "audit", ["rollout_id", "sequence"])
    op.create_index("audit_by_app", "audit", ["app", "sequence"])
    head = op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("hash", AutoString(), nullable=False),
        sa.CheckConstraint("id = 1", name="audit_head_single"),
    )
    op.bulk_insert(head, [{"id": 1, "sequence": 0, "hash": GENESIS}])
    for statement in guards.statements(op.get_bind().dialect.name):
        op.get_bind().exec_driver_sql(statement)
