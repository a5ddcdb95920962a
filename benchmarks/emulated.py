"""The bot without its surfaces on the playground: for figures that only a real API, over HTTP, can give."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.clock import SystemClock
from bot.config.config import Config
from bot.config.load import load_config
from bot.config.settings import Settings
from bot.desk import Started, Wish
from bot.playground import shop
from bot.playground.clock import PlaygroundClock
from bot.playground.kubernetes import RequestRecord
from bot.playground.world import Playground
from bot.scheduler import Scheduler
from bot.store.records import Saved
from handlers.app import TICK
from handlers.core import Core
from strategies.model import Actor, Rollout, Who

PATIENCE = 300.0
"""Real seconds until something that is waited for counts as lost."""

ALICE = Who(Actor("U1", "alice"), frozenset({"deployer"}))


class Emulated:
    """A playground with some apps in it, and the bot beside it."""

    def __init__(self, playground: Playground, core: Core) -> None:
        self.playground, self.core = playground, core
        self._news = asyncio.Event()
        core.engine.listen(self._heard)

    def _heard(self, _: Saved) -> None:
        self._news.set()

    async def deploy(self, app: str) -> str:
        """Start the good version; the rollout's id."""
        answer = await self.core.desk.deploy(Wish(app, shop.GOOD, "prod", ALICE))
        assert isinstance(answer, Started), answer
        return answer.rollout.id

    async def at(self, rollout_id: str, cursor: int) -> Rollout:
        """The rollout once it has come to that step, or to its end."""
        async with asyncio.timeout(PATIENCE):
            while True:
                self._news.clear()
                saved = await self.core.store.load(rollout_id)
                if saved is not None and (saved.rollout.is_final or saved.rollout.walks[0].native.cursor >= cursor):
                    return saved.rollout
                await self._news.wait()

    def requests(self, *verbs: str) -> list[RequestRecord]:
        """Requests that reached the API server, but for the questions what we may do."""
        reviews = ("selfsubjectaccessreviews", "selfsubjectrulesreviews")
        return [one for one in self.playground.cluster.requests if one.verb in verbs and one.resource not in reviews]


@contextlib.asynccontextmanager
async def emulated(apps: Sequence[str], steps: str, *, replicas: int, speed: float) -> AsyncIterator[Emulated]:
    """A playground with these apps beside the shop's own, and a bot whose canaries take these steps (YAML, in one line)."""
    clock = PlaygroundClock(speed)
    playground = Playground(clock, scopes=(), commands=(), pod_seconds=2.0)
    addresses = await playground.start()
    with TemporaryDirectory(prefix="leadsman-bench-") as name:
        folder = Path(name)
        await playground.cluster.apply(*(thing for app in apps for thing in _objects(app, replicas)))
        core = _core(
            folder, playground, _configuration(addresses.prometheus, apps, steps), SystemClock(speed, clock.origin)
        )
        scheduler = Scheduler()
        try:
            await core.start()
            scheduler.every(TICK, "tick", core.engine.tick)
            scheduler.start()
            yield Emulated(playground, core)
            scheduler.stop()
        finally:
            await core.stop()
            await playground.stop()


def _core(folder: Path, playground: Playground, configuration: str, clock: SystemClock) -> Core:
    (folder / "analysis").mkdir()
    (folder / "analysis" / "shop.yaml").write_text(shop.TEMPLATES)
    (folder / "leadsman.yaml").write_text(configuration)
    (folder / "kubeconfig").write_text(json.dumps(playground.cluster.kubeconfig()))
    environ = {"DATABASE_URL": f"sqlite:///{folder}/leadsman.db", "KUBECONFIG": str(folder / "kubeconfig")}
    settings, config = Settings.from_environ(environ), load_config(folder / "leadsman.yaml")
    assert isinstance(settings, Settings), settings
    assert isinstance(config, Config), config
    return Core(settings, lambda: config, clock)


def _configuration(prometheus: str, apps: Sequence[str], steps: str) -> str:
    found = {
        "slack": {"channel": "#deploys"},
        "clusters": {"demo": {"prometheus": prometheus}},
        "roles": {"deployer": ["*"]},
        "strategies": {"careful": {"canary": {"steps": json.loads(steps)}}},
        "apps": {app: {"image": shop.IMAGE, "environments": {"prod": _environment(app)}} for app in apps},
        "analysisTemplates": "./analysis/*.yaml",
    }
    return json.dumps(found)


def _environment(app: str) -> dict[str, object]:
    services = {"ingress": app, "stableService": app, "canaryService": f"{app}-canary"}
    return {
        "cluster": "demo",
        "namespace": shop.NAMESPACE,
        "workload": {"deployment": app, "container": "web"},
        "traffic": {"nginx": services},
        "strategy": "careful",
    }


def _objects(app: str, replicas: int) -> Sequence[dict[str, object]]:
    """The shop's own objects under another name."""
    text = json.dumps([one for one in shop.objects() if one["kind"] != "Namespace"])
    renamed = text.replace('"checkout', f'"{app}').replace('"/checkout', f'"/{app}')
    things = json.loads(renamed)
    for thing in things:
        if thing["kind"] == "Deployment":
            thing["spec"]["replicas"] = replicas
    return list(things)
