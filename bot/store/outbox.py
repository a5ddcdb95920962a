"""The outbox: what people are still to be told, written in the transaction that made it true."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy
from sqlalchemy import ColumnElement, Connection, and_, delete, exists, func, insert, or_, update
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from bot.store import codec
from bot.store.errors import StoreBroken
from bot.store.inbox import plain
from bot.store.records import CardRecord, OutboxRow, Tell, TellKind, Urgency
from bot.store.tables import RolloutRow, TellRow
from strategies.events import Happening


def put(session: Session, tells: Sequence[Tell], at: datetime) -> None:
    """Add them. A card takes the place of one that waits, under a new number: an answer about the old one does not settle it."""
    connection = session.connection()
    for tell in tells:
        row: dict[str, object] = {
            "rollout_id": tell.rollout_id,
            "kind": tell.kind.value,
            "urgency": tell.urgency.value,
            "document": None if tell.event is None else codec.dump(Happening, tell.event),
            "created_at": at,
            "begun_at": None,
            "retry_at": None,
            "tries": 0,
            "error": "",
        }
        if tell.kind is TellKind.CARD:
            row |= _replaced(connection, tell)
        connection.execute(_ADD, row)


_ADD = insert(TellRow)
_INHERITED = ("begun_at", "retry_at", "tries", "error")
_WAITING = sqlalchemy.select(*(getattr(TellRow, name) for name in ("id", "urgency", *_INHERITED)))


def _replaced(connection: Connection, tell: Tell) -> dict[str, object]:
    """Take the card away that waits, and give what its successor inherits."""
    which = (col(TellRow.rollout_id) == tell.rollout_id, col(TellRow.kind) == TellKind.CARD.value)
    old = connection.execute(_WAITING.where(*which)).mappings().one_or_none()
    if old is None:
        return {}
    connection.execute(delete(TellRow).where(col(TellRow.id) == old["id"]))
    kept = {name: old[name] for name in _INHERITED}
    return kept if old["urgency"] != Urgency.DECISION.value else {**kept, "urgency": old["urgency"]}


def pending(session: Session, limit: int, wall: datetime) -> tuple[OutboxRow, ...]:
    """What waits and may be sent at this real time. Rollouts in which a decision waits go first; then as they came.

    A line is left out while an earlier line of its rollout has to wait for its next try.
    """
    earlier, urgent = aliased(TellRow), aliased(TellRow)
    blocked = exists().where(
        col(earlier.rollout_id) == col(TellRow.rollout_id),
        col(earlier.kind) == TellKind.LINE.value,
        col(earlier.told_at).is_(None),
        col(earlier.id) < col(TellRow.id),
        col(earlier.retry_at) > wall,
    )
    decision = exists().where(
        col(urgent.rollout_id) == col(TellRow.rollout_id),
        col(urgent.told_at).is_(None),
        col(urgent.urgency) == Urgency.DECISION.value,
    )
    query = (
        select(TellRow)
        .where(
            col(TellRow.told_at).is_(None),
            or_(col(TellRow.retry_at).is_(None), col(TellRow.retry_at) <= wall),
            or_(col(TellRow.kind) == TellKind.CARD.value, ~blocked),
        )
        .order_by(decision.desc(), col(TellRow.id))
        .limit(limit)
    )
    return tuple(_waiting(row) for row in session.exec(query))


def untold(session: Session) -> int:
    """How many wait, those included that may not be sent now."""
    return session.exec(select(func.count()).select_from(TellRow).where(col(TellRow.told_at).is_(None))).one()


def begin(session: Session, rows: Sequence[int], at: datetime) -> None:
    """Note that these are about to be sent: should the answer be lost, the message is looked up before it is sent again."""
    session.connection().execute(update(TellRow).where(_waits(rows)).values(begun_at=at))


def told(session: Session, rows: Sequence[int], at: datetime, positions: Mapping[int, str]) -> None:
    """Settle these. `positions` gives a line's time stamp in its thread. A card that was replaced meanwhile still waits."""
    connection = session.connection()
    connection.execute(delete(TellRow).where(_waits(rows), col(TellRow.kind) == TellKind.CARD.value))
    for row in rows:
        change = {"told_at": at, "ts": positions.get(row), "error": ""}
        connection.execute(update(TellRow).where(_waits([row])).values(**change))


def failed(session: Session, row: int, error: str, retry_at: datetime) -> None:
    """Note that a send failed for certain, and the real time before which not to try again."""
    change = {"error": plain(error), "retry_at": retry_at, "begun_at": None, "tries": TellRow.tries + 1}
    session.connection().execute(update(TellRow).where(_waits([row])).values(**change))


def positions(session: Session, rollout_id: str) -> dict[int, str]:
    """The time stamps of a rollout's told lines, by outbox number, in order."""
    query = select(TellRow.id, TellRow.ts).where(col(TellRow.rollout_id) == rollout_id, col(TellRow.ts).is_not(None))
    return {number or 0: ts or "" for number, ts in session.exec(query.order_by(col(TellRow.id)))}


def prune(session: Session, before: datetime) -> int:
    """Forget the lines told before that time."""
    return session.connection().execute(delete(TellRow).where(col(TellRow.told_at) < before)).rowcount


def card(session: Session, rollout_id: str) -> CardRecord | None:
    """The rollout's card as it was last sent, None if it never was."""
    row = session.get(RolloutRow, rollout_id)
    if row is None or row.card_ts is None:
        return None
    return CardRecord(row.card_channel or "", row.card_ts, row.card_hash or "", row.card_drawing or 0)


def remember_card(session: Session, rollout_id: str, record: CardRecord) -> None:
    """Note what the card is now. This changes nothing of the rollout, so that it is right after its end too."""
    change = {
        "card_channel": record.channel,
        "card_ts": record.ts,
        "card_hash": record.hash,
        "card_drawing": record.drawing,
    }
    session.connection().execute(update(RolloutRow).where(col(RolloutRow.id) == rollout_id).values(**change))


def _waits(rows: Sequence[int]) -> ColumnElement[bool]:
    return and_(col(TellRow.id).in_(rows), col(TellRow.told_at).is_(None))


def _waiting(row: TellRow) -> OutboxRow:
    try:
        event = None if row.document is None else codec.load(Happening, row.document)
    except codec.UnreadableError as error:
        raise StoreBroken(
            f"Line {row.id} of the outbox cannot be read ({error}). Run the version that wrote it."
        ) from None
    tell = Tell(TellKind(row.kind), row.rollout_id, Urgency(row.urgency), event)
    return OutboxRow(row.id or 0, tell, row.created_at, row.begun_at, row.tries, row.error)
