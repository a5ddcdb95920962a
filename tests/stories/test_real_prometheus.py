"""The shop's own templates on a real Prometheus that scrapes a real exporter: good numbers pass, bad ones turn back."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, Counter, Histogram
from ruamel.yaml import YAML

from bot.evidence import Evidence
from bot.playground import shop
from bot.playground.prometheus import Backend
from bot.playground.prometheus.exporter import BUCKETS
from tests.real.prometheus import RealPrometheus, real_prometheus
from tests.stories.bench import GATE, Bench, Thing, analysis, opened, weight

LABELS = ("namespace", "app", "pod_template_hash")
EVERY = 0.05
REQUESTS = 20


class Load:
    """Requests to whatever serves the shop, counted as its pods would count them."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._requests = Counter("http_requests", "Answered.", (*LABELS, "status"), registry=registry)
        self._seconds = Histogram("http_request_duration_seconds", "Took.", LABELS, buckets=BUCKETS, registry=registry)

    async def run(self, bench: Bench) -> None:
        while True:
            for backend in bench.playground.traffic():
                self._serve(backend)
            await asyncio.sleep(EVERY)

    def _serve(self, backend: Backend) -> None:
        health, labels = shop.VERSIONS[backend.version], ("shop", "checkout", backend.template_hash)
        amount = REQUESTS * backend.share
        self._requests.labels(*labels, "200").inc(amount * health.success_rate)
        self._requests.labels(*labels, "500").inc(amount * (1 - health.success_rate))
        for number in range(REQUESTS):
            self._seconds.labels(*labels).observe(health.p95_ms / 1000 * (number + 0.5) / (0.95 * REQUESTS))


@pytest.fixture
def prometheus(tmp_path: Path) -> Iterator[RealPrometheus]:
    folder = tmp_path / "prometheus"
    folder.mkdir()
    with real_prometheus(folder) as found:
        yield found


@pytest.fixture
async def bench(tmp_path: Path, prometheus: RealPrometheus) -> AsyncIterator[Bench]:
    async with opened(tmp_path, pod_seconds=0.1, real=True) as found:
        load = asyncio.create_task(Load(prometheus.registry).run(found))
        steps = (weight(20), analysis("success-rate", "latency-p95"), GATE)
        await found.begin(steps, _in_seconds(), prometheus=prometheus.address)
        yield found
        load.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await load


def _in_seconds() -> list[Thing]:
    """The shop's templates with minutes made seconds: this story runs in real time."""
    text = (
        shop.TEMPLATES.replace("[1m]", "[4s]").replace("interval: 1m", "interval: 1s").replace("count: 5", "count: 3")
    )
    return [*YAML(typ="safe").load_all(text)]


async def test_good_numbers_pass_and_the_chart_has_both_versions(bench: Bench) -> None:
    rollout = await bench.deploy()

    await bench.asked(rollout)

    found = (await bench.saved(rollout)).rollout
    results = {one.name: one for one in found.activities[0].run.metrics}
    assert {name: (one.successful, one.failed) for name, one in results.items()} == {
        "success-rate": (3, 0),
        "p95-latency": (3, 0),
    }
    chart = await Evidence(bench.core.meter, bench.core.store).chart(found, found.activities[0], bench.clock.now())
    assert chart is not None
    assert chart.canary is not None
    assert chart.stable is not None
    assert len(chart.canary.points) >= 3
    assert len(chart.stable.points) >= 3


@pytest.mark.parametrize(
    ("version", "reason"),
    [(shop.FAILING, 'Metric "success-rate" assessed Failed'), (shop.SLOW, 'Metric "p95-latency" assessed Failed')],
)
async def test_bad_numbers_turn_the_rollout_back(bench: Bench, version: str, reason: str) -> None:
    assert reason in await bench.turned_back(await bench.deploy(version))
