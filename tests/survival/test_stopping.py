"""A bot that is told to stop finishes what is under way, gives its leases back, and is gone within five seconds."""

import asyncio
import sqlite3
from contextlib import closing

from strategies.model import Outcome
from tests.survival.bot_process import Wanted
from tests.survival.conftest import Install
from tests.survival.examination import books_are_right, cluster_is_right, nothing_was_done_twice
from tests.survival.installation import Installation
from tests.survival.world import GOOD, Call, World

APPS = ("shop1", "shop2", "ratio1")


def leases(installation: Installation) -> list[str]:
    """Who holds a rollout."""
    with closing(sqlite3.connect(installation.books)) as connection:
        rows = connection.execute("SELECT lease_owner FROM rollouts WHERE lease_owner IS NOT NULL")
        return [owner for (owner,) in rows]


async def test_told_to_stop_in_the_middle_it_leaves_no_write_without_outcome_and_no_lease(
    world: World, install: Install
) -> None:
    await world.open(*APPS)
    installation = install(*APPS)
    wishes = {app: (Wanted(GOOD),) for app in APPS}
    stopped = 0
    for _ in range(10):
        bot = installation.start(installation.life(wishes))
        await bot.says("up")
        await world.clock.real_sleep(0.1)
        bot.terminate()
        async with asyncio.timeout(5):
            said = await bot.gone()
        assert leases(installation) == []
        if "over" in said:
            break
        assert "stopped" in said
        stopped += 1
    assert stopped
    await installation.finish(wishes)

    for app in APPS:
        cluster_is_right(world, app, GOOD)
        nothing_was_done_twice(world, app)
        await books_are_right(installation, app, 0, [Outcome.HEALTHY])


async def test_a_cluster_that_does_not_answer_does_not_keep_it_from_stopping(world: World, install: Install) -> None:
    await world.open("shop")
    installation = install("shop")
    silent = asyncio.Event()

    async def nobody_answers(call: Call) -> bool:
        if call.is_write:
            silent.set()
            await asyncio.Event().wait()
        return True

    world.before = nobody_answers
    bot = installation.start(installation.life({"shop": (Wanted(GOOD),)}))
    await silent.wait()
    bot.terminate()
    async with asyncio.timeout(5):
        assert "stopped" in await bot.gone()

    assert leases(installation) == []
    world.undisturbed()
    await installation.finish({"shop": (Wanted(GOOD),)})
    cluster_is_right(world, "shop", GOOD)
    await books_are_right(installation, "shop", 1, [Outcome.HEALTHY])
