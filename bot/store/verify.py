"""Looking for edits in the audit log: what was changed, and at which entry.

Four things vouch for an entry: its own hash, the next entry that names it, the head that names the last, and the rollout that
remembers its own last. An editor who changes all of them at once leaves no trace here; that is what anchors kept elsewhere are for.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from sqlmodel import Session, col, func, select

from bot.store import chain, guards
from bot.store.records import Anchor, AuditRecord, Finding, Verification
from bot.store.tables import AuditHead, AuditRow, RolloutRow

_BATCH = 500
_START = Anchor(0, chain.GENESIS)

LIMITS = (
    "Somebody with full access to the database can cut the log, or write it anew from some entry on, and change the head and "
    "every rollout's mark to fit: this database alone then shows nothing. Keep the head's number and hash, or an export, "
    "elsewhere and verify against it.",
    "Triggers that were dropped and made again the same leave no trace; what was changed in between does, as said above.",
    "Whether an entry was true when it was written cannot be seen from the log.",
)


@dataclass(frozen=True, slots=True)
class _Mark:
    """Somebody's memory of an entry: who remembers it, in words."""

    owner: str
    anchor: Anchor


@dataclass(slots=True)
class _Look:
    """One pass over the entries, in order of their numbers."""

    findings: list[Finding] = field(default_factory=list)
    doubtful: set[int] = field(default_factory=set)
    last: Anchor = _START
    count: int = 0
    latest: dict[str, int] = field(default_factory=dict)

    def say(self, sequence: int | None, sentence: str) -> None:
        """Note a finding; what is known to be wrong is not used to doubt its neighbours."""
        self.findings.append(Finding(sequence, sentence))
        if sequence is not None:
            self.doubtful.add(sequence)

    def missing(self, first: int, end: int) -> None:
        """Note that the entries from `first` up to, not including, `end` are not there."""
        which = f"Entry {first} is" if end - first == 1 else f"Entries {first} to {end - 1} are"
        self.say(first, f"{which} missing: deleted.")
        self.doubtful.update(range(first, end))

    def row(self, row: AuditRow) -> None:
        """Look at the next entry."""
        if row.sequence > self.last.sequence + 1:
            self.missing(self.last.sequence + 1, row.sequence)
        self.count += 1
        record = _parse(row)
        sound = record is not None and chain.digest(row.content) == row.hash
        if record is None:
            self.say(row.sequence, f"Entry {row.sequence} was edited: it cannot be read any more.")
        elif record.sequence != row.sequence:
            self.say(
                row.sequence,
                f"Entry {row.sequence} holds what was written as entry {record.sequence}: moved or swapped.",
            )
        elif not sound:
            self.say(row.sequence, f"Entry {row.sequence} was edited: its content does not match its hash.")
        elif _columns(row) != (record.at, record.rollout_id, record.app):
            self.say(row.sequence, f"Entry {row.sequence} was edited: its columns differ from its content.")
        if record is not None:
            self._chained(row.sequence, record)
            if record.rollout_id is not None:
                self.latest[record.rollout_id] = row.sequence
        self.last = Anchor(row.sequence, row.hash)

    def _chained(self, sequence: int, record: AuditRecord) -> None:
        if chain.previous_of(record) == self.last.hash or {sequence, sequence - 1} & self.doubtful:
            return
        if sequence == 1:
            self.say(1, "Entry 1 was replaced: it does not begin the log.")
            return
        self.say(
            sequence - 1,
            f"Entry {sequence - 1} was replaced: entry {sequence} was written after another one. "
            "Entries before it may have been replaced with it.",
        )

    def remembered(self, mark: _Mark, hashes: dict[int, str]) -> None:
        """Compare an entry with somebody's memory of it."""
        place = mark.anchor.sequence
        if place in self.doubtful:
            return
        if place not in hashes:
            self.say(place, f"Entry {place} is missing: {mark.owner} remembers it.")
        elif hashes[place] != mark.anchor.hash:
            self.say(
                place,
                f"Entry {place} was replaced: {mark.owner} remembers another one. "
                "Entries before it may have been replaced with it.",
            )


