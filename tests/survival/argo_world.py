"""The cluster of these tests with a Rollout in it, walked by the playground's Rollouts controller."""

import asyncio
from pathlib import Path
from typing import Any

from bot.playground import argo_shop, shop
from tests.survival.world import REPLICAS, World, annotations

Thing = dict[str, Any]

APP = "argo"
"""The app and its namespace."""

STEPS: tuple[Thing, ...] = ({"setWeight": 25}, {"pause": {}}, {"setWeight": 50}, {"pause": {"duration": "5s"}})


async def open_rollout(world: World) -> None:
    """Let the shop be there as a Rollout without a router, with all its pods ready."""
    labels = {"app": "checkout"}
    thing = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Rollout",
        "metadata": {"name": "checkout", "namespace": APP},
        "spec": {
            "replicas": REPLICAS,
            "selector": {"matchLabels": labels},
            "strategy": {"canary": {"steps": list(STEPS)}},
            "template": shop.template(labels),
        },
    }
    await world.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": APP}}, thing)
    async with asyncio.timeout(20):
        while (world.get("Rollout", APP, "checkout") or {}).get("status", {}).get("phase") != "Healthy":
            await world.clock.real_sleep(0.02)


def configure(folder: Path) -> None:
    """Write Leadsman's configuration for it into an installation's folder."""
    written = argo_shop.configuration("http://127.0.0.1:1")
    renamed = written.replace("  checkout:\n", f"  {APP}:\n").replace(
        f"namespace: {shop.NAMESPACE}", f"namespace: {APP}"
    )
    (folder / "leadsman.yaml").write_text(renamed)


def rollout_is_right(world: World, asked: str, served: str, phase: str) -> None:
    """The Rollout asks for one version, all its pods run another or the same, and the claim is given back."""
    thing = world.get("Rollout", APP, "checkout") or {}
    pods = [pod for pod in world.list("Pod", APP) if "deletionTimestamp" not in pod["metadata"]]
    images = [pod["spec"]["containers"][0]["image"] for pod in pods]
    assert thing["spec"]["template"]["spec"]["containers"][0]["image"].endswith(f":{asked}")
    assert images == [f"{shop.IMAGE}:{served}"] * REPLICAS
    assert thing["status"]["phase"] == phase
    assert annotations(thing)["leadsman.dev/rollout"].split("/")[1:2] == [""]
