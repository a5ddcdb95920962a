"""A plain Deployment without a router: pods are the traffic, and the shares that people see are real."""

import pytest

from bot.playground import shop
from strategies.events import Promote
from tests.stories.bench import ALICE, GATE, SUCCESS, Bench, analysis, weight

EVERY_POD = {"spec": {"selector": {"track": None}}}


@pytest.fixture(autouse=True)
async def one_service_for_both_sides(bench: Bench) -> None:
    """The Service selects on `app` alone, as plain Deployments have it."""
    await bench.kubectl("PATCH", "services", "checkout", EVERY_POD)


async def test_a_good_version_goes_live_by_numbers_of_pods(bench: Bench) -> None:
    steps = (weight(20), analysis("success"), GATE, weight(50), {"pause": {}})
    await bench.begin(steps, (SUCCESS,), traffic=None)
    rollout = await bench.deploy()

    await bench.approve(rollout)
    await bench.at_step(rollout, 4)
    seen = await bench.seen(rollout)
    assert (seen.stable.ready, seen.canary.ready) == (5, 5)
    await bench.act(rollout, lambda at: Promote(at, ALICE))
    await bench.live_with(rollout)

    assert bench.serving() == (shop.GOOD, 10, 0, 0)
    assert [(one["weight"], one["share"]) for one in await bench.facts(rollout, "weight")] == [(20, 20), (50, 50)]
    assert bench.cluster.list("Ingress", shop.NAMESPACE)[1:] == []


async def test_a_bad_version_is_found_by_its_own_pods_and_goes_home(bench: Bench) -> None:
    await bench.begin((weight(20), analysis("success")), (SUCCESS,), traffic=None)

    assert 'Metric "success" assessed Failed' in await bench.turned_back(await bench.deploy(shop.FAILING))


async def test_a_plan_whose_real_shares_are_far_off_is_refused(bench: Bench) -> None:
    await bench.scale("checkout", 2)
    await bench.begin((weight(10), GATE, weight(50)), traffic=None)
    await bench.until_so(lambda: bench.serving()[1] == 2)

    sentence = await bench.refused()

    assert "10% would really be" in sentence
    assert "acceptCoarse: true" in sentence


async def test_a_coarse_plan_starts_where_it_is_accepted_and_shows_what_is_real(bench: Bench) -> None:
    await bench.scale("checkout", 2)
    await bench.begin((weight(10), GATE, weight(50)), traffic=None, acceptCoarse=True)
    await bench.until_so(lambda: bench.serving()[1] == 2)
    rollout = await bench.deploy()

    await bench.approve(rollout)
    await bench.live_with(rollout)

    first = (await bench.facts(rollout, "weight"))[0]
    assert first["weight"] == 10
    assert first["share"] in (33, 50)
