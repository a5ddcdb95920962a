"""A bot killed with SIGKILL at any moment leaves nothing half done: the next one looks, and finishes the same rollout."""

import asyncio
import random
from dataclasses import replace

import pytest

from strategies.model import Outcome
from tests.survival.bot_process import PROMOTING, Wanted
from tests.survival.conftest import Install
from tests.survival.examination import (
    aborts,
    books_are_right,
    cluster_is_right,
    every_note_was_a_death,
    nothing_was_done_twice,
)
from tests.survival.reaper import Reaper, Way
from tests.survival.world import GOOD, RUNNING, World

ENDS = [
    pytest.param("shop", Wanted(GOOD), id="a good version, by weight"),
    pytest.param("ratio", Wanted(GOOD), id="a good version, by pods"),
    pytest.param("shop", Wanted(GOOD, 50), id="aborted at half, by weight"),
    pytest.param("ratio", Wanted(GOOD, 50), id="aborted at half, by pods"),
    pytest.param("shop", Wanted(GOOD, PROMOTING), id="aborted while promoted, by weight"),
]
pytestmark = pytest.mark.timeout(1200)
"""They take minutes where nothing else runs, too."""

MOST = 400
"""Lives after which something is wrong: the rollout does not come on."""


def end_of(wanted: Wanted) -> tuple[Outcome, str]:
    """How a rollout ends, and what runs then."""
    return (Outcome.HEALTHY, wanted.version) if wanted.abort_at is None else (Outcome.ROLLED_BACK, RUNNING)


@pytest.mark.parametrize(("app", "wanted"), ENDS)
async def test_a_bot_killed_before_and_after_every_commit_finishes_its_rollout(
    world: World, install: Install, app: str, wanted: Wanted
) -> None:
    """Each life ends at the first moment at which none ended yet, until there is no such moment any more."""
    await _killed_around_commits(world, install, app, wanted, only_after=False)


async def test_a_bot_killed_after_every_commit_finishes_its_rollout(world: World, install: Install) -> None:
    """Now what was done is also noted as done, which one that dies before that commit leaves to the next look."""
    await _killed_around_commits(world, install, "shop", Wanted(GOOD), only_after=True)


async def _killed_around_commits(world: World, install: Install, app: str, wanted: Wanted, *, only_after: bool) -> None:
    await world.open(app)
    installation = install(app)
    world.books = installation.books
    died_at: set[str] = set()
    for _ in range(MOST):
        life = replace(installation.life({app: (wanted,)}), died_at=frozenset(died_at), only_after=only_after)
        said = await installation.start(life).gone()
        if "over" in said:
            break
        died_at.add(said[-1].removeprefix("dies "))

    outcome, version = end_of(wanted)
    await every_note_was_a_death(installation, app, died_at)
    cluster_is_right(world, app, version)
    nothing_was_done_twice(world, app)
    assert world.unaudited == []
    await books_are_right(installation, app, len(died_at), [outcome])


@pytest.mark.parametrize("way", Way)
@pytest.mark.parametrize(("app", "wanted"), ENDS[1:2] + ENDS[4:])
async def test_a_bot_killed_at_every_call_finishes_its_rollout(
    world: World, install: Install, app: str, wanted: Wanted, way: Way
) -> None:
    """A write of the dead that comes late never undoes or doubles what was done since."""
    await world.open(app)
    installation = install(app)
    world.books = installation.books
    reaper = Reaper(world, way)
    for _ in range(MOST):
        reaper.bot = installation.start(installation.life({app: (wanted,)}))
        if "over" in await reaper.bot.gone():
            break
    await reaper.give_up()

    outcome, version = end_of(wanted)
    assert len(reaper.met) > 20
    assert (way in (Way.LATE_BEFORE, Way.LATE_AFTER)) == any(done.status == 422 for done in world.done)
    cluster_is_right(world, app, version)
    nothing_was_done_twice(world, app)
    assert world.unaudited == []
    await books_are_right(installation, app, len(reaper.met), [outcome])


@pytest.mark.timeout(2400)
async def test_a_bot_killed_at_200_random_moments_finishes_everything(world: World, install: Install) -> None:
    """Six apps in turn go forward, back by abort, and forward again, all at once, while every life is short.

    Some aborts come too late, since whoever wanted to press was not answered for long: what counts is whose press was taken.
    """
    apps = ("shop1", "shop2", "shop3", "ratio1", "ratio2", "ratio3")
    await world.open(*apps)
    installation = install(*apps)
    world.books = installation.books
    turns = (Wanted(GOOD), Wanted(RUNNING, 50), Wanted(RUNNING), Wanted(GOOD, PROMOTING)) * 40
    chance = random.Random(20261120)
    loop = asyncio.get_running_loop()
    for _ in range(200):
        begun_at = loop.time()
        bot = installation.start(installation.life(dict.fromkeys(apps, turns)))
        await bot.says("up")
        # A machine that starts slowly does everything slowly: a life is as long as it takes there to get somewhere.
        await asyncio.sleep(chance.uniform(0.0, max(0.5, 2 * (loop.time() - begun_at))))
        bot.kill()
        await bot.gone()
    async with installation.store() as store:
        begun = {app: len(await store.history(app, "prod", len(turns))) for app in apps}
    await installation.finish({app: turns[:count] for app, count in begun.items()})

    assert sum(begun.values()) > 2 * len(apps)
    for app in apps:
        aborted = await aborts(installation, app)
        live = [wanted.version for wanted, was_aborted in zip(turns, aborted, strict=False) if not was_aborted]
        cluster_is_right(world, app, live[-1] if live else RUNNING)
        nothing_was_done_twice(world, app)
        ends = [Outcome.ROLLED_BACK if was_aborted else Outcome.HEALTHY for was_aborted in aborted]
        await books_are_right(installation, app, 200, ends)
    assert world.unaudited == []
