"""A cluster that fails, throttles, forgets our credential or is away, and a database that cannot be written: nothing is lost or doubled."""

import asyncio
import sqlite3
from contextlib import closing

import pytest

from bot.playground.kubernetes.faults import Fault
from strategies.model import Outcome
from tests.survival.bot_process import Wanted
from tests.survival.conftest import Install
from tests.survival.examination import (
    books_are_right,
    cluster_is_right,
    nobody_was_blamed,
    nothing_was_done_twice,
)
from tests.survival.world import GOOD, World

LOCKED = 7.0
"""Real seconds: longer than one transaction waits for a lock."""
APPS = ("shop", "ratio")
SOME = [("list", "pods"), ("patch", "deployments")]
CALLS = [
    *SOME,
    *[("watch", kind) for kind in ("deployments", "replicasets", "pods", "ingresses")],
    *[("list", kind) for kind in ("deployments", "replicasets", "ingresses", "services")],
    ("get", "deployments"),
    ("get", "ingresses"),
    ("patch", "ingresses"),
    ("create", "deployments"),
    ("create", "ingresses"),
]


async def everything_ends_right(world: World, install: Install) -> None:
    """A rollout of each app ends as it should, and the books agree."""
    installation = install(*APPS)
    world.books = installation.books
    await installation.finish({app: (Wanted(GOOD),) for app in APPS})

    for app in APPS:
        cluster_is_right(world, app, GOOD)
        nothing_was_done_twice(world, app)
        await nobody_was_blamed(installation, app)
        await books_are_right(installation, app, 0, [Outcome.HEALTHY])


@pytest.mark.parametrize("fault", Fault)
async def test_a_fault_at_every_kind_of_call_loses_nothing_and_doubles_nothing(
    world: World, install: Install, fault: Fault
) -> None:
    """Each kind of call meets it once, whichever app it is for. What hangs takes ten seconds each, so that only some do."""
    await world.open(*APPS)
    for verb, kind in SOME if fault is Fault.HANG else CALLS:
        world.faults.next(fault, verb=verb, resource=kind)

    await everything_ends_right(world, install)
    world.faults.next(fault)
    assert world.faults.take("nothing", "nothing") is not None, "all that were planned before were met"


async def in_the_middle(world: World) -> None:
    """Return when something was done, and not all."""
    while not world.done:
        await world.clock.real_sleep(0.01)


async def test_a_cluster_that_is_away_for_minutes_is_waited_for(world: World, install: Install) -> None:
    """The watches come back one after the other, so that for a while some show less than what was read in between."""
    await world.open(*APPS)

    async def away() -> None:
        await in_the_middle(world)
        world.faults.refusing = True
        world.faults.cut_watches()
        await world.clock.sleep(300)
        world.faults.refusing = False

    outage = asyncio.create_task(away())
    await everything_ends_right(world, install)
    await outage


async def test_a_credential_that_expires_is_read_again_and_the_work_goes_on(world: World, install: Install) -> None:
    await world.open(*APPS)

    async def renewed() -> None:
        await in_the_middle(world)
        world.renew_token()

    renewal = asyncio.create_task(renewed())
    await everything_ends_right(world, install)
    await renewal


async def test_a_database_locked_by_somebody_else_is_waited_for(world: World, install: Install) -> None:
    """For longer than one transaction waits: what could not be saved was not done, and is done later."""
    await world.open("shop")
    installation = install("shop")
    bot = await installation.patient()
    assert await bot.ask("deploy", "shop", GOOD) == "done"
    await bot.says("shop walking step 2", "asks 1")
    with closing(sqlite3.connect(installation.books, isolation_level=None)) as somebody:
        somebody.execute("BEGIN IMMEDIATE")
        before = len(world.done)
        bot.press("approve", "shop")
        await world.clock.real_sleep(LOCKED)
        assert len(world.done) == before
        somebody.execute("ROLLBACK")

    answer = await bot.says("approve: ")
    assert answer == "approve: done" or "locked" in answer
    if answer != "approve: done":
        assert await bot.ask("approve", "shop") == "done"
    await bot.says("shop healthy")
    await bot.end()
    cluster_is_right(world, "shop", GOOD)
    await books_are_right(installation, "shop", 1, [Outcome.HEALTHY])


async def test_a_full_disk_is_told_and_the_work_goes_on_once_there_is_room(world: World, install: Install) -> None:
    await world.open("shop")
    installation = install("shop")
    bot = await installation.patient()
    assert await bot.ask("deploy", "shop", GOOD) == "done"
    await bot.says("shop walking step 2", "asks 1")
    assert await bot.ask("fill", "shop") == "done"
    before = len(world.done)
    refused = await bot.ask("hold", "shop", "x" * 20_000)
    assert "full" in refused
    assert len(world.done) == before

    assert await bot.ask("free", "shop") == "done"
    assert await bot.ask("approve", "shop") == "done"
    await bot.says("shop healthy")
    await bot.end()
    cluster_is_right(world, "shop", GOOD)
    await books_are_right(installation, "shop", 1, [Outcome.HEALTHY])
