"""A Rollout whose pods come from a Deployment (`workloadRef`): that is where its image is set and seen."""

from collections.abc import Sequence
from pathlib import Path

from strategies.events import Approve
from strategies.model import Outcome
from tests.bot.argo.place import BOB, IMAGE, NAMESPACE, STEPS, Thing, opened


def referring(steps: Sequence[Thing] = STEPS) -> tuple[Thing, Thing]:
    labels = {"app": "checkout"}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "web", "image": f"{IMAGE}:v1"}]}}
    metadata = {"name": "source", "namespace": NAMESPACE}
    spec: Thing = {"replicas": 0, "selector": {"matchLabels": labels}, "template": template}
    deployment = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec}
    reference = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "source"}
    rollout = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Rollout",
        "metadata": {"name": "checkout", "namespace": NAMESPACE},
        "spec": {"replicas": 2, "workloadRef": reference, "strategy": {"canary": {"steps": list(steps)}}},
    }
    return deployment, rollout


async def test_the_image_is_set_in_the_deployment_that_the_rollout_refers_to(tmp_path: Path) -> None:
    async with opened(tmp_path, *referring()) as place:
        await place.until_so(lambda thing: (thing.get("status") or {}).get("phase") == "Healthy")
        await place.start()
        rollout_id = await place.deploy("v2")
        ask = await place.asked(rollout_id)
        await place.act(rollout_id, lambda at: Approve(at, BOB, ask.id))
        ended = await place.ended(rollout_id)
        seen = await place.look()
        source = place.cluster.get("Deployment", NAMESPACE, "source")

    assert ended.outcome is Outcome.HEALTHY, ended.why
    assert seen.stable_image == f"{IMAGE}:v2"
    assert source is not None
    assert source["spec"]["template"]["spec"]["containers"][0]["image"] == f"{IMAGE}:v2"
