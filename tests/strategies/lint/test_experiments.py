"""Experiments by Argo's rules."""

import pytest

from strategies.lint import Severity
from tests.strategies.lint.documents import experiment, is_told, told

ONE = "{name: a, selector: {matchLabels: {app: a}}, template: {metadata: {labels: {app: a}}, spec: {containers: [{name: w, image: x}]}}}"


@pytest.mark.parametrize(
    "changes",
    [
        "{}",
        "{duration: null, analyses: [{name: a, templateName: t, requiredForCompletion: true}]}",
        "{progressDeadlineSeconds: 60, scaleDownDelaySeconds: 5, terminate: false}",
    ],
)
def test_what_argo_takes_is_taken(changes: str) -> None:
    assert told(experiment(changes)) == []


@pytest.mark.parametrize(
    ("changes", "place", "sentence", "mend"),
    [
        ("{templates: null}", ".templates", "a value is missing", "Fill it in"),
        ("{templates: []}", ".templates", "an experiment needs at least one template", "what it compares"),
        ("{duration: 20 minutes}", ".duration", 'time: invalid duration "20 minutes"', "5m"),
        (f"{{templates: [{ONE}, {ONE}]}}", ".templates[1].name", "duplicate name 'a'", "of its own"),
        (
            f"{{templates: [{ONE.replace('name: a,', 'name: a, minReadySeconds: 601,', 1)}]}}",
            ".templates[0].minReadySeconds",
            "minReadySeconds is longer than progressDeadlineSeconds",
            "raise the deadline",
        ),
        (
            f"{{progressDeadlineSeconds: 5, templates: [{ONE.replace('name: a,', 'name: a, minReadySeconds: 6,', 1)}]}}",
            ".templates[0].minReadySeconds",
            "minReadySeconds is longer than progressDeadlineSeconds",
            "Lower it",
        ),
        (
            f"{{templates: [{ONE.replace('name: a,', 'name: {empty},', 1)}]}}".replace("{empty}", "''"),
            ".templates[0].name",
            "a template has no name",
            "of its own",
        ),
        (
            f"{{templates: [{ONE.replace('labels: {app: a}', 'labels: {app: b}')}]}}",
            ".templates[0].template.metadata.labels",
            "`selector` does not match template `labels`",
            "every label",
        ),
        (
            "{templates: [{name: a, spec: {containers: []}}]}",
            ".templates[0].spec",
            "unknown field 'spec'",
            "template.spec",
        ),
        (
            "{templates: [{name: a, specRef: canary}]}",
            ".templates[0].specRef",
            "unknown field 'specRef'",
            "selector and template",
        ),
        ("{templates: [{name: a}]}", ".templates[0].selector", "a value is missing", "selector.matchLabels"),
        ("{templates: [{name: a}]}", ".templates[0].template", "a value is missing", "spec.containers"),
        (
            "{analyses: [{name: a, templates: [x], templateName: x}]}",
            ".analyses[0].templates",
            "unknown field 'templates'",
            "templateName: …",
        ),
        ("{analyses: [{name: a}]}", ".analyses[0].templateName", "a value is missing", "Fill it in"),
    ],
)
def test_a_broken_experiment_is_told_with_its_place_and_its_mend(
    changes: str, place: str, sentence: str, mend: str
) -> None:
    is_told(told(experiment(changes)), f"spec{place}", sentence, mend)


def test_an_experiment_that_nothing_ends_is_a_warning() -> None:
    [(severity, place, sentence, _)] = told(experiment("{duration: null}"))
    assert (severity, place) == (Severity.WARNING, "spec")
    assert "nothing ends this experiment" in sentence
