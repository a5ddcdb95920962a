"""A desk and an engine on a real SQLite store, with a small world behind them."""

import itertools
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.clock import ManualClock
from bot.config.config import Config
from bot.config.load import load_config
from bot.desk import Desk, Wish
from bot.engine import Engine
from bot.store import Store
from strategies.model import Actor, Outcome, Rollout, Who
from tests.bot.engine.world import SmallWorld

CONFIG = """
slack: {channel: "#deploys"}
clusters: {prod-eu: {prometheus: "http://prometheus:9090"}}
roles: {deployer: ["*"], approver: ["@sre"]}
strategies:
  careful:
    canary:
      steps:
        - setWeight: 10
        - pause: {duration: 5m}
        - gate: {approvals: 1, from: [approver]}
        - setWeight: 50
        - pause: {duration: 1m}
apps:
  checkout:
    image: shop/checkout
    environments:
      prod:
        cluster: prod-eu
        namespace: shop
        workload: {deployment: checkout, container: web}
        traffic: {nginx: {ingress: checkout, stableService: checkout, canaryService: checkout-canary}}
        strategy: careful
"""

ALICE = Who(Actor("U1", "alice"), frozenset({"deployer"}))
BOB = Who(Actor("U2", "bob"), frozenset({"deployer", "approver"}))
EVE = Who(Actor("U3", "eve"))


class Bench:
    """Everything a test of the engine turns."""

    def __init__(self, clock: ManualClock, store: Store, config: Config, world: SmallWorld, commits: list[str]) -> None:
        self.clock, self.store, self.config, self.world, self.commits = clock, store, config, world, commits
        self.numbers = itertools.count(1)
        self.engine = self.new_engine("one")
        self.desk = self.new_desk(self.engine)

    def new_engine(self, owner: str) -> Engine:
        return Engine(self.store, self.world, self.world, self.world, self.world, self.clock, owner=owner)

    def new_desk(self, engine: Engine) -> Desk:
        return Desk(engine, self.store, lambda: self.config, self.world, self.clock, lambda: f"ro{next(self.numbers)}")

    async def restart(self) -> None:
        """The process died: a new engine takes up what the database has, once the old leases have run out."""
        await self.clock.advance(61)
        self.engine = self.new_engine("two")
        self.desk = self.new_desk(self.engine)
        await self.engine.start()
        await self.engine.idle()

    async def deploy(self, version: str = "v2", by: Who = ALICE) -> Rollout:
        answer = await self.desk.deploy(Wish("checkout", version, "prod", by))
        await self.engine.idle()
        return answer.rollout  # type: ignore[union-attr]

    async def pass_time(self, seconds: float, step: float = 1.0) -> None:
        """Let time pass with the tick running each second."""
        passed = 0.0
        while passed < seconds:
            await self.clock.advance(step)
            await self.engine.tick()
            await self.engine.idle()
            passed += step

    async def rollout(self, rollout_id: str) -> Rollout:
        saved = await self.store.load(rollout_id)
        assert saved is not None
        return saved.rollout

    async def until_asked(self, rollout_id: str) -> str:
        """Let time pass until people are asked; the ask's id."""
        for _ in range(100):
            open_asks = [ask.id for ask in (await self.rollout(rollout_id)).asks if ask.is_open]
            if open_asks:
                return open_asks[0]
            await self.pass_time(5, step=5)
        raise AssertionError("nobody was asked")

    async def until_ended(self, rollout_id: str) -> Outcome | None:
        for _ in range(400):
            rollout = await self.rollout(rollout_id)
            if rollout.is_final:
                return rollout.outcome
            await self.pass_time(5, step=5)
        raise AssertionError("it did not end")


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    clock = ManualClock()
    path = tmp_path / "leadsman.yaml"
    path.write_text(CONFIG)
    config = load_config(path)
    assert isinstance(config, Config), config
    commits: list[str] = []
    store = Store.open(f"sqlite:///{tmp_path}/leadsman.db", clock=clock, witness=commits.append)
    await store.migrate()
    bench = Bench(clock, store, config, SmallWorld(clock), commits)
    yield bench
    await bench.engine.stop()
    await store.close()
