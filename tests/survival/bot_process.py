"""A bot as a process of its own: the real Core on a real database, with people who press what they were told to press.

People press again after a restart, until what they wanted is so: somebody whose press was not answered does that.
"""

import asyncio
import contextlib
import json
import logging
import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

from sqlalchemy import Engine, Insert, event

import bot.engine
import bot.leases
import bot.store.database
from bot.clock import SystemClock
from bot.config.config import Config
from bot.config.load import load_config
from bot.config.settings import Settings
from bot.desk import Started, WhenBusy, Wish
from bot.errors import LeadsmanError
from bot.scheduler import Scheduler
from bot.store import codec
from bot.store.records import Saved
from bot.store.tables import AuditRow, RolloutRow
from handlers.core import Core
from strategies.argo.driver import Argo
from strategies.events import Abort, Approve, Command, Hold, Resume
from strategies.model import LIVE, Actor, Rollout, Stage, Walk, Who

ALICE = Who(Actor("U1", "alice"), frozenset({"deployer"}))
BOB = Who(Actor("U2", "bob"), frozenset({"deployer", "approver"}))

TICK = 0.05
LOOK_AGAIN = 0.3
"""Real seconds after which people look again though nothing happened here: another process may have done it."""


PROMOTING = 101


@dataclass(frozen=True, slots=True)
class Wanted:
    """A version that people want. `abort_at`: the weight at which somebody aborts it all the same; PROMOTING: while it is promoted."""

    version: str
    abort_at: int | None = None


@dataclass(frozen=True, slots=True)
class Life:
    """How one process is to live.

    wishes: what people want of each app, one after the other. stays: it does not end by itself when all that is over.
    died_at: the moments at which earlier lives died, None: this one does not die by itself. only_after: of the moments around a commit,
    only those after it are for dying. lease: real seconds, on a database that several share. waits: real seconds for another's lock there.
    retry: real seconds until what failed is tried again.
    """

    folder: str
    database: str
    origin: datetime
    speed: float
    wishes: Mapping[str, tuple[Wanted, ...]]
    died_at: frozenset[str] | None = None
    only_after: bool = False
    stays: bool = False
    lease: float = 60.0
    waits: int = 5
    retry: float = 0.3
    approves: bool = True


def live(life: Life, line: Connection) -> None:
    """The process: says `up`, then what happens, on the line; `over` when everything that was wanted has ended."""
    logging.disable(logging.CRITICAL)
    for module in (bot.engine, bot.leases):
        vars(module)["LEASE"] = timedelta(seconds=life.lease)
    bot.engine.RETRY = life.retry
    bot.store.database.WAIT = life.waits
    asyncio.run(_live(life, line))


async def _live(life: Life, line: Connection) -> None:
    folder = Path(life.folder)
    config = load_config(folder / "leadsman.yaml")
    settings = Settings.from_environ({"KUBECONFIG": str(folder / "kubeconfig"), "DATABASE_URL": life.database})
    assert isinstance(config, Config), config
    assert isinstance(settings, Settings), settings
    core = Core(settings, lambda: config, SystemClock(life.speed, life.origin))
    if life.died_at is not None:
        _die_at_new_moments(core, life.died_at, line, only_after=life.only_after)
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    await core.start()
    scheduler = Scheduler()
    scheduler.every(TICK, "tick", core.engine.tick)
    scheduler.start()
    line.send("up")
    people = People(core, life, line)
    pressing = asyncio.create_task(people.press())
    waiting = asyncio.create_task(stopped.wait())
    await asyncio.wait([waiting] if life.stays else [pressing, waiting], return_when=asyncio.FIRST_COMPLETED)
    for task in (pressing, waiting):
        task.cancel()
    await asyncio.gather(pressing, waiting, return_exceptions=True)
    scheduler.stop()
    await core.stop()
    line.send("stopped")


