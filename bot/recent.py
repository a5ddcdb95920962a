"""Answers that may be a little old."""

from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from bot.clock import Clock

K = TypeVar("K")
V = TypeVar("V")

MOST = 5_000
"""Answers kept; the oldest go first."""


class Recent(Generic[K, V]):
    """Asks, and keeps each answer for `seconds` of real time. Errors are not kept."""

    def __init__(self, clock: Clock, seconds: float, ask: Callable[[K], Awaitable[V]]) -> None:
        self._clock = clock
        self._seconds = seconds
        self._ask = ask
        self._answers: dict[K, tuple[float, V]] = {}

    async def get(self, key: K, *, fresh: bool) -> V:
        """The answer for `key`, asked now if `fresh` or if there is none that is young enough."""
        asked = self._clock.monotonic()
        if not fresh and key in self._answers:
            at, answer = self._answers[key]
            if asked - at <= self._seconds:
                return answer
        answer = await self._ask(key)
        self._answers.pop(key, None)
        self._answers[key] = (asked, answer)
        if len(self._answers) > MOST:
            del self._answers[next(iter(self._answers))]
        return answer
