"""AnalysisTemplates as people have them, and every mistake in them told at once."""

from collections.abc import Mapping
from typing import Any

import pytest
from pydantic import TypeAdapter

from strategies.judge.metric import MetricText, RangeText
from strategies.judge.template import Argument, Retention, Template, parse
from strategies.judge.unit import Unit

PROMETHEUS = {"prometheus": {"address": "http://prometheus:9090", "query": 'rate(x{app="{{args.app}}"}[5m])'}}
METRIC: dict[str, Any] = {"name": "rate", "provider": PROMETHEUS, "successCondition": "result[0] >= 0.95"}


def document(
    *metrics: Mapping[str, Any], kind: str = "AnalysisTemplate", units: str | None = None, **spec: Any
) -> dict[str, Any]:
    metadata = {"name": "success-rate", "annotations": {"leadsman.dev/units": units} if units else None}
    return {"kind": kind, "metadata": metadata, "spec": {"metrics": list(metrics)} | spec}


def problems(found: object) -> list[tuple[str, str]]:
    assert isinstance(found, tuple), found
    return [(problem.place, problem.sentence) for problem in found]


def test_a_whole_template_is_read() -> None:
    metric = METRIC | {
        "interval": "1m",
        "initialDelay": "30s",
        "count": 5,
        "failureLimit": "{{args.limit}}",
        "inconclusiveLimit": 1,
        "consecutiveErrorLimit": 2,
        "consecutiveSuccessLimit": 3,
        "failureCondition": "result[0] < 0.9",
    }
    args = [
        {"name": "app"},
        {"name": "limit", "value": "2"},
        {"name": "ns", "valueFrom": {"fieldRef": {"fieldPath": "metadata.namespace"}}},
    ]
    found = parse(
        document(
            metric,
            units="rate=ratio",
            args=args,
            dryRun=[{"metricName": "ra.*"}],
            measurementRetention=[{"metricName": "rate", "limit": 20}, {"metricName": "rate"}],
        )
    )
    assert found == Template(
        name="success-rate",
        kind="AnalysisTemplate",
        args=(Argument("app"), Argument("limit", "2"), Argument("ns", from_field="metadata.namespace")),
        metrics=(
            MetricText(
                name="rate",
                address="http://prometheus:9090",
                query='rate(x{app="{{args.app}}"}[5m])',
                interval="1m",
                initial_delay="30s",
                count="5",
                success="result[0] >= 0.95",
                failure="result[0] < 0.9",
                failure_limit="{{args.limit}}",
                inconclusive_limit="1",
                consecutive_error_limit="2",
                consecutive_success_limit="3",
                unit=Unit.RATIO,
            ),
        ),
        dry_run=("ra.*",),
        retention=(Retention("rate", 20), Retention("rate", 0)),
    )
    adapter = TypeAdapter(Template)
    assert adapter.validate_json(adapter.dump_json(found)) == found
    assert [argument.is_given for argument in found.args] == [False, True, True]


def test_a_cluster_template_and_a_range_query_are_read() -> None:
    span = {"start": "now() - duration('5m')", "end": "now()", "step": "1m"}
    provider = {"prometheus": {"query": "x", "rangeQuery": span}}
    found = parse(document(METRIC | {"provider": provider}, kind="ClusterAnalysisTemplate"))
    assert isinstance(found, Template)
    assert found.is_cluster
    assert found.metrics[0].range == RangeText("now() - duration('5m')", "now()", "1m")
    assert found.without_unit == ("rate",)


@pytest.mark.parametrize(
    ("changes", "place", "sentence"),
    [
        ({"count": 2}, "interval", "interval must be specified when count > 1"),
        ({"interval": "1 minute"}, "interval", 'invalid interval string: time: invalid duration "1 minute"'),
        ({"initialDelay": "-5s"}, "initialDelay", 'invalid startDelay string: time: invalid duration "-5s"'),
        (
            {"count": 1, "failureLimit": 3},
            "count",
            "count (1) must be >= failureLimit + consecutiveSuccessLimit (3 + 0) if both >= 0",
        ),
        ({"count": 1, "inconclusiveLimit": 3}, "count", "count (1) must be >= inconclusiveLimit (3)"),
        ({"failureLimit": -2}, "failureLimit", "failureLimit must be >= -1"),
        ({"failureLimit": -1}, "failureLimit", "failureLimit and consecutiveSuccessLimit cannot both be disabled"),
        (
            {"count": 1, "failureLimit": -1, "consecutiveSuccessLimit": 3},
            "count",
            "count must be >= consecutiveSuccessLimit",
        ),
        ({"inconclusiveLimit": -1}, "inconclusiveLimit", "inconclusiveLimit must be >= 0"),
        ({"consecutiveErrorLimit": "many"}, "consecutiveErrorLimit", "'many' is not a whole number"),
        ({"count": 1.5}, "count", "text must stand here, not '1.5'"),
        ({"provider": {}}, "provider", "no provider specified"),
        ({"provider": PROMETHEUS | {"web": {"url": "x"}}}, "provider", "multiple providers specified"),
        ({"provider": {"datadog": {}}}, "provider", "the provider 'datadog' is not supported"),
        ({"provider": {"prometheus": {}}}, "provider.prometheus.query", "a value is missing"),
        ({"successCondition": "result >"}, "successCondition", "at character 9: the condition ends here"),
        (
            {"failureCondition": "up > 1"},
            "failureCondition",
            "at character 1: unknown name 'up': the measured value is called result",
        ),
        ({"name": 5}, "name", "text must stand here, not '5'"),
        (
            {"provider": {"prometheus": {"query": "x", "rangeQuery": {"start": "soon", "end": "now()", "step": "1m"}}}},
            "provider.prometheus.rangeQuery",
            "rangeQuery.start 'soon' is not a time",
        ),
        (
            {"provider": {"prometheus": {"query": "x", "rangeQuery": {"start": "now()", "end": "now()", "step": "x"}}}},
            "provider.prometheus.rangeQuery.step",
            'invalid rangeQuery.step string: time: invalid duration "x"',
        ),
    ],
)
def test_a_mistake_in_a_metric_is_told_with_its_place(changes: dict[str, object], place: str, sentence: str) -> None:
    found = problems(parse(document(METRIC | changes)))
    assert found[0] == (f"spec.metrics[0].{place}", sentence)


