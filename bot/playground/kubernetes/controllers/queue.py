"""What every controller has: a queue of keys, in which a key stands once, and one worker that takes them."""

import asyncio
from collections.abc import Callable, Hashable
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from bot.playground.clock import PlaygroundClock
from bot.playground.kubernetes.status import ApiError

Obj = dict[str, Any]
K = TypeVar("K", bound=Hashable)


_REACTION_SECONDS = 0.006
"""Real controllers learn of a change some milliseconds after its author got the answer; clients must live with that."""

_MOST_PATIENCE = 50
_RETRY_SECONDS = (0.01, 1000.0)

PANICS = (TypeError, KeyError, AttributeError, ValueError)
"""What a step raises for an object of wrong types, which a real server's schema would have refused."""


def _always() -> bool:
    return True


class WorkQueue(Generic[K]):
    """Keys that wait for their turn. `step` does the work for one key; it must not block.

    `retries`: seconds before the first retry of a key, and at most. `failures`: what is tried again.
    """

    def __init__(
        self,
        clock: PlaygroundClock,
        step: Callable[[K], None],
        retries: tuple[float, float] = _RETRY_SECONDS,
        failures: tuple[type[Exception], ...] = (ApiError,),
    ) -> None:
        self._clock = clock
        self._step = step
        self._retries = retries
        self._refused = failures
        self._waiting: dict[K, None] = {}
        self._wake = asyncio.Event()
        self._timers: dict[K, asyncio.Task[None]] = {}
        self._due: dict[K, datetime] = {}
        self._worker: asyncio.Task[None] | None = None
        self._failures: dict[K, int] = {}
        self._patience: Callable[[], bool] = _always
        self._free = asyncio.Event()
        self._free.set()

    @property
    def idle(self) -> bool:
        """Whether no key waits for its turn; keys that wait for a time do not count."""
        return not self._waiting or self.held

    @property
    def held(self) -> bool:
        """Whether the worker stands still, as one whose process is not running; what happens meanwhile is done later."""
        return not self._free.is_set()

    @held.setter
    def held(self, held: bool) -> None:
        if held:
            self._free.clear()
        else:
            self._free.set()

    def wait_for(self, ready: Callable[[], bool]) -> None:
        """Let others go first: begin only when `ready`, or after a tenth of a second."""
        self._patience = ready

    def add(self, key: K) -> None:
        """Work on the key soon."""
        self._waiting[key] = None
        self._wake.set()

    def add_after(self, key: K, seconds: float) -> None:
        """Work on the key after some time; a later call for the same key replaces an earlier one."""
        old = self._timers.pop(key, None)
        if old is not None:
            old.cancel()
        self._due[key] = self._clock.now() + timedelta(seconds=seconds)
        self._timers[key] = asyncio.get_running_loop().create_task(self._later(key, seconds))

    def add_within(self, key: K, seconds: float) -> None:
        """Work on the key after some time at the latest: a time that comes sooner stays."""
        due = self._clock.now() + timedelta(seconds=seconds)
        if key not in self._waiting and (key not in self._timers or due < self._due[key]):
            self.add_after(key, seconds)

    def retry(self, key: K) -> None:
        """Work on the key again after a while that doubles with each failure in a row."""
        count = self._failures.get(key, 0)
        self._failures[key] = count + 1
        self.add_after(key, min(self._retries[0] * 2**count, self._retries[1]))

    def forget(self, key: K) -> None:
        """The key is fine: the next failure is the first."""
        self._failures.pop(key, None)

    def is_planned(self, key: K) -> bool:
        """Whether the key waits, for its turn or for its time."""
        return key in self._timers or key in self._waiting

    async def _later(self, key: K, seconds: float) -> None:
        await self._clock.sleep(max(seconds, 0.0))
        self._timers.pop(key, None)
        self.add(key)

    def start(self) -> None:
        """Begin to work."""
        self._worker = asyncio.get_running_loop().create_task(self._work())

    async def _work(self) -> None:
        while True:
            await self._wake.wait()
            await self._clock.real_sleep(_REACTION_SECONDS)
            self._wake.clear()
            while self._waiting:
                await self._free.wait()
                await self._let_others_go_first()
                key = next(iter(self._waiting))
                del self._waiting[key]
                try:
                    self._step(key)
                except self._refused:
                    self.retry(key)
                await self._clock.sleep(0)

    async def _let_others_go_first(self) -> None:
        for _ in range(_MOST_PATIENCE):
            if self._patience():
                return
            await self._clock.real_sleep(_REACTION_SECONDS)

    async def stop(self) -> None:
        """Forget all keys and end the worker."""
        tasks = [*self._timers.values(), *([self._worker] if self._worker else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._timers.clear()
        self._waiting.clear()
