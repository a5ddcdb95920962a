"""Rollouts: created, loaded, saved, found. One document a row, and never two live ones in one place."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col, select

from bot.errors import AlreadyExists, NotFound
from bot.store import audit, codec, inbox, outbox
from bot.store.chain import Frame
from bot.store.errors import Final, Occupied, Stale, StoreBroken
from bot.store.records import AuditEntry, Saved, Tell
from bot.store.tables import RolloutRow
from strategies.events import Happening
from strategies.model import LIVE, Outcome, Rollout, Stage
from strategies.sighting import Sighting

_SEEN = Mapping[str, Sighting]


@dataclass(frozen=True, slots=True)
class Act:
    """What is saved together with a rollout: its audit entries, what to tell, and the delivery that is settled by it."""

    at: datetime
    happenings: Sequence[Happening | AuditEntry] = ()
    tells: Sequence[Tell] = ()
    delivery: int | None = None


def create(session: Session, rollout: Rollout, act: Act, due_at: datetime | None) -> Saved:
    """A new row. Raises AlreadyExists for its id, Occupied if it is live and another one is."""
    if session.get(RolloutRow, rollout.id) is not None:
        raise AlreadyExists(f"There is a rollout {rollout.id} already.")
    _check_free(session, rollout)
    row = RolloutRow(
        id=rollout.id,
        app=rollout.app,
        environment=rollout.environment,
        created_at=rollout.created,
        **_columns(rollout, due_at),
    )
    session.add(row)
    session.flush()
    return _finish(session, row, rollout, act, {})


def save(
    session: Session, saved: Saved, rollout: Rollout, act: Act, due_at: datetime | None, seen: _SEEN | None
) -> Saved:
    """The changed rollout over the one that was loaded. Raises Final, Stale, Occupied or NotFound; then nothing is saved."""
    before = saved.rollout
    if (rollout.id, rollout.app, rollout.environment) != (before.id, before.app, before.environment):
        raise ValueError("a rollout's id, app and environment never change")
    row = locked(session, rollout.id)
    if row.stage == Stage.ENDED:
        raise Final(f"Rollout {rollout.id} has ended and does not change any more. Begin a new one.")
    if row.lock_version != saved.lock_version:
        raise Stale(f"Rollout {rollout.id} was changed in the meantime. Look again, then decide again.")
    if not row.live:
        _check_free(session, rollout)
    for name, value in _columns(rollout, due_at).items():
        setattr(row, name, value)
    row.lock_version += 1
    if seen is not None:
        row.seen, row.seen_at = codec.dump(_SEEN, seen), act.at
    if rollout.is_final:
        session.flush()
        _wake_queue(session, rollout, act.at)
    return _finish(session, row, rollout, act, _seen(row) if seen is None else seen)


def _wake_queue(session: Session, rollout: Rollout, at: datetime) -> None:
    """Make those due that wait in the place that became free: were it a second transaction, a crash between could leave them waiting.

    Their lock version moves, so that nobody who loaded them before puts the due time back.
    """
    here = (col(RolloutRow.app) == rollout.app, col(RolloutRow.environment) == rollout.environment)
    waiting = update(RolloutRow).where(*here, col(RolloutRow.stage) == Stage.QUEUED.value)
    session.connection().execute(waiting.values(due_at=at, lock_version=RolloutRow.lock_version + 1))


def note(session: Session, entries: Sequence[Happening | AuditEntry], frame: Frame, delivery: int | None) -> None:
    """Audit entries without a change of a rollout; if one is named, it remembers the last of them, even when it has ended."""
    row = None
    if frame.rollout_id is not None:
        row = locked(session, frame.rollout_id)
        frame = Frame(frame.recorded, row.id, row.app, row.environment, _policy_version(row), _seen(row))
    _remember(row, audit.append(session, entries, frame))
    inbox.settle(session, delivery, frame.recorded)


def load(session: Session, rollout_id: str) -> Saved | None:
    """The rollout of that id, None if there is none."""
    row = session.get(RolloutRow, rollout_id)
    return None if row is None else _saved(row, _rollout(row))


def live(session: Session, app: str, environment: str) -> Rollout | None:
    """The one that is live there."""
    rows = _found(session, _at(app, environment).where(col(RolloutRow.live)))
    return rows[0] if rows else None


def queued(session: Session, app: str, environment: str) -> tuple[Rollout, ...]:
    """Those that wait there, oldest first."""
    query = _at(app, environment).where(col(RolloutRow.stage) == Stage.QUEUED.value)
    return _found(session, query.order_by(col(RolloutRow.created_at), col(RolloutRow.id)))


def history(session: Session, app: str, environment: str, limit: int, before: datetime | None) -> tuple[Rollout, ...]:
    """All there, newest first, created before the given time."""
    query = _at(app, environment)
    if before is not None:
        query = query.where(col(RolloutRow.created_at) < before)
    return _found(session, query.order_by(col(RolloutRow.created_at).desc(), col(RolloutRow.id).desc()).limit(limit))


def last_healthy(session: Session, app: str, environment: str, count: int) -> tuple[Rollout, ...]:
    """Those that ended Healthy there, latest end first."""
    query = _at(app, environment).where(col(RolloutRow.outcome) == Outcome.HEALTHY.value)
    return _found(session, query.order_by(col(RolloutRow.ended_at).desc(), col(RolloutRow.id).desc()).limit(count))


def unfinished(session: Session) -> tuple[Saved, ...]:
    """Every rollout that is live, oldest first."""
    rows = session.exec(select(RolloutRow).where(col(RolloutRow.live)).order_by(col(RolloutRow.created_at))).all()
    return tuple(_saved(row, _rollout(row)) for row in rows)


def locked(session: Session, rollout_id: str) -> RolloutRow:
    """The row, locked against other writers until the transaction ends. Raises NotFound."""
    row = session.exec(select(RolloutRow).where(col(RolloutRow.id) == rollout_id).with_for_update()).one_or_none()
    if row is None:
        raise NotFound(f"There is no rollout {rollout_id} in the database.")
    return row


def _check_free(session: Session, rollout: Rollout) -> None:
    """Two of these may pass at one moment on Postgres: then the index refuses the second, which is run again and stops here."""
    if rollout.stage not in LIVE:
        return
    place = (col(RolloutRow.app) == rollout.app, col(RolloutRow.environment) == rollout.environment)
    other = session.exec(select(RolloutRow.id).where(*place, col(RolloutRow.live))).first()
    if other is not None and other != rollout.id:
        sentence = f"A rollout of {rollout.app} in {rollout.environment} is live already ({other})."
        raise Occupied(sentence, rollout_id=other)


def _columns(rollout: Rollout, due_at: datetime | None) -> dict[str, Any]:
    """What a row repeats of the document, and the document. Nothing is due for one that has ended."""
    return {
        "stage": rollout.stage.value,
        "live": rollout.stage in LIVE,
        "version": rollout.candidate.version,
        "outcome": rollout.outcome.value if rollout.outcome else None,
        "ended_at": rollout.ended,
        "document": codec.dump(Rollout, rollout),
        "due_at": None if rollout.is_final else due_at,
    }


def _finish(session: Session, row: RolloutRow, rollout: Rollout, act: Act, seen: _SEEN) -> Saved:
    frame = Frame(act.at, row.id, row.app, row.environment, rollout.policy.version, seen)
    _remember(row, audit.append(session, act.happenings, frame))
    outbox.put(session, act.tells, act.at)
    inbox.settle(session, act.delivery, act.at)
    return Saved(rollout, row.lock_version, row.due_at, seen, row.seen_at)


def _remember(row: RolloutRow | None, last: Any) -> None:
    if row is not None and last is not None:
        row.last_sequence, row.last_hash = last.sequence, last.hash


def _saved(row: RolloutRow, rollout: Rollout) -> Saved:
    return Saved(rollout, row.lock_version, row.due_at, _seen(row), row.seen_at)


def _rollout(row: RolloutRow) -> Rollout:
    try:
        return codec.load(Rollout, row.document)
    except codec.UnreadableError as error:
        raise StoreBroken(_unreadable(row, error)) from None


def _policy_version(row: RolloutRow) -> str:
    """The one word of the document that an audit entry needs, without reading all of it as a rollout."""
    try:
        return str(json.loads(row.document)["policy"]["version"])
    except (ValueError, KeyError, TypeError) as error:
        raise StoreBroken(_unreadable(row, error)) from None


def _seen(row: RolloutRow) -> _SEEN:
    try:
        seen: _SEEN = {} if row.seen is None else codec.load_any(_SEEN, row.seen)
    except codec.UnreadableError as error:
        raise StoreBroken(_unreadable(row, error)) from None
    return seen


def _unreadable(row: RolloutRow, error: Exception) -> str:
    return f"Rollout {row.id} in the database cannot be read ({error}). Run the version that wrote it, or restore a backup."


def _at(app: str, environment: str) -> Any:
    return select(RolloutRow).where(col(RolloutRow.app) == app, col(RolloutRow.environment) == environment)


def _found(session: Session, query: Any) -> tuple[Rollout, ...]:
    return tuple(_rollout(row) for row in session.exec(query).all())
