"""A cluster with one Rollout, whose time is moved by hand."""

from typing import Any

from bot.playground.kubernetes import Behaviour, Cluster
from bot.playground.kubernetes.controllers.kubelet import Outcome
from bot.playground.kubernetes.controllers.rollouts.status import ROLLOUTS
from bot.playground.kubernetes.registry import Write
from tests.playground.kubernetes.replay import ManualClock

Obj = dict[str, Any]


class World:
    """A cluster whose time is moved by hand, with one Rollout `web` in the namespace `shop`."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.cluster = Cluster(self.clock, policy=_behaviour)
        self._now = 0.0

    async def wait(self, seconds: float) -> None:
        """Move the time."""
        self._now += seconds
        await self.clock.advance(self._now)

    async def after(self, seconds: float) -> Obj:
        """The Rollout a while later."""
        await self.wait(seconds)
        return self.rollout

    @property
    def rollout(self) -> Obj:
        """The Rollout as it is."""
        found = self.cluster.get("Rollout", "shop", "web")
        assert found is not None
        return found

    async def begin(self, canary: Obj, replicas: int = 4, **spec: Any) -> None:
        """Deploy the first version, and wait until it is healthy."""
        labels = {"app": "web"}
        template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "web", "image": "web:v1"}]}}
        await self.cluster.apply(
            {
                "apiVersion": "argoproj.io/v1alpha1",
                "kind": "Rollout",
                "metadata": {"name": "web", "namespace": "shop"},
                "spec": {
                    "replicas": replicas,
                    "selector": {"matchLabels": labels},
                    "template": template,
                    "strategy": {"canary": canary},
                    **spec,
                },
            }
        )
        assert (await self.after(3))["status"]["phase"] == "Healthy"

    async def change(self, **spec: Any) -> None:
        """Change the spec."""
        rollout = self.rollout
        rollout["spec"] |= spec
        await self.cluster.apply(rollout)

    async def deploy(self, image: str) -> None:
        """Set another image."""
        template = self.rollout["spec"]["template"]
        template["spec"]["containers"][0]["image"] = image
        await self.change(template=template)

    def verb(self, **status: Any) -> None:
        """Change the status as the plugin does; None takes a field away."""
        stored = self.cluster.registry.get(ROLLOUTS, "shop", "web")
        new = {key: value for key, value in {**stored["status"], **status}.items() if value is not None}
        self.cluster.registry.change(ROLLOUTS, stored, Write("plugin", subresource="status"), status=new)

    def sizes(self) -> list[int]:
        """The sizes of the ReplicaSets that have any, by age."""
        found = sorted(self.cluster.list("ReplicaSet", "shop"), key=lambda rs: int(revision_of(rs) or 0))
        return [rs["spec"]["replicas"] for rs in found if rs["spec"]["replicas"]]


def revision_of(replica_set: Obj) -> str:
    """The number of a ReplicaSet's revision; empty without one."""
    return str(replica_set["metadata"]["annotations"].get("rollout.argoproj.io/revision", ""))


def _behaviour(pod: Obj, image: str) -> Behaviour:
    return Behaviour(1.0, Outcome.NEVER_READY if image.endswith("broken") else Outcome.READY)
