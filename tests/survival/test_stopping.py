"""A bot that is told to stop finishes what is under way, gives its leases back, and is gone within five seconds."""

import asyncio
import sqlite3
from contextlib import closing

from strategies.model import Outcome
from tests.real.stopwatch import own_seconds
from tests.survival.bot_process import Wanted
from tests.survival.conftest import Install
from tests.survival.examination import books_are_right, cluster_is_right, nothing_was_done_twice
from tests.survival.holding import Held
from tests.survival.installation import Installation
from tests.survival.keeper import Bot
from tests.survival.world import GOOD, Call, World

APPS = ("shop1", "shop2", "ratio1")
STOPS_WITHIN = 5.0
"""Seconds of its own: neither a core that others have nor a slow disk is its fault."""


def leases(installation: Installation) -> list[str]:
    """Who holds a rollout."""
    with closing(sqlite3.connect(installation.books)) as connection:
        rows = connection.execute("SELECT lease_owner FROM rollouts WHERE lease_owner IS NOT NULL")
        return [owner for (owner,) in rows]


class Stop:
    """Tells a bot to stop at one of its writes, by number, which is then under way."""

    def __init__(self, world: World, bot: Bot, number: int) -> None:
        self._bot, self._left = bot, number
        self._leaving: asyncio.Task[float] | None = None
        world.before = self.before

    async def before(self, call: Call) -> bool:
        self._left -= call.is_write
        if call.is_write and self._left == 0:
            self._leaving = asyncio.create_task(leaves(self._bot))
            await asyncio.sleep(0)
        return True

    async def took(self) -> float:
        """How long it took from then until it was gone."""
        assert self._leaving is not None
        return await self._leaving


async def leaves(bot: Bot) -> float:
    """Tell it to stop; how long it takes by itself to be gone."""
    bot.terminate()
    return await own_seconds(bot.number)


async def test_told_to_stop_in_the_middle_it_leaves_no_write_without_outcome_and_no_lease(
    world: World, install: Install
) -> None:
    await world.open(*APPS)
    installation = install(*APPS)
    wishes = {app: (Wanted(GOOD),) for app in APPS}
    for number in range(1, 6):
        bot = installation.start(installation.life(wishes))
        stop = Stop(world, bot, number)
        assert "stopped" in await bot.gone()
        assert await stop.took() < STOPS_WITHIN
        assert leases(installation) == []
    world.undisturbed()
    await installation.finish(wishes)

    for app in APPS:
        cluster_is_right(world, app, GOOD)
        nothing_was_done_twice(world, app)
        await books_are_right(installation, app, 0, [Outcome.HEALTHY])


async def test_a_cluster_that_does_not_answer_does_not_keep_it_from_stopping(world: World, install: Install) -> None:
    await world.open("shop")
    installation = install("shop")
    unanswered = Held(world)
    bot = installation.start(installation.life({"shop": (Wanted(GOOD),)}))
    await unanswered.begun.wait()
    leaving = asyncio.create_task(leaves(bot))
    assert "stopped" in await bot.gone()
    assert await leaving < STOPS_WITHIN

    assert leases(installation) == []
    unanswered.lose()
    await installation.finish({"shop": (Wanted(GOOD),)})
    cluster_is_right(world, "shop", GOOD)
    await books_are_right(installation, "shop", 1, [Outcome.HEALTHY])
