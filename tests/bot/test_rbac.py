"""The rights we ask for are those that rollouts use: per namespace, and nothing beside them."""

import re
from pathlib import Path
from typing import Any

import pytest

from bot.config import Config, load_config
from bot.rbac import Account, rbac_documents
from bot.rights import rights
from strategies.model import Nginx, Target, WorkloadKind

PLAIN = Target("main", "shop", "checkout", "web")
DRIVEN = Target("main", "shop", "checkout", "web", kind=WorkloadKind.ROLLOUT)
ROUTED = Target("main", "shop", "checkout", "web", Nginx("checkout", "checkout", "checkout-canary"))


def verbs(target: Target, *, observes: bool = False) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for right in rights([target], observes=observes):
        found.setdefault(right.kind.plural, []).append(right.verb)
    return found


def test_a_rollout_by_pods_needs_no_ingress() -> None:
    assert verbs(PLAIN) == {
        "deployments": ["get", "list", "watch", "create", "patch"],
        "replicasets": ["list", "watch"],
        "pods": ["list", "watch"],
        "services": ["list"],
        "horizontalpodautoscalers": ["list"],
    }


def test_a_rollout_by_nginx_needs_ingresses_too() -> None:
    assert verbs(ROUTED)["ingresses"] == ["get", "list", "watch", "create", "patch"]


def test_who_only_observes_may_write_nothing() -> None:
    assert not {"create", "patch"} & {verb for found in verbs(ROUTED, observes=True).values() for verb in found}


def test_a_rollout_of_argos_is_read_and_given_verbs_and_its_deployments_are_left_alone() -> None:
    found = {str(right) for right in rights([DRIVEN])}
    assert {
        "patch rollouts.argoproj.io",
        "patch rollouts.argoproj.io/status",
        "patch analysisruns.argoproj.io",
    } <= found
    assert not any("create" in right or "deployments" in right for right in found)
    assert not any("patch" in str(right) for right in rights([DRIVEN], observes=True))


def test_what_a_rollout_takes_its_pods_from_is_read_and_patched_and_never_made() -> None:
    beside = set(rights([DRIVEN], referring=True)) - set(rights([DRIVEN]))
    assert {str(right) for right in beside} == {
        f"{verb} deployments.apps" for verb in ("get", "list", "watch", "patch")
    }
    watching = set(rights([DRIVEN], referring=True, observes=True))
    assert not any(right.verb == "patch" for right in watching)


def test_many_targets_ask_for_each_right_once() -> None:
    assert rights([PLAIN, ROUTED, PLAIN]) == rights([ROUTED])


@pytest.fixture
def config(tmp_path: Path) -> Config:
    text = (Path(__file__).parents[2] / "manifests" / "base" / "config" / "leadsman.yaml").read_text()
    text = text.replace("  main:  ", "  other: {}\n  main:  ").replace("analysisTemplates: ../analysis/*.yaml", "")
    text = re.sub(r"        - analysis:.*?(?=        - gate)", "", text, flags=re.DOTALL)
    for app, namespace, cluster in [("billing", "money", "main"), ("search", "shop", "main"), ("away", "far", "other")]:
        text += f"""
  {app}:
    image: acme/{app}
    environments:
      prod:
        cluster: {cluster}
        namespace: {namespace}
        workload: {{deployment: {app}, container: web}}
        strategy: careful
"""
    (tmp_path / "leadsman.yaml").write_text(text)
    found = load_config(tmp_path / "leadsman.yaml")
    assert isinstance(found, Config), "\n".join(map(str, found))
    return found


def test_each_namespace_of_the_cluster_gets_a_role_and_a_binding(config: Config) -> None:
    documents: list[Any] = list(rbac_documents(config, "main", Account("bot", "ops")))
    places = [(document["kind"], document["metadata"]["namespace"]) for document in documents]
    assert places == [("Role", "money"), ("RoleBinding", "money"), ("Role", "shop"), ("RoleBinding", "shop")]
    assert documents[1]["subjects"] == [{"kind": "ServiceAccount", "name": "bot", "namespace": "ops"}]
    assert documents[1]["roleRef"]["name"] == documents[0]["metadata"]["name"]
    resources = [{plural for rule in role["rules"] for plural in rule["resources"]} for role in documents[::2]]
    assert "ingresses" not in resources[0]
    assert "ingresses" in resources[1]


def test_a_cluster_that_nothing_runs_in_needs_nothing(config: Config) -> None:
    assert rbac_documents(config, "nowhere") == ()


def test_what_belongs_to_no_namespace_gets_a_cluster_role_of_its_own_with_that_alone(
    config: Config, tmp_path: Path
) -> None:
    path = tmp_path / "leadsman.yaml"
    text = path.read_text().replace("workload: {deployment: billing", "workload: {rollout: billing")
    billing, found, rest = text.partition("  billing:")
    path.write_text(billing + found + rest.replace("        strategy: careful\n", "", 1))
    driven = load_config(path)
    assert isinstance(driven, Config), driven
    documents: list[Any] = list(rbac_documents(driven, "main", Account("bot", "ops")))
    role, binding = documents[-2:]
    assert (role["kind"], binding["kind"]) == ("ClusterRole", "ClusterRoleBinding")
    assert "namespace" not in role["metadata"]
    assert [(rule["resources"], rule["verbs"]) for rule in role["rules"]] == [(["clusteranalysistemplates"], ["list"])]
    assert binding["roleRef"]["kind"] == "ClusterRole"
    [money] = [one for one in documents if one["kind"] == "Role" and one["metadata"]["namespace"] == "money"]
    resources = {plural: rule["verbs"] for rule in money["rules"] for plural in rule["resources"]}
    assert resources["rollouts"] == ["get", "list", "watch", "patch"]
    assert resources["rollouts/status"] == ["patch"]
    assert "clusteranalysistemplates" not in resources
    assert "deployments" not in resources


def test_the_rights_on_a_deployment_are_printed_where_a_rollout_is_configured_to_take_its_pods_from_one(
    config: Config, tmp_path: Path
) -> None:
    path = tmp_path / "leadsman.yaml"
    billing, found, rest = path.read_text().partition("  billing:")
    rest = rest.replace("{deployment: billing,", "{rollout: billing, workloadRef: source,", 1)
    path.write_text(billing + found + rest.replace("        strategy: careful\n", "", 1))
    referring = load_config(path)
    assert isinstance(referring, Config), referring
    documents: list[Any] = list(rbac_documents(referring, "main"))
    [money] = [one for one in documents if one["kind"] == "Role" and one["metadata"]["namespace"] == "money"]
    resources = {plural: rule["verbs"] for rule in money["rules"] for plural in rule["resources"]}
    assert resources["deployments"] == ["get", "list", "watch", "patch"]


def test_a_plan_that_measures_with_templates_of_the_cluster_may_list_them(config: Config, tmp_path: Path) -> None:
    path = tmp_path / "leadsman.yaml"
    gate = "        - gate"
    step = "        - analysis: {templates: [{templateName: theirs}]}\n"
    path.write_text(path.read_text().replace(gate, step + gate, 1))
    measuring = load_config(path)
    assert isinstance(measuring, Config), measuring
    documents: list[Any] = list(rbac_documents(measuring, "main"))
    assert {one["kind"] for one in documents} == {"Role", "RoleBinding"}
    assert all(any("analysistemplates" in rule["resources"] for rule in role["rules"]) for role in documents[::2])
