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
