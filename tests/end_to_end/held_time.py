"""A story's time that stands still until the test lets it pass: what is said of it then does not depend on the machine."""

import asyncio

from tests.end_to_end.stage import Stage
from tests.story_time import WorldClock


class HeldTime:
    """Takes the place of a story's running time, and holds it from the beginning until `go_on`."""

    def __init__(self, stage: Stage) -> None:
        clock = stage.playground.cluster.clock
        assert isinstance(clock, WorldClock)
        self._speed, self._running = clock.speed, clock.awake
        self._seconds, self._holds = clock.awake.seconds(), True
        self._moved = asyncio.Event()
        clock.awake = self

    def seconds(self) -> float:
        """Real seconds, as the running time counts them."""
        return self._seconds if self._holds else self._seconds + self._running.seconds()

    async def sleep(self, seconds: float) -> None:
        """Wait for so many of them."""
        end = self.seconds() + seconds
        while (left := end - self.seconds()) > 0:
            await (self._moved.wait() if self._holds else self._running.sleep(left))

    def pass_by(self, seconds: float) -> None:
        """Let so many of the story's seconds pass at once."""
        self._seconds += seconds / self._speed
        self._stir()

    def go_on(self) -> None:
        """Let time run again, from where it stands."""
        self._seconds, self._holds = self._seconds - self._running.seconds(), False
        self._stir()

    def _stir(self) -> None:
        self._moved.set()
        self._moved = asyncio.Event()
