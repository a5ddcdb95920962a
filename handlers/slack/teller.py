"""What one row of the outbox becomes: nothing new, a first post, a changed card, a line of the thread.

A send that was begun and never answered is looked up before it is sent again: lines by their number in the thread,
cards by their rollout in the channel. Where only the channel's name is known, which Slack cannot search, the card is
posted again and the double taken away as soon as its channel is known.
"""

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, replace
from typing import Any

import structlog

from bot.clock import Clock
from bot.config import Config
from bot.config.config import Unknown
from bot.config.shape import Chart
from bot.errors import LeadsmanError
from bot.store.records import CardRecord, OutboxRow, Saved, TellKind
from bot.store.store import Store
from handlers.slack.budget import Budget
from handlers.slack.drafts import Draft, Drafts
from handlers.slack.messenger import Messenger, Place, TooMuch
from handlers.slack.pictures import Pictures
from handlers.slack.views.card import Picture, is_decision
from handlers.slack.views.line import Told
from handlers.slack.views.message import Message
from handlers.slack.views.prose import is_member
from handlers.slack.views.replies import reply
from strategies.events import What
from strategies.model import Activity, Outcome, Rollout

log = structlog.get_logger("slack")

_BEGUN = "begun"
"""In place of a card's hash: its first post was begun, and its answer not noted yet."""

MOST_PLACES = 5_000
"""Cards whose place is kept in memory; the oldest go first."""

_JUDGED = {What.ANALYSIS_PASSED, What.ANALYSIS_FAILED, What.ANALYSIS_INCONCLUSIVE}
"""What ends an analysis: its chart goes to the thread then."""

_ASKING = {What.ASKED, What.REMINDED}
"""What people are to answer on the card: the line leads there."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A chart that a message calls for. `thread`: where it is posted; None: the card is drawn again with it."""

    rollout: Rollout
    activity: Activity
    thread: Place | None = None


Send = Callable[[], Coroutine[Any, Any, Wanted | None]]
"""Sends one message, and says which chart it calls for."""


