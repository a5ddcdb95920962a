"""What guides about Argo Rollouts have people type: understood as what they want to happen, or refused with the way that leads there."""

from pathlib import Path
from typing import Any

import pytest

from bot.config.config import Config
from handlers.slack.parse import Blank, Mistake, Typed, Verb, parse
from tests.handlers.slack.incoming.test_parse import configured

YAML = """
slack: {channel: "#deploys"}
clusters: {prod-eu: {}}
roles: {deployer: ["*"], approver: ["@sre"]}
apps:
  checkout:
    image: ghcr.io/acme/checkout
    environments:
      prod: {cluster: prod-eu, namespace: shop, workload: {rollout: checkout, container: web}}
  billing:
    image: ghcr.io/acme/billing
    environments:
      prod: {cluster: prod-eu, namespace: money, workload: {rollout: billing-api, container: api}}
      staging: {cluster: prod-eu, namespace: staging, workload: {rollout: billing-api, container: api}}
"""
PLACE: dict[str, Any] = {"app": "checkout", "environment": "prod"}
BILLING: dict[str, Any] = {"app": "billing", "environment": "prod"}
STAGING: dict[str, Any] = {"app": "billing", "environment": "staging"}
DEPLOYED = Typed(Verb.DEPLOY, **PLACE, version="v2")


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Config:
    return configured(tmp_path_factory.mktemp("config"), YAML)


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("resume checkout", Typed(Verb.RESUME, **PLACE)),
        ("retry rollout checkout", Typed(Verb.RETRY, **PLACE)),
        ("retry checkout", Typed(Verb.RETRY, **PLACE)),
        ("undo checkout", Typed(Verb.ROLLBACK, **PLACE)),
        ("undo checkout --to-revision=2", Typed(Verb.ROLLBACK, **PLACE, revision=2)),
        ("undo rollout checkout --to-revision 2", Typed(Verb.ROLLBACK, **PLACE, revision=2)),
        ("undo checkout —to-revision=2 too slow", Typed(Verb.ROLLBACK, **PLACE, revision=2, reason="too slow")),
        ("undo checkout --to-revision=0", Typed(Verb.ROLLBACK, **PLACE)),
        ("promote checkout --full", Typed(Verb.PROMOTE, **PLACE, is_full=True)),
        ("promote checkout --full checked by hand", Typed(Verb.PROMOTE, **PLACE, is_full=True, reason="checked by hand")),
        ("abort checkout it burns", Typed(Verb.ABORT, **PLACE, reason="it burns")),
        ("restart checkout", Typed(Verb.RESTART, **PLACE)),
        ("restart checkout new certificates", Typed(Verb.RESTART, **PLACE, reason="new certificates")),
        ("terminate checkout", Typed(Verb.TERMINATE, **PLACE)),
        ("terminate checkout checkout-5d9c-2-1 wrong query", Typed(Verb.TERMINATE, **PLACE, reason="checkout-5d9c-2-1 wrong query")),
        ("terminate analysisrun checkout-5d9c-2-1 wrong", Typed(Verb.TERMINATE, **PLACE, reason="checkout-5d9c-2-1 wrong")),
        ("kubectl argo rollouts terminate ar checkout-5d9c-2", Typed(Verb.TERMINATE, **PLACE, reason="checkout-5d9c-2")),
        ("set image checkout ghcr.io/acme/checkout:v2", DEPLOYED),
        ("set image checkout web=ghcr.io/acme/checkout:v2", DEPLOYED),
        ("set image checkout *=ghcr.io/acme/checkout:v2", DEPLOYED),
        ("set image checkout <http://ghcr.io/acme/checkout:v2|ghcr.io/acme/checkout:v2>", DEPLOYED),
        ("set image checkout :v2", DEPLOYED),
        ("set image billing api=ghcr.io/acme/billing:v2 staging why not", Typed(Verb.DEPLOY, **STAGING, version="v2", reason="why not")),
        ("set image billing api=ghcr.io/acme/billing:v2 -n money", Typed(Verb.DEPLOY, **BILLING, version="v2")),
        ("kubectl argo rollouts set image checkout web=ghcr.io/acme/checkout:v2 -n shop", DEPLOYED),
        ("kubectl set image rollout/checkout web=ghcr.io/acme/checkout:v2", DEPLOYED),
        ("kubectl set image deployment/checkout web=ghcr.io/acme/checkout:v2 -n shop", DEPLOYED),
        ("kubectl set image rollout checkout web=ghcr.io/acme/checkout:v2", DEPLOYED),
        ("kubectl argo rollouts promote checkout -n shop", Typed(Verb.PROMOTE, **PLACE)),
        ("kubectl argo rollouts promote checkout –n shop", Typed(Verb.PROMOTE, **PLACE)),
        ("kubectl-argo-rollouts promote checkout --namespace=shop", Typed(Verb.PROMOTE, **PLACE)),
        ("kubectl argo rollouts get rollout checkout --watch", Typed(Verb.STATUS, **PLACE)),
        ("kubectl argo rollouts get rollout checkout -w -n shop", Typed(Verb.STATUS, **PLACE)),
        ("kubectl argo rollouts status checkout", Typed(Verb.STATUS, **PLACE)),
        ("kubectl argo rollouts list rollouts", Typed(Verb.LIST)),
        ("kubectl get rollouts", Typed(Verb.LIST)),
        ("kubectl argo rollouts pause billing-api -n staging", Typed(Verb.PAUSE, **STAGING)),
        ("kubectl argo rollouts undo billing-api -n money --to-revision=3", Typed(Verb.ROLLBACK, **BILLING, revision=3)),
        ("kubectl rollout undo rollout/checkout", Typed(Verb.ROLLBACK, **PLACE)),
        ("kubectl rollout undo rollouts.argoproj.io/checkout", Typed(Verb.ROLLBACK, **PLACE)),
        ("kubectl rollout history rollout/checkout", Typed(Verb.HISTORY, **PLACE)),
        ("kubectl rollout restart deployment checkout", Typed(Verb.RESTART, **PLACE)),
        ("kubectl argo rollouts", Blank(Verb.HELP)),
        ("kubectl argo rollouts promote", Blank(Verb.PROMOTE)),
    ],
)  # fmt: skip
def test_what_guides_have_people_type_is_understood(config: Config, typed: str, wanted: object) -> None:
    assert parse(None, typed, config) == wanted


