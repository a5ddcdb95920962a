"""A Rollout whose pods come from a Deployment (`workloadRef`): that is where its image is set and seen."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.adapters.kubernetes import DEPLOYMENTS, ROLLOUTS
from bot.argo.objects import read
from bot.argo.perform import give
from bot.errors import PreconditionFailed
from strategies.argo.driver import ArgoVerb
from strategies.argo.verbs import patches
from strategies.argo.writes import ArgoWrite, Patch
from strategies.events import Abort, Approve
from strategies.model import Outcome
from strategies.native.claims import CLAIM
from tests.bot.argo.place import ALICE, BOB, IMAGE, NAMESPACE, STEPS, TARGET, Place, Thing, opened
from tests.bot.argo.test_direct import aborted


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


@asynccontextmanager
async def started(folder: Path) -> AsyncIterator[Place]:
    """A Rollout of that kind at rest with v1, and the bot."""
    async with opened(folder, *referring()) as place:
        await place.until_so(lambda thing: (thing.get("status") or {}).get("phase") == "Healthy")
        await place.start()
        yield place


def source(place: Place) -> Thing:
    found = place.cluster.get("Deployment", NAMESPACE, "source")
    assert found is not None
    return found


def image(thing: Thing) -> str:
    return str(thing["spec"]["template"]["spec"]["containers"][0]["image"])


def claims(place: Place) -> tuple[str, str]:
    """What stands on the Rollout and on its Deployment."""
    rollout = place.cluster.get("Rollout", NAMESPACE, "checkout")
    assert rollout is not None
    return rollout["metadata"]["annotations"][CLAIM], source(place)["metadata"]["annotations"][CLAIM]


def assert_given_back(place: Place) -> None:
    """With one and the same number, so that nothing older of ours lands on either."""
    [one] = set(claims(place))
    assert one.startswith("leadsman//")


async def test_the_image_is_set_in_the_deployment_that_the_rollout_refers_to(tmp_path: Path) -> None:
    async with started(tmp_path) as place:
        rollout_id = await place.deploy("v2")
        ask = await place.asked(rollout_id)
        held = claims(place)
        await place.act(rollout_id, lambda at: Approve(at, BOB, ask.id))
        ended = await place.ended(rollout_id)
        seen = await place.look()

    assert ended.outcome is Outcome.HEALTHY, ended.why
    assert seen.stable_image == image(source(place)) == f"{IMAGE}:v2"
    assert all(one.startswith(f"leadsman/{rollout_id}/") for one in held)
    assert_given_back(place)


async def test_a_deployment_that_is_scaled_again_and_again_stops_nothing_for_good(tmp_path: Path) -> None:
    async with started(tmp_path) as place:
        rollout_id = await place.deploy("v2")
        ask = await place.asked(rollout_id)
        for replicas in (3, 2, 1, 0):
            await place.kubectl(
                "PATCH", "deployments", "source", {"spec": {"replicas": replicas}}, manager="rollouts-controller"
            )
        await place.act(rollout_id, lambda at: Approve(at, BOB, ask.id))
        assert (await place.ended(rollout_id)).outcome is Outcome.HEALTHY
        assert_given_back(place)


async def decided(place: Place, verb: ArgoVerb, **more: Any) -> ArgoWrite:
    """A verb that is decided on what is there now."""
    seen = await place.look()
    return ArgoWrite("w", verb, seen.current_hash, seen.claim, seen.image or "", **more)


async def test_a_version_that_somebody_sets_in_between_is_never_overwritten(tmp_path: Path) -> None:
    async with started(tmp_path) as place:
        await place.asked(await place.deploy("v2"))
        back = await decided(place, ArgoVerb.UNDO, revision=1)
        containers = [{**source(place)["spec"]["template"]["spec"]["containers"][0], "image": f"{IMAGE}:v3"}]
        newer = {"spec": {"template": {"spec": {"containers": containers}}}}
        await place.kubectl("PATCH", "deployments", "source", newer)
        with pytest.raises(PreconditionFailed, match="by now, not"):
            await give(place.core.clusters["prod"].kubernetes, back, TARGET, place.clock.now())
        assert image(source(place)) == f"{IMAGE}:v3"


async def test_an_abort_without_the_bot_frees_the_rollout_and_the_deployment(tmp_path: Path) -> None:
    async with started(tmp_path) as place:
        await place.asked(await place.deploy("v2"))
        await place.core.engine.stop()
        lines = await aborted(place, place.core.clusters)
        assert lines[-1].startswith(f"shop/checkout serves {IMAGE}:v1 again")
        assert_given_back(place)


async def test_what_is_still_on_its_way_when_a_rollout_ends_is_refused(tmp_path: Path) -> None:
    async with started(tmp_path) as place:
        kubernetes = place.core.clusters["prod"].kubernetes
        rollout_id = await place.deploy("v2")
        await place.asked(rollout_id)
        effect = await decided(place, ArgoVerb.SET_IMAGE, image=f"{IMAGE}:v3")
        late = patches(effect, TARGET, await read(kubernetes, TARGET), place.clock.now())
        assert isinstance(late, tuple)
        await place.act(rollout_id, lambda at: Abort(at, ALICE, "enough"))
        await place.ended(rollout_id)
        for patch in late:
            with pytest.raises(PreconditionFailed):
                await sent(place, patch)
        assert image(source(place)) == f"{IMAGE}:v2"


async def sent(place: Place, patch: Patch) -> None:
    """As it arrives."""
    [kind] = [kind for kind in (ROLLOUTS, DEPLOYMENTS) if kind.plural == patch.kind]
    await place.core.clusters["prod"].kubernetes.patch(kind, NAMESPACE, patch.name, patch.operations)