def test_failures_that_are_switched_off_count_for_no_limit() -> None:
    assert isinstance(
        parse(document(METRIC | {"count": 3, "interval": "1m", "failureLimit": -1, "consecutiveSuccessLimit": 3})),
        Template,
    )


def test_credentials_in_a_template_are_refused_and_the_empty_ones_that_a_cluster_adds_are_not() -> None:
    asked = {"query": "x", "authentication": {"oauth2": {}, "sigv4": {}}, "insecure": False}
    assert isinstance(parse(document(METRIC | {"provider": {"prometheus": asked}})), Template)
    asked |= {"authentication": {"oauth2": {"clientId": "x"}}, "headers": [{"key": "X-Scope", "value": "a"}]}
    assert problems(parse(document(METRIC | {"provider": {"prometheus": asked}}))) == [
        ("spec.metrics[0].provider.prometheus.authentication", "authentication in a template is not supported"),
        ("spec.metrics[0].provider.prometheus.headers", "headers in a template is not supported"),
    ]


def test_fields_that_wait_for_an_argument_are_not_judged_yet() -> None:
    span = {"start": "{{args.start}}", "end": "now()", "step": "1m"}
    waiting = {
        "count": "{{args.count}}",
        "interval": "{{args.interval}}",
        "successCondition": "result > {{args.min}}",
        "provider": {"prometheus": {"query": "x", "rangeQuery": span}},
    }
    assert isinstance(parse(document(METRIC | waiting)), Template)
    assert isinstance(parse(document(METRIC | {"count": 3, "interval": "{{args.interval}}"})), Template)


def test_all_mistakes_are_told_at_once() -> None:
    found = parse(
        document(
            METRIC,
            METRIC,
            {},
            units="p99=ms",
            args=[
                {"name": "a", "value": "1", "valueFrom": {"fieldRef": {"fieldPath": "x"}}},
                {"valueFrom": {"secretKeyRef": {}}},
            ],
            dryRun=[{"metricName": "("}],
        )
    )
    assert problems(found) == [
        ("spec.metrics[1].name", "duplicate name 'rate'"),
        ("spec.metrics[2].provider", "no provider specified"),
        ("spec.metrics[2].name", "a value is missing"),
        ("spec.args[0]", "arg a has both Value and ValueFrom fields"),
        ("spec.args[1].name", "a value is missing"),
        ("metadata.annotations.leadsman.dev/units", "there is no metric 'p99'"),
        ("spec.dryRun[0].metricName", "the pattern has a ( without its )"),
        ("spec.args[1].valueFrom.secretKeyRef", "values from a Secret are not supported"),
    ]


def test_what_is_no_template_at_all_is_told() -> None:
    assert problems(parse({"kind": "Deployment"})) == [("kind", "kind is 'Deployment'")]
    assert ("spec.metrics", "no metrics specified") in problems(parse(document()))
    assert ("spec", "a mapping must stand here, not '[1]'") in problems(
        parse({"kind": "AnalysisTemplate", "spec": [1]})
    )
    assert ("spec.metrics", "a list must stand here, not 'x'") in problems(
        parse({"kind": "AnalysisTemplate", "metadata": {"name": "x"}, "spec": {"metrics": "x"}})
    )


def test_a_problem_reads_as_a_sentence() -> None:
    (problem,) = parse({"kind": "Deployment"})  # type: ignore[misc]
    assert str(problem) == "kind is 'Deployment'. Use one of AnalysisTemplate or ClusterAnalysisTemplate."
    (problem,) = parse(document(METRIC, metrics=[]))  # type: ignore[misc]
    assert str(problem) == "spec.metrics: no metrics specified. Add at least one metric."


def test_a_template_made_of_others_is_refused_for_a_rollout_of_ours() -> None:
    found = problems(parse(document(METRIC, templates=[{"templateName": "other"}])))
    assert found == [("spec.templates", "a template made of other templates is not supported")]
