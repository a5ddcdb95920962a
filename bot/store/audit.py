"""The audit log: entries are appended inside the transaction of the act they tell of, and read in order."""

from collections.abc import Sequence

from sqlalchemy import insert, update
from sqlmodel import Session, col, select

from bot.store import chain
from bot.store.errors import StoreBroken
from bot.store.records import Anchor, AuditEntry, AuditRecord
from bot.store.tables import AuditHead, AuditRow
from strategies.events import Happening


def append(session: Session, entries: Sequence[Happening | AuditEntry], frame: chain.Frame) -> Anchor | None:
    """Add the entries in order and return the last one's place, None if there were none.

    The head's row is locked until the transaction ends, so that numbers have no gap and no twin. Whoever also needs a rollout's row
    locks that first.
    """
    if not entries:
        return None
    connection = session.connection()
    head = connection.execute(select(AuditHead.sequence, AuditHead.hash).with_for_update()).one_or_none()
    if head is None:
        raise StoreBroken("The head of the audit log is gone, so nothing can be recorded. Run `leadsman audit verify`.")
    last, rows = Anchor(head.sequence, head.hash), []
    for entry in entries:
        content = chain.write(entry, frame, last.sequence + 1, last.hash)
        last = Anchor(last.sequence + 1, chain.digest(content))
        rows.append(_row(entry, frame, last, content))
    connection.execute(_ADD, rows)  # entries before the head: a guard admits only numbers above it
    connection.execute(_MOVE, {"sequence": last.sequence, "hash": last.hash})
    return last


_ADD = insert(AuditRow)
_MOVE = update(AuditHead)


def _row(entry: Happening | AuditEntry, frame: chain.Frame, place: Anchor, content: bytes) -> dict[str, object]:
    return {
        "sequence": place.sequence,
        "at": entry.at,
        "rollout_id": frame.rollout_id,
        "app": frame.app,
        "content": content,
        "hash": place.hash,
    }


def entries(
    session: Session, after: int, limit: int, rollout_id: str | None = None, app: str | None = None
) -> tuple[AuditRecord, ...]:
    """At most `limit` entries above number `after`, in order. Raises StoreBroken for one that cannot be read."""
    query = select(AuditRow).where(col(AuditRow.sequence) > after)
    if rollout_id is not None:
        query = query.where(col(AuditRow.rollout_id) == rollout_id)
    if app is not None:
        query = query.where(col(AuditRow.app) == app)
    rows = session.exec(query.order_by(col(AuditRow.sequence)).limit(limit)).all()
    return tuple(_record(row) for row in rows)


def head(session: Session) -> Anchor:
    """The last entry's number and hash; number 0 while there is none. Raises StoreBroken if the head is gone."""
    row = session.exec(select(AuditHead)).one_or_none()
    if row is None:
        raise StoreBroken("The head of the audit log is gone. Run `leadsman audit verify`.")
    return Anchor(row.sequence, row.hash)


def line(record: AuditRecord) -> bytes:
    """One line of an export: the content byte for byte, so that whoever has it can hash it, and its hash."""
    return b'{"entry":' + record.content + b',"hash":"' + record.hash.encode() + b'"}\n'


def _record(row: AuditRow) -> AuditRecord:
    try:
        return chain.read(row.content, row.hash)
    except (ValueError, KeyError, TypeError):
        sentence = f"Entry {row.sequence} of the audit log cannot be read. Run `leadsman audit verify`."
        raise StoreBroken(sentence) from None
