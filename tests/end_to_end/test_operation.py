"""What an operator's machines see: probes and metrics during a run, and `leadsman run` as a process that is told to stop."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import aiohttp

from bot.clock import SystemClock
from bot.playground.clock import PlaygroundClock
from bot.playground.shop import GOOD
from bot.playground.slack import Workspace
from bot.store import Store
from tests.end_to_end.books import all_is_right
from tests.end_to_end.stage import PATIENCE, Installation, Stage, opened, secrets_of, staged
from tests.real.stopwatch import own_seconds

LEADSMAN = str(Path(sys.executable).parent / "leadsman")
STOPS_WITHIN = 5.0
"""Real seconds, without those in which the machine let it wait."""


async def test_probes_and_metrics_tell_what_happens_and_no_probe_looks_at_slack(tmp_path: Path) -> None:
    async with staged(tmp_path, Installation()) as stage:
        await stage.until(lambda: is_ready(stage), "readiness")
        await stage.type("alice", f"/deploy checkout {GOOD} prod")
        await stage.shows("1 more approval needed")
        await stage.until(lambda: counted(stage, 'leadsman_rollouts{phase="Paused"}', 1), "the rollout in the gauges")
        await stage.until(lambda: counted(stage, "leadsman_open_asks", 1), "the question in the gauges")
        stage.slack.faults.status("*", 503, times=10_000)
        assert (await stage.get("/healthz"))[0] == 200
        assert (await stage.get("/readyz"))[0] == 200
        stage.slack.faults.clear()
        await stage.press("bob", "Approve")
        await stage.shows(f"{GOOD} is live")
        await all_is_right(stage)
        said = await metrics(stage)
        assert said['leadsman_writes_total{result="written"}'] > 4
        assert said['leadsman_measurements_total{verdict="Successful"}'] >= 3
        assert said['leadsman_slack_calls_total{method="chat.postMessage",result="200"}'] > 5
        assert said['leadsman_rollout_duration_seconds_count{outcome="healthy"}'] == 1
        assert said["leadsman_outbox_messages"] >= 0


async def is_ready(stage: Stage) -> bool:
    return (await stage.get("/readyz"))[0] == 200


async def metrics(stage: Stage) -> dict[str, float]:
    """The samples by name and labels."""
    status, text = await stage.get("/metrics")
    assert status == 200
    lines = (line.rpartition(" ") for line in text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, _, value in lines}


async def counted(stage: Stage, name: str, value: float) -> bool:
    return (await metrics(stage)).get(name) == value


class Process:
    """`leadsman run`, and what it writes."""

    def __init__(self, process: asyncio.subprocess.Process, environment: dict[str, str]) -> None:
        self._process = process
        self._internal = f"http://{environment['LEADSMAN_INTERNAL']}"
        self._reading = asyncio.create_task(self._read())
        self.written = ""

    async def _read(self) -> None:
        assert self._process.stdout is not None
        while line := await self._process.stdout.readline():
            self.written += line.decode()

    async def ready(self) -> None:
        """Return when it says that it is."""
        async with asyncio.timeout(PATIENCE), aiohttp.ClientSession() as session:
            while True:
                with contextlib.suppress(aiohttp.ClientError):
                    async with session.get(f"{self._internal}/readyz") as answer:
                        if answer.status == 200:
                            return
                assert self._process.returncode is None, self.written
                await asyncio.sleep(0.05)

    async def stops(self) -> float:
        """Tell it to stop; the seconds of its own that it took. It ended well."""
        self._process.send_signal(signal.SIGTERM)
        took = await asyncio.wait_for(own_seconds(self._process.pid), PATIENCE)
        code = await asyncio.wait_for(self._process.wait(), PATIENCE)
        await self._reading
        assert code == 0, self.written
        return took


@contextlib.asynccontextmanager
async def run(environment: dict[str, str]) -> AsyncIterator[Process]:
    process = await asyncio.create_subprocess_exec(
        LEADSMAN,
        "run",
        env={"PATH": os.environ["PATH"], **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        yield Process(process, environment)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def test_the_process_ends_soon_after_sigterm_gives_its_leases_back_and_has_told_no_secret(
    tmp_path: Path, database: str | None
) -> None:
    async with opened(tmp_path, Installation(database), PlaygroundClock(), pod_seconds=0.5) as (
        playground,
        environment,
    ):
        async with run(environment) as process:
            await process.ready()
            delivery = await playground.slack.command("alice", "deploys", f"/deploy checkout {GOOD} prod")
            assert delivery.acked
            await first_line(playground.slack)
            assert await process.stops() < STOPS_WITHIN
        assert '"event": "ready"' in process.written
        for secret in secrets_of(environment):
            assert secret not in process.written
        store = Store.open(environment["DATABASE_URL"], clock=SystemClock())
        try:
            [saved] = await store.all_live()
            assert await store.lease(saved.rollout.id, "another process", timedelta(seconds=1))
            assert (await store.verify()).findings == ()
        finally:
            await store.close()


async def first_line(slack: Workspace) -> None:
    """Return when a card has a line in its thread."""
    changed = asyncio.Event()
    stop = slack.subscribe(lambda _: changed.set())
    async with asyncio.timeout(PATIENCE):
        while not any(slack.thread("deploys", card["ts"])[1:] for card in slack.messages("deploys")):
            changed.clear()
            await changed.wait()
    stop()
