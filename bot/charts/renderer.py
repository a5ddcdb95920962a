"""Makes PNGs in one worker process, one at a time, without ever blocking the event loop.

A process of our own instead of `ProcessPoolExecutor`: a pool's worker imports the bot's main module again (all of it,
for the sake of one function), and a pool cannot kill a worker that hangs. This one loads resvg alone, and gets no
environment but what Python needs, so no secret.
"""

import asyncio
import contextlib
import os
import struct
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from pathlib import Path

import structlog

from bot.errors import PermanentError, TemporaryError

HEAD = struct.Struct(">cI")
"""Status and length before each message, as `bot.charts.worker` reads and writes them."""

WORKER = Path(__file__).with_name("worker.py")
log = structlog.get_logger("charts")

PASSED_ON = ("PATH", "PYTHONPATH", "PYTHONHOME", "LD_LIBRARY_PATH", "SYSTEMROOT")


class ChartRenderer:
    """Renders SVG to PNG. `timeout` is in real seconds, for one image; a worker that needs longer, or dies, is
    replaced."""

    def __init__(self, *, timeout: float = 10.0) -> None:
        self._timeout = timeout
        self._turn = asyncio.Lock()
        self._process: Process | None = None

    async def start(self) -> None:
        """Start the worker and draw once, so that the first real chart is fast. One that is slow to start keeps nobody from working."""
        try:
            await self.png(
                '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><text x="1" y="8">0</text></svg>'
            )
        except TemporaryError as error:
            log.info("the chart worker is not ready yet", error=str(error))

    async def png(self, svg: str) -> bytes:
        """The image. Raises PermanentError for what is no SVG, TemporaryError if the worker hangs or dies, even when
        tried again."""
        async with self._turn:
            for last in (False, True):
                try:
                    async with asyncio.timeout(self._timeout):
                        return await self._drawn(svg)
                except (asyncio.IncompleteReadError, ConnectionError):
                    await self._end()
                    if last:
                        raise TemporaryError(
                            "The chart could not be drawn: its worker process died twice. Look at the machine's memory."
                        ) from None
                except TimeoutError:
                    await self._end()
                    raise TemporaryError(
                        f"The chart could not be drawn within {self._timeout:g} s. The next one gets a fresh worker "
                        f"process."
                    ) from None
                except asyncio.CancelledError:
                    await self._end()  # half a message is on its way: nobody could read the next answer
                    raise
            raise AssertionError("unreachable")

    async def stop(self) -> None:
        """End the worker, after the image it is drawing."""
        async with self._turn:
            await self._end()

    async def _drawn(self, svg: str) -> bytes:
        if self._process is None:
            self._process = await _worker()
        asked, answers = self._process.stdin, self._process.stdout
        assert asked is not None  # noqa: S101 (both are pipes)
        assert answers is not None  # noqa: S101
        content = svg.encode()
        asked.write(HEAD.pack(b"+", len(content)) + content)
        await asked.drain()
        status, length = HEAD.unpack(await answers.readexactly(HEAD.size))
        answer = await answers.readexactly(length)
        if status != b"+":
            raise PermanentError(f"The chart could not be drawn: {answer.decode()}. This is a defect of Leadsman's.")
        return answer

    async def _end(self) -> None:
        if self._process is None:
            return
        process, self._process = self._process, None
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.communicate()


async def _worker() -> Process:
    environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return await asyncio.create_subprocess_exec(
        sys.executable, "-P", str(WORKER), stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env=environment
    )
