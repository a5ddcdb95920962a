"""The bot's Slack side on a fleet, and the processes that it needs around it."""

import asyncio
import contextlib
import gc
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator, Iterable

import aiohttp

from benchmarks.fleet import Fleet, fleet
from benchmarks.ready import free_port
from bot.access import Access
from bot.charts import ChartRenderer
from bot.playground.world import BOT_TOKEN, SIGNING_SECRET
from handlers.slack.announcer import Announcer
from handlers.slack.client import slack_client
from handlers.slack.directory import SlackDirectory
from handlers.slack.front import SlackFront

PATIENCE = 30.0


@contextlib.asynccontextmanager
async def slack() -> AsyncIterator[str]:
    """The emulated Slack, as a process of its own; the address of its Web API."""
    port = free_port()
    async with process("bot.playground.slack", "--port", str(port)), listening(port):
        yield f"http://127.0.0.1:{port}/api/"


@contextlib.asynccontextmanager
async def fronted(pauses: Iterable[float], api: str) -> AsyncIterator[Fleet]:
    """A fleet as `fleet` makes it, started, with all of its Slack side."""
    environ = {
        "SLACK_BOT_TOKEN": BOT_TOKEN,
        "SLACK_SIGNING_SECRET": SIGNING_SECRET,
        "SLACK_API_URL": api,
        "LEADSMAN_LISTEN": f"127.0.0.1:{free_port()}",
    }
    async with fleet(pauses, **environ) as found, aiohttp.ClientSession() as session:
        client = slack_client(found.settings, session)
        directory = SlackDirectory(client)
        config, core, clock = (lambda: found.config), found.core, found.clock
        announcer = Announcer(client, core.store, config, clock, core.meter, ChartRenderer(), directory)
        await announcer.start()
        core.engine.listen(announcer.nudge)
        access = Access(lambda: found.config.roles, directory, clock)
        front = SlackFront(found.settings, config, core, client, access, clock, announcer)
        await found.start()
        await front.start()
        gc.freeze()  # as the bot does at the end of its start
        try:
            yield found
        finally:
            await front.stop()
            await announcer.stop()


@contextlib.asynccontextmanager
async def process(*run: str) -> AsyncIterator[Process]:
    """`python -m …` beside this one, ended with the block."""
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", *run, stdout=DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        await process.wait()


@contextlib.asynccontextmanager
async def listening(port: int) -> AsyncIterator[None]:
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
