"""The bot of a story, without its surfaces: started beside a small cluster on the files of a folder, asked, and waited for in one way."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import aiohttp

from bot.clock import Clock
from bot.config import Config, Settings, load_config
from bot.playground.kubernetes import Cluster
from bot.scheduler import Scheduler
from bot.store.records import AuditRecord, Saved
from handlers.core import Core
from strategies.decision import Decision
from strategies.events import Command
from strategies.model import Ask, Rollout

T = TypeVar("T")
Thing = dict[str, Any]
NAMESPACE = "shop"
PATIENCE = 120.0
"""Real seconds until a story is given up."""
_PATHS = {
    "rollouts": "/apis/argoproj.io/v1alpha1",
    "analysistemplates": "/apis/argoproj.io/v1alpha1",
    "deployments": "/apis/apps/v1",
    "replicasets": "/apis/apps/v1",
    "ingresses": "/apis/networking.k8s.io/v1",
    "services": "/api/v1",
    "pods": "/api/v1",
}


class StoryBot:
    """The cluster, the bot's files, and the bot once `start` was called."""

    def __init__(self, cluster: Cluster, clock: Clock, folder: Path) -> None:
        self.cluster = cluster
        self.clock = clock
        self.folder = folder
        self.config: Config
        self.core: Core
        self._scheduler = Scheduler()
        self._waiting: set[asyncio.Event] = set()

    def write(self, document: Thing) -> None:
        """Lay down the configuration, and let the bot have it."""
        (self.folder / "leadsman.yaml").write_text(json.dumps(document))
        self.read()

    def read(self) -> None:
        """Let the bot have the configuration as it lies there."""
        found = load_config(self.folder / "leadsman.yaml")
        assert isinstance(found, Config), "\n".join(map(str, found))
        self.config = found

    async def start(self) -> None:
        """Start the bot on the files as they are."""
        self.read()
        (self.folder / "kubeconfig").write_text(json.dumps(self.cluster.kubeconfig()))
        environ = {
            "KUBECONFIG": str(self.folder / "kubeconfig"),
            "DATABASE_URL": f"sqlite:///{self.folder}/leadsman.db",
        }
        settings = Settings.from_environ(environ)
        assert isinstance(settings, Settings)
        self.core = Core(settings, lambda: self.config, self.clock)
        self.core.engine.listen(self._heard)
        await self.core.start()
        self._scheduler = Scheduler()
        self._scheduler.every(0.1, "tick", self.core.engine.tick)
        self._scheduler.start()

    async def stop(self) -> None:
        """Stop the bot, if it was started."""
        if hasattr(self, "core"):
            self._scheduler.stop()
            await self.core.stop()

    async def act(self, rollout_id: str, made: Callable[..., Command]) -> Decision:
        """What somebody does, which is not refused."""
        decision = await self.core.engine.act(rollout_id, made)
        assert decision.refusal is None, decision.refusal
        return decision

    # Waiting

    def _heard(self, _saved: Saved) -> None:
        for news in self._waiting:
            news.set()

    async def when(self, found: Callable[[], Awaitable[T | None]]) -> T:
        """What is found, as soon as there is something: it is looked for again after everything that the bot saves."""
        news = asyncio.Event()
        self._waiting.add(news)
        try:
            async with asyncio.timeout(PATIENCE):
                while (it := await found()) is None:
                    await news.wait()
                    news.clear()
                return it
        finally:
            self._waiting.discard(news)

    async def when_in_cluster(self, found: Callable[[], T | None]) -> T:
        """The same of the cluster: it is looked for again after everything that happens there."""
        changed = asyncio.Event()
        stop = self.cluster.subscribe(lambda *_: changed.set())
        try:
            async with asyncio.timeout(PATIENCE):
                while (it := found()) is None:
                    await changed.wait()
                    changed.clear()
                return it
        finally:
            stop()

    async def until(self, rollout_id: str, holds: Callable[[Rollout], bool]) -> Rollout:
        """The rollout as soon as this holds of it. Fails when it has ended without."""

        async def found() -> Rollout | None:
            rollout = (await self.saved(rollout_id)).rollout
            if holds(rollout):
                return rollout
            assert not rollout.is_final, (rollout.outcome, rollout.why)
            return None

        return await self.when(found)

    async def asked(self, rollout_id: str) -> Ask:
        """The question that is open, waited for."""
        rollout = await self.until(rollout_id, lambda one: any(ask.is_open for ask in one.asks))
        return next(ask for ask in rollout.asks if ask.is_open)

    async def ended(self, rollout_id: str) -> Rollout:
        """The rollout after its end."""
        return await self.until(rollout_id, lambda one: one.is_final)

    async def heard(self, rollout_id: str, kind: str, times: int = 1) -> Mapping[str, Any]:
        """The facts of the audit's last entry of this kind, as soon as there are so many."""

        async def found() -> Mapping[str, Any] | None:
            facts = await self.facts(rollout_id, kind)
            return facts[-1] if len(facts) >= times else None

        return await self.when(found)

    # What is there

    async def saved(self, rollout_id: str) -> Saved:
        """The rollout as the database has it."""
        saved = await self.core.store.load(rollout_id)
        assert saved is not None
        return saved

    async def audit(self, rollout_id: str) -> list[AuditRecord]:
        """What the audit says of it."""
        return [*await self.core.store.audit_entries(0, 10_000, rollout_id)]

    async def facts(self, rollout_id: str, kind: str) -> list[Mapping[str, Any]]:
        """The facts of the audit's entries of one kind."""
        return [entry.facts for entry in await self.audit(rollout_id) if entry.kind == kind]

    # Somebody else's hands

    async def kubectl(
        self, method: str, kind: str, name: str, patch: Any = None, *, manager: str = "kubectl-edit", part: str = ""
    ) -> None:
        """Somebody deletes an object or sends a merge patch for it, through the API server as everybody does."""
        config = self.cluster.kubeconfig()
        server, token = config["clusters"][0]["cluster"]["server"], config["users"][0]["user"]["token"]
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/merge-patch+json"}
        url = f"{server}{_PATHS[kind]}/namespaces/{NAMESPACE}/{kind}/{name}{part}?fieldManager={manager}"
        data = json.dumps(patch) if patch else None
        async with aiohttp.request(method, url, headers=headers, data=data) as answer:
            assert answer.status in (200, 202), await answer.text()
