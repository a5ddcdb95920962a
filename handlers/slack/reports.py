"""What was asked to be shown: gathered here, drawn in `views.reports`."""

from collections.abc import Callable

from bot.access import Access, CannotTell
from bot.clock import Clock
from bot.config.config import Config, Unknown
from bot.desk import Refused, Wish
from bot.errors import LeadsmanError
from bot.store.errors import StoreUnavailable
from bot.store.records import AuditRecord, Saved
from handlers.core import Core
from handlers.slack.announcer import Announcer
from handlers.slack.drafts import Drafts
from handlers.slack.orders import Report
from handlers.slack.parse import Verb
from handlers.slack.views.message import Message
from handlers.slack.views.replies import refusal
from handlers.slack.views.reports import (
    MOST,
    audit_report,
    help_report,
    history_report,
    list_report,
    plan_report,
    status_report,
    unled_report,
)
from handlers.trees import tree_of
from strategies.model import Who

_WINDOW = 500
"""So many entries of the audit log, from its end, are looked through at once for those of one place."""


class Reports:
    """Answers questions. Nothing here changes anything."""

    def __init__(
        self,
        core: Core,
        config: Callable[[], Config],
        access: Access,
        announcer: Announcer,
        drafts: Drafts,
        clock: Clock,
    ) -> None:
        self._core = core
        self._config = config
        self._access = access
        self._announcer = announcer
        self._drafts = drafts
        self._clock = clock

    async def of(self, asked: Report, user: str) -> Message:
        """The report for this person. Raises StoreUnavailable."""
        try:
            standing = await self._access.roles_of(user, fresh=False)
            if standing.barred:
                return refusal(standing.barred)
            return await self._report(asked, standing.who)
        except StoreUnavailable:
            raise
        except CannotTell:
            return refusal("Slack did not say who you are. Try again in a minute.")
        except LeadsmanError as error:
            return refusal(f"Not shown. {error}")

    async def _report(self, asked: Report, who: Who) -> Message:
        match asked.word:
            case Verb.STATUS:
                return await self._status(asked)
            case Verb.LIST:
                return await self._list()
            case Verb.HISTORY:
                return await self._history(asked)
            case Verb.PLAN:
                return await self._plan(asked, who)
            case Verb.AUDIT:
                return audit_report(asked.app, asked.environment, await self._newest(asked))
            case _:
                config = self._config()
                return help_report(config.commands, config.roles, asked.topic)

    async def _status(self, asked: Report) -> Message:
        live = await self._core.store.live(asked.app, asked.environment)
        newest = live or next(iter(await self._core.store.history(asked.app, asked.environment, 1)), None)
        saved = await self._core.store.load(newest.id) if newest else None
        if saved is None:
            return await self._unled(asked)
        address = await self._announcer.address(saved.rollout.id)
        return status_report(self._drafts.shown(saved), self._clock.now(), await self._drafts.groups(), address)

    async def _unled(self, asked: Report) -> Message:
        """A place without any rollout of ours: what a Rollout there is at, if it is one."""
        config = self._config()
        place = config.environment(asked.app, asked.environment)
        if not isinstance(place, Unknown):
            tree = await tree_of(self._core.observer, place.target, self._clock.now())
            if tree:
                return unled_report(place.app, place.name, tree, config.commands)
        return refusal(f"No rollout of {asked.app} in {asked.environment} yet.")

    async def _list(self) -> Message:
        live = await self._core.store.all_live()
        shown = live[:MOST]
        addresses = [await self._announcer.address(saved.rollout.id) for saved in shown]
        rows = [(self._drafts.shown(saved), address) for saved, address in zip(shown, addresses, strict=True)]
        rest = [(self._drafts.shown(saved), None) for saved in live[MOST:]]
        return list_report([*rows, *rest], self._config().commands)

    async def _history(self, asked: Report) -> Message:
        past = await self._core.store.history(asked.app, asked.environment, MOST + 1)
        return history_report(asked.app, asked.environment, [(one, self._drafts.shown(Saved(one, 0))) for one in past])

    async def _plan(self, asked: Report, who: Who) -> Message:
        wish = Wish(asked.app, asked.version or None, asked.environment, who, carry=asked.carry)
        found = await self._core.desk.preview(wish)
        if isinstance(found, Refused):
            return refusal(found.sentence, nearest=found.nearest)
        place, driver, checked = found
        routed = place.target.router is not None
        version = asked.version or f"the version of {asked.carry}"
        return plan_report(place.app, place.name, version, driver, checked, routed=routed)

    async def _newest(self, asked: Report) -> tuple[AuditRecord, ...]:
        """The newest entries about the place, oldest first, however far back they lie."""
        found: list[AuditRecord] = []
        end = (await self._core.store.audit_head()).sequence
        while end > 0 and len(found) < MOST:
            begin = max(0, end - _WINDOW)
            window = await self._core.store.audit_entries(begin, end - begin, app=asked.app)
            here = [one for one in window if one.environment in (asked.environment, None) and one.sequence <= end]
            found, end = [*here, *found], begin
        return tuple(found)
