"""A Rollout in the playground's Kubernetes, walked by its controller there, and the bot without its surfaces beside it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from bot.clock import GuestClock
from bot.desk import Answer, Refused, Started, Wish
from bot.playground.clock import StoryClock
from bot.playground.kubernetes import Behaviour, Cluster
from bot.playground.kubernetes.catalogue import CUSTOM
from strategies.argo.seen import ArgoSeen
from strategies.model import Actor, Rollout, Target, Who, WorkloadKind
from tests.story_bot import NAMESPACE as NAMESPACE
from tests.story_bot import StoryBot
from tests.story_bot import Thing as Thing

IMAGE = "ghcr.io/acme/checkout"
TARGET = Target("prod", NAMESPACE, "checkout", "web", kind=WorkloadKind.ROLLOUT)
SPEED = 20.0

ALICE = Who(Actor("U1", "alice"), frozenset({"deployer"}))
BOB = Who(Actor("U2", "bob"), frozenset({"deployer", "approver"}))
STEPS: tuple[Thing, ...] = ({"setWeight": 20}, {"pause": {}}, {"setWeight": 60}, {"pause": {"duration": "5s"}})


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


class Place(StoryBot):
    """A bot beside a cluster with one Rollout."""

    async def start(self, document: Thing | None = None) -> None:
        """Start the bot with this configuration."""
        self.write(document or configured())
        await super().start()

    # People

    async def ask_for(self, version: str) -> Answer:
        return await self.core.desk.deploy(Wish("checkout", version, "prod", ALICE))

    async def deploy(self, version: str) -> str:
        return started(await self.ask_for(version)).id

    async def refused(self, version: str) -> str:
        answer = await self.ask_for(version)
        assert isinstance(answer, Refused), answer
        return answer.sentence

    # Looking

    async def live(self) -> Rollout:
        """What is live there, waited for."""
        return await self.when(lambda: self.core.store.live("checkout", "prod"))

    async def told(self, rollout_id: str) -> list[str]:
        """What kinds of entries the audit has of it."""
        return [entry.kind for entry in await self.audit(rollout_id)]

    async def look(self) -> ArgoSeen:
        looked = await self.core.observer.observe(TARGET, fresh=True)
        assert isinstance(looked, ArgoSeen)
        return looked

    async def until_so(self, holds: Callable[[Thing], bool], name: str = "checkout") -> Thing:
        """The Rollout in the cluster, as soon as this holds of it."""

        def found() -> Thing | None:
            thing = self.cluster.get("Rollout", NAMESPACE, name)
            return thing if thing is not None and holds(thing) else None

        return await self.when_in_cluster(found)

    async def healthy(self, tag: str = "v1") -> Thing:
        """The Rollout at rest with this version."""
        return await self.until_so(lambda thing: is_healthy(thing) and image_of(thing).endswith(f":{tag}"))

    # Somebody else's hands

    async def set_image(self, tag: str, *, manager: str = "kubectl-argo-rollouts") -> None:
        thing = self.cluster.get("Rollout", NAMESPACE, "checkout")
        assert thing is not None
        [container] = thing["spec"]["template"]["spec"]["containers"]
        containers = [{**container, "image": f"{IMAGE}:{tag}"}]
        await self.kubectl(
            "PATCH",
            "rollouts",
            "checkout",
            {"spec": {"template": {"spec": {"containers": containers}}}},
            manager=manager,
        )

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
        await self.kubectl("PATCH", "rollouts", "checkout", {"status": {"pauseConditions": None}}, part="/status")


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
    clock = StoryClock(SPEED)
    cluster = Cluster(clock, behaviours=dict(behaviours or {}), custom=custom, fetch=fetch)
    await cluster.start()
    place = Place(cluster, GuestClock(clock), folder)
    try:
        await cluster.apply(namespace(), *things)
        yield place
    finally:
        await place.stop()
        await cluster.stop()
