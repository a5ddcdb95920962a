"""The probes say whether the process works, not whether Slack does; the metrics are well formed."""

import shutil
import subprocess

import pytest
from aiohttp.test_utils import TestClient, TestServer

from bot.clock import ManualClock
from bot.metrics import Metrics
from handlers.http.health import PATIENCE, internal_app
from tests.real import require


class Process:
    """A process whose tick and readiness a test moves about, behind its internal listener."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.ticked = 0.0
        self.missing: list[str] = []
        self.metrics = Metrics()

    def client(self) -> TestClient:  # type: ignore[type-arg]
        app = internal_app(self.clock, self.metrics, lambda: self.ticked, lambda: self.missing)
        return TestClient(TestServer(app))


async def test_the_process_is_alive_while_the_engine_ticks() -> None:
    process = Process()
    async with process.client() as client:
        answer = await client.get("/healthz")
        assert (answer.status, await answer.json()) == (200, {"alive": True, "lastTickSeconds": 0.0})
        await process.clock.advance(PATIENCE + 1)
        assert (await client.get("/healthz")).status == 503
        process.ticked = process.clock.monotonic()
        assert (await client.get("/healthz")).status == 200


async def test_a_process_that_waits_for_something_is_alive_and_not_ready() -> None:
    process = Process()
    process.missing = ["the database's migrations"]
    async with process.client() as client:
        answer = await client.get("/readyz")
        assert (answer.status, await answer.json()) == (
            503, {"ready": False, "waitingFor": ["the database's migrations"]}
        )  # fmt: skip
        assert (await client.get("/healthz")).status == 200
        process.missing = []
        assert (await client.get("/readyz")).status == 200


async def test_metrics_are_served_as_prometheus_reads_them() -> None:
    process = Process()
    process.metrics.slack_calls.labels("chat.update", "ok").inc()
    process.metrics.rollout_duration.labels("healthy").observe(120)
    async with process.client() as client:
        answer = await client.get("/metrics")
        text = await answer.text()
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert 'leadsman_slack_calls_total{method="chat.update",result="ok"} 1.0' in text
    assert 'leadsman_rollout_duration_seconds_bucket{le="120.0",outcome="healthy"} 1.0' in text
    assert "leadsman_info{version=" in text


def test_metrics_keep_to_prometheus_conventions() -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        require("prometheus")
        return
    metrics = Metrics()
    metrics.rollouts.labels("Paused").set(1)
    metrics.writes.labels("applied").inc()
    metrics.measurements.labels("Successful").inc()
    metrics.slack_calls.labels("chat.update", "ok").inc()
    metrics.config_reloads.labels("kept").inc()
    metrics.rollout_duration.labels("healthy").observe(120)
    checked = subprocess.run([promtool, "check", "metrics"], input=metrics.text(), capture_output=True, check=False)
    found = [line for line in checked.stderr.decode().splitlines() if "_created" not in line]
    assert (checked.returncode, found) == (0, [])


def test_every_process_counts_for_itself() -> None:
    first, second = Metrics(), Metrics()
    first.writes.labels("applied").inc()
    assert b"leadsman_writes_total{" not in second.text()


@pytest.mark.parametrize("path", ["/slack/events", "/", "/api/v1/rollouts"])
async def test_nothing_else_is_served_here(path: str) -> None:
    async with Process().client() as client:
        assert (await client.get(path)).status == 404
