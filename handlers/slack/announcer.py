"""Tells people what happened: sends what waits in the outbox, within Slack's budgets, decisions first.

One pass after another looks at everything that waits and sends what may be sent now: a rollout's card and the next line
of its thread, each beside those of other rollouts. What is sent is drawn from the store at that moment, so that cards
coalesce by themselves and an outage ends with the truth. Nothing here holds the engine up, and nothing but caches is
kept in memory.
"""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from typing import Any

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.charts import ChartRenderer
from bot.clock import Clock
from bot.config import Config
from bot.errors import LeadsmanError
from bot.evidence import Evidence
from bot.meter import PrometheusMeter
from bot.store.records import OutboxRow, Saved, TellKind, Urgency
from bot.store.store import Store
from handlers.slack.budget import POST, UPDATE, Budget, Over
from handlers.slack.directory import SlackDirectory
from handlers.slack.drafts import Drafts
from handlers.slack.messenger import Messenger, Place
from handlers.slack.outage import Outages
from handlers.slack.pictures import Pictures
from handlers.slack.setbacks import SLOWEST, Setbacks
from handlers.slack.teller import Teller, Wanted
from handlers.slack.views.card import Picture, between
from handlers.slack.views.message import Message
from handlers.slack.views.picture import picture_message
from handlers.slack.views.prose import Line

log = structlog.get_logger("slack")

_Key = tuple[str, TellKind]
_AnySend = Callable[[], Coroutine[Any, Any, Wanted | None]]

LOOK = 1.0
"""Real seconds after which the outbox is looked at though nobody called: for what waits for its next try."""

REDRAW = 10.0
"""Real seconds until a card whose redrawing failed is drawn again."""

MOST = 3_000
"""Rows of the outbox that one pass looks at."""

_BREATH = 0.02


@dataclass(frozen=True, slots=True)
class _Extra:
    """A message for a thread that no row of the outbox stands for."""

    rollout_id: str
    place: Place
    message: Message


