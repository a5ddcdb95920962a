"""What somebody did and was answered counts, though the bot was killed the moment after."""

from strategies.model import Outcome
from tests.survival.conftest import Install
from tests.survival.examination import books_are_right, cluster_is_right, nothing_was_done_twice
from tests.survival.holding import Held
from tests.survival.installation import Installation
from tests.survival.keeper import Bot
from tests.survival.world import GOOD, RUNNING, World

OTHER = "v1.5.1"


async def asked(installation: Installation) -> Bot:
    """A bot whose rollout has come to its question."""
    bot = await installation.patient()
    assert await bot.ask("deploy", "shop", GOOD) == "done"
    await bot.says("shop walking step 2", "asks 1")
    return bot


async def killed_after(installation: Installation, verb: str, argument: str = "") -> Bot:
    """The bot after one that was killed as soon as it had answered this act, at the question."""
    bot = await asked(installation)
    assert await bot.ask(verb, "shop", argument) == "done"
    bot.kill()
    await bot.gone()
    return await installation.patient()


async def test_an_abort_before_the_kill_brings_the_base_home_after_it(world: World, install: Install) -> None:
    await world.open("shop")
    installation = install("shop")
    bot = await killed_after(installation, "abort", "errors in the log")
    await bot.says("shop rolled-back")
    await bot.end()

    cluster_is_right(world, "shop", RUNNING)
    nothing_was_done_twice(world, "shop")
    await books_are_right(installation, "shop", 1, [Outcome.ROLLED_BACK])


async def test_an_approval_before_the_kill_is_not_asked_for_again(world: World, install: Install) -> None:
    await world.open("shop")
    installation = install("shop")
    bot = await killed_after(installation, "approve")
    await bot.says("shop healthy")
    await bot.end()

    cluster_is_right(world, "shop", GOOD)
    await books_are_right(installation, "shop", 1, [Outcome.HEALTHY])


async def test_a_hold_before_the_kill_still_holds_after_it_until_somebody_resumes(
    world: World, install: Install
) -> None:
    await world.open("shop")
    installation = install("shop")
    bot = await killed_after(installation, "hold", "slow query")
    assert await bot.ask("approve", "shop") == "done"
    await world.clock.sleep(120)
    assert world.picture("shop")["weight"] == 25

    assert await bot.ask("resume", "shop") == "done"
    await bot.says("shop healthy")
    await bot.end()
    await books_are_right(installation, "shop", 1, [Outcome.HEALTHY])


async def test_a_replacement_before_the_kill_comes_after_the_base_was_home(world: World, install: Install) -> None:
    await world.open("shop")
    installation = install("shop")
    bot = await killed_after(installation, "replace", OTHER)
    await bot.says("shop superseded")
    cluster = world.picture("shop")
    await bot.says("shop walking step 2", "asks 1")
    assert await bot.ask("approve", "shop") == "done"
    await bot.says("shop healthy")
    await bot.end()

    assert cluster["image"].partition("@")[0].endswith(RUNNING)
    cluster_is_right(world, "shop", OTHER)
    nothing_was_done_twice(world, "shop")
    await books_are_right(installation, "shop", 1, [Outcome.SUPERSEDED, Outcome.HEALTHY])


async def test_an_act_whose_answer_was_lost_counts_wholly_or_not_at_all(world: World, install: Install) -> None:
    """The kill may come before or after the commit: the rollout has turned back, or it still waits for its answer."""
    await world.open("shop")
    installation = install("shop")
    bot = await asked(installation)
    on_its_way_back = Held(world)
    bot.press("abort", "shop", "errors in the log")
    bot.kill()
    await bot.gone()
    on_its_way_back.lose()
    async with installation.store() as store:
        rollout = (await store.history("shop", "prod", 1))[0]
        kinds = [entry.kind for entry in await store.audit_entries(0, 999, rollout.id)]

    assert (
        ("aborted" in kinds) == (rollout.stage.value == "reverting") == (not any(ask.is_open for ask in rollout.asks))
    )
    bot = await installation.patient()
    if rollout.stage.value != "reverting":
        assert await bot.ask("abort", "shop", "errors in the log") == "done"
    await bot.says("shop rolled-back")
    await bot.end()
    cluster_is_right(world, "shop", RUNNING)
