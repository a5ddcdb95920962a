"""The gateway and the reflector against the playground's API server, which is itself held to the recordings."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path
from random import Random
from typing import Any

import pytest

from bot.adapters.kubernetes import (
    ANALYSIS_TEMPLATES,
    CLUSTER_ANALYSIS_TEMPLATES,
    CONFIGMAPS,
    DEPLOYMENTS,
    EVENTS,
    HPAS,
    INGRESSES,
    LEASES,
    NAMESPACES,
    PODS,
    REPLICASETS,
    SERVICES,
    Kind,
    Kubernetes,
)
from bot.adapters.watches import Watches
from bot.clock import SystemClock
from bot.errors import (
    AlreadyExists,
    Conflict,
    Expired,
    Forbidden,
    Invalid,
    NotFound,
    PreconditionFailed,
    ServerFailed,
    Throttled,
    Unauthenticated,
    Unreachable,
    Unsupported,
)
from bot.playground.clock import PlaygroundClock
from bot.playground.kubernetes import Cluster, Fault
from tests.bot.adapters.kubernetes.servers import IMPATIENT, PATIENCE, until

FENCE = "/metadata/annotations/leadsman.dev~1fence"
EVERY_KIND = [
    ANALYSIS_TEMPLATES,
    CLUSTER_ANALYSIS_TEMPLATES,
    CONFIGMAPS,
    DEPLOYMENTS,
    EVENTS,
    HPAS,
    INGRESSES,
    LEASES,
    NAMESPACES,
    PODS,
    REPLICASETS,
    SERVICES,
]


def deployment(name: str = "checkout", replicas: int = 2) -> dict[str, Any]:
    labels = {"app": name}
    pod = {"containers": [{"name": "web", "image": f"ghcr.io/acme/{name}:v1"}]}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": "shop", "annotations": {"leadsman.dev/fence": "7"}},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": pod},
        },
    }


def config(name: str, **labels: str) -> dict[str, Any]:
    metadata = {"name": name, "namespace": "shop", "labels": labels}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"k": "v"}}


def fenced(seen: str, replicas: int) -> list[dict[str, Any]]:
    return [
        {"op": "test", "path": FENCE, "value": seen},
        {"op": "replace", "path": "/spec/replicas", "value": replicas},
    ]


def granted(kind: str, name: str, rule: dict[str, Any], subject: dict[str, Any]) -> list[dict[str, Any]]:
    """A role, or a cluster's role, and its binding."""
    metadata = {"name": name, **({"namespace": "shop"} if kind == "Role" else {})}
    reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": name}
    version = "rbac.authorization.k8s.io/v1"
    if subject["kind"] == "Group":
        subject = {**subject, "apiGroup": "rbac.authorization.k8s.io"}
    binding = {"metadata": metadata, "subjects": [subject], "roleRef": reference}
    return [
        {"apiVersion": version, "kind": kind, "metadata": metadata, "rules": [rule]},
        {"apiVersion": version, "kind": f"{kind}Binding", **binding},
    ]


@pytest.fixture
async def world() -> AsyncIterator[Cluster]:
    world = Cluster(PlaygroundClock(60))
    await world.start()
    await world.apply(deployment())
    yield world
    await world.stop()


async def connect(world: Cluster, folder: Path, *, token: str | None = None, timeout: float = PATIENCE) -> Kubernetes:
    config = world.kubeconfig()
    if token is not None:
        config["users"][0]["user"]["token"] = token
    path = folder / "kubeconfig.json"
    path.write_text(json.dumps(config))
    return await Kubernetes.connect(
        name="prod-eu", context=None, kubeconfig=str(path), clock=SystemClock(), timeout=timeout
    )


@pytest.fixture
async def cluster(world: Cluster, tmp_path: Path) -> AsyncIterator[Kubernetes]:
    cluster = await connect(world, tmp_path)
    yield cluster
    await cluster.close()


async def test_every_kind_we_deal_with_can_be_listed_watched_and_missed(cluster: Kubernetes) -> None:
    async def try_out(kind: Kind) -> None:
        namespace = "shop" if kind.namespaced else None
        listing = await cluster.list(kind, namespace)
        async with aclosing(cluster.watch(kind, namespace, listing.resource_version, lasts=1)) as watch:
            async for event in watch:
                assert event.resource_version
        assert await cluster.get(kind, namespace, "nowhere") is None

    await asyncio.gather(*map(try_out, EVERY_KIND))


