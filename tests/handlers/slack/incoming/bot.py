"""The bot as it runs, on the whole playground: a real database, engine and announcer, and Slack's own client and Bolt."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from bot.access import Access
from bot.charts import ChartRenderer
from bot.clock import GuestClock
from bot.config import Settings
from bot.config.config import Config
from bot.config.load import load_config
from bot.playground.clock import StoryClock
from bot.playground.slack import SlashCommand, Workspace
from bot.playground.world import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET, Playground
from handlers.core import Core
from handlers.slack.announcer import Announcer
from handlers.slack.client import slack_client
from handlers.slack.directory import SlackDirectory
from handlers.slack.front import SlackFront
from handlers.slack.manifest import METHODS, scopes
from strategies.model import Ask, Rollout, Stage
from tests.handlers.slack.patience import patient

SPEED = 60.0
PATIENCE = 120.0
"""Real seconds after which what a test waits for does not come any more."""

COMMANDS = ("deploy", "promote", "abort", "rollback", "rollout")
CONFIG = """\
slack: {channel: "#deploys"}
clusters: {demo: {}}
roles:
  deployer: ["alice", "U01ALICE001", "@sre", "U04DAVE0001", "U06FRANK001"]
  approver: ["@sre"]
strategies:
  careful:
    canary:
      steps:
        - setWeight: 10
        - pause: {}
        - gate: {approvals: 1, from: [approver]}
        - setWeight: 50
        - pause: {}
apps:
  checkout:
    image: ghcr.io/acme/checkout
    environments:
      prod:
        cluster: demo
        namespace: shop
        workload: {deployment: checkout, container: web}
        traffic: {nginx: {ingress: checkout, stableService: checkout, canaryService: checkout-canary}}
        strategy: careful
  billing:
    image: ghcr.io/acme/billing
    environments:
      prod: &billing
        cluster: demo
        namespace: shop
        workload: {deployment: billing, container: web}
        strategy: careful
      staging:
        cluster: demo
        namespace: shop
        workload: {deployment: billing-staging, container: web}
        strategy: careful
