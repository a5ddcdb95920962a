"""`leadsman abort --direct`: home with a kubeconfig alone, when bot, Slack and database are gone."""

import json
from typing import Any

from handlers.cli.exits import Exit
from strategies.effects import CreateCanary, CreateRoute, PatchRoute, PatchSide
from strategies.model import Claim, Side
from tests.bot.native.shop import IMAGE, ROUTED, by_weight, opened
from tests.handlers.cli.conftest import Shell

OURS = Claim("gone", "r7", 3)
CONFIGURATION = """\
slack: {channel: "#deploys", commands: {abort: /stop}}
clusters: {prod: {}}
roles: {deployer: ["*"], approver: ["*"]}
strategies: {quick: {canary: {steps: [{setWeight: 50}, {pause: {}}]}}}
apps:
  checkout:
    image: ghcr.io/acme/checkout
    environments:
      prod:
        cluster: prod
        namespace: shop
        workload: {deployment: checkout, container: web}
        traffic: {nginx: {ingress: checkout, stableService: checkout, canaryService: checkout-canary}}
        strategy: quick
"""


async def test_a_rollout_half_way_is_brought_home(shell: Shell) -> None:
    shell.write("leadsman.yaml", CONFIGURATION)
    async with opened(shell.folder) as shop:
        (shell.folder / "kubeconfig").write_text(json.dumps(shop.playground.kubeconfig()))
        await shop.playground.apply(*by_weight())
        await shop.until(lambda seen: seen.stable.settled and seen.stable.ready == 4, ROUTED)
        stable: dict[str, Any] = {"expect_claim": None, "expect_image": f"{IMAGE}:v1", "expect_replicas": 4}
        await shop.perform(PatchSide("w", Side.STABLE, **stable, claim=OURS, base=(f"{IMAGE}:v1", 4)), ROUTED)
        await shop.perform(CreateCanary("w", f"{IMAGE}:v2", OURS), ROUTED)
        canary: dict[str, Any] = {"expect_claim": OURS, "expect_image": f"{IMAGE}:v2", "expect_replicas": 0}
        await shop.perform(PatchSide("w", Side.CANARY, **canary, replicas=2), ROUTED)
        await shop.until(lambda seen: seen.canary.ready == 2, ROUTED)
        await shop.perform(CreateRoute("w", OURS), ROUTED)
        await shop.perform(PatchRoute("w", OURS, 0, weight=50), ROUTED)

        ended = await shell.beside("abort", "checkout", "--direct")

        assert ended.code == Exit.DONE, ended.err
        assert ended.out == ""
        assert ended.err.splitlines()[-1] == f"shop/checkout runs {IMAGE}:v1 again; the claim is given back."
        seen = await shop.look(ROUTED)
        assert (seen.stable.image, seen.stable.ready, seen.canary.pods, seen.weight or 0) == (f"{IMAGE}:v1", 4, 0, 0)

        again = await shell.beside("abort", "checkout", "--direct")
        assert again.code == Exit.FAILED
        assert "there is nothing to bring home" in again.err
    assert not list(shell.folder.glob("*.db*"))


def test_without_direct_it_says_how_to_abort_in_slack_by_its_name_there(shell: Shell) -> None:
    shell.write("leadsman.yaml", CONFIGURATION)
    ended = shell("abort", "checkout", "prod")
    assert ended.code == Exit.USAGE
    assert ended.err == (
        "While the bot runs, abort from Slack: /stop APP [ENV] REASON. When it is gone: leadsman abort --direct checkout prod\n"
    )
