"""Accounts in the playground's Kubernetes: what a real cluster lets everybody do, and a way in as one of them."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bot.playground.kubernetes import Cluster as Playground
from bot.rights import Right

GROUP = "rbac.authorization.k8s.io"


def built_in(name: str, rule: dict[str, list[str]]) -> list[dict[str, Any]]:
    """A role that every real cluster has, bound to everybody who is known."""
    head = {"apiVersion": f"{GROUP}/v1", "metadata": {"name": name}}
    reference = {"apiGroup": GROUP, "kind": "ClusterRole", "name": name}
    subject = {"apiGroup": GROUP, "kind": "Group", "name": "system:authenticated"}
    return [
        {**head, "kind": "ClusterRole", "rules": [rule]},
        {**head, "kind": "ClusterRoleBinding", "roleRef": reference, "subjects": [subject]},
    ]


ASK = {"apiGroups": ["authorization.k8s.io"], "resources": ["selfsubjectaccessreviews"], "verbs": ["create"]}
BUILT_IN = [
    *built_in("system:basic-user", ASK),
    *built_in("system:public-info-viewer", {"nonResourceURLs": ["/version", "/version/"], "verbs": ["get"]}),
]


def kubeconfig(playground: Playground, namespace: str, account: str, path: Path) -> str:
    """Write a kubeconfig for a service account; its path."""
    config: dict[str, Any] = playground.kubeconfig()
    config["users"][0]["user"] = {"token": playground.token_for(account, namespace)}
    path.write_text(json.dumps(config))
    return str(path)


def roles(namespace: str, granted: Iterable[Right]) -> list[dict[str, Any]]:
    """An account of ours that has these rights, by a Role and a ClusterRole, and otherwise only what everybody may."""
    metadata = {"name": "leadsman", "namespace": namespace}
    made: list[dict[str, Any]] = [*BUILT_IN, {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata}]
    for kind, namespaced in (("Role", True), ("ClusterRole", False)):
        rules = [
            {"apiGroups": [one.kind.group], "resources": [one.resource], "verbs": [one.verb]}
            for one in granted
            if one.kind.namespaced is namespaced
        ]
        head = {"apiVersion": f"{GROUP}/v1", "metadata": metadata if namespaced else {"name": "leadsman"}}
        subject = {"kind": "ServiceAccount", **metadata}
        reference = {"apiGroup": GROUP, "kind": kind, "name": "leadsman"}
        made += [
            {**head, "kind": kind, "rules": rules},
            {**head, "kind": f"{kind}Binding", "roleRef": reference, "subjects": [subject]},
        ]
    return made


def used(playground: Playground, namespace: str) -> set[tuple[str, str, str]]:
    """What that account did: group, resource with its subresource, verb. Nothing of it may have been refused."""
    log = [one for one in playground.requests if one.user == f"system:serviceaccount:{namespace}:leadsman"]
    assert [one.path for one in log if one.status == 403] == []
    return {
        (one.group, f"{one.resource}/{one.subresource}" if one.subresource else one.resource, one.verb)
        for one in log
        if one.group != "authorization.k8s.io"
    }


def names(granted: Iterable[Right]) -> set[tuple[str, str, str]]:
    """The rights in the same form."""
    return {(right.kind.group, right.resource, right.verb) for right in granted}
