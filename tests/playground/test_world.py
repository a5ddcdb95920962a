"""What joins the playground's worlds: the requests go where the objects send them, and the metrics follow."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.playground import shop
from bot.playground.argo_shop import BLUE_GREEN, CANARY, PREVIEW_HOST
from bot.playground.clock import StoryClock
from bot.playground.prometheus import Fault
from bot.playground.shop import Shop
from bot.playground.world import Playground


@pytest.fixture
async def playground() -> AsyncIterator[Playground]:
    made = Playground(StoryClock(100), scopes=(), commands=(), pod_seconds=1)
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


@pytest.mark.parametrize("run", [CANARY, BLUE_GREEN])
async def test_a_shop_run_by_argo_is_measured_by_the_template_hash_of_its_rollout(run: Shop) -> None:
    made = Playground(StoryClock(100), scopes=(), commands=(), pod_seconds=1, run=run)
    try:
        await made.start()
        rollout = made.cluster.get("Rollout", shop.NAMESPACE, "checkout")
        assert rollout is not None
        serving = {(one.template_hash, one.version, one.ready) for one in made.traffic() if one.share}
        assert serving == {(rollout["status"]["stableRS"], shop.RUNNING, 10)}
        assert sum(one.share for one in made.traffic()) == pytest.approx(1)
        hosts = {one.host: one.share for one in made.traffic() if one.share}
        assert hosts.get(PREVIEW_HOST, 0) == (0.05 if run is BLUE_GREEN else 0), "the team tries the preview itself"
    finally:
        await made.stop()


@pytest.mark.parametrize(
    ("fault", "verdict", "message"),
    [
        (None, "Failed", 'Metric "success-rate" assessed Failed due to failed (3) > failureLimit (2)'),
        (Fault.UNAVAILABLE, "Error", "server_error: server error: 503"),
        (Fault.HANG, "Error", "context deadline exceeded"),
    ],
)
async def test_an_analysis_run_measures_the_playgrounds_own_prometheus(
    fault: Fault | None, verdict: str, message: str
) -> None:
    made = Playground(StoryClock(400), scopes=(), commands=(), pod_seconds=1, run=CANARY)
    try:
        await made.start()
        made.prometheus.fault = fault
        await made.cluster.apply(asked_for(made, shop.FAILING))
        status = (await over(made))["status"]
        assert (status["phase"], message in status["message"]) == (verdict, True), status
    finally:
        await made.stop()


def asked_for(playground: Playground, version: str) -> dict[str, Any]:
    """The Rollout with another version."""
    rollout = playground.cluster.get("Rollout", shop.NAMESPACE, "checkout")
    assert rollout is not None
    rollout["spec"]["template"]["spec"]["containers"][0]["image"] = f"{shop.IMAGE}:{version}"
    return rollout


async def over(playground: Playground) -> dict[str, Any]:
    """The AnalysisRun, once it has ended."""
    changed = asyncio.Event()
    stop = playground.cluster.subscribe(lambda *_: changed.set())
    try:
        async with asyncio.timeout(120):
            while True:
                changed.clear()
                for run in playground.cluster.list("AnalysisRun", shop.NAMESPACE):
                    if run.get("status", {}).get("completedAt"):
                        return run
                await changed.wait()
    finally:
        stop()


async def test_a_weight_without_canary_pods_fails_its_part_of_the_requests(playground: Playground) -> None:
    await playground.cluster.apply(_canary_route("25"))

    shares = {(one.service, one.ready): one.share for one in playground.traffic()}

    assert shares == {("checkout", 10): 0.75, ("checkout-canary", 0): 0.25}
