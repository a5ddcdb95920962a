"""Whole plans walked by the machine on real objects: what is seen decides, what is decided is written, until it ends."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.preflight import Inspector
from bot.starting import Request
from strategies.effects import effects
from strategies.events import Found, Observed, Preflighted
from strategies.machine import decide
from strategies.model import Actor, Native, Outcome, Revision, Rollout, Stage, Target, Walk
from strategies.steps import Plan, SetWeight
from tests.bot.native.shop import IMAGE, PATIENCE, RATIO, ROUTED, Shop, Thing, by_pods, by_weight

PLAN = Plan("canary", (SetWeight(25), SetWeight(50)))
IMPATIENT = replace(PLAN, progress_deadline=timedelta(seconds=60))


def _rollout(target: Target, tag: str, plan: Plan) -> Rollout:
    return Rollout(
        id="r1",
        instance="leadsman",
        app="checkout",
        environment="prod",
        candidate=Revision(tag, f"{IMAGE}:{tag}"),
        by=Actor("U1", "Ada"),
        created=datetime(2026, 11, 20, tzinfo=UTC),
        strategy="canary",
        walks=(Walk("w", target, Native(plan), Revision("", ""), 0),),
        stage=Stage.PREFLIGHT,
    )


async def _started(shop: Shop, target: Target, tag: str, plan: Plan = PLAN) -> Rollout:
    rollout = _rollout(target, tag, plan)
    request = Request("leadsman", "r1", "checkout", "prod", target, Native(plan), rollout.candidate)
    checked = await Inspector(shop.clusters, shop.clock).check(request)
    assert checked.problems == ()
    assert checked.base is not None
    assert checked.seen is not None
    found = Found("w", checked.base, checked.replicas, checked.seen)
    return decide(rollout, Preflighted(shop.clock.now(), (), (found,))).rollout


async def _walked(shop: Shop, rollout: Rollout, target: Target) -> Rollout:
    """Look, decide and write until the rollout has ended; woken by events, and now and then for the times that only pass."""
    awake = shop.clock.now()
    await shop.observer.follow("walk", target)
    async with asyncio.timeout(PATIENCE):
        while not rollout.is_final:
            shop.woken.clear()
            seen = await shop.observer.observe(target)
            at = shop.clock.now()
            rollout = decide(rollout, Observed(at, "w", seen, awake)).rollout
            for effect in effects(rollout, rollout.walks[0], seen, at):
                await shop.perform(effect, target)
            try:
                await asyncio.wait_for(shop.woken.wait(), 0.2)
            except TimeoutError:
                continue
    return rollout


def _served(shop: Shop, least: list[int]) -> None:
    """Note the smallest number of ready endpoints that the stable Service, or the only one, ever had."""

    def look(_change: str, kind: str, thing: Thing) -> None:
        if kind == "EndpointSlice" and thing["metadata"]["labels"].get("kubernetes.io/service-name") == "checkout":
            least.append(sum(1 for one in thing["endpoints"] or () if one["conditions"]["ready"]))

    shop.playground.subscribe(look)


@pytest.mark.parametrize("target", [RATIO, ROUTED], ids=["by pods", "by weight"])
async def test_a_good_version_goes_all_the_way_and_the_service_never_runs_short(shop: Shop, target: Target) -> None:
    await shop.playground.apply(*(by_weight() if target.router else by_pods()))
    await shop.until(lambda seen: seen.stable.settled and seen.stable.ready == 4, target)
    rollout = await _started(shop, target, "v2")
    least: list[int] = []
    _served(shop, least)
    rollout = await _walked(shop, rollout, target)
    assert rollout.outcome is Outcome.HEALTHY
    seen = await shop.look(target)
    assert (seen.stable.image, seen.stable.ready, seen.canary.pods) == (rollout.candidate.pinned, 4, 0)
    assert (seen.weight or 0) == 0
    assert seen.stable.claim is not None
    assert seen.stable.claim.rollout == ""
    if target.router is None:
        assert min(least) >= 3


@pytest.mark.parametrize("target", [RATIO, ROUTED], ids=["by pods", "by weight"])
@pytest.mark.parametrize("tag", ["crash", "missing"])
async def test_a_version_whose_pods_do_not_come_up_goes_home(shop: Shop, target: Target, tag: str) -> None:
    await shop.playground.apply(*(by_weight() if target.router else by_pods()))
    await shop.until(lambda seen: seen.stable.settled and seen.stable.ready == 4, target)
    rollout = await _walked(shop, await _started(shop, target, tag, IMPATIENT), target)
    assert rollout.outcome is Outcome.ROLLED_BACK
    assert "CrashLoopBackOff" in rollout.why or "ImagePullBackOff" in rollout.why
    seen = await shop.look(target)
    assert (seen.stable.image, seen.stable.ready, seen.stable.settled) == (f"{IMAGE}:v1", 4, True)
    assert (seen.canary.pods, seen.weight or 0) == (0, 0)


async def test_a_second_rollout_uses_the_canary_of_the_first(shop: Shop) -> None:
    await shop.playground.apply(*by_pods())
    await shop.until(lambda seen: seen.stable.settled and seen.stable.ready == 4)
    await _walked(shop, await _started(shop, RATIO, "v2"), RATIO)
    rollout = await _walked(shop, await _started(shop, RATIO, "v3"), RATIO)
    assert rollout.outcome is Outcome.HEALTHY
    assert (await shop.look()).stable.image == rollout.candidate.pinned
