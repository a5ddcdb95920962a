"""The bot without its surfaces beside a playground: what a story needs to be told in a few lines."""

import asyncio
import contextlib
import json
import re
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.clock import Clock, GuestClock, SystemClock
from bot.desk import Answer, Refused, Started, WhenBusy, Wish
from bot.playground import shop
from bot.playground.clock import PlaygroundClock, StoryClock
from bot.playground.kubernetes import Behaviour, RequestRecord
from bot.playground.prometheus import PrometheusServer
from bot.playground.world import Playground
from strategies.events import Abort, Approve
from strategies.model import Actor, Ask, Outcome, Rollout, Seen, Who
from tests.story_bot import StoryBot
from tests.story_bot import Thing as Thing

SPEED = 100.0

ALICE = Who(Actor("U1", "alice"), frozenset({"deployer"}))
BOB = Who(Actor("U2", "bob"), frozenset({"deployer", "approver"}))

HASH = [{"name": "pod-hash", "valueFrom": {"podTemplateHashValue": "Latest"}}]
NGINX = {"nginx": {"ingress": "checkout", "stableService": "checkout", "canaryService": "checkout-canary"}}


def weight(percent: int) -> Thing:
    return {"setWeight": percent}


def pause(duration: str) -> Thing:
    return {"pause": {"duration": duration}}


def analysis(*templates: str) -> Thing:
    return {"analysis": measuring(*templates)}


def measuring(*templates: str) -> Thing:
    return {"templates": [{"templateName": name} for name in templates], "args": HASH}


GATE: Thing = {"gate": {"approvals": 1, "from": ["approver"]}}

GOOD_SHARE = (
    'sum(rate(http_requests_total{pod_template_hash="{{args.pod-hash}}",status!~"5.."}[30s]))'
    ' / sum(rate(http_requests_total{pod_template_hash="{{args.pod-hash}}"}[30s]))'
)
SLOWNESS = (
    "1000 * histogram_quantile(0.95, sum by (le) "
    '(rate(http_request_duration_seconds_bucket{pod_template_hash="{{args.pod-hash}}"}[30s])))'
)


def template(name: str, query: str, success: str | None, **more: Any) -> Thing:
    """One AnalysisTemplate with one metric of the same name: three measurements ten seconds apart, none may fail."""
    metric = {"name": name, "interval": "10s", "count": 3, "provider": {"prometheus": {"query": query}}, **more}
    if success is not None:
        metric["successCondition"] = success
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "AnalysisTemplate",
        "metadata": {"name": name},
        "spec": {"args": [{"name": "pod-hash"}], "metrics": [metric]},
    }


SUCCESS = template("success", GOOD_SHARE, "result[0] >= 0.99")
LATENCY = template("latency", SLOWNESS, "result[0] <= 300")
BOTH = (SUCCESS, LATENCY)
CAREFUL = (
    weight(10),
    pause("10s"),
    analysis("success", "latency"),
    GATE,
    weight(50),
    pause("10s"),
    analysis("success", "latency"),
)


def configured(
    prometheus: str,
    steps: Iterable[Thing] = CAREFUL,
    *,
    background: Thing | None = None,
    traffic: Thing | None = NGINX,
    mode: str = "run",
    apps: Iterable[str] = ("checkout",),
    **more: Any,
) -> Thing:
    """A whole configuration; `more` are keys of the canary strategy."""
    canary = {"progressDeadlineSeconds": 600, "steps": list(steps), **more}
    if background is not None:
        canary["analysis"] = background
    return {
        "slack": {"channel": "#deploys"},
        "mode": mode,
        "clusters": {"demo": {"prometheus": prometheus}},
        "roles": {"deployer": ["*"], "approver": ["@sre"]},
        "strategies": {"careful": {"canary": canary}},
        "apps": {name: {"image": shop.IMAGE, "environments": {"prod": _environment(name, traffic)}} for name in apps},
        "analysisTemplates": "./analysis/*.json",
    }


def _environment(name: str, traffic: Thing | None) -> Thing:
    found: Thing = {
        "cluster": "demo",
        "namespace": shop.NAMESPACE,
        "workload": {"deployment": name, "container": "web"},
        "strategy": "careful",
    }
    return found if traffic is None else {**found, "traffic": traffic}


