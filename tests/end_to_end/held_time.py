"""A story's time that stands still until the test lets it pass: what is said of it then does not depend on the machine."""

import asyncio
from datetime import datetime, timedelta

from bot.playground.clock import StoryClock
from tests.end_to_end.stage import Stage


class HeldTime:
    """Takes the place of a story's running time, and holds it from the beginning until `go_on`. Who sleeps already wakes as before."""

    def __init__(self, stage: Stage) -> None:
        clock = stage.playground.cluster.clock
        assert isinstance(clock, StoryClock)
        self._speed, self._running = clock.speed, clock._awake
        self._seconds, self._holds = clock._awake(), True
        self._moved = asyncio.Event()
        self._origin = clock.origin
        clock.now, clock.sleep = self._now, self._sleep  # type: ignore[method-assign]

    def _now(self) -> datetime:
        return self._origin + timedelta(seconds=self._passed() * self._speed)

    def _passed(self) -> float:
        """Real seconds, as the running time counts them."""
        return self._seconds if self._holds else self._seconds + self._running()

    async def _sleep(self, seconds: float) -> None:
        """Wait for so many of the story's seconds."""
        end = self._passed() + seconds / self._speed
        while (left := end - self._passed()) > 0:
            await (self._moved.wait() if self._holds else asyncio.sleep(left))

    def pass_by(self, seconds: float) -> None:
        """Let so many of the story's seconds pass at once."""
        self._seconds += seconds / self._speed
        self._stir()

    def go_on(self) -> None:
        """Let time run again, from where it stands."""
        self._seconds, self._holds = self._seconds - self._running(), False
        self._stir()

    def _stir(self) -> None:
        self._moved.set()
        self._moved = asyncio.Event()
