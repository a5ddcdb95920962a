"""AnalysisTemplates by Argo's rules, and what their conditions and queries would really do."""

from typing import Any

import pytest

from bot.promql import query_problem
from strategies.lint import Severity, lint
from tests.strategies.lint.documents import Said, is_told, said, template, told

WARNING = Severity.WARNING
WEB = "provider: {web: {url: 'https://x.example/rate', jsonPath: '{$.rate}'}}"

VALID = [
    "",
    "{count: 1, interval: null, failureLimit: 0}",
    "{count: null, interval: 1m, failureLimit: -1, consecutiveSuccessLimit: 4}",
    "{count: '{{args.service}}', failureLimit: 3}",
    "{successCondition: 'len(result) == 0 || result[0] > 0.9'}",
    "{successCondition: 'all(result, # > 0.9)'}",
    "{successCondition: 'result[7] > 0.9'}",
    f"{{successCondition: 'result.rate > 0.9', {WEB}}}",
    f"{{successCondition: \"result not contains 'error' && result.status == 'ok'\", {WEB}}}",
    "{successCondition: result >= 0.95, provider: {prometheus: {query: 'scalar(sum(up))'}}}",
    "{successCondition: result >= 0.95, provider: {web: {url: https://x.example, method: POST, jsonBody: {a: 1}}}}",
    "{successCondition: null, provider: {job: {spec: {template: {}}}}}",
    "{provider: {datadog: {apiVersion: v2, query: avg, aggregator: p99}}}".replace("p99", "max"),
    "{provider: {datadog: {query: avg, requestTimeout: 30s}}}",
    f"{{{WEB.replace('jsonPath', 'authentication: {basicAuth: {username: a, password: b}}, jsonPath')}}}",
    "{provider: {prometheus: {query: up, rangeQuery: {start: 'now() - duration(\"10m\")', end: now(), step: 1m}}}}",
]

BROKEN: list[tuple[str, str, str, str]] = [
    ("{name: null}", ".name", "a value is missing", "Fill it in"),
    ("{count: 1}", ".count", "count (1) must be >= failureLimit + consecutiveSuccessLimit (2 + 0) if both >= 0", "2"),
    ("{inconclusiveLimit: 6}", ".count", "count (5) must be >= inconclusiveLimit (6)", "Raise count to 6"),
    ("{interval: null}", ".interval", "interval must be specified when count > 1", "such as 1m"),
    ("{interval: 1 minute}", ".interval", 'invalid interval string: time: invalid duration "1 minute"', "30s"),
    ("{initialDelay: soon}", ".initialDelay", 'invalid startDelay string: time: invalid duration "soon"', "30s"),
    (
        "{failureLimit: -1}",
        ".failureLimit",
        "failureLimit and consecutiveSuccessLimit cannot both be disabled",
        "consecutiveSuccessLimit",
    ),
    ("{failureLimit: -2}", ".failureLimit", "failureLimit must be >= -1", "-1 or more"),
    ("{provider: {}}", ".provider", "no provider specified", "provider.prometheus"),
    ("{provider: null}", ".provider", "no provider specified", "provider.prometheus"),
    ("{provider: {prometheus: {query: up}, web: {url: x}}}", ".provider", "multiple providers specified", "Keep one"),
    ("{provider: {webhook: {url: x}}}", ".provider.webhook", "unknown field 'webhook'", "Write web:"),
    ("{provider: {newrelic: {query: x}}}", ".provider.newrelic", "unknown field 'newrelic'", "Did you mean newRelic?"),
    ("{provider: {web: {}}}", ".provider.web.url", "a value is missing", "Fill it in"),
    (
        "{provider: {web: {url: x, body: a, jsonBody: {a: 1}, method: PUT}}}",
        ".provider.web",
        "use either Body or JSONBody; both cannot exists for WebMetric payload",
        "Keep one",
    ),
    (
        "{provider: {web: {url: x, jsonBody: {a: 1}}}}",
        ".provider.web.jsonBody",
        "Body/JSONBody can only be used with POST or PUT WebMetric Method types",
        "method: POST",
    ),
    ("{prometheus: {query: up}}", ".prometheus", "unknown field 'prometheus'", "under provider"),
    ("{query: up}", ".query", "unknown field 'query'", "provider.prometheus"),
    (
        "{successCondition: 'result[0] >='}",
        ".successCondition",
        "at character 13: the condition ends here",
        "for example",
    ),
    (
        "{failureCondition: value > 1}",
        ".failureCondition",
        "at character 1: unknown name 'value': the measured value is called result",
        "for example",
    ),
    (
        "{successCondition: 'result[0] > 0.9 && result[0] < 0.1'}",
        ".successCondition",
        "this can never pass: no value is both at least 0.9 and at most 0.1",
        "Correct the limit",
    ),
    (
        "{successCondition: 'result[0] >= 95'}",
        ".successCondition",
        "this can never pass: a ratio is never above 1, and 95 is asked for",
        "the unit",
    ),
    (
        "{failureCondition: result < 0.9}",
        ".failureCondition",
        "Prometheus answers with a list, and this compares the list itself: every measurement would be an Error",
        "Write result[0] < 0.9",
    ),
    (
        "{successCondition: 'len(result) == 0 || result >= 0.9'}",
        ".successCondition",
        "at character 28: >= cannot stand between an array and a number: every measurement would be an Error",
        "result[0] >= 0.95",
    ),
    (
        "{successCondition: 'default(result[0], 1) > 0.9'}",
        ".successCondition",
        "at character 23: > cannot compare an array with a number: write result[0]: every measurement would be an Error",
        "result[0] >= 0.95",
    ),
    (
        "{successCondition: 'result.rate > 0.9'}",
        ".successCondition",
        "at character 8: an index cannot take text: every measurement would be an Error",
        "result[0] >= 0.95",
    ),
    (
        "{provider: {prometheus: {query: 'sum(rate(x[5m])'}}}",
        ".provider.prometheus.query",
        "unclosed left parenthesis",
        "Correct the PromQL",
    ),
    (
        "{provider: {prometheus: {query: 'sum(rate(x{a={{args.service}}}[5m]))'}}}",
        ".provider.prometheus.query",
        "unexpected identifier 'x' in label matching, expected string",
        "Correct the PromQL",
    ),
]


