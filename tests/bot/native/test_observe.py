import asyncio
from dataclasses import replace

import pytest

from bot.adapters.kubernetes import DEPLOYMENTS, INGRESSES
from bot.errors import LeadsmanError, NotConfigured, TemporaryError
from strategies.effects import CreateRoute
from strategies.model import Claim
from strategies.routers import nginx
from tests.bot.native.shop import (
    IMAGE,
    NAMESPACE,
    PATIENCE,
    RATIO,
    ROUTED,
    STABLE_LABELS,
    Shop,
    by_pods,
    by_weight,
    deployment,
)


async def test_a_target_is_seen_alike_from_the_watches_and_from_the_server(shop: Shop) -> None:
    await shop.playground.apply(*by_weight())
    await shop.performer.perform(CreateRoute("w", Claim("leadsman", "r1", 1)), ROUTED)
    kept = await shop.until(lambda seen: seen.stable.settled and seen.weight == 0, ROUTED)
    read = await shop.look(ROUTED)
    assert replace(kept, at=read.at) == read
    assert (read.stable.ready, read.stable.pods, read.stable.image) == (4, 4, f"{IMAGE}:v1")


async def test_a_look_from_the_watches_asks_the_server_nothing(shop: Shop) -> None:
    await shop.playground.apply(*by_pods())
    await shop.until(lambda seen: seen.stable.settled and seen.stable.ready == 4)
    before = len(shop.playground.requests)
    await shop.observer.observe(RATIO)
    assert len(shop.playground.requests) == before


async def test_what_does_not_exist_is_seen_as_nothing(shop: Shop) -> None:
    await shop.playground.apply(*by_pods())
    seen = await shop.look(replace(RATIO, workload="absent"))
    assert seen.stable.image is None
    assert seen.canary.image is None


async def test_only_those_are_woken_whom_an_event_concerns(shop: Shop) -> None:
    await shop.playground.apply(*by_pods(), deployment({"app": "cart"}, name="cart", replicas=1))
    await shop.until(lambda seen: seen.stable.settled and seen.stable.ready == 4)
    cart = replace(RATIO, workload="cart")
    await shop.until(lambda seen: seen.stable.settled and seen.stable.ready == 1, cart)
    woken: list[str] = []
    shop.observer.subscribe(woken.append)
    await shop.observer.follow("cart", cart)
    await shop.observer.follow("checkout", RATIO)
    shop.observer.unfollow("until")
    await shop.cluster.kubernetes.patch(
        DEPLOYMENTS, NAMESPACE, "cart", [{"op": "add", "path": "/spec/replicas", "value": 2}]
    )
    async with asyncio.timeout(PATIENCE):
        while (await shop.observer.observe(cart)).stable.ready < 2:
            await asyncio.wait_for(shop.woken.wait(), PATIENCE)
            shop.woken.clear()
    assert set(woken) == {"cart"}
    assert len(woken) > 2
    shop.observer.unfollow("cart")
    shop.observer.unfollow("cart")
    woken.clear()
    await shop.cluster.kubernetes.patch(
        DEPLOYMENTS, NAMESPACE, "cart", [{"op": "add", "path": "/spec/replicas", "value": 1}]
    )
    other = [{"op": "add", "path": "/metadata/labels/woken", "value": "yes"}]
    await shop.cluster.kubernetes.patch(DEPLOYMENTS, NAMESPACE, "checkout", other)
    shop.woken.clear()
    await asyncio.wait_for(shop.woken.wait(), PATIENCE)
    assert set(woken) == {"checkout"}


async def test_a_routed_target_is_woken_by_its_ingress(shop: Shop) -> None:
    await shop.playground.apply(*by_weight())
    await shop.observer.follow("checkout", ROUTED)
    await shop.until(lambda seen: seen.stable.settled and seen.stable.ready == 4, ROUTED)
    shop.observer.unfollow("until")
    shop.woken.clear()
    noted = [{"op": "add", "path": "/metadata/labels", "value": {"a": "b"}}]
    await shop.cluster.kubernetes.patch(INGRESSES, NAMESPACE, "checkout", noted)
    await asyncio.wait_for(shop.woken.wait(), PATIENCE)


async def test_a_cache_that_was_not_proven_lately_is_not_believed(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    await shop.playground.apply(*by_pods())
    await shop.until(lambda seen: seen.stable.settled and seen.stable.ready == 4)
    monkeypatch.setattr("bot.observe.OLDEST", -1.0)
    before = len(shop.playground.requests)
    seen = await shop.observer.observe(RATIO)
    assert seen.stable.ready == 4
    assert len(shop.playground.requests) > before


async def test_a_look_never_shows_less_than_an_earlier_one(shop: Shop) -> None:
    """A watch that lags would show our own write as undone, and somebody would be blamed for it."""
    await shop.playground.apply(*by_weight())
    claim = Claim("leadsman", "r1", 1)
    await shop.performer.perform(CreateRoute("w", claim), ROUTED)
    await shop.until(lambda seen: seen.stable.settled and seen.weight == 0, ROUTED)
    lagging = await shop.cluster.watches.ensure(INGRESSES, NAMESPACE)
    await lagging.stop()
    route = nginx.route_name("checkout", "checkout")
    weight = [{"op": "add", "path": "/metadata/annotations/nginx.ingress.kubernetes.io~1canary-weight", "value": "25"}]
    await shop.cluster.kubernetes.patch(INGRESSES, NAMESPACE, route, weight)

    assert (await shop.observer.observe(ROUTED)).weight == 0, "the watch is behind, and nobody knows better"
    assert (await shop.look(ROUTED)).weight == 25
    assert (await shop.observer.observe(ROUTED)).weight == 25

    caught_up = asyncio.Event()
    lagging.subscribe(lambda _change, _thing: caught_up.set())
    lagging.start()
    await asyncio.wait_for(caught_up.wait(), PATIENCE)
    before = len(shop.playground.requests)
    assert (await shop.observer.observe(ROUTED)).weight == 25
    assert len(shop.playground.requests) == before


async def test_a_cluster_that_cannot_be_reached_is_an_error_in_a_sentence(shop: Shop) -> None:
    await shop.playground.apply(*by_pods())
    await shop.playground.stop()
    with pytest.raises(TemporaryError, match="Cluster prod: cannot"):
        await shop.observer.observe(RATIO)
    with pytest.raises(LeadsmanError, match="Cluster prod: cannot"):
        await shop.observer.follow("checkout", replace(RATIO, namespace="other"))


async def test_a_cluster_that_nobody_configured_is_named_with_those_there_are(shop: Shop) -> None:
    with pytest.raises(NotConfigured, match="no cluster 'mars' in the configuration; it has: prod"):
        await shop.observer.observe(replace(RATIO, cluster="mars"))


async def test_pods_of_a_crashing_version_are_seen_with_their_reason(shop: Shop) -> None:
    await shop.playground.apply(*by_pods()[:2], deployment(STABLE_LABELS, tag="crash", replicas=1))
    seen = await shop.until(lambda seen: bool(seen.stable.problem))
    assert "CrashLoopBackOff" in seen.stable.problem
    assert (seen.stable.ready, seen.stable.settled) == (0, False)
