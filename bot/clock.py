"""Time, from one place: nothing else in the bot asks the machine what time it is, and nothing else waits.

There are two times. *Rollout time* (`now`, `sleep`) is what pauses, intervals and deadlines are counted in; a demo may
let it run faster. *Real time* (`wall`, `monotonic`, `real_sleep`) is for signatures, sockets, budgets, leases and
timeouts.
"""

import asyncio
import heapq
import itertools
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol

JUMP = 2.0
"""Seconds by which wall and monotonic time may drift apart between two looks before it counts as a jump."""

_ROUNDS = 25
"""How often the event loop may go round after a hand-moved clock woke somebody, before the clock moves on."""


class Clock(Protocol):
    """What the bot knows of time."""

    def now(self) -> datetime:
        """Rollout time, aware, UTC."""

    def wall(self) -> datetime:
        """Real time of day, aware, UTC."""

    def monotonic(self) -> float:
        """Real seconds from some fixed moment; only differences mean something."""

    async def sleep(self, seconds: float) -> None:
        """Wait for seconds of rollout time."""

    async def real_sleep(self, seconds: float) -> None:
        """Wait for real seconds."""

    def jumped(self) -> bool:
        """Whether the wall clock jumped since this was last asked. One asker only: each answer starts the next look."""


class _Drift:
    """How far wall and monotonic time went apart between two looks."""

    def __init__(self, wall: datetime, monotonic: float) -> None:
        self._wall, self._monotonic = wall, monotonic

    def jumped(self, wall: datetime, monotonic: float) -> bool:
        """Compare with the last look, and begin the next."""
        apart = (wall - self._wall).total_seconds() - (monotonic - self._monotonic)
        self._wall, self._monotonic = wall, monotonic
        return abs(apart) > JUMP


class SystemClock:
    """The machine's clock. `speed` 60 lets one real second be one minute of rollout time.

    `origin` is the real moment at which rollout time and wall time were equal, now if not given. A scaled process that
    is started again on the same database gives the same origin again, so that its time goes on instead of back.
    """

    def __init__(self, speed: float = 1.0, origin: datetime | None = None) -> None:
        self.speed = speed
        wall = datetime.now(UTC)
        self._monotonic = time.monotonic()
        self._now = wall if origin is None else origin + (wall - origin) * speed
        self._drift = _Drift(wall, self._monotonic)

    def now(self) -> datetime:
        """Rollout time. Unscaled it is the wall's, so that it agrees with the times an earlier process saved."""
        if self.speed == 1.0:
            return self.wall()
        return self._now + timedelta(seconds=(time.monotonic() - self._monotonic) * self.speed)

    def wall(self) -> datetime:
        """Real time of day, UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Real seconds from some fixed moment."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait for seconds of rollout time."""
        await asyncio.sleep(seconds / self.speed)

    async def real_sleep(self, seconds: float) -> None:
        """Wait for real seconds."""
        await asyncio.sleep(seconds)

    def jumped(self) -> bool:
        """Whether the wall clock was set, or the machine slept, since this was last asked."""
        return self._drift.jumped(self.wall(), self.monotonic())


class World(Protocol):
    """A world with a time of its own."""

    def now(self) -> datetime:
        """Its time, aware, UTC."""

    async def sleep(self, seconds: float) -> None:
        """Wait for its seconds."""


class GuestClock(SystemClock):
    """The machine's clock, but rollout time is that of the world in which the rollouts are: a demo's."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self._world = world

    def now(self) -> datetime:
        """The world's time, UTC."""
        return self._world.now()

    async def sleep(self, seconds: float) -> None:
        """Wait for the world's seconds."""
        await self._world.sleep(seconds)


class ManualClock:
    """A clock that stands still until a test moves it. Sleepers wake in the order of their times, then lying down."""

    def __init__(self, start: datetime = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)) -> None:
        self._start = start
        self._passed = 0.0
        self._shift = timedelta()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._numbers = itertools.count()
        self._drift = _Drift(start, 0.0)

    def now(self) -> datetime:
        """Rollout time: the wall's, for this clock is not scaled."""
        return self.wall()

    def wall(self) -> datetime:
        """The time it was moved to."""
        return self._start + timedelta(seconds=self._passed) + self._shift

    def monotonic(self) -> float:
        """Seconds it was moved by; `jump` does not count."""
        return self._passed

    async def sleep(self, seconds: float) -> None:
        """Wait until somebody has moved the clock that far."""
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        awake = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._passed + seconds, next(self._numbers), awake))
        await awake

    async def real_sleep(self, seconds: float) -> None:
        """The same: here one second is one second."""
        await self.sleep(seconds)

    def jumped(self) -> bool:
        """Whether `jump` moved the wall clock since this was last asked."""
        return self._drift.jumped(self.wall(), self._passed)

    def jump(self, seconds: float) -> None:
        """Set the wall clock forward, or back, as an operator or NTP would: no time passes and nobody wakes."""
        self._shift += timedelta(seconds=seconds)

    async def advance(self, seconds: float) -> None:
        """Let time pass. Whose time comes is woken at that time, and may lie down again, before time goes on."""
        end = self._passed + seconds
        await _settle()
        while self._sleepers and self._sleepers[0][0] <= end:
            self._passed, _, awake = heapq.heappop(self._sleepers)
            if not awake.done():
                awake.set_result(None)
            await _settle()
        self._passed = end
        await _settle()

    @property
    def sleeping(self) -> int:
        """How many wait for this clock."""
        return sum(not awake.done() for _, _, awake in self._sleepers)


async def _settle() -> None:
    """Let the tasks that can go on do so. What waits for a thread or a socket is not waited for."""
    for _ in range(_ROUNDS):
        await asyncio.sleep(0)
