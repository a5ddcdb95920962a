"""What others ask of a configuration."""

from datetime import timedelta

from bot.config import Environment, Unknown
from strategies.judge.lookback import lookback
from strategies.judge.resolution import Facts, ResolvedAnalysis
from strategies.model import Native, Nginx, Target
from strategies.steps import Analysis
from tests.bot.config.conftest import Folder


def test_an_environment_has_its_target_its_plan_and_its_policy(folder: Folder) -> None:
    config = folder.good()
    assert config.target("checkout", "prod") == Target(
        "prod-eu", "shop", "checkout", "web", Nginx("checkout", "checkout", "checkout-canary")
    )
    assert config.driver_for("checkout", "prod") == Native(config.plans["careful"])
    assert not config.policy("checkout", "prod").own_approval
    assert config.policy("checkout", "dev").own_approval
    assert config.policy("checkout", "dev").version == config.version
    assert config.revision("checkout", "v1.4.2").image == "ghcr.io/acme/checkout:v1.4.2"


def test_cards_go_to_the_nearest_channel_that_is_named(folder: Folder) -> None:
    channels = {(place.app, place.name): place.channel for place in folder.good().environments()}
    assert channels == {("checkout", "prod"): "#deploys", ("checkout", "dev"): "#dev", ("billing", "prod"): "#billing"}


def test_an_unknown_app_is_answered_with_the_nearest_name(folder: Folder) -> None:
    assert folder.good().app("chekout") == Unknown("No app “chekout”. Did you mean checkout?", ("checkout",))
    assert folder.good().app("zzz") == Unknown("No app “zzz”. Known apps: billing, checkout.")


def test_the_environment_may_be_left_out_only_where_there_is_one(folder: Folder) -> None:
    config = folder.good()
    found = config.environment("billing", None)
    assert isinstance(found, Environment)
    assert found.name == "prod"
    several = config.environment("checkout", None)
    assert several == Unknown("checkout runs in more than one environment. Say which: dev, prod.", ("prod", "dev"))
    assert config.environment("checkout", "prodd") == Unknown(
        "checkout has no environment “prodd”. Did you mean prod?", ("prod",)
    )
    assert isinstance(config.environment("nope", "prod"), Unknown)


def test_a_kubeconfig_is_looked_for_beside_the_configuration(folder: Folder) -> None:
    folder.edit("lab: {context: lab}", "lab: {kubeconfig: lab.conf}")
    config = folder.good()
    assert config.kubeconfig("lab") == str(folder.root / "lab.conf")
    assert config.kubeconfig("prod-eu") is None


def test_an_analysis_is_resolved_with_its_templates(folder: Folder) -> None:
    config = folder.good()
    asked = config.plans["careful"].steps[2]
    assert isinstance(asked, Analysis)
    found = config.analysis(asked, Facts())
    assert isinstance(found, ResolvedAnalysis)
    assert 'app="checkout"' in found.metrics[0].provider.query
    assert lookback(found.metrics[0].provider.query) == timedelta(minutes=2)
