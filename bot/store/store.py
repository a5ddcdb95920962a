"""The store as the rest of the bot knows it: every method is one transaction, and every failure one of our errors.

All raise `StoreUnavailable`, `StoreBroken` or `NotConfigured` where the database cannot do it; what else they raise stands with each.
Times named `at` are the caller's. `now` is rollout time; leases and retries are counted in real time.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.store import audit, inbox, leases, outbox, rollouts, schema
from bot.store import verify as verification
from bot.store.chain import Frame
from bot.store.database import Database, Witness
from bot.store.records import (
    Anchor,
    AuditEntry,
    AuditRecord,
    CardRecord,
    Delivery,
    DeliveryKind,
    OutboxRow,
    Saved,
    Tell,
    Verification,
)
from bot.store.rollouts import Act
from strategies.events import Happening
from strategies.model import Rollout
from strategies.sighting import Sighting

_EXPORT_BATCH = 500


class Store:
    """Rollouts, inbox, outbox and audit log in one database. Build it with `open`."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @classmethod
    def open(cls, url: str, *, clock: Clock, read_only: bool = False, witness: Witness | None = None) -> "Store":
        """Open `sqlite:///FILE` or `postgresql://…`. `read_only` does not lock out a running bot, and can change nothing.

        `witness` is told `before:save`, `after:save` and so on around each commit, in the thread that commits. Raises NotConfigured,
        StoreTaken.
        """
        return cls(Database(url, read_only=read_only, witness=witness), clock)

    @property
    def place(self) -> str:
        """The database's name for people; never its password."""
        return self._database.place

    async def migrate(self) -> None:
        """Bring the tables to this version. On SQLite also drops leases left by a process that died, for none other can be alive."""
        await self._database.run(schema.upgrade)
        if self._database.is_sqlite:
            await self._database.write("forget", leases.forget)

    async def is_current(self) -> bool:
        """Whether the tables are those of this version."""
        return await self._database.read(lambda s: schema.is_current(s.connection()))

    async def close(self) -> None:
        """Finish what runs, then let go of the database."""
        await self._database.close()

    # The inbox

    async def receive(self, key: str, kind: DeliveryKind, body: Mapping[str, object], at: datetime) -> bool:
        """Store what came in, before it is acknowledged. False: a repeat, which is acknowledged and not acted on."""
        return await self._database.write("receive", lambda s: inbox.receive(s, key, kind, body, at), first=True)

    async def inbox_pending(self, limit: int) -> tuple[Delivery, ...]:
        """What is not settled yet, oldest first."""
        return await self._database.read(lambda s: inbox.pending(s, limit))

    async def inbox_done(self, delivery: int, at: datetime, note: str = "") -> None:
        """Settle a delivery that led to no saved act; one that did is settled with it (`delivery=`)."""
        await self._database.write("inbox_done", lambda s: inbox.settle(s, delivery, at, note))

    # Rollouts

    async def create(
        self,
        rollout: Rollout,
        happenings: Sequence[Happening] = (),
        tells: Sequence[Tell] = (),
        *,
        at: datetime,
        due_at: datetime | None = None,
        delivery: int | None = None,
    ) -> Saved:
        """Save a new one with its audit entries and outbox rows. Raises Occupied, or AlreadyExists for its id."""
        act = Act(at, happenings, tells, delivery)
        return await self._database.write("create", lambda s: rollouts.create(s, rollout, act, due_at))

    async def load(self, rollout_id: str) -> Saved | None:
        """The rollout of that id, None if there is none."""
        return await self._database.read(lambda s: rollouts.load(s, rollout_id))

    async def save(
        self,
        saved: Saved,
        rollout: Rollout,
        *,
        happenings: Sequence[Happening | AuditEntry] = (),
        tells: Sequence[Tell] = (),
        due_at: datetime | None = None,
        seen: Mapping[str, Sighting] | None = None,
        at: datetime,
        delivery: int | None = None,
    ) -> Saved:
        """Save what changed, its audit entries, its outbox rows and the delivery it settles: all or nothing.

        `due_at` None: nothing is due. `seen` (by walk id) None: the last snapshot stays. An end makes those due that are queued
        in its place. Raises Stale, Final, Occupied, NotFound.
        """
        act = Act(at, happenings, tells, delivery)
        return await self._database.write("save", lambda s: rollouts.save(s, saved, rollout, act, due_at, seen))

    async def live(self, app: str, environment: str) -> Rollout | None:
        """The one between Queued and Ended there."""
        return await self._database.read(lambda s: rollouts.live(s, app, environment))

    async def queued(self, app: str, environment: str) -> tuple[Rollout, ...]:
        """Those that wait there, oldest first."""
        return await self._database.read(lambda s: rollouts.queued(s, app, environment))

    async def all_live(self) -> tuple[Saved, ...]:
        """Every live rollout, oldest first."""
        return await self._database.read(rollouts.unfinished)

    async def history(
        self, app: str, environment: str, limit: int, *, before: datetime | None = None
    ) -> tuple[Rollout, ...]:
        """All there, newest first; `before` that creation time, to page on."""
        return await self._database.read(lambda s: rollouts.history(s, app, environment, limit, before))

    async def last_healthy(self, app: str, environment: str, count: int = 1) -> tuple[Rollout, ...]:
        """Those that ended Healthy there, latest end first."""
        return await self._database.read(lambda s: rollouts.last_healthy(s, app, environment, count))

    # Leases

    async def claim_due(self, now: datetime, owner: str, lease: timedelta, limit: int) -> list[str]:
        """Lease rollouts that are due by `now` and that nobody holds; their ids, earliest first. `lease` is real time."""
        wall = self._clock.wall()
        return await self._database.write("claim", lambda s: leases.claim_due(s, now, owner, wall, wall + lease, limit))

    async def lease(self, rollout_id: str, owner: str, lease: timedelta) -> bool:
        """Lease this one, due or not. False if somebody else holds it."""
        wall = self._clock.wall()
        return await self._database.write("lease", lambda s: leases.take(s, rollout_id, owner, wall, wall + lease))

    async def renew(self, rollout_id: str, owner: str, lease: timedelta) -> bool:
        """Prolong one's own lease. False if it was lost to somebody else: stop working on it."""
        until = self._clock.wall() + lease
        return await self._database.write("renew", lambda s: leases.renew(s, rollout_id, owner, until))

    async def release(self, rollout_id: str, owner: str) -> None:
        """Give one's own lease back."""
        await self._database.write("release", lambda s: leases.release(s, rollout_id, owner))

    async def release_all(self, owner: str) -> None:
        """Give back every lease of one's own."""
        await self._database.write("release_all", lambda s: leases.release_all(s, owner))

    # The outbox

    async def pending_tells(self, limit: int) -> tuple[OutboxRow, ...]:
        """What may be sent now: decisions first, the lines of a rollout in order."""
        wall = self._clock.wall()
        return await self._database.read(lambda s: outbox.pending(s, limit, wall))

    async def untold(self) -> int:
        """How many messages people were not told yet."""
        return await self._database.read(outbox.untold)

    async def telling(self, rows: Sequence[int], at: datetime) -> None:
        """Note that these are about to be sent, so that a lost answer is looked up and not sent twice."""
        await self._database.write("telling", lambda s: outbox.begin(s, rows, at))

    async def told(self, rows: Sequence[int], at: datetime, positions: Mapping[int, str] | None = None) -> None:
        """Settle these. `positions`: the time stamp that each line got in its thread."""
        await self._database.write("told", lambda s: outbox.told(s, rows, at, positions or {}))

    async def tell_failed(self, row: int, error: str, retry_at: datetime) -> None:
        """Note that a send failed for certain; not again before `retry_at` (real time)."""
        await self._database.write("tell_failed", lambda s: outbox.failed(s, row, error, retry_at))

    async def line_positions(self, rollout_id: str) -> Mapping[int, str]:
        """The time stamps of the told lines of a rollout, by outbox number."""
        return await self._database.read(lambda s: outbox.positions(s, rollout_id))

    async def card_of(self, rollout_id: str) -> CardRecord | None:
        """The rollout's card as it was last sent, None if it never was."""
        return await self._database.read(lambda s: outbox.card(s, rollout_id))

    async def remember_card(self, rollout_id: str, record: CardRecord) -> None:
        """Note what the card is now, also after the rollout's end."""
        await self._database.write("remember_card", lambda s: outbox.remember_card(s, rollout_id, record))

    async def prune(self, before: datetime) -> int:
        """Forget deliveries settled and lines told before that time. How many. Rollouts and the audit log stay."""
        return await self._database.write("prune", lambda s: inbox.prune(s, before) + outbox.prune(s, before))

    # The audit log

    async def audit(
        self,
        entries: Sequence[Happening | AuditEntry],
        *,
        rollout_id: str | None = None,
        app: str | None = None,
        environment: str | None = None,
        at: datetime,
        delivery: int | None = None,
    ) -> None:
        """Record acts that change no row: refused commands, patches and their outcomes. Raises NotFound for an unknown rollout."""
        frame = Frame(at, rollout_id, _plain(app), _plain(environment))
        await self._database.write("audit", lambda s: rollouts.note(s, entries, frame, delivery))

    async def audit_entries(
        self, after_sequence: int, limit: int, rollout_id: str | None = None, app: str | None = None
    ) -> tuple[AuditRecord, ...]:
        """At most `limit` entries above that number, in order."""
        return await self._database.read(lambda s: audit.entries(s, after_sequence, limit, rollout_id, app))

    async def audit_head(self) -> Anchor:
        """The last entry's number and hash; worth keeping elsewhere."""
        return await self._database.read(audit.head)

    async def verify(self, anchors: Sequence[Anchor] = ()) -> Verification:
        """Look for edits of the audit log. `anchors`: numbers and hashes that were kept outside the database."""
        return await self._database.read(lambda s: verification.verify(s, anchors))

    async def export(self) -> AsyncIterator[bytes]:
        """The whole audit log as JSON lines, each with the entry as it was hashed, and its hash."""
        after = 0
        while batch := await self.audit_entries(after, _EXPORT_BATCH):
            for record in batch:
                yield audit.line(record)
            after = batch[-1].sequence


def _plain(text: str | None) -> str | None:
    return None if text is None else inbox.plain(text)
