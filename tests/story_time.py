"""The scaled time of a story, which does not pass while the machine lets the tests stand still.

At a hundred times the real speed, a second in which nobody here had a core would be minutes: deadlines would pass before anybody could
keep them, and no test is about that.
"""

import asyncio
import time
from datetime import datetime, timedelta

from bot.clock import SystemClock
from bot.playground.clock import PlaygroundClock

_EVERY = 0.01
"""Real seconds between two beats."""
_LONGEST = 0.05
"""Real seconds without a beat beyond which the event loop stood still."""


class Awake:
    """Real seconds, without those in which the event loop did not go round."""

    def __init__(self) -> None:
        self._passed, self._beaten = 0.0, time.monotonic()
        self._beat()

    def seconds(self) -> float:
        """Since the beginning."""
        return self._passed + min(time.monotonic() - self._beaten, _LONGEST)

    async def sleep(self, seconds: float) -> None:
        """Wait for so many of them."""
        end = self.seconds() + seconds
        await asyncio.sleep(max(0.0, seconds))
        while (left := end - self.seconds()) > 0:  # noqa: ASYNC110 -- time is what is waited for
            await asyncio.sleep(left)

    def _beat(self) -> None:
        self._passed, self._beaten = self.seconds(), time.monotonic()
        asyncio.get_running_loop().call_later(_EVERY, self._beat)


class WorldClock(PlaygroundClock):
    """The playground's, in the time of a story."""

    def __init__(self, speed: float) -> None:
        super().__init__(speed)
        self.awake = Awake()

    def now(self) -> datetime:
        """The story's time, UTC."""
        return self.origin + timedelta(seconds=self.awake.seconds() * self.speed)

    async def sleep(self, seconds: float) -> None:
        """Wait for the story's seconds."""
        await self.awake.sleep(seconds / self.speed)


class BotClock(SystemClock):
    """The bot's, in the time of the story that it is in."""

    def __init__(self, world: WorldClock) -> None:
        super().__init__(world.speed, world.origin)
        self._world = world

    def now(self) -> datetime:
        """The story's time, UTC."""
        return self._world.now()

    async def sleep(self, seconds: float) -> None:
        """Wait for the story's seconds."""
        await self._world.sleep(seconds)
