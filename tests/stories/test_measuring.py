"""Analyses on whole rollouts: numbers decide, and no numbers never mean yes."""

from datetime import timedelta
from itertools import pairwise

from bot.evidence import Evidence
from bot.playground import shop
from bot.playground.prometheus import Scenario, VersionHealth
from strategies.events import Approve, MeasureAgain
from strategies.model import AskKind
from tests.stories.bench import BOB, GOOD_SHARE, Bench, analysis, measuring, pause, template, weight


async def test_a_good_version_passes_both_analyses_at_both_weights_and_goes_live(bench: Bench) -> None:
    await bench.begin()
    rollout = await bench.deploy()

    await bench.approve(rollout)
    ended = await bench.live_with(rollout)

    assert bench.serving() == (shop.GOOD, 10, 0, 0)
    assert [one["weight"] for one in await bench.facts(rollout, "analysis-passed")] == [10, 50]
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


async def test_a_version_that_fails_only_under_more_traffic_is_found_there(bench: Bench) -> None:
    tired = VersionHealth(beyond_share=0.3, beyond=VersionHealth(success_rate=0.9))
    bench.prometheus.scenario = Scenario({**shop.VERSIONS, shop.GOOD: tired}, requests_per_second=60)
    await bench.begin()
    rollout = await bench.deploy()
    await bench.approve(rollout)

    why = await bench.turned_back(rollout)

    assert 'Metric "success" assessed Failed' in why
    assert [one["weight"] for one in await bench.facts(rollout, "analysis-passed")] == [10]


async def test_no_measurement_looks_back_before_its_weight_was_in_place(bench: Bench) -> None:
    await bench.begin()
    rollout = await bench.deploy()
    await bench.approve(rollout)
    ended = await bench.live_with(rollout)

    assert len(ended.activities) == 2
    for activity in ended.activities:
        for metric in activity.run.metrics:
            assert len(metric.measurements) == 3
            assert all(one.started_at - timedelta(seconds=30) >= activity.since for one in metric.measurements)


async def test_a_background_analysis_begins_at_its_step_and_must_prove_every_weight(bench: Bench) -> None:
    endless = template("success", GOOD_SHARE, "result[0] >= 0.99", count=0)
    background = {**measuring("success"), "startingStep": 1}
    await bench.begin((weight(10), pause("5s"), weight(30), weight(60)), (endless,), background=background)
    rollout = await bench.deploy()
    ended = await bench.live_with(rollout)

    kinds = [one.kind for one in await bench.audit(rollout) if one.kind in ("weight", "measured", "promoting")]
    assert kinds[0] == "weight"
    moves = [at for at, kind in enumerate(kinds) if kind in ("weight", "promoting")]
    assert len(moves) == 4
    assert all("measured" in kinds[before:after] for before, after in pairwise(moves))
    assert ended.activities[0].step is None


async def test_a_background_analysis_that_fails_turns_back_in_the_middle_of_a_pause(bench: Bench) -> None:
    endless = template("success", GOOD_SHARE, "result[0] >= 0.99", count=0)
    await bench.begin((weight(10), pause("1h")), (endless,), background=measuring("success"))

    assert "assessed Failed" in await bench.turned_back(await bench.deploy(shop.FAILING))


UNCLEAR = template("success", GOOD_SHARE, "result[0] >= 0.99", failureCondition="result[0] < 0.5")


async def test_an_unclear_result_is_asked_and_accepted_only_with_a_reason(bench: Bench) -> None:
    await bench.begin((weight(10), analysis("success")), (UNCLEAR,))
    rollout = await bench.deploy(shop.FAILING)
    ask = await bench.asked(rollout)
    assert ask.kind is AskKind.INCONCLUSIVE

    silent = await bench.core.engine.act(rollout, lambda at: Approve(at, BOB, ask.id))
    assert silent.refusal is not None
    await bench.act(rollout, lambda at: Approve(at, BOB, ask.id, "known noise of the batch job"))

    await bench.live_with(rollout)


async def test_an_unclear_result_is_measured_again_until_it_is_clear(bench: Bench) -> None:
    await bench.begin((weight(10), analysis("success")), (UNCLEAR,))
    rollout = await bench.deploy(shop.FAILING)
    await bench.asked(rollout)
    mended = {**shop.VERSIONS, shop.FAILING: VersionHealth()}
    bench.prometheus.scenario = Scenario(mended, requests_per_second=60)

    while open_ask := next((one for one in (await bench.asked_or_ended(rollout)).asks if one.is_open), None):
        await bench.act(rollout, lambda at, ask=open_ask: MeasureAgain(at, BOB, ask.id))

    await bench.live_with(rollout)
    assert await bench.facts(rollout, "analysis-again")


async def test_the_chart_of_a_failure_draws_both_versions_with_the_limit_and_what_was_before(bench: Bench) -> None:
    await bench.begin()
    rollout = await bench.deploy(shop.FAILING)
    await bench.turned_back(rollout)
    found = (await bench.saved(rollout)).rollout

    chart = await Evidence(bench.core.meter, bench.core.store).chart(found, found.activities[0], bench.clock.now())

    assert chart is not None
    assert chart.canary is not None
    assert chart.stable is not None
    assert (chart.metric, chart.canary.label, chart.stable.label) == ("success", shop.FAILING, shop.RUNNING)
    assert [limit.value for limit in chart.limits] == [0.99]
    assert min(point.minute for point in chart.stable.points) < -1
    assert min(point.value for point in chart.canary.points) < 0.99 < min(p.value for p in chart.stable.points)
    assert [step.label for step in chart.steps] == ["10%", "back"]
