"""Calls that stay under way: what a bot waits for there, and all that follows from it, does not happen however long the test takes."""

import asyncio
from collections.abc import Callable

from tests.survival.world import Call, World


def is_write(call: Call) -> bool:
    return call.is_write


class Held:
    """Keeps calls under way from now on: all writes, or those of a kind."""

    def __init__(self, world: World, which: Callable[[Call], bool] = is_write) -> None:
        self.begun = asyncio.Event()
        """Whether there is one."""
        self._world, self._which = world, which
        self._lost = asyncio.Event()
        world.before = self.before

    async def before(self, call: Call) -> bool:
        """Whether the call is done: one that is kept never is."""
        if not self._which(call):
            return True
        self.begun.set()
        await self._lost.wait()
        return False

    def lose(self) -> None:
        """None of them arrives any more; those that are made now are done."""
        self._world.undisturbed()
        self._lost.set()
