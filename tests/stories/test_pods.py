"""Pods that do not come up: the rollout turns back within its deadline and says which trouble it was."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.playground import shop
from bot.playground.kubernetes import Behaviour
from tests.stories.bench import GATE, Bench, Thing, opened, weight

STEPS = (weight(20), GATE, weight(50))
IMPATIENT: Thing = {"progressDeadlineSeconds": 600}
BROKEN = {
    "missing": Behaviour(outcome="image-pull-backoff"),
    "lazy": Behaviour(outcome="never-ready"),
}


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    broken = {f"{shop.IMAGE}:{version}": behaviour for version, behaviour in BROKEN.items()}
    async with opened(tmp_path, behaviours=broken) as found:
        yield found


@pytest.mark.parametrize(
    ("version", "sentence"),
    [
        (shop.CRASHING, "CrashLoopBackOff: container web ended with exit code 1"),
        ("missing", "ImagePullBackOff: container web cannot start"),
        ("lazy", "did not become ready in time"),
    ],
)
async def test_a_version_whose_pods_do_not_come_up_goes_home(bench: Bench, version: str, sentence: str) -> None:
    await bench.begin(STEPS, **IMPATIENT)

    assert sentence in await bench.turned_back(await bench.deploy(version))
    assert await bench.weights() <= {0}


async def test_a_cluster_without_room_turns_the_rollout_back_and_says_so(bench: Bench) -> None:
    await bench.begin(STEPS, **IMPATIENT)
    bench.cluster.capacity = 10

    assert "Unschedulable: no node takes the pod" in await bench.turned_back(await bench.deploy())


async def test_a_quota_turns_the_rollout_back_and_says_so(bench: Bench) -> None:
    quota = {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "pods", "namespace": shop.NAMESPACE},
        "spec": {"hard": {"pods": "10"}},
    }
    await bench.cluster.apply(quota)
    await bench.begin(STEPS, **IMPATIENT)

    why = await bench.turned_back(await bench.deploy())

    assert "exceeded quota" in why


async def test_a_canary_that_loses_its_pods_gives_its_traffic_back_at_once(bench: Bench) -> None:
    await bench.begin(STEPS)
    rollout = await bench.deploy()
    await bench.asked(rollout)
    assert bench.weight() == 20

    bench.cluster.capacity = 0
    await bench.delete_pods("checkout-canary")

    await bench.until_so(lambda: bench.weight() == 0)
    bench.cluster.capacity = None
    await bench.until_so(lambda: bench.weight() == 20)
    await bench.abort(rollout)
