"""Does what the inbox holds, and brings each answer to where its author looks: the form they sent, or a private message.

An act's own answer is the card: the person who pressed a button sees it change, and is told in private only what did
not happen. Who typed a command is told both.
"""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import structlog
from slack_sdk.models.views import View

from bot.clock import Clock
from bot.errors import LeadsmanError
from bot.store.records import AuditEntry, Delivery
from bot.store.store import Store
from handlers.slack.acting import Acting, Done, InTheWay, NotDone, Outcome
from handlers.slack.announcer import Announcer
from handlers.slack.answers import Answers
from handlers.slack.background import Background
from handlers.slack.ids import Wished
from handlers.slack.intake import Body
from handlers.slack.orders import Act, Begin, Caller, Order, Report, from_body, lane
from handlers.slack.reports import Reports
from handlers.slack.views.forms import notice
from handlers.slack.views.message import Message
from handlers.slack.views.prose import Line, person
from handlers.slack.views.replies import busy, refusal, reply
from strategies.allowed import Verb
from strategies.model import Actor
from strategies.refusals import NOTHING

HEARD_AFTER = 0.6
"""Real seconds after which a card that still shows the pressed button says through the click's own address that it was heard."""

_AFTER_ACK = 0.5
"""Real seconds after an acknowledgement until its form may be changed: Slack must have taken the acknowledgement first."""

_HEARD: Mapping[Verb, str] = {
    Verb.PROMOTE: "Promoted",
    Verb.PROMOTE_FULL: "Promoted to 100%",
    Verb.SKIP: "Step skipped",
    Verb.ABORT: "Aborted",
    Verb.PAUSE: "Paused",
    Verb.RESUME: "Resumed",
    Verb.APPROVE: "Approved",
    Verb.REJECT: "Rejected",
    Verb.MEASURE_AGAIN: "Measured again, asked",
    Verb.TERMINATE: "Analysis ended",
}
_TOO_LATE = f"Not done: Leadsman was away and found your request only now, more than 15 minutes later. {NOTHING}"
_BROKEN = "Not done: something in Leadsman failed, and its log says what. Look at the card before you try again."
NOT_STORED = f"Not done: Leadsman cannot save anything right now. {NOTHING}"
"""What a person is told whose order could not be stored."""

log = structlog.get_logger("slack")


@dataclass(slots=True)
class _Expected:
    """The outcome of a form, and how many acknowledgements wait for it."""

    outcome: "asyncio.Future[Outcome]"
    by: int = 0


