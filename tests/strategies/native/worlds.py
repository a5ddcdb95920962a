"""Recorded clusters, folded: what a client that watched everything knew at each moment. And small objects for what was not recorded."""

import gzip
import json
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Thing = dict[str, Any]
_RECORDINGS = Path(__file__).parent / "recordings"


def recorded(name: str) -> Any:
    return json.loads(gzip.decompress((_RECORDINGS / f"{name}.json.gz").read_bytes()))


@dataclass
class World:
    at: int = 0
    objects: dict[str, dict[str, Thing]] = field(default_factory=dict)

    def all(self, kind: str) -> list[Thing]:
        return list(self.objects.get(kind, {}).values())

    def one(self, kind: str, name: str) -> Thing:
        return self.objects[kind][name]


def moments(name: str) -> Iterator[World]:
    """The world after each watch event, in the order in which the events arrived."""
    exchanges = recorded(name)["exchanges"]
    events = [event for exchange in exchanges for event in exchange["response"].get("stream", ())]
    world = World()
    for event in sorted(events, key=lambda event: event["t_ms"]):
        if event["type"] == "BOOKMARK":
            continue
        world.at = event["t_ms"]
        kept = world.objects.setdefault(event["object"]["kind"], {})
        if event["type"] == "DELETED":
            kept.pop(event["object"]["metadata"]["name"], None)
        else:
            kept[event["object"]["metadata"]["name"]] = event["object"]
        yield world


def final(name: str) -> World:
    *_, last = moments(name)
    return last


def deployment(
    labels: dict[str, str] | None = None,
    *,
    name: str = "checkout",
    selector: Thing | None = None,
    image: str = "ghcr.io/acme/checkout:v1",
    replicas: int = 4,
) -> Thing:
    labels = labels or {"app": "checkout", "track": "stable"}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": "shop", "uid": f"uid-{name}", "generation": 1, "labels": dict(labels)},
        "spec": {
            "replicas": replicas,
            "selector": selector or {"matchLabels": dict(labels)},
            "template": {
                "metadata": {"labels": dict(labels), "annotations": {"note": "kept"}},
                "spec": {
                    "containers": [
                        {"name": "sidecar", "image": "ghcr.io/acme/mesh:v9"},
                        {"name": "web", "image": image, "env": [{"name": "LOG", "value": "info"}]},
                    ]
                },
            },
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}},
            "minReadySeconds": 5,
        },
        "status": {
            "observedGeneration": 1,
            "replicas": replicas,
            "updatedReplicas": replicas,
            "availableReplicas": replicas,
        },
    }


def replicaset(owner: Thing, *, hash_: str = "abc", available: int = 0, replicas: int = 0) -> Thing:
    template = deepcopy(owner["spec"]["template"])
    template["metadata"]["labels"]["pod-template-hash"] = hash_
    name = f"{owner['metadata']['name']}-{hash_}"
    return {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {
            "name": name,
            "uid": f"uid-{name}",
            "creationTimestamp": "2026-11-20T09:00:00Z",
            "labels": template["metadata"]["labels"],
            "ownerReferences": [{"kind": "Deployment", "controller": True, **_reference(owner)}],
        },
        "spec": {"template": template, "selector": {"matchLabels": dict(template["metadata"]["labels"])}},
        "status": {"replicas": replicas, "availableReplicas": available},
    }


def pod(owner: Thing, name: str, *, ready: bool = True, **status: Any) -> Thing:
    return {
        "kind": "Pod",
        "metadata": {
            "name": name,
            "uid": f"uid-{name}",
            "labels": dict(owner["metadata"]["labels"]),
            "ownerReferences": [{"kind": "ReplicaSet", "controller": True, **_reference(owner)}],
        },
        "status": {
            "phase": "Running",
            "conditions": [{"type": "Ready", "status": "True" if ready else "False"}],
            **status,
        },
    }


def service(name: str, selector: dict[str, str] | None) -> Thing:
    spec: Thing = {"ports": [{"port": 80}]}
    return {"kind": "Service", "metadata": {"name": name}, "spec": spec | ({"selector": selector} if selector else {})}


def _reference(owner: Thing) -> Thing:
    return {"name": owner["metadata"]["name"], "uid": owner["metadata"]["uid"]}
