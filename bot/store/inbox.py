"""The inbox: what came in is stored before it is acknowledged, once, and settled in the transaction of the act it led to."""

import json
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from bot.store.records import Delivery, DeliveryKind
from bot.store.tables import DeliveryRow


def receive(session: Session, key: str, kind: DeliveryKind, body: Mapping[str, object], at: datetime) -> bool:
    """Store it. False if that key is there already: a repeat, to be acknowledged and not acted on."""
    key = plain(key)
    if session.exec(select(DeliveryRow.id).where(col(DeliveryRow.key) == key)).first() is not None:
        return False
    document = json.dumps(body, separators=(",", ":")).encode("ascii")
    session.add(DeliveryRow(key=key, kind=kind.value, body=document, received_at=at))
    session.flush()  # on Postgres a twin at the same moment is refused here; the work is run again and finds it
    return True


def pending(session: Session, limit: int) -> tuple[Delivery, ...]:
    """What is not settled yet, oldest first."""
    query = select(DeliveryRow).where(col(DeliveryRow.done_at).is_(None)).order_by(col(DeliveryRow.id)).limit(limit)
    return tuple(
        Delivery(row.id or 0, row.key, DeliveryKind(row.kind), json.loads(row.body), row.received_at)
        for row in session.exec(query)
    )


def settle(session: Session, delivery: int | None, at: datetime, note: str = "") -> None:
    """Mark it done, once. Its body, which may hold addresses to answer to, is wiped; the key stays to know repeats by."""
    if delivery is None:
        return
    which = (col(DeliveryRow.id) == delivery, col(DeliveryRow.done_at).is_(None))
    session.connection().execute(update(DeliveryRow).where(*which).values(done_at=at, note=plain(note), body=b"{}"))


def prune(session: Session, before: datetime) -> int:
    """Forget what was settled before that time; a repeat of it would count as new."""
    return session.connection().execute(delete(DeliveryRow).where(col(DeliveryRow.done_at) < before)).rowcount


def plain(text: str) -> str:
    """The text without what a database's text column cannot hold: NUL and half characters."""
    return text.encode("utf-8", "replace").decode().replace("\0", "�")
