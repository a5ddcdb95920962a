"""The bot without its surfaces: store, clusters, engine and desk, put together from settings and a configuration."""

import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import structlog

from bot.adapters.prometheus import measuring_threads
from bot.adoption import adopt
from bot.argo.elsewhere import Elsewhere
from bot.clock import Clock
from bot.clusters import Cluster, connect, disconnect
from bot.config.config import Config
from bot.config.settings import Settings
from bot.desk import Desk
from bot.engine import Engine
from bot.errors import LeadsmanError
from bot.meter import PrometheusMeter
from bot.metrics import Metrics
from bot.observe import Observer
from bot.perform import Performer
from bot.preflight import Inspector
from bot.store import Store

log = structlog.get_logger("core")

_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"

KEPT = timedelta(days=30)
"""How long settled deliveries and told lines are kept. Rollouts and the audit stay for ever."""


class Core:
    """Everything that works when nobody speaks to the bot."""

    def __init__(self, settings: Settings, config: Callable[[], Config], clock: Clock) -> None:
        self.metrics = Metrics()
        self.store = Store.open(settings.database_url.get_secret_value(), clock=clock)
        self.clusters: dict[str, Cluster] = {}
        self._settings = settings
        self._config = config
        self._clock = clock
        self._threads: ThreadPoolExecutor = measuring_threads()
        self.observer = Observer(self.clusters, clock)
        self.meter = PrometheusMeter(self._prometheus_of, self._threads, clock)
        gatekeeper = Inspector(self.clusters, clock, self._observes)
        self.engine = Engine(
            self.store,
            self.observer,
            Performer(self.clusters, clock),
            self.meter,
            gatekeeper,
            clock,
            owner=f"{config().instance}-{new_id()}",
            observes=self._observes,
            metrics=self.metrics,
        )
        self.desk = Desk(self.engine, self.store, config, gatekeeper, clock, new_id)
        self.elsewhere = Elsewhere(self.engine, self.store, self.observer, config, clock, new_id)

    async def start(self) -> None:
        """Bring the database up to date, reach the clusters, and take up what lives. Raises `LeadsmanError` with what to do."""
        await self.store.migrate()
        await self.connect()
        await self.engine.start()
        self.elsewhere.look_after()

    async def reconfigure(self) -> None:
        """Take over an edit of the configuration: new clusters are reached, new Rollouts looked after."""
        await self.connect()
        self.elsewhere.look_after()

    async def connect(self) -> None:
        """Make the clusters of the configuration known that are not yet; nothing is sent to them."""
        for name in self._config().clusters.keys() - self.clusters.keys():
            self.clusters[name] = await connect(self._config(), name, self._settings.kubeconfig, self._clock)

    async def adopt(self) -> None:
        """Take up what an installation of this name left behind. A cluster that does not answer is asked again next time."""
        try:
            for saved in await adopt(self._config(), self.store, self.observer, self._clock):
                log.warning(
                    "took up a rollout without any memory of it", rollout=saved.rollout.id, app=saved.rollout.app
                )
                self.engine.wake(saved.rollout.id)
        except LeadsmanError as error:
            log.warning("could not look for orphans; looked again later", error=str(error))

    async def prune(self) -> None:
        """Forget deliveries and lines that are long settled."""
        await self.store.prune(self._clock.wall() - KEPT)

    async def stop(self) -> None:
        """Finish what is under way and close everything."""
        await self.elsewhere.stop()
        await self.engine.stop()
        for cluster in self.clusters.values():
            await disconnect(cluster)
        self._threads.shutdown(wait=False, cancel_futures=True)
        await self.store.close()

    def _observes(self) -> bool:
        return self._config().observes

    def _prometheus_of(self, cluster: str) -> str | None:
        shape = self._config().clusters.get(cluster)
        return shape.prometheus if shape else None


def new_id() -> str:
    """An id for people to read out: eight letters and digits that are not taken for one another."""
    return "".join(secrets.choice(_LETTERS) for _ in range(8))
