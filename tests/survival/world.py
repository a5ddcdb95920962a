"""A cluster that outlives the bots that work in it, and that can let one die at any call.

It runs in the test's own process; a bot is another process, killed with SIGKILL. The cluster sees every call before it is done and again
before it is answered, which are the moments a test may choose; and it keeps what every write did.
"""

import asyncio
import contextlib
import json
import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from aiohttp import web

from bot.playground import shop
from bot.playground.clock import PlaygroundClock
from bot.playground.kubernetes import Behaviour, Cluster, resources
from bot.playground.kubernetes.auth import ADMIN

Thing = dict[str, Any]

SPEED = 400.0
"""Rollout seconds in one real second."""

PROGRESS = 86400
"""Rollout seconds that pods may take to get ready: at this speed some real seconds of trouble are an hour."""

UNANSWERED = "720h"
"""How long a question may stay open: at this speed, four hours are no longer than some lives on a busy machine."""

PATIENCE = 120.0
"""Real seconds within which a shop must be there."""

REPLICAS = 4
RATIO = "ratio"
"""How the name of an app begins whose traffic is divided by pods alone; all others stand behind ingress-nginx."""

GOOD, CRASHING, RUNNING = shop.GOOD, shop.CRASHING, shop.RUNNING

WRITING = {"POST": "create", "PATCH": "patch", "PUT": "update", "DELETE": "delete"}
_SKEW = 5.0


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a bot: `verb` as the audit says it, the path, and the body as it was sent."""

    verb: str
    path: str
    body: str

    @property
    def is_write(self) -> bool:
        return self.verb in WRITING.values() and "/apis/authorization" not in self.path

    @property
    def label(self) -> str:
        """What tells this call from others, and is the same when it is made again."""
        return f"{self.verb} {self.path} {self.body}" if self.is_write else f"{self.verb} {self.path}"

    @property
    def namespace(self) -> str:
        parts = self.path.split("/")
        return parts[parts.index("namespaces") + 1] if "namespaces" in parts else ""

    @property
    def thing(self) -> str:
        """The object, as the audit names it: `deployments.apps shop/checkout`."""
        parts = self.path.split("/")
        resource, *names = parts[parts.index("namespaces") + 2 :]
        name = names[0] if names else json.loads(self.body)["metadata"]["name"]
        return f"{resource}.{parts[2]} {self.namespace}/{name}"


@dataclass(frozen=True, slots=True)
class Done:
    """A write that reached the cluster. `changed`: it had an effect."""

    call: Call
    status: int
    changed: bool


Answer = web.StreamResponse
Handler = Callable[[web.Request], Awaitable[Answer]]
Before = Callable[[Call], Awaitable[bool]]
After = Callable[[Call], Awaitable[None]]


async def _let(_: Call) -> bool:
    return True


async def _nothing(_: Call) -> None:
    return None


class World(Cluster):
    """The cluster. `before` is asked at every call whether it may be done; `after` is told before the answer goes out.

    `books`: the SQLite file of the bot at work, in which every write must stand before it arrives here; those that did not are `unaudited`.
    `values`: what an AnalysisRun gets for its query.
    """

    def __init__(self, speed: float = SPEED) -> None:
        crashing = {f"{shop.IMAGE}:{CRASHING}": Behaviour(ready_after=1.0, outcome="crash-loop")}
        super().__init__(
            PlaygroundClock(speed),
            behaviours=crashing,
            policy=lambda pod, image: Behaviour(ready_after=1.0),
            fetch=self._measured,
        )
        self.values: dict[str, float] = {}
        self.before: Before = _let
        self.after: After = _nothing
        self.done: list[Done] = []
        self.unaudited: list[Call] = []
        self.books: Path | None = None
        self.token = "survivor"
        self.authenticator.add(self.token, ADMIN)
        self.token_files: list[Path] = []

    def app(self) -> web.Application:
        app = super().app()
        app.middlewares.append(self._met)
        return app

    def _measured(self, url: str) -> tuple[int, str]:
        [query] = parse_qs(urlsplit(url).query)["query"]
        sample = {"metric": {}, "value": [0, str(self.values[query])]}
        return 200, json.dumps({"status": "success", "data": {"resultType": "vector", "result": [sample]}})

    @property
    def measuring(self) -> bool:
        """Whether AnalysisRuns are looked after; without that one that was begun stays as it is."""
        return not self._runs.queue.held

    @measuring.setter
    def measuring(self, measuring: bool) -> None:
        self._runs.queue.held = not measuring

    def lose_pods(self, app: str, deployment: str) -> None:
        """Delete the pods of a Deployment, as a node that goes away does; others are made where there is room."""
        for pod in self.list("Pod", app):
            if pod["metadata"]["name"].startswith(f"{deployment}-"):
                self.registry.remove(resources.named("Pod"), pod)

    def renew_token(self) -> None:
        """Let the credential expire that is in the token files, and write the next one into them."""
        old, self.token = self.token, f"{self.token}-renewed"
        self.authenticator.add(self.token, ADMIN)
        del self.authenticator._users[old]
        for file in self.token_files:
            file.write_text(self.token)

    def undisturbed(self) -> None:
        """From now on every call is done and answered."""
        self.before, self.after = _let, _nothing

    @web.middleware
    async def _met(self, request: web.Request, handler: Handler) -> Answer:
        body = (await request.read()).decode()
        call = Call(WRITING.get(request.method, "watch" if "watch" in request.query else "read"), request.path, body)
        if call.is_write and self.books and not is_audited(self.books, call):
            self.unaudited.append(call)
        if not await self.before(call):
            return _hung_up(request)
        version = self.store.version
        answer = await handler(request)
        if call.is_write:
            self.done.append(Done(call, answer.status, self.store.version != version))
        await self.after(call)
        return answer

    async def open(self, *apps: str) -> None:
        """Let a small shop be there for each app, in a namespace of its name, with all its pods ready."""
        for app in apps:
            await self.apply(*objects(app))
        async with asyncio.timeout(PATIENCE):
            while not all(self._is_up(app) for app in apps):
                await self.clock.real_sleep(0.02)

    def _is_up(self, app: str) -> bool:
        deployment = self.get("Deployment", app, "checkout") or {}
        return bool(deployment.get("status", {}).get("availableReplicas") == REPLICAS)

    def picture(self, app: str) -> Thing:
        """What of an app a rollout may change: images, counts, weight and claims of both sides."""
        stable = self.get("Deployment", app, "checkout")
        canary = self.get("Deployment", app, "checkout-canary")
        route = next((one for one in self.list("Ingress", app) if one["metadata"]["name"] != "checkout"), None)
        pods = [pod for pod in self.list("Pod", app) if "deletionTimestamp" not in pod["metadata"]]
        return {
            "image": image(stable),
            "replicas": count(stable),
            "ready": (stable or {}).get("status", {}).get("readyReplicas", 0),
            "canary": count(canary),
            "pods": len(pods),
            "weight": int(annotations(route).get("nginx.ingress.kubernetes.io/canary-weight", "0")),
            "claim": annotations(stable).get("leadsman.dev/rollout", "").split("/")[1:2],
        }

    def effects(self, app: str) -> list[str]:
        """The writes about an app that changed something, in order, as they were sent."""
        return [one.call.label for one in self.done if one.changed and one.call.namespace == app]


def is_audited(books: Path, call: Call) -> bool:
    """Whether the newest write that the audit log has of this app is this one; that of a Rollout stands there as Argo's verb."""
    with contextlib.closing(sqlite3.connect(f"file:{books}?mode=ro", uri=True)) as connection:
        query = "SELECT content FROM audit WHERE app = ? ORDER BY sequence DESC LIMIT 20"
        entries = [json.loads(content) for (content,) in connection.execute(query, (call.namespace,))]
    writes = [entry["facts"]["request"] for entry in entries if entry["kind"] == "write"]
    if not writes:
        return False
    verbal = "rollouts.argoproj.io" in call.thing and f" {call.thing}" in writes[0]
    return verbal or writes[0].startswith(f"{call.verb} {call.thing}:")