class People:
    """Those who want versions live."""

    def __init__(self, core: Core, life: Life, line: Connection) -> None:
        self._core, self._life, self._line = core, life, line
        self._news = asyncio.Event()
        core.engine.listen(self._saved)
        asyncio.get_running_loop().add_reader(line.fileno(), self._told)
        self._asked: list[tuple[str, str, str]] = []

    def _saved(self, saved: Saved) -> None:
        """Say where the rollout stands."""
        rollout, walk = saved.rollout, saved.rollout.walks[0]
        asks = sum(ask.is_open for ask in rollout.asks)
        where = f"step {_step(walk)} fence {walk.fence} asks {asks} holds {len(rollout.holds)}"
        self._line.send(f"{rollout.app} {rollout.outcome or rollout.stage} {where}")
        self._news.set()

    def _told(self) -> None:
        """The test asks for an act: verb, app, argument. End of the line: nobody is there any more."""
        try:
            self._asked.append(self._line.recv())
        except EOFError:
            os._exit(3)
        self._news.set()

    async def press(self) -> None:
        """Want, approve and abort until every wish is over."""
        while True:
            self._news.clear()
            while self._asked:
                await self._do(*self._asked.pop(0))
            over = [await self._is_over(app, wanted) for app, wanted in self._life.wishes.items()]
            if all(over) and not self._life.stays:
                self._line.send("over")
                return
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), LOOK_AGAIN)

    async def _is_over(self, app: str, wanted: tuple[Wanted, ...]) -> bool:
        """Whether everything that is wanted of this app was begun and has ended; pressed for where not."""
        try:
            rollouts = await self._core.store.history(app, "prod", len(wanted))
            if rollouts and not rollouts[0].is_final:
                await self._answer(rollouts[0], wanted[len(rollouts) - 1].abort_at)
            elif len(rollouts) < len(wanted):
                await self._core.desk.deploy(Wish(app, wanted[len(rollouts)].version, "prod", ALICE))
        except LeadsmanError:
            asyncio.get_running_loop().call_later(0.05, self._news.set)
            return False
        return len(rollouts) == len(wanted) and rollouts[0].is_final

    async def _answer(self, rollout: Rollout, abort_at: int | None) -> None:
        if abort_at is not None and _is_time(rollout, abort_at):
            await self._core.engine.act(rollout.id, lambda at: Abort(at, ALICE, "errors in the log"))
        for ask in rollout.asks if self._life.approves else ():
            if ask.is_open:
                await self._core.engine.act(rollout.id, partial(_approved, ask.id))

    async def _do(self, verb: str, app: str, argument: str) -> None:
        """What the test asks for, and the sentence it is answered with."""
        try:
            self._line.send(f"{verb}: {await self._done(verb, app, argument)}")
        except LeadsmanError as error:
            self._line.send(f"{verb}: {error}")

    async def _done(self, verb: str, app: str, argument: str) -> str:
        if verb in ("deploy", "replace", "queue"):
            busy = WhenBusy.ASK if verb == "deploy" else WhenBusy(verb)
            answer = await self._core.desk.deploy(Wish(app, argument, "prod", ALICE, busy=busy))
            return "done" if isinstance(answer, Started) else str(answer)
        if verb == "adopt":
            await self._core.adopt()
            return "done"
        if verb in ("fill", "free"):
            await self._core.store._database.run(partial(_limit, full=verb == "fill"))
            return "done"
        rollout = await self._core.store.live(app, "prod")
        if rollout is None:
            return "nothing is live"
        decision = await self._core.engine.act(rollout.id, lambda at: _command(verb, at, rollout, argument))
        return decision.refusal.sentence if decision.refusal else "done"


def _limit(engine: Engine, *, full: bool) -> None:
    """Let SQLite meet a full disk at its next new page, or let it grow again."""
    with engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one() if full else 1_000_000
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")


def _approved(ask: str, at: datetime) -> Approve:
    return Approve(at, BOB, ask)


def _command(verb: str, at: datetime, rollout: Rollout, argument: str) -> Command:
    match verb:
        case "abort":
            return Abort(at, ALICE, argument)
        case "hold":
            return Hold(at, ALICE, argument)
        case "resume":
            return Resume(at, ALICE)
        case "approve":
            return Approve(at, BOB, next(ask.id for ask in rollout.asks if ask.is_open))
        case other:
            raise AssertionError(other)


def _step(walk: Walk) -> str:
    """Where a walk stands, in a word."""
    if isinstance(walk.driver, Argo):
        argo = walk.driver
        return f"{argo.step} of {argo.pod_hash or 'nothing'} {argo.order and argo.order.verb} {len(argo.pauses)}"
    return str(walk.driver.cursor)


def _is_time(rollout: Rollout, abort_at: int) -> bool:
    """Whether to abort now. Who comes too late for a weight still aborts while it is promoted. A Rollout of Argo's: at its pause."""
    walk = rollout.walks[0]
    if isinstance(walk.driver, Argo):
        return bool(walk.driver.pauses)
    walking = rollout.stage is Stage.WALKING and walk.weight >= abort_at and walk.in_place is not None
    return walking or rollout.stage is Stage.PROMOTING


Row = dict[str, bytes]


def _said(row: Row) -> str:
    """An entry of the audit as its moment is told."""
    content = json.loads(row["content"])
    facts = content["facts"]
    return f"{content['kind']} {facts.get('request', facts.get('activity', ''))}"


def _die_at_new_moments(core: Core, died_at: frozenset[str], line: Connection, *, only_after: bool) -> None:
    """Kill this process at the first moment around a commit at which no process died yet.

    A moment is told by what is committed, so that it is the same one when it comes again after a restart.
    """
    said: list[str] = []

    @event.listens_for(Engine, "before_execute")
    def entry(_connection: object, statement: object, several: list[Row], one: Row, _options: object) -> None:
        if isinstance(statement, Insert) and statement.table.name == AuditRow.__tablename__:
            said.extend(map(_said, several or [one]))

    @event.listens_for(RolloutRow, "before_update")
    def changed(_mapper: object, _connection: object, row: RolloutRow) -> None:
        rollout = codec.load(Rollout, row.document)
        where = [(_step(walk), walk.weight, walk.fence, walk.home) for walk in rollout.walks]
        said.append(f"{row.app} {rollout.stage} {where}" if rollout.stage in LIVE else f"{row.app} {rollout.stage}")

    def witness(moment: str) -> None:
        label = f"{moment} {' '.join(said)}"
        if moment.startswith("after:"):
            said.clear()
        if label not in died_at and not (only_after and moment.startswith("before:")):
            line.send(f"dies {label}")
            os.kill(os.getpid(), signal.SIGKILL)

    core.store._database._witness = witness