def checked(document: Any) -> list[Said]:
    return said(lint([document], query_problem))


@pytest.mark.parametrize("metric", VALID)
def test_what_argo_measures_with_is_taken(metric: str) -> None:
    assert [one for one in checked(template(metric)) if one[0] is Severity.ERROR] == []


def test_the_template_with_a_unit_and_a_condition_has_nothing_to_be_said_about() -> None:
    assert checked(template()) == []


@pytest.mark.parametrize(("metric", "place", "sentence", "mend"), BROKEN)
def test_a_broken_metric_is_told_with_its_place_and_its_mend(metric: str, place: str, sentence: str, mend: str) -> None:
    is_told(checked(template(metric)), f"spec.metrics[0]{place}", sentence, mend)


@pytest.mark.parametrize(
    ("spec", "place", "sentence", "mend"),
    [
        ({"metrics": None}, "spec.metrics", "no metrics specified", "at least one"),
        ({"metrics": []}, "spec.metrics", "no metrics specified", "at least one"),
        (
            {"args": [{"name": "service"}, {"name": "least", "value": "1", "valueFrom": {"fieldRef": {"fieldPath": "x"}}}]},
            "spec.args[1]",
            "arg least has both Value and ValueFrom fields",
            "Keep one",
        ),
        (
            {"args": [{"name": "service", "valueFrom": {"podTemplateHashValue": "Latest"}}]},
            "spec.args[0].valueFrom.podTemplateHashValue",
            "unknown field 'podTemplateHashValue'",
            "give it in the Rollout's analysis",
        ),
        ({"args": [{"name": "least", "value": 5}]}, "spec.args[0].value", "text must stand here, not '5'", "quotes"),
        (
            {"dryRun": [{"metricName": "latency.*"}]},
            "spec.dryRun[0]",
            "Rule didn't match any metric name(s)",
            "success-rate",
        ),
        (
            {"measurementRetention": [{"metricName": "x", "limit": 5}]},
            "spec.measurementRetention[0]",
            "Rule didn't match any metric name(s)",
            "success-rate",
        ),
        ({"dryRun": [{"metricName": "("}]}, "spec.dryRun[0].metricName", "the pattern has a ( without its )", "metric's"),
        ({"metrik": []}, "spec.metrik", "unknown field 'metrik'", "Did you mean metrics?"),
    ],
)  # fmt: skip
def test_a_broken_template_is_told_with_its_place_and_its_mend(
    spec: dict[str, Any], place: str, sentence: str, mend: str
) -> None:
    is_told(told(template(**spec)), place, sentence, mend)


def test_two_metrics_of_one_name_are_told() -> None:
    metrics = template()["spec"]["metrics"] * 2
    is_told(told(template(metrics=metrics)), "spec.metrics[1].name", "duplicate name 'success-rate'", "of its own")


