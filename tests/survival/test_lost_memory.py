"""A database restored from yesterday, or lost: nothing goes forward on it, people are told, and there is a way home."""

import asyncio
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from strategies.model import Outcome, Rollout
from tests.survival.conftest import Install
from tests.survival.examination import books_are_right, cluster_is_right, nothing_was_done_twice
from tests.survival.holding import Held
from tests.survival.installation import Installation
from tests.survival.keeper import LONGEST, Bot
from tests.survival.world import GOOD, RUNNING, Call, World

PLACES = pytest.mark.parametrize("app", ["shop", "ratio"])


def backed_up(installation: Installation) -> Path:
    """A copy of the database as it is now, taken while the bot works on it."""
    copy = installation.folder / "yesterday.db"
    with closing(sqlite3.connect(installation.books)) as live, closing(sqlite3.connect(copy)) as kept:
        live.backup(kept)
    return copy


async def half_promoted(world: World, installation: Installation, app: str) -> Path:
    """Killed in the middle of its promotion: of the writes with its last fence, one was done. Its database as it was at the question."""
    bot = await installation.patient()
    assert await bot.ask("deploy", app, GOOD) == "done"
    await bot.says(f"{app} walking step 2", "asks 1")
    yesterday = backed_up(installation)
    fence = (await the_rollout(installation, app)).walks[0].fence
    rest = Held(world, AllButTheFirst(f'/{fence + 2}"'))
    assert await bot.ask("approve", app) == "done"
    await bot.says(f"{app} promoting", f"fence {fence + 2}")
    await rest.begun.wait()
    await bot.end()
    rest.lose()
    return yesterday


class AllButTheFirst:
    """Of the writes with these words, all after the first."""

    def __init__(self, words: str) -> None:
        self._words, self._is_first = words, True

    def __call__(self, call: Call) -> bool:
        if not call.is_write or self._words not in call.body:
            return False
        found, self._is_first = not self._is_first, False
        return found


def restored(installation: Installation, yesterday: Path) -> None:
    """Somebody restores the backup."""
    forgotten(installation)
    shutil.copy(yesterday, installation.books)


def forgotten(installation: Installation) -> None:
    """Somebody loses the database."""
    for file in installation.folder.glob("leadsman.db*"):
        file.unlink()


async def the_rollout(installation: Installation, app: str) -> Rollout:
    async with installation.store() as store:
        return (await store.history(app, "prod", 1))[0]


async def held(world: World, installation: Installation, app: str) -> Bot:
    """A bot on yesterday's database: it holds, and has changed nothing."""
    before = len(world.done)
    bot = await installation.patient()
    await bot.says(app, "holds 1")
    await world.clock.sleep(60)
    assert [done for done in world.done[before:] if done.changed] == []
    async with installation.store() as store:
        told = [row.tell.event for row in await store.pending_tells(999) if row.tell.event]
    assert any(event.what.value == "held" and "ahead of what is remembered" in str(event.facts) for event in told)
    return bot


async def resumed_until_healthy(bot: Bot, app: str) -> None:
    """Somebody resumes again where it then holds because the Deployment runs what yesterday did not."""
    async with asyncio.timeout(LONGEST):
        while "healthy" not in (said := await bot.says(app)):
            if "holds 1" in said:
                await bot.ask("resume", app)


@PLACES
async def test_on_yesterdays_database_it_holds_and_resuming_leads_to_the_end(
    world: World, install: Install, app: str
) -> None:
    await world.open(app)
    installation = install(app)
    restored(installation, await half_promoted(world, installation, app))
    bot = await held(world, installation, app)

    assert await bot.ask("approve", app) == "done"
    assert await bot.ask("resume", app) == "done"
    await resumed_until_healthy(bot, app)
    await bot.end()
    cluster_is_right(world, app, GOOD)
    await books_are_right(installation, app, 1, [Outcome.HEALTHY])


@PLACES
async def test_on_yesterdays_database_it_holds_and_aborting_brings_the_base_home(
    world: World, install: Install, app: str
) -> None:
    await world.open(app)
    installation = install(app)
    restored(installation, await half_promoted(world, installation, app))
    bot = await held(world, installation, app)

    assert await bot.ask("abort", app, "we do not know what happened") == "done"
    await bot.says(f"{app} rolled-back")
    await bot.end()
    cluster_is_right(world, app, RUNNING)
    await books_are_right(installation, app, 1, [Outcome.ROLLED_BACK])


@PLACES
async def test_with_a_lost_database_the_claim_is_taken_up_and_the_base_comes_home(
    world: World, install: Install, app: str
) -> None:
    await world.open(app)
    installation = install(app)
    await half_promoted(world, installation, app)
    forgotten(installation)
    bot = await installation.patient()

    assert await bot.ask("adopt", app) == "done"
    assert await bot.ask("adopt", app) == "done"
    await bot.says(f"{app} rolled-back")
    await bot.end()
    cluster_is_right(world, app, RUNNING)
    await books_are_right(installation, app, 1, [Outcome.ROLLED_BACK])


async def test_a_workload_that_nobody_claims_is_not_taken_up(world: World, install: Install) -> None:
    await world.open("shop")
    installation = install("shop")
    bot = await installation.patient()

    assert await bot.ask("adopt", "shop") == "done"
    await bot.end()
    async with installation.store() as store:
        assert await store.history("shop", "prod", 1) == ()
    assert world.done == []


async def test_after_a_lost_database_a_finished_rollout_is_left_alone(world: World, install: Install) -> None:
    await world.open("shop")
    installation = install("shop")
    bot = await installation.patient()
    assert await bot.ask("deploy", "shop", GOOD) == "done"
    await bot.says("shop walking step 2", "asks 1")
    assert await bot.ask("approve", "shop") == "done"
    await bot.says("shop healthy")
    await bot.end()
    forgotten(installation)
    bot = await installation.patient()

    assert await bot.ask("adopt", "shop") == "done"
    await bot.end()
    cluster_is_right(world, "shop", GOOD)
    nothing_was_done_twice(world, "shop")
