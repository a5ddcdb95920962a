"""Somebody else writes what a rollout is moving: it is noticed, told, and repaired or held, and the way home stays open."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.playground import shop
from strategies.events import Resume
from strategies.model import HoldKind
from tests.stories.bench import ALICE, GATE, Bench, Thing, opened, pause, weight

STEPS = (weight(20), GATE, weight(50), pause("20s"))


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    """Slower than other stories, for repairs are counted over ten minutes, however busy the machine is."""
    async with opened(tmp_path, speed=10) as found:
        yield found


async def _waiting(bench: Bench) -> str:
    """A rollout that waits for approval at 20%."""
    await bench.begin(STEPS)
    rollout = await bench.deploy()
    await bench.asked(rollout)
    return rollout


async def test_a_scaled_deployment_is_scaled_back_and_told(bench: Bench) -> None:
    rollout = await _waiting(bench)

    await bench.scale("checkout", 3)
    await bench.heard(rollout, "repaired")

    assert (await bench.facts(rollout, "foreign-write"))[0]["manager"] == "kubectl-edit"
    await bench.approve(rollout)
    await bench.live_with(rollout)
    assert bench.serving() == (shop.GOOD, 10, 0, 0)


async def test_an_edited_weight_is_put_back_and_told(bench: Bench) -> None:
    rollout = await _waiting(bench)

    await bench.set_weight(90)
    await bench.heard(rollout, "repaired")

    await bench.until_so(lambda: bench.weight() == 20)
    await bench.approve(rollout)
    await bench.live_with(rollout)


async def test_a_canary_that_somebody_deletes_is_made_again(bench: Bench) -> None:
    rollout = await _waiting(bench)

    await bench.kubectl("DELETE", "deployments", "checkout-canary")
    await bench.heard(rollout, "repaired")

    await bench.approve(rollout)
    await bench.live_with(rollout)
    assert bench.serving() == (shop.GOOD, 10, 0, 0)


async def test_a_canary_route_that_somebody_deletes_is_made_again(bench: Bench) -> None:
    rollout = await _waiting(bench)

    await bench.kubectl("DELETE", "ingresses", bench.route())
    await bench.heard(rollout, "repaired")

    await bench.until_so(lambda: bench.weight() == 20)
    await bench.approve(rollout)
    await bench.live_with(rollout)


@pytest.mark.parametrize("version", ["v1.4.9", shop.GOOD])
async def test_an_image_that_somebody_sets_is_never_overwritten_without_asking(bench: Bench, version: str) -> None:
    rollout = await _waiting(bench)

    await bench.set_image("checkout", f"{shop.IMAGE}:{version}")
    reason = await bench.held(rollout)

    assert reason == f"somebody set the Deployment's image to {shop.IMAGE}:{version}"
    assert bench.serving()[0] == version
    await bench.abort(rollout)
    assert bench.serving() == (shop.RUNNING, 10, 0, 0)


async def test_after_a_foreign_image_resume_goes_on_with_it_as_it_is(bench: Bench) -> None:
    rollout = await _waiting(bench)
    await bench.set_image("checkout", f"{shop.IMAGE}:v1.4.9")
    await bench.held(rollout)

    await bench.act(rollout, lambda at: Resume(at, ALICE))
    await bench.approve(rollout)
    await bench.at_step(rollout, 3)
    assert bench.serving()[0] == "v1.4.9"

    await bench.live_with(rollout)
    assert bench.serving() == (shop.GOOD, 10, 0, 0)


async def test_whoever_keeps_changing_it_is_not_fought_for_ever(bench: Bench) -> None:
    rollout = await _waiting(bench)

    for times in range(1, 5):
        await bench.until(rollout, lambda one: one.walks[0].converged)
        await bench.scale("checkout", 3)
        await bench.heard(rollout, "foreign-write", times)

    found = await bench.until(rollout, lambda one: bool(one.holds))
    assert found.holds[0].kind is HoldKind.FOREIGN
    assert "somebody keeps changing this" in found.holds[0].reason
    assert bench.thing("Deployment", "checkout")["spec"]["replicas"] == 3


async def test_a_tag_that_is_pushed_again_is_held_and_voids_the_approval(bench: Bench) -> None:
    rollout = await _waiting(bench)
    ask = await bench.asked(rollout)

    bench.cluster.push(f"{shop.IMAGE}:{shop.GOOD}", digest="sha256:" + "e" * 64)
    await bench.delete_pods("checkout-canary")
    reason = await bench.held(rollout)

    assert "was pushed again" in reason
    held = (await bench.saved(rollout)).rollout.ask(ask.id)
    assert held is not None
    assert not held.is_open
    await bench.abort(rollout)
    assert bench.serving() == (shop.RUNNING, 10, 0, 0)


@pytest.mark.parametrize("of", ["Deployment", "Ingress"])
async def test_a_controller_that_undoes_every_write_at_once_is_not_fought_for_ever(bench: Bench, of: str) -> None:
    await bench.begin(STEPS)
    keeper = bench.keep_empty(of)

    rollout = await bench.deploy()
    reason = await bench.held(rollout)

    assert "somebody keeps changing this" in reason
    assert len(bench.writes()) < 40
    keeper()
    await bench.act(rollout, lambda at: Resume(at, ALICE))
    await bench.approve(rollout)
    await bench.live_with(rollout)


@pytest.mark.parametrize(
    ("service", "selector", "sentence"),
    [
        ("checkout", {"track": None}, "Service checkout selects the pods of both sides"),
        ("checkout-canary", {"track": "blue"}, "Service checkout-canary does not select the canary pods any more"),
    ],
)
async def test_no_traffic_moves_while_a_service_reaches_the_wrong_pods(
    bench: Bench, service: str, selector: Thing, sentence: str
) -> None:
    rollout = await _waiting(bench)
    before = bench.thing("Service", service)["spec"]["selector"]

    await bench.kubectl("PATCH", "services", service, {"spec": {"selector": selector}})
    await bench.approve(rollout)

    assert await bench.held(rollout) == sentence
    assert bench.weight() == 20
    await bench.kubectl("PATCH", "services", service, {"spec": {"selector": before}})
    await bench.act(rollout, lambda at: Resume(at, ALICE))
    await bench.live_with(rollout)
