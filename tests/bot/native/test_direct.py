"""Bringing a Deployment home with a kubeconfig alone, from several places where a rollout may have been left."""

import asyncio
from typing import Any

import pytest

from bot.adapters.kubernetes import DEPLOYMENTS
from bot.direct import bring_home
from bot.errors import PermanentError
from bot.playground.kubernetes import Fault
from strategies.effects import CreateCanary, CreateRoute, PatchRoute, PatchSide
from strategies.model import Claim, Side, Target
from tests.bot.native.shop import IMAGE, RATIO, ROUTED, Shop, by_pods, by_weight

OURS = Claim("gone", "r7", 3)


def _patch(side: Side, tag: str, count: int, **more: Any) -> PatchSide:
    given: dict[str, Any] = {"expect_claim": OURS, "expect_image": f"{IMAGE}:{tag}", "expect_replicas": count}
    return PatchSide("w", side, **given | more)


async def _under_way(shop: Shop, target: Target, base: str = f"{IMAGE}:v1") -> None:
    """A canary of v2 with two ready pods, left by a bot that is gone."""
    await shop.playground.apply(*(by_weight() if target.router else by_pods()))
    await shop.until(lambda seen: seen.stable.settled and seen.stable.ready == 4, target)
    await shop.perform(_patch(Side.STABLE, "v1", 4, expect_claim=None, claim=OURS, base=(base, 4)), target)
    await shop.perform(CreateCanary("w", f"{IMAGE}:v2", OURS), target)
    await shop.perform(_patch(Side.CANARY, "v2", 0, replicas=2), target)
    await shop.until(lambda seen: seen.canary.ready == 2, target)


async def _home(shop: Shop, target: Target) -> list[str]:
    lines: list[str] = []
    await bring_home(target, shop.clusters, shop.clock, lines.append)
    seen = await shop.look(target)
    assert (seen.stable.image, seen.stable.replicas, seen.stable.settled) == (f"{IMAGE}:v1", 4, True)
    assert (seen.canary.pods, seen.weight or 0) == (0, 0)
    assert seen.stable.claim is not None
    assert seen.stable.claim.rollout == ""
    assert seen.stable.claim.fence > OURS.fence
    return lines


async def test_a_canary_by_pods_is_brought_home(shop: Shop) -> None:
    await _under_way(shop, RATIO)
    await shop.perform(_patch(Side.STABLE, "v1", 4, replicas=2))
    lines = await _home(shop, RATIO)
    assert lines[0] == f"Bringing shop/checkout home to {IMAGE}:v1, claimed by rollout r7."
    assert lines[-1] == f"shop/checkout runs {IMAGE}:v1 again; the claim is given back."
    assert any(line.startswith("patch deployments.apps shop/checkout-canary") for line in lines)


async def test_a_base_noted_with_its_digest_is_the_base_that_runs(shop: Shop) -> None:
    await _under_way(shop, RATIO, f"{IMAGE}:v1@sha256:{'a' * 64}")
    lines = await _home(shop, RATIO)
    assert not any(", image " in line or ": image " in line for line in lines)


async def test_traffic_leaves_the_canary_before_its_pods_go(shop: Shop) -> None:
    await _under_way(shop, ROUTED)
    await shop.perform(CreateRoute("w", OURS), ROUTED)
    await shop.perform(PatchRoute("w", OURS, 0, weight=40), ROUTED)
    lines = await _home(shop, ROUTED)
    away = next(at for at, line in enumerate(lines) if "weight 0" in line and line.startswith("patch ingresses"))
    gone = next(at for at, line in enumerate(lines) if "checkout-canary: " in line and "replicas 0" in line)
    assert away < gone


async def test_a_half_done_promotion_by_pods_is_brought_home(shop: Shop) -> None:
    await _under_way(shop, RATIO)
    await shop.perform(_patch(Side.CANARY, "v2", 2, replicas=4))
    await shop.until(lambda seen: seen.canary.ready == 4)
    await shop.perform(_patch(Side.STABLE, "v1", 4, replicas=0))
    await shop.until(lambda seen: seen.stable.pods == 0)
    await shop.perform(_patch(Side.STABLE, "v1", 0, image=f"{IMAGE}:v2", replicas=2))
    await shop.until(lambda seen: seen.stable.ready == 2)
    await _home(shop, RATIO)


async def test_a_deployment_that_is_home_already_only_gives_its_claim_back(shop: Shop) -> None:
    await shop.playground.apply(*by_pods())
    await shop.until(lambda seen: seen.stable.settled and seen.stable.ready == 4)
    await shop.perform(_patch(Side.STABLE, "v1", 4, expect_claim=None, claim=OURS, base=(f"{IMAGE}:v1", 4)))
    await _home(shop, RATIO)


@pytest.mark.parametrize(
    ("annotations", "expected"),
    [
        ({}, "is held by no rollout: there is nothing to bring home"),
        ({"leadsman.dev/rollout": "gone//3"}, "is held by no rollout"),
        ({"leadsman.dev/rollout": "what"}, "a claim that cannot be read"),
        ({"leadsman.dev/rollout": "gone/r7/3"}, "does not say what ran before"),
    ],
)
async def test_what_cannot_be_brought_home_is_said_before_anything_is_touched(
    shop: Shop, annotations: dict[str, str], expected: str
) -> None:
    *around, stable = by_pods()
    stable["metadata"]["annotations"] = annotations
    await shop.playground.apply(*around, stable)
    with pytest.raises(PermanentError, match=expected):
        await bring_home(RATIO, shop.clusters, shop.clock, lambda _line: None)


async def test_a_deployment_that_is_not_there_is_named(shop: Shop) -> None:
    await shop.playground.apply(by_pods()[0])
    with pytest.raises(PermanentError, match="There is no Deployment shop/checkout in cluster prod"):
        await bring_home(RATIO, shop.clusters, shop.clock, lambda _line: None)


async def test_an_outage_on_the_way_is_told_and_waited_for(shop: Shop) -> None:
    await _under_way(shop, RATIO)
    shop.playground.faults.next(Fault.UNAVAILABLE, verb="patch", resource="deployments", times=2)
    shop.playground.faults.next(Fault.LOSE_ANSWER, verb="patch", resource="deployments")
    lines = await _home(shop, RATIO)
    assert any("HTTP 503" in line for line in lines)


async def test_somebody_else_who_claims_it_meanwhile_stops_us(shop: Shop) -> None:
    await _under_way(shop, RATIO)
    stolen = [{"op": "add", "path": "/metadata/annotations/leadsman.dev~1rollout", "value": "other/r9/99"}]
    lines: list[str] = []

    async def steal() -> None:
        await shop.until(lambda seen: seen.stable.claim is not None and seen.stable.claim.fence > OURS.fence)
        await shop.cluster.kubernetes.patch(DEPLOYMENTS, "shop", "checkout", stolen)

    shop.playground.capacity = 0
    theft = asyncio.create_task(steal())
    await shop.perform(_patch(Side.STABLE, "v1", 4, replicas=2))
    with pytest.raises(PermanentError, match="Stopped: other has claimed the Deployment"):
        await bring_home(RATIO, shop.clusters, shop.clock, lines.append)
    await theft
