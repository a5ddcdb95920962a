"""Custom resources of Argo Rollouts, as an API server serves what a resource definition describes."""

import json
from collections.abc import AsyncIterator

import aiohttp
import pytest

from bot.playground.clock import PlaygroundClock
from bot.playground.kubernetes import Cluster
from tests.playground.kubernetes.conftest import Client, Obj

_BASE = "/apis/argoproj.io/v1alpha1/namespaces/default"
_MERGE = "application/merge-patch+json"


def _rollout(**spec: object) -> Obj:
    return {"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "metadata": {"name": "web"}, "spec": {**spec}}


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    """A client of a cluster whose controllers do nothing, so that every change is the client's own."""
    cluster = Cluster(PlaygroundClock(100))
    cluster.rollouts_running = False
    async for found in _client_of(cluster):
        yield found


async def _client_of(cluster: Cluster) -> AsyncIterator[Client]:
    await cluster.start()
    config = cluster.kubeconfig()
    url, token = config["clusters"][0]["cluster"]["server"], config["users"][0]["user"]["token"]
    async with aiohttp.ClientSession() as session:
        yield Client(session, url, token)
    await cluster.stop()


async def test_a_rollout_keeps_fields_that_nobody_knows(client: Client) -> None:
    status, made = await client.ask("POST", f"{_BASE}/rollouts", _rollout(replicas=2, somethingNew={"a": [1]}))
    assert (status, made["spec"]["somethingNew"], made["metadata"]["generation"]) == (201, {"a": [1]}, 1)


async def test_an_invalid_rollout_is_accepted(client: Client) -> None:
    steps = [{"setWeight": 10, "pause": {}}]
    status, _ = await client.ask("POST", f"{_BASE}/rollouts", _rollout(strategy={"canary": {"steps": steps}}))
    assert status == 201


async def test_only_the_subresource_writes_a_rollouts_status(client: Client) -> None:
    await client.ask("POST", f"{_BASE}/rollouts", {**_rollout(replicas=2), "status": {"phase": "Healthy"}})
    _, plain = await client.ask("PATCH", f"{_BASE}/rollouts/web", {"status": {"abort": True}}, kind=_MERGE)
    patch = {"status": {"abort": True}, "spec": {"replicas": 9}}
    _, written = await client.ask("PATCH", f"{_BASE}/rollouts/web/status", patch, kind=_MERGE)
    assert "status" not in plain
    assert (written["status"], written["spec"]["replicas"], written["metadata"]["generation"]) == (
        {"abort": True},
        2,
        1,
    )


async def test_only_a_change_of_the_spec_raises_a_rollouts_generation(client: Client) -> None:
    await client.ask("POST", f"{_BASE}/rollouts", _rollout(replicas=2))
    labels = {"metadata": {"labels": {"a": "b"}, "annotations": {"c": "d"}}}
    _, labelled = await client.ask("PATCH", f"{_BASE}/rollouts/web", labels, kind=_MERGE)
    _, paused = await client.ask("PATCH", f"{_BASE}/rollouts/web", {"spec": {"paused": True}}, kind=_MERGE)
    assert (labelled["metadata"]["generation"], paused["metadata"]["generation"]) == (1, 2)


async def test_a_runs_status_is_part_of_the_object_and_raises_its_generation(client: Client) -> None:
    run = {"apiVersion": "argoproj.io/v1alpha1", "kind": "AnalysisRun", "metadata": {"name": "rate"}, "spec": {}}
    await client.ask("POST", f"{_BASE}/analysisruns", run)
    patch = {"status": {"phase": "Failed"}}
    _, written = await client.ask("PATCH", f"{_BASE}/analysisruns/rate", patch, kind=_MERGE)
    status, _ = await client.ask("PATCH", f"{_BASE}/analysisruns/rate/status", patch, kind=_MERGE)
    assert (written["status"], written["metadata"]["generation"], status) == ({"phase": "Failed"}, 2, 404)


async def test_a_strategic_merge_of_a_custom_resource_is_refused(client: Client) -> None:
    await client.ask("POST", f"{_BASE}/rollouts", _rollout(replicas=2))
    kind = "application/strategic-merge-patch+json"
    status, answer = await client.ask("PATCH", f"{_BASE}/rollouts/web", {"spec": {"replicas": 3}}, kind=kind)
    assert (status, answer["reason"]) == (415, "UnsupportedMediaType")


async def test_a_guarded_patch_of_a_status_that_moved_is_refused(client: Client) -> None:
    await client.ask("POST", f"{_BASE}/rollouts", _rollout(replicas=2))
    first = {"status": {"currentPodHash": "two"}}
    await client.ask("PATCH", f"{_BASE}/rollouts/web/status", first, kind=_MERGE)
    guarded = [
        {"op": "test", "path": "/status/currentPodHash", "value": "one"},
        {"op": "add", "path": "/status/abort", "value": True},
    ]
    kind = "application/json-patch+json"
    status, answer = await client.ask("PATCH", f"{_BASE}/rollouts/web/status", guarded, kind=kind)
    assert (status, answer["reason"]) == (422, "Invalid")


async def test_the_scale_of_a_rollout_shows_the_fields_its_definition_names(client: Client) -> None:
    await client.ask("POST", f"{_BASE}/rollouts", _rollout(replicas=2, selector={"matchLabels": {"app": "web"}}))
    seen = {"status": {"replicas": 7, "HPAReplicas": 5, "selector": "app=web,track=canary"}}
    await client.ask("PATCH", f"{_BASE}/rollouts/web/status", seen, kind=_MERGE)
    _, scale = await client.ask("GET", f"{_BASE}/rollouts/web/scale")
    assert scale["spec"] == {"replicas": 2}
    assert scale["status"] == {"replicas": 5, "selector": "app=web,track=canary"}


async def test_templates_of_the_whole_cluster_have_no_namespace(client: Client) -> None:
    path = "/apis/argoproj.io/v1alpha1/clusteranalysistemplates"
    kind = {"apiVersion": "argoproj.io/v1alpha1", "kind": "ClusterAnalysisTemplate"}
    status, made = await client.ask("POST", path, {**kind, "metadata": {"name": "rate"}, "spec": {"metrics": []}})
    within, _ = await client.ask("GET", f"{_BASE}/clusteranalysistemplates")
    assert (status, "namespace" in made["metadata"], within) == (201, False, 404)


@pytest.fixture
async def bare() -> AsyncIterator[Client]:
    """A client of a cluster that has Argo CD's Applications, but nothing of Argo Rollouts."""
    async for found in _client_of(Cluster(PlaygroundClock(100), custom={"applications"})):
        yield found


async def test_without_its_definition_a_kind_is_not_found(bare: Client) -> None:
    status, answer = await bare.ask("GET", f"{_BASE}/rollouts/web")
    _, listed = await bare.ask("GET", "/apis/argoproj.io/v1alpha1")
    assert (status, answer["message"]) == (404, "the server could not find the requested resource")
    assert [resource["name"] for resource in listed["resources"]] == ["applications"]


async def test_without_any_definition_the_group_does_not_exist() -> None:
    cluster = Cluster(PlaygroundClock(100), custom=())
    url = await cluster.start()
    token = cluster.kubeconfig()["users"][0]["user"]["token"]
    headers = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession(headers=headers) as session:
        async with session.get(f"{url}{_BASE}/rollouts") as answer:
            found = answer.status, await answer.text()
        async with session.get(f"{url}/apis") as answer:
            groups = [group["name"] for group in json.loads(await answer.text())["groups"]]
    await cluster.stop()
    assert found == (404, "404 page not found\n")
    assert "argoproj.io" not in groups
