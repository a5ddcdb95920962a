"""What people type after a slash command, on keyboards that mean well."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.config.config import Config
from bot.config.load import load_config
from handlers.slack.parse import Blank, Mistake, Typed, Verb, parse
from handlers.slack.words import read

YAML = """
slack: {channel: "#deploys"}
clusters: {prod-eu: {prometheus: "http://prometheus:9090"}}
roles: {deployer: ["*"], approver: ["@sre"]}
strategies: {simple: {canary: {steps: [{setWeight: 10}, {pause: {}}]}}}
apps:
  checkout:
    image: shop/checkout
    environments: {prod: &place {cluster: prod-eu, namespace: shop, workload: {deployment: checkout, container: web}, strategy: simple}}
  billing:
    image: shop/billing
    environments:
      prod: {cluster: prod-eu, namespace: shop, workload: {deployment: billing, container: web}, strategy: simple}
      staging: {cluster: prod-eu, namespace: staging, workload: {deployment: billing, container: web}, strategy: simple}
"""


def configured(folder: Path, text: str = YAML) -> Config:
    path = folder / "leadsman.yaml"
    path.write_text(text.replace("&place ", ""))
    found = load_config(path)
    assert isinstance(found, Config), found
    return found


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Config:
    return configured(tmp_path_factory.mktemp("config"))


PLACE: dict[str, Any] = {"app": "checkout", "environment": "prod"}
STAGING: dict[str, Any] = {"app": "billing", "environment": "staging"}


@pytest.mark.parametrize(
    ("verb", "typed", "wanted"),
    [
        (Verb.DEPLOY, "checkout v1.4.2 prod", Typed(Verb.DEPLOY, **PLACE, version="v1.4.2")),
        (Verb.DEPLOY, "checkout v1.4.2", Typed(Verb.DEPLOY, **PLACE, version="v1.4.2")),
        (Verb.DEPLOY, "  checkout \u00a0 v1.4.2\tprod ", Typed(Verb.DEPLOY, **PLACE, version="v1.4.2")),
        (Verb.DEPLOY, "checkout v1 prod fix the cart", Typed(Verb.DEPLOY, **PLACE, version="v1", reason="fix the cart")),
        (Verb.DEPLOY, "checkout v1 prod “fix it”", Typed(Verb.DEPLOY, **PLACE, version="v1", reason="fix it")),
        (Verb.DEPLOY, "checkout v1 --reason fix it", Typed(Verb.DEPLOY, **PLACE, version="v1", reason="fix it")),
        (Verb.DEPLOY, "billing prod --from staging", Typed(Verb.DEPLOY, app="billing", environment="prod", carry="staging")),
        (Verb.DEPLOY, "billing —from staging prod", Typed(Verb.DEPLOY, app="billing", environment="prod", carry="staging")),
        (Verb.DEPLOY, "billing --from=staging prod", Typed(Verb.DEPLOY, app="billing", environment="prod", carry="staging")),
        (Verb.DEPLOY, "#checkout `v1.4.2` prod", Typed(Verb.DEPLOY, **PLACE, version="v1.4.2")),
        (Verb.DEPLOY, "<#C012345|checkout> v1 prod", Typed(Verb.DEPLOY, **PLACE, version="v1")),
        (Verb.DEPLOY, "checkout <http://v1.io|v1.io> prod", Typed(Verb.DEPLOY, **PLACE, version="v1.io")),
        (Verb.DEPLOY, "checkout\u200b v1 prod", Typed(Verb.DEPLOY, **PLACE, version="v1")),
        (Verb.PROMOTE, "checkout prod", Typed(Verb.PROMOTE, **PLACE)),
        (Verb.PROMOTE, "checkout --full checked by hand", Typed(Verb.PROMOTE, **PLACE, reason="checked by hand", is_full=True)),
        (Verb.PROMOTE, "checkout prod --full", Typed(Verb.PROMOTE, **PLACE, is_full=True)),
        (Verb.ABORT, "checkout it burns", Typed(Verb.ABORT, **PLACE, reason="it burns")),
        (Verb.ABORT, "checkout prod it burns", Typed(Verb.ABORT, **PLACE, reason="it burns")),
        (Verb.ABORT, 'billing staging "a & b" burns', Typed(Verb.ABORT, **STAGING, reason='"a & b" burns')),
        (Verb.ABORT, "checkout a &amp; b &lt;!channel&gt; *bold*", Typed(Verb.ABORT, **PLACE, reason="a & b <!channel> *bold*")),
        (Verb.ABORT, "checkout <@U012345|bob> saw <!here>", Typed(Verb.ABORT, **PLACE, reason="@bob saw <!here>")),
        (Verb.ABORT, "checkout it’s “bad”", Typed(Verb.ABORT, **PLACE, reason="it’s “bad”")),
        (Verb.ROLLBACK, "checkout", Typed(Verb.ROLLBACK, **PLACE)),
        (Verb.ROLLBACK, "checkout --to 3 too slow", Typed(Verb.ROLLBACK, **PLACE, number=3, reason="too slow")),
        (Verb.ROLLBACK, "checkout prod —to 3", Typed(Verb.ROLLBACK, **PLACE, number=3)),
        (Verb.ROLLBACK, "checkout prod –to=3", Typed(Verb.ROLLBACK, **PLACE, number=3)),
        (None, "status checkout", Typed(Verb.STATUS, **PLACE)),
        (None, "checkout prod", Typed(Verb.STATUS, **PLACE)),
        (None, "LIST", Typed(Verb.LIST)),
        (None, "retry rollout checkout", Typed(Verb.RETRY, **PLACE)),
        (None, "get rollout checkout", Typed(Verb.STATUS, **PLACE)),
        (None, "undo checkout", Typed(Verb.ROLLBACK, **PLACE)),
        (None, "skip billing staging prometheus is down", Typed(Verb.SKIP, **STAGING, reason="prometheus is down")),
        (None, "approve checkout", Typed(Verb.APPROVE, **PLACE)),
        (None, "plan billing v2 staging", Typed(Verb.PLAN, **STAGING, version="v2")),
        (None, "audit", Blank(Verb.AUDIT)),
        (None, "audit checkout", Typed(Verb.AUDIT, **PLACE)),
        (None, "help Roles", Typed(Verb.HELP, topic="roles")),
        (None, "", Blank(Verb.HELP)),
        (Verb.DEPLOY, " \u00a0", Blank(Verb.DEPLOY)),
        (None, "resume", Blank(Verb.RESUME)),
        (Verb.DEPLOY, "checkout", Blank(Verb.DEPLOY, "checkout")),
        (None, "plan checkout", Blank(Verb.PLAN, "checkout")),
    ],
)  # fmt: skip
def test_what_is_typed_is_understood(config: Config, verb: Verb | None, typed: str, wanted: object) -> None:
    assert parse(verb, typed, config) == wanted


@pytest.mark.parametrize(
    ("verb", "typed", "sentence"),
    [
        (Verb.DEPLOY, "chekout v1 prod", "No app “chekout”. Did you mean checkout?"),
        (Verb.DEPLOY, "chekout", "No app “chekout”. Did you mean checkout?"),
        (Verb.DEPLOY, "checkout v1 prdo", "checkout has no environment “prdo”. Did you mean prod?"),
        (Verb.DEPLOY, "billing v1", "billing runs in more than one environment. Say which: prod, staging."),
        (Verb.DEPLOY, "checkout v1 staging", "checkout has no environment “staging”. It has: prod."),
        (Verb.DEPLOY, "checkout v1 prod --from staging", "Give a version or --from, not both."),
        (Verb.DEPLOY, "checkout v1 --form staging", "There is no option --form here. Did you mean --from?"),
        (Verb.ABORT, "checkout staging", "checkout has no environment “staging”. It has: prod."),
        (Verb.ABORT, "billing it burns", "billing has no environment “it”. It has: prod, staging."),
        (Verb.PROMOTE, "checkout prod now", "“now” is more than promote takes. A reason goes with --full."),
        (Verb.PROMOTE, "checkout now", "checkout has no environment “now”. It has: prod."),
        (Verb.ROLLBACK, "checkout --to yesterday", "--to takes a number"),
        (Verb.ROLLBACK, "checkout --to 1", "--to takes a number"),
        (Verb.ROLLBACK, "checkout --to ²", "--to takes a number"),
        (Verb.ROLLBACK, "--to 2", "Which app?"),
        (None, "promot checkout", "/rollout has no “promot”. Did you mean promote?"),
        (None, "xyzzy", "/rollout has no “xyzzy”. It has: abort,"),
    ],
)  # fmt: skip
def test_what_cannot_be_understood_is_refused_with_the_way_on(
    config: Config, verb: Verb | None, typed: str, sentence: str
) -> None:
    found = parse(verb, typed, config)
    assert isinstance(found, Mistake) and sentence in found.sentence
    assert found.usage.startswith("/")


def test_usage_names_the_commands_as_they_are_configured(tmp_path: Path) -> None:
    renamed = YAML.replace('"#deploys"', '"#deploys", commands: {deploy: /ship, rollout: /ro}')
    config = configured(tmp_path, renamed)
    mistake = parse(Verb.DEPLOY, "chekout", config)
    assert isinstance(mistake, Mistake) and mistake.usage == "/ship APP VERSION [ENV] [REASON]"
    mistake = parse(None, "skip", config)
    assert mistake == Blank(Verb.SKIP)


def test_where_there_is_one_place_a_verb_alone_means_it(tmp_path: Path) -> None:
    config = configured(tmp_path, YAML[: YAML.index("  billing")])
    assert parse(None, "resume", config) == Typed(Verb.RESUME, **PLACE)
    assert parse(Verb.DEPLOY, "", config) == Blank(Verb.DEPLOY)


@given(st.sampled_from([*Verb, None]), st.text(max_size=200))
def test_nothing_that_can_be_typed_breaks_the_grammar(config: Config, verb: Verb | None, typed: str) -> None:
    parse(verb, typed, config)


@given(st.text(max_size=300))
def test_words_lie_where_they_say(typed: str) -> None:
    text = read(typed)
    assert all(text.plain[word.at :].strip() for word in text.words)


def test_five_thousand_letters_stay_whole_in_a_reason_and_are_cut_in_a_refusal(config: Config) -> None:
    long = "x" * 5000
    found = parse(Verb.ABORT, f"checkout prod {long}", config)
    assert isinstance(found, Typed) and found.reason == long
    refused = parse(None, f"{long} checkout", config)
    assert isinstance(refused, Mistake) and len(refused.sentence) < 400
