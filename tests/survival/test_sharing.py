"""Two who work in one place: two processes on one database share the work, two installations never touch the same workload."""

import asyncio
from collections.abc import Iterator, Sequence

import pytest

from strategies.model import Outcome
from tests.real.postgres import fresh_database, real_postgres
from tests.survival.bot_process import Wanted
from tests.survival.conftest import Install
from tests.survival.examination import books_are_right, cluster_is_right, nothing_was_done_twice
from tests.survival.keeper import Bot
from tests.survival.world import GOOD, RUNNING, Call, World

APPS = ("shop1", "shop2", "ratio1", "ratio2")
LEASE = 2.0
"""Real seconds, where one is to run out. Elsewhere nobody takes over from a process that the machine lets wait."""
WAITS = 60
"""Real seconds for a lock: the machine may let the process stand still that has it."""


@pytest.fixture
def postgres() -> Iterator[str]:
    with real_postgres() as server, fresh_database(server) as address:
        yield address


async def test_two_processes_on_one_database_share_the_work_and_do_nothing_twice(
    world: World, install: Install, postgres: str
) -> None:
    """The same people press in both at the same time; half of the rollouts are aborted."""
    await world.open(*APPS)
    installation = install(*APPS, address=postgres, waits=WAITS)
    wishes = {app: (Wanted(GOOD), Wanted(RUNNING, 50 if app.endswith("2") else None)) for app in APPS}
    first = installation.start(installation.life(wishes))
    await first.says("up")
    second = installation.start(installation.life(wishes))
    await asyncio.gather(first.says("over"), second.says("over"))
    await asyncio.gather(first.gone(), second.gone())

    for app in APPS:
        ends = [Outcome.HEALTHY, Outcome.ROLLED_BACK if app.endswith("2") else Outcome.HEALTHY]
        cluster_is_right(world, app, GOOD if app.endswith("2") else RUNNING)
        nothing_was_done_twice(world, app)
        await books_are_right(installation, app, 0, ends)


async def test_what_a_killed_process_held_is_taken_over_by_the_other_once_its_lease_has_run_out(
    world: World, install: Install, postgres: str
) -> None:
    await world.open(*APPS)
    installation = install(*APPS, address=postgres, waits=WAITS, lease=LEASE)
    wishes = {app: (Wanted(GOOD),) for app in APPS}
    first = installation.start(installation.life(wishes))
    for app in APPS:
        await first.says(f"{app} walking")
    second = installation.start(installation.life(wishes))
    await second.says("up")
    first.kill()
    await first.gone()
    await second.says("over")
    await second.gone()

    for app in APPS:
        cluster_is_right(world, app, GOOD)
        nothing_was_done_twice(world, app)
        await books_are_right(installation, app, 1, [Outcome.HEALTHY])


async def test_what_is_pressed_in_one_process_is_done_though_the_other_holds_the_rollout(
    world: World, install: Install, postgres: str
) -> None:
    await world.open("shop")
    installation = install("shop", address=postgres, waits=WAITS)
    first = await installation.patient()
    assert await first.ask("deploy", "shop", GOOD) == "done"
    await first.says("shop walking step 2", "asks 1")
    second = await installation.patient()

    assert await second.ask("abort", "shop", "errors in the log") == "done"
    await first_to_say((first, second), "shop rolled-back")
    for bot in (first, second):
        await bot.end()
    cluster_is_right(world, "shop", RUNNING)
    nothing_was_done_twice(world, "shop")


async def first_to_say(bots: Sequence[Bot], *words: str) -> Bot:
    """The bot that says it first."""
    saying = {asyncio.create_task(bot.says(*words)): bot for bot in bots}
    done, others = await asyncio.wait(saying, return_when=asyncio.FIRST_COMPLETED)
    for other in others:
        other.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    return saying[done.pop()]


@pytest.mark.parametrize("name", ["leadsman", "other"])
async def test_a_second_installation_refuses_a_workload_that_another_ones_rollout_has_claimed(
    world: World, install: Install, name: str
) -> None:
    await world.open("shop")
    one, two = install("shop"), install("shop", instance=name, folder="two")
    first, second = await one.patient(), await two.patient()
    assert await first.ask("deploy", "shop", GOOD) == "done"
    await first.says("shop walking step 2", "asks 1")
    before = len(world.done)

    assert "is held by" in await second.ask("deploy", "shop", "v1.5.1")
    assert world.done[before:] == []
    await first.ask("approve", "shop")
    await first.says("shop healthy")
    for bot in (first, second):
        await bot.end()
    cluster_is_right(world, "shop", GOOD)
    nothing_was_done_twice(world, "shop")


@pytest.mark.parametrize("name", ["leadsman", "other"])
async def test_of_two_installations_that_begin_at_one_moment_one_gets_the_workload_and_the_other_leaves_it_alone(
    world: World, install: Install, name: str
) -> None:
    """Both have found it free, and both send their claim: the cluster takes one."""
    await world.open("shop")
    one, two = install("shop"), install("shop", instance=name, folder="two")
    first, second = await one.patient(), await two.patient()
    both = asyncio.Barrier(2)

    async def together(call: Call) -> bool:
        if call.verb == "patch":
            if both.n_waiting:
                world.undisturbed()
            await both.wait()
        return True

    world.before = together
    answers = await asyncio.gather(first.ask("deploy", "shop", GOOD), second.ask("deploy", "shop", GOOD))
    assert [*answers] == ["done", "done"]
    winner = await first_to_say((first, second), "shop walking step 2", "asks 1")
    loser, place = (second, two) if winner is first else (first, one)
    async with place.store() as store:
        lost = (await store.history("shop", "prod", 1))[0]
    assert lost.outcome is Outcome.REFUSED
    assert "claimed by" in lost.why

    await winner.ask("approve", "shop")
    await winner.says("shop healthy")
    assert await loser.ask("abort", "shop", "the other one has it") == "nothing is live"
    for bot in (first, second):
        await bot.end()
    cluster_is_right(world, "shop", GOOD)
    nothing_was_done_twice(world, "shop")
    assert not any(f"/{lost.id}/" in write for write in world.effects("shop"))


async def test_an_installation_that_comes_back_after_another_one_took_its_place_and_finished_leaves_that_alone(
    world: World, install: Install
) -> None:
    """Killed at its very first write, which is lost; meanwhile another installation brings its version live."""
    await world.open("shop")
    one, two = install("shop"), install("shop", instance="other", folder="two")
    first = await one.patient()

    async def dies_at_its_first_write(call: Call) -> bool:
        if call.verb == "patch":
            first.kill()
        return call.verb != "patch"

    world.before = dies_at_its_first_write
    first.press("deploy", "shop", "v1.5.1")
    await first.gone()
    world.undisturbed()
    await two.finish({"shop": (Wanted(GOOD),)})
    first = await one.patient()
    await first.says("shop refused")
    await first.end()

    cluster_is_right(world, "shop", GOOD)
    nothing_was_done_twice(world, "shop")
