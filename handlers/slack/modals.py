"""Forms that were sent: what is wrong stands under its field, what is right is stored, done, and answered in the form.

Slack closes a form only with its acknowledgement, so that one waits for the outcome as long as it may. A refusal takes
the form's place; a form never closes in silence.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace

from slack_bolt.context.ack.async_ack import AsyncAck

from bot.config.config import Config, Unknown
from bot.config.names import choices, valid_tag
from bot.errors import LeadsmanError
from bot.store.records import DeliveryKind
from bot.store.store import Store
from handlers.slack.clerk import NOT_STORED, SlackClerk
from handlers.slack.ids import FieldId, FormId, parse_about, parse_asked, parse_pressed
from handlers.slack.intake import Intake, Receipt
from handlers.slack.orders import Act, Begin, Order, Start, to_body
from handlers.slack.payloads import Payload, Sent, sent
from handlers.slack.views.forms import REASON_FORMS, notice
from strategies.allowed import Verb
from strategies.refusals import NOTHING

BUDGET = 2.4
"""Real seconds until the acknowledgement must be on its way; Slack waits for three."""

READ = 0.8
"""Real seconds of them for a look at the store."""

_SHORTEST = 3

_PRESSED: Mapping[FormId, Verb] = {
    FormId.ABORT: Verb.ABORT,
    FormId.SKIP: Verb.SKIP,
    FormId.FULL: Verb.PROMOTE_FULL,
    FormId.TERMINATE: Verb.TERMINATE,
}
_ASKED: Mapping[FormId, Verb] = {FormId.REJECT: Verb.REJECT, FormId.ACCEPT: Verb.APPROVE}
_BEGUN: Mapping[FormId, Start] = {FormId.ROLL_BACK: Start.ROLLBACK, FormId.RETRY: Start.RETRY}

_STRANGE = f"That form carries nothing that Leadsman knows. {NOTHING}"
_REPEATED = "This was sent before. The card shows what became of it."
_STILL_STORING = "Leadsman's database is slow just now. This form will say whether it was saved."
_WORKING = "Saved, and on its way. This form will say what became of it; the card shows it, too."

Errors = dict[str, str]


class Modals:
    """Hears every form that is sent."""

    def __init__(self, config: Callable[[], Config], store: Store, intake: Intake, clerk: SlackClerk) -> None:
        self._config = config
        self._store = store
        self._intake = intake
        self._clerk = clerk

    async def sent(self, ack: AsyncAck, body: Payload) -> None:
        """One form, acknowledged within Slack's three seconds."""
        end = asyncio.get_running_loop().time() + BUDGET
        form = sent(body)
        about = parse_about(form.metadata)
        if about is None or form.form not in set(FormId):
            await _note(ack, "Not done", _STRANGE)
            return
        form = replace(form, caller=replace(form.caller, channel=about.channel))
        try:
            order = await asyncio.wait_for(self._order(FormId(form.form), form, about.value), READ)
        except (LeadsmanError, TimeoutError):
            await _note(ack, "Not done", NOT_STORED)
            return
        if isinstance(order, dict):
            await ack(response_action="errors", errors=order)
        elif order is None:
            await _note(ack, "Not done", _STRANGE)
        else:
            await self._carry_out(ack, order, form, end)

    async def _carry_out(self, ack: AsyncAck, order: Order, form: Sent, end: float) -> None:
        """Store it, and answer with the outcome if it comes in time."""
        with self._clerk.expecting(form.key) as outcome:
            receipt = await self._intake.take(form.key, DeliveryKind.VIEW, to_body(order, form.caller))
            match receipt:
                case Receipt.STORED | Receipt.REPEATED:
                    await asyncio.wait({outcome}, timeout=max(0.0, end - asyncio.get_running_loop().time()))
                case Receipt.NOT_STORED:
                    await _note(ack, "Not done", NOT_STORED)
                    return
                case Receipt.STILL_STORING:
                    await _note(ack, "Saving…", _STILL_STORING)
                    return
        if outcome.done():
            view = await self._clerk.shown(outcome.result(), form.caller)
            await (ack() if view is None else ack(response_action="update", view=view))
        elif receipt is Receipt.REPEATED:
            await _note(ack, "Sent before", _REPEATED)
        else:
            await _note(ack, "On its way", _WORKING)

    async def _order(self, form: FormId, filled: Sent, value: str) -> Order | Errors | None:
        """What the form orders, what is wrong with its fields, or None for what Leadsman did not draw."""
        if form is FormId.DEPLOY:
            return _deploy(filled, self._config())
        if form not in REASON_FORMS:
            return None
        reason = filled.values.get(FieldId.REASON, "").strip()
        if len(reason) < _SHORTEST:
            return {FieldId.REASON.value: "Say why in a few words, so that the audit can show it."}
        if form in _ASKED:
            asked = parse_asked(value)
            return Act(_ASKED[form], asked.rollout, ask=asked.ask, reason=reason) if asked else None
        pressed = parse_pressed(value)
        if pressed is None:
            return None
        if form in _PRESSED:
            return Act(_PRESSED[form], pressed.rollout, pressed.position, reason=reason)
        saved = await self._store.load(pressed.rollout)
        if saved is None:
            return None
        app, environment = saved.rollout.app, saved.rollout.environment
        return Begin(_BEGUN[form], app, environment, reason=reason, card=pressed.rollout)


def _deploy(filled: Sent, config: Config) -> Order | Errors:
    """The deploy form's order, or everything that is wrong with it at once."""
    app, version, environment = (
        filled.values.get(field, "").strip() for field in (FieldId.APP, FieldId.VERSION, FieldId.ENVIRONMENT)
    )
    errors: Errors = {}
    known = config.app(app)
    if isinstance(known, Unknown):
        errors[FieldId.APP.value] = known.sentence
    elif environment not in known.environments:
        errors[FieldId.ENVIRONMENT.value] = f"{app} does not run there. It runs in: {choices(known.environments)}."
    if not valid_tag(version):
        errors[FieldId.VERSION.value] = "Write a tag of letters, digits, dots, hyphens and underscores, such as v1.4.2."
    if errors:
        return errors
    return Begin(Start.DEPLOY, app, environment, version, filled.values.get(FieldId.REASON, "").strip())


async def _note(ack: AsyncAck, title: str, sentence: str) -> None:
    await ack(response_action="update", view=notice(title, (sentence,)))
