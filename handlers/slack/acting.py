"""Carrying out orders: who it is, whether they may, what became of it. Sentences, but no layout and no Slack.

The person is looked up anew for every act, and every act that is refused here is in the audit, as those are that the
machine and the desk refuse.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import assert_never

from bot.access import Access, CannotTell, whom_to_ask
from bot.clock import Clock
from bot.config.config import Config, Unknown
from bot.desk import Answer, Busy, Refused, Reverting, Started, WhenBusy, Wish
from bot.errors import LeadsmanError
from bot.store.errors import StoreUnavailable
from bot.store.records import AuditEntry, AuditRecord
from handlers.core import Core
from handlers.slack.orders import Act, Begin, Start, command
from strategies.allowed import Verb
from strategies.events import Fact, Happening, What
from strategies.model import LEADSMAN, Actor, Rollout, Stage, Who
from strategies.refusals import NOTHING, needed_roles

RECENT = timedelta(minutes=2)
"""How long ago somebody else's act still explains why this one came too late."""

_DONE: Mapping[Verb, str] = {
    Verb.PROMOTE: "Promoted",
    Verb.PROMOTE_FULL: "Promoted to 100%",
    Verb.SKIP: "Skipped the step of",
    Verb.ABORT: "Aborted",
    Verb.PAUSE: "Paused",
    Verb.RESUME: "Resumed",
    Verb.APPROVE: "Approved",
    Verb.REJECT: "Rejected",
    Verb.MEASURE_AGAIN: "Measuring again:",
    Verb.TERMINATE: "Ended the analysis of",
}
_FORESTALLED: Mapping[str, str] = {
    What.PROMOTED: "promoted it",
    What.PROMOTED_FULL: "promoted it to 100%",
    What.SKIPPED: "skipped that step",
    What.APPROVED: "approved it",
    What.REJECTED: "rejected it",
    What.ABORTED: "aborted it",
    What.HELD: "paused it",
    What.RESUMED: "resumed it",
    What.REPLACED: "replaced it",
    What.TERMINATED: "ended that analysis",
}
_WINDOW = 2000
"""So many entries, from the end of the audit log, are looked through for who was faster."""


@dataclass(frozen=True, slots=True)
class Done:
    """It was done. `rollout` is the one that it concerns."""

    sentence: str
    rollout: Rollout


@dataclass(frozen=True, slots=True)
class NotDone:
    """It was not done, why, and that nothing changed. `rollout`: the one whose card shows more."""

    sentence: str
    nearest: tuple[str, ...] = ()
    rollout: str | None = None


@dataclass(frozen=True, slots=True)
class InTheWay:
    """Another rollout is live, so the person is asked what to do."""

    live: Rollout
    order: Begin


Outcome = Done | NotDone | InTheWay


