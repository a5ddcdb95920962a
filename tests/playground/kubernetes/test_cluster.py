"""What tests and the other emulators rely on: pods behave as told, faults strike, the log of requests is right."""

import asyncio

import aiohttp
import pytest

from bot.playground.kubernetes import Cluster
from tests.playground.kubernetes.conftest import IMAGE, Client, Wait, deployment, service

PATH = "/apis/apps/v1/namespaces/shop/deployments/checkout"
JSON_PATCH = "application/json-patch+json"


def available(cluster: Cluster, name: str = "checkout") -> int:
    found = cluster.get("Deployment", "shop", name) or {}
    return int((found.get("status") or {}).get("availableReplicas", 0))


def running(cluster: Cluster, image: str) -> int:
    pods = [pod for pod in cluster.list("Pod", "shop") if pod["spec"]["containers"][0]["image"] == image]
    return sum(pod["status"]["phase"] == "Running" for pod in pods)


async def test_a_new_image_replaces_all_pods_and_the_service_follows(
    cluster: Cluster, client: Client, until: Wait
) -> None:
    await cluster.apply(service(), deployment(replicas=3))
    await until(lambda: len(cluster.endpoints_of("shop", "checkout")) == 3)
    patch = [{"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": f"{IMAGE}:v2"}]
    status, body = await client.ask("PATCH", PATH, patch, kind=JSON_PATCH)
    assert (status, body["metadata"]["generation"]) == (200, 2)
    await until(lambda: {pod.image for pod in cluster.endpoints_of("shop", "checkout")} == {f"{IMAGE}:v2"})
    await until(lambda: available(cluster) == 3)
    assert len(cluster.list("ReplicaSet", "shop")) == 2


async def test_the_pods_of_the_longest_name_have_names_as_short_as_a_label(cluster: Cluster, until: Wait) -> None:
    """A ReplicaSet's name may be nearly as long as any; what is generated from it is cut, not refused."""
    named = deployment(replicas=2)
    named["metadata"]["name"] = "n" * (253 - len("-1234567890"))
    await cluster.apply(named)
    await until(lambda: available(cluster, named["metadata"]["name"]) == 2)
    names = [pod["metadata"]["name"] for pod in cluster.list("Pod", "shop")]
    assert [(len(name), name[:58]) for name in names] == [(63, "n" * 58)] * 2


async def test_an_image_that_cannot_be_pulled_leaves_the_old_pods_and_misses_the_deadline(
    cluster: Cluster, until: Wait
) -> None:
    await cluster.apply(deployment(replicas=2, progressDeadlineSeconds=20))
    await until(lambda: available(cluster) == 2)
    await cluster.apply(deployment(image=f"{IMAGE}:bad", replicas=2, progressDeadlineSeconds=20))

    def gave_up() -> bool:
        found = cluster.get("Deployment", "shop", "checkout") or {}
        return any(c["reason"] == "ProgressDeadlineExceeded" for c in found["status"].get("conditions", ()))

    await until(gave_up)
    assert running(cluster, f"{IMAGE}:v1") == 2
    await until(lambda: waiting(cluster) == ["ImagePullBackOff"])


def waiting(cluster: Cluster) -> list[str]:
    """Why containers do not run."""
    return [
        state["state"]["waiting"]["reason"]
        for pod in cluster.list("Pod", "shop")
        for state in pod["status"].get("containerStatuses", ())
        if "waiting" in state["state"]
    ]


async def test_a_tag_that_is_pushed_again_runs_another_digest_in_new_pods_only(cluster: Cluster, until: Wait) -> None:
    await cluster.apply(service(), deployment(replicas=1))
    await until(lambda: available(cluster) == 1)
    cluster.push(f"{IMAGE}:v1", digest="sha256:" + "b" * 64)
    await cluster.apply(deployment(replicas=2))
    await until(lambda: len(cluster.endpoints_of("shop", "checkout")) == 2)
    digests = {pod.image_id for pod in cluster.endpoints_of("shop", "checkout")}
    assert len(digests) == 2
    assert f"{IMAGE}@sha256:{'b' * 64}" in digests


async def test_pods_beyond_the_capacity_stay_pending_and_say_why(cluster: Cluster, until: Wait) -> None:
    cluster.capacity = 2
    await cluster.apply(deployment(replicas=3))

    def unschedulable() -> bool:
        conditions = [c for pod in cluster.list("Pod", "shop") for c in pod["status"].get("conditions", ())]
        return any(c.get("reason") == "Unschedulable" and c["status"] == "False" for c in conditions)

    await until(unschedulable)
    await until(lambda: available(cluster) == 2)


async def test_the_log_names_who_did_what_to_which_object(cluster: Cluster, client: Client) -> None:
    await cluster.apply(deployment())
    patch = {"spec": {"replicas": 5}}
    await client.ask("PATCH", f"{PATH}/scale", patch, kind="application/merge-patch+json")
    await client.ask("GET", "/api/v1/namespaces/shop/pods")
    first, second = cluster.requests
    assert (first.user, first.verb, first.group, first.resource) == ("admin", "patch", "apps", "deployments")
    assert (first.subresource, first.namespace, first.name, first.status) == ("scale", "shop", "checkout", 200)
    assert '"replicas": 5' in first.body
    assert (second.verb, second.body) == ("list", "")
    assert second.agent.startswith("Python/")