class SlackClerk:
    """The inbox's clerk."""

    def __init__(
        self,
        store: Store,
        acting: Acting,
        reports: Reports,
        answers: Answers,
        announcer: Announcer,
        background: Background,
        clock: Clock,
    ) -> None:
        self._store = store
        self._acting = acting
        self._reports = reports
        self._answers = answers
        self._announcer = announcer
        self._background = background
        self._clock = clock
        self._forms: dict[str, _Expected] = {}

    def lane(self, body: Body) -> str:
        """What must be done one after the other; what cannot be read stands alone."""
        try:
            return lane(*from_body(body))
        except (KeyError, TypeError, ValueError):
            return ""

    @contextmanager
    def expecting(self, key: str) -> Iterator["asyncio.Future[Outcome]"]:
        """The outcome of the form of that key, for its acknowledgement: expect it before the form is stored.

        Nobody expecting it any more, the outcome is told in the form itself. Twins of a form share it.
        """
        expected = self._forms.setdefault(key, _Expected(asyncio.get_running_loop().create_future()))
        expected.by += 1
        try:
            yield expected.outcome
        finally:
            expected.by -= 1
            if not expected.by:
                self._forms.pop(key, None)

    async def do(self, delivery: Delivery) -> None:
        """Carry it out and answer. Raises StoreUnavailable."""
        order, caller = from_body(delivery.body)
        if isinstance(order, Report):
            await self._answers.private(caller, await self._reports.of(order, caller.user))
            return
        drawing = await self._drawing(order)
        outcome = await self._acting.do(order, caller.user, delivery.id)
        expected = self._forms.get(delivery.key)
        if expected is not None and not expected.outcome.done():
            expected.outcome.set_result(outcome)
        elif caller.view:
            self._background.spawn(self._into_form(caller, outcome), "answering a form late")
        else:
            self._background.spawn(self._answer(order, caller, outcome, drawing), "answering")

    async def too_late(self, delivery: Delivery) -> None:
        """Tell its author that it was not done, and keep that in the audit."""
        order, caller = from_body(delivery.body)
        if not isinstance(order, Report):
            now = self._clock.now()
            entry = AuditEntry("refused", now, Actor(caller.user, caller.user), {"why": _TOO_LATE})
            await self._store.audit([entry], at=now)
        await self._answers.private(caller, refusal(_TOO_LATE))

    async def broken(self, delivery: Delivery) -> None:
        """Tell its author that Leadsman failed."""
        await self._tell_readable(delivery.body, _BROKEN)

    async def not_stored(self, body: Body) -> None:
        """Tell its author that it was not stored, now that the acknowledgement is gone."""
        await self._tell_readable(body, NOT_STORED)

    async def shown(self, outcome: Outcome, caller: Caller) -> View | None:
        """What takes the place of the form that led to this: a sentence, or None where it may just close."""
        match outcome:
            case Done():
                return None
            case NotDone(sentence):
                return notice("Not done", (sentence,))
            case InTheWay(live, order):
                await self._answers.private(caller, await self._choice(live.id, live.candidate.version, order))
                choice = "Queue it, replace that one, or keep it: the message that only you see in the channel has the buttons."
                return notice("Not started", (f"{live.candidate.version} is on its way there.",), (choice,))

    async def _tell_readable(self, body: Body, sentence: str) -> None:
        try:
            _, caller = from_body(body)
        except (KeyError, TypeError, ValueError):
            log.exception("a stored order cannot be read")
            return
        await self._answers.private(caller, refusal(sentence))

    async def _drawing(self, order: Order) -> int | None:
        """The number of the drawing on which a button was pressed."""
        card = await self._store.card_of(order.rollout) if isinstance(order, Act) else None
        return card.drawing if card else None

    async def _answer(self, order: Act | Begin, caller: Caller, outcome: Outcome, drawing: int | None) -> None:
        is_typed = not caller.ts
        match outcome:
            case Done() if isinstance(order, Act) and not is_typed:
                await self._heard(order, caller, drawing)
            case Done(sentence, rollout):
                card = await self._announcer.address(rollout.id)
                await self._answers.private(caller, _done(sentence, card))
            case NotDone(sentence, nearest, rollout_id):
                card = await self._announcer.address(rollout_id) if rollout_id else None
                await self._answers.private(caller, refusal(sentence, nearest=nearest, card=card))
            case InTheWay(live, begun):
                message = await self._choice(live.id, live.candidate.version, begun)
                await self._answers.private(caller, message)

    async def _choice(self, live: str, version: str, order: Begin) -> Message:
        wished = Wished(live, order.app, order.environment, order.version, order.reason)
        return busy(wished, version, await self._announcer.address(live))

    async def _into_form(self, caller: Caller, outcome: Outcome) -> None:
        await self._background.pause(_AFTER_ACK)
        view = await self.shown(outcome, caller) or notice("Done", ("Done. The card shows it.",))
        if not await self._answers.into_form(caller, view) and isinstance(outcome, NotDone):
            await self._answers.private(caller, refusal(outcome.sentence))

    async def _heard(self, act: Act, caller: Caller, drawing: int | None) -> None:
        """Let a pressed card that has not changed yet say that it was heard. The announcer draws it again afterwards."""
        await self._background.pause(HEARD_AFTER)
        try:
            card = await self._store.card_of(act.rollout)
            if card is None or card.ts != caller.ts or card.drawing != drawing:
                return
            line: Line = (f"{_HEARD[act.verb]} by ", person(Actor(caller.user, caller.user)), "…")
            message = await self._announcer.heard(act.rollout, line)
            if message is not None:
                await self._answers.in_place(caller, message)
                self._announcer.redraw(act.rollout)
        except LeadsmanError as error:
            log.info("a card does not say that it was heard", error=str(error))


def _done(sentence: str, card: str | None) -> Message:
    return refusal(sentence, card=card) if card else reply((sentence,))
