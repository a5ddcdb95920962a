"""Plans as people write them: ours, or a whole Argo Rollout; with Argo's sentences for what Argo refuses."""

import gzip
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from strategies.judge.template import Argument
from strategies.problem import SpecProblem
from strategies.registry import read_plan
from strategies.rollback import ROLLBACK
from strategies.steps import Analysis, Background, Gate, Pause, Plan, SetCanaryScale, SetWeight, Silence

INVALID = json.loads(gzip.decompress((Path(__file__).parent / "recordings" / "invalid_rollouts.json.gz").read_bytes()))
ONE_KIND = "Step must have one of the following set: experiment, setWeight, setCanaryScale, plugin or pause"
STEP = {"setWeight": 10}
RATE = {"templates": [{"templateName": "success-rate"}]}


def canary(*steps: Any, **settings: Any) -> dict[str, Any]:
    return {"canary": {"steps": list(steps)} | settings}


def plan(document: dict[str, Any]) -> Plan:
    found = read_plan("careful", document)
    assert isinstance(found, Plan), found
    return found


def problems(document: dict[str, Any]) -> list[SpecProblem]:
    found = read_plan("careful", document)
    assert isinstance(found, tuple), found
    return list(found)


def test_the_plan_of_the_guide_is_read_whole() -> None:
    args = [
        {"name": "hash", "valueFrom": {"podTemplateHashValue": "Latest"}},
        {"name": "ns", "valueFrom": {"fieldRef": {"fieldPath": "metadata.namespace"}}},
        {"name": "min", "value": 5},
    ]
    found = plan(
        canary(
            STEP,
            {"pause": {"duration": "5m"}},
            {"analysis": RATE | {"args": args}},
            {"gate": {"approvals": 2, "from": ["approver", "sre"], "deadline": "30m", "onDeadline": "hold"}},
            {"setWeight": 50},
            {"pause": {"duration": 600}},
            {"pause": {"duration": "30"}},
            {"pause": {}},
            {"gate": {}},
            {"setCanaryScale": {"replicas": 3}},
            {"setCanaryScale": {"matchTrafficWeight": True}},
            analysis={"templates": [{"templateName": "p95", "clusterScope": True}], "startingStep": 1},
            maxSurge=1,
            maxUnavailable="0%",
            acceptCoarse=True,
            progressDeadlineSeconds=120,
        )
    )
    arguments = (
        Argument("hash", pod_template_hash="Latest"),
        Argument("ns", from_field="metadata.namespace"),
        Argument("min", "5"),
    )
    assert found == Plan(
        strategy="careful",
        steps=(
            SetWeight(10),
            Pause(timedelta(minutes=5)),
            Analysis(("success-rate",), arguments),
            Gate(2, ("approver", "sre"), timedelta(minutes=30), Silence.HOLD),
            SetWeight(50),
            Pause(timedelta(minutes=10)),
            Pause(timedelta(seconds=30)),
            Pause(),
            Gate(),
            SetCanaryScale(replicas=3),
            SetCanaryScale(match_traffic_weight=True),
        ),
        background=Background(Analysis(("p95",), cluster=("p95",)), 1),
        max_surge=1,
        max_unavailable="0%",
        accept_coarse=True,
        progress_deadline=timedelta(seconds=120),
    )
    adapter = TypeAdapter(Plan)
    assert adapter.validate_json(adapter.dump_json(found)) == found


def test_what_is_left_out_has_argos_defaults() -> None:
    found = plan(canary(STEP))
    assert (found.max_surge, found.max_unavailable, found.progress_deadline) == ("25%", "25%", timedelta(minutes=10))
    assert found.background is None


def test_a_crowded_step_is_refused_with_the_split_form() -> None:
    crowded = {"analysis": RATE, "pause": {"duration": "5m"}, "setWeight": 20}
    (problem,) = problems(canary(STEP, crowded))
    assert (problem.place, problem.sentence) == ("canary.steps[1]", ONE_KIND)
    assert problem.fix == (
        "Write each as a step of its own, in this order:\n"
        "- setWeight: 20\n"
        "- pause: {duration: 5m}\n"
        "- analysis: {templates: [{templateName: success-rate}]}"
    )


def test_the_split_form_quotes_what_yaml_would_misread() -> None:
    odd = {
        "setWeight": 20,
        "analysis": {"templates": [{"templateName": "yes"}], "args": [{"name": "a b", "value": None}]},
    }
    (problem,) = problems(canary(odd))
    assert problem.fix.endswith('- analysis: {templates: [{templateName: "yes"}], args: [{name: "a b", value: null}]}')
    deep: Any = {}
    for _ in range(20):
        deep = {"deeper": [deep]}
    assert "…" in problems(canary({"setWeight": 1, "pause": deep}))[0].fix


