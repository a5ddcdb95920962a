"""`leadsman plan`: what a deploy would do, and everything that speaks against it."""

import asyncio
from typing import Any

from bot.playground import shop
from bot.playground.world import Playground
from handlers.cli.exits import Exit
from handlers.cli.samples import CONFIGURATION
from tests.handlers.cli.conftest import PATIENCE, Shell
from tests.handlers.cli.test_status import keep
from tests.handlers.slack.saying.states import STATES
from tests.manifests.documents import read


async def test_where_nothing_speaks_against_it_the_steps_are_shown_and_the_command_to_type(
    shell: Shell, playground: Playground
) -> None:
    ended = await shell.beside("plan", "checkout", "v1.4.2")

    assert ended.code == Exit.DONE, ended.err
    lines = ended.out.splitlines()
    assert lines[0] == "checkout in prod: v1.4.1 → v1.4.2, strategy careful, 10 pods"
    assert lines[1] == "  1. 10% of the traffic"
    assert any("approval by approver within 4 h, else abort" in line for line in lines)
    assert lines[-1] == "Nothing speaks against it. In Slack: /deploy checkout v1.4.2 prod"


async def test_a_renamed_command_is_the_one_to_type(shell: Shell, playground: Playground) -> None:
    shell.edit('slack: {channel: "#deploys"}', 'slack: {channel: "#deploys", commands: {deploy: /ship}}')
    assert (await shell.beside("plan", "checkout", "v1.4.2")).out.endswith("In Slack: /ship checkout v1.4.2 prod\n")


async def test_where_something_speaks_against_it_that_is_told_and_the_code_is_refused(
    shell: Shell, playground: Playground
) -> None:
    shell.edit("deployment: checkout", "deployment: chekout")
    ended = await shell.beside("plan", "checkout", "v1.4.2", "prod")

    assert ended.code == Exit.REFUSED
    assert "× " in ended.out
    assert "chekout" in ended.out
    assert ended.out.endswith("It cannot start.\n")


async def test_as_json_it_has_steps_and_problems_and_the_code(shell: Shell, playground: Playground) -> None:
    well = (await shell.beside("plan", "checkout", "v1.4.2", "--json")).json
    assert (well["exit"], well["base"], well["replicas"], well["problems"]) == (Exit.DONE, shop.RUNNING, 10, [])
    assert len(well["steps"]) == 8

    shell.edit("container: web", "container: wob")
    ill = (await shell.beside("plan", "checkout", "v1.4.2", "--json")).json
    assert ill["exit"] == Exit.REFUSED
    assert "wob" in ill["problems"][0]["sentence"]


async def test_a_live_rollout_in_the_way_is_told_by_its_version(shell: Shell, playground: Playground) -> None:
    await keep(shell, STATES["moving"](), None)

    ended = await shell.beside("plan", "checkout", "v1.5.0")

    assert ended.code == Exit.REFUSED
    assert "× v1.4.2 is on its way to checkout in prod. A deploy asks whether to queue v1.5.0" in ended.out


async def test_it_changes_nothing(shell: Shell, playground: Playground) -> None:
    before = playground.cluster.get("Deployment", shop.NAMESPACE, "checkout")
    await shell.beside("plan", "checkout", "v1.4.2")
    assert playground.cluster.get("Deployment", shop.NAMESPACE, "checkout") == before
    assert not list(shell.folder.glob("*.db"))


async def test_the_configuration_that_help_shows_could_start_on_the_shipped_example(
    shell: Shell, playground: Playground
) -> None:
    for name in ("deployment", "services", "ingress"):
        await playground.cluster.apply(*read(f"example/{name}.yaml"))
    shell.write("leadsman.yaml", CONFIGURATION.replace("{context: my-cluster}", "{}"))
    ended = await shell.beside("plan", "checkout", "6.7.0")
    assert ended.code == Exit.DONE, ended.out


async def test_a_cluster_that_does_not_answer_is_one_sentence_and_its_own_code(
    shell: Shell, playground: Playground
) -> None:
    await playground.cluster.stop()
    ended = await shell.beside("plan", "checkout", "v1.4.2")
    assert (ended.code, ended.out) == (Exit.UNREACHABLE, "")
    assert "demo" in ended.err
    assert len(ended.err.splitlines()) == 1


def test_without_a_kubeconfig_it_says_which_file_it_missed(shell: Shell) -> None:
    shell.shop()
    ended = shell("plan", "checkout", "v1.4.2")
    assert ended.code == Exit.USAGE
    assert str(shell.folder / "kubeconfig") in ended.err


def test_a_version_that_is_no_tag_is_refused_before_anything_is_asked(shell: Shell) -> None:
    shell.shop()
    ended = shell("plan", "checkout", "v1 \x1b[31m<!channel>")
    assert ended.code == Exit.USAGE
    assert "is no valid version: use a tag such as v1.4.2." in ended.err
    assert "\x1b" not in ended.err


async def test_a_rollout_of_argos_is_planned_with_its_own_steps_and_its_gate(
    shell: Shell, playground: Playground
) -> None:
    deployment = playground.cluster.get("Deployment", shop.NAMESPACE, "checkout")
    assert deployment is not None
    template = deployment["spec"]["template"]
    rollout = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Rollout",
        "metadata": {"name": "driven", "namespace": shop.NAMESPACE},
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": {"app": "driven"}},
            "strategy": {"canary": {"steps": [{"setWeight": 50}, {"pause": {}}]}},
            "template": {**template, "metadata": {"labels": {"app": "driven"}}},
        },
    }
    healthy = asyncio.Event()

    def note(_change: str, kind: str, thing: dict[str, Any]) -> None:
        if kind == "Rollout" and (thing.get("status") or {}).get("phase") == "Healthy":
            healthy.set()

    playground.cluster.subscribe(note)
    await playground.cluster.apply(rollout)
    await asyncio.wait_for(healthy.wait(), PATIENCE)
    place = "{cluster: demo, namespace: %s, workload: {rollout: driven, container: web}, gate: {approvals: 2}}"
    text = (shell.folder / "leadsman.yaml").read_text()
    environment = place % shop.NAMESPACE
    app = f"  driven:\n    image: {shop.IMAGE}\n    environments:\n      prod: {environment}\n"
    shell.write("leadsman.yaml", text.replace("analysisTemplates:", f"{app}analysisTemplates:"))

    ended = await shell.beside("plan", "driven", "v1.4.2")

    assert ended.code == Exit.DONE, ended.out
    lines = ended.out.splitlines()
    assert lines[0].endswith("strategy Argo Rollouts, 2 pods")
    assert lines[1:4] == [
        "  1. 50% of the traffic",
        "  2. pause for 2 approvals by approver within 4 h, else abort",
        "  3. all traffic to the new version",
    ]
