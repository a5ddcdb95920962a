"""An installation: its folder, its database, and the bots that run on it one after the other."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from bot.clock import ManualClock
from bot.store import Store
from tests.survival.bot_process import Life, Wanted
from tests.survival.keeper import Bot
from tests.survival.world import World, configuration


@dataclass
class Installation:
    """Starts bots. Rollout time goes on from one to the next."""

    world: World
    folder: Path
    apps: tuple[str, ...]
    instance: str = "leadsman"
    address: str = ""
    speed: float = 0.0
    lease: float = 60.0
    waits: int = 5
    origin: datetime = field(default_factory=lambda: datetime.now(UTC))
    bots: list[Bot] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.folder.mkdir(exist_ok=True)
        self.address = self.address or f"sqlite:///{self.folder}/leadsman.db"
        self.speed = self.speed or self.world.clock.speed
        token = self.folder / "token"
        token.write_text(self.world.token)
        self.world.token_files.append(token)
        kubeconfig = self.world.kubeconfig()
        kubeconfig["users"][0]["user"] = {"tokenFile": str(token)}
        (self.folder / "kubeconfig").write_text(json.dumps(kubeconfig))
        (self.folder / "leadsman.yaml").write_text(configuration(self.apps, self.instance))

    @property
    def books(self) -> Path:
        """The SQLite file."""
        return Path(self.address.removeprefix("sqlite:///"))

    def life(self, wishes: Mapping[str, tuple[Wanted, ...]]) -> Life:
        """What a bot of this installation is to do, for `start`."""
        return Life(str(self.folder), self.address, self.origin, self.speed, wishes, lease=self.lease, waits=self.waits)

    def start(self, life: Life) -> Bot:
        """Start a bot."""
        bot = Bot(life)
        self.bots.append(bot)
        return bot

    async def patient(self, *, approves: bool = False) -> Bot:
        """A bot whose people do only what the test asks them to; it is up."""
        bot = self.start(replace(self.life({}), stays=True, approves=approves))
        await bot.says("up")
        return bot

    async def finish(self, wishes: Mapping[str, tuple[Wanted, ...]]) -> None:
        """Let one more bot live until everything that is wanted has ended."""
        bot = self.start(self.life(wishes))
        await bot.says("over")
        await bot.gone()

    @asynccontextmanager
    async def store(self) -> AsyncIterator[Store]:
        """Its database, to look at."""
        store = Store.open(self.address, clock=ManualClock(), read_only=True)
        try:
            yield store
        finally:
            await store.close()

    async def close(self) -> None:
        """Kill whoever still lives."""
        for bot in self.bots:
            await bot.end()
