"""Accounts in the playground's Kubernetes: what a real cluster lets everybody do, and a way in as one of them."""

import json
from pathlib import Path
from typing import Any

from bot.playground.kubernetes import Cluster as Playground

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
