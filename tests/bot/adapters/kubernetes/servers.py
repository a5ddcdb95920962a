"""Servers for the tests: one that answers as it is told, and a small cluster that keeps objects and a history."""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web

from bot.adapters.kubernetes import Kubernetes
from bot.clock import Clock, ManualClock

TOKEN = "sentinel-5f0c1a77e2d94b"
PATIENCE = 120.0
"""Real seconds after which what must come does not come any more."""
IMPATIENT = 2.0
"""Real seconds that a client waits where it is to give up: what it does get by then must come, on a slow machine too."""

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Asked:
    """A request as the server saw it."""

    method: str
    path: str
    query: dict[str, str]
    headers: Mapping[str, str]
    body: str


@dataclass
class Server:
    """Answers each request with the next of `script`, the last of which stays."""

    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    script: deque[Answer] = field(default_factory=deque)

    def will(self, *answers: Answer) -> None:
        self.script = deque(answers)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.text()
        self.asked.append(Asked(request.method, request.path, dict(request.query), request.headers.copy(), body))
        answer = self.script[0] if len(self.script) == 1 else self.script.popleft()
        return await answer(request)


@asynccontextmanager
async def serving(answer: Answer) -> AsyncIterator[str]:
    """A server on a free port; gives its address."""
    app = web.Application(client_max_size=2**24)
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None, handler_cancellation=True)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def says(status: int, body: Any, **headers: str) -> Answer:
    """An ordinary answer: JSON, or text where the body is a string."""

    async def answer(request: web.Request) -> web.StreamResponse:
        extra = {name.replace("_", "-"): value for name, value in headers.items()}
        if isinstance(body, bytes):
            return web.Response(status=status, body=body, headers=extra)
        text = body if isinstance(body, str) else json.dumps(body)
        kind = "text/plain" if isinstance(body, str) else "application/json"
        return web.Response(status=status, text=text, headers={"Content-Type": kind, **extra})

    return answer


def streams(*pieces: bytes, then: str = "ends") -> Answer:
    """A body in pieces, and then: it `ends`, is `cut`, or `hangs` until the client goes away."""

    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        await response.prepare(request)
        for piece in pieces:
            await response.write(piece)
        await _end(request, then)
        return response

    return answer


def hangs() -> Answer:
    """Takes the request and says nothing."""

    async def answer(request: web.Request) -> web.StreamResponse:
        await asyncio.Event().wait()
        raise AssertionError

    return answer


def closes() -> Answer:
    """Takes the request and closes the connection."""

    async def answer(request: web.Request) -> web.StreamResponse:
        await _end(request, "cut")
        return web.Response()

    return answer


async def _end(request: web.Request, how: str) -> None:
    if how == "hangs":
        await asyncio.Event().wait()
    if how == "cut":
        assert request.transport is not None
        request.transport.close()


def kubeconfig(folder: Path, url: str, user: Mapping[str, Any] | None = None) -> str:
    """A kubeconfig with one context, `prod`; gives its path."""
    path = folder / "kubeconfig.json"
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "prod",
        "contexts": [{"name": "prod", "context": {"cluster": "here", "user": "me"}}],
        "clusters": [{"name": "here", "cluster": {"server": url}}],
        "users": [{"name": "me", "user": {"token": TOKEN} if user is None else dict(user)}],
    }
    path.write_text(json.dumps(content))
    return str(path)


@asynccontextmanager
async def connected(
    folder: Path,
    url: str,
    *,
    clock: Clock | None = None,
    timeout: float = PATIENCE,
    user: Mapping[str, Any] | None = None,
) -> AsyncIterator[Kubernetes]:
    """Our client, connected to the address."""
    kubernetes = await Kubernetes.connect(
        name="prod-eu",
        context="prod",
        kubeconfig=kubeconfig(folder, url, user),
        clock=clock or ManualClock(),
        timeout=timeout,
    )
    try:
        yield kubernetes
    finally:
        await kubernetes.close()


@contextmanager
def hurried(cluster: Kubernetes) -> Iterator[None]:
    """Meanwhile this client does not wait long for answers: what had to be set up before is there, what follows takes its time."""
    cluster._transport._timeout = IMPATIENT
    yield
    cluster._transport._timeout = PATIENCE


async def until(condition: Callable[[], object]) -> None:
    """Wait for what must come."""
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 -- what is waited for happens on the other side of a socket
            await asyncio.sleep(0.002)
