"""How soon Slack has its answer to a command while a thousand rollouts live and move, against a bare Bolt app in the same run.

Four processes: the whole bot, the bare app, Slack, and the typist who asks both in turn. The bot's clusters are in memory, for the
emulated ones would take the cores that the figure is about; the rest is as it runs.
"""

import asyncio
import contextlib
import json
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import aiohttp

from benchmarks.figure import Figure, Scale, percentile
from benchmarks.fleet import PAUSE, Fleet, fleet
from benchmarks.hello import PATH
from benchmarks.ready import free_port
from bot.access import Access
from bot.charts import ChartRenderer
from bot.playground.world import BOT_TOKEN, SIGNING_SECRET
from handlers.slack.announcer import Announcer
from handlers.slack.client import slack_client
from handlers.slack.directory import SlackDirectory
from handlers.slack.front import SlackFront

PATIENCE = 30.0


def measure(scale: Scale) -> Sequence[Figure]:
    """p50 and p99."""
    return asyncio.run(_measured(scale.rollouts, scale.seconds))


async def _measured(count: int, seconds: float) -> Sequence[Figure]:
    slack, hello, bot = free_port(), free_port(), free_port()
    api = f"http://127.0.0.1:{slack}/api/"
    environ = {
        "SLACK_BOT_TOKEN": BOT_TOKEN,
        "SLACK_SIGNING_SECRET": SIGNING_SECRET,
        "SLACK_API_URL": api,
        "LEADSMAN_LISTEN": f"127.0.0.1:{bot}",
    }
    pauses = [2 + number * PAUSE.total_seconds() / count for number in range(count)]
    with TemporaryDirectory(prefix="leadsman-bench-") as folder:
        peer = ("benchmarks.hello", "--port", str(hello), "--api", api, "--base", str(Path(folder) / "bare.db"))
        async with (
            _process("bot.playground.slack", "--port", str(slack)),
            _until(slack),
            _process(*peer),
            _until(hello),
            fleet(pauses, **environ) as found,
            _fronted(found),
            _until(bot),
        ):
            took = await _typed(seconds, ours=bot, bare=hello)
    name, against = f"ack to Slack, {count:,} live", "bare Bolt, one durable INSERT"
    return [
        Figure(f"{name}, p{rank}", percentile(took["ours"], rank), percentile(took["bare"], rank), "ms", against, limit)
        for rank, limit in ((50, None), (99, 1.5))
    ]


@contextlib.asynccontextmanager
async def _fronted(found: Fleet) -> AsyncIterator[None]:
    """The fleet with its Slack side."""
    await found.start()
    async with aiohttp.ClientSession() as session:
        client = slack_client(found.settings, session)
        directory = SlackDirectory(client)
        config, core, clock = (lambda: found.config), found.core, found.clock
        announcer = Announcer(client, core.store, config, clock, core.meter, ChartRenderer(), directory)
        await announcer.start()
        core.engine.listen(announcer.nudge)
        access = Access(lambda: found.config.roles, directory, clock)
        front = SlackFront(found.settings, config, core, client, access, clock, announcer)
        await front.start()
        try:
            yield
        finally:
            await front.stop()
            await announcer.stop()


async def _typed(seconds: float, **ports: int) -> dict[str, list[float]]:
    targets = [f"{name}=http://127.0.0.1:{port}{PATH}" for name, port in ports.items()]
    run = ("benchmarks.typist", "--seconds", str(seconds), *targets)
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", *run, stdout=PIPE)
    said, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError("the typist failed; see above")
    took: dict[str, list[float]] = json.loads(said)
    return {name: times[5:] for name, times in took.items()}


@contextlib.asynccontextmanager
async def _process(*run: str) -> AsyncIterator[Process]:
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", *run, stdout=DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        await process.wait()


@contextlib.asynccontextmanager
async def _until(port: int) -> AsyncIterator[None]:
    """Wait until somebody listens there."""
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except ConnectionRefusedError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                break
    yield
