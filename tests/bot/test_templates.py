"""AnalysisTemplates that lie in the cluster: a plan names them, preflight reads and checks them, the rollout keeps them."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.adapters.kubernetes import ANALYSIS_TEMPLATES, CLUSTER_ANALYSIS_TEMPLATES
from bot.playground import shop
from bot.templates import from_cluster, kinds
from strategies.judge.template import Argument
from strategies.model import Stage
from strategies.steps import Analysis, Plan, SetWeight
from tests.bot.native.shop import NAMESPACE, Shop, namespace
from tests.bot.native.shop import opened as shop_opened
from tests.stories.bench import LATENCY, SUCCESS, analysis, opened, weight

ARGS = (Argument("pod-hash", pod_template_hash="Latest"),)
Thing = dict[str, Any]


@pytest.fixture
async def cluster(tmp_path: Path) -> AsyncIterator[Shop]:
    async with shop_opened(tmp_path) as found:
        await found.playground.apply(namespace())
        yield found


def in_namespace(template: Thing, space: str = NAMESPACE) -> Thing:
    return {**template, "metadata": {**template["metadata"], "namespace": space}}


def of_the_cluster(template: Thing) -> Thing:
    return {**template, "kind": "ClusterAnalysisTemplate"}


def plan(*names: str, cluster: tuple[str, ...] = ()) -> Plan:
    return Plan("careful", (SetWeight(10), Analysis(names, ARGS, cluster)))


async def test_templates_of_the_namespace_and_of_the_cluster_are_found_by_their_scope(cluster: Shop) -> None:
    await cluster.playground.apply(in_namespace(SUCCESS), of_the_cluster(LATENCY))
    wanted = plan("success", "latency", cluster=("latency",))

    found, problems = await from_cluster(cluster.cluster.kubernetes, NAMESPACE, wanted, {})

    assert problems == ()
    assert [(one.name, one.kind) for one in found] == [
        ("success", "AnalysisTemplate"), ("latency", "ClusterAnalysisTemplate")
    ]  # fmt: skip
    assert kinds(wanted, frozenset()) == (ANALYSIS_TEMPLATES, CLUSTER_ANALYSIS_TEMPLATES)


async def test_what_the_configuration_has_is_not_asked_of_the_cluster(cluster: Shop) -> None:
    before = len(cluster.playground.requests)
    assert kinds(plan("success"), frozenset({"success"})) == ()
    found = await from_cluster(cluster.cluster.kubernetes, NAMESPACE, plan(), {})
    assert found == ((), ())
    assert len(cluster.playground.requests) == before


@pytest.mark.parametrize(
    ("name", "scope", "sentence"),
    [
        ("sucess", (), "there is no template 'sucess', neither in the configuration nor as AnalysisTemplate in namespace shop. "
         "Did you mean success?"),
        ("latency", ("latency",), "there is no template 'latency', neither in the configuration nor as "
         "ClusterAnalysisTemplate in the cluster. Name its file under analysisTemplates, or create it there."),
    ],
)  # fmt: skip
async def test_one_that_is_nowhere_is_told_with_the_nearest_name(
    cluster: Shop, name: str, scope: tuple[str, ...], sentence: str
) -> None:
    await cluster.playground.apply(in_namespace(SUCCESS))
    _, [problem] = await from_cluster(cluster.cluster.kubernetes, NAMESPACE, plan(name, cluster=scope), {})
    assert str(problem).endswith(sentence)


async def test_one_that_cannot_be_measured_is_told_with_its_place(cluster: Shop) -> None:
    broken = in_namespace(
        {**SUCCESS, "spec": {**SUCCESS["spec"], "metrics": [{"name": "web", "provider": {"web": {}}}]}}
    )
    await cluster.playground.apply(broken)
    _, problems = await from_cluster(cluster.cluster.kubernetes, NAMESPACE, plan("success"), {})
    assert problems
    assert problems[0].place.startswith("AnalysisTemplate success: spec.metrics[0]")


async def test_arguments_and_queries_are_tried_as_those_of_the_configuration_are(cluster: Shop) -> None:
    [metric] = SUCCESS["spec"]["metrics"]
    worse = {**metric, "provider": {"prometheus": {"query": "sum(rate("}}}
    await cluster.playground.apply(in_namespace({**SUCCESS, "spec": {**SUCCESS["spec"], "metrics": [worse]}}))
    kubernetes = cluster.cluster.kubernetes
    _, [query] = await from_cluster(kubernetes, NAMESPACE, plan("success"), {})
    assert query.place == "metric success"
    without = Plan("careful", (Analysis(("success",)),))
    _, [argument] = await from_cluster(kubernetes, NAMESPACE, without, {})
    assert "args.pod-hash was not resolved" in argument.sentence


async def test_a_cluster_without_argos_definitions_has_no_templates(tmp_path: Path) -> None:
    async with shop_opened(tmp_path, custom=()) as found:
        _, [problem] = await from_cluster(found.cluster.kubernetes, NAMESPACE, plan("success"), {})
    assert "there is no template 'success'" in problem.sentence


async def test_a_rollout_measures_with_a_template_of_the_cluster_and_keeps_it(tmp_path: Path) -> None:
    async with opened(tmp_path) as bench:
        await bench.cluster.apply(in_namespace(SUCCESS, shop.NAMESPACE))
        await bench.begin((weight(50), analysis("success")), templates=(LATENCY,))
        rollout_id = await bench.deploy()
        await bench.until(rollout_id, lambda one: one.stage is Stage.WALKING)
        await bench.cluster.apply(in_namespace(failing(), shop.NAMESPACE))
        ended = await bench.live_with(rollout_id)
        passed = await bench.facts(rollout_id, "analysis-passed")

    assert [template.name for template in ended.templates] == ["success"]
    assert len(passed) == 1


def failing() -> Thing:
    """The same template, changed to what nothing passes: too late for a rollout that has begun."""
    [metric] = SUCCESS["spec"]["metrics"]
    return {**SUCCESS, "spec": {**SUCCESS["spec"], "metrics": [{**metric, "successCondition": "result[0] > 2"}]}}


async def test_a_deploy_whose_template_is_nowhere_is_refused(tmp_path: Path) -> None:
    async with opened(tmp_path) as bench:
        await bench.begin((weight(50), analysis("success")), templates=(LATENCY,))
        sentence = await bench.refused()
    assert "there is no template 'success', neither in the configuration nor as AnalysisTemplate" in sentence
