"""Whatever a patch holds, the server answers as a server does: with the object or with a Status, never with a crash."""

import json
import random
from typing import Any

from bot.playground.kubernetes import Cluster
from tests.playground.kubernetes.conftest import Client, deployment

KINDS = ("merge-patch+json", "strategic-merge-patch+json", "json-patch+json", "apply-patch+yaml")
KEYS = (
    "metadata", "spec", "status", "template", "containers", "name", "labels", "annotations", "finalizers",
    "ownerReferences", "replicas", "strategy", "rollingUpdate", "selector", "matchLabels", "managedFields",
)  # fmt: skip
ODD: tuple[Any, ...] = (
    None, 1, -1, 2.5, "x", "", True, [], {}, [1], [{}], {"a": 1}, {"metadata": None}, {"$patch": "delete"},
    [{"name": "web", "$patch": "delete"}], [{"name": "web"}],
)  # fmt: skip
PATHS = ("", "/metadata", "/spec/replicas", "/spec/template/spec/containers/0", "/metadata/labels/x", "/a/b")


def odd_value(chance: random.Random, depth: int) -> Any:
    if depth == 0 or chance.random() < 0.3:
        return chance.choice(ODD)
    return {chance.choice(KEYS): odd_value(chance, depth - 1) for _ in range(chance.randint(1, 3))}


def odd_patch(chance: random.Random, kind: str) -> Any:
    if kind == "json-patch+json":
        operation = chance.choice(("add", "replace", "test", "remove", "copy", "move"))
        return [{"op": operation, "path": chance.choice(PATHS), "from": "/spec", "value": odd_value(chance, 2)}]
    value = odd_value(chance, 4)
    if kind == "apply-patch+yaml" and isinstance(value, dict):
        return {**value, "apiVersion": "apps/v1", "kind": "Deployment"}
    return value


async def test_no_patch_however_odd_crashes_the_server_or_loses_the_object(cluster: Cluster, client: Client) -> None:
    await cluster.apply(deployment())
    chance = random.Random(7)
    for _ in range(400):
        kind = chance.choice(KINDS)
        part = chance.choice(("", "", "/status", "/scale"))
        query = "?fieldManager=odd&force=true" if kind == "apply-patch+yaml" else ""
        path = f"/apis/apps/v1/namespaces/shop/deployments/checkout{part}{query}"
        patch = odd_patch(chance, kind)
        status, body = await client.ask("PATCH", path, patch, kind=f"application/{kind}")
        assert body["kind"] in ("Deployment", "Scale", "Status"), json.dumps(patch)
        assert status == 200 or body["kind"] == "Status"
        assert cluster.get("Deployment", "shop", "checkout") is not None, json.dumps(patch)
