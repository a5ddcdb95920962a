"""Many rollouts that live at once: an engine on a real SQLite store, with a crowd of targets behind it.

One rollout is walked to its first pause by the engine itself; the others are its copies, each with its own app, target and time at
which the pause ends. Walking ten thousand of them there would measure the same, but for minutes.
"""

import contextlib
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlmodel import Session

from benchmarks.crowd import Crowd, State
from bot.clock import Clock, ManualClock, SystemClock
from bot.config.config import Config
from bot.config.load import load_config
from bot.config.settings import Settings
from bot.desk import Desk, Started, Wish
from bot.engine import Engine
from bot.scheduler import Scheduler
from bot.store import Store, rollouts
from bot.store.database import Database
from bot.store.records import Saved
from bot.store.rollouts import Act
from handlers.app import TICK
from handlers.core import Core, new_id
from strategies.model import Actor, Claim, Rollout, Seen, Who

ALICE = Who(Actor("U1", "alice"), frozenset({"deployer"}))
PAUSE = timedelta(minutes=10)
"""Due times are spread over this long."""

APPS = [f"app{number}" for number in range(10)]
"""The apps that the configuration names: those that somebody types about. The others' rollouts need it no more."""

ENVIRONMENT = """\
        cluster: prod-eu
        namespace: shop
        workload: {{deployment: {app}, container: web}}
        traffic: {{nginx: {{ingress: {app}, stableService: {app}, canaryService: {app}-canary}}}}
        strategy: careful
"""


def configuration(apps: Sequence[str], prometheus: str = "http://127.0.0.1:9") -> str:
    """The configuration of a team with this many apps."""
    head = f"""\
slack: {{channel: "#deploys"}}
clusters: {{prod-eu: {{prometheus: "{prometheus}"}}}}
roles: {{deployer: ["*"], approver: ["@sre"]}}
strategies:
  careful:
    canary:
      steps: [{{setWeight: 25}}, {{pause: {{duration: 10m}}}}, {{setWeight: 50}}, {{pause: {{duration: 10m}}}}]
apps:
"""
    return head + "".join(
        f"  {app}:\n    image: shop/app\n    environments:\n      prod:\n{ENVIRONMENT.format(app=app)}" for app in apps
    )


@dataclass(frozen=True, slots=True)
class Pattern:
    """One rollout at its first pause, as the store has it, and its target as it is then."""

    saved: Saved
    state: State

    def copy(self, number: int, due_at: datetime) -> tuple[Saved, State]:
        """Another rollout like it, whose pause ends at `due_at`."""
        rollout, app = self.saved.rollout, f"app{number}"
        walk = rollout.walks[0]
        driver = replace(walk.native, arrived=due_at - PAUSE)
        walk = replace(walk, target=replace(walk.target, workload=app), driver=driver)
        mine = replace(rollout, id=f"r{number}", app=app, walks=(walk,))
        state = State(
            replace(self.state.stable, claim=_claim(self.state.stable.claim, mine)),
            replace(self.state.canary, claim=_claim(self.state.canary.claim, mine)),
            self.state.weight,
            _claim(self.state.route, mine),
        )
        seen = {
            key: replace(one, stable=state.stable, canary=state.canary, router_claim=state.route)
            for key, one in self.saved.seen.items()
            if isinstance(one, Seen)
        }
        return replace(self.saved, rollout=mine, due_at=due_at, seen=seen), state


def _claim(claim: Claim | None, rollout: Rollout) -> Claim | None:
    return None if claim is None else replace(claim, rollout=rollout.id)


class Fleet:
    """The bot without its surfaces, with a crowd in the clusters' place and the tick running as in the bot."""

    def __init__(self, settings: Settings, config: Config, crowd: Crowd, clock: Clock) -> None:
        self.settings, self.config, self.crowd, self.clock = settings, config, crowd, clock
        self.core = Core(settings, lambda: config, clock)
        self.store = self.core.store
        self.engine = Engine(self.store, crowd, crowd, self.core.meter, crowd, clock, owner="benchmark")
        self.core.engine = self.engine
        self.core.desk = Desk(self.engine, self.store, lambda: config, crowd, clock, new_id)
        self.scheduler = Scheduler()
        self._ticking = False

    async def start(self) -> None:
        """Take up what the store has, and begin to tick."""
        await self.engine.start()
        await self.engine.idle()
        self.scheduler.every(TICK, "tick", self.engine.tick)
        self.scheduler.start()
        self._ticking = True

    async def stop(self) -> None:
        """Stop it all."""
        if self._ticking:
            self.scheduler.stop()
        await self.core.stop()


@contextlib.asynccontextmanager
async def fleet(pauses: Iterable[float], **environ: str) -> AsyncIterator[Fleet]:
    """A fleet of rollouts at their first pause, not started; `pauses` says of each in how many seconds that ends.

    `environ` are further settings.
    """
    with TemporaryDirectory(prefix="leadsman-bench-") as name:
        folder = Path(name)
        pattern = await _pattern(folder)
        clock = SystemClock()
        crowd = Crowd(clock)
        now = clock.now()
        copies = [pattern.copy(number, now + timedelta(seconds=left)) for number, left in enumerate(pauses)]
        crowd.states = {saved.rollout.app: state for saved, state in copies}
        settings = _settings(folder / "leadsman.db", **environ)
        await _fill(settings, [saved for saved, _ in copies], clock)
        found = Fleet(settings, _config(folder, APPS), crowd, clock)
        try:
            yield found
        finally:
            await found.stop()


def _settings(database: Path, **environ: str) -> Settings:
    settings = Settings.from_environ({"DATABASE_URL": f"sqlite:///{database}", **environ})
    assert isinstance(settings, Settings), settings
    return settings


async def _fill(settings: Settings, all_saved: Sequence[Saved], clock: Clock) -> None:
    """Put them all into the store in one go: as many transactions as rollouts would take longer than the benchmark."""
    url, act = settings.database_url.get_secret_value(), Act(clock.now())

    def fill(session: Session) -> None:
        for saved in all_saved:
            created = rollouts.create(session, saved.rollout, act, saved.due_at)
            rollouts.save(session, created, saved.rollout, act, saved.due_at, saved.seen)

    store = Store.open(url, clock=clock)
    await store.migrate()
    await store.close()
    database = Database(url)
    await database.write("fill", fill)
    await database.close()


def _config(folder: Path, apps: Sequence[str]) -> Config:
    path = folder / "leadsman.yaml"
    path.write_text(configuration(apps))
    config = load_config(path)
    assert isinstance(config, Config), config
    return config


async def _pattern(folder: Path) -> Pattern:
    """Walk one rollout to its first pause, on a clock moved by hand."""
    clock = ManualClock(SystemClock().now() - timedelta(minutes=2))
    crowd = Crowd(clock)
    one = Fleet(_settings(folder / "pattern.db"), _config(folder, ["app"]), crowd, clock)
    await one.store.migrate()
    answer = await one.core.desk.deploy(Wish("app", "v2", "prod", ALICE))
    assert isinstance(answer, Started), answer
    while True:
        await one.engine.idle()
        saved = await one.store.load(answer.rollout.id)
        assert saved is not None
        if saved.rollout.walks[0].native.cursor == 1:
            break
        await clock.advance(1)
        await one.engine.tick()
    await one.core.stop()
    return Pattern(saved, crowd.states["app"])
