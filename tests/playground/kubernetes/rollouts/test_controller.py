"""What the recordings do not show: changes of size, a controller that stands still or misses something, many revisions."""

from typing import Any

from bot.playground.kubernetes.controllers.rollouts.status import ROLLOUTS
from tests.playground.kubernetes.rollouts.world import World, revision_of

Obj = dict[str, Any]

_GATED = [{"setWeight": 50}, {"pause": {}}]
_INGRESS_RULE = {
    "host": "shop.example",
    "http": {
        "paths": [{"path": "/", "pathType": "Prefix", "backend": {"service": {"name": "web", "port": {"number": 80}}}}]
    },
}


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
            stable = [rs for rs in world.cluster.list("ReplicaSet", "shop") if revision_of(rs) == "1"]
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
    kept = sorted(int(revision_of(rs)) for rs in world.cluster.list("ReplicaSet", "shop"))
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


async def test_a_rollout_stays_at_a_step_of_a_plugin(world: World) -> None:
    await world.begin({"steps": [{"setWeight": 25}, {"plugin": {"name": "example.com/check"}}]})
    await world.deploy("web:v2")
    status = (await world.after(600))["status"]
    assert (status["phase"], status["currentStepIndex"], world.sizes()) == ("Progressing", 1, [3, 1])


async def test_a_deleted_rollout_takes_everything_along(world: World) -> None:
    await world.begin({"steps": _GATED})
    world.cluster.registry.remove(ROLLOUTS, world.cluster.registry.get(ROLLOUTS, "shop", "web"))
    await world.wait(10)
    assert not world.cluster.list("ReplicaSet", "shop")
    assert not world.cluster.list("Pod", "shop")
