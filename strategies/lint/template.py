"""An AnalysisTemplate or ClusterAnalysisTemplate by Argo's rules (`ValidateMetrics`), and what is hardly meant."""

from collections.abc import Iterable, Mapping

from strategies.judge.document import Node
from strategies.judge.metric import MetricText, read_metric
from strategies.judge.pattern import Pattern
from strategies.judge.pattern_syntax import PatternError
from strategies.judge.template import Template, read_template
from strategies.lint.conditions import argo_condition_problem, is_beyond, within
from strategies.lint.filling import fill_plainly
from strategies.lint.finding import Page, Severity
from strategies.lint.metrics import Remark, query_remarks, remarks
from strategies.lint.surroundings import Surroundings

_DECIDE_THEMSELVES = frozenset({"job", "kayenta", "plugin"})
"""Providers that have a verdict of their own, without any condition."""


def check_template(page: Page, around: Surroundings) -> None:
    """Note what is wrong with a template by itself; arguments without a default stay open."""
    template = read_template(page.mistakes, argo_condition_problem)
    spec, doubts = page.mistakes.get("spec"), page.doubts.get("spec")
    values = _defaults(spec)
    for node, doubted, text in zip(
        spec.get("metrics").items(), doubts.get("metrics").items(), template.metrics, strict=True
    ):
        filled, unknown = fill_plainly(text, values)
        if unknown and not spec.get("templates").is_given:
            _doubt_placeholders(doubted, unknown)
        _check_metric(node, doubted, filled, around)
    _check_rules(spec, template)


def _defaults(spec: Node) -> Mapping[str, str | None]:
    """The arguments by name with the value that they have here; None where only a cluster knows it."""
    return {item.get("name").text() or "": item.get("value").scalar() for item in spec.get("args").items()}


def _check_metric(node: Node, doubted: Node, text: MetricText, around: Surroundings) -> None:
    metric = read_metric(within(text), node.place, argo_condition_problem)
    if isinstance(metric, tuple):
        node.add(metric)
    else:
        _note(node, doubted, remarks(metric))
    _note(node, doubted, query_remarks(text.query, around))
    for field, condition in (("successCondition", text.success), ("failureCondition", text.failure)):
        if is_beyond(condition):
            doubted.get(field).problem(
                "this uses what only Argo evaluates, so that it was not looked into",
                "Compare result with a number where that is enough.",
            )
    provider = node.get("provider")
    _check_web(provider.get("web"))
    if not (text.success or text.failure or _DECIDE_THEMSELVES.intersection(provider.keys())):
        doubted.problem(
            "without a condition every answer is Successful", "Add a successCondition such as result[0] >= 0.95."
        )


def _note(node: Node, doubted: Node, found: Iterable[Remark]) -> None:
    for remark in found:
        place = node if remark.severity is Severity.ERROR else doubted
        for part in filter(None, remark.field.split(".")):
            place = place.get(part)
        place.problem(remark.sentence, remark.fix)


def _doubt_placeholders(node: Node, unknown: Iterable[str]) -> None:
    for name in unknown:
        arg = name.removeprefix("args.")
        fix = f"Declare {arg} under args." if arg != name else f"Write {{{{args.{name}}}}} and declare it under args."
        node.problem(f"failed to resolve {{{{{name}}}}}", fix)


def _check_web(web: Node) -> None:
    """Rules of Argo's web provider, which it only looks at when it measures."""
    bodies = [key for key in ("body", "jsonBody") if web.get(key).value]
    if len(bodies) == 2:
        web.problem("use either Body or JSONBody; both cannot exists for WebMetric payload", "Keep one of the two.")
    elif bodies and web.get("method").value in (None, "", "GET"):
        web.get(bodies[0]).problem(
            "Body/JSONBody can only be used with POST or PUT WebMetric Method types", "Add method: POST."
        )


def _check_rules(spec: Node, template: Template) -> None:
    """Rules for metric names must name a metric."""
    if spec.get("templates").is_given:
        return
    names = [metric.name for metric in template.metrics]
    patterns = {"dryRun": template.dry_run, "measurementRetention": [rule.pattern for rule in template.retention]}
    for key, rules in patterns.items():
        for node, rule in zip(spec.get(key).items(), rules, strict=True):
            if names and not _names_any(rule, names):
                node.problem("Rule didn't match any metric name(s)", f"Name one of {', '.join(names)}.")


def _names_any(pattern: str, names: Iterable[str]) -> bool:
    try:
        compiled = Pattern(pattern)
    except PatternError:  # told where it was read
        return True
    return any(map(compiled.search, names))