async def test_a_watch_is_in_the_log_from_its_beginning_on_and_once(cluster: Cluster, client: Client) -> None:
    headers = {"Authorization": f"Bearer {client.token}"}
    url = f"{client.url}/api/v1/namespaces/shop/pods?watch=true"
    async with aiohttp.request("GET", url, headers=headers) as answer:
        assert [(one.verb, one.resource, one.status) for one in cluster.requests] == [("watch", "pods", 200)]
        cluster.faults.cut_watches()
        await answer.read()
    assert len(cluster.requests) == 1


@pytest.mark.parametrize(("fault", "code"), [("429", 429), ("500", 500), ("503", 503), ("409", 409)])
async def test_a_planned_fault_strikes_once_and_only_what_it_is_meant_for(
    cluster: Cluster, client: Client, fault: str, code: int
) -> None:
    await cluster.apply(deployment())
    cluster.faults.next(fault, verb="patch", resource="deployments")
    assert (await client.ask("GET", PATH))[0] == 200
    patch = [{"op": "replace", "path": "/spec/replicas", "value": 4}]
    assert (await client.ask("PATCH", PATH, patch, kind=JSON_PATCH))[0] == code
    assert (await client.ask("PATCH", PATH, patch, kind=JSON_PATCH))[0] == 200


async def test_a_lost_answer_is_a_write_that_was_done(cluster: Cluster, client: Client) -> None:
    await cluster.apply(deployment())
    cluster.faults.next("lose-answer", verb="patch")
    patch = [{"op": "replace", "path": "/spec/replicas", "value": 7}]
    with pytest.raises(aiohttp.ClientError):
        await client.ask("PATCH", PATH, patch, kind=JSON_PATCH)
    assert (cluster.get("Deployment", "shop", "checkout") or {})["spec"]["replicas"] == 7


async def test_a_refusing_server_and_an_expired_credential_are_told_apart(cluster: Cluster, client: Client) -> None:
    cluster.faults.refusing = True
    with pytest.raises(aiohttp.ClientError):
        await client.ask("GET", "/version")
    cluster.faults.refusing = False
    cluster.faults.credential_expired = True
    assert (await client.ask("GET", "/api/v1/pods"))[0] == 401
    cluster.faults.clear()
    assert (await client.ask("GET", "/api/v1/pods"))[0] == 200


async def test_a_hung_request_goes_on_when_the_fault_is_cleared(cluster: Cluster, client: Client) -> None:
    cluster.faults.next("hang", verb="list")
    asked = asyncio.create_task(client.ask("GET", "/api/v1/pods"))
    done, _ = await asyncio.wait({asked}, timeout=0.1)
    assert not done
    cluster.faults.clear()
    assert (await asked)[0] == 503


async def test_a_service_account_may_do_what_its_role_says_and_nothing_else(cluster: Cluster, client: Client) -> None:
    await cluster.apply(
        deployment(),
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "bot", "namespace": "shop"}},
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "Role",
            "metadata": {"name": "reader", "namespace": "shop"},
            "rules": [{"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["get"]}],
        },
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "RoleBinding",
            "metadata": {"name": "reader", "namespace": "shop"},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "reader"},
            "subjects": [{"kind": "ServiceAccount", "name": "bot", "namespace": "shop"}],
        },
    )
    token = cluster.token_for("bot", "shop")
    assert (await client.ask("GET", PATH, token=token))[0] == 200
    status, body = await client.ask("DELETE", PATH, token=token)
    assert status == 403
    assert 'User "system:serviceaccount:shop:bot" cannot delete resource "deployments"' in body["message"]
    assert cluster.requests[-1].user == "system:serviceaccount:shop:bot"


def ingress(name: str, backend: str, **annotations: str) -> dict[str, object]:
    path = {
        "path": "/",
        "pathType": "Prefix",
        "backend": {"service": {"name": backend, "port": {"number": 80}}},
    }
    marks = {f"nginx.ingress.kubernetes.io/{key.replace('_', '-')}": value for key, value in annotations.items()}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"name": name, "namespace": "shop", "annotations": marks},
        "spec": {"rules": [{"host": "shop.example.com", "http": {"paths": [path]}}]},
    }


async def test_a_canary_ingress_takes_its_weight_of_the_hosts_traffic(cluster: Cluster, until: Wait) -> None:
    await cluster.apply(
        service(), deployment(), ingress("main", "checkout"), service("checkout-canary"),
        ingress("canary", "checkout-canary", canary="true", canary_weight="30"),
    )  # fmt: skip
    await until(lambda: len(cluster.endpoints_of("shop", "checkout")) == 2)
    main, canary = cluster.traffic_split("shop", "shop.example.com")
    assert (main.service, main.share, len(main.pods)) == ("checkout", 70.0, 2)
    assert (canary.service, canary.share, canary.pods) == ("checkout-canary", 30.0, ())
    assert cluster.traffic_split("shop", "other.example.com") == []


async def test_deleting_a_deployment_takes_its_replica_sets_and_pods_along(
    cluster: Cluster, client: Client, until: Wait
) -> None:
    await cluster.apply(deployment())
    await until(lambda: available(cluster) == 2)
    assert (await client.ask("DELETE", PATH))[0] == 200
    await until(lambda: not cluster.list("ReplicaSet", "shop") and not cluster.list("Pod", "shop"))
