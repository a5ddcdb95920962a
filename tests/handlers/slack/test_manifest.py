"""The Slack app's manifest: valid by Slack's schema, with exactly the scopes that are used.

manifest.schema.2.0.0.json.gz is the official schema of github.com/slackapi/manifest-schema (MIT licence).
"""

import gzip
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ruamel.yaml import YAML

from bot.config.shape import Commands
from handlers.slack.manifest import METHODS, WHY, manifest_text, scopes, slack_manifest, slash_commands

SHIPPED = Path(__file__).parents[3] / "manifests" / "slack"
PUBLIC = "https://leadsman.example.com"


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    packed = Path(__file__).with_name("manifest.schema.2.0.0.json.gz")
    found: dict[str, Any] = json.loads(gzip.decompress(packed.read_bytes()))
    return found


@pytest.mark.parametrize("url", [None, PUBLIC, f"{PUBLIC}/"])
def test_the_manifest_is_valid_by_slacks_own_schema(schema: dict[str, Any], url: str | None) -> None:
    jsonschema.Draft7Validator(schema).validate(slack_manifest(Commands(), url))


@pytest.mark.parametrize(("file", "url"), [("socket.yaml", None), ("http.yaml", PUBLIC)])
def test_the_shipped_manifest_is_the_generated_one(file: str, url: str | None) -> None:
    assert (SHIPPED / file).read_text() == manifest_text(slack_manifest(Commands(), url))


def test_the_text_says_the_same_as_the_manifest_and_explains_every_scope() -> None:
    manifest = slack_manifest(Commands(), PUBLIC)
    text = manifest_text(manifest)
    assert YAML(typ="safe").load(text) == manifest
    assert set(WHY) == set(scopes())
    assert all(f"- {scope}  # {why}\n" in text for scope, why in WHY.items())


def test_scopes_are_those_of_the_methods_and_the_commands_and_no_more() -> None:
    needed = {scope for found in METHODS.values() for scope in found} | {"commands"}
    manifest: Any = slack_manifest(Commands())
    assert set(manifest["oauth_config"]["scopes"]["bot"]) == needed
    assert "user" not in manifest["oauth_config"]["scopes"]


def test_commands_carry_their_configured_names() -> None:
    renamed = slash_commands(Commands(deploy="/ship"))  # type: ignore[call-arg]
    assert [command.command for command in renamed] == ["/ship", "/promote", "/abort", "/rollback", "/rollout"]


def test_socket_mode_needs_no_public_address() -> None:
    assert "url" not in json.dumps(slack_manifest(Commands()))
    manifest: Any = slack_manifest(Commands(), PUBLIC)
    assert not manifest["settings"]["socket_mode_enabled"]
    assert {command["url"] for command in manifest["features"]["slash_commands"]} == {f"{PUBLIC}/slack/events"}
