"""Death at the calls: each write of a bot is met in every way in which its process can die around it."""

import asyncio
from enum import StrEnum

from tests.survival.keeper import Bot
from tests.survival.world import Call, World


class Way(StrEnum):
    """What becomes of the call at which a bot is killed."""

    LOST = "it never arrives"
    LATE_BEFORE = "it arrives just before the next bot's first write"
    LATE_AFTER = "it arrives just after the next bot's first write"
    UNANSWERED = "it was done, and the answer does not arrive"


class Reaper:
    """Kills the bot at work at each new call: at writes in every way, at reads once."""

    def __init__(self, world: World) -> None:
        self.bot: Bot | None = None
        self.met: set[tuple[Way, str]] = set()
        self._dying: dict[int, Way] = {}
        self._late: tuple[Way, asyncio.Event] | None = None
        self._landed = asyncio.Event()
        self._held: set[int] = set()
        world.before, world.after = self.before, self.after

    async def before(self, call: Call) -> bool:
        """Whether the call is done. One that is late waits here, until the next bot's write lets it go."""
        if call.verb == "watch":
            return True
        await self._let_go(call, Way.LATE_BEFORE)
        way = self._new_way(call)
        if way is None:
            return True
        self.met.add((way, call.label))
        if way is Way.UNANSWERED:
            self._dying[id(call)] = way
            return True
        self._kill()
        if way is Way.LOST:
            return False
        self._late, self._landed = (way, asyncio.Event()), asyncio.Event()
        self._held.add(id(call))
        await self._late[1].wait()
        return True

    async def after(self, call: Call) -> None:
        """The call was done; nobody has the answer yet."""
        if self._dying.pop(id(call), None):
            self._kill()
        if id(call) in self._held:
            self._held.discard(id(call))
            self._landed.set()
            return
        await self._let_go(call, Way.LATE_AFTER)

    async def give_up(self) -> None:
        """Let arrive what is still under way from the dead."""
        if self._late is not None:
            self._late[1].set()
            await self._landed.wait()

    async def _let_go(self, call: Call, way: Way) -> None:
        if call.is_write and self._late is not None and self._late[0] is way:
            late, self._late = self._late[1], None
            late.set()
            await self._landed.wait()

    def _new_way(self, call: Call) -> Way | None:
        ways = tuple(Way) if call.is_write else (Way.UNANSWERED,)
        return next((way for way in ways if (way, call.label) not in self.met), None)

    def _kill(self) -> None:
        if self.bot is not None:
            self.bot.kill()
