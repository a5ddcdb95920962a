"""The inbox: what came in is stored before it is acknowledged, and done afterwards, once, also after a crash.

Slack delivers commands, clicks and forms only once, so what was acknowledged must not be lost; and a click may arrive
twice, so what was stored under a key is not stored again. One person's orders about one rollout are done in their
order; nobody waits for somebody else's.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from enum import Enum, auto
from typing import Protocol

import structlog

from bot.clock import Clock
from bot.errors import LeadsmanError
from bot.store.errors import StoreUnavailable
from bot.store.records import Delivery, DeliveryKind
from bot.store.store import Store
from handlers.slack.background import Background

PATIENCE = 1.7
"""Real seconds that an acknowledgement waits for the store; Slack itself waits for three."""

TOO_LATE = timedelta(minutes=15)
"""An order older than this is not carried out: its author has long looked elsewhere."""

RETRY = 2.0
"""Real seconds until a store that is down is asked again."""

BATCH = 200
_DRAIN = 12.0

log = structlog.get_logger("inbox")

Body = Mapping[str, object]


class Receipt(Enum):
    """What became of a delivery by the time it must be acknowledged."""

    STORED = auto()
    REPEATED = auto()
    NOT_STORED = auto()
    STILL_STORING = auto()


class Clerk(Protocol):
    """Who does what came in."""

    async def do(self, delivery: Delivery) -> None:
        """Do it and answer its author. Raises StoreUnavailable where it is to be tried again."""

    async def too_late(self, delivery: Delivery) -> None:
        """Tell its author that it was not done, for it is too old."""

    async def broken(self, delivery: Delivery) -> None:
        """Tell its author that it was not done, for Leadsman failed at it."""

    async def not_stored(self, body: Body) -> None:
        """Tell its author that it could not be stored, after the acknowledgement had to be sent."""


class Intake:
    """Takes deliveries and hands them to the clerk."""

    def __init__(self, store: Store, clock: Clock, clerk: Clerk, lane: Callable[[Body], str]) -> None:
        """`lane` says of a body what must be done one after the other."""
        self._store = store
        self._clock = clock
        self._clerk = clerk
        self._lane = lane
        self._background = Background()
        self._news = asyncio.Event()
        self._stopping = asyncio.Event()
        self._held: set[int] = set()
        self._ended: set[int] = set()
        self._lanes: dict[str, list[Delivery]] = {}

    def start(self) -> None:
        """Begin with what an earlier process stored and did not do."""
        self._news.set()
        self._background.spawn(self._work(), "inbox")

    async def stop(self) -> None:
        """Finish what was taken. What cannot be finished in time is done after the next start."""
        self._stopping.set()
        self._news.set()
        await self._background.drain(_DRAIN)

    async def take(self, key: str, kind: DeliveryKind, body: Body) -> Receipt:
        """Store a delivery. Returns within `PATIENCE`; a store that is slower still gets it, or its author is told."""
        storing = asyncio.ensure_future(self._receive(key, kind, body))
        done, _ = await asyncio.wait({storing}, timeout=PATIENCE)
        if not done:
            self._background.spawn(self._late(storing, body), "storing a delivery")
            return Receipt.STILL_STORING
        try:
            is_new = storing.result()
        except LeadsmanError as error:
            log.warning("a delivery was not stored", error=str(error))
            return Receipt.NOT_STORED
        self._news.set()
        return Receipt.STORED if is_new else Receipt.REPEATED

    async def _receive(self, key: str, kind: DeliveryKind, body: Body) -> bool:
        """Store it. Where it is not known whether that was done, the same key shows it; then it counts as new."""
        at = self._clock.wall()
        try:
            return await self._store.receive(key, kind, body, at)
        except StoreUnavailable as error:
            if not error.maybe_applied:
                raise
        await self._store.receive(key, kind, body, at)
        return True

    async def _late(self, storing: Awaitable[bool], body: Body) -> None:
        try:
            await storing
        except LeadsmanError as error:
            log.warning("a delivery was not stored", error=str(error))
            await self._clerk.not_stored(body)
        self._news.set()

    async def _work(self) -> None:
        """Hand on what is pending, whenever there may be something.

        A delivery may be settled while the inbox is read, and still stand in what was read: it must not be done again.
        """
        while True:
            await self._news.wait()
            self._news.clear()
            is_last = self._stopping.is_set()
            self._ended.clear()
            try:
                pending = await self._store.inbox_pending(BATCH + len(self._held))
            except LeadsmanError as error:
                log.warning("the inbox cannot be read; tried again", error=str(error))
                self._again()
                pending = ()
            for delivery in pending:
                self._hand_on(delivery)
            if is_last:
                return

    def _hand_on(self, delivery: Delivery) -> None:
        if delivery.id in self._held or delivery.id in self._ended:
            return
        self._held.add(delivery.id)
        lane = self._lane(delivery.body)
        if lane in self._lanes:
            self._lanes[lane].append(delivery)
            return
        self._lanes[lane] = [delivery]
        self._background.spawn(self._follow(lane), "deliveries of one lane")

    async def _follow(self, lane: str) -> None:
        """Do a lane's deliveries, one after the other. When the store is down, the rest is read again later, in order."""
        waiting = self._lanes[lane]
        try:
            while waiting:
                await self._do(waiting[0])
                done = waiting.pop(0).id
                self._held.discard(done)
                self._ended.add(done)
        except StoreUnavailable as error:
            log.warning("an order waits for the store", error=str(error))
            self._again()
        finally:
            self._held.difference_update(delivery.id for delivery in waiting)
            del self._lanes[lane]
            self._news.set()

    async def _do(self, delivery: Delivery) -> None:
        if self._clock.wall() - delivery.received_at > TOO_LATE:
            await self._store.inbox_done(delivery.id, self._clock.wall(), "too late")
            await self._clerk.too_late(delivery)
            return
        try:
            await self._clerk.do(delivery)
        except StoreUnavailable:
            raise
        except Exception:
            log.exception("an order failed", delivery=delivery.id)
            await self._store.inbox_done(delivery.id, self._clock.wall(), "failed")
            await self._clerk.broken(delivery)
            return
        await self._store.inbox_done(delivery.id, self._clock.wall())

    def _again(self) -> None:
        if not self._stopping.is_set():
            self._background.spawn(self._knock(), "asking the store again")

    async def _knock(self) -> None:
        await self._background.pause(RETRY)
        self._news.set()
