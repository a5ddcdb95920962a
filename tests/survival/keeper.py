"""Who starts bots and kills them. Processes are forked from one that has imported everything, so that a life costs little to begin."""

import asyncio
import contextlib
import multiprocessing
import os
import signal
from multiprocessing.process import BaseProcess

from tests.survival.bot_process import Life, live

_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload(["__main__", "tests.survival.bot_process"])

LONGEST = 120.0
"""Real seconds within which a process must say the next thing."""


class Bot:
    """One life of a bot."""

    def __init__(self, life: Life) -> None:
        self._line, theirs = _forks.Pipe()
        self._process: BaseProcess = _forks.Process(target=live, args=(life, theirs))
        self._process.start()
        theirs.close()
        self._heard: asyncio.Queue[str | None] = asyncio.Queue()
        self._listening = asyncio.get_running_loop()
        self._listening.add_reader(self._line.fileno(), self._hear)

    def _hear(self) -> None:
        try:
            self._heard.put_nowait(self._line.recv())
        except (EOFError, ConnectionError):
            self._listening.remove_reader(self._line.fileno())
            self._heard.put_nowait(None)

    async def next(self) -> str | None:
        """The next thing it says, None when it is dead."""
        async with asyncio.timeout(LONGEST):
            return await self._heard.get()

    async def says(self, beginning: str, *words: str) -> str:
        """Wait until it says something that begins so and holds these words."""
        while (said := await self.next()) is not None:
            if said.startswith(beginning) and all(word in said for word in words):
                return said
        raise AssertionError(f"it died before it said {beginning!r} ({self._process.exitcode})")

    async def ask(self, verb: str, app: str, argument: str = "") -> str:
        """Ask its people for an act, and wait for the answer."""
        self._line.send((verb, app, argument))
        return (await self.says(f"{verb}: ")).partition(": ")[2]

    def press(self, verb: str, app: str, argument: str = "") -> None:
        """Ask for an act without waiting for an answer."""
        self._line.send((verb, app, argument))

    def kill(self) -> None:
        """SIGKILL, now."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.number, signal.SIGKILL)

    def terminate(self) -> None:
        """SIGTERM, as a node that is drained sends it. One that has just ended by itself hears nothing."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.number, signal.SIGTERM)

    @property
    def number(self) -> int:
        """The process."""
        assert self._process.pid is not None
        return self._process.pid

    async def end(self) -> None:
        """Kill it, if it still lives, and wait for that."""
        if not self._line.closed:
            self.kill()
            await self.gone()

    async def gone(self) -> list[str]:
        """Wait for its end; what it still said."""
        said: list[str] = []
        while (one := await self.next()) is not None:
            said.append(one)
        await asyncio.to_thread(self._process.join, LONGEST)
        self._line.close()
        return said