class Announcer:
    """Start it, nudge it whenever something was saved, stop it."""

    def __init__(
        self,
        client: AsyncWebClient,
        store: Store,
        config: Callable[[], Config],
        clock: Clock,
        meter: PrometheusMeter,
        renderer: ChartRenderer,
        directory: SlackDirectory,
    ) -> None:
        self._store = store
        self._clock = clock
        self._messenger = Messenger(client, clock)
        self._drafts = Drafts(config, directory, clock)
        self._budget = Budget(clock)
        pictures = Pictures(Evidence(meter, store), renderer, self._messenger, self._budget, clock)
        self._teller = Teller(store, clock, config, self._messenger, self._drafts, pictures, self._budget)
        self._pictures = pictures
        self._outages = Outages(clock)
        self._setbacks = Setbacks(store, clock, self._budget, self._outages, self._teller)
        self._awake = asyncio.Event()
        self._busy: dict[_Key, asyncio.Task[object]] = {}
        self._just_ended: set[_Key] = set()
        self._redraws: dict[str, float] = {}
        self._overwritten: set[str] = set()
        self._extras: list[_Extra] = []
        self._resting = asyncio.Event()
        self._runner: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to send; what an earlier process left in the outbox goes first."""
        self._runner = asyncio.create_task(self._run(), name="announcer")

    async def stop(self) -> None:
        """Stop sending. What is under way is finished, so that its answer is noted."""
        if self._runner is not None:
            self._runner.cancel()
            await asyncio.gather(self._runner, return_exceptions=True)
        await asyncio.gather(*self._busy.values(), return_exceptions=True)
        await self._pictures.stop()

    def nudge(self, saved: Saved) -> None:
        """Something was saved: look at the outbox now."""
        self._awake.set()

    async def heard(self, rollout_id: str, line: Line) -> Message | None:
        """The card right after a click, for its response_url: the buttons give way to `line`. None if there is no such rollout."""
        saved, record = await self._store.load(rollout_id), await self._store.card_of(rollout_id)
        if saved is None:
            return None
        draft = await self._drafts.card(saved, record.drawing if record else 0, self._teller.picture(saved))
        return between(draft.message, line)

    def redraw(self, rollout_id: str) -> None:
        """Draw this card again, whatever was sent last: somebody else changed the message."""
        self._overwritten.add(rollout_id)
        self._redraws[rollout_id] = 0.0
        self._awake.set()

    async def address(self, rollout_id: str) -> str | None:
        """Where the rollout's card stands, for a link; None while there is none or Slack does not tell."""
        return await self._teller.address(rollout_id)

    async def idle(self) -> None:
        """Wait until nothing is under way; then only time, or another nudge, brings more."""
        while self._busy or not self._resting.is_set() or self._pictures.making:
            await asyncio.gather(
                *self._busy.values(), self._resting.wait(), *self._pictures.making, return_exceptions=True
            )

    async def _run(self) -> None:
        while True:
            wait = LOOK
            try:
                wait = await self._pass()
            except LeadsmanError as error:
                log.warning("the outbox cannot be read; it is tried again", error=str(error))
            except Exception:
                log.exception("a pass of the announcer failed")
            self._resting.set()
            await self._clock.real_sleep(_BREATH)
            await self._rest(wait)
            self._resting.clear()

    async def _rest(self, seconds: float) -> None:
        """Until something is saved, a send has ended, or it is time."""
        ways = {asyncio.create_task(self._clock.real_sleep(seconds)), asyncio.create_task(self._called())}
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()

    async def _called(self) -> None:
        await self._awake.wait()

    async def _pass(self) -> float:
        """Send what may be sent now. How long nothing else can be, in seconds."""
        self._awake.clear()
        self._just_ended.clear()
        rows = await self._store.pending_tells(MOST)
        urgent = {row.tell.rollout_id for row in rows if row.tell.urgency is Urgency.DECISION}
        waiting: set[_Key] = set()
        wait = LOOK
        for row in rows:
            key = (row.tell.rollout_id, row.tell.kind)
            if key not in waiting:
                waiting.add(key)
                wait = min(wait, await self._begun(row, urgent=row.tell.rollout_id in urgent))
        for rollout_id, kind in waiting:
            if kind is TellKind.CARD and rollout_id not in self._overwritten:
                self._redraws.pop(rollout_id, None)
        for rollout_id in tuple(self._redraws):
            wait = min(wait, await self._begin_redraw(rollout_id))
        await self._mended({rollout for rollout, _ in waiting})
        for extra in tuple(self._extras):
            if (extra.rollout_id, TellKind.LINE) not in waiting:
                wait = min(wait, await self._begin_extra(extra))
        return wait

    async def _begun(self, row: OutboxRow, *, urgent: bool) -> float:
        """Begin one row; one that cannot be made holds none of the others up."""
        try:
            return await self._begin(row, urgent=urgent)
        except LeadsmanError:
            raise
        except Exception:
            log.exception("a message could not be made", rollout=row.tell.rollout_id)
            await self._setbacks.put_off(row, "a defect of Leadsman's", SLOWEST)
            return LOOK

    async def _begin(self, row: OutboxRow, *, urgent: bool) -> float:
        """Send one row if it may be sent now: 0, or else the seconds to wait.

        A row that was read before a send of its kind ended may be the one that was sent: the next pass reads it anew.
        """
        key = (row.tell.rollout_id, row.tell.kind)
        if key in self._busy or key in self._just_ended:
            return LOOK
        if (left := self._setbacks.wait(row)) > 0:
            return left
        place = await self._teller.place(row.tell.rollout_id)
        if place is None and row.tell.kind is TellKind.LINE:
            return LOOK
        changes = place is not None and row.tell.kind is TellKind.CARD
        channel = place.channel if place else await self._teller.first_channel(row.tell.rollout_id)
        wait = self._budget.update_wait(urgent=urgent) if changes else self._budget.post_wait(channel, urgent=urgent)
        if changes and wait <= 0:
            await self._forget_overwritten(row.tell.rollout_id)
        send = await self._teller.prepare(row, place) if wait <= 0 else None
        if send is not None:
            over = self._budget.updating(urgent=urgent) if changes else self._budget.posting(channel)
            self._spawn(key, self._send(row, send, UPDATE if changes else POST, channel), over)
        return wait

    async def _begin_redraw(self, rollout_id: str) -> float:
        """A card that changes though nothing was saved: its chart came, or a click was shown on it."""
        key, wait = (rollout_id, TellKind.CARD), self._budget.update_wait(urgent=False)
        wait = max(wait, self._redraws[rollout_id] - self._clock.monotonic())
        if key in self._busy or wait > 0:
            return max(wait, 0.0) or LOOK
        del self._redraws[rollout_id]
        await self._forget_overwritten(rollout_id)
        place, send = await self._teller.place(rollout_id), await self._teller.redraw(rollout_id)
        if place is not None and send is not None:
            over = self._budget.updating(urgent=False)
            self._spawn(key, self._redrawn(rollout_id, send, place.channel), over)
        return 0.0

    async def _forget_overwritten(self, rollout_id: str) -> None:
        """Only while no change of ours is under way, for its answer notes what it drew."""
        if rollout_id in self._overwritten:
            await self._teller.forget_drawing(rollout_id)
            self._overwritten.discard(rollout_id)

    async def _redrawn(self, rollout_id: str, send: _AnySend, channel: str) -> None:
        """No row of the outbox stands for it, so that what failed is noted here."""
        if not await self._send(None, send, UPDATE, channel):
            self._redraws[rollout_id] = self._clock.monotonic() + REDRAW

    async def _begin_extra(self, extra: "_Extra") -> float:
        """A message beside the outbox: a chart for the thread, or the line about an outage."""
        key, channel = (extra.rollout_id, TellKind.LINE), extra.place.channel
        wait = self._budget.post_wait(channel, urgent=False)
        if key in self._busy or wait > 0:
            return wait or LOOK
        self._extras.remove(extra)
        said = partial(self._teller.say, extra.place, extra.message, extra.rollout_id)
        self._spawn(key, self._send(None, said, POST, channel), self._budget.posting(channel))
        return 0.0

    async def _mended(self, waiting: set[str]) -> None:
        """Say from when to when Slack could not be reached, where all that waited is told by now."""
        for rollout_id in self._outages.mended():
            place = await self._teller.place(rollout_id)
            if rollout_id not in waiting and place is not None:
                self._extras.append(_Extra(rollout_id, place, self._outages.take(rollout_id).message()))

    def _spawn(self, key: _Key, work: Coroutine[Any, Any, object], over: Over) -> None:
        task = asyncio.create_task(work, name=f"tell {key[0]}")
        self._busy[key] = task
        task.add_done_callback(lambda _: self._ended(key, over))

    def _ended(self, key: _Key, over: Over) -> None:
        over()
        self._busy.pop(key, None)
        self._just_ended.add(key)
        self._awake.set()

    def _pictured(self, wanted: Wanted, picture: Picture) -> None:
        """A chart came: onto the card, or into the thread."""
        if wanted.thread is None:
            self._redraws[wanted.rollout.id] = 0.0
        else:
            self._extras.append(_Extra(wanted.rollout.id, wanted.thread, picture_message(picture)))
        self._awake.set()

    async def _send(self, row: OutboxRow | None, send: _AnySend, method: str, channel: str) -> bool:
        """One send, and what becomes of its failure. Whether Slack took it."""
        try:
            wanted = await send()
        except LeadsmanError as error:
            await self._setbacks.failed(row, method, channel, error)
            return False
        except Exception:
            log.exception("a message could not be sent")
            await self._setbacks.put_off(row, "a defect of Leadsman's", SLOWEST)
            return False
        self._setbacks.over(row, channel)
        if wanted is not None:
            self._pictures.want(wanted.rollout, wanted.activity, partial(self._pictured, wanted))
        return True