""".replace(" &billing", "").replace('"alice", ', "")

Check = Callable[[], Awaitable[Any]]


class Bot:
    """One process of the bot, and the people around it."""

    def __init__(self, playground: Playground, folder: Path, *, socket_mode: bool = False) -> None:
        self.slack: Workspace = playground.slack
        self._folder = folder
        self._socket_mode = socket_mode
        found = load_config(folder / "leadsman.yaml")
        assert isinstance(found, Config), found
        self.config = lambda: found
        self.clock = GuestClock(playground.cluster.clock)
        self.changed = asyncio.Event()
        self.slack.subscribe(lambda _: self.changed.set())

    async def start(self) -> None:
        """Start it, or start it again after `die` or `stop`."""
        environ = {
            "SLACK_BOT_TOKEN": BOT_TOKEN,
            "SLACK_SIGNING_SECRET": SIGNING_SECRET,
            "SLACK_API_URL": self.slack.records.base + "/api/",
            "DATABASE_URL": f"sqlite:///{self._folder}/leadsman.db",
            "KUBECONFIG": str(self._folder / "kubeconfig"),
            "LEADSMAN_LISTEN": "127.0.0.1:0",
        } | ({"SLACK_APP_TOKEN": APP_TOKEN} if self._socket_mode else {})
        settings = Settings.from_environ(environ)
        assert isinstance(settings, Settings), settings
        self.settings = settings
        self.core = Core(settings, self.config, self.clock)
        await self.core.start()
        self.session = aiohttp.ClientSession()
        client = slack_client(settings, self.session)
        directory = SlackDirectory(client)
        self.announcer = Announcer(
            client, self.core.store, self.config, self.clock, self.core.meter, ChartRenderer(), directory
        )
        await self.announcer.start()
        self.core.engine.listen(self.announcer.nudge)
        self.core.engine.listen(lambda _: self.changed.set())
        access = Access(lambda: self.config().roles, directory, self.clock)
        self.front = SlackFront(settings, self.config, self.core, client, access, self.clock, self.announcer)
        await self.front.start()
        self.slack.events_url = self.front.address or None
        self._ticking = asyncio.create_task(self._tick())

    async def stop(self) -> None:
        """As on SIGTERM."""
        await self.front.stop()
        await self._close()

    async def _close(self) -> None:
        self._ticking.cancel()
        await asyncio.gather(self._ticking, return_exceptions=True)
        await self.announcer.stop()
        await self.session.close()
        await self.core.stop()

    async def _tick(self) -> None:
        while True:
            await self.core.engine.tick()
            await self.clock.real_sleep(0.1)

    async def until(self, check: Check, seconds: float = PATIENCE) -> Any:
        """What `check` gives as soon as it gives something: looked at after every change in Slack or in the store."""
        found = None
        try:
            async with asyncio.timeout(seconds):
                while not (found := await check()):
                    self.changed.clear()
                    try:
                        await asyncio.wait_for(self.changed.wait(), 0.2)
                    except TimeoutError:
                        continue
        except TimeoutError:
            raise AssertionError(
                f"{check} did not come; said: {self.said()}, in private: {self.everything_private()}"
            ) from None
        return found

    async def is_ready(self) -> bool:
        """Whether events can flow."""
        return not self.front.missing()

    # People

    async def type(self, user: str, text: str) -> Any:
        return await self.slack.command(user, "#deploys", text)

    async def press(self, user: str, action: str, value: Any = None) -> Any:
        """Press a button of the newest card."""
        return await self.slack.press(user, (await self.card())["ts"], action, value)

    async def told(self, user: str, part: str) -> str:
        """The private message that holds `part`, once it is there."""

        async def look() -> str | None:
            return next((one for one in reversed(self.private(user)) if part in one), None)

        found: str = await self.until(look)
        return found

    def private(self, user: str) -> list[str]:
        """Everything that only this person was told, blocks and all."""
        return [json.dumps(message, ensure_ascii=False) for message in self.slack.ephemerals(user)]

    def everything_private(self) -> dict[str, list[str]]:
        people = self.slack.directory.people.values()
        return {one.name: [str(said["text"]) for said in self.slack.ephemerals(one.id)] for one in people}

    def said(self) -> list[str]:
        return [str(message["text"]) for message in self.slack.messages("deploys")]

    async def card(self) -> dict[str, Any]:
        async def look() -> dict[str, Any] | None:
            said = self.slack.messages("deploys")
            cards = [message for message in said if message.get("thread_ts", message["ts"]) == message["ts"]]
            return cards[-1] if cards else None

        found: dict[str, Any] = await self.until(look)
        return found

    async def shows(self, part: str) -> dict[str, Any]:
        """The newest card, once it holds `part`."""

        async def look() -> dict[str, Any] | None:
            card = await self.card()
            return card if part in json.dumps(card, ensure_ascii=False) else None

        found: dict[str, Any] = await self.until(look)
        return found

    async def view(self, user: str) -> dict[str, Any]:
        async def look() -> dict[str, Any] | None:
            views = self.slack.views(user)
            return views[-1] if views else None

        found: dict[str, Any] = await self.until(look)
        return found

    async def form_says(self, user: str, *parts: str) -> None:
        """Return when the newest form of theirs holds all of these: with its acknowledgement, or later if that could not wait."""

        async def look() -> bool:
            shown = json.dumps(self.slack.views(user)[-1:], ensure_ascii=False)
            return all(part in shown for part in parts)

        await self.until(look)

    async def form_closes(self, user: str) -> None:
        """Return when their form is closed; one whose acknowledgement could not wait says instead that it is done."""

        async def look() -> bool:
            views = self.slack.views(user)
            return not views or "Done. The card shows it." in json.dumps(views[-1])

        await self.until(look)

    # Rollouts

    async def live(self) -> Rollout | None:
        return await self.core.store.live("checkout", "prod")

    async def deployed(self, version: str = "v1.4.2", by: str = "alice") -> Rollout:
        """A rollout that stands at its first pause, its card drawn with its buttons."""
        await self.type(by, f"/deploy checkout {version} prod")
        await self.paused(10)
        await self.shows("rollout.promote")
        rollout = await self.live()
        assert rollout is not None
        return rollout

    async def paused(self, weight: int) -> None:
        async def look() -> bool:
            rollout = await self.live()
            if rollout is None or rollout.stage is not Stage.WALKING:
                return False
            walk = rollout.walks[0]
            return walk.weight == weight and walk.native.cursor in (1, 4) and walk.in_place is not None

        await self.until(look)

    async def asked(self) -> Ask:
        """The open question, once there is one and the card asks it."""

        async def look() -> Ask | None:
            rollout = await self.live()
            return next((ask for ask in rollout.asks if ask.is_open), None) if rollout else None

        found: Ask = await self.until(look)
        await self.shows("ask.approve")
        return found

    async def ended(self, rollout: Rollout) -> Rollout:
        async def look() -> Rollout | None:
            saved = await self.core.store.load(rollout.id)
            return saved.rollout if saved and saved.rollout.is_final else None

        found: Rollout = await self.until(look)
        return found

    async def audited(self, kind: str) -> list[dict[str, Any]]:
        """The facts of the audit's entries of this kind."""
        entries = await self.core.store.audit_entries(0, 5000)
        return [dict(entry.facts) for entry in entries if entry.kind == kind]


@asynccontextmanager
async def running(folder: Path, *, socket_mode: bool = False) -> AsyncIterator[Bot]:
    """A started bot in a started playground."""
    (folder / "leadsman.yaml").write_text(CONFIG)
    commands = [SlashCommand(f"/{name}", name) for name in COMMANDS]
    playground = Playground(StoryClock(SPEED), scopes=scopes(), commands=commands, pod_seconds=1.0)
    await playground.start()
    (folder / "kubeconfig").write_text(json.dumps(playground.cluster.kubeconfig()))
    bot = Bot(playground, folder, socket_mode=socket_mode)
    with patient(playground.slack):
        await bot.start()
        try:
            yield bot
        finally:
            await bot.stop()
            await playground.stop()
    assert {call.method for call in playground.slack.calls} <= {*METHODS, "apps.connections.open"}
