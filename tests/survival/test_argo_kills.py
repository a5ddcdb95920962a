"""A bot killed with SIGKILL at any moment of a walk that Argo's controller does: no verb is sent twice to effect, and all of it is told."""

from dataclasses import dataclass, replace

import pytest

from strategies.events import What
from strategies.model import Outcome
from tests.survival.argo_world import (
    APP,
    BLUE_GREEN,
    CANARY,
    Thing,
    configure,
    hold_each_run,
    is_paused,
    open_rollout,
    rollout,
    rollout_is_right,
    set_image,
    until,
)
from tests.survival.bot_process import Wanted
from tests.survival.conftest import Install
from tests.survival.examination import books_are_right, every_note_was_a_death, nothing_was_done_twice
from tests.survival.installation import Installation
from tests.survival.reaper import Reaper, Straggler, Way
from tests.survival.world import GOOD, RUNNING, World

AT_THE_PAUSE = 1
NEWER = "v1.5.0"
MOST = 200
"""Lives after which something is wrong: the rollout does not come on."""


@dataclass(frozen=True, slots=True)
class Story:
    """What people want, how the Rollout walks, and what it measures once the new version is live.

    `told`: the happenings that it is about; some process dies of saving each.
    """

    wanted: Wanted
    strategy: Thing
    live: float = 1.0
    told: tuple[What, ...] = (What.ASKED, What.APPROVED)

    @property
    def ships(self) -> bool:
        return self.wanted.abort_at is None and self.live == 1.0


LOOKED_AT = (What.ANALYSIS_STARTED, What.MEASURED, What.ANALYSIS_PASSED, What.ASKED, What.APPROVED)
CANARY_SHIPPED = Story(Wanted(GOOD), CANARY)
CANARY_ABORTED = Story(Wanted(GOOD, AT_THE_PAUSE), CANARY, told=(What.ASKED, What.ABORTED))
SHIPPED = Story(Wanted(GOOD), BLUE_GREEN, told=LOOKED_AT)
TURNED_BACK = Story(Wanted(GOOD), BLUE_GREEN, live=0.5, told=(*LOOKED_AT, What.ANALYSIS_FAILED, What.REVERTING))


async def installed(world: World, install: Install, story: Story) -> Installation:
    """An installation beside a Rollout at rest."""
    await open_rollout(world, story.strategy)
    world.values["live"] = story.live
    installation: Installation = install(APP)
    configure(installation.folder)
    world.books = installation.books
    return installation


async def all_is_right(world: World, installation: Installation, story: Story, kills: int) -> None:
    """The cluster, the audit and the outbox, and nothing done twice."""
    ships = story.ships
    await rollout_is_right(world, GOOD, GOOD if ships else RUNNING, "Healthy" if ships else "Degraded")
    nothing_was_done_twice(world, APP)
    assert world.unaudited == []
    await books_are_right(installation, APP, kills, [Outcome.HEALTHY if ships else Outcome.ROLLED_BACK])


@pytest.mark.parametrize(
    ("story", "only_after"),
    [
        pytest.param(CANARY_SHIPPED, False, id="a canary is shipped, before and after every commit"),
        pytest.param(CANARY_ABORTED, True, id="a canary is aborted, after every commit"),
        pytest.param(SHIPPED, False, id="a blue/green is shipped, before and after every commit"),
        pytest.param(TURNED_BACK, False, id="a blue/green turns back, before and after every commit"),
        pytest.param(TURNED_BACK, True, id="a blue/green turns back, after every commit"),
    ],
)
async def test_a_bot_killed_around_every_commit_finishes_its_rollout(
    world: World, install: Install, story: Story, *, only_after: bool
) -> None:
    """After a death before a commit the next look finds what was done; only one after it leaves it noted as done.

    An analysis goes on only once one died of having seen that it began, so that some die while it is under way.
    """
    installation = await installed(world, install, story)
    hold_each_run(world)
    died_at: set[str] = set()
    for _ in range(MOST):
        life = replace(installation.life({APP: (story.wanted,)}), died_at=frozenset(died_at), only_after=only_after)
        said = await installation.start(life).gone()
        if "over" in said:
            break
        moment = said[-1].removeprefix("dies ")
        died_at.add(moment)
        world.measuring = world.measuring or (moment.startswith("after:") and What.ANALYSIS_STARTED in moment)

    assert [what for what in story.told if not any(f" {what} " in f" {moment}" for moment in died_at)] == []
    await every_note_was_a_death(installation, APP, died_at)
    await all_is_right(world, installation, story, len(died_at))


@pytest.mark.parametrize("way", [Way.LATE_BEFORE, Way.LATE_AFTER])
@pytest.mark.parametrize(
    "story",
    [
        pytest.param(CANARY_SHIPPED, id="a canary is shipped"),
        pytest.param(SHIPPED, id="a blue/green is shipped"),
        pytest.param(TURNED_BACK, id="a blue/green turns back"),
    ],
)
async def test_a_bot_killed_at_every_call_finishes_its_rollout(
    world: World, install: Install, story: Story, way: Way
) -> None:
    """A verb of the dead that comes late is refused by its own guard.

    One that never arrived, or was not answered, is what a death around a commit leaves.
    """
    installation = await installed(world, install, story)
    reaper = Reaper(world, way)
    for _ in range(MOST):
        reaper.bot = installation.start(installation.life({APP: (story.wanted,)}))
        if "over" in await reaper.bot.gone():
            break
    await reaper.give_up()

    assert len(reaper.met) > 10
    assert {done.status for done in world.done if not done.changed} == {422}
    await all_is_right(world, installation, story, len(reaper.met))


@pytest.mark.parametrize("strategy", [pytest.param(CANARY, id="canary"), pytest.param(BLUE_GREEN, id="blue/green")])
async def test_a_promote_of_the_dead_never_reaches_a_newer_revision(
    world: World, install: Install, strategy: Thing
) -> None:
    """It was approved for one version and is still under way when another waits at the same gate: that one is asked for anew."""
    installation = await installed(world, install, Story(Wanted(GOOD), strategy))
    bot = await installation.patient()
    assert await bot.ask("deploy", APP, GOOD) == "done"
    await bot.says(f"{APP} walking", "asks 1")
    promote = Straggler(world, bot, "/checkout/status")
    bot.press("approve", APP)
    await promote.met()

    await set_image(world, NEWER)
    await until(world, lambda: is_paused(world, NEWER))
    since = rollout(world)["status"]["pauseConditions"]
    assert await promote.arrives() == 422

    following = await installation.patient()
    await following.says(f"{APP} walking", "asks 1")
    assert is_paused(world, NEWER)
    assert rollout(world)["status"]["pauseConditions"] == since
    assert await following.ask("approve", APP) == "done"
    await following.says(f"{APP} {Outcome.HEALTHY}")
    await following.end()
    await rollout_is_right(world, NEWER, NEWER, "Healthy")
    nothing_was_done_twice(world, APP)
    assert world.unaudited == []
    await books_are_right(installation, APP, 1, [Outcome.SUPERSEDED, Outcome.HEALTHY])
