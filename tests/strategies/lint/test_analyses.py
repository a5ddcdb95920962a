"""The analyses of Rollouts and Experiments with the templates that they name, in files and in a cluster."""

from typing import Any

import pytest

from bot.promql import query_problem
from strategies.lint import Severity, lint
from strategies.lint import rollout as rollout_in_cluster
from tests.strategies.lint.documents import Said, experiment, in_cluster, is_told, read, rollout, said, template, told

SERVICE = "[{name: service, value: checkout}]"
STEP = "spec.strategy.canary.steps[1].analysis"


def measuring(analysis: str) -> dict[str, Any]:
    """A Rollout whose second step is this analysis."""
    return rollout(f"canary: {{steps: [{{setWeight: 50}}, {{analysis: {analysis}}}]}}")


def named(name: str, document: dict[str, Any], kind: str = "AnalysisTemplate") -> dict[str, Any]:
    """The same template under another name."""
    return document | {"kind": kind, "metadata": document["metadata"] | {"name": name}}


def both(*documents: Any) -> list[Said]:
    return said(lint(documents, query_problem))


def test_an_analysis_that_gives_what_its_template_asks_for_is_taken() -> None:
    found = both(measuring(f"{{templates: [{{templateName: success-rate}}], args: {SERVICE}}}"), template())
    assert found == []


def test_what_files_do_not_hold_may_be_in_the_cluster() -> None:
    assert told(measuring("{templates: [{templateName: elsewhere}, {templateName: all, clusterScope: true}]}")) == []


@pytest.mark.parametrize(
    ("analysis", "changes", "place", "sentence", "mend"),
    [
        (
            "{templates: [{templateName: success-rate}]}",
            {},
            ".templates",
            "args.service was not resolved",
            "Give service a value under args",
        ),
        (
            f"{{templates: [{{templateName: success-rate}}], args: {SERVICE}, dryRun: [{{metricName: latency}}]}}",
            {},
            ".templates",
            "dryRun[0]: Rule didn't match any metric name(s)",
            "'latency'",
        ),
        (
            f"{{templates: [{{templateName: success-rate}}], args: {SERVICE}}}",
            {"metric": "{count: null, failureLimit: 0}"},
            ".templates",
            "AnalysisTemplate success-rate has metric success-rate which runs indefinitely",
            "Give the metric a count",
        ),
        (
            f"{{templates: [{{templateName: success-rate}}], args: {SERVICE}}}",
            {"metric": "{failureCondition: 'result[0] < {{args.other}}'}"},
            ".templates",
            "failed to resolve {{args.other}}",
            "under args of success-rate",
        ),
        (
            "{templates: [{templateName: success-rate}], args: [{name: service, value: a}, {name: least, value: high}]}",
            {},
            ".templates",
            "success-rate.success-rate.successCondition: at character 14: unknown name 'high': the measured value is called result",
            "Correct the condition",
        ),
        (
            "{templates: [{templateName: success-rate}], args: [{name: service, value: a}, {name: least, value: '95'}]}",
            {},
            ".templates",
            "metric success-rate: this can never pass: a ratio is never above 1, and 95 is asked for",
            "Correct the limit",
        ),
        (
            "{templates: [{templateName: success-rate}], args: [{name: service, value: 'a\"'}]}",
            {},
            ".templates",
            "metric success-rate: unexpected character inside braces: '5'",
            "PromQL",
        ),
        ("{templates: []}", {}, ".templates", "an analysis needs at least one template", "templateName"),
        (
            "{templates: [{templateName: success-rate}], args: [{name: service, value: a, valueFrom: {podTemplateHashValue: Latest}}]}",
            {},
            ".args[0]",
            "arg service has more than one source",
            "Keep one",
        ),
    ],
)
def test_an_analysis_that_does_not_fit_its_template_is_told(
    analysis: str, changes: dict[str, Any], place: str, sentence: str, mend: str
) -> None:
    is_told(both(measuring(analysis), template(**changes)), f"{STEP}{place}", sentence, mend)