@pytest.mark.parametrize(
    ("metric", "annotations", "place", "words", "mend"),
    [
        ("", {}, "", "it has no unit", 'leadsman.dev/units: "success-rate=ratio"'),
        (
            "{successCondition: 'result[0] >= 0.05', provider: {prometheus: {query: 'sum(ok) / sum(all) - 0.99'}}}",
            None,
            ".successCondition",
            "the share of an error budget that is left is 1 - (1 - rate) / (1 - 0.99)",
            "Let the query be that share",
        ),
        (
            "{provider: {prometheus: {query: 'sum(rate(x{code=~\"2..\"}[5m])) / sum(rate(x[5m]))'}}}",
            None,
            ".provider.prometheus.query",
            "(3xx, 4xx) count as failures",
            '!~"5.."',
        ),
        (
            "{successCondition: 'result[0] >= 0.95', provider: {prometheus: {query: 'sum(ok) / sum(all) * 100'}}}",
            {"leadsman.dev/units": "success-rate=percent"},
            ".successCondition",
            "0 to 100 and the limit is 0.95",
            "Write 95",
        ),
        (
            "{successCondition: 'result[0] <= 5', provider: {prometheus: {query: 'max(x_milliseconds)'}}}",
            {"leadsman.dev/units": "success-rate=s"},
            ".provider.prometheus.query",
            "asks in milliseconds, and the unit says s",
            "Correct the unit",
        ),
        (
            "{successCondition: 'result[0] <= 5', provider: {prometheus: {query: 'max(x_seconds)'}}}",
            {"leadsman.dev/units": "success-rate=ms"},
            ".provider.prometheus.query",
            "asks in seconds, and the unit says ms",
            "Correct the unit",
        ),
        (
            "{successCondition: 'result[0] <= 500',"
            " provider: {prometheus: {query: 'histogram_quantile(0.95, sum(rate(x_seconds_bucket[5m])) by (le))'}}}",
            {"leadsman.dev/units": "success-rate=s"},
            ".successCondition",
            "500 would be 500 seconds",
            "Write 0.5",
        ),
        (
            "{successCondition: 'let rate = result[0]; rate > 0.9'}",
            None,
            ".successCondition",
            "what only Argo evaluates",
            "Compare result with a number",
        ),
        (
            "{failureCondition: 'median(result) < 0.9'}",
            None,
            ".failureCondition",
            "what only Argo evaluates",
            "Compare result with a number",
        ),
        ("{successCondition: null}", None, "", "every answer is Successful", "successCondition"),
        (
            "{successCondition: 'result[0] > {{args.leats}}'}",
            None,
            "",
            "failed to resolve {{args.leats}}",
            "Declare leats under args",
        ),
        (
            "{successCondition: 'result[0] > {{least}}'}",
            None,
            "",
            "failed to resolve {{least}}",
            "Write {{args.least}}",
        ),
    ],
)
def test_what_is_hardly_meant_is_a_warning(metric: str, annotations: Any, place: str, words: str, mend: str) -> None:
    [(severity, where, sentence, fix)] = checked(template(metric, annotations))
    assert (severity, where) == (WARNING, f"spec.metrics[0]{place}")
    assert words in sentence
    assert mend in fix


def test_a_query_that_turns_seconds_into_milliseconds_is_trusted() -> None:
    metric = "{successCondition: 'result[0] <= 500', provider: {prometheus: {query: '1000 * max(x_seconds_bucket)'}}}"
    assert checked(template(metric, {"leadsman.dev/units": "success-rate=ms"})) == []


def test_a_template_made_of_others_needs_no_metrics_and_may_use_their_arguments() -> None:
    assert told(template(annotations={}, metrics=None, templates=[{"templateName": "a"}], args=None)) == []
    assert told(template("{successCondition: 'result[0] > {{args.other}}'}", templates=[{"templateName": "a"}])) == []
    assert told(template(templates=[{"templateName": "a"}], dryRun=[{"metricName": "of-a"}])) == []


def test_a_value_from_a_secret_or_a_field_stays_open() -> None:
    args = [
        {"name": "service", "valueFrom": {"fieldRef": {"fieldPath": "metadata.labels['app']"}}},
        {"name": "least", "valueFrom": {"secretKeyRef": {"name": "limits", "key": "least"}}},
    ]
    assert checked(template(args=args)) == []


def test_the_clusters_own_template_is_read_alike() -> None:
    document = template("{count: 1}") | {"kind": "ClusterAnalysisTemplate"}
    [(_, place, _, _)] = told(document)
    assert place == "spec.metrics[0].count"
