"""The whole bot, put together: the only module that knows everyone."""

import asyncio
import gc
import signal
from collections.abc import Awaitable, Callable, Sequence

import aiohttp
import structlog
from aiohttp import web

from bot.access import Access
from bot.charts import ChartRenderer
from bot.clock import Clock
from bot.config import Config, ConfigWatch, Settings
from bot.config.watch import Kept, Reloaded
from bot.errors import LeadsmanError, NotConfigured
from bot.scheduler import Scheduler
from bot.store.records import AuditEntry
from handlers.core import Core
from handlers.counting import Stock, counted_session
from handlers.http.health import internal_app
from handlers.slack.announcer import Announcer
from handlers.slack.client import slack_client
from handlers.slack.directory import SlackDirectory
from handlers.slack.front import SlackFront
from strategies.model import LEADSMAN

log = structlog.get_logger("app")

TICK = 0.5
"""Real seconds between two looks for what is due: half of what a due step may be late."""


class App:
    """Start it, let it run, stop it."""

    def __init__(self, settings: Settings, watch: ConfigWatch, clock: Clock) -> None:
        self._settings = settings
        self._watch = watch
        self._clock = clock
        self.core = Core(settings, self._config, clock)
        self._stock = Stock(self.core.store, self.core.metrics)
        self.core.engine.listen(self._stock.note)
        self._scheduler = Scheduler()
        self._waiting: list[str] = ["the start"]
        self._closing: list[Callable[[], Awaitable[object]]] = []
        self._front: SlackFront | None = None

    @property
    def address(self) -> str:
        """Where Slack's requests are taken, once started; empty in Socket Mode."""
        return self._front.address if self._front else ""

    def _config(self) -> Config:
        return self._watch.current

    async def start(self) -> None:
        """Start everything, the surfaces last. Raises `LeadsmanError` with what to do; what was started is stopped then."""
        try:
            await self._start()
        except BaseException:
            await self.stop()
            raise

    async def _start(self) -> None:
        self._closing.append(self.core.stop)
        await self._listen_inside()
        await self.core.start()
        session = counted_session(self.core.metrics)
        self._closing.append(session.close)
        front = await self._start_slack(session)
        self._schedule()
        await self.core.adopt()
        gc.freeze()  # what the start loaded stays: a full collection that walked it all would keep somebody's click waiting
        self._waiting.clear()
        log.info(
            "ready", clusters=list(self.core.clusters), apps=list(self._config().apps), missing=list(front.missing())
        )

    async def _start_slack(self, session: aiohttp.ClientSession) -> SlackFront:
        client = slack_client(self._settings, session)
        directory = SlackDirectory(client)
        renderer = ChartRenderer()
        await renderer.start()
        self._closing.append(renderer.stop)
        announcer = Announcer(client, self.core.store, self._config, self._clock, self.core.meter, renderer, directory)
        await announcer.start()
        self._closing.append(announcer.stop)
        self.core.engine.listen(announcer.nudge)
        access = Access(lambda: self._config().roles, directory, self._clock)
        front = SlackFront(self._settings, self._config, self.core, client, access, self._clock, announcer)
        await front.start()
        self._closing.append(front.stop)
        self._front = front
        return front

    def _schedule(self) -> None:
        self._scheduler.every(TICK, "tick", self.core.engine.tick)
        self._scheduler.every(5, "configuration", self._reload)
        self._scheduler.every(10, "stock", self._stock.take)
        self._scheduler.every(300, "orphans", self.core.adopt)
        self._scheduler.every(3600, "prune", self.core.prune)
        self._scheduler.start()
        self._closing.append(self._stop_scheduler)

    async def _stop_scheduler(self) -> None:
        self._scheduler.stop()

    async def _listen_inside(self) -> None:
        """Health and metrics, first of all: a start that hangs must be seen."""
        app = internal_app(self._clock, self.core.metrics, lambda: self.core.engine.last_tick, self._missing_now)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        self._closing.append(runner.cleanup)
        internal = self._settings.internal
        try:
            await web.TCPSite(runner, internal.host, internal.port).start()
        except OSError as error:
            raise NotConfigured(
                f"Leadsman cannot listen on {internal} ({error.strerror}). Stop what listens there, or set LEADSMAN_INTERNAL."
            ) from None

    def _missing_now(self) -> Sequence[str]:
        return self._waiting or (self._front.missing() if self._front else ())

    async def _reload(self) -> None:
        """Take an edit of the configuration over, or keep the old one and say why; both are in the audit."""
        found = await asyncio.to_thread(self._watch.look)
        now = self._clock.now()
        match found:
            case Reloaded(_, new, changes):
                facts = {"version": new.version, "changes": "; ".join(changes)}
                await self.core.store.audit([AuditEntry("configuration-changed", now, LEADSMAN, facts)], at=now)
                await self.core.reconfigure()
                self.core.metrics.config_reloads.labels("taken").inc()
                log.info("configuration changed", **facts)
            case Kept(problems):
                why = "; ".join(map(str, problems))
                await self.core.store.audit([AuditEntry("configuration-refused", now, LEADSMAN, {"why": why})], at=now)
                self.core.metrics.config_reloads.labels("refused").inc()
                log.error(
                    "the configuration was edited and cannot be used; the one before stays in force", problems=why
                )

    async def stop(self) -> None:
        """Stop in the other order: nothing new comes in, what is under way is finished, then everything is closed."""
        while self._closing:
            close = self._closing.pop()
            try:
                await close()
            except LeadsmanError as error:
                log.warning("did not close cleanly", error=str(error))


async def serve(app: App, started: Callable[[], None] = lambda: None) -> signal.Signals:
    """Run until SIGTERM or SIGINT; which of the two it was. `started` is called once everything works."""
    loop = asyncio.get_running_loop()
    stopping: asyncio.Future[signal.Signals] = loop.create_future()

    def stop(number: signal.Signals) -> None:
        if not stopping.done():
            stopping.set_result(number)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop, number)
    await app.start()
    started()
    try:
        return await stopping
    finally:
        await app.stop()
