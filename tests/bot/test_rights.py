"""The rights we ask for are those a rollout uses: the playground's cluster enforces them, and its log is compared."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

import pytest

from bot.adapters.kubernetes import Kubernetes
from bot.adapters.watches import Watches
from bot.clusters import Cluster
from bot.preflight import Inspector
from bot.rbac import role_rules
from bot.rights import rights
from bot.starting import Request
from strategies.effects import CreateCanary, CreateRoute, PatchRoute, PatchSide
from strategies.model import Claim, Native, Revision, Side, Target
from strategies.steps import Plan, SetWeight
from tests.bot.accounts import BUILT_IN, GROUP, kubeconfig
from tests.bot.native.shop import IMAGE, NAMESPACE, RATIO, ROUTED, Shop, by_pods, by_weight, opened

OURS = Claim("leadsman", "r1", 1)
ACCOUNT = f"system:serviceaccount:{NAMESPACE}:leadsman"


@asynccontextmanager
async def as_leadsman(shop: Shop, target: Target, folder: Path) -> AsyncIterator[Shop]:
    """The shop as seen by an account that has the role we print for this target, and nothing else."""
    metadata = {"name": "leadsman", "namespace": NAMESPACE}
    role = {"apiVersion": f"{GROUP}/v1", "metadata": metadata}
    await shop.playground.apply(
        *BUILT_IN,
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata},
        {**role, "kind": "Role", "rules": role_rules(rights([target]))},
        {
            **role,
            "kind": "RoleBinding",
            "roleRef": {"apiGroup": GROUP, "kind": "Role", "name": "leadsman"},
            "subjects": [{"kind": "ServiceAccount", **metadata}],
        },
    )
    path = kubeconfig(shop.playground, NAMESPACE, "leadsman", folder / "ours")
    kubernetes = await Kubernetes.connect(name="prod", context=None, kubeconfig=path, clock=shop.clock)
    watches = Watches(kubernetes, clock=shop.clock, random=Random(0))
    try:
        yield Shop(shop.playground, Cluster(kubernetes, watches))
    finally:
        await watches.stop()
        await kubernetes.close()


async def roll(shop: Shop, target: Target) -> None:
    """Everything that a rollout does to a cluster, once."""
    await shop.until(lambda seen: seen.stable.settled and seen.stable.ready == 4, target)
    plan, candidate = Plan("canary", (SetWeight(25),)), Revision("v2", f"{IMAGE}:v2")
    request = Request("leadsman", "r1", "checkout", "prod", target, Native(plan), candidate)
    assert (await Inspector(shop.clusters, shop.clock).check(request)).problems == ()
    claim = PatchSide("w", Side.STABLE, None, f"{IMAGE}:v1", 4, claim=OURS, base=(f"{IMAGE}:v1", 4))
    assert (await shop.perform(claim, target)).applied
    assert (await shop.perform(CreateCanary("w", f"{IMAGE}:v2", OURS), target)).applied
    assert (await shop.perform(PatchSide("w", Side.CANARY, OURS, f"{IMAGE}:v2", 0, replicas=1), target)).applied
    if target.router is not None:
        assert (await shop.perform(CreateRoute("w", OURS), target)).applied
        assert (await shop.perform(PatchRoute("w", OURS, 0, weight=25), target)).applied
    seen = await shop.until(lambda seen: seen.canary.ready == 1, target)
    assert seen.weight == (None if target.router is None else 25)
    await shop.look(target)


@pytest.mark.parametrize("target", [RATIO, ROUTED], ids=["by pods", "by weight"])
async def test_a_rollout_uses_exactly_the_rights_that_its_role_has(tmp_path: Path, target: Target) -> None:
    async with opened(tmp_path) as shop:
        await shop.playground.apply(*(by_pods() if target is RATIO else by_weight()))
        async with as_leadsman(shop, target, tmp_path) as ours:
            await roll(ours, target)
    log = [request for request in shop.playground.requests if request.user == ACCOUNT]
    used = {(request.group, request.resource, request.verb) for request in log}
    asked = {("authorization.k8s.io", "selfsubjectaccessreviews", "create")}
    granted = {(right.kind.group, right.kind.plural, right.verb) for right in rights([target])}
    assert used - asked == granted
    assert [request.path for request in log if request.status == 403] == []
