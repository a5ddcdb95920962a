"""A running cluster, a client for it, and a way to wait for what it does."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import pytest

from bot.playground.clock import StoryClock
from bot.playground.kubernetes import Behaviour, Cluster

Obj = dict[str, Any]
IMAGE = "ghcr.io/acme/checkout"
PATIENCE = 120.0
"""Real seconds until what must come is given up."""


def deployment(name: str = "checkout", image: str = f"{IMAGE}:v1", replicas: int = 2, **spec: Any) -> Obj:
    """A Deployment in the namespace `shop`."""
    labels = {"app": name}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "web", "image": image}]}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template, **spec},
    }


def service(name: str = "checkout") -> Obj:
    """A Service for the Deployment of the same name."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {"selector": {"app": name}, "ports": [{"port": 80, "targetPort": 8080}]},
    }


class Client:
    """Sends requests as the administrator, or with another token."""

    def __init__(self, session: aiohttp.ClientSession, url: str, token: str) -> None:
        self._session = session
        self.url = url
        self.token = token

    async def ask(
        self, method: str, path: str, body: Any = None, *, kind: str = "application/json", token: str = ""
    ) -> tuple[int, Obj]:
        """Answers the status and the body."""
        headers = {"Authorization": f"Bearer {token or self.token}", "Content-Type": kind}
        data = json.dumps(body) if body is not None else None
        async with self._session.request(method, self.url + path, headers=headers, data=data) as answer:
            found: Obj = json.loads(await answer.text())
            return answer.status, found


@pytest.fixture
async def cluster() -> AsyncIterator[Cluster]:
    """A cluster in which two seconds last 20 milliseconds."""
    started = Cluster(StoryClock(100), behaviours={f"{IMAGE}:bad": Behaviour(outcome="image-pull-backoff")})
    await started.start()
    yield started
    await started.stop()


@pytest.fixture
async def client(cluster: Cluster) -> AsyncIterator[Client]:
    """The administrator's client."""
    config = cluster.kubeconfig()
    url, token = config["clusters"][0]["cluster"]["server"], config["users"][0]["user"]["token"]
    async with aiohttp.ClientSession() as session:
        yield Client(session, url, token)


Wait = Callable[[Callable[[], bool]], Awaitable[None]]


@pytest.fixture
def until(cluster: Cluster) -> Wait:
    """Wait until something holds, looking again at every change of the cluster."""

    async def wait(holds: Callable[[], bool]) -> None:
        changed = asyncio.Event()
        stop = cluster.subscribe(lambda *_: changed.set())
        try:
            async with asyncio.timeout(PATIENCE):
                while not holds():
                    await changed.wait()
                    changed.clear()
        finally:
            stop()

    return wait
