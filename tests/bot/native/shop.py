"""A small shop in the playground's Kubernetes, seen through the real client, with waiting that ends as soon as what is
awaited is so.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import Any

from bot.adapters.kubernetes import Kubernetes
from bot.adapters.watches import Watches
from bot.clock import GuestClock
from bot.clusters import Cluster
from bot.observe import Observer
from bot.perform import Outcome, Performer
from bot.playground.clock import StoryClock
from bot.playground.kubernetes import Behaviour
from bot.playground.kubernetes import Cluster as Playground
from bot.playground.kubernetes.catalogue import CUSTOM
from strategies.effects import Write
from strategies.model import Nginx, Seen, Target

NAMESPACE = "shop"
IMAGE = "ghcr.io/acme/checkout"
RATIO = Target("prod", NAMESPACE, "checkout", "web")
ROUTED = Target("prod", NAMESPACE, "checkout", "web", Nginx("checkout", "checkout", "checkout-canary"))
SPEED = 20.0
PATIENCE = 120.0
"""Real seconds until what must come is given up."""
Thing = dict[str, Any]


class Shop:
    """One playground cluster, our client for it, and what works through that."""

    def __init__(self, playground: Playground, cluster: Cluster, clock: GuestClock) -> None:
        self.playground = playground
        self.cluster = cluster
        self.clusters = {"prod": cluster}
        self.clock = clock
        self.observer = Observer(self.clusters, self.clock)
        self.performer = Performer(self.clusters, self.clock)
        self.woken = asyncio.Event()
        self.observer.subscribe(lambda _key: self.woken.set())

    def get(self, kind: str, name: str) -> Thing:
        found: Thing | None = self.playground.get(kind, NAMESPACE, name)
        assert found is not None, f"no {kind} {name}"
        return found

    async def perform(self, effect: Write, target: Target = RATIO) -> Outcome:
        return await self.performer.perform(effect, target)

    async def look(self, target: Target = RATIO) -> Seen:
        return await self.observer.observe(target, fresh=True)

    async def until(self, holds: Callable[[Seen], bool], target: Target = RATIO) -> Seen:
        """Look again at each event until this holds."""
        await self.observer.follow("until", target)
        async with asyncio.timeout(PATIENCE):
            while True:
                self.woken.clear()
                seen = await self.observer.observe(target)
                if holds(seen):
                    return seen
                await self.woken.wait()


@asynccontextmanager
async def opened(
    folder: Path, behaviours: dict[str, Behaviour] | None = None, custom: Collection[str] = CUSTOM
) -> AsyncIterator[Shop]:
    time = StoryClock(SPEED)
    playground = Playground(time, behaviours=behaviours or {}, custom=custom)
    await playground.start()
    kubeconfig = folder / "kubeconfig"
    kubeconfig.write_text(json.dumps(playground.kubeconfig()))
    clock = GuestClock(time)
    kubernetes = await Kubernetes.connect(name="prod", context=None, kubeconfig=str(kubeconfig), clock=clock)
    watches = Watches(kubernetes, clock=clock, random=Random(0))
    try:
        yield Shop(playground, Cluster(kubernetes, watches), clock)
    finally:
        await watches.stop()
        await kubernetes.close()
        await playground.stop()


def namespace() -> Thing:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}


def deployment(
    labels: dict[str, str], *, name: str = "checkout", replicas: int = 4, tag: str = "v1", **spec: Any
) -> Thing:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": NAMESPACE, "labels": dict(labels)},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": dict(labels)},
            "template": {
                "metadata": {"labels": dict(labels)},
                "spec": {
                    "containers": [{"name": "mesh", "image": "mesh:1"}, {"name": "web", "image": f"{IMAGE}:{tag}"}]
                },
            },
            **spec,
        },
    }


def service(name: str, selector: dict[str, str]) -> Thing:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {"selector": dict(selector), "ports": [{"port": 80, "targetPort": 8080}]},
    }


def ingress(name: str = "checkout", to: str = "checkout", **annotations: str) -> Thing:
    backend = {"service": {"name": to, "port": {"number": 80}}}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"name": name, "namespace": NAMESPACE, "annotations": annotations},
        "spec": {
            "ingressClassName": "nginx",
            "rules": [
                {"host": "shop.example", "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}}
            ],
        },
    }


STABLE_LABELS = {"app": "checkout", "track": "stable"}
CANARY_LABELS = {"app": "checkout", "track": "canary"}


def by_pods() -> list[Thing]:
    """A Deployment and one Service: traffic is divided by counts of pods."""
    return [namespace(), service("checkout", {"app": "checkout"}), deployment(STABLE_LABELS)]


def by_weight() -> list[Thing]:
    """A Deployment, a Service for each side, and an Ingress: nginx divides the traffic."""
    return [
        namespace(),
        service("checkout", STABLE_LABELS),
        service("checkout-canary", CANARY_LABELS),
        ingress(),
        deployment(STABLE_LABELS),
    ]
