"""An Experiment by Argo's rules."""

from strategies.judge.document import Node
from strategies.lint.analyses import check_experiment_analyses
from strategies.lint.finding import Page
from strategies.lint.pods import check_pods
from strategies.lint.steps import check_duration
from strategies.lint.surroundings import Surroundings

DEADLINE = 600
"""Seconds of `progressDeadlineSeconds` where it is left out."""


def check_experiment(page: Page, around: Surroundings) -> None:
    """Note what is wrong with an Experiment."""
    spec = page.mistakes.get("spec")
    check_duration(spec.get("duration"))
    templates = spec.get("templates").items()
    if spec.get("templates").value == []:
        spec.get("templates").problem("an experiment needs at least one template", "Name what it compares.")
    names: set[str] = set()
    for template in templates:
        name = template.get("name").text() or ""
        if name and name in names:
            template.get("name").problem(f"duplicate name '{name}'", "Give every template a name of its own.")
        if template.get("name").value == "":
            template.get("name").problem("a template has no name", "Give every template a name of its own.")
        names.add(name)
        _check_ready(template.get("minReadySeconds"), spec.get("progressDeadlineSeconds"))
        if template.get("selector").is_given and template.get("template").is_given:
            check_pods(template.get("selector"), template.get("template"))
    check_experiment_analyses(spec, page.doubts.get("spec"), around)
    _doubt_end(spec, page.doubts.get("spec"))


def _check_ready(ready: Node, deadline: Node) -> None:
    """Pods that count as ready only after the deadline never are (`VerifyExperimentSpec`)."""
    most = deadline.whole()
    if (ready.whole() or 0) > (DEADLINE if most is None else most):
        ready.problem("minReadySeconds is longer than progressDeadlineSeconds", "Lower it, or raise the deadline.")


def _doubt_end(spec: Node, doubts: Node) -> None:
    required = [item for item in spec.get("analyses").items() if item.get("requiredForCompletion").value is True]
    if spec.get("templates").is_given and not spec.get("duration").is_given and not required:
        doubts.problem(
            "nothing ends this experiment: it has neither a duration nor an analysis that is required for completion",
            "Add duration: 10m, or requiredForCompletion: true to an analysis.",
        )
