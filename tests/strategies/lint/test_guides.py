"""The examples of deployment guides that do not work: each is told, with what to write instead."""

from strategies.lint import Severity
from tests.strategies.lint.documents import experiment, is_told, rollout, template, told


def test_a_step_of_weight_pause_and_analysis_is_split_in_the_order_that_was_meant() -> None:
    step = "{setWeight: 5, pause: {duration: 2m}, analysis: {templates: [{templateName: success-rate}]}}"
    [(severity, place, sentence, fix)] = told(rollout(f"canary: {{steps: [{step}]}}", replicas=20))
    assert (severity, place) == (Severity.ERROR, "spec.strategy.canary.steps[0]")
    assert sentence.startswith("Step must have one of the following set")
    assert fix.splitlines()[1:] == [
        "- setWeight: 5",
        "- pause: {duration: 2m}",
        "- analysis: {templates: [{templateName: success-rate}]}",
    ]


def test_an_error_budget_that_can_never_pass_is_told_with_the_right_formula() -> None:
    query = "(sum(rate(http_requests_total{status!~'5..'}[5m])) / sum(rate(http_requests_total[5m]))) - 0.99"
    metric = f"{{successCondition: 'result[0] >= 0.05', provider: {{prometheus: {{query: \"{query}\"}}}}}}"
    [(severity, _, sentence, _)] = told(template(metric))
    assert severity is Severity.WARNING
    assert "never above 0.01" in sentence
    assert "1 - (1 - rate) / (1 - 0.99)" in sentence


def test_templates_named_by_a_text_are_told_with_the_mapping_to_write() -> None:
    found = told(rollout("canary: {analysis: {templates: [success-rate, latency]}}"))
    for at, name in enumerate(("success-rate", "latency")):
        place = f"spec.strategy.canary.analysis.templates[{at}]"
        sentence = f"a template is named by templateName, not by '{name}' alone"
        is_told(found, place, sentence, f"templates: [{{templateName: {name}}}]")


def test_an_experiment_without_selector_and_template_is_told_where_its_spec_belongs() -> None:
    found = told(experiment("{templates: [{name: baseline, spec: {containers: [{name: web, image: x}]}}]}"))
    assert [place for _, place, _, _ in found] == [
        "spec.templates[0].spec",
        "spec.templates[0].selector",
        "spec.templates[0].template",
    ]


def test_experiments_at_the_top_are_told_to_be_steps() -> None:
    is_told(
        told(rollout("{canary: {}, experiments: []}")),
        "spec.strategy.experiments",
        "unknown field 'experiments'",
        "as a step",
    )


def test_a_latency_in_seconds_with_a_limit_in_milliseconds_is_a_warning() -> None:
    query = "histogram_quantile(0.95, sum(rate(http_request_duration_seconds_bucket[5m])) by (le))"
    metric = f"{{successCondition: 'result[0] <= 500', provider: {{prometheus: {{query: '{query}'}}}}}}"
    warnings = [sentence for _, _, sentence, _ in told(template(metric, {}))]
    assert [sentence for sentence in warnings if "seconds" in sentence and "500" in sentence]


def test_a_success_rate_in_percent_with_a_limit_as_a_share_is_a_warning_even_without_a_unit() -> None:
    metric = "{successCondition: 'result[0] >= 0.95', provider: {prometheus: {query: 'sum(ok) / sum(all) * 100'}}}"
    sentences = [sentence for _, _, sentence, _ in told(template(metric, {}))]
    assert any("nearly everything passes" in sentence for sentence in sentences)
    assert any("no unit" in sentence for sentence in sentences)
