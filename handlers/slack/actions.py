"""Buttons and menus. What a button carries says only what its card showed; the person and the state are checked anew.

Acts are stored before they are acknowledged. A button that asks for a reason opens its form, and the form is stored.
"""

from collections.abc import Callable, Mapping

from slack_bolt.context.ack.async_ack import AsyncAck

from bot.desk import WhenBusy
from bot.store.records import DeliveryKind
from handlers.slack.answers import Answers
from handlers.slack.background import Background
from handlers.slack.clerk import NOT_STORED
from handlers.slack.ids import (
    ActionId,
    Choice,
    FormId,
    Pressed,
    Wished,
    parse_asked,
    parse_choice,
    parse_pressed,
    parse_wished,
    pressed_value,
)
from handlers.slack.intake import Intake, Receipt
from handlers.slack.opening import Opening
from handlers.slack.orders import Act, Begin, Order, Start, to_body
from handlers.slack.payloads import Click, Payload, click
from handlers.slack.views.replies import refusal
from strategies.allowed import Verb
from strategies.refusals import NOTHING

_STRANGE = f"Not done. That button carries nothing that Leadsman knows. {NOTHING}"
_RETIRED = f"Not done. That button is of an earlier Leadsman and does nothing any more. {NOTHING}"

_STEERING: Mapping[ActionId | Choice, Verb] = {
    ActionId.PROMOTE: Verb.PROMOTE,
    ActionId.PAUSE: Verb.PAUSE,
    ActionId.RESUME: Verb.RESUME,
    Choice.PROMOTE: Verb.PROMOTE,
    Choice.PAUSE: Verb.PAUSE,
}
"""What is done at once."""

_ASKING: Mapping[ActionId | Choice, tuple[FormId, Verb | None]] = {
    ActionId.ABORT: (FormId.ABORT, Verb.ABORT),
    ActionId.ROLL_BACK: (FormId.ROLL_BACK, None),
    ActionId.RETRY: (FormId.RETRY, None),
    Choice.ABORT: (FormId.ABORT, Verb.ABORT),
    Choice.SKIP: (FormId.SKIP, Verb.SKIP),
    Choice.FULL: (FormId.FULL, Verb.PROMOTE_FULL),
    Choice.TERMINATE: (FormId.TERMINATE, Verb.TERMINATE),
}
"""What asks for a reason first, and what its form will do to a live rollout."""

_VOTES: Mapping[ActionId, tuple[Verb, FormId | None]] = {
    ActionId.APPROVE: (Verb.APPROVE, None),
    ActionId.AGAIN: (Verb.MEASURE_AGAIN, None),
    ActionId.REJECT: (Verb.REJECT, FormId.REJECT),
    ActionId.ACCEPT: (Verb.APPROVE, FormId.ACCEPT),
}
"""The answers to a question."""

Listener = Callable[[Click], Order | str | None]

_BUSY: Mapping[ActionId, WhenBusy] = {ActionId.QUEUE: WhenBusy.QUEUE, ActionId.REPLACE: WhenBusy.REPLACE}


class Actions:
    """Hears every click of the app."""

    def __init__(self, intake: Intake, opening: Opening, answers: Answers, background: Background) -> None:
        self._intake = intake
        self._opening = opening
        self._answers = answers
        self._background = background
        self._listeners = self._all()

    @property
    def ids(self) -> frozenset[ActionId]:
        """The buttons and menus that somebody hears."""
        return frozenset(self._listeners)

    def _all(self) -> Mapping[ActionId, Listener]:
        """Who hears each button: it gives an order to store, a sentence for the person, or None where it has seen to it."""
        hearing: dict[ActionId, Listener] = {ActionId.MORE: self._chosen}
        hearing |= {action: self._pressed for action in ActionId if action in _STEERING or action in _ASKING}
        hearing |= dict.fromkeys(_VOTES, self._voted)
        hearing |= dict.fromkeys(_BUSY, self._wished)
        hearing |= {ActionId.KEEP: self._kept, ActionId.DETAILS: self._detailed, ActionId.OPEN_CARD: _followed}
        return hearing

    async def heard(self, ack: AsyncAck, body: Payload) -> None:
        """One click, acknowledged within Slack's three seconds."""
        pressed = click(body)
        listener = self._listeners[ActionId(pressed.action)] if pressed.action in self.ids else _retired
        order = listener(pressed)
        if isinstance(order, str):
            self._tell(pressed, order)
        elif order is not None:
            receipt = await self._intake.take(pressed.key, DeliveryKind.ACTION, to_body(order, pressed.caller))
            if receipt is Receipt.NOT_STORED:
                self._tell(pressed, NOT_STORED)
        await ack()

    def _pressed(self, pressed: Click) -> Order | str | None:
        found = parse_pressed(pressed.value)
        return _STRANGE if found is None else self._about(pressed, ActionId(pressed.action), found)

    def _chosen(self, pressed: Click) -> Order | str | None:
        """An entry of the menu."""
        found = parse_choice(pressed.value)
        if found is None:
            return _STRANGE
        choice, about = found
        if choice is Choice.DETAILS:
            self._show(pressed, about.rollout)
            return None
        return self._about(pressed, choice, about)

    def _about(self, pressed: Click, wanted: ActionId | Choice, found: Pressed) -> Order | None:
        if wanted in _STEERING:
            return Act(_STEERING[wanted], found.rollout, found.position)
        form, verb = _ASKING[wanted]
        act = Act(verb, found.rollout, found.position) if verb else None
        self._ask(pressed, form, found.rollout, pressed_value(found.rollout, found.position), act)
        return None

    def _voted(self, pressed: Click) -> Order | str | None:
        found = parse_asked(pressed.value)
        if found is None:
            return _STRANGE
        verb, form = _VOTES[ActionId(pressed.action)]
        act = Act(verb, found.rollout, ask=found.ask)
        if form is None:
            return act
        self._ask(pressed, form, found.rollout, pressed.value, act)
        return None

    def _wished(self, pressed: Click) -> Order | str | None:
        found = parse_wished(pressed.value)
        return _STRANGE if found is None else _begin(found, _BUSY[ActionId(pressed.action)])

    def _kept(self, pressed: Click) -> None:
        self._background.spawn(self._answers.gone(pressed.caller), "taking a choice away")

    def _detailed(self, pressed: Click) -> Order | str | None:
        found = parse_pressed(pressed.value)
        if found is None:
            return _STRANGE
        self._show(pressed, found.rollout)
        return None

    def _tell(self, pressed: Click, sentence: str) -> None:
        message = refusal(sentence, pressed=pressed.label)
        self._background.spawn(self._answers.private(pressed.caller, message), "answering a click")

    def _ask(self, pressed: Click, form: FormId, rollout: str, value: str, act: Act | None) -> None:
        opened = self._opening.reason(form, pressed.trigger, pressed.caller, rollout, value, act)
        self._background.spawn(opened, "opening a form")

    def _show(self, pressed: Click, rollout: str) -> None:
        self._background.spawn(self._opening.details(pressed.trigger, pressed.caller, rollout), "opening details")


def _retired(pressed: Click) -> str:
    return _RETIRED


def _followed(pressed: Click) -> None:
    """A link: Slack opens it by itself."""


def _begin(found: Wished, busy: WhenBusy) -> Begin:
    return Begin(Start.DEPLOY, found.app, found.environment, found.version, found.reason, busy=busy, live=found.live)