class Bench(StoryBot):
    """A bot beside a whole playground with the shop in it."""

    def __init__(self, playground: Playground, clock: Clock, prometheus: str, folder: Path) -> None:
        super().__init__(playground.cluster, clock, folder)
        self.playground = playground
        self.prometheus: PrometheusServer = playground.prometheus
        self.prometheus_address = prometheus
        self._tasks: set[asyncio.Task[None]] = set()

    async def begin(
        self, steps: Iterable[Thing] = CAREFUL, templates: Iterable[Mapping[str, Any]] = BOTH, **more: Any
    ) -> None:
        """Start the bot with these steps; `more` as `configured` takes them."""
        (self.folder / "analysis").mkdir()
        for one in templates:
            (self.folder / "analysis" / f"{one['metadata']['name']}.json").write_text(json.dumps(one))
        address = more.pop("prometheus", self.prometheus_address)
        document = configured(address, steps, **more)
        (self.folder / "leadsman.yaml").write_text(json.dumps(document))
        await self.start()

    # People

    async def ask_for(self, version: str, *, app: str = "checkout", busy: WhenBusy = WhenBusy.ASK) -> Answer:
        return await self.core.desk.deploy(Wish(app, version, "prod", ALICE, busy=busy))

    async def deploy(self, version: str = shop.GOOD, *, app: str = "checkout", busy: WhenBusy = WhenBusy.ASK) -> str:
        """The id of the rollout that was made."""
        answer = await self.ask_for(version, app=app, busy=busy)
        assert isinstance(answer, Started), answer
        return answer.rollout.id

    async def refused(self, version: str = shop.GOOD) -> str:
        """The sentence that a deploy is refused with."""
        answer = await self.ask_for(version)
        assert isinstance(answer, Refused), answer
        return answer.sentence

    async def approve(self, rollout_id: str, reason: str = "") -> Ask:
        """Wait for the question, and answer it with yes."""
        ask = await self.asked(rollout_id)
        await self.act(rollout_id, lambda at: Approve(at, BOB, ask.id, reason))
        return ask

    async def abort(self, rollout_id: str, reason: str = "enough seen") -> Rollout:
        await self.act(rollout_id, lambda at: Abort(at, ALICE, reason))
        return await self.ended(rollout_id)

    # Looking

    async def asked_or_ended(self, rollout_id: str) -> Rollout:
        return await self.until(rollout_id, lambda one: one.is_final or any(ask.is_open for ask in one.asks))

    async def at_step(self, rollout_id: str, cursor: int) -> Rollout:
        return await self.until(rollout_id, lambda one: one.walks[0].native.cursor >= cursor)

    async def held(self, rollout_id: str) -> str:
        """Why nothing goes forward, waited for."""
        return (await self.until(rollout_id, lambda one: bool(one.holds))).holds[0].reason

    async def until_so(self, holds: Callable[[], bool]) -> None:
        """Wait until this holds of the cluster."""
        await self.when_in_cluster(lambda: holds() or None)

    async def until_time(self, begun: datetime, seconds: float) -> None:
        """Wait until so many seconds of rollout time have passed since `begun`."""
        await self.clock.sleep(seconds - (self.clock.now() - begun).total_seconds())

    async def live_with(self, rollout_id: str) -> Rollout:
        """The rollout after it ended well."""
        rollout = await self.ended(rollout_id)
        assert rollout.outcome is Outcome.HEALTHY, (rollout.outcome, rollout.why)
        return rollout

    async def turned_back(self, rollout_id: str) -> str:
        """Why it turned back, after the version before serves everything again, from pods that are all ready."""
        rollout = await self.ended(rollout_id)
        assert rollout.outcome is Outcome.ROLLED_BACK, (rollout.outcome, rollout.why)
        assert self.serving() == (shop.RUNNING, 10, 0, 0)
        return rollout.why

    def serving(self) -> tuple[str, int, int, int]:
        """The version of the Deployment, its ready pods, the canary's pods and the canary's weight, from the objects themselves."""
        deployment = self.thing("Deployment", "checkout")
        image = deployment["spec"]["template"]["spec"]["containers"][0]["image"].partition("@")[0]
        ready = deployment["status"].get("availableReplicas", 0)
        canary = self.cluster.get("Deployment", shop.NAMESPACE, "checkout-canary")
        pods = canary["status"].get("replicas", 0) if canary else 0
        return image.rpartition(":")[2], ready, pods, self.weight()

    def weight(self) -> int:
        """The weight of the canary Ingress, 0 without one."""
        for one in self.cluster.list("Ingress", shop.NAMESPACE):
            annotations = one["metadata"].get("annotations") or {}
            if annotations.get("nginx.ingress.kubernetes.io/canary") == "true":
                return int(annotations["nginx.ingress.kubernetes.io/canary-weight"])
        return 0

    async def weights(self) -> set[int]:
        """Every weight that was ever asked of the canary's Ingress."""
        bodies = [one.body for one in self.writes() if one.resource == "ingresses" and one.verb == "patch"]
        found = [re.search(r'canary-weight", "value": "(\d+)"', body) for body in bodies]
        return {int(one[1]) for one in found if one}

    def thing(self, kind: str, name: str) -> Thing:
        found = self.cluster.get(kind, shop.NAMESPACE, name)
        assert found is not None, f"no {kind} {name}"
        return found

    # Somebody else's hands

    async def merge(self, name: str, patch: Thing) -> None:
        """Somebody changes a Deployment."""
        await self.kubectl("PATCH", "deployments", name, patch)

    async def scale(self, name: str, replicas: int) -> None:
        await self.merge(name, {"spec": {"replicas": replicas}})

    async def set_image(self, name: str, image: str) -> None:
        template = {
            "spec": {
                "containers": [
                    {**self.thing("Deployment", name)["spec"]["template"]["spec"]["containers"][0], "image": image}
                ]
            }
        }
        await self.merge(name, {"spec": {"template": template}})

    async def delete_pods(self, prefix: str) -> None:
        """Delete every pod whose name begins so."""
        for name in [one["metadata"]["name"] for one in self.cluster.list("Pod", shop.NAMESPACE)]:
            if name.startswith(f"{prefix}-"):
                await self.kubectl("DELETE", "pods", name)

    def keep_empty(self, kind: str) -> Callable[[], None]:
        """A controller that takes the canary's pods (Deployment) or weight (Ingress) back in the moment they come; how to stop it."""

        def undo(change: str, changed: str, found: Thing) -> None:
            name = found["metadata"]["name"]
            if change == "DELETED" or changed != kind or not name.startswith("checkout-"):
                return
            annotations = found["metadata"].get("annotations") or {}
            if kind == "Deployment" and found["spec"]["replicas"]:
                self._spawn(self.scale(name, 0))
            elif kind == "Ingress" and annotations.get("nginx.ingress.kubernetes.io/canary-weight") != "0":
                self._spawn(self.set_weight(0))

        return self.cluster.subscribe(undo)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def route(self) -> str:
        """The name of the canary's Ingress."""
        names: list[str] = [one["metadata"]["name"] for one in self.cluster.list("Ingress", shop.NAMESPACE)]
        return next(name for name in names if name != "checkout")

    async def set_weight(self, percent: int) -> None:
        await self.kubectl(
            "PATCH",
            "ingresses",
            self.route(),
            {"metadata": {"annotations": {"nginx.ingress.kubernetes.io/canary-weight": str(percent)}}},
        )

    def writes(self) -> list[RequestRecord]:
        """Every write that the bot asked of the API server."""
        verbs = ("create", "patch", "update", "delete")
        return [one for one in self.cluster.requests if one.verb in verbs and one.group != "authorization.k8s.io"]

    async def seen(self, rollout_id: str) -> Seen:
        return (await self.saved(rollout_id)).seen["demo"]


@contextlib.asynccontextmanager
async def opened(
    folder: Path,
    pod_seconds: float = 5.0,
    behaviours: Mapping[str, Behaviour] | None = None,
    *,
    speed: float = SPEED,
    real: bool = False,
) -> AsyncIterator[Bench]:
    """A playground with the shop in it, and a bench beside it. `behaviours` of images beside the shop's own.

    `real`: in real time, as what has no part in the story's needs it.
    """
    time = PlaygroundClock() if real else StoryClock(speed)
    playground = Playground(time, scopes=(), commands=(), pod_seconds=pod_seconds, behaviours=behaviours)
    addresses = await playground.start()
    clock = GuestClock(time) if isinstance(time, StoryClock) else SystemClock(origin=time.origin)
    bench = Bench(playground, clock, addresses.prometheus, folder)
    try:
        yield bench
    finally:
        await bench.stop()
        await playground.stop()
