"""A shop run by Argo Rollouts, with shorter plans than the demo's; and other hands than Leadsman's in its cluster."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import aiohttp

from bot.playground import argo_shop, shop
from bot.playground.shop import Shop
from tests.end_to_end.stage import PATIENCE, Stage

Thing = dict[str, Any]
ROLLOUTS = f"/apis/argoproj.io/v1alpha1/namespaces/{shop.NAMESPACE}/rollouts/checkout"


def canary(*steps: Thing, approvals: int = 1) -> Shop:
    """The canary with these steps, whose pauses ask for so many approvals."""
    return _shop(argo_shop.CANARY, {"canary": {"steps": list(steps)}}, approvals)


def blue_green(**fields: Any) -> Shop:
    """The blue/green with these fields beside its own."""
    return _shop(argo_shop.BLUE_GREEN, {"blueGreen": fields}, 1)


def _shop(like: Shop, strategy: Mapping[str, Thing], approvals: int) -> Shop:
    def objects() -> tuple[Thing, ...]:
        found: list[Thing] = json.loads(json.dumps(like.objects()))
        for thing in found:
            if thing["kind"] == "AnalysisTemplate":
                thing["spec"]["metrics"][0] |= {"interval": "20s", "count": 3, "failureLimit": 1}
            if thing["kind"] == "Rollout":
                thing["spec"] |= {"replicas": 5}
                for name, fields in strategy.items():
                    thing["spec"]["strategy"][name] |= fields
        return tuple(found)

    def configuration(prometheus: str) -> str:
        return like.configuration(prometheus).replace("approvals: 1", f"approvals: {approvals}")

    return Shop(like.workload, objects, configuration)


class Hands:
    """Somebody with kubectl in the stage's cluster."""

    def __init__(self, stage: Stage) -> None:
        self.cluster = stage.playground.cluster
        self._access = self.cluster.kubeconfig()

    async def _send(self, method: str, path: str, body: Thing | None = None) -> None:
        """As kubectl does it: through the API server."""
        server = self._access["clusters"][0]["cluster"]["server"]
        token = self._access["users"][0]["user"]["token"]
        headers = {"Authorization": f"Bearer {token}"}
        if body is not None:
            headers["Content-Type"] = "application/merge-patch+json"
        sent = None if body is None else json.dumps(body)
        async with aiohttp.request(method, server + path, headers=headers, data=sent) as answer:
            assert answer.status == 200, await answer.text()

    async def set_image(self, version: str, manager: str = "kubectl-argo-rollouts") -> None:
        """`kubectl argo rollouts set image`."""
        [container] = self.rollout()["spec"]["template"]["spec"]["containers"]
        containers = [{**container, "image": f"{shop.IMAGE}:{version}"}]
        patch = {"spec": {"template": {"spec": {"containers": containers}}}}
        await self._send("PATCH", f"{ROLLOUTS}?fieldManager={manager}", patch)

    async def promote(self) -> None:
        """`kubectl argo rollouts promote`."""
        await self._send("PATCH", f"{ROLLOUTS}/status", {"status": {"pauseConditions": None}})

    async def delete(self) -> None:
        """`kubectl delete rollout`."""
        await self._send("DELETE", ROLLOUTS)

    def rollout(self) -> Thing:
        """The Rollout as it is in the cluster."""
        found = self.cluster.get("Rollout", shop.NAMESPACE, "checkout")
        assert found is not None
        return found

    def asks_for(self) -> str:
        """The version that the Rollout asks for."""
        return str(self.rollout()["spec"]["template"]["spec"]["containers"][0]["image"]).rpartition(":")[2]

    def serving(self) -> Mapping[str, int]:
        """The share of the shop's requests by version, in percent."""
        split = self.cluster.traffic_split(shop.NAMESPACE, shop.HOST)
        found: dict[str, int] = {}
        for share in split:
            for version in {pod.image.rpartition(":")[2] for pod in share.pods} if share.share else ():
                found[version] = found.get(version, 0) + round(share.share)
        return found

    async def until(self, holds: Callable[[Thing], bool]) -> None:
        """Return as soon as this holds of the Rollout."""
        changed = asyncio.Event()
        stop = self.cluster.subscribe(lambda *_: changed.set())
        try:
            async with asyncio.timeout(PATIENCE):
                while not holds(self.rollout()):
                    changed.clear()
                    await changed.wait()
        finally:
            stop()


def is_observed(rollout: Thing) -> bool:
    """Whether the controller has seen what is asked for."""
    return str(rollout["status"].get("observedGeneration")) == str(rollout["metadata"]["generation"])


def is_paused_for_people(rollout: Thing) -> bool:
    """Whether it waits at a pause, with what is asked for now."""
    return is_observed(rollout) and bool(rollout["status"].get("pauseConditions"))


def is_healthy(rollout: Thing) -> bool:
    """Whether it is at rest with what is asked for."""
    return is_observed(rollout) and rollout["status"].get("phase") == "Healthy"


def kinds(entries: Sequence[Any]) -> list[str]:
    """What happened, by the audit log."""
    return [entry.kind for entry in entries]
