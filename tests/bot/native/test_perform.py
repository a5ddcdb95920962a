"""Canaries driven by hand, effect by effect, through the real client against the playground's Kubernetes."""

from dataclasses import replace
from typing import Any

import pytest

from bot.adapters.kubernetes import DEPLOYMENTS
from bot.errors import NotFound, PermanentError, TemporaryError
from bot.playground.kubernetes import Fault
from strategies.effects import CreateCanary, CreateRoute, PatchRoute, PatchSide
from strategies.model import Claim, Side
from tests.bot.native.shop import (
    IMAGE,
    NAMESPACE,
    RATIO,
    ROUTED,
    Shop,
    by_pods,
    by_weight,
    deployment,
    ingress,
    service,
)

OURS = Claim("leadsman", "r1", 1)


def _patch(side: Side, tag: str, count: int, **more: Any) -> PatchSide:
    given: dict[str, Any] = {"expect_claim": OURS, "expect_image": f"{IMAGE}:{tag}", "expect_replicas": count}
    return PatchSide("w", side, **given | more)


async def _claimed(shop: Shop) -> None:
    """A workload at rest, claimed, with an empty canary of v2 beside it."""
    await shop.playground.apply(*by_pods())
    await shop.until(lambda seen: seen.stable.settled and seen.stable.ready == 4)
    claim = _patch(Side.STABLE, "v1", 4, expect_claim=None, claim=OURS, base=(f"{IMAGE}:v1", 4))
    assert (await shop.perform(claim)).applied
    assert (await shop.perform(CreateCanary("w", f"{IMAGE}:v2", OURS))).applied


async def test_a_whole_canary_by_pods_goes_up_over_and_home(shop: Shop) -> None:
    await _claimed(shop)
    seen = await shop.until(lambda seen: seen.canary.image is not None)
    assert (seen.canary.image, seen.canary.replicas, seen.canary.claim) == (f"{IMAGE}:v2", 0, OURS)
    assert (await shop.perform(_patch(Side.CANARY, "v2", 0, replicas=1))).applied
    seen = await shop.until(lambda seen: seen.canary.ready == 1)
    assert (seen.stable.ready, seen.weight) == (4, None)
    assert seen.canary.digests
    assert seen.canary.digests.isdisjoint(seen.stable.digests)
    assert seen.canary.template_hash not in ("", seen.stable.template_hash)
    raised = replace(OURS, fence=2)
    for side, image, replicas in ((Side.STABLE, "v1", 4), (Side.CANARY, "v2", 1)):
        assert (await shop.perform(_patch(side, image, replicas, claim=raised))).applied
    assert (await shop.perform(_patch(Side.CANARY, "v2", 1, expect_claim=raised, replicas=4))).applied
    await shop.until(lambda seen: seen.canary.ready == 4)
    assert (await shop.perform(_patch(Side.STABLE, "v1", 4, expect_claim=raised, replicas=0))).applied
    await shop.until(lambda seen: seen.stable.pods == 0)
    switched = _patch(Side.STABLE, "v1", 0, expect_claim=raised, image=f"{IMAGE}:v2", replicas=4)
    assert (await shop.perform(switched)).applied
    await shop.until(lambda seen: seen.stable.settled and seen.stable.ready == 4)
    assert (await shop.perform(_patch(Side.CANARY, "v2", 4, expect_claim=raised, replicas=0))).applied
    seen = await shop.until(lambda seen: seen.canary.pods == 0)
    assert (
        await shop.perform(_patch(Side.STABLE, "v2", 4, expect_claim=raised, claim=Claim("leadsman", "", 2)))
    ).applied
    left = shop.get("Deployment", "checkout")
    assert left["metadata"]["annotations"]["leadsman.dev/rollout"] == "leadsman//2"
    assert left["spec"]["template"]["spec"]["containers"][0] == {
        **left["spec"]["template"]["spec"]["containers"][0],
        "image": "mesh:1",
    }


async def test_the_service_reaches_both_sides_and_each_deployment_only_its_own_pods(shop: Shop) -> None:
    await _claimed(shop)
    await shop.perform(_patch(Side.CANARY, "v2", 0, replicas=2))
    seen = await shop.until(lambda seen: seen.canary.ready == 2)
    assert (seen.stable.pods, seen.canary.pods) == (4, 2)
    assert sorted(_reached(shop, "checkout")) == [f"{IMAGE}:v1"] * 4 + [f"{IMAGE}:v2"] * 2


