"""Analyses on whole rollouts: numbers decide, and no numbers never mean yes."""

from bot.playground import shop
from tests.stories.bench import Bench


async def test_a_good_version_passes_both_analyses_at_both_weights_and_goes_live(bench: Bench) -> None:
    await bench.begin()
    rollout = await bench.deploy()

    await bench.approve(rollout)
    ended = await bench.live_with(rollout)

    assert bench.serving() == (shop.GOOD, 10, 0, 0)
    assert [one["weight"] for one in await bench.told(rollout, "analysis-passed")] == [10, 50]
    assert ended.walks[0].base.version == shop.RUNNING
    assert (await bench.core.store.verify()).is_sound


async def test_a_version_with_errors_goes_home_and_says_what_was_measured(bench: Bench) -> None:
    await bench.begin()

    why = await bench.turned_back(await bench.deploy(shop.FAILING))

    assert 'Metric "success" assessed Failed' in why


async def test_a_slow_version_goes_home_and_says_what_was_measured(bench: Bench) -> None:
    await bench.begin()

    why = await bench.turned_back(await bench.deploy(shop.SLOW))

    assert 'Metric "latency" assessed Failed' in why


async def test_a_version_without_metrics_goes_home_for_no_data_is_not_success(bench: Bench) -> None:
    await bench.begin()

    why = await bench.turned_back(await bench.deploy(shop.SILENT))

    assert "assessed Error" in why