class Acting:
    """Does what people ordered."""

    def __init__(self, core: Core, config: Callable[[], Config], access: Access, clock: Clock) -> None:
        self._core = core
        self._config = config
        self._access = access
        self._clock = clock

    async def do(self, order: Act | Begin, user: str, delivery: int) -> Outcome:
        """Carry it out and settle the delivery with it. Raises StoreUnavailable; nothing was done then."""
        try:
            standing = await self._access.roles_of(user, fresh=True)
        except CannotTell as error:
            return await self._refused(order, Who(Actor(user, user)), str(error), delivery)
        if standing.barred:
            return await self._refused(order, standing.who, f"Not done. {standing.barred} {NOTHING}", delivery)
        try:
            if isinstance(order, Act):
                return await self._act(order, standing.who, delivery)
            return await self._begin(order, standing.who, delivery)
        except StoreUnavailable:
            raise
        except LeadsmanError as error:
            why = str(error).removesuffix(NOTHING).strip()
            return await self._refused(order, standing.who, f"Not done. {why} {NOTHING}", delivery)

    async def _act(self, act: Act, who: Who, delivery: int) -> Outcome:
        decision = await self._core.engine.act(act.rollout, lambda at: command(act, at, who), delivery=delivery)
        rollout = decision.rollout
        if decision.refusal is not None:
            more = self._whom(needed_for(act, rollout), who) or await self._forestalled(rollout, who)
            return NotDone(f"{decision.refusal.sentence}{more}", rollout=rollout.id)
        return Done(f"{_DONE[_meant(act, decision.happenings)]} {rollout.app} in {rollout.environment}.", rollout)

    async def _forestalled(self, rollout: Rollout, who: Who) -> str:
        """Who was faster, if somebody was a moment ago."""
        now = self._clock.now()
        last = await self._last_by_person(rollout)
        if last is None or now - last.at > RECENT:
            return ""
        name = "You" if last.actor.id == who.actor.id else last.actor.name
        return f" {name} {_FORESTALLED[last.kind]} {_ago(now, last.at)}."

    async def _last_by_person(self, rollout: Rollout) -> AuditRecord | None:
        """The newest act of a person on it, among the newest entries of the log."""
        head = (await self._core.store.audit_head()).sequence
        entries = await self._core.store.audit_entries(max(0, head - _WINDOW), _WINDOW, rollout.id)
        found = [entry for entry in entries if entry.kind in _FORESTALLED and entry.actor.id != LEADSMAN.id]
        return found[-1] if found else None

    async def _begin(self, order: Begin, who: Who, delivery: int) -> Outcome:
        problem = await self._too_old(order)
        if problem:
            return await self._refused(order, who, problem, delivery)
        wish = Wish(
            app=order.app,
            version=order.version or None,
            environment=order.environment,
            by=who,
            reason=order.reason,
            carry=order.carry,
            busy=order.busy,
            delivery=delivery,
        )
        outcome = _outcome(await self._asked(order, wish), order)
        known = self._config().environment(order.app, order.environment)
        if not isinstance(outcome, NotDone) or isinstance(known, Unknown):
            return outcome
        deployers = self._config().policy(order.app, order.environment).deployers
        return replace(outcome, sentence=f"{outcome.sentence}{self._whom(deployers, who)}")

    def _whom(self, needed: Sequence[str], who: Who) -> str:
        """Whom to ask, for somebody without the role."""
        config = self._config()
        found = whom_to_ask(needed, who, config.roles, config.commands.rollout)
        return f" {found}" if found else ""

    async def _asked(self, order: Begin, wish: Wish) -> Answer:
        match order.start:
            case Start.DEPLOY:
                return await self._core.desk.deploy(wish)
            case Start.ROLLBACK:
                return await self._core.desk.rollback(wish, order.number, order.revision)
            case Start.RETRY:
                return await self._core.desk.retry(wish)
            case Start.RESTART:
                return await self._core.desk.restart(wish)
            case _:
                assert_never(order.start)

    async def _too_old(self, order: Begin) -> str:
        """Why what the author saw there is gone, or an empty text."""
        place = f"{order.app} in {order.environment}"
        live = await self._core.store.live(order.app, order.environment)
        acts_on_live = order.start is Start.ROLLBACK or order.busy is WhenBusy.REPLACE
        if live is not None and live.id != order.live and (acts_on_live or order.card):
            return f"Not done: a rollout of {live.candidate.version} to {place} has begun since you looked. {NOTHING}"
        if not order.card:
            return ""
        newest = await self._core.store.history(order.app, order.environment, 1)
        if order.start is Start.ROLLBACK and not _left_behind(newest, order.card):
            newest = await self._core.store.last_healthy(order.app, order.environment)
        if newest and newest[0].id == order.card:
            return ""
        now = f"; {newest[0].candidate.version} came after it" if newest else ""
        return f"Not done: that card is no longer the latest of {place}{now}. {NOTHING}"

    async def _refused(self, order: Act | Begin, who: Who, why: str, delivery: int) -> NotDone:
        """Audit what was refused before the machine or the desk could."""
        now = self._clock.now()
        if isinstance(order, Act):
            saved = await self._core.store.load(order.rollout)
            rollout = saved.rollout.id if saved else None
            facts: dict[str, Fact] = {"command": order.verb, "why": why}
            entry = AuditEntry("refused", now, who.actor, facts)
            await self._core.store.audit([entry], rollout_id=rollout, at=now, delivery=delivery)
            return NotDone(why, rollout=rollout)
        entry = AuditEntry("refused", now, who.actor, {"command": order.start, "version": order.version, "why": why})
        await self._core.store.audit([entry], app=order.app, environment=order.environment, at=now, delivery=delivery)
        return NotDone(why, rollout=order.live or order.card or None)


def needed_for(act: Act, rollout: Rollout) -> tuple[str, ...]:
    """The roles of which the act takes one."""
    asked = rollout.ask(act.ask) if act.verb in (Verb.APPROVE, Verb.REJECT) else None
    if act.verb is Verb.PROMOTE and rollout.is_argo:
        asked = next((ask for ask in rollout.asks if ask.is_open), None)
    return asked.roles if asked else needed_roles(rollout, type(command(act, rollout.created, Who(LEADSMAN))))


def _meant(act: Act, happenings: Sequence[Happening]) -> Verb:
    """What the act was: to promote where a question is open is to say yes to it, and others may still be asked."""
    voted = act.verb is Verb.PROMOTE and any(one.what is What.APPROVED for one in happenings)
    return Verb.APPROVE if voted else act.verb


def _left_behind(newest: Sequence[Rollout], card: str) -> bool:
    """Whether the card is of the newest rollout, and its version is left behind in a Rollout of Argo's: that can be rolled back, too."""
    return bool(newest) and newest[0].id == card and newest[0].is_argo


def _outcome(answer: Answer, order: Begin) -> Outcome:
    """The desk's answer as an outcome of the order."""
    match answer:
        case Started(rollout):
            return Done(_started(rollout), rollout)
        case Refused(sentence, nearest):
            return NotDone(sentence, nearest, order.live or order.card or None)
        case Busy(live, version) if order.start is Start.RESTART:
            return NotDone(
                f"Not restarted: {version} runs, and {live.candidate.version} is on its way there. {NOTHING}",
                rollout=live.id,
            )
        case Busy(live, version):
            return InTheWay(live, replace(order, start=Start.DEPLOY, version=version, carry=None))
        case Reverting(live):
            return Done(f"Rolling back {live.app} in {live.environment}.", live)
        case _:
            assert_never(answer)


def _started(rollout: Rollout) -> str:
    verb = "Queued" if rollout.stage is Stage.QUEUED else "Started"
    return f"{verb}: {rollout.app} {rollout.candidate.version} to {rollout.environment}."


def _ago(now: datetime, then: datetime) -> str:
    seconds = max(0, int((now - then).total_seconds()))
    return "just now" if seconds < 1 else f"{seconds} s ago"