@pytest.mark.parametrize(
    ("typed", "way", "why"),
    [
        ("scale rollout checkout --replicas=0", "/abort checkout REASON", "an outage"),
        ("kubectl scale rollout checkout --replicas 0 -n shop", "/abort checkout REASON", "an outage"),
        ("kubectl scale rollout checkout --replicas=5", "spec.replicas", "does not change how many pods"),
        ("kubectl scale deployment argo-rollouts -n argo-rollouts --replicas=0", "/promote APP --full", "every Rollout"),
        ("scale the controller down", "/abort APP REASON", "those of other teams"),
        ("scale the argo-rollouts controller to 0", "/abort APP REASON", "every Rollout"),
        ("kubectl rollout undo rollout/checkout --force", "/rollback APP", "There is no --force"),
        ("undo checkout --to-revision=last", "the tree in Details", "takes the number of a revision"),
        ("retry experiment checkout-5d9c-2-1", "/rollout skip", "a step of its Rollout"),
        ("kubectl argo rollouts lint rollout.yaml", "leadsman lint FILE…", "on a terminal"),
        ("set image checkout ghcr.io/other/cart:v2", "Deploy a tag of ghcr.io/acme/checkout", "another image"),
        ("set image checkout sidecar=ghcr.io/acme/checkout:v2", "web=ghcr.io/acme/checkout:TAG", "not in “sidecar”"),
        ("set image checkout ghcr.io/acme/checkout", "ghcr.io/acme/checkout:TAG", "has no tag"),
        ("set image checkout ghcr.io/acme/checkout@sha256:12", "ghcr.io/acme/checkout:TAG", "has no tag"),
        ("set image checkout localhost:5000/checkout", "ghcr.io/acme/checkout:TAG", "has no tag"),
        ("set image checkout", "/deploy APP VERSION", "which image"),
        ("set image chekout web=ghcr.io/acme/checkout:v2", "Did you mean checkout?", "No app"),
        ("promote checkout -n staging", "may be left out", "lies in namespace shop, not in “staging”"),
        ("undo billing-api", "Say which: prod, staging", "more than one environment"),
        ("kubectl argo rollouts undoo checkout", "undo", "has no “undoo”"),
    ],
)  # fmt: skip
def test_what_would_harm_or_mean_nothing_is_refused_with_the_right_way(
    config: Config, typed: str, way: str, why: str
) -> None:
    found = parse(None, typed, config)
    assert isinstance(found, Mistake)
    assert why in found.sentence
    assert way in f"{found.sentence} {found.usage}"


def test_the_right_way_names_the_commands_as_they_are_configured(tmp_path: Path) -> None:
    renamed = YAML.replace('"#deploys"', '"#deploys", commands: {abort: /stop, promote: /go, rollback: /back}')
    config = configured(tmp_path, renamed)
    for typed, way in (
        ("scale rollout checkout --replicas=0", "/stop checkout REASON"),
        ("scale the controller down", "/go APP --full REASON"),
        ("undo checkout --force", "/back APP"),
    ):
        found = parse(None, typed, config)
        assert isinstance(found, Mistake) and way in found.sentence


def test_a_workload_that_two_apps_share_means_neither(tmp_path: Path) -> None:
    twice = YAML.replace("rollout: checkout,", "rollout: billing-api,")
    found = parse(None, "promote billing-api", configured(tmp_path, twice))
    assert isinstance(found, Mistake) and "No app “billing-api”" in found.sentence
