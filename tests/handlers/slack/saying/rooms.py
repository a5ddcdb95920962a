"""A rollout told in the playground's Slack: a real engine, store and announcer, one clock for all that a test pushes on."""

import itertools
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.charts import ChartRenderer
from bot.clock import ManualClock
from bot.config import Config, load_config
from bot.desk import Busy, Desk, Started, Wish
from bot.engine import Engine
from bot.meter import PrometheusMeter
from bot.playground.clock import PlaygroundClock
from bot.playground.slack import Workspace
from bot.store import Store
from handlers.slack.announcer import Announcer
from handlers.slack.directory import SlackDirectory
from handlers.slack.manifest import scopes
from strategies.model import Actor, Rollout, Who
from tests.bot.engine.world import SmallWorld

PATIENCE = 60
"""Real seconds after which an answer of the emulator does not come any more: no test is about a machine that takes its time."""

CONFIG = """
slack: {channel: "#deploys"}
clusters: {prod-eu: {prometheus: "http://127.0.0.1:9"}}
roles: {deployer: ["*"], approver: ["@sre"]}
strategies:
  careful:
    canary:
      steps:
        - setWeight: 10
        - pause: {duration: 2m}
        - gate: {approvals: 2, from: [approver]}
        - setWeight: 50
        - pause: {duration: 1m}
apps:
"""
APP = """
  {name}:
    image: shop/{name}
    environments:
      prod:
        cluster: prod-eu
        namespace: shop
        workload: {{deployment: {name}, container: web}}
        traffic: {{nginx: {{ingress: {name}, stableService: {name}, canaryService: {name}-canary}}}}
        strategy: careful
"""

ALICE = Who(Actor("U01ALICE001", "alice"), frozenset({"deployer"}))
BOB = Who(Actor("U02BOB00001", "bob"), frozenset({"deployer", "approver"}))
CAROL = Who(Actor("U03CAROL001", "carol"), frozenset({"deployer", "approver"}))


class SameClock(PlaygroundClock):
    """The emulator's clock, hung onto the bot's."""

    def __init__(self, clock: ManualClock) -> None:
        super().__init__()
        self._clock = clock

    def real(self) -> float:
        return self._clock.monotonic()

    def now(self) -> datetime:
        return self._clock.now()


class Room:
    """Everything that a test of what is said turns."""

    def __init__(self, folder: Path, apps: tuple[str, ...] = ("checkout",), config: str = CONFIG) -> None:
        self.clock = ManualClock()
        self.workspace = Workspace(
            SameClock(self.clock), signing_secret="s", bot_token="xoxb-1", app_token="xapp-1", scopes=scopes()
        )
        self.workspace.records.files.delay = 0.0
        (folder / "leadsman.yaml").write_text(config + "".join(APP.format(name=name) for name in apps))
        found = load_config(folder / "leadsman.yaml")
        assert isinstance(found, Config), found
        self.config = found
        self.folder = folder
        self.worlds = {name: SmallWorld(self.clock) for name in apps}
        self.renderer = ChartRenderer()
        self.numbers = itertools.count(1)

    async def open(self) -> None:
        await self.workspace.start()
        self.store = Store.open(f"sqlite:///{self.folder}/leadsman.db", clock=self.clock)
        await self.store.migrate()
        self.session = aiohttp.ClientSession()
        self.client = AsyncWebClient(
            "xoxb-1",
            base_url=self.workspace.records.base + "/api/",
            session=self.session,
            retry_handlers=[],
            timeout=PATIENCE,
        )
        await self.start()

    async def start(self) -> None:
        """The bot's part; after `stop`, a new process on the same database."""
        worlds = Worlds(self.worlds)
        self.engine = Engine(self.store, worlds, worlds, worlds, worlds, self.clock, owner="room")
        desk_ids = self.numbers
        self.desk = Desk(
            self.engine, self.store, lambda: self.config, worlds, self.clock, lambda: f"ro{next(desk_ids)}"
        )
        directory = SlackDirectory(self.client)
        self.meter = self.make_meter()
        self.announcer = Announcer(
            self.client, self.store, lambda: self.config, self.clock, self.meter, self.renderer, directory
        )
        await self.announcer.start()
        self.engine.listen(self.announcer.nudge)

    def make_meter(self) -> PrometheusMeter:
        from concurrent.futures import ThreadPoolExecutor

        return PrometheusMeter(lambda cluster: None, ThreadPoolExecutor(1), self.clock)

    async def stop(self) -> None:
        await self.announcer.stop()
        await self.engine.stop()

    async def close(self) -> None:
        await self.stop()
        await self.renderer.stop()
        await self.session.close()
        await self.store.close()
        await self.workspace.stop()

    async def deploy(self, version: str = "v2", app: str = "checkout", reason: str = "") -> Rollout:
        answer = await self.desk.deploy(Wish(app, version, "prod", ALICE, reason))
        assert isinstance(answer, Started | Busy), answer
        return answer.rollout if isinstance(answer, Started) else answer.live

    async def settle(self) -> None:
        """Until nothing more happens without time passing."""
        await self.engine.idle()
        await self.announcer.idle()

    async def pass_time(self, seconds: float, step: float = 0.5, tick: float = 1.0) -> None:
        passed = 0.0
        while passed < seconds:
            await self.clock.advance(step)
            passed += step
            if passed % tick == 0:
                await self.engine.tick()
            await self.settle()

    async def rollout(self, rollout_id: str) -> Rollout:
        saved = await self.store.load(rollout_id)
        assert saved is not None
        return saved.rollout

    async def ask(self, rollout_id: str) -> str:
        """Let time pass until people are asked; the ask's id."""
        for _ in range(400):
            found = [ask.id for ask in (await self.rollout(rollout_id)).asks if ask.is_open]
            if found:
                await self.pass_time(5)
                return found[0]
            await self.pass_time(2, step=1)
        raise AssertionError("nobody was asked")

    def cards(self, channel: str = "deploys") -> list[Mapping[str, Any]]:
        return [one for one in self.workspace.messages(channel) if one.get("subtype") != "thread_broadcast"]

    def thread(self, card: Mapping[str, Any], channel: str = "deploys") -> list[Mapping[str, Any]]:
        return list(self.workspace.thread(channel, str(card["ts"])))[1:]


class Worlds:
    """A small world for each app, behind the ports of one engine."""

    def __init__(self, worlds: Mapping[str, SmallWorld]) -> None:
        self._worlds = worlds

    async def observe(self, target: Any, *, fresh: bool = False) -> Any:
        return await self._worlds[target.workload].observe(target, fresh=fresh)

    def subscribe(self, listener: Any) -> None:
        for world in self._worlds.values():
            world.subscribe(listener)

    async def follow(self, key: str, target: Any) -> None:
        await self._worlds[target.workload].follow(key, target)

    def unfollow(self, key: str) -> None:
        for world in self._worlds.values():
            world.unfollow(key)

    async def perform(self, effect: Any, target: Any) -> Any:
        return await self._worlds[target.workload].perform(effect, target)

    async def check(self, request: Any) -> Any:
        return await self._worlds[request.target.workload].check(request)

    async def measure(self, cluster: str, metric: Any, number: int, at: datetime) -> Any:
        return await next(iter(self._worlds.values())).measure(cluster, metric, number, at)
