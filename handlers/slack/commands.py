"""Slash commands: understood at once, bound to what their author sees, stored, and only then acknowledged.

What cannot be understood is answered in the acknowledgement itself. Where only a reason is missing, its form opens.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import structlog
from slack_bolt.context.ack.async_ack import AsyncAck

from bot.config.config import Config
from bot.errors import LeadsmanError
from bot.help import usage
from bot.store.records import DeliveryKind
from bot.store.store import Store
from handlers.slack.background import Background
from handlers.slack.clerk import NOT_STORED
from handlers.slack.ids import FormId, asked_value, pressed_value
from handlers.slack.intake import Intake, Receipt
from handlers.slack.opening import Opening
from handlers.slack.orders import Act, Begin, Order, Report, Start, to_body
from handlers.slack.parse import Blank, Mistake, Parsed, Typed, Verb, parse
from handlers.slack.payloads import Entered, Payload, entered
from handlers.slack.views.message import Message
from handlers.slack.views.prose import Code
from handlers.slack.views.replies import refusal, reply
from strategies.allowed import Verb as ActVerb
from strategies.argo.driver import Argo
from strategies.model import Ask, AskKind, Rollout
from strategies.position import position
from strategies.refusals import NOTHING

PATIENCE = 1.0
"""Real seconds that a command waits to learn what is live there."""

_STILL_STORING = "Leadsman's database is slow just now. You will be told here whether this was saved."

log = structlog.get_logger("slack")


@dataclass(frozen=True, slots=True)
class ReasonWanted:
    """An order that lacks only its reason."""

    form: FormId
    rollout: Rollout
    value: str
    act: Act


class Commands:
    """Hears every slash command of the app."""

    def __init__(
        self, config: Callable[[], Config], store: Store, intake: Intake, opening: Opening, background: Background
    ) -> None:
        self._config = config
        self._store = store
        self._intake = intake
        self._opening = opening
        self._background = background

    async def typed(self, ack: AsyncAck, body: Payload) -> None:
        """One command, answered within Slack's three seconds."""
        typed, config = entered(body), self._config()
        known, verb = self._verb(typed.command, config)
        if not known:
            await _say(
                ack, reply((f"{typed.command} is no command of Leadsman's here. Try {config.commands.rollout} help.",))
            )
            return
        answer = await self._taken(typed, parse(verb, typed.text, config), config)
        await (ack() if answer is None else _say(ack, answer))

    def _verb(self, command: str, config: Config) -> tuple[bool, Verb | None]:
        """Whether the command is ours, and the verb that its name means; none for the one whose first word is the verb."""
        names = config.commands
        own: Mapping[str, Verb | None] = {
            names.deploy: Verb.DEPLOY,
            names.promote: Verb.PROMOTE,
            names.abort: Verb.ABORT,
            names.rollback: Verb.ROLLBACK,
            names.rollout: None,
        }
        return command in own, own.get(command)

    async def _taken(self, typed: Entered, parsed: Parsed, config: Config) -> Message | None:
        """What the acknowledgement says; None: nothing."""
        match parsed:
            case Mistake(sentence, how):
                return _mistake(sentence, how)
            case Blank(Verb.DEPLOY, app):
                opened = self._opening.deploy(typed.trigger, typed.caller, config, app)
                self._background.spawn(opened, "opening a form")
                return None
            case Blank(Verb.STATUS):
                return await self._store_it(typed, Report(Verb.LIST))
            case Blank(Verb.HELP):
                return await self._store_it(typed, Report(Verb.HELP))
            case Blank(verb, app):
                return _mistake("Which version?" if app else "Which app?", usage(verb, config.commands))
            case Typed():
                return await self._ordered(typed, parsed)

    async def _ordered(self, typed: Entered, parsed: Typed) -> Message | None:
        try:
            order = await asyncio.wait_for(self._order(parsed), PATIENCE)
        except (LeadsmanError, TimeoutError) as error:
            log.warning("what is live cannot be read", error=str(error))
            return refusal(NOT_STORED)
        if isinstance(order, Mistake):
            return refusal(order.sentence)
        if isinstance(order, ReasonWanted):
            opened = self._opening.reason(
                order.form, typed.trigger, typed.caller, order.rollout.id, order.value, order.act
            )
            self._background.spawn(opened, "opening a form")
            return None
        return await self._store_it(typed, order)

    async def _store_it(self, typed: Entered, order: Order) -> Message | None:
        receipt = await self._intake.take(typed.key, DeliveryKind.COMMAND, to_body(order, typed.caller))
        if receipt is Receipt.NOT_STORED:
            return refusal(NOT_STORED)
        return reply((_STILL_STORING,)) if receipt is Receipt.STILL_STORING else None

    async def _order(self, typed: Typed) -> Order | Mistake | ReasonWanted:
        """What was meant, with what is live there now. Raises LeadsmanError."""
        verb, app, environment = typed.verb, typed.app, typed.environment
        match verb:
            case Verb.STATUS | Verb.LIST | Verb.HISTORY | Verb.PLAN | Verb.AUDIT | Verb.HELP:
                return Report(verb, app, environment, typed.version, typed.carry, typed.topic)
            case Verb.DEPLOY:
                return Begin(Start.DEPLOY, app, environment, typed.version, typed.reason, typed.carry)
            case _:
                live = await self._store.live(app, environment)
                return _on_live(typed, live) if live else _on_nothing(typed)


