"""Which documents lint looks at, and that none of them can bring it down."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from strategies.lint import KINDS, Severity, concerns, lint
from tests.strategies.lint.documents import experiment, in_cluster, rollout, said, service, template, told


@pytest.mark.parametrize(
    "document",
    [
        None,
        "text",
        [],
        {},
        {"kind": 5},
        service("a", app="x"),
        {"apiVersion": "rollouts.kruise.io/v1beta1", "kind": "Rollout", "spec": 5},
        {"apiVersion": 5, "kind": "Rollout"},
        {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "spec": 5},
        {"apiVersion": "argoproj.io/v1alpha1", "kind": "AnalysisRun", "spec": 5},
        {"kind": "List", "items": [service("a", app="x")]},
    ],
)
def test_what_is_not_of_argo_rollouts_is_passed_over(document: Any) -> None:
    assert told(document) == []
    assert not concerns(document)


def test_a_kind_with_a_typing_error_is_told_with_what_was_meant() -> None:
    document = {"apiVersion": "argoproj.io/v1alpha1", "kind": "AnalysisTemplates", "metadata": {"name": "x"}}
    assert concerns(document)
    [(_, place, sentence, fix)] = told(document)
    assert (place, sentence) == ("kind", "there is no kind 'AnalysisTemplates' in argoproj.io/v1alpha1")
    assert fix == "Did you mean AnalysisTemplate?"


@pytest.mark.parametrize("version", [None, "argoproj.io/v1", "argoproj.io/v1beta1"])
def test_another_version_is_told(version: str | None) -> None:
    document = rollout("canary: {}") | {"apiVersion": version}
    [(_, place, sentence, fix)] = told(document)
    assert (place, sentence) == ("apiVersion", "Argo Rollouts has a Rollout only in argoproj.io/v1alpha1")
    assert fix == "Write apiVersion: argoproj.io/v1alpha1."


def test_an_object_needs_a_name_unless_the_cluster_makes_one() -> None:
    [(_, place, sentence, _)] = told(rollout("canary: {}") | {"metadata": {}})
    assert (place, sentence) == ("metadata.name", "a value is missing")
    assert told(experiment("{}") | {"metadata": {"generateName": "compare-"}}) == []


def test_an_object_without_a_spec_is_told() -> None:
    document = {key: value for key, value in rollout("canary: {}").items() if key != "spec"}
    assert ("spec", "a value is missing") in [(place, sentence) for _, place, sentence, _ in told(document)]


def test_the_objects_of_a_list_are_told_with_their_place_in_it() -> None:
    listed = {"apiVersion": "v1", "kind": "List", "items": [service("a", app="x"), rollout("canary: {maxSurg: 1}")]}
    [(_, place, _, fix)] = told(listed)
    assert place == "items[1].spec.strategy.canary.maxSurg"
    assert fix == "Did you mean maxSurge?"


def test_each_finding_says_which_document_it_is_about() -> None:
    found = lint([template(), "text", rollout("canary: {maxSurg: 1}"), template("{count: 1}")])
    assert [one.document for one in found] == [2, 3]


def test_one_mistake_is_told_once() -> None:
    found = said(lint([rollout("{canary: 5}"), template("{provider: 5}"), experiment("{templates: 5}")]))
    assert len(found) == len({(place, sentence) for _, place, sentence, _ in found}) >= 3


WORDS = (
    "spec", "metadata", "name", "labels", "annotations", "selector", "matchLabels", "matchExpressions", "key", "operator",
    "values", "template", "containers", "image", "strategy", "canary", "blueGreen", "steps", "setWeight", "pause", "duration",
    "analysis", "templates", "templateName", "clusterScope", "args", "value", "valueFrom", "fieldRef", "fieldPath",
    "experiment", "analyses", "setCanaryScale", "setHeaderRoute", "setMirrorRoute", "match", "headerValue", "trafficRouting",
    "nginx", "alb", "istio", "plugins", "managedRoutes", "maxTrafficWeight", "maxSurge", "maxUnavailable", "pingPong",
    "metrics", "provider", "prometheus", "query", "web", "successCondition", "failureCondition", "count", "interval",
    "failureLimit", "dryRun", "measurementRetention", "metricName", "limit", "workloadRef", "replicas", "items", "kind",
    "activeService", "antiAffinity", "startingStep", "rangeQuery", "start", "end", "step", "leadsman.dev/units",
)  # fmt: skip
LEAVES = some.one_of(
    some.none(),
    some.booleans(),
    some.integers(-3, 200),
    some.just(10**40),
    some.floats(allow_nan=True),
    some.text(max_size=6),
    some.sampled_from(
        ["5m", "25%", "result[0] >= {{args.x}}", "{{args.x}}", "{{", "Latest", "rate=ratio", "x", "t", *KINDS]
    ),
)
VALUES = some.recursive(
    LEAVES,
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.sampled_from(WORDS), inner, max_size=4),
    max_leaves=25,
)
PATHS: tuple[tuple[str | int, ...], ...] = (
    (),
    ("spec",),
    ("metadata",),
    ("spec", "strategy"),
    ("spec", "strategy", "canary"),
    ("spec", "strategy", "canary", "steps"),
    ("spec", "strategy", "canary", "steps", 1),
    ("spec", "strategy", "canary", "trafficRouting"),
    ("spec", "strategy", "canary", "analysis"),
    ("spec", "selector"),
    ("spec", "template"),
    ("spec", "metrics"),
    ("spec", "metrics", 0),
    ("spec", "metrics", 0, "provider"),
    ("spec", "templates"),
    ("spec", "templates", 0),
    ("spec", "analyses"),
    ("spec", "args"),
)


@given(some.data())
def test_whatever_stands_in_a_document_lint_has_an_answer(data: some.DataObject) -> None:
    analysis = "{templates: [{templateName: success-rate}], args: [{name: service, value: x}]}"
    base = data.draw(
        some.sampled_from(
            [
                rollout(
                    f"canary: {{steps: [{{setWeight: 5}}, {{analysis: {analysis}}}], trafficRouting: {{nginx: {{}}}}}}"
                ),
                rollout("blueGreen: {activeService: a}"),
                template(),
                experiment("{}"),
            ]
        )
    )
    path, value = data.draw(some.sampled_from(PATHS)), data.draw(VALUES)
    changed = _with(base, path, value)
    others = [template(), service("a", app="x"), data.draw(VALUES)]
    for one in lint([changed, *others]):
        assert one.severity in Severity
        assert one.problem.sentence
        assert one.problem.fix
    if isinstance(changed, dict):
        in_cluster(changed, [template(), _with(template(), path, value)] if path else [], [], [], workload=changed)


def _with(document: Any, path: tuple[str | int, ...], value: Any) -> Any:
    """The document with `value` at `path`; where there is no such path, it goes as far as there is."""
    if not path:
        return value
    first, rest = path[0], path[1:]
    if isinstance(document, list) and isinstance(first, int) and first < len(document):
        return [*document[:first], _with(document[first], rest, value), *document[first + 1 :]]
    if isinstance(document, dict):
        return document | {first: _with(document.get(first), rest, value)}
    return value