@pytest.mark.parametrize(
    ("step", "place", "sentence"),
    [
        ({}, "", ONE_KIND),
        ({"setWeigth": 5}, "", ONE_KIND),
        ({"setWeight": 10, "gate": {}}, "", ONE_KIND),
        ({"setWeight": 101}, ".setWeight", "SetWeight needs to be between 0 and 100"),
        ({"setWeight": -1}, ".setWeight", "SetWeight needs to be between 0 and 100"),
        ({"setWeight": "20"}, ".setWeight", "a whole number must stand here, not '20'"),
        ({"pause": {"duration": -5}}, ".pause.duration", "Duration needs to be greater than 0"),
        ({"pause": {"duration": "five minutes"}}, ".pause.duration", "Duration needs to be greater than 0"),
        ({"pause": {"duration": True}}, ".pause.duration", "Duration needs to be greater than 0"),
        ({"pause": {"duration": 999999999}}, ".pause.duration", "Duration needs to be greater than 0"),
        ({"pause": {"seconds": 5}}, ".pause.seconds", "unknown key 'seconds'"),
        ({"pause": None}, ".pause", "pause has no value"),
        ({"pause": {}, "note": "x"}, ".note", "unknown key 'note'"),
        ({"experiment": {}}, ".experiment", "experiment steps are not supported"),
        ({"setHeaderRoute": {}}, ".setHeaderRoute", "setHeaderRoute steps are not supported"),
        ({"setMirrorRoute": {}}, ".setMirrorRoute", "setMirrorRoute steps are not supported"),
        ({"plugin": {}}, ".plugin", "plugin steps are not supported"),
        ({"analysis": {}}, ".analysis.templates", "an analysis needs at least one template"),
        (
            {"analysis": {"templates": ["success-rate"]}},
            ".analysis.templates[0]",
            "a template is named by templateName, not by 'success-rate' alone",
        ),
        ({"analysis": {"templates": [{"name": "x"}]}}, ".analysis.templates[0].name", "unknown key 'name'"),
        ({"analysis": RATE | {"startingStep": 1}}, ".analysis.startingStep", "unknown key 'startingStep'"),
        (
            {
                "analysis": RATE
                | {"args": [{"name": "a", "value": "1", "valueFrom": {"podTemplateHashValue": "Stable"}}]}
            },
            ".analysis.args[0]",
            "arg a has more than one source",
        ),
        (
            {"analysis": RATE | {"args": [{"name": "a", "valueFrom": {"podTemplateHashValue": "Newest"}}]}},
            ".analysis.args[0].valueFrom.podTemplateHashValue",
            "podTemplateHashValue is 'Newest'",
        ),
        ({"setCanaryScale": {}}, ".setCanaryScale", "setCanaryScale needs exactly one of its fields"),
        (
            {"setCanaryScale": {"weight": 5, "replicas": 1}},
            ".setCanaryScale",
            "setCanaryScale needs exactly one of its fields",
        ),
        ({"setCanaryScale": {"weight": 101}}, ".setCanaryScale", "setCanaryScale is out of range"),
        ({"setCanaryScale": {"replicas": -1}}, ".setCanaryScale", "setCanaryScale is out of range"),
        ({"gate": {"approvals": 0}}, ".gate.approvals", "a gate cannot ask for 0 approvals"),
        ({"gate": {"from": []}}, ".gate.from", "nobody is asked"),
        ({"gate": {"deadline": 0}}, ".gate.deadline", "a deadline needs a duration greater than 0"),
        ({"gate": {"onDeadline": "promote"}}, ".gate.onDeadline", "onDeadline is 'promote': silence never means yes"),
    ],
)
def test_a_wrong_step_is_refused_with_its_place(step: dict[str, Any], place: str, sentence: str) -> None:
    found = problems(canary(STEP, step))
    assert (f"canary.steps[1]{place}", sentence) in [(problem.place, problem.sentence) for problem in found]


