"""The rights we ask for are those a rollout uses: the playground's cluster enforces them, and its log is compared."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest

from bot.adapters.kubernetes import Kubernetes
from bot.adapters.watches import Watches
from bot.clusters import Cluster
from bot.preflight import Inspector
from bot.rights import Right, rights
from bot.starting import Request
from bot.templates import kinds
from strategies.effects import CreateCanary, CreateRoute, PatchRoute, PatchSide
from strategies.judge.template import Argument
from strategies.model import Claim, Native, Revision, Side, Target
from strategies.steps import Analysis, Plan, SetWeight
from tests.bot.accounts import kubeconfig, names, roles, used
from tests.bot.native.shop import IMAGE, NAMESPACE, RATIO, ROUTED, Shop, Thing, by_pods, by_weight, opened
from tests.stories.bench import LATENCY, SUCCESS

OURS = Claim("leadsman", "r1", 1)
MEASURED = Analysis(("success", "latency"), (Argument("pod-hash", pod_template_hash="Latest"),), ("latency",))


@dataclass(frozen=True, slots=True)
class Way:
    """How an app is rolled out, and so what its role holds."""

    target: Target
    plan: Plan

    def rights(self, *, observes: bool) -> tuple[Right, ...]:
        return rights([self.target], observes=observes, templates=kinds(self.plan, frozenset()))

    def objects(self) -> list[Thing]:
        metadata = {"name": "success", "namespace": NAMESPACE}
        templates = [{**SUCCESS, "metadata": metadata}, {**LATENCY, "kind": "ClusterAnalysisTemplate"}]
        return [*(by_pods() if self.target is RATIO else by_weight()), *templates]


WAYS = (
    Way(RATIO, Plan("canary", (SetWeight(25),))),
    Way(ROUTED, Plan("canary", (SetWeight(25),))),
    Way(ROUTED, Plan("canary", (SetWeight(25), MEASURED))),
)
NAMES = ("by pods", "by weight", "with templates of the cluster")


@asynccontextmanager
async def as_leadsman(shop: Shop, granted: tuple[Right, ...], folder: Path) -> AsyncIterator[Shop]:
    """The shop as seen by an account that has these rights, and nothing else."""
    await shop.playground.apply(*roles(NAMESPACE, granted))
    path = kubeconfig(shop.playground, NAMESPACE, "leadsman", folder / "ours")
    kubernetes = await Kubernetes.connect(name="prod", context=None, kubeconfig=path, clock=shop.clock)
    watches = Watches(kubernetes, clock=shop.clock, random=Random(0))
    try:
        yield Shop(shop.playground, Cluster(kubernetes, watches), shop.clock)
    finally:
        await watches.stop()
        await kubernetes.close()


async def inspected(shop: Shop, way: Way, *, observes: bool) -> None:
    """What is looked at before a start."""
    await shop.until(lambda seen: seen.stable.settled and seen.stable.ready == 4, way.target)
    candidate = Revision("v2", f"{IMAGE}:v2")
    request = Request("leadsman", "r1", "checkout", "prod", way.target, Native(way.plan), candidate)
    assert (await Inspector(shop.clusters, shop.clock, lambda: observes).check(request)).problems == ()


async def roll(shop: Shop, target: Target) -> None:
    """Everything that a rollout does to a cluster, once."""
    claim = PatchSide("w", Side.STABLE, None, f"{IMAGE}:v1", 4, claim=OURS, base=(f"{IMAGE}:v1", 4))
    assert (await shop.perform(claim, target)).applied
    assert (await shop.perform(CreateCanary("w", f"{IMAGE}:v2", OURS), target)).applied
    assert (await shop.perform(PatchSide("w", Side.CANARY, OURS, f"{IMAGE}:v2", 0, replicas=1), target)).applied
    if target.router is not None:
        assert (await shop.perform(CreateRoute("w", OURS), target)).applied
        assert (await shop.perform(PatchRoute("w", OURS, 0, weight=25), target)).applied
    seen = await shop.until(lambda seen: seen.canary.ready == 1, target)
    assert seen.weight == (None if target.router is None else 25)


@pytest.mark.parametrize("observes", [False, True], ids=["acting", "observing"])
@pytest.mark.parametrize("way", WAYS, ids=NAMES)
async def test_a_rollout_uses_exactly_the_rights_that_its_role_has(tmp_path: Path, way: Way, *, observes: bool) -> None:
    granted = way.rights(observes=observes)
    async with opened(tmp_path) as shop:
        await shop.playground.apply(*way.objects())
        async with as_leadsman(shop, granted, tmp_path) as ours:
            await inspected(ours, way, observes=observes)
            if not observes:
                await roll(ours, way.target)
            await ours.look(way.target)
    assert used(shop.playground, NAMESPACE) == names(granted)
