"""The cluster of these tests with a Rollout in it, walked by the playground's Rollouts controller."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bot.playground import argo_shop, shop
from tests.survival.world import PATIENCE, PROGRESS, REPLICAS, UNANSWERED, World, annotations, image

Thing = dict[str, Any]

APP = "argo"
"""The app and its namespace."""

_LABELS = {"app": "checkout"}
_HASH = "rollouts-pod-template-hash"

CANARY: Thing = {
    "canary": {"steps": [{"setWeight": 25}, {"pause": {}}, {"setWeight": 50}, {"pause": {"duration": "5s"}}]}
}
BLUE_GREEN: Thing = {
    "blueGreen": {
        "activeService": "checkout",
        "previewService": "checkout-preview",
        "autoPromotionEnabled": False,
        "prePromotionAnalysis": {"templates": [{"templateName": "preview"}]},
        "postPromotionAnalysis": {"templates": [{"templateName": "live"}]},
    }
}
"""Looked at as a preview, switched when somebody says so, and looked at again."""


async def open_rollout(world: World, strategy: Thing = CANARY) -> None:
    """Let the shop be there as a Rollout without a router, with all its pods ready, and measured well."""
    thing = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Rollout",
        "metadata": {"name": "checkout", "namespace": APP},
        "spec": {
            "replicas": REPLICAS,
            "progressDeadlineSeconds": PROGRESS,
            "selector": {"matchLabels": _LABELS},
            "strategy": strategy,
            "template": shop.template(_LABELS),
        },
    }
    world.values = {"preview": 1.0, "live": 1.0}
    await world.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": APP}}, *_parts(strategy), thing)
    await until(world, lambda: rollout(world).get("status", {}).get("phase") == "Healthy")


def _parts(strategy: Thing) -> list[Thing]:
    """What a strategy names."""
    services = [shop.service(name, _LABELS) for name in ("checkout", "checkout-preview")]
    parts = [*services, _template("preview"), _template("live")] if "blueGreen" in strategy else []
    for part in parts:
        part["metadata"]["namespace"] = APP
    return parts


def _template(name: str) -> Thing:
    """An AnalysisTemplate whose query is its own name, measured twice."""
    metric = {
        "name": name,
        "interval": "5s",
        "count": 2,
        "successCondition": "result[0] >= 0.99",
        "provider": {"prometheus": {"query": name}},
    }
    about = {"apiVersion": "argoproj.io/v1alpha1", "kind": "AnalysisTemplate", "metadata": {"name": name}}
    return {**about, "spec": {"metrics": [metric]}}


def configure(folder: Path) -> None:
    """Write Leadsman's configuration for it into an installation's folder. Its questions stay open however long the deaths take."""
    written = argo_shop.configuration("http://127.0.0.1:1")
    for old, new in {
        "  checkout:\n": f"  {APP}:\n",
        f"namespace: {shop.NAMESPACE}": f"namespace: {APP}",
        "deadline: 4h": f"deadline: {UNANSWERED}",
    }.items():
        assert old in written
        written = written.replace(old, new)
    (folder / "leadsman.yaml").write_text(written)


async def until(world: World, holds: Callable[[], bool]) -> None:
    """Return as soon as this holds of the cluster."""
    changed = asyncio.Event()
    stop = world.subscribe(lambda *_: changed.set())
    try:
        async with asyncio.timeout(PATIENCE):
            while not holds():
                changed.clear()
                await changed.wait()
    finally:
        stop()


def rollout(world: World) -> Thing:
    """The Rollout as it is in the cluster."""
    return world.get("Rollout", APP, "checkout") or {}


async def set_image(world: World, version: str) -> None:
    """Somebody without Leadsman asks for another version."""
    thing = rollout(world)
    thing["spec"]["template"]["spec"]["containers"][0]["image"] = f"{shop.IMAGE}:{version}"
    await world.apply(thing)


def is_paused(world: World, version: str) -> bool:
    """Whether the controller waits for people with this version."""
    status = rollout(world)["status"]
    hashes = [one["metadata"]["labels"][_HASH] for one in _sets(world, version)]
    return status.get("currentPodHash") in hashes and bool(status.get("pauseConditions"))


async def rollout_is_right(world: World, asked: str, served: str, phase: str) -> None:
    """The Rollout asks for one version, all its pods and its Service are of another or the same, and the claim is given back.

    The pods of a replaced side stay for some seconds, as its delays say.
    """
    await until(world, lambda: _images(world) == [f"{shop.IMAGE}:{served}"] * REPLICAS)
    thing = rollout(world)
    assert image(thing).endswith(f":{asked}")
    assert thing["status"]["phase"] == phase
    assert annotations(thing)["leadsman.dev/rollout"].split("/")[1:2] == [""]
    service = world.get("Service", APP, "checkout")
    if service is not None:
        [live] = _sets(world, served)
        assert service["spec"]["selector"][_HASH] == live["metadata"]["labels"][_HASH]


def _sets(world: World, version: str) -> list[Thing]:
    return [one for one in world.list("ReplicaSet", APP) if image(one).endswith(f":{version}")]


def _images(world: World) -> list[str]:
    pods = [pod for pod in world.list("Pod", APP) if "deletionTimestamp" not in pod["metadata"]]
    return [str(pod["spec"]["containers"][0]["image"]) for pod in pods]


def hold_each_run(world: World) -> None:
    """From now on nothing is measured in an AnalysisRun that is begun until `world.measuring` is set."""

    def held(change: str, kind: str, _: Thing) -> None:
        if (change, kind) == ("ADDED", "AnalysisRun"):
            world.measuring = False

    world.subscribe(held)
