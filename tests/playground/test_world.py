"""What joins the playground's worlds: the requests go where the objects send them, and the metrics follow."""

from collections.abc import AsyncIterator

import pytest

from bot.playground import shop
from bot.playground.clock import PlaygroundClock
from bot.playground.world import Playground


@pytest.fixture
async def playground() -> AsyncIterator[Playground]:
    made = Playground(PlaygroundClock(100), scopes=(), commands=(), pod_seconds=1)
    await made.start()
    yield made
    await made.stop()


def _canary_route(weight: str) -> dict[str, object]:
    main = next(one for one in shop.objects() if one["kind"] == "Ingress")
    rules = main["spec"]["rules"][0]["http"]["paths"][0]
    path = {**rules, "backend": {"service": {"name": "checkout-canary", "port": {"name": "http"}}}}
    annotations = {"nginx.ingress.kubernetes.io/canary": "true", "nginx.ingress.kubernetes.io/canary-weight": weight}
    return {
        **main,
        "metadata": {"name": "checkout-canary", "namespace": shop.NAMESPACE, "annotations": annotations},
        "spec": {**main["spec"], "rules": [{"host": shop.HOST, "http": {"paths": [path]}}]},
    }


async def test_before_any_rollout_the_running_version_serves_everything(playground: Playground) -> None:
    (backend,) = playground.traffic()

    assert (backend.version, backend.share, backend.ready, backend.track) == (shop.RUNNING, 1.0, 10, "stable")


async def test_a_weight_without_canary_pods_fails_its_part_of_the_requests(playground: Playground) -> None:
    await playground.cluster.apply(_canary_route("25"))

    shares = {(one.service, one.ready): one.share for one in playground.traffic()}

    assert shares == {("checkout", 10): 0.75, ("checkout-canary", 0): 0.25}