def test_templates_that_do_not_fit_together_are_told() -> None:
    analysis = f"{{templates: [{{templateName: success-rate}}, {{templateName: second}}], args: {SERVICE}}}"
    second = template(args=[{"name": "service"}, {"name": "least", "value": "0.9"}])
    found = both(measuring(analysis), template(), named("second", second))
    is_told(found, f"{STEP}.templates", "two metrics have the same name 'success-rate'", "Rename one")
    sentence = "Argument `least` specified multiple times with different values: '0.95', '0.9'"
    is_told(found, f"{STEP}.templates", sentence, "same default")


def test_a_rule_for_metric_names_may_stand_once_in_all_that_come_together() -> None:
    """`mergeDryRunMetrics` and `mergeMeasurementRetentionMetrics` of argo-rollouts."""
    rules = "dryRun: [{metricName: success-rate}], measurementRetention: [{metricName: success.*, limit: 5}]"
    analysis = f"{{templates: [{{templateName: success-rate}}], args: {SERVICE}, {rules}}}"
    assert both(measuring(analysis), template()) == []
    again = template(
        dryRun=[{"metricName": "success-rate"}], measurementRetention=[{"metricName": "success.*", "limit": 9}]
    )
    found = both(measuring(analysis), again)
    is_told(found, f"{STEP}.templates", "two Dry-Run metric rules have the same name 'success-rate'", "Keep one")
    is_told(
        found, f"{STEP}.templates", "two Measurement Retention metric rules have the same name 'success.*'", "Keep one"
    )


def test_an_argument_that_is_named_without_a_value_is_empty_text_and_a_warning() -> None:
    """`BuildArgumentsForRolloutAnalysisRun` of argo-rollouts: a value that is left out is "", and that is a value."""
    found = both(measuring("{templates: [{templateName: success-rate}], args: [{name: service}]}"), template())
    assert (
        Severity.WARNING,
        f"{STEP}.args[0]",
        "arg service has no value: it is taken for empty text",
        "Write value, or leave the arg out.",
    ) in found
    assert [one for one in found if one[0] is Severity.ERROR] == []


def test_outside_of_the_background_a_template_uses_its_own_arguments_only() -> None:
    """`ValidateAnalysisTemplateWithType` of argo-rollouts looks at each template alone."""
    borrowing = template("{name: second}", {}, args=[{"name": "least", "value": "0.95"}])
    names = "[{templateName: success-rate}, {templateName: second}]"
    found = both(measuring(f"{{templates: {names}, args: {SERVICE}}}"), template(), named("second", borrowing))
    is_told(found, f"{STEP}.templates", "failed to resolve {{args.service}}", "under args of second")
    background = rollout(f"canary: {{analysis: {{templates: {names}, args: {SERVICE}}}}}")
    found = both(background, template(), named("second", borrowing))
    assert [one for one in found if one[0] is Severity.ERROR] == []


@pytest.mark.parametrize(
    ("least", "metric", "ends"),
    [
        ({"name": "times"}, "{count: '{{args.times}}', failureLimit: 0}", False),
        ({"name": "times", "value": "5"}, "{count: '{{args.times}}', failureLimit: 0}", True),
        ({"name": "times"}, "{count: '{{args.times}}', interval: null, failureLimit: 0}", True),
    ],
)
def test_a_count_from_an_argument_without_a_default_is_none_to_argo(
    least: dict[str, str], metric: str, ends: bool
) -> None:
    given = "[{name: service, value: a}, {name: least, value: '0.9'}, {name: times, value: '5'}]"
    if "null" in metric:
        given = given.replace("'5'", "'1'")
    counted = template(metric, args=[{"name": "service"}, {"name": "least", "value": "0.95"}, least])
    found = both(measuring(f"{{templates: [{{templateName: success-rate}}], args: {given}}}"), counted)
    sentence = "AnalysisTemplate success-rate has metric success-rate which runs indefinitely"
    assert (sentence not in [words for _, _, words, _ in found]) is ends
    if not ends:
        is_told(found, f"{STEP}.templates", sentence, "a default in success-rate")


