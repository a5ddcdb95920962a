"""Death at the calls: each write of a bot is met once by the death of its process, in one way of several."""

import asyncio
from dataclasses import dataclass, field
from enum import StrEnum

from tests.survival.keeper import Bot
from tests.survival.world import Call, World


class Way(StrEnum):
    """What becomes of the call at which a bot is killed."""

    LOST = "it never arrives"
    LATE_BEFORE = "it arrives just before the next bot's first write"
    LATE_AFTER = "it arrives just after the next bot's first write"
    UNANSWERED = "it is done, and the answer does not arrive"


@dataclass
class _Late:
    """A call of a dead bot that is still under way."""

    call: Call
    go: asyncio.Event = field(default_factory=asyncio.Event)
    landed: asyncio.Event = field(default_factory=asyncio.Event)


class Reaper:
    """Kills the bot at work at each new call: at every write in the given way, at every read when it was done."""

    def __init__(self, world: World, way: Way) -> None:
        self.bot: Bot | None = None
        self.met: set[str] = set()
        self._way = way
        self._late: _Late | None = None
        world.before, world.after = self.before, self.after

    async def before(self, call: Call) -> bool:
        """Whether the call is done. One that is late waits here, until the next bot's write lets it go."""
        if call.is_write and self._late is not None and self._way is Way.LATE_BEFORE:
            await self.give_up()
            return True
        if not call.is_write or not self._is_new(call) or self._way is Way.UNANSWERED:
            return True
        self._kill(call)
        if self._way is Way.LOST:
            return False
        late = self._late = _Late(call)
        await late.go.wait()
        return True

    async def after(self, call: Call) -> None:
        """The call was done; nobody has the answer yet."""
        late = self._late
        if late is not None and late.call is call:
            self._late = None
            late.landed.set()
        elif call.is_write and late is not None:
            await self.give_up()
        elif call.verb != "watch" and self._is_new(call):
            self._kill(call)

    async def give_up(self) -> None:
        """Let arrive what is still under way from the dead."""
        if self._late is not None:
            landed = self._late.landed
            self._late.go.set()
            await landed.wait()

    def _is_new(self, call: Call) -> bool:
        return self._late is None and call.label not in self.met

    def _kill(self, call: Call) -> None:
        self.met.add(call.label)
        if self.bot is not None:
            self.bot.kill()


class Straggler:
    """Kills the bot at work at its first write to a path that ends so, and keeps that write under way until the test lets it arrive."""

    def __init__(self, world: World, bot: Bot, path: str) -> None:
        self._world, self._bot, self._path = world, bot, path
        self._late: _Late | None = None
        self._met = asyncio.Event()
        self._status = 0
        world.before, world.after = self.before, self.after

    async def before(self, call: Call) -> bool:
        """Whether the call is done: the one that is late waits here."""
        if self._late is None and call.is_write and call.path.endswith(self._path):
            self._late = _Late(call)
            self._bot.kill()
            self._met.set()
            await self._late.go.wait()
        return True

    async def after(self, call: Call) -> None:
        """The call was done."""
        if self._late is not None and self._late.call is call:
            self._status = self._world.done[-1].status
            self._late.landed.set()

    async def met(self) -> None:
        """Return when the bot is dead, and its write under way."""
        await self._met.wait()
        await self._bot.gone()

    async def arrives(self) -> int:
        """Let the write arrive; the status that it is answered with."""
        assert self._late is not None
        self._late.go.set()
        await self._late.landed.wait()
        return self._status