def _on_nothing(typed: Typed) -> Order | Mistake:
    """What a verb means where nothing is live."""
    if typed.verb is Verb.ROLLBACK:
        return Begin(
            Start.ROLLBACK,
            typed.app,
            typed.environment,
            reason=typed.reason,
            number=typed.number,
            revision=typed.revision,
        )
    if typed.verb is Verb.RETRY:
        return Begin(Start.RETRY, typed.app, typed.environment, reason=typed.reason)
    if typed.verb is Verb.RESTART:
        return Begin(Start.RESTART, typed.app, typed.environment, reason=typed.reason)
    verb, place = typed.verb, f"{typed.app} in {typed.environment}"
    return Mistake(f"Nothing to {verb}: no rollout of {place} is live. {NOTHING}")


def _on_live(typed: Typed, live: Rollout) -> Order | Mistake | ReasonWanted:
    """What a verb means for the rollout that is live."""
    pressed = pressed_value(live.id, position(live))
    match typed.verb:
        case Verb.APPROVE | Verb.REJECT:
            return _vote(typed, live)
        case Verb.ROLLBACK:
            return _rollback(typed, live)
        case Verb.RETRY | Verb.RESTART:
            place = f"{live.app} in {live.environment}"
            return Mistake(f"Nothing to {typed.verb}: {live.candidate.version} is on its way to {place}. {NOTHING}")
        case Verb.TERMINATE:
            return _terminate(typed, live)
        case Verb.PROMOTE:
            verb = ActVerb.PROMOTE_FULL if typed.is_full else ActVerb.PROMOTE
        case _:
            verb = ActVerb(typed.verb)
    act = Act(verb, live.id, position(live), reason=typed.reason)
    form = {ActVerb.ABORT: FormId.ABORT, ActVerb.SKIP: FormId.SKIP, ActVerb.PROMOTE_FULL: FormId.FULL}.get(verb)
    return ReasonWanted(form, live, pressed, act) if form and not typed.reason else act


def _rollback(typed: Typed, live: Rollout) -> Order | Mistake | ReasonWanted:
    """A rollback of what is live is its abort."""
    if typed.number is not None or typed.revision is not None:
        option = "--to" if typed.number is not None else "--to-revision"
        sentence = f"Not rolled back: {live.candidate.version} is on its way there, and {option} is for what is live. "
        return Mistake(f"{sentence}Abort it first, then roll back. {NOTHING}")
    if typed.reason:
        return Begin(Start.ROLLBACK, typed.app, typed.environment, reason=typed.reason, live=live.id)
    return ReasonWanted(FormId.ABORT, live, pressed_value(live.id, position(live)), Act(ActVerb.ABORT, live.id))


def _terminate(typed: Typed, live: Rollout) -> Order | Mistake | ReasonWanted:
    """The end of an analysis: the name of one may stand before the reason."""
    walk = live.walks[0]
    runs = walk.driver.runs if isinstance(walk.driver, Argo) else ()
    first, _, rest = typed.reason.partition(" ")
    named = first in runs
    if not named and first.startswith(f"{walk.target.workload}-"):
        return Mistake(f"Nothing to terminate: no analysis “{first[:80]}” runs now. {NOTHING}")
    if named and not rest.strip():
        return Mistake(
            f"Not terminated. Say why after the name of the analysis, so that the audit can show it. {NOTHING}"
        )
    reason = rest.strip() if named else typed.reason
    act = Act(ActVerb.TERMINATE, live.id, position(live), reason=reason, run=first if named else "")
    return act if reason else ReasonWanted(FormId.TERMINATE, live, pressed_value(live.id, position(live)), act)


def _vote(typed: Typed, live: Rollout) -> Order | Mistake | ReasonWanted:
    """An answer to the one question that is open."""
    asks = [ask for ask in live.asks if ask.is_open]
    place = f"{live.app} in {live.environment}"
    if not asks:
        return Mistake(f"Nothing to {typed.verb}: {place} asks nothing right now. {NOTHING}")
    if len(asks) > 1:
        return Mistake(f"Not done: {place} asks {len(asks)} things. Use the buttons of its card. {NOTHING}")
    act = Act(ActVerb(typed.verb), live.id, ask=asks[0].id, reason=typed.reason)
    form = _vote_form(typed.verb, asks[0])
    if form is None or typed.reason:
        return act
    return ReasonWanted(form, live, asked_value(live.id, asks[0].id), act)


def _vote_form(verb: Verb, ask: Ask) -> FormId | None:
    """The form for the reason that this answer needs."""
    if verb is Verb.REJECT:
        return FormId.REJECT
    return FormId.ACCEPT if ask.kind is AskKind.INCONCLUSIVE else None


def _mistake(sentence: str, how: str) -> Message:
    return reply((sentence,), ("Type it like this: ", Code(how))) if how else reply((sentence,))


async def _say(ack: AsyncAck, message: Message) -> None:
    payload = message.payload()
    await ack(text=payload["text"], blocks=payload["blocks"], response_type="ephemeral")