def test_the_same_template_twice_counts_once() -> None:
    analysis = f"{{templates: [{{templateName: success-rate}}, {{templateName: success-rate}}], args: {SERVICE}}}"
    assert both(measuring(analysis), template()) == []


def test_arguments_that_only_a_cluster_knows_are_left_open() -> None:
    field = "{fieldRef: {fieldPath: \"metadata.labels['x']\"}}"
    args = f"[{{name: service, valueFrom: {{podTemplateHashValue: Latest}}}}, {{name: least, valueFrom: {field}}}]"
    assert both(measuring(f"{{templates: [{{templateName: success-rate}}], args: {args}}}"), template()) == []


def test_a_background_analysis_may_run_without_end() -> None:
    endless = template("{count: null, failureLimit: 0}")
    background = f"canary: {{analysis: {{templates: [{{templateName: success-rate}}], args: {SERVICE}}}}}"
    assert both(rollout(background), endless) == []


def test_an_experiments_analysis_may_run_until_the_experiment_ends() -> None:
    assert both(experiment("{}"), template("{count: null, failureLimit: 0}")) == []


def test_the_analyses_of_a_blue_green_are_looked_at_too() -> None:
    strategy = "blueGreen: {activeService: a, postPromotionAnalysis: {templates: [{templateName: success-rate}]}}"
    place = "spec.strategy.blueGreen.postPromotionAnalysis.templates"
    is_told(both(rollout(strategy), template()), place, "args.service was not resolved", "service")


def test_templates_made_of_templates_are_followed_even_in_a_circle() -> None:
    outer = named("outer", template(metrics=None, args=None, annotations={}, templates=[{"templateName": "inner"}]))
    inner = named("inner", template(templates=[{"templateName": "outer"}]))
    found = both(measuring("{templates: [{templateName: outer}]}"), outer, inner)
    is_told(found, f"{STEP}.templates", "args.service was not resolved", "service")
    assert both(measuring(f"{{templates: [{{templateName: outer}}], args: {SERVICE}}}"), outer, inner) == []


def test_a_broken_template_is_told_where_it_stands_and_only_there() -> None:
    found = both(measuring("{templates: [{templateName: success-rate}]}"), template("{count: 1}"))
    assert [place for _, place, _, _ in found] == ["spec.metrics[0].count"]


def test_the_analyses_of_an_experiment_are_looked_at_in_both_places() -> None:
    bare = experiment("{analyses: [{name: rate, templateName: success-rate}]}")
    is_told(both(bare, template()), "spec.analyses[0]", "args.service was not resolved", "service")
    step = "canary: {steps: [{experiment: {templates: [{name: a, specRef: canary}], analyses: [{name: r, templateName: success-rate}]}}]}"
    place = "spec.strategy.canary.steps[0].experiment.analyses[0]"
    is_told(both(rollout(step), template()), place, "args.service was not resolved", "service")


def test_a_namespace_of_its_own_hides_the_templates_of_others() -> None:
    there = template()
    there["metadata"]["namespace"] = "elsewhere"
    assert both(measuring("{templates: [{templateName: success-rate}]}"), there) == []


def test_in_a_cluster_what_is_not_there_is_missing() -> None:
    thing = measuring("{templates: [{templateName: nosuch}, {templateName: all, clusterScope: true}]}")
    found = [(one.place, one.sentence, one.fix) for one in in_cluster(thing, [], [], [])]
    assert found == [
        (f"{STEP}.templates[0].templateName", "AnalysisTemplate 'nosuch' not found", "Create it, or correct the name."),
        (f"{STEP}.templates[1].templateName", "ClusterAnalysisTemplate 'all' not found", "Create it, or correct the name."),
    ]  # fmt: skip


def test_templates_of_the_cluster_that_nobody_may_list_are_not_called_missing() -> None:
    thing = measuring("{templates: [{templateName: nosuch}, {templateName: all, clusterScope: true}]}")
    [found] = in_cluster(thing, [], [], [], cluster_wide=False)
    assert found.sentence == "AnalysisTemplate 'nosuch' not found"


