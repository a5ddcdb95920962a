"""What the recordings do not show: changes of size, a controller that stands still or misses something, many revisions."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.playground.kubernetes import Behaviour, Cluster
from bot.playground.kubernetes.controllers.rollouts.status import ROLLOUTS
from bot.playground.kubernetes.registry import Write
from tests.playground.kubernetes.replay import ManualClock

Obj = dict[str, Any]

_GATED = [{"setWeight": 50}, {"pause": {}}]
_INGRESS_RULE = {
    "host": "shop.example",
    "http": {
        "paths": [{"path": "/", "pathType": "Prefix", "backend": {"service": {"name": "web", "port": {"number": 80}}}}]
    },
}


class World:
    """A cluster whose time is moved by hand, with one Rollout `web` in the namespace `shop`."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.cluster = Cluster(self.clock, policy=lambda pod, image: Behaviour(1.0))
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
        found = sorted(self.cluster.list("ReplicaSet", "shop"), key=lambda rs: int(_revision(rs)))
        return [rs["spec"]["replicas"] for rs in found if rs["spec"]["replicas"]]


def _revision(replica_set: Obj) -> str:
    return str(replica_set["metadata"]["annotations"]["rollout.argoproj.io/revision"])


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """An empty cluster."""
    made = World()
    await made.cluster.start()
    yield made
    await made.cluster.stop()


async def test_a_new_size_in_the_middle_keeps_the_weight(world: World) -> None:
    await world.begin({"steps": _GATED})
    await world.deploy("web:v2")
    await world.after(5)
    await world.change(replicas=8)
    rollout = await world.after(5)
    assert (world.sizes(), rollout["status"]["message"]) == ([4, 4], "CanaryPauseStep")


async def test_a_controller_that_does_not_run_leaves_a_verb_lying(world: World) -> None:
    await world.begin({"steps": _GATED})
    await world.deploy("web:v2")
    await world.after(5)
    world.cluster.rollouts_running = False
    world.verb(pauseConditions=None)
    before = await world.after(120)
    world.cluster.rollouts_running = True
    after = await world.after(5)
    assert "pauseConditions" not in before["status"]
    assert (before["status"]["phase"], after["status"]["phase"]) == ("Paused", "Healthy")


async def test_an_overlooked_change_is_done_when_something_else_happens(world: World) -> None:
    await world.begin({"steps": _GATED})
    await world.deploy("web:v2")
    await world.after(5)
    world.cluster.overlook_rollout("shop", "web")
    world.verb(pauseConditions=None)
    before = await world.after(90)
    touched = world.rollout
    touched["metadata"]["annotations"]["touched"] = "yes"
    await world.cluster.apply(touched)
    after = await world.after(5)
    assert (before["status"]["phase"], after["status"]["phase"]) == ("Paused", "Healthy")


async def test_a_shrinking_stable_side_grows_before_the_traffic_comes_back(world: World) -> None:
    ingress = {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "spec": {"rules": [_INGRESS_RULE]}}
    for name in ("web", "web-canary"):
        service = {"selector": {"app": "web"}, "ports": [{"port": 80}]}
        meta = {"name": name, "namespace": "shop"}
        await world.cluster.apply({"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": service})
    await world.cluster.apply({**ingress, "metadata": {"name": "web", "namespace": "shop"}})
    await world.begin(
        {
            "canaryService": "web-canary",
            "stableService": "web",
            "dynamicStableScale": True,
            "trafficRouting": {"nginx": {"stableIngress": "web"}},
            "steps": [{"setWeight": 25}, {"setWeight": 75}, {"pause": {}}],
        }
    )
    await world.deploy("web:v2")
    await world.after(10)
    assert world.sizes() == [1, 3]
    seen: list[tuple[int, int]] = []

    def look(kind: str, name: str, obj: Obj) -> None:
        if name == "Rollout":
            weight = obj["status"]["canary"]["weights"]["canary"]["weight"]
            stable = [rs for rs in world.cluster.list("ReplicaSet", "shop") if _revision(rs) == "1"]
            seen.append((weight, stable[0]["status"].get("availableReplicas", 0)))

    world.cluster.subscribe(look)
    world.verb(abort=True)
    await world.after(60)
    assert world.sizes() == [4]
    assert seen[-1] == (0, 4)
    assert all(available * 25 >= 100 - weight for weight, available in seen)


async def test_old_revisions_are_forgotten_beyond_the_limit(world: World) -> None:
    await world.begin({"steps": [{"setWeight": 50}]}, replicas=2, revisionHistoryLimit=3)
    for number in range(2, 42):
        await world.deploy(f"web:v{number}")
        assert (await world.after(6))["status"]["phase"] == "Healthy"
    kept = sorted(int(_revision(rs)) for rs in world.cluster.list("ReplicaSet", "shop"))
    assert kept == [38, 39, 40, 41]


async def test_a_spec_of_wrong_types_harms_no_other_rollout(world: World) -> None:
    await world.begin({"steps": _GATED})
    meta = {"name": "odd", "namespace": "shop"}
    odd = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "metadata": meta, "spec": {"strategy": "canary"}}
    await world.cluster.apply(odd)
    await world.deploy("web:v2")
    assert (await world.after(5))["status"]["phase"] == "Paused"


async def test_a_rollout_at_rest_writes_nothing(world: World) -> None:
    await world.begin({"steps": _GATED})
    await world.deploy("web:v2")
    await world.after(5)
    version = world.cluster.store.version
    await world.after(7200)
    assert world.cluster.store.version == version


async def test_a_deleted_rollout_takes_everything_along(world: World) -> None:
    await world.begin({"steps": _GATED})
    world.cluster.registry.remove(ROLLOUTS, world.cluster.registry.get(ROLLOUTS, "shop", "web"))
    await world.wait(10)
    assert not world.cluster.list("ReplicaSet", "shop")
    assert not world.cluster.list("Pod", "shop")