def _hung_up(request: web.Request) -> Answer:
    """No answer at all."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=503)


def annotations(thing: Thing | None) -> dict[str, str]:
    return dict((thing or {}).get("metadata", {}).get("annotations", {}))


def image(deployment: Thing | None) -> str:
    return str(deployment["spec"]["template"]["spec"]["containers"][0]["image"]) if deployment else ""


def count(deployment: Thing | None) -> int:
    return int(deployment["spec"]["replicas"]) if deployment else 0


def objects(app: str) -> list[Thing]:
    """The demo's shop in a namespace of the app's name, smaller, and without a router where the app's name says so."""
    found = json.loads(json.dumps(shop.objects()))
    for thing in found[1:]:
        thing["metadata"]["namespace"] = app
        if thing["kind"] == "Deployment":
            thing["spec"]["replicas"] = REPLICAS
        if thing["kind"] == "Service" and app.startswith(RATIO):
            thing["spec"]["selector"] = {"app": "checkout"}
    found[0]["metadata"]["name"] = app
    return [thing for thing in found if not app.startswith(RATIO) or not _is_for_routers(thing)]


def _is_for_routers(thing: Thing) -> bool:
    return bool(thing["kind"] == "Ingress" or thing["metadata"]["name"] == "checkout-canary")


def configuration(apps: tuple[str, ...], instance: str = "leadsman", prometheus: str = "http://127.0.0.1:1") -> str:
    """Leadsman's configuration for these apps."""
    places = "".join(_app(app) for app in apps)
    return f"""\
instance: {instance}
slack: {{channel: "#deploys"}}
clusters:
  demo: {{prometheus: {prometheus}}}
roles:
  deployer: ["*"]
  approver: ["@sre"]
strategies:
  careful:
    canary:
      progressDeadlineSeconds: {PROGRESS}
      steps:
        - setWeight: 25
        - pause: {{duration: 5s}}
        - gate: {{approvals: 1, from: [approver], deadline: {UNANSWERED}, onDeadline: abort}}
        - setWeight: 50
        - pause: {{duration: 5s}}
apps:
{places}"""


def _app(app: str) -> str:
    router = "{ingress: checkout, stableService: checkout, canaryService: checkout-canary}"
    traffic = "" if app.startswith(RATIO) else f"\n        traffic: {{nginx: {router}}}"
    return f"""\
  {app}:
    image: {shop.IMAGE}
    environments:
      prod:
        cluster: demo
        namespace: {app}
        workload: {{deployment: checkout, container: web}}{traffic}
        strategy: careful
"""
