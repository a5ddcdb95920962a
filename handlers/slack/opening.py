"""Opening forms while Slack still takes them: three seconds after the click, so with one look at the store and no more.

Who may not do what the form is for is told so at once, as far as that is known; the act itself is checked anew.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace

from slack_sdk.models.views import View

from bot.access import Access, CannotTell, whom_to_ask
from bot.clock import Clock
from bot.config.config import Config
from bot.errors import LeadsmanError
from bot.observe import Observer
from bot.store.records import Saved
from bot.store.store import Store
from handlers.slack.acting import needed_for
from handlers.slack.announcer import Announcer
from handlers.slack.answers import Answers
from handlers.slack.drafts import Drafts
from handlers.slack.ids import About, FormId
from handlers.slack.orders import Act, Caller, command
from handlers.slack.views.details import Tree, details
from handlers.slack.views.forms import Filled, deploy_form, reason_form
from handlers.slack.views.people import Groups
from handlers.slack.views.plan_line import way
from handlers.slack.views.replies import refusal
from handlers.trees import tree_of
from strategies.machine import decide
from strategies.model import Target
from strategies.phase import unfinished
from strategies.refusals import NOTHING

PATIENCE = 1.0
"""Real seconds that a form waits for the store, and for Slack to say who somebody is."""

_UNKNOWN = f"Not done. Leadsman knows no such rollout. {NOTHING}"
_AWAY = f"Not done: Leadsman cannot read its database right now. {NOTHING}"


class Opening:
    """Opens forms, or says why not."""

    def __init__(
        self,
        store: Store,
        observer: Observer,
        access: Access,
        answers: Answers,
        announcer: Announcer,
        drafts: Drafts,
        clock: Clock,
        config: Callable[[], Config],
    ) -> None:
        self._store = store
        self._observer = observer
        self._access = access
        self._answers = answers
        self._announcer = announcer
        self._drafts = drafts
        self._clock = clock
        self._config = config

    async def deploy(self, trigger: str, caller: Caller, config: Config, app: str) -> None:
        """The form for a deploy that says too little; `app` is filled in if it is known."""
        apps = {
            name: {environment: way(config.driver_for(name, environment)) for environment in found.environments}
            for name, found in config.apps.items()
        }
        problem = await self._barred(caller)
        view = deploy_form(apps, Filled(app=app), About(channel=caller.channel))
        await self._open(trigger, caller, view, problem)

    async def reason(
        self, form: FormId, trigger: str, caller: Caller, rollout: str, value: str, act: Act | None
    ) -> None:
        """The form that asks why. `value` is what its submission will be about, `act` what it would do, tried beforehand."""
        saved = await self._seen(rollout, caller)
        if saved is None:
            return
        problem = await self._barred(caller) if act is None else await self._problem(saved, caller, act)
        if problem:
            await self._answers.private(caller, refusal(problem, card=await self._announcer.address(rollout)))
            return
        view = reason_form(form, self._drafts.shown(saved), About(value, caller.channel, caller.ts))
        await self._open(trigger, caller, view)

    async def details(self, trigger: str, caller: Caller, rollout: str) -> None:
        """What experts want to see of a rollout."""
        saved = await self._seen(rollout, caller)
        if saved is None:
            return
        walk = unfinished(saved.rollout)
        problem, tree, groups = await asyncio.gather(self._barred(caller), self._tree(walk.target), self._groups())
        view = details(saved.rollout, self._drafts.shown(saved), saved.seen.get(walk.id), groups, tree)
        await self._open(trigger, caller, view, problem)

    async def _groups(self) -> Groups:
        """The groups behind the roles, none where Slack does not tell them in time."""
        try:
            return await asyncio.wait_for(self._drafts.groups(), PATIENCE)
        except TimeoutError:
            return {}

    async def _tree(self, target: Target) -> Tree:
        """A Rollout as it is now, or why it cannot be seen in time."""
        try:
            return Tree(await asyncio.wait_for(tree_of(self._observer, target, self._clock.now()), PATIENCE))
        except TimeoutError:
            return Tree(missing=f"Cluster {target.cluster} does not answer in time.")
        except LeadsmanError as error:
            return Tree(missing=str(error))

    async def _open(self, trigger: str, caller: Caller, view: View, problem: str = "") -> None:
        """Open it, unless something speaks against it; what does is told."""
        problem = problem or await self._answers.open(trigger, view)
        if problem:
            await self._answers.private(caller, refusal(problem))

    async def _seen(self, rollout: str, caller: Caller) -> Saved | None:
        """The rollout. Where it cannot be had, the caller is told."""
        try:
            saved = await asyncio.wait_for(self._store.load(rollout), PATIENCE)
        except (LeadsmanError, TimeoutError):
            await self._answers.private(caller, refusal(_AWAY))
            return None
        if saved is None:
            await self._answers.private(caller, refusal(_UNKNOWN))
        return saved

    async def _problem(self, saved: Saved, caller: Caller, act: Act) -> str:
        """What the machine would say to it now, with a reason given."""
        try:
            standing = await asyncio.wait_for(self._access.roles_of(caller.user, fresh=False), PATIENCE)
        except (CannotTell, TimeoutError):
            return ""
        if standing.barred:
            return f"Not done. {standing.barred} {NOTHING}"
        tried = decide(saved.rollout, command(replace(act, reason="…"), self._clock.now(), standing.who))
        if tried.refusal is None:
            return ""
        config = self._config()
        ask = whom_to_ask(needed_for(act, saved.rollout), standing.who, config.roles, config.commands.rollout)
        return f"{tried.refusal.sentence} {ask}".rstrip()

    async def _barred(self, caller: Caller) -> str:
        try:
            standing = await asyncio.wait_for(self._access.roles_of(caller.user, fresh=False), PATIENCE)
        except (CannotTell, TimeoutError):
            return ""
        return f"Not done. {standing.barred} {NOTHING}" if standing.barred else ""