async def test_a_patch_lands_only_while_its_tests_hold(cluster: Kubernetes, world: Cluster) -> None:
    rehearsed = await cluster.patch(DEPLOYMENTS, "shop", "checkout", fenced("7", 5), dry_run=True)
    assert rehearsed["spec"]["replicas"] == 5
    assert world.get("Deployment", "shop", "checkout")["spec"]["replicas"] == 2  # type: ignore[index]
    done = await cluster.patch(DEPLOYMENTS, "shop", "checkout", fenced("7", 3))
    assert done["spec"]["replicas"] == 3
    with pytest.raises(PreconditionFailed):
        await cluster.patch(DEPLOYMENTS, "shop", "checkout", fenced("8", 9))
    with pytest.raises(Invalid, match=r"spec\.replicas"):
        await cluster.patch(DEPLOYMENTS, "shop", "checkout", fenced("7", -1))
    with pytest.raises(NotFound, match='"nowhere" not found'):
        await cluster.patch(DEPLOYMENTS, "shop", "nowhere", fenced("7", 3))
    patches = [one for one in world.requests if one.verb == "patch"]
    assert {one.content_type for one in patches} == {"application/json-patch+json"}


async def test_a_creation_is_made_once(cluster: Kubernetes) -> None:
    made = await cluster.create(CONFIGMAPS, "shop", config("weights"))
    assert await cluster.get(CONFIGMAPS, "shop", "weights") == made
    with pytest.raises(AlreadyExists):
        await cluster.create(CONFIGMAPS, "shop", config("weights"))
    with pytest.raises(NotFound, match='namespaces "nowhere" not found'):
        thing = config("weights")
        thing["metadata"]["namespace"] = "nowhere"
        await cluster.create(CONFIGMAPS, "nowhere", thing)


async def test_a_kind_that_is_not_installed_is_told_from_an_object_that_is_not_there(cluster: Kubernetes) -> None:
    for kind in (Kind("example.com", "v1", "widgets", "Widget"), Kind("apps", "v9", "deployments", "Deployment")):
        with pytest.raises(Unsupported):
            await cluster.list(kind, "shop")
        with pytest.raises(Unsupported):
            await cluster.get(kind, "shop", "x")


async def test_more_than_a_page_is_listed_whole_and_followed_from_there(cluster: Kubernetes, world: Cluster) -> None:
    await world.apply(*(config(f"c{number}", app="web") for number in range(1203)))
    listing = await cluster.list(CONFIGMAPS, "shop", selector="app=web")
    assert len({item["metadata"]["name"] for item in listing.items}) == 1203
    await cluster.create(CONFIGMAPS, "shop", config("last", app="web"))
    async with aclosing(cluster.watch(CONFIGMAPS, "shop", listing.resource_version, selector="app=web")) as watch:
        event = await anext(watch)
    assert (event.type, event.object["metadata"]["name"]) == ("ADDED", "last")


async def test_an_object_that_stops_matching_a_selector_is_gone_for_its_watch(cluster: Kubernetes) -> None:
    await cluster.create(CONFIGMAPS, "shop", config("one", track="stable"))
    since = (await cluster.list(CONFIGMAPS, "shop")).resource_version
    change = [{"op": "replace", "path": "/metadata/labels/track", "value": "canary"}]
    await cluster.patch(CONFIGMAPS, "shop", "one", change)
    async with aclosing(cluster.watch(CONFIGMAPS, "shop", since, selector="track=stable")) as watch:
        assert (await anext(watch)).type == "DELETED"
    async with aclosing(cluster.watch(CONFIGMAPS, "shop", since, selector="track=canary")) as watch:
        assert (await anext(watch)).type == "ADDED"


async def test_a_forgotten_moment_is_expired(cluster: Kubernetes, world: Cluster) -> None:
    since = (await cluster.list(CONFIGMAPS, "shop")).resource_version
    await cluster.create(CONFIGMAPS, "shop", config("one"))
    world.compact()
    with pytest.raises(Expired):
        await anext(cluster.watch(CONFIGMAPS, "shop", since))


async def test_a_service_account_may_do_what_it_was_granted_and_is_told_what_it_was_not(
    world: Cluster, tmp_path: Path
) -> None:
    reading = {"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["get", "list", "watch"]}
    asking = {"apiGroups": ["authorization.k8s.io"], "resources": ["selfsubjectaccessreviews"], "verbs": ["create"]}
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "bot", "namespace": "shop"}}
    await world.apply(
        account,
        *granted("Role", "reader", reading, {"kind": "ServiceAccount", "name": "bot", "namespace": "shop"}),
        # Every real cluster comes with this one.
        *granted("ClusterRole", "system:basic-user", asking, {"kind": "Group", "name": "system:authenticated"}),
    )
    bot = await connect(world, tmp_path, token=world.token_for("bot", "shop"))
    assert await bot.get(DEPLOYMENTS, "shop", "checkout") is not None
    assert await bot.allowed("list", DEPLOYMENTS, "shop")
    assert not await bot.allowed("patch", DEPLOYMENTS, "shop", name="checkout")
    with pytest.raises(Forbidden, match="`leadsman rbac` prints the rules it needs"):
        await bot.patch(DEPLOYMENTS, "shop", "checkout", fenced("7", 3))
    await bot.close()
    stranger = await connect(world, tmp_path, token="nobody-knows-this-token")
    with pytest.raises(Unauthenticated):
        await stranger.list(DEPLOYMENTS, "shop")
    await stranger.close()