def verify(session: Session, anchors: Sequence[Anchor]) -> Verification:
    """Look at everything once. `anchors` are places of the chain that were kept outside this database."""
    look = _Look()
    for name in guards.broken(session.connection()):
        look.say(
            None, f"The guard {name} is missing or was changed: entries could be edited since. Find out who and when."
        )
    marks = list(_marks(session))
    marks += [_Mark("the anchor you gave", anchor) for anchor in anchors if anchor.sequence > 0]
    wanted = {mark.anchor.sequence for mark in marks}
    hashes: dict[int, str] = {}
    for row in _rows(session):
        look.row(row)
        if row.sequence in wanted:
            hashes[row.sequence] = row.hash
    _end(session, look)
    for mark in marks:
        look.remembered(mark, hashes)
    _latest(session, look)
    ordered = sorted(look.findings, key=lambda finding: finding.sequence or 0)
    return Verification(look.count, look.last, tuple(ordered), LIMITS)


def _rows(session: Session) -> Iterator[AuditRow]:
    lowest = session.exec(select(func.min(AuditRow.sequence))).one()
    after: int | None = None if lowest is None else lowest - 1
    while after is not None:
        query = select(AuditRow).where(col(AuditRow.sequence) > after).order_by(col(AuditRow.sequence)).limit(_BATCH)
        rows = session.exec(query).all()
        yield from rows
        after = rows[-1].sequence if len(rows) == _BATCH else None
        session.expunge_all()


def _marks(session: Session) -> Iterator[_Mark]:
    query = select(RolloutRow.id, RolloutRow.last_sequence, RolloutRow.last_hash)
    for rollout_id, sequence, hash_ in session.exec(query.where(col(RolloutRow.last_sequence).is_not(None))):
        yield _Mark(f"rollout {rollout_id}", Anchor(sequence or 0, hash_ or ""))


def _end(session: Session, look: _Look) -> None:
    """Compare the last entry with the head."""
    head = session.exec(select(AuditHead)).one_or_none()
    if head is None:
        look.say(None, "The head of the log is gone, so entries missing at the end cannot be counted.")
    elif head.sequence > look.last.sequence:
        look.missing(look.last.sequence + 1, head.sequence + 1)
    elif head.sequence < look.last.sequence:
        look.say(
            head.sequence + 1, f"The head of the log was turned back: it knows nothing after entry {head.sequence}."
        )
    elif head.hash != look.last.hash and head.sequence not in look.doubtful:
        look.say(
            head.sequence, f"Entry {head.sequence}, the last, was replaced: the head of the log remembers another one."
        )


def _latest(session: Session, look: _Look) -> None:
    """Compare each rollout's memory with the last entry that names it."""
    known = dict(session.exec(select(RolloutRow.id, RolloutRow.last_sequence)).all())
    for rollout_id, sequence in look.latest.items():
        if rollout_id not in known:
            look.say(sequence, f"Entry {sequence} tells of rollout {rollout_id}, whose row is gone: deleted.")
        elif (known[rollout_id] or 0) < sequence and sequence not in look.doubtful:
            look.say(
                sequence,
                f"Rollout {rollout_id} does not remember entry {sequence}: its row was edited or is an old copy.",
            )


def _parse(row: AuditRow) -> AuditRecord | None:
    """The entry, None where it cannot be read; SQLite holds in any column whatever somebody puts there."""
    if not isinstance(row.content, bytes) or not isinstance(row.hash, str):
        return None
    try:
        record = chain.read(row.content, row.hash)
        chain.previous_of(record)
    except (ValueError, KeyError, TypeError):
        return None
    return record


def _columns(row: AuditRow) -> tuple[object, ...]:
    return (row.at, row.rollout_id, row.app)
