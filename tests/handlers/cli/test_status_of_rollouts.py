"""`leadsman status` for a Rollout of Argo's: its tree from the cluster, and below it what Argo's own tools leave out."""

import asyncio
import json
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import replace

from bot.playground.clock import PlaygroundClock
from bot.playground.kubernetes import Cluster
from bot.playground.kubernetes.catalogue import CUSTOM
from handlers.cli.exits import Exit
from tests.bot.argo.place import NAMESPACE, configured, is_healthy, namespace, rollout
from tests.handlers.cli.conftest import PATIENCE, Shell
from tests.handlers.cli.test_status import keep
from tests.handlers.slack.saying.states import STATES, seen


@asynccontextmanager
async def served(shell: Shell, custom: Collection[str] = CUSTOM) -> AsyncIterator[Cluster]:
    """A cluster with a healthy Rollout in it, where it knows such things, and the configuration that names it."""
    cluster = Cluster(PlaygroundClock(60), custom=custom)
    await cluster.start()
    try:
        await cluster.apply(namespace(), *([rollout()] if custom else []))
        changed = asyncio.Event()
        stop = cluster.subscribe(lambda *_: changed.set())
        async with asyncio.timeout(PATIENCE):
            while custom and not is_healthy(
                cluster.get("Rollout", NAMESPACE, "checkout") or {"metadata": {}, "status": {}}
            ):
                changed.clear()
                await changed.wait()
        stop()
        shell.write("kubeconfig", json.dumps(cluster.kubeconfig()))
        shell.write("leadsman.yaml", json.dumps(configured()))
        yield cluster
    finally:
        await cluster.stop()


async def test_a_rollout_that_leadsman_never_moved_has_its_tree(shell: Shell) -> None:
    await keep(shell, replace(STATES["healthy"](), app="another"), None)
    async with served(shell):
        ended = await shell.beside("status", "checkout")
        found = (await shell.beside("status", "checkout", "--json")).json
    lines = ended.out.splitlines()
    assert ended.code == Exit.DONE, ended.err
    assert lines[:4] == [
        "Name:            checkout",
        "Namespace:       shop",
        "Status:          ✔ Healthy",
        "Strategy:        Canary",
    ]
    assert any(line.startswith("⟳ checkout") for line in lines)
    assert lines[-1] == "Leadsman has rolled out nothing here yet."
    assert (found["exit"], found["app"], found["environment"]) == (Exit.DONE, "checkout", "prod")
    assert found["tree"].splitlines()[:4] == lines[:4]


async def test_below_the_tree_it_says_who_is_asked_until_when_and_which_claim(shell: Shell) -> None:
    made = STATES["argo-gate"]()
    await keep(shell, made, seen(made))
    async with served(shell):
        text = (await shell.beside("status", "checkout", "prod")).out
        found = (await shell.beside("status", "checkout", "prod", "--json")).json
    tree, _, below = text.partition("\ncheckout in prod: ")
    assert tree.startswith("Name:            checkout\n") and tree.endswith("\n")
    assert below.startswith("1 more approval needed\n")
    assert "Asked @sre, 1 more needed, not @alice who started it" in below
    assert "No answer by " in below and "Claim main/ro7q2k/3" in below
    assert "[Details]" not in text
    assert (found["controller"], found["asked"]["approvals"]) == ("Paused – CanaryPauseStep", 2)
    assert found["tree"].startswith("Name:            checkout\n")


async def test_a_cluster_that_does_not_answer_leaves_the_tree_out_and_says_so(shell: Shell) -> None:
    made = STATES["argo-gate"]()
    await keep(shell, made, seen(made))
    async with served(shell):
        pass
    ended = await shell.beside("status", "checkout")
    assert ended.code == Exit.UNREACHABLE
    assert ended.out.startswith("checkout in prod: 1 more approval needed\n")
    assert ended.err.startswith("Its tree is left out. ")
    found = (await shell.beside("status", "checkout", "--json")).json
    assert (found["exit"], found["tree"], found["rollout"]) == (Exit.UNREACHABLE, None, "ro7q2k")


async def test_a_cluster_without_argo_rollouts_is_one_sentence(shell: Shell) -> None:
    await keep(shell, replace(STATES["healthy"](), app="another"), None)
    async with served(shell, ()):
        ended = await shell.beside("status", "checkout")
    assert (ended.code, ended.out) == (Exit.UNREACHABLE, "")
    assert "Argo Rollouts" in ended.err


async def test_a_rollout_that_is_not_there_is_told_with_the_way_to_begin(shell: Shell) -> None:
    await keep(shell, replace(STATES["healthy"](), app="another"), None)
    async with served(shell):
        shell.edit('"rollout": "checkout"', '"rollout": "elsewhere"')
        ended = await shell.beside("status", "checkout")
    assert (ended.code, ended.out) == (Exit.FAILED, "")
    assert "No rollout of checkout in prod yet." in ended.err