class Teller:
    """Makes and sends what rows of the outbox are about."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        config: Callable[[], Config],
        messenger: Messenger,
        drafts: Drafts,
        pictures: Pictures,
        budget: Budget,
    ) -> None:
        self._store = store
        self._clock = clock
        self._config = config
        self._messenger = messenger
        self._drafts = drafts
        self._pictures = pictures
        self._budget = budget
        self._addresses: dict[Place, str] = {}
        self._places: dict[str, Place | None] = {}
        self._channels: dict[str, str] = {}
        self._homes: dict[str, str] = {}

    async def place(self, rollout_id: str) -> Place | None:
        """Where the rollout's card stands, None while there is none."""
        if rollout_id not in self._places:
            record = await self._store.card_of(rollout_id)
            if rollout_id not in self._places:  # else it was posted while the store was read, which may not show it
                self._stands(rollout_id, Place(record.channel, record.ts) if record is not None and record.ts else None)
        return self._places[rollout_id]

    def _stands(self, rollout_id: str, place: Place | None) -> None:
        self._places[rollout_id] = place
        if len(self._places) > MOST_PLACES:
            del self._places[next(iter(self._places))]

    def lane(self, channel: str) -> str:
        """The channel by its id where that is known, so that name and id share one budget."""
        return self._channels.get(channel, channel)

    async def first_channel(self, rollout_id: str) -> str:
        """Where a rollout's card is to be posted."""
        if rollout_id not in self._homes:
            saved = await self._store.load(rollout_id)
            self._homes[rollout_id] = self._channel(saved.rollout) if saved is not None else ""
        return self.lane(self._homes[rollout_id])

    async def address(self, rollout_id: str) -> str | None:
        """The address of the rollout's card."""
        place = await self.place(rollout_id)
        return await self._address(place) or None if place is not None else None

    async def _address(self, place: Place) -> str:
        if place not in self._addresses:
            try:
                self._addresses[place] = await self._messenger.permalink(place)
            except LeadsmanError as error:
                log.info("no link to a card for now", error=str(error))
                return ""
        return self._addresses[place]

    async def prepare(self, row: OutboxRow, place: Place | None) -> Send | None:
        """What this row has to send now. None: nothing new, and it is settled."""
        saved = await self._store.load(row.tell.rollout_id)
        if saved is None:
            await self._store.told([row.id], self._clock.now())
            return None
        if row.tell.kind is TellKind.LINE and place is not None:
            return await self._prepare_line(row, saved, place)
        if place is None:
            return lambda: self._first_post(saved)
        draft, record = await self._draft(saved)
        if record is not None and record.hash == draft.hash:
            await self._store.told([row.id], self._clock.now())
            return None
        return lambda: self._update(saved, place, row)

    async def redraw(self, rollout_id: str) -> Send | None:
        """The card again, because its picture came. None: it says nothing new."""
        saved, place = await self._store.load(rollout_id), await self.place(rollout_id)
        if saved is None or place is None:
            return None
        draft, record = await self._draft(saved)
        same = record is not None and record.hash == draft.hash
        return None if same else lambda: self._update(saved, place, None)

    async def _draft(self, saved: Saved) -> tuple[Draft, CardRecord | None]:
        record = await self._store.card_of(saved.rollout.id)
        number = record.drawing + 1 if record else 1
        newer = await self._newer(saved.rollout)
        followed = newer.candidate.version if newer is not None else ""
        successor = await self._successor(saved.rollout, newer)
        return await self._drafts.card(saved, number, self.picture(saved), followed, successor), record

    async def _successor(self, rollout: Rollout, newer: Rollout | None) -> str:
        """The address of the card of what replaced it, empty while that has none."""
        newest = newer.id if newer is not None else None
        replacing = rollout.successor if rollout.outcome is Outcome.SUPERSEDED else newest
        return await self.address(replacing) or "" if replacing is not None else ""

    async def _newer(self, rollout: Rollout) -> Rollout | None:
        """What brought another version live after this one had brought its own."""
        if rollout.outcome is not Outcome.HEALTHY:
            return None
        (last,) = await self._store.last_healthy(rollout.app, rollout.environment)
        return last if last.candidate.version != rollout.candidate.version else None

    def picture(self, saved: Saved) -> Picture | None:
        """The chart that the card is to show now, if it is made."""
        activity = self._pictured(saved)
        return self._pictures.of(activity) if activity is not None else None

    def _pictured(self, saved: Saved) -> Activity | None:
        """The analysis whose chart belongs on the card: at decisions and failures, always, or never."""
        shown, when = self._drafts.shown(saved), self._config().card.chart
        wanted = when is Chart.ALWAYS or (when is Chart.DECISIONS and is_decision(shown))
        return saved.rollout.activity(shown.activity) if wanted and shown.activity and shown.metrics else None

    def _channel(self, rollout: Rollout) -> str:
        found = self._config().environment(rollout.app, rollout.environment)
        return self._config().channel if isinstance(found, Unknown) else found.channel

    # Cards

    async def _first_post(self, saved: Saved) -> Wanted | None:
        """Post the card, without mentions and buttons; they come with the change that follows at once.

        That it was begun is noted with the rollout, since a newer row of the outbox may take the place of this one.
        """
        rollout, channel = saved.rollout, self.lane(self._channel(saved.rollout))
        record = await self._store.card_of(rollout.id)
        again = record is not None and record.hash == _BEGUN
        found = await self._begun_card(rollout, channel) if again else None
        if found is None:
            await self._store.remember_card(rollout.id, CardRecord("", "", _BEGUN, 0))
            draft = await self._drafts.card(saved, 0, first=True)
            found = await self._messenger.post(channel, draft.message, {"card": rollout.id})
            self._channels[channel] = found.channel
            self._budget.is_same(channel, found.channel)
            found = (await self._only_card(rollout, found.channel) if again else None) or found
        await self._store.remember_card(rollout.id, CardRecord(found.channel, found.ts, "", 0))
        self._stands(rollout.id, found)
        self._homes.pop(rollout.id, None)
        return None

    async def _begun_card(self, rollout: Rollout, channel: str) -> Place | None:
        """The card that an earlier send left behind without an answer, where its channel can be searched."""
        return None if channel.startswith("#") else await self._only_card(rollout, channel)

    async def _only_card(self, rollout: Rollout, channel: str) -> Place | None:
        """The first of the cards that were posted for this rollout; the others are taken away."""
        found = await self._messenger.find(channel, {"card": rollout.id}, rollout.created)
        for double in found[1:]:
            await self._messenger.delete(double)
        return found[0] if found else None

    async def _update(self, saved: Saved, place: Place, row: OutboxRow | None) -> Wanted | None:
        """Change the card to what is true now."""
        newest = await self._store.load(saved.rollout.id) or saved
        draft, record = await self._draft(newest)
        try:
            await self._messenger.update(place, draft.message)
        except TooMuch as error:
            log.warning(
                "a card was too much for Slack and is shown as text", rollout=newest.rollout.id, error=str(error)
            )
            await self._messenger.update(place, Message(draft.message.text, ()))
        number = record.drawing + 1 if record else 1
        await self._store.remember_card(newest.rollout.id, CardRecord(place.channel, place.ts, draft.hash, number))
        if row is not None:
            await self._store.told([row.id], self._clock.now())
        return self._card_picture(newest)

    def _card_picture(self, saved: Saved) -> Wanted | None:
        activity = self._pictured(saved)
        if activity is None or self._pictures.is_made(activity):
            return None
        return Wanted(saved.rollout, activity)

    async def forget_card(self, rollout_id: str) -> None:
        """The card is gone: the next send posts another one."""
        if rollout_id:
            self._stands(rollout_id, None)
            await self._store.remember_card(rollout_id, CardRecord("", "", "", 0))

    async def forget_drawing(self, rollout_id: str) -> None:
        """The card no more shows what was sent last: the next drawing is sent even if it says the same."""
        record = await self._store.card_of(rollout_id)
        if record is not None and record.ts:
            await self._store.remember_card(rollout_id, replace(record, hash=""))

    # Lines

    async def _prepare_line(self, row: OutboxRow, saved: Saved, place: Place) -> Send | None:
        event = row.tell.event
        address = await self._address(place) if event is not None and event.what in _ASKING else ""
        told = await self._drafts.line(saved, event, address) if event is not None else None
        if told is None:
            await self._store.told([row.id], self._clock.now())
            return None
        return lambda: self._line(row, saved, place, told)

    async def _line(self, row: OutboxRow, saved: Saved, place: Place, told: Told) -> Wanted | None:
        """Post the line into the thread, or find it there."""
        about: Mapping[str, str | int] = {"line": row.id, "rollout": saved.rollout.id}
        found: tuple[Place, ...] = ()
        if row.begun_at is not None:
            found = await self._messenger.find(place.channel, about, row.begun_at, thread=place.ts)
        if not found:
            await self._store.telling([row.id], self._clock.now())
            found = (await self._said(place, told, about),)
        await self._store.told([row.id], self._clock.now(), {row.id: found[0].ts})
        return self._line_picture(row, saved, place)

    async def _said(self, place: Place, told: Told, about: Mapping[str, str | int]) -> Place:
        message = told.message()
        try:
            return await self._messenger.post(place.channel, message, about, thread=place.ts, broadcast=told.broadcast)
        except TooMuch:
            words = Message(message.text, ())
            return await self._messenger.post(place.channel, words, about, thread=place.ts, broadcast=told.broadcast)

    def _line_picture(self, row: OutboxRow, saved: Saved, place: Place) -> Wanted | None:
        event = row.tell.event
        activity = (
            saved.rollout.activity(str(event.facts.get("activity")))
            if event is not None and event.what in _JUDGED and self._config().card.chart is not Chart.NEVER
            else None
        )
        return Wanted(saved.rollout, activity, place) if activity else None

    async def say(self, place: Place, message: Message, rollout_id: str) -> None:
        """A message in the thread that is no happening of the rollout."""
        await self._messenger.post(place.channel, message, {"rollout": rollout_id}, thread=place.ts)

    async def tell_privately(self, saved: Saved, sentence: str) -> None:
        """Tell the starter what nobody can see in the channel."""
        rollout = saved.rollout
        if not is_member(rollout.by):
            return
        line = f"The card of {rollout.app} {rollout.candidate.version} in {rollout.environment} cannot be shown. {sentence}"
        try:
            await self._messenger.post(rollout.by.id, reply((line,)), {"rollout": rollout.id})
        except LeadsmanError as error:
            log.warning("the starter could not be told either", rollout=rollout.id, error=str(error))
