"""Leases: which process works on a rollout. Due rollouts are claimed in the database, so that several processes can share the work.

A lease is counted in real time, for it guards against processes, not against the rollout's own (maybe scaled) clock. Whoever has done its
work gives its lease back; one that ran out is that of a process that died at it, with what it had decided perhaps not done.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, update
from sqlmodel import Session, col, select

from bot.store.tables import RolloutRow


def claim_due(session: Session, now: datetime, owner: str, wall: datetime, until: datetime, limit: int) -> list[str]:
    """Lease at most `limit` rollouts that nobody holds, earliest first, and return their ids: what is due, and what a dead process held."""
    due = (
        select(RolloutRow.id)
        .where(or_(col(RolloutRow.due_at) <= now, _lapsed(wall)), _free(wall))
        .order_by(col(RolloutRow.due_at))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    taken = (
        update(RolloutRow)
        .where(col(RolloutRow.id).in_(due.scalar_subquery()))
        .values(lease_owner=owner, lease_until=until)
        .returning(col(RolloutRow.id), col(RolloutRow.due_at))
        .execution_options(synchronize_session=False)
    )
    rows = session.connection().execute(taken).all()
    return [row.id for row in sorted(rows, key=lambda row: (row.due_at is None, row.due_at, row.id))]


def take(session: Session, rollout_id: str, owner: str, wall: datetime, until: datetime) -> bool:
    """Lease this one, or prolong one's own lease. False if somebody else holds it."""
    mine = or_(_free(wall), col(RolloutRow.lease_owner) == owner)
    return _change(session, and_(col(RolloutRow.id) == rollout_id, mine), owner, until)


def renew(session: Session, rollout_id: str, owner: str, until: datetime) -> bool:
    """Prolong one's own lease. False if it was lost: another process may work on it already, so stop."""
    mine = and_(col(RolloutRow.id) == rollout_id, col(RolloutRow.lease_owner) == owner)
    return _change(session, mine, owner, until)


def release(session: Session, rollout_id: str, owner: str) -> None:
    """Give one's own lease back."""
    mine = and_(col(RolloutRow.id) == rollout_id, col(RolloutRow.lease_owner) == owner)
    _change(session, mine, None, None)


def release_all(session: Session, owner: str) -> None:
    """Give all of one's own leases back."""
    _change(session, col(RolloutRow.lease_owner) == owner, None, None)


def forget(session: Session) -> None:
    """Drop all leases: right only where no other process can be alive."""
    _change(session, col(RolloutRow.lease_owner).is_not(None), None, None)


def _free(wall: datetime) -> ColumnElement[bool]:
    return or_(col(RolloutRow.lease_until).is_(None), _lapsed(wall))


def _lapsed(wall: datetime) -> ColumnElement[bool]:
    return col(RolloutRow.lease_until) < wall


def _change(session: Session, which: ColumnElement[bool], owner: str | None, until: datetime | None) -> bool:
    change = update(RolloutRow).where(which).values(lease_owner=owner, lease_until=until)
    result = session.connection().execute(change)
    return bool(result.rowcount)