def test_a_template_of_the_other_scope_is_told_with_the_way_to_name_it() -> None:
    cluster = named("rate", template(), "ClusterAnalysisTemplate")
    [found] = in_cluster(measuring("{templates: [{templateName: rate}]}"), [cluster], [], [])
    assert found.fix == "Create it, or correct the name, or add clusterScope: true."
    own = named("rate", template())
    [found] = in_cluster(measuring("{templates: [{templateName: rate, clusterScope: true}]}"), [own], [], [])
    assert found.fix == "Create it, or correct the name, or take clusterScope away."


def test_a_list_without_kinds_tells_the_clusters_templates_by_their_missing_namespace() -> None:
    bare = {key: value for key, value in template().items() if key not in ("kind", "apiVersion")}
    whole = bare | {"metadata": {"name": "success-rate", "annotations": bare["metadata"]["annotations"]}}
    for scope, listed in (("false", bare), ("true", whole)):
        thing = measuring(f"{{templates: [{{templateName: success-rate, clusterScope: {scope}}}], args: {SERVICE}}}")
        assert rollout_in_cluster(thing, [listed]) == ()


def test_in_a_cluster_the_templates_that_a_rollout_uses_are_looked_at_with_it_and_others_are_not() -> None:
    thing = measuring(f"{{templates: [{{templateName: success-rate}}], args: {SERVICE}}}")
    broken, unused = template("{count: 1}", {}), named("unused", template("{provider: {}}"))
    found = said(rollout_in_cluster(thing, [broken, unused], check_query=query_problem))
    assert [(severity, place) for severity, place, _, _ in found] == [
        (Severity.ERROR, "AnalysisTemplate/success-rate.spec.metrics[0].count"),
    ]
    assert [one.place for one in in_cluster(thing, [broken], [], [])] == [found[0][1]]


def test_in_a_cluster_warnings_are_told_and_keep_nobody_from_deploying() -> None:
    thing = measuring(f"{{templates: [{{templateName: success-rate}}], args: {SERVICE}}}")
    [found] = rollout_in_cluster(thing, [template(annotations={})])
    assert found.severity is Severity.WARNING
    assert found.problem.place == "AnalysisTemplate/success-rate.spec.metrics[0]"
    assert in_cluster(thing, [template(annotations={})], [], []) == ()


def test_in_a_cluster_a_query_that_we_cannot_read_keeps_nobody_from_deploying() -> None:
    thing = measuring("{templates: [{templateName: success-rate}]}")
    extended = template("{provider: {prometheus: {query: 'rate(requests) default 0'}}}", args=None)
    extended["spec"]["metrics"][0]["successCondition"] = "result[0] > 0.9"
    [found] = rollout_in_cluster(thing, [extended], check_query=query_problem)
    assert found.severity is Severity.WARNING
    assert found.problem.place.endswith("provider.prometheus.query")
    assert in_cluster(thing, [extended], [], [], check_query=query_problem) == ()


def test_in_a_cluster_fields_of_a_newer_controller_are_passed_over() -> None:
    thing = rollout("canary: {steps: [{setWeight: 20, setSomethingNew: {}}], newer: 1}", newest=True)
    assert in_cluster(thing, [], [], []) == ()


def test_a_rollouts_experiment_brings_its_templates_into_view_in_a_cluster() -> None:
    step = (
        "canary: {steps: [{experiment: {templates: [{name: a, specRef: canary}],"
        f" analyses: [{{name: r, templateName: success-rate, args: {SERVICE}}}]}}}}]}}"
    )
    [found] = in_cluster(rollout(step), [template("{count: 1}")], [], [])
    assert found.place == "AnalysisTemplate/success-rate.spec.metrics[0].count"


def test_an_argument_read_from_a_pod_field_in_an_experiment_document_is_refused() -> None:
    args = read("[{name: service, valueFrom: {podTemplateHashValue: Latest}}]")
    changed = experiment("{}")
    changed["spec"]["analyses"][0]["args"] = args
    place = "spec.analyses[0].args[0].valueFrom.podTemplateHashValue"
    assert place in [where for _, where, _, _ in told(changed)]