async def test_the_log_of_a_container_and_the_version_are_read(cluster: Kubernetes) -> None:
    async def running() -> list[dict[str, Any]]:
        pods = (await cluster.list(PODS, "shop", selector="app=checkout")).items
        return [pod for pod in pods if pod["status"].get("phase") == "Running"]

    async with asyncio.timeout(PATIENCE):
        while not (pods := await running()):  # noqa: ASYNC110 -- the kubelet is at work on the other side
            await asyncio.sleep(0.01)
    assert isinstance(await cluster.logs("shop", pods[0]["metadata"]["name"], "web", 5), str)
    with pytest.raises(Invalid, match="container nope is not valid"):
        await cluster.logs("shop", pods[0]["metadata"]["name"], "nope", 5)
    assert (await cluster.version()).startswith("v1.")


@pytest.mark.parametrize(
    ("fault", "error", "maybe_applied"),
    [
        (Fault.TOO_MANY, Throttled, False),
        (Fault.CONFLICT, Conflict, False),
        (Fault.SERVER_ERROR, ServerFailed, True),
        (Fault.UNAVAILABLE, ServerFailed, True),
        (Fault.RESET, Unreachable, True),
        (Fault.LOSE_ANSWER, Unreachable, True),
    ],
)
async def test_a_write_that_meets_a_fault_says_whether_it_may_have_been_applied(
    fault: Fault, error: type[Throttled], maybe_applied: bool, cluster: Kubernetes, world: Cluster
) -> None:
    world.faults.next(fault, verb="patch", resource="deployments", retry_after=3)
    with pytest.raises(error) as caught:
        await cluster.patch(DEPLOYMENTS, "shop", "checkout", fenced("7", 4))
    assert caught.value.maybe_applied == maybe_applied
    if fault is Fault.TOO_MANY:
        assert caught.value.delay == 3.0
    applied = world.get("Deployment", "shop", "checkout")["spec"]["replicas"] == 4  # type: ignore[index]
    assert applied == (fault is Fault.LOSE_ANSWER)


async def test_a_hanging_server_is_given_up(world: Cluster, tmp_path: Path) -> None:
    impatient = await connect(world, tmp_path, timeout=IMPATIENT)
    world.faults.next(Fault.HANG, verb="list", resource="deployments")
    with pytest.raises(Unreachable, match="no answer within"):
        await impatient.list(DEPLOYMENTS, "shop")
    world.faults.clear()
    await impatient.close()


async def test_a_cache_follows_a_deployment_through_cuts_and_forgotten_moments(
    cluster: Kubernetes, world: Cluster
) -> None:
    watches = Watches(cluster, clock=SystemClock(), random=Random(1))
    deployments, pods = await asyncio.gather(watches.ensure(DEPLOYMENTS, "shop"), watches.ensure(PODS, "shop"))

    def agrees() -> bool:
        ours = {pod["metadata"]["name"]: pod["metadata"]["resourceVersion"] for pod in pods.items()}
        theirs = {pod["metadata"]["name"]: pod["metadata"]["resourceVersion"] for pod in world.list("Pod", "shop")}
        return ours == theirs

    def settled(replicas: int) -> bool:
        known = deployments.get("checkout")
        assert known is not None
        return bool(known["status"].get("readyReplicas") == replicas and len(pods.items()) == replicas and agrees())

    await until(lambda: settled(2))
    await cluster.patch(DEPLOYMENTS, "shop", "checkout", fenced("7", 4))
    await until(lambda: settled(4))
    world.faults.cut_watches()
    await cluster.patch(DEPLOYMENTS, "shop", "checkout", fenced("7", 3))
    await until(lambda: settled(3))
    world.faults.cut_watches()
    await cluster.patch(DEPLOYMENTS, "shop", "checkout", fenced("7", 1))
    world.compact()
    await until(lambda: settled(1))
    assert pods.error is None
    await watches.stop()