def _reached(shop: Shop, name: str) -> list[str]:
    """The images behind a Service, as its EndpointSlices say."""
    pods = {pod["metadata"]["name"]: pod for pod in shop.playground.list("Pod", NAMESPACE)}
    slices = shop.playground.list("EndpointSlice", NAMESPACE)
    own = [each for each in slices if each["metadata"]["labels"]["kubernetes.io/service-name"] == name]
    ready = [one for each in own for one in each["endpoints"] or () if one["conditions"]["ready"]]
    return [pods[one["targetRef"]["name"]]["spec"]["containers"][1]["image"] for one in ready]


async def test_a_weighted_canary_moves_nginx_and_leaves_the_users_ingress_alone(shop: Shop) -> None:
    await shop.playground.apply(*by_weight())
    await shop.until(lambda seen: seen.stable.settled and seen.stable.ready == 4, ROUTED)
    before = shop.get("Ingress", "checkout")
    await shop.perform(_patch(Side.STABLE, "v1", 4, expect_claim=None, claim=OURS), ROUTED)
    assert (await shop.perform(CreateCanary("w", f"{IMAGE}:v2", OURS), ROUTED)).applied
    await shop.perform(_patch(Side.CANARY, "v2", 0, replicas=1), ROUTED)
    assert (await shop.perform(CreateRoute("w", OURS), ROUTED)).applied
    seen = await shop.until(lambda seen: seen.canary.ready == 1 and seen.weight is not None, ROUTED)
    assert (seen.weight, seen.router_claim) == (0, OURS)
    outcome = await shop.perform(PatchRoute("w", OURS, 0, weight=25), ROUTED)
    assert outcome.applied
    assert outcome.request == "patch ingresses.networking.k8s.io shop/checkout-checkout-canary: weight 25"
    await shop.until(lambda seen: seen.weight == 25, ROUTED)
    route = shop.get("Ingress", "checkout-checkout-canary")
    assert route["metadata"]["annotations"]["nginx.ingress.kubernetes.io/canary-weight"] == "25"
    assert sorted(_reached(shop, "checkout")) == [f"{IMAGE}:v1"] * 4
    assert _reached(shop, "checkout-canary") == [f"{IMAGE}:v2"]
    assert shop.get("Ingress", "checkout") == before


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("/spec/replicas", 5),
        ("/metadata/annotations/leadsman.dev~1rollout", "leadsman/r1/2"),
        ("/metadata/annotations/leadsman.dev~1rollout", "other/r9/7"),
    ],
)
async def test_a_patch_changes_nothing_when_somebody_else_wrote_in_between(
    shop: Shop, path: str, value: object
) -> None:
    await _claimed(shop)
    operations = [{"op": "add", "path": path, "value": value}]
    await shop.cluster.kubernetes.patch(DEPLOYMENTS, NAMESPACE, "checkout", operations)
    before = shop.get("Deployment", "checkout")["spec"]
    outcome = await shop.perform(_patch(Side.STABLE, "v1", 4, image=f"{IMAGE}:v9", replicas=1))
    assert not outcome.applied
    assert "looked at again" in outcome.sentence
    assert shop.get("Deployment", "checkout")["spec"] == before


async def test_an_image_that_is_not_the_one_seen_is_not_overwritten(shop: Shop) -> None:
    await _claimed(shop)
    outcome = await shop.perform(_patch(Side.STABLE, "v0", 4, image=f"{IMAGE}:v9"))
    assert not outcome.applied
    assert (await shop.look()).stable.image == f"{IMAGE}:v1"


async def test_the_same_write_twice_acts_once(shop: Shop) -> None:
    await _claimed(shop)
    effect = _patch(Side.CANARY, "v2", 0, replicas=1)
    assert (await shop.perform(effect)).applied
    assert not (await shop.perform(effect)).applied


async def test_a_write_whose_answer_was_lost_says_so_and_is_not_done_twice(shop: Shop) -> None:
    await _claimed(shop)
    effect = _patch(Side.CANARY, "v2", 0, replicas=1)
    shop.playground.faults.next(Fault.LOSE_ANSWER, verb="patch", resource="deployments")
    with pytest.raises(TemporaryError) as lost:
        await shop.perform(effect)
    assert lost.value.maybe_applied
    assert not (await shop.perform(effect)).applied
    await shop.until(lambda seen: seen.canary.ready == 1)


async def test_a_server_in_trouble_is_an_error_to_try_again(shop: Shop) -> None:
    await _claimed(shop)
    effect = _patch(Side.CANARY, "v2", 0, replicas=1)
    for fault in (Fault.TOO_MANY, Fault.UNAVAILABLE, Fault.CONFLICT):
        shop.playground.faults.next(fault, verb="patch", resource="deployments")
        with pytest.raises(TemporaryError, match="Cluster prod: cannot patch deployments"):
            await shop.perform(effect)
    assert (await shop.perform(effect)).applied


