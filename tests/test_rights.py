"""What the tests' clusters saw, held against the roles: each difference is told with the role, the right and a test."""

import json
from typing import Any

from bot.playground.kubernetes import RequestRecord
from tests.rights import Ledger
from tests.roles import Role, roles

ASK = "selfsubjectaccessreviews"
GET, LIST = ("", "pods", "get"), ("", "pods", "list")


def request(verb: str, resource: str = "pods", *, status: int = 200, **more: Any) -> RequestRecord:
    facts = {"user": "admin", "group": "", "subresource": "", "namespace": "shop", "name": "", "content_type": ""}
    return RequestRecord(
        **{**facts, "body": "", "agent": "leadsman", **more}, verb=verb, resource=resource, status=status
    )


def asking(*verbs: str) -> list[RequestRecord]:
    """What a start asks for in the shop's namespace."""
    wanted = [{"verb": verb, "group": "", "resource": "pods", "namespace": "shop"} for verb in verbs]
    bodies = [json.dumps({"spec": {"resourceAttributes": one}}) for one in wanted]
    return [request("create", ASK, group="authorization.k8s.io", namespace="", body=body) for body in bodies]


def told(granted: set[tuple[str, str, str]], asked: list[RequestRecord], *used: RequestRecord) -> list[str]:
    ledger = Ledger()
    ledger.enter([*asked, *used], "test_x")
    return [*ledger.problems([Role("the role", frozenset({GET, LIST}), frozenset(granted))])]


def test_a_role_that_grants_what_is_used_is_right() -> None:
    assert told({GET, LIST}, asking("get", "list"), request("get"), request("list", status=404)) == []


def test_what_is_granted_and_never_used_is_told() -> None:
    assert told({GET, LIST}, asking("get", "list"), request("get")) == ["the role grants and nothing uses: list pods"]


def test_what_is_used_and_not_granted_is_told_with_a_test_that_used_it() -> None:
    found = told({GET}, asking("get", "list"), request("get"), request("list"))
    assert found == ["the role does not grant and what has it uses: list pods (test_x)"]


def test_what_nobody_asked_for_must_be_granted_by_some_role() -> None:
    asked = asking("get", "list")
    elsewhere = request("patch", "deployments", group="apps", subresource="scale", namespace="other")
    found = told({GET, LIST}, asked, request("get"), request("list"), elsewhere, request("get", namespace="other"))
    assert found == ["no role grants and something uses: patch deployments/scale.apps (test_x)"]


def test_what_was_refused_what_others_did_and_what_is_never_needed_does_not_count() -> None:
    others = [
        request("delete", status=403),
        request("delete", agent="kubectl"),
        request("get", "applications", group="argoproj.io"),
        request("get", "", path="/version"),
    ]
    assert told({GET, LIST}, asking("get", "list"), request("get"), request("list"), *others) == []


def test_the_shipped_role_and_every_printed_one_are_compared() -> None:
    names = {role.name for role in roles()}
    assert {"manifests/base/rbac.yaml", "the Role of by-pods", "the Role of rollout-of-deployment"} <= names
    assert {"the ClusterRole of the cluster", "the Role of by-nginx that observes"} <= names
    assert all(role.asked == role.granted for role in roles())
