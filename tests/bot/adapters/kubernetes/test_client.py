"""Our client against servers that answer as the real one did, and as none should."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bot.adapters.kubernetes import (
    ANALYSIS_TEMPLATES,
    CLUSTER_ANALYSIS_TEMPLATES,
    CONFIGMAPS,
    DEPLOYMENTS,
    NAMESPACES,
    PODS,
    Kubernetes,
)
from bot.errors import (
    AlreadyExists,
    Invalid,
    LeadsmanError,
    NotFound,
    ServerFailed,
    TemporaryError,
    Throttled,
    Unreachable,
    Unsupported,
)
from tests.bot.adapters.kubernetes.recorded import body, exchanges, headers, title
from tests.bot.adapters.kubernetes.servers import IMPATIENT, TOKEN, Server, closes, connected, hangs, says, streams
from tests.bot.adapters.kubernetes.test_answers import MEANING, kind_of
from tests.real.ports import deaf_port

OPERATIONS = [{"op": "test", "path": "/metadata/annotations/x", "value": "1"}, {"op": "remove", "path": "/spec/paused"}]
DEPLOYMENT = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "checkout", "namespace": "shop"}}


def named(name: str, version: str = "1") -> dict[str, Any]:
    return {"metadata": {"name": name, "namespace": "shop", "resourceVersion": version}}


def page(*names: str, version: str = "7", more: str = "") -> dict[str, Any]:
    metadata = {"resourceVersion": version, **({"continue": more} if more else {})}
    return {"kind": "DeploymentList", "metadata": metadata, "items": [named(name) for name in names]}


def spoken_by_us(exchange: dict[str, Any]) -> bool:
    """Whether our client could have sent the request: the others are put to the table of answers directly."""
    request = exchange["request"]
    content_type = (request["headers"] or {}).get("Content-Type", "")
    return request["method"] in ("GET", "POST") or (request["method"] == "PATCH" and "json-patch" in content_type)


async def say_again(cluster: Kubernetes, exchange: dict[str, Any]) -> None:
    """The same verb on some object: the answer is what counts."""
    request = exchange["request"]
    match request["method"]:
        case "POST":
            await cluster.create(DEPLOYMENTS, "shop", DEPLOYMENT)
        case "PATCH":
            await cluster.patch(DEPLOYMENTS, "shop", "checkout", OPERATIONS)
        case _ if request["query"].get("watch"):
            async for _ in cluster.watch(DEPLOYMENTS, "shop", "1"):
                pass
        case _ if request["path"].endswith("/log"):
            await cluster.logs("shop", "checkout-1", "web", 10)
        case _:
            await cluster.list(DEPLOYMENTS, "shop")


async def test_each_recorded_refusal_reaches_the_caller_as_the_right_error(server: Server, cluster: Kubernetes) -> None:
    recorded = [exchange for exchange in exchanges("refusals") if spoken_by_us(exchange)]
    assert len(recorded) > 200
    for exchange in recorded:
        server.will(says(exchange["response"]["status"], body(exchange), **headers(exchange)))
        with pytest.raises(LeadsmanError) as caught:
            await say_again(cluster, exchange)
        assert caught.type is MEANING[kind_of(exchange)], title(exchange)


async def test_an_object_that_is_not_there_is_none_and_a_kind_that_is_not_there_an_error(
    server: Server, cluster: Kubernetes
) -> None:
    server.will(
        says(404, {"kind": "Status", "message": 'x "y" not found', "reason": "NotFound", "details": {"name": "y"}})
    )
    assert await cluster.get(DEPLOYMENTS, "shop", "checkout") is None
    server.will(says(404, "404 page not found\n"))
    with pytest.raises(Unsupported, match="install its CustomResourceDefinition"):
        await cluster.get(ANALYSIS_TEMPLATES, "shop", "success-rate")


async def test_a_namespace_that_is_not_there_is_named_when_something_is_created_in_it(
    server: Server, cluster: Kubernetes
) -> None:
    status = {"kind": "Status", "message": 'namespaces "shop" not found', "details": {"name": "shop"}, "code": 404}
    server.will(says(404, status))
    with pytest.raises(NotFound, match='namespaces "shop" not found'):
        await cluster.create(DEPLOYMENTS, "shop", DEPLOYMENT)


async def test_a_patch_says_who_we_are_what_it_is_and_sends_the_operations_as_they_are(
    server: Server, cluster: Kubernetes
) -> None:
    server.will(says(200, named("checkout", "2")))
    assert await cluster.patch(DEPLOYMENTS, "shop", "checkout", OPERATIONS, dry_run=True) == named("checkout", "2")
    (asked,) = server.asked
    assert (asked.method, asked.path) == ("PATCH", "/apis/apps/v1/namespaces/shop/deployments/checkout")
    assert asked.query == {"fieldManager": "leadsman", "dryRun": "All"}
    assert asked.headers["Content-Type"] == "application/json-patch+json"
    assert asked.headers["Authorization"] == f"Bearer {TOKEN}"
    assert json.loads(asked.body) == OPERATIONS


async def test_a_creation_goes_to_the_collection_and_a_taken_name_is_an_error_of_its_own(
    server: Server, cluster: Kubernetes
) -> None:
    taken = {"kind": "Status", "message": 'deployments.apps "checkout" already exists', "reason": "AlreadyExists"}
    server.will(says(201, DEPLOYMENT), says(409, taken))
    assert await cluster.create(DEPLOYMENTS, "shop", DEPLOYMENT) == DEPLOYMENT
    assert server.asked[0].path == "/apis/apps/v1/namespaces/shop/deployments"
    assert server.asked[0].query == {"fieldManager": "leadsman"}
    assert json.loads(server.asked[0].body) == DEPLOYMENT
    with pytest.raises(AlreadyExists):
        await cluster.create(DEPLOYMENTS, "shop", DEPLOYMENT)


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "../../secrets/x", "a%2fb"])
async def test_a_name_that_would_lead_to_another_path_is_never_sent(
    name: str, server: Server, cluster: Kubernetes
) -> None:
    with pytest.raises(Invalid, match="cannot be the name"):
        await cluster.get(DEPLOYMENTS, "shop", name)
    with pytest.raises(Invalid, match="cannot be the namespace"):
        await cluster.list(DEPLOYMENTS, name)
    assert server.asked == []


async def test_cluster_wide_kinds_take_no_namespace_and_the_others_need_one_for_an_object(
    server: Server, cluster: Kubernetes
) -> None:
    server.will(says(200, named("x")))
    await cluster.get(NAMESPACES, None, "shop")
    await cluster.get(CLUSTER_ANALYSIS_TEMPLATES, None, "success-rate")
    assert [asked.path for asked in server.asked] == [
        "/api/v1/namespaces/shop",
        "/apis/argoproj.io/v1alpha1/clusteranalysistemplates/success-rate",
    ]
    with pytest.raises(Invalid):
        await cluster.get(NAMESPACES, "shop", "shop")
    with pytest.raises(Invalid, match="needs a namespace"):
        await cluster.get(PODS, None, "x")


async def test_a_list_is_read_page_by_page_and_says_what_its_items_are(server: Server, cluster: Kubernetes) -> None:
    server.will(says(200, page("a", "b", more="next/1==")), says(200, page("c")))
    listing = await cluster.list(DEPLOYMENTS, "shop", selector="app=web,track in (a,b)")
    assert [item["metadata"]["name"] for item in listing.items] == ["a", "b", "c"]
    assert {(item["apiVersion"], item["kind"]) for item in listing.items} == {("apps/v1", "Deployment")}
    assert listing.resource_version == "7"
    assert [asked.query for asked in server.asked] == [
        {"labelSelector": "app=web,track in (a,b)", "limit": "500"},
        {"labelSelector": "app=web,track in (a,b)", "limit": "500", "continue": "next/1=="},
    ]


async def test_the_recorded_pages_make_one_list(server: Server, cluster: Kubernetes) -> None:
    recorded = [e for e in exchanges("pages") if "fieldSelector" in e["request"]["query"]][:3]
    server.will(*(says(200, body(e), **headers(e)) for e in recorded))
    listing = await cluster.list(CONFIGMAPS, "paging")
    expected = [item["metadata"]["name"] for e in recorded for item in e["response"]["body"]["items"]]
    assert [item["metadata"]["name"] for item in listing.items] == expected
    assert [asked.query.get("continue") for asked in server.asked] == [
        e["request"]["query"].get("continue") for e in recorded
    ]


async def test_a_page_that_expired_is_never_continued_with_another_moment(server: Server, cluster: Kubernetes) -> None:
    expired = next(e for e in exchanges("pages") if e["response"]["status"] == 410)
    server.will(
        says(200, page("a", more="old")),
        says(410, body(expired), **headers(expired)),
        says(200, page("b", version="9")),
    )
    listing = await cluster.list(DEPLOYMENTS, "shop")
    assert [item["metadata"]["name"] for item in listing.items] == ["b"]
    assert listing.resource_version == "9"
    assert server.asked[2].query == {}


@pytest.mark.parametrize("said", [{}, {"metadata": {}}, {"gitVersion": "v1"}])
async def test_an_answer_without_items_is_not_taken_for_an_empty_list(
    said: dict[str, Any], server: Server, cluster: Kubernetes
) -> None:
    server.will(says(200, said))
    with pytest.raises(ServerFailed):
        await cluster.list(DEPLOYMENTS, "shop")


async def test_the_recorded_access_reviews_are_asked_as_kubectl_asks_and_read(
    server: Server, cluster: Kubernetes
) -> None:
    recorded = [
        e
        for e in exchanges("answers")
        if e["response"]["status"] == 201 and "resourceAttributes" in (e["request"]["body"] or {}).get("spec", {})
    ]
    assert {e["response"]["body"]["status"]["allowed"] for e in recorded} == {True, False}
    for e in recorded:
        wanted = e["request"]["body"]["spec"]["resourceAttributes"]
        server.will(says(201, body(e), **headers(e)))
        answer = await cluster.allowed(wanted["verb"], DEPLOYMENTS, wanted["namespace"])
        assert answer == e["response"]["body"]["status"]["allowed"]
        assert json.loads(server.asked[-1].body) == e["request"]["body"]
        assert server.asked[-1].path == e["request"]["path"]


async def test_a_right_on_a_subresource_of_one_object_is_asked_by_name(server: Server, cluster: Kubernetes) -> None:
    server.will(says(201, {"kind": "SelfSubjectAccessReview", "status": {"allowed": True}}))
    assert await cluster.allowed("get", PODS, "shop", name="web-1", subresource="log")
    assert json.loads(server.asked[0].body)["spec"]["resourceAttributes"] == {
        "verb": "get",
        "group": "",
        "resource": "pods",
        "namespace": "shop",
        "name": "web-1",
        "subresource": "log",
    }


async def test_logs_and_the_version_are_read_as_recorded(server: Server, cluster: Kubernetes) -> None:
    log = next(e for e in exchanges("answers") if e["request"]["query"].get("container") == "sidecar")
    server.will(says(200, body(log), **headers(log)))
    assert await cluster.logs("rec", "two", "sidecar", 1) == log["response"]["body"]
    assert server.asked[0].path == "/api/v1/namespaces/rec/pods/two/log"
    assert server.asked[0].query == {"container": "sidecar", "tailLines": "1", "limitBytes": "262144"}
    version = next(e for e in exchanges("answers") if e["request"]["path"] == "/version")
    server.will(says(200, body(version), **headers(version)))
    assert await cluster.version() == "v1.36.2"


async def test_a_server_that_takes_a_write_and_says_nothing_may_have_done_it(server: Server, tmp_path: Path) -> None:
    server.will(hangs())
    async with connected(tmp_path, server.url, timeout=IMPATIENT) as cluster:
        with pytest.raises(Unreachable, match=r"no answer within 2 s.*may have been applied") as caught:
            await cluster.patch(DEPLOYMENTS, "shop", "checkout", OPERATIONS)
        assert caught.value.maybe_applied
        with pytest.raises(Unreachable, match="no answer within 2 s") as caught:
            await cluster.get(DEPLOYMENTS, "shop", "checkout")
        assert not caught.value.maybe_applied


async def test_a_dry_run_that_brought_no_answer_has_changed_nothing(server: Server, cluster: Kubernetes) -> None:
    server.will(closes())
    with pytest.raises(Unreachable) as caught:
        await cluster.patch(DEPLOYMENTS, "shop", "checkout", OPERATIONS, dry_run=True)
    assert not caught.value.maybe_applied


async def test_a_server_that_closes_at_once_may_have_done_the_write(server: Server, cluster: Kubernetes) -> None:
    server.will(closes())
    with pytest.raises(Unreachable, match="closed before the answer") as caught:
        await cluster.create(DEPLOYMENTS, "shop", DEPLOYMENT)
    assert caught.value.maybe_applied
    assert len(server.asked) == 1


async def test_a_read_over_a_kept_connection_that_broke_is_read_again_and_a_write_is_not(
    server: Server, cluster: Kubernetes
) -> None:
    server.will(says(200, named("a")), closes(), says(200, named("b")))
    assert await cluster.get(DEPLOYMENTS, "shop", "a") == named("a")
    assert await cluster.get(DEPLOYMENTS, "shop", "b") == named("b")
    server.will(says(200, named("a")), closes(), says(200, named("c")))
    assert await cluster.get(DEPLOYMENTS, "shop", "a") == named("a")
    with pytest.raises(Unreachable) as caught:
        await cluster.patch(DEPLOYMENTS, "shop", "c", OPERATIONS)
    assert caught.value.maybe_applied
    assert len(server.script) == 1


async def test_nothing_was_applied_where_no_connection_was_made(tmp_path: Path) -> None:
    with deaf_port() as port:
        async with connected(tmp_path, f"http://127.0.0.1:{port}") as cluster:
            with pytest.raises(Unreachable, match=rf"no connection to 127\.0\.0\.1:{port}: Connection refused") as e:
                await cluster.patch(DEPLOYMENTS, "shop", "checkout", OPERATIONS)
    assert not e.value.maybe_applied


async def test_a_server_without_tls_is_named_as_such(server: Server, tmp_path: Path) -> None:
    async with connected(tmp_path, server.url.replace("http:", "https:")) as cluster:
        with pytest.raises(Unreachable, match="no TLS connection with 127") as caught:
            await cluster.patch(DEPLOYMENTS, "shop", "checkout", OPERATIONS)
    assert not caught.value.maybe_applied


HTML = b"<html><title>Sign in</title></html>"


@pytest.mark.parametrize(("status", "sentence"), [(200, "not JSON but text/html"), (502, "HTTP 502")])
async def test_html_is_never_an_answer(status: int, sentence: str, server: Server, cluster: Kubernetes) -> None:
    server.will(says(status, HTML, Content_Type="text/html"))
    with pytest.raises(ServerFailed, match=sentence) as caught:
        await cluster.get(DEPLOYMENTS, "shop", "checkout")
    assert not caught.value.maybe_applied
    with pytest.raises(ServerFailed, match=sentence) as caught:
        await cluster.patch(DEPLOYMENTS, "shop", "checkout", OPERATIONS)
    assert caught.value.maybe_applied
    with pytest.raises(ServerFailed):
        async for _ in cluster.watch(DEPLOYMENTS, "shop", "1"):
            pass


@pytest.mark.parametrize("then", ["ends", "cut"])
async def test_an_answer_cut_in_the_middle_is_never_taken_for_whole(
    then: str, server: Server, cluster: Kubernetes
) -> None:
    server.will(streams(b'{"metadata": {"name": "checkout", "resourceV', then=then))
    with pytest.raises(TemporaryError) as caught:
        await cluster.get(DEPLOYMENTS, "shop", "checkout")
    assert not caught.value.maybe_applied
    with pytest.raises(TemporaryError) as caught:
        await cluster.patch(DEPLOYMENTS, "shop", "checkout", OPERATIONS)
    assert caught.value.maybe_applied


@pytest.mark.parametrize("said", ["[]", '"text"', "null", "7"])
async def test_json_that_is_no_object_is_no_answer(said: str, server: Server, cluster: Kubernetes) -> None:
    server.will(says(200, said.encode(), Content_Type="application/json"))
    with pytest.raises(ServerFailed):
        await cluster.get(DEPLOYMENTS, "shop", "checkout")


async def test_patience_is_asked_for_with_and_without_a_time(server: Server, cluster: Kubernetes) -> None:
    server.will(says(429, "Too many requests, please try again later.\n", Retry_After="3"), says(429, "slow down"))
    with pytest.raises(Throttled, match="please try again later") as caught:
        await cluster.patch(DEPLOYMENTS, "shop", "checkout", OPERATIONS)
    assert (caught.value.delay, caught.value.maybe_applied) == (3.0, False)
    with pytest.raises(Throttled) as caught:
        await cluster.list(DEPLOYMENTS, "shop")
    assert caught.value.delay is None
    assert len(server.asked) == 2


async def test_a_server_that_fails_now_and_then_is_asked_again_only_by_the_caller(
    server: Server, cluster: Kubernetes
) -> None:
    server.will(says(500, "boom"), says(200, named("a")), says(503, "not ready"), says(200, named("b")))
    with pytest.raises(ServerFailed):
        await cluster.get(DEPLOYMENTS, "shop", "a")
    assert await cluster.get(DEPLOYMENTS, "shop", "a") == named("a")
    with pytest.raises(ServerFailed):
        await cluster.get(DEPLOYMENTS, "shop", "b")
    assert await cluster.get(DEPLOYMENTS, "shop", "b") == named("b")
    assert len(server.asked) == 4


async def test_every_error_is_one_of_ours_whatever_the_status(server: Server, cluster: Kubernetes) -> None:
    for status in [*range(300, 304), *range(400, 431), *range(500, 512), 599]:
        server.will(says(status, b""))
        with pytest.raises(LeadsmanError):
            await cluster.patch(DEPLOYMENTS, "shop", "checkout", OPERATIONS)


def test_none_of_the_librarys_typed_classes_is_ever_loaded() -> None:
    code = (
        "import sys, bot.adapters.kubernetes, bot.adapters.watches\n"
        "print([n for n in sys.modules if n.startswith(('kubernetes.aio.client.models.', 'kubernetes.aio.client.api.'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
