"""`leadsman demo` as a newcomer types it, beside the stories themselves (tests/demo)."""

import asyncio
import os
import re
import shlex
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.playground.scenarios import SCENARIOS
from handlers.cli.exits import Exit
from tests.handlers.cli.conftest import PATIENCE, Shell

LEADSMAN = str(Path(sys.executable).parent / "leadsman")


@asynccontextmanager
async def demo(*options: str, code: Exit) -> AsyncIterator[asyncio.subprocess.Process]:
    """The demo as a process of its own, ended with Ctrl-C."""
    process = await asyncio.create_subprocess_exec(
        LEADSMAN,
        "demo",
        *options,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        _, said = await asyncio.wait_for(process.communicate(), PATIENCE)
    assert b"Traceback" not in said, said.decode()
    assert process.returncode == code


async def line(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    return (await asyncio.wait_for(process.stdout.readline(), PATIENCE)).decode().rstrip("\n")


def test_the_list_names_every_story_in_a_line(shell: Shell) -> None:
    lines = shell("demo", "--list").out.splitlines()
    assert [text.split()[0] for text in lines] == list(SCENARIOS)
    found = shell("demo", "--list", "--json").json
    assert (found["exit"], [one["name"] for one in found["scenarios"]]) == (Exit.DONE, list(SCENARIOS))


def test_an_unknown_story_is_told_with_those_there_are(shell: Shell) -> None:
    ended = shell("demo", "--scenario", "xyzzy")
    assert (ended.code, ended.out) == (Exit.USAGE, "")
    assert all(name in ended.err for name in SCENARIOS)


async def test_a_port_that_is_taken_is_one_sentence_with_the_way_on(shell: Shell) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        ended = await shell.beside("demo", "--port", str(port))
    assert (ended.code, ended.out) == (Exit.USAGE, "")
    assert ended.err == f"Port {port} is taken by another program. Choose another: leadsman demo --port 0\n"


async def test_it_prints_one_thing_to_type_and_ctrl_c_is_how_it_ends() -> None:
    async with demo("--port", "0", code=Exit.DONE) as process:
        assert await line(process) == "Leadsman demo, nothing leaves this machine"
        assert re.search(r"http://127.0.0.1:\d+ +open it and type  /deploy checkout v1.4.2 prod", await line(process))
        assert "leadsman demo --list" in await line(process)
        assert "Ctrl-C" in await line(process)


async def test_a_headless_story_that_is_interrupted_says_so_by_its_code() -> None:
    """At this speed it takes many minutes, so that it is not over before it is interrupted."""
    async with demo("--headless", "--speed", "1", code=Exit.INTERRUPTED) as process:
        assert await line(process)


async def test_the_world_alone_is_enough_for_a_bot_of_ones_own(shell: Shell) -> None:
    async with demo("--world-only", "--port", "0", code=Exit.DONE) as process:
        exports = [await line(process) for _ in range(8)]
        settings = dict(text.removeprefix("export ").split("=", 1) for text in exports)
        environ = {name: shlex.split(value)[0] for name, value in settings.items()}
        checked = await shell.beside("check", **environ)
        assert checked.code == Exit.DONE, checked.out
        planned = await shell.beside("plan", "checkout", "v1.4.2", **environ)
        assert planned.code == Exit.DONE, planned.out
