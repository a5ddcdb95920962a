"""The meter: takes one measurement of one metric from the Prometheus that it is about."""

from collections.abc import Callable
from concurrent.futures import Executor
from datetime import datetime, timedelta

from bot.adapters.prometheus import Prometheus
from bot.clock import Clock
from bot.errors import LeadsmanError, NotConfigured
from strategies.judge.measurement import Sample, value_text
from strategies.judge.metric import Metric


class PrometheusMeter:
    """Asks the server that a metric names, or else the one of its cluster."""

    def __init__(self, address_of: Callable[[str], str | None], executor: Executor, clock: Clock) -> None:
        """`address_of` gives a cluster's Prometheus, None where the configuration has none."""
        self._address_of = address_of
        self._executor = executor
        self._clock = clock
        self._servers: dict[str, Prometheus] = {}

    async def measure(self, cluster: str, metric: Metric, number: int, at: datetime) -> Sample:
        """One measurement as of `at`. Whatever goes wrong becomes the sample's error."""
        error: str | None = None
        value = ""
        try:
            value = value_text(await self._answer(cluster, metric, at))
        except LeadsmanError as failure:
            error = str(failure)
        return Sample(metric.name, number, at, self._clock.now(), value, error)

    async def _answer(self, cluster: str, metric: Metric, at: datetime) -> tuple[float, ...] | float:
        server = self.server(cluster, metric.provider.address)
        span = metric.provider.range
        if span is None:
            return (await server.query(metric.provider.query, at)).result
        series = await server.query_range(metric.provider.query, span.start.when(at), span.end.when(at), span.step)
        return tuple(value for line in series for _, value in line.points)

    def server(self, cluster: str, address: str = "") -> Prometheus:
        """The server at `address`, or the cluster's own where that is empty. Raises `LeadsmanError` where there is none."""
        found = address or self._address_of(cluster) or ""
        if not found:
            raise NotConfigured(
                f"Cluster {cluster} has no prometheus in the configuration; set clusters.{cluster}.prometheus."
            )
        if found not in self._servers:
            self._servers[found] = Prometheus(found, executor=self._executor)
        return self._servers[found]


def step_for(span: timedelta, points: int = 120) -> timedelta:
    """The resolution that draws `span` with about `points` points, never finer than a second."""
    return max(timedelta(seconds=1), span / points)