@pytest.mark.parametrize(
    ("document", "place", "sentence"),
    [
        (canary(), "canary.steps", "a plan needs at least one step"),
        (canary(*[STEP] * 101), "canary.steps", "a plan may have 100 steps, not 101"),
        ({"canary": None}, "canary.steps", "a plan needs at least one step"),
        (canary(STEP, speed=5), "canary.speed", "unknown key 'speed'"),
        (
            canary(STEP, maxSurge=0, maxUnavailable="0%"),
            "canary.maxSurge",
            "MaxSurge and MaxUnavailable both can not be zero",
        ),
        (canary(STEP, maxSurge="many"), "canary.maxSurge", "'many' is neither a number of pods nor a percentage"),
        (canary(STEP, maxUnavailable=-1), "canary.maxUnavailable", "'-1' is neither a number of pods nor a percentage"),
        (
            canary(STEP, maxUnavailable=[1]),
            "canary.maxUnavailable",
            "'[1]' is neither a number of pods nor a percentage",
        ),
        (canary(STEP, acceptCoarse="yes"), "canary.acceptCoarse", "true or false must stand here, not 'yes'"),
        (canary(STEP, progressDeadlineSeconds=0), "canary.progressDeadlineSeconds", "progressDeadlineSeconds is 0"),
        (
            canary(STEP, analysis=RATE | {"startingStep": 1}),
            "canary.analysis.startingStep",
            "startingStep 1 is no step of the plan",
        ),
        (canary(STEP, analysis={}), "canary.analysis.templates", "an analysis needs at least one template"),
        ({}, "", "a strategy is exactly one of canary or rollback"),
        (canary(STEP) | {"rollback": {}}, "", "a strategy is exactly one of canary or rollback"),
        ({"blueGreen": {}}, "blueGreen", "unknown key 'blueGreen'"),
        ({"rollback": {"steps": []}}, "rollback.steps", "unknown key 'steps'"),
    ],
)
def test_a_wrong_plan_is_refused_with_its_place(document: dict[str, Any], place: str, sentence: str) -> None:
    assert (place, sentence) in [(problem.place, problem.sentence) for problem in problems(document)]


def test_an_analysis_that_could_never_see_the_new_version_is_refused() -> None:
    found = problems(canary({"analysis": RATE}, STEP))
    assert [(problem.place, problem.sentence) for problem in found] == [
        ("canary.steps[0].analysis", "it would run before there is a canary pod to measure")
    ]
    found = problems(canary({"pause": {}}, analysis=RATE))
    assert [problem.place for problem in found] == ["canary.analysis"]


def test_the_way_back_has_no_pauses_and_no_gates() -> None:
    assert plan({"rollback": {}}).steps == ROLLBACK.steps == (SetWeight(100),)
    assert plan({"rollback": None}).strategy == "careful"


def rollout(spec: dict[str, Any]) -> dict[str, Any]:
    return {"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "metadata": {"name": "web"}, "spec": spec}


def test_a_whole_rollout_is_read_as_it_is() -> None:
    routed = {
        "canaryService": "a",
        "stableService": "b",
        "trafficRouting": {"nginx": {"stableIngress": "ing"}},
        "scaleDownDelaySeconds": 30,
        "canaryMetadata": {"labels": {"role": "canary"}},
        "steps": [STEP, {"setCanaryScale": {"weight": 50}}, {"pause": {}}],
    }
    found = plan(rollout({"replicas": 3, "progressDeadlineSeconds": 60, "strategy": {"canary": routed}}))
    assert found.steps == (SetWeight(10), SetCanaryScale(weight=50), Pause())
    assert found.progress_deadline == timedelta(seconds=60)


# What Argo refuses for reasons that a plan knows nothing of: objects in the cluster, other strategies, header routes.
ELSEWHERE = {
    "template-missing",
    "ingress-missing",
    "ingress-other-service",
    "bg-same-services",
    "no-strategy",
    "deadline-lt-minready",
    "headerroute-nginx",
}


@pytest.mark.parametrize(
    "recorded", [one for one in INVALID if one["name"] not in ELSEWHERE], ids=lambda recorded: str(recorded["name"])
)
def test_a_rollout_that_argo_refused_is_refused_with_argos_sentence(recorded: dict[str, Any]) -> None:
    found = problems(rollout(recorded["spec"]))
    assert any(recorded["message"].endswith(problem.sentence) for problem in found), found


@pytest.mark.parametrize("name", ["no-strategy", "bg-same-services", "headerroute-nginx"])
def test_a_rollout_without_a_canary_that_we_can_walk_is_refused_too(name: str) -> None:
    (recorded,) = [one for one in INVALID if one["name"] == name]
    assert problems(rollout(recorded["spec"]))


def test_stable_scale_that_follows_needs_a_router() -> None:
    found = problems(rollout({"strategy": {"canary": {"steps": [STEP], "dynamicStableScale": True}}}))
    assert [problem.sentence for problem in found] == [
        "Canary dynamicStableScale can only be used with traffic routing"
    ]
