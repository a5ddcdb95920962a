"""The demo as a newcomer starts it: a process of its own, found by what it prints."""

import asyncio
import contextlib
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

LEADSMAN = str(Path(sys.executable).parent / "leadsman")
PATIENCE = 120.0
"""Real seconds after which what a test waits for does not come any more, on a machine however busy."""


@contextlib.asynccontextmanager
async def running_demo(*options: str) -> AsyncIterator[str]:
    """`leadsman demo` with these options; the address of its page."""
    process = await asyncio.create_subprocess_exec(
        LEADSMAN,
        "demo",
        *options,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout is not None
    try:
        yield await asyncio.wait_for(_address(process.stdout), PATIENCE)
    finally:
        process.send_signal(signal.SIGINT)
        await asyncio.wait_for(process.communicate(), PATIENCE)


async def _address(lines: asyncio.StreamReader) -> str:
    while line := await lines.readline():
        if found := re.search(rb"Slack page +(http://\S+)", line):
            return found[1].decode()
    raise AssertionError("the demo ended without saying where its page is")


async def headless(scenario: str, speed: float) -> tuple[int, str]:
    """`leadsman demo --headless`: its exit code and all it printed."""
    process = await asyncio.create_subprocess_exec(
        LEADSMAN,
        "demo",
        "--headless",
        "--scenario",
        scenario,
        "--speed",
        str(speed),
        stdout=asyncio.subprocess.PIPE,
    )
    printed, _ = await process.communicate()
    return process.returncode or 0, printed.decode()
