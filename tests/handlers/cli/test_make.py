"""`leadsman rbac` and `leadsman slack-manifest`: what others apply, printed and nothing else."""

from ruamel.yaml import YAML

from bot.config.shape import Commands
from handlers.cli.exits import Exit
from handlers.slack.manifest import manifest_text, slack_manifest
from tests.handlers.cli.conftest import Shell
from tests.manifests.documents import ROOT


def test_rbac_is_what_the_shipped_manifests_hold(shell: Shell) -> None:
    ended = shell("rbac", "main", LEADSMAN_CONFIG=str(ROOT / "base" / "config" / "leadsman.yaml"))
    assert (ended.code, ended.err) == (Exit.DONE, "")
    assert ended.out == (ROOT / "base" / "rbac.yaml").read_text()


def test_rbac_is_for_the_account_that_is_named(shell: Shell) -> None:
    shell.shop()
    ended = shell("rbac", "demo", "--account", "bot", "--namespace", "ops")
    subjects = [
        document["subjects"] for document in YAML(typ="safe").load_all(ended.out) if document["kind"] == "RoleBinding"
    ]
    assert subjects == [[{"kind": "ServiceAccount", "name": "bot", "namespace": "ops"}]]


def test_a_cluster_that_is_not_known_at_all_is_told_with_those_that_are(shell: Shell) -> None:
    shell.shop()
    ended = shell("rbac", "mars")
    assert (ended.code, ended.out) == (Exit.USAGE, "")
    assert ended.err == "There is no cluster “mars” in the configuration. It has: demo.\n"


def test_the_slack_manifest_needs_no_configuration_with_defaults(shell: Shell) -> None:
    ended = shell("slack-manifest", "--defaults")
    assert ended.code == Exit.DONE
    assert ended.out == manifest_text(slack_manifest(Commands()))


def test_the_slack_manifest_has_the_configured_names_and_the_address(shell: Shell) -> None:
    shell.shop()
    shell.edit('{channel: "#deploys"}', '{channel: "#deploys", commands: {deploy: /ship}}')
    made = YAML(typ="safe").load(shell("slack-manifest", "--url", "https://leadsman.acme.example").out)
    [ship, *_] = made["features"]["slash_commands"]
    assert (ship["command"], ship["url"]) == ("/ship", "https://leadsman.acme.example/slack/events")


def test_an_address_that_slack_cannot_send_to_is_refused(shell: Shell) -> None:
    for url in ("leadsman.acme.example", "http://leadsman.acme.example", "nonsense"):
        ended = shell("slack-manifest", "--defaults", "--url", url)
        assert (ended.code, ended.out) == (Exit.USAGE, "")
        assert ended.err.startswith(f"“{url}” is no https address")