async def test_what_the_server_finds_invalid_is_an_error_for_a_person(shop: Shop) -> None:
    await _claimed(shop)
    with pytest.raises(PermanentError, match="cannot patch deployments"):
        await shop.perform(_patch(Side.STABLE, "v1", 4, replicas=-1))


async def test_a_weight_somebody_changed_is_not_moved_on_from(shop: Shop) -> None:
    await shop.playground.apply(*by_weight())
    assert (await shop.perform(CreateRoute("w", OURS), ROUTED)).applied
    assert not (await shop.perform(PatchRoute("w", OURS, 10, weight=20), ROUTED)).applied
    assert not (await shop.perform(PatchRoute("w", Claim("leadsman", "r1", 9), 0, weight=20), ROUTED)).applied
    assert (await shop.perform(PatchRoute("w", OURS, 0, weight=20), ROUTED)).applied


async def test_a_canary_of_ours_is_taken_over_and_somebody_elses_is_left_alone(shop: Shop) -> None:
    await _claimed(shop)
    again = await shop.perform(CreateCanary("w", f"{IMAGE}:v3", OURS))
    assert not again.applied
    assert "taken over" in again.sentence
    await shop.playground.apply(
        deployment({"app": "cart", "track": "stable"}, name="cart"), deployment({"app": "x"}, name="cart-canary")
    )
    await shop.playground.apply(service("cart", {"app": "cart"}))
    with pytest.raises(PermanentError, match="cart-canary is there already and was not made by Leadsman"):
        await shop.perform(CreateCanary("w", f"{IMAGE}:v3", OURS), replace(RATIO, workload="cart"))


async def test_an_empty_canary_takes_over_what_changed_in_the_stable_template(shop: Shop) -> None:
    await _claimed(shop)
    added = [{"op": "add", "path": "/spec/template/spec/containers/0/image", "value": "mesh:2"}]
    await shop.cluster.kubernetes.patch(DEPLOYMENTS, NAMESPACE, "checkout", added)
    assert (await shop.perform(_patch(Side.CANARY, "v2", 0, replicas=1))).applied
    template = shop.get("Deployment", "checkout-canary")["spec"]["template"]
    assert [one["image"] for one in template["spec"]["containers"]] == ["mesh:2", f"{IMAGE}:v2"]
    assert template["metadata"]["labels"]["track"] == "canary"


async def test_a_canary_that_cannot_be_told_apart_any_more_is_not_made_but_an_empty_one_may_fill(shop: Shop) -> None:
    await _claimed(shop)
    await shop.playground.apply(service("greedy", {"track": "stable"}))
    assert (await shop.perform(_patch(Side.CANARY, "v2", 0, replicas=1))).applied
    narrow = [service("cart", {"app": "cart"}), deployment({"app": "cart"}, name="cart")]
    await shop.playground.apply(*narrow)
    with pytest.raises(PermanentError, match="selects its pods only by labels"):
        await shop.perform(CreateCanary("w", f"{IMAGE}:v2", OURS), replace(RATIO, workload="cart"))


async def test_what_is_not_there_any_more_is_said(shop: Shop) -> None:
    await shop.playground.apply(*by_pods())
    assert "is gone" in (await shop.perform(_patch(Side.CANARY, "v2", 0, replicas=1))).sentence
    assert "is gone" in (await shop.perform(PatchRoute("w", OURS, 0, weight=1), ROUTED)).sentence
    with pytest.raises(NotFound, match="There is no Ingress shop/checkout"):
        await shop.perform(CreateRoute("w", OURS), ROUTED)
    with pytest.raises(NotFound, match="There is no Deployment shop/absent"):
        await shop.perform(CreateCanary("w", f"{IMAGE}:v2", OURS), replace(RATIO, workload="absent"))
    with pytest.raises(PermanentError, match="has no container api any more"):
        await shop.perform(_patch(Side.STABLE, "v1", 4, expect_claim=None, replicas=5), replace(RATIO, container="api"))
    with pytest.raises(PermanentError, match="has no router"):
        await shop.perform(CreateRoute("w", OURS), RATIO)


async def test_a_second_canary_for_the_same_rule_is_not_made(shop: Shop) -> None:
    await shop.playground.apply(*by_weight())
    theirs = ingress("theirs", "other", **{"nginx.ingress.kubernetes.io/canary": "true"})
    await shop.playground.apply(theirs)
    with pytest.raises(PermanentError, match="Ingress theirs is already a canary for"):
        await shop.perform(CreateRoute("w", OURS), ROUTED)
