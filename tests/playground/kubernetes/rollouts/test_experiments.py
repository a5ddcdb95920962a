"""Steps with Experiments, beyond what the recordings show."""

from typing import Any

from tests.playground.kubernetes.rollouts.world import World

Obj = dict[str, Any]


def _step(**more: Any) -> Obj:
    return {"experiment": {"templates": [{"name": "next", "specRef": "canary"}], **more}}


def _phases(world: World) -> list[str]:
    return [one["status"]["phase"] for one in world.cluster.list("Experiment", "shop")]


async def _template(world: World, condition: str) -> None:
    metric = {"name": "ok", "provider": {"web": {"url": "http://nobody/"}}, "successCondition": condition}
    meta = {"name": "rate", "namespace": "shop"}
    kind = {"apiVersion": "argoproj.io/v1alpha1", "kind": "AnalysisTemplate"}
    await world.cluster.apply({**kind, "metadata": meta, "spec": {"metrics": [metric]}})


async def test_an_experiment_without_a_duration_runs_until_it_is_ended(world: World) -> None:
    await world.begin({"steps": [_step()]})
    await world.deploy("web:v2")
    status = (await world.after(600))["status"]
    assert (_phases(world), status["currentStepIndex"]) == (["Running"], 0)
    version = world.cluster.store.version
    await world.wait(7200)
    assert world.cluster.store.version == version


async def test_an_aborted_rollout_ends_its_experiment_and_its_pods_go_after_the_delay(world: World) -> None:
    await world.begin({"steps": [_step()]}, replicas=2)
    await world.deploy("web:v2")
    await world.wait(10)
    world.verb(abort=True)
    await world.wait(10)
    early = len(world.cluster.list("Pod", "shop"))
    await world.wait(40)
    assert (early, len(world.cluster.list("Pod", "shop"))) == (3, 2)
    assert _phases(world) == ["Successful"]
    assert world.rollout["status"]["phase"] == "Degraded"


async def test_an_experiment_whose_pods_do_not_come_up_aborts_the_rollout(world: World) -> None:
    await world.begin({"steps": [_step(duration="1m")]}, progressDeadlineSeconds=30)
    await world.deploy("web:broken")
    await world.wait(60)
    status = world.rollout["status"]
    assert (_phases(world), status["abort"], status["phase"]) == (["Failed"], True, "Degraded")
    assert "Template 'next' exceeded its progressDeadlineSeconds (30)" in status["message"]


async def test_an_analysis_that_nobody_answers_aborts_the_rollout(world: World) -> None:
    await _template(world, "result > 0")
    await world.begin({"steps": [_step(analyses=[{"name": "rate", "templateName": "rate"}])]})
    await world.deploy("web:v2")
    await world.wait(120)
    assert (_phases(world), world.rollout["status"]["abort"]) == (["Error"], True)


async def test_an_experiment_of_wrong_types_harms_no_other(world: World) -> None:
    meta = {"name": "odd", "namespace": "shop"}
    odd = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Experiment",
        "metadata": meta,
        "spec": {"templates": ["next"]},
    }
    await world.cluster.apply(odd)
    await world.begin({"steps": [_step(duration="5s")]})
    await world.deploy("web:v2")
    assert (await world.after(30))["status"]["phase"] == "Healthy"
