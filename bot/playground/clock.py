"""The playground's own clock: the same scale as the bot's, but its own code, so that the two cannot share a mistake."""

import asyncio
import time
from datetime import UTC, datetime, timedelta


class PlaygroundClock:
    """Wall time that may run faster than the real one.

    `speed` 60 lets one real second be one minute of the playground. Slack's own limits (rate limits, trigger ids, signatures) stay in
    real time: ask `real` and `real_sleep` for those.
    """

    def __init__(self, speed: float = 1.0) -> None:
        self.speed = speed
        self._start_wall = datetime.now(UTC)
        self._start = time.monotonic()

    @property
    def origin(self) -> datetime:
        """The moment at which this time and the wall's were equal: another clock of the same speed and origin agrees with this one."""
        return self._start_wall

    def now(self) -> datetime:
        """Scaled wall time, UTC."""
        return self._start_wall + timedelta(seconds=(time.monotonic() - self._start) * self.speed)

    def real(self) -> float:
        """Seconds of real, monotonic time; only differences mean something."""
        return time.monotonic()

    def real_now(self) -> datetime:
        """Real wall time, UTC: for what Slack itself stamps and signs."""
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        """Wait for scaled seconds."""
        await asyncio.sleep(seconds / self.speed)

    async def real_sleep(self, seconds: float) -> None:
        """Wait for real seconds."""
        await asyncio.sleep(seconds)


_EVERY = 0.01
"""Real seconds between two beats of a story's clock."""
_LONGEST = 0.05
"""Real seconds without a beat beyond which the machine stood still."""


class StoryClock(PlaygroundClock):
    """A clock for a world in which a story is played: its time passes only while this process gets its turns.

    At sixty times the real speed, a machine that is busy with something else for some seconds would let minutes pass in which nobody
    could do anything, and deadlines with them. Made within a running event loop. Real time is the machine's.
    """

    def __init__(self, speed: float = 1.0) -> None:
        super().__init__(speed)
        self._passed, self._beaten = 0.0, time.monotonic()
        self._beat()

    def now(self) -> datetime:
        """The story's time, UTC."""
        return self.origin + timedelta(seconds=self._awake() * self.speed)

    async def sleep(self, seconds: float) -> None:
        """Wait for the story's seconds."""
        end = self._awake() + seconds / self.speed
        await asyncio.sleep(max(0.0, seconds / self.speed))
        while (left := end - self._awake()) > 0:  # noqa: ASYNC110 -- time is what is waited for
            await asyncio.sleep(left)

    def _awake(self) -> float:
        """Real seconds since the beginning, without those in which the event loop did not go round."""
        return self._passed + min(time.monotonic() - self._beaten, _LONGEST)

    def _beat(self) -> None:
        self._passed, self._beaten = self._awake(), time.monotonic()
        asyncio.get_running_loop().call_later(_EVERY, self._beat)
