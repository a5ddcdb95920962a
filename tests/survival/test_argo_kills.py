"""A bot killed with SIGKILL at any moment of a walk that Argo's controller does: no verb is sent twice to effect, and all of it is told."""

from dataclasses import replace

import pytest

from strategies.model import Outcome
from tests.survival.argo_world import APP, configure, open_rollout, rollout_is_right
from tests.survival.bot_process import Wanted
from tests.survival.conftest import Install
from tests.survival.examination import books_are_right, every_note_was_a_death, nothing_was_done_twice
from tests.survival.installation import Installation
from tests.survival.reaper import Reaper, Way
from tests.survival.world import GOOD, RUNNING, World

AT_THE_PAUSE = 1
SHIPPED, ABORTED = Wanted(GOOD), Wanted(GOOD, AT_THE_PAUSE)
MOST = 200
"""Lives after which something is wrong: the rollout does not come on."""


async def installed(world: World, install: Install) -> Installation:
    """An installation beside a Rollout at rest."""
    await open_rollout(world)
    installation: Installation = install(APP)
    configure(installation.folder)
    world.books = installation.books
    return installation


async def all_is_right(world: World, installation: Installation, wanted: Wanted, kills: int) -> None:
    """The cluster, the audit and the outbox, and nothing done twice."""
    ships = wanted.abort_at is None
    rollout_is_right(world, GOOD, GOOD if ships else RUNNING, "Healthy" if ships else "Degraded")
    nothing_was_done_twice(world, APP)
    assert world.unaudited == []
    await books_are_right(installation, APP, kills, [Outcome.HEALTHY if ships else Outcome.ROLLED_BACK])


@pytest.mark.parametrize(
    ("wanted", "only_after"),
    [
        pytest.param(SHIPPED, False, id="shipped, before and after every commit"),
        pytest.param(ABORTED, True, id="aborted, after every commit"),
    ],
)
async def test_a_bot_killed_around_every_commit_finishes_its_rollout(
    world: World, install: Install, wanted: Wanted, *, only_after: bool
) -> None:
    """After a death before a commit the next look finds what was done; only one after it leaves it noted as done."""
    installation = await installed(world, install)
    died_at: set[str] = set()
    for _ in range(MOST):
        life = replace(installation.life({APP: (wanted,)}), died_at=frozenset(died_at), only_after=only_after)
        said = await installation.start(life).gone()
        if "over" in said:
            break
        died_at.add(said[-1].removeprefix("dies "))

    await every_note_was_a_death(installation, APP, died_at)
    await all_is_right(world, installation, wanted, len(died_at))


@pytest.mark.parametrize("way", [Way.LATE_BEFORE, Way.LATE_AFTER])
async def test_a_bot_killed_at_every_call_finishes_its_rollout(world: World, install: Install, way: Way) -> None:
    """A verb of the dead that comes late is refused by its own guard.

    One that never arrived, or was not answered, is what a death around a commit leaves.
    """
    installation = await installed(world, install)
    reaper = Reaper(world, way)
    for _ in range(MOST):
        reaper.bot = installation.start(installation.life({APP: (SHIPPED,)}))
        if "over" in await reaper.bot.gone():
            break
    await reaper.give_up()

    assert len(reaper.met) > 10
    assert [done.status for done in world.done if not done.changed] == [422] * 3
    await all_is_right(world, installation, SHIPPED, len(reaper.met))
