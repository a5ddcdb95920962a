"""A Rollout in the playground's Kubernetes, walked by its controller there, and the bot without its surfaces beside it."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from bot.config import Config, Settings, load_config
from bot.desk import Answer, Refused, Started, Wish
from bot.playground.kubernetes import Behaviour, Cluster
from bot.playground.kubernetes.catalogue import CUSTOM
from bot.scheduler import Scheduler
from bot.store.records import Saved
from handlers.core import Core
from strategies.argo.seen import ArgoSeen
from strategies.decision import Decision
from strategies.events import Command
from strategies.model import Actor, Ask, Rollout, Target, Who, WorkloadKind
from tests.story_time import BotClock, WorldClock

NAMESPACE = "shop"
IMAGE = "ghcr.io/acme/checkout"
TARGET = Target("prod", NAMESPACE, "checkout", "web", kind=WorkloadKind.ROLLOUT)
SPEED = 20.0
PATIENCE = 120.0
"""Real seconds until a story is given up."""

ALICE = Who(Actor("U1", "alice"), frozenset({"deployer"}))
BOB = Who(Actor("U2", "bob"), frozenset({"deployer", "approver"}))
Thing = dict[str, Any]
STEPS = ({"setWeight": 20}, {"pause": {}}, {"setWeight": 60}, {"pause": {"duration": "5s"}})
PATHS = {
    "rollouts": "/apis/argoproj.io/v1alpha1",
    "analysistemplates": "/apis/argoproj.io/v1alpha1",
    "deployments": "/apis/apps/v1",
    "replicasets": "/apis/apps/v1",
    "pods": "/api/v1",
    "services": "/api/v1",
}


def rollout(tag: str = "v1", *, name: str = "checkout", replicas: int = 4, strategy: Thing | None = None) -> Thing:
    labels = {"app": name}
    container = {"name": "web", "image": f"{IMAGE}:{tag}", "ports": [{"containerPort": 8080}]}
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Rollout",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "strategy": strategy or {"canary": {"steps": list(STEPS)}},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        },
    }


def blue_green(**more: Any) -> Thing:
    active = {"activeService": "checkout", "previewService": "checkout-preview"}
    return rollout(strategy={"blueGreen": {**active, "autoPromotionEnabled": False, **more}})


def service(name: str) -> Thing:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {"selector": {"app": "checkout"}, "ports": [{"port": 80, "targetPort": 8080}]},
    }


def namespace() -> Thing:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}


def configured(**more: Any) -> Thing:
    environment = {
        "cluster": "prod",
        "namespace": NAMESPACE,
        "workload": {"rollout": "checkout", "container": "web"},
        **more,
    }
    return {
        "slack": {"channel": "#deploys"},
        "clusters": {"prod": {}},
        "roles": {"deployer": ["*"], "approver": ["@sre"]},
        "apps": {"checkout": {"image": IMAGE, "environments": {"prod": environment}}},
    }


class Place:
    """The cluster, the bot's files, and the bot once `start` was called."""

    def __init__(self, cluster: Cluster, clock: WorldClock, folder: Path) -> None:
        self.cluster = cluster
        self.folder = folder
        self.clock = BotClock(clock)
        self.config: Config
        self.core: Core
        self._scheduler = Scheduler()
        self._news = asyncio.Event()

    # The bot

    def write(self, document: Thing) -> None:
        (self.folder / "leadsman.yaml").write_text(json.dumps(document))
        found = load_config(self.folder / "leadsman.yaml")
        assert isinstance(found, Config), "\n".join(map(str, found))
        self.config = found

    async def start(self, document: Thing | None = None) -> None:
        self.write(document or configured())
        (self.folder / "kubeconfig").write_text(json.dumps(self.cluster.kubeconfig()))
        environ = {
            "KUBECONFIG": str(self.folder / "kubeconfig"),
            "DATABASE_URL": f"sqlite:///{self.folder}/leadsman.db",
        }
        settings = Settings.from_environ(environ)
        assert isinstance(settings, Settings)
        self.core = Core(settings, lambda: self.config, self.clock)
        self.core.engine.listen(lambda _saved: self._news.set())
        await self.core.start()
        self._scheduler = Scheduler()
        self._scheduler.every(0.1, "tick", self.core.engine.tick)
        self._scheduler.start()

    async def stop(self) -> None:
        if hasattr(self, "core"):
            self._scheduler.stop()
            await self.core.stop()

    # People

    async def ask_for(self, version: str) -> Answer:
        return await self.core.desk.deploy(Wish("checkout", version, "prod", ALICE))

    async def deploy(self, version: str) -> str:
        return started(await self.ask_for(version)).id

    async def refused(self, version: str) -> str:
        answer = await self.ask_for(version)
        assert isinstance(answer, Refused), answer
        return answer.sentence

    async def act(self, rollout_id: str, made: Callable[..., Command]) -> Decision:
        decision = await self.core.engine.act(rollout_id, made)
        assert decision.refusal is None, decision.refusal
        return decision

    # Looking

    async def saved(self, rollout_id: str) -> Saved:
        saved = await self.core.store.load(rollout_id)
        assert saved is not None
        return saved

    async def until(self, rollout_id: str, holds: Callable[[Rollout], bool]) -> Rollout:
        """The rollout as soon as this holds of it. Fails when it has ended without."""
        async with asyncio.timeout(PATIENCE):
            while True:
                self._news.clear()
                found = (await self.saved(rollout_id)).rollout
                if holds(found):
                    return found
                assert not found.is_final, (found.outcome, found.why)
                await self._news.wait()

    async def asked(self, rollout_id: str) -> Ask:
        found = await self.until(rollout_id, lambda one: any(ask.is_open for ask in one.asks))
        return next(ask for ask in found.asks if ask.is_open)

    async def ended(self, rollout_id: str) -> Rollout:
        return await self.until(rollout_id, lambda one: one.is_final)

    async def live(self) -> Rollout:
        """What is live there, waited for."""
        async with asyncio.timeout(PATIENCE):
            while True:
                self._news.clear()
                found = await self.core.store.live("checkout", "prod")
                if found is not None:
                    return found
                await self._news.wait()

    async def told(self, rollout_id: str) -> list[str]:
        return [entry.kind for entry in await self.core.store.audit_entries(0, 10_000, rollout_id)]

    async def facts(self, rollout_id: str, kind: str) -> list[Mapping[str, Any]]:
        entries = await self.core.store.audit_entries(0, 10_000, rollout_id)
        return [entry.facts for entry in entries if entry.kind == kind]

    async def until_told(self, rollout_id: str, kind: str) -> None:
        async with asyncio.timeout(PATIENCE):
            while kind not in await self.told(rollout_id):
                self._news.clear()
                await self._news.wait()

    async def look(self) -> ArgoSeen:
        looked = await self.core.observer.observe(TARGET, fresh=True)
        assert isinstance(looked, ArgoSeen)
        return looked

    async def until_so(self, holds: Callable[[Thing], bool], name: str = "checkout") -> Thing:
        """The Rollout in the cluster, as soon as this holds of it."""
        changed = asyncio.Event()
        stop = self.cluster.subscribe(lambda *_: changed.set())
        try:
            async with asyncio.timeout(PATIENCE):
                while True:
                    changed.clear()
                    thing = self.cluster.get("Rollout", NAMESPACE, name)
                    if thing is not None and holds(thing):
                        return thing
                    await changed.wait()
        finally:
            stop()

    async def healthy(self, tag: str = "v1") -> Thing:
        """The Rollout at rest with this version."""
        return await self.until_so(lambda thing: is_healthy(thing) and image_of(thing).endswith(f":{tag}"))

    # Somebody else's hands

    async def kubectl(
        self, kind: str, name: str, patch: Thing, *, manager: str = "kubectl-edit", part: str = ""
    ) -> None:
        """Somebody sends a merge patch, through the API server as everybody does."""
        config = self.cluster.kubeconfig()
        server, token = config["clusters"][0]["cluster"]["server"], config["users"][0]["user"]["token"]
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/merge-patch+json"}
        url = f"{server}{PATHS[kind]}/namespaces/{NAMESPACE}/{kind}/{name}{part}?fieldManager={manager}"
        async with aiohttp.request("PATCH", url, headers=headers, data=json.dumps(patch)) as answer:
            assert answer.status == 200, await answer.text()

    async def set_image(self, tag: str, *, manager: str = "kubectl-argo-rollouts") -> None:
        thing = self.cluster.get("Rollout", NAMESPACE, "checkout")
        assert thing is not None
        [container] = thing["spec"]["template"]["spec"]["containers"]
        containers = [{**container, "image": f"{IMAGE}:{tag}"}]
        await self.kubectl(
            "rollouts", "checkout", {"spec": {"template": {"spec": {"containers": containers}}}}, manager=manager
        )

    async def delete(self, kind: str, name: str) -> None:
        config = self.cluster.kubeconfig()
        server, token = config["clusters"][0]["cluster"]["server"], config["users"][0]["user"]["token"]
        url = f"{server}{PATHS[kind]}/namespaces/{NAMESPACE}/{kind}/{name}"
        async with aiohttp.request("DELETE", url, headers={"Authorization": f"Bearer {token}"}) as answer:
            assert answer.status in (200, 202), await answer.text()

    async def quiet(self, seconds: float = 2.0) -> None:
        """Nothing has happened in the cluster for so many seconds of ours: only something new makes a controller look again."""
        stirred = asyncio.Event()
        stop = self.cluster.subscribe(lambda *_: stirred.set())
        try:
            stirred.set()
            while stirred.is_set():
                stirred.clear()
                await self.clock.sleep(seconds * SPEED)
        finally:
            stop()

    async def promote(self) -> None:
        await self.kubectl("rollouts", "checkout", {"status": {"pauseConditions": None}}, part="/status")


def started(answer: Answer) -> Rollout:
    assert isinstance(answer, Started), answer
    return answer.rollout


def image_of(thing: Mapping[str, Any]) -> str:
    return str(thing["spec"]["template"]["spec"]["containers"][0]["image"])


def is_observed(thing: Mapping[str, Any]) -> bool:
    return str((thing.get("status") or {}).get("observedGeneration")) == str(thing["metadata"]["generation"])


def is_healthy(thing: Mapping[str, Any]) -> bool:
    return is_observed(thing) and thing["status"].get("phase") == "Healthy"


@asynccontextmanager
async def opened(
    folder: Path,
    *things: Thing,
    custom: Collection[str] = CUSTOM,
    behaviours: Mapping[str, Behaviour] | None = None,
    fetch: Callable[[str], tuple[int, str]] | None = None,
) -> AsyncIterator[Place]:
    """A cluster with these objects in it, and a place beside it."""
    clock = WorldClock(SPEED)
    cluster = Cluster(clock, behaviours=dict(behaviours or {}), custom=custom, fetch=fetch)
    await cluster.start()
    place = Place(cluster, clock, folder)
    try:
        await cluster.apply(namespace(), *things)
        yield place
    finally:
        await place.stop()
        await cluster.stop()
