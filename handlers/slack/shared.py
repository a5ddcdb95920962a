"""One answer for all who ask at one moment."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

V = TypeVar("V")


class Shared(Generic[V]):
    """Asks at most once at a time. Who comes while a question is under way shares the next one, never the one under way:
    each answer is younger than every question that it answers.
    """

    def __init__(self, ask: Callable[[], Awaitable[V]]) -> None:
        self._ask = ask
        self._running: asyncio.Task[V] | None = None
        self._next: asyncio.Task[V] | None = None

    async def get(self) -> V:
        """The answer to a question that was asked after this call. Raises what asking raises."""
        if self._next is None:
            self._next = asyncio.create_task(self._after(self._running))
            self._next.add_done_callback(_observed)
        return await asyncio.shield(self._next)

    async def _after(self, before: "asyncio.Task[V] | None") -> V:
        if before is not None:
            await asyncio.wait({before})
        self._running, self._next = self._next, None
        return await self._ask()


def _observed(task: "asyncio.Task[V]") -> None:
    """Everybody who asked may have gone by the time of an error."""
    if not task.cancelled():
        task.exception()
