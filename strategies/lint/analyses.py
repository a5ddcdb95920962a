"""The analyses of a Rollout or an Experiment with the templates that they name, by Argo's rules."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from strategies.judge.document import Node
from strategies.judge.metric import Metric, MetricText, is_open, read_metric
from strategies.judge.resolution import Merged, merge
from strategies.judge.template import Argument, Template, read_retention, read_template
from strategies.lint.conditions import argo_condition_problem, within
from strategies.lint.filling import fill_plainly
from strategies.lint.finding import Page, Severity
from strategies.lint.metrics import Remark, query_remarks, remarks
from strategies.lint.names import is_qualified
from strategies.lint.surroundings import Surroundings, Thing
from strategies.spec import read_argument, read_template_name

_Name = tuple[str, bool]
"""The name of a template, and whether it is the cluster's."""

_MOST = 100
"""How many templates one analysis is followed into: templates can name each other in a circle."""
_DUMMY = "dummy-value"
_METADATA = re.compile(
    r"metadata\.(?:(?:name|namespace|uid|labels|annotations)|(?P<kind>labels|annotations)\['(?P<key>.*)'\])"
)


@dataclass(frozen=True, slots=True)
class _Use:
    """One analysis: where its mistakes and doubts go, the template entries, and whether it may run without end."""

    node: Node
    doubts: Node
    entries: tuple[Node, ...]
    endless: bool = False


def check_analyses(page: Page, around: Surroundings) -> None:
    """Note what is wrong with the analyses of a Rollout."""
    for use in _of_rollout(page):
        _check(use, around)
    steps = zip(*(_steps(root) for root in (page.mistakes, page.doubts)), strict=True)
    for step, doubted in steps:
        check_experiment_analyses(step.get("experiment"), doubted.get("experiment"), around)


def check_experiment_analyses(experiment: Node, doubts: Node, around: Surroundings) -> None:
    """Note what is wrong with the analyses of an experiment: each names one template, and may run until it ends."""
    nodes = experiment.get("analyses").items(), doubts.get("analyses").items()
    names: set[str] = set()
    for node, doubted in zip(*nodes, strict=True):
        name = node.get("name").text() or ""
        if name and name in names:
            node.get("name").problem(f"duplicate name '{name}'", "Give every analysis a name of its own.")
        names.add(name)
        _check(_Use(node, doubted, (node,), endless=True), around)


def _steps(root: Node) -> tuple[Node, ...]:
    return root.get("spec").get("strategy").get("canary").get("steps").items()


def _of_rollout(page: Page) -> Iterator[_Use]:
    for step, doubted in zip(_steps(page.mistakes), _steps(page.doubts), strict=True):
        yield from _use(step.get("analysis"), doubted.get("analysis"))
    strategy, doubts = (root.get("spec").get("strategy") for root in (page.mistakes, page.doubts))
    yield from _use(strategy.get("canary").get("analysis"), doubts.get("canary").get("analysis"), endless=True)
    for key in ("prePromotionAnalysis", "postPromotionAnalysis"):
        yield from _use(strategy.get("blueGreen").get(key), doubts.get("blueGreen").get(key))


def _use(node: Node, doubts: Node, *, endless: bool = False) -> Iterator[_Use]:
    if not node.is_given:
        return
    entries = node.get("templates").items()
    if not entries:
        node.get("templates").problem(
            "an analysis needs at least one template", "Write templates: [{templateName: success-rate}]."
        )
        return
    yield _Use(node, doubts, entries, endless)


def _check(use: _Use, around: Surroundings) -> None:
    arguments = [_given(item, doubt) for item, doubt in _arguments(use)]
    for item, argument in zip(use.node.get("args").items(), arguments, strict=True):
        path = argument.from_field or ""
        if path.startswith("metadata") and not _is_metadata(path):
            item.get("valueFrom").get("fieldRef").get("fieldPath").problem(
                "Analyses arguments must refer to valid object metadata supported by downwardAPI",
                "Write metadata.name, metadata.namespace, metadata.uid, metadata.labels['…'] or metadata.annotations['…'].",
            )
    found = _found(use, around)
    if found is None:
        return
    place = use.node if use.entries == (use.node,) else use.node.get("templates")
    merged = merge([*found, _own_rules(use.node)], arguments, place.place)
    if isinstance(merged, Merged):
        _check_metrics(use, place, found, merged, around)
    else:
        place.add(merged)


def _arguments(use: _Use) -> Iterator[tuple[Node, Node]]:
    yield from zip(use.node.get("args").items(), use.doubts.get("args").items(), strict=True)


def _given(node: Node, doubts: Node) -> Argument:
    """An argument as Argo takes it: one that is named and says nothing is empty text, which stands in for any default."""
    argument = read_argument(node)
    if argument.is_given or not argument.name:
        return argument
    doubts.problem(
        f"arg {argument.name} has no value: it is taken for empty text", "Write value, or leave the arg out."
    )
    return replace(argument, value="")


def _is_metadata(path: str) -> bool:
    """Whether the downward API has that (Kubernetes `pkg/fieldpath`)."""
    found = _METADATA.fullmatch(path)
    if found is None or found["key"] is None:
        return found is not None
    return is_qualified(found["key"].lower() if found["kind"] == "annotations" else found["key"])


def used_templates(page: Page, around: Surroundings) -> tuple[Thing, ...]:
    """The templates that there are of those that the analyses of a Rollout name, each once."""
    experiments = (step.get("experiment").get("analyses").items() for step in _steps(page.mistakes))
    entries = [entry for use in _of_rollout(page) for entry in use.entries]
    entries += [entry for analyses in experiments for entry in analyses]
    found = {name: thing for entry in entries for name, thing in _reached(entry, around).items()}
    return tuple(thing for thing in found.values() if thing is not None)


def _found(use: _Use, around: Surroundings) -> tuple[Template, ...] | None:
    """The templates that an analysis is made of; None where one is missing or broken, which is told elsewhere."""
    found: dict[_Name, Thing | None] = {}
    for entry in use.entries:
        reached = _reached(entry, around)
        for (name, cluster), thing in reached.items():
            if thing is None and around.complete and (around.cluster_wide or not cluster):
                kind = "ClusterAnalysisTemplate" if cluster else "AnalysisTemplate"
                entry.get("templateName").problem(
                    f"{kind} '{name}' not found", f"Create it, or correct the name{_scope(name, cluster, around)}."
                )
        found |= reached
    sound = [None if thing is None else _sound(thing) for thing in found.values()]
    whole = [template for template in sound if template is not None]
    return tuple(whole) if whole and len(whole) == len(sound) else None


def _reached(entry: Node, around: Surroundings) -> dict[_Name, Thing | None]:
    """The template that an entry names and those that it is made of in turn; None where there is none."""
    found: dict[_Name, Thing | None] = {}
    waiting = [_wanted(entry)]
    while waiting and len(found) < _MOST:
        name, cluster = waiting.pop(0)
        if name and (name, cluster) not in found:
            thing = found[name, cluster] = around.template(name, cluster=cluster)
            waiting += [] if thing is None else _nested(thing)
    return found


def _wanted(entry: Node) -> _Name:
    return read_template_name(entry), not isinstance(entry.value, str) and entry.get("clusterScope").flag()


def _scope(name: str, cluster: bool, around: Surroundings) -> str:
    """What to add where a template of that name is there with the other scope."""
    if around.template(name, cluster=not cluster) is None:
        return ""
    return ", or take clusterScope away" if cluster else ", or add clusterScope: true"


def _sound(thing: Thing) -> Template | None:
    root = Node.root(thing)
    template = read_template(root, argo_condition_problem)
    return None if root.problems() else template


def _nested(thing: Thing) -> list[_Name]:
    return [_wanted(item) for item in Node.root(thing).get("spec").get("templates").items()]


def _own_rules(node: Node) -> Template:
    """The rules for metric names that an analysis adds to its templates."""
    dry_run = tuple(item.get("metricName").text() or "" for item in node.get("dryRun").items())
    retention = read_retention(node.get("measurementRetention"))
    return Template("", "", (), (), dry_run, retention)


def _check_metrics(
    use: _Use, place: Node, templates: tuple[Template, ...], merged: Merged, around: Surroundings
) -> None:
    """What only shows once the arguments are known: what stands in the templates alone is told with them."""
    given = {arg.name: arg.value for arg in merged.args}
    for template in templates:
        own = {arg.name for arg in template.args}
        values = given if use.endless else {name: value for name, value in given.items() if name in own}
        for text in template.metrics:
            filled, unknown = fill_plainly(text, values)
            for name in unknown:
                place.problem(f"failed to resolve {{{{{name}}}}}", f"Declare it under args of {template.name}.")
            metric = read_metric(within(filled), f"{template.name}.{text.name}", argo_condition_problem)
            if isinstance(metric, tuple):
                place.add(
                    replace(wrong, place=place.place, sentence=f"{wrong.place}: {wrong.sentence}") for wrong in metric
                )
                continue
            if not use.endless:
                _check_end(place, template, text, filled, metric)
            for remark in _new_remarks(text, filled, metric, around):
                note = place if remark.severity is Severity.ERROR else use.doubts
                note.problem(f"metric {metric.name}: {remark.sentence}", remark.fix)


def _check_end(place: Node, template: Template, text: MetricText, filled: MetricText, metric: Metric) -> None:
    """Argo looks at each template alone and puts words in place of what it gives no value, so that a count from there is none."""
    dummies = {arg.name: _DUMMY if arg.value is None else arg.value for arg in template.args}
    alone, _ = fill_plainly(text, dummies)
    uncounted = alone.count is not None and _DUMMY in alone.count and alone.interval
    if uncounted or (metric.effective_count is None and not is_open(filled.count)):
        fix = (
            f"Give the argument of its count a default in {template.name}." if uncounted else "Give the metric a count"
        )
        place.problem(
            f"AnalysisTemplate {template.name} has metric {metric.name} which runs indefinitely",
            fix if uncounted else f"{fix}, or measure it in the background analysis.",
        )


def _new_remarks(text: MetricText, filled: MetricText, metric: Metric, around: Surroundings) -> Iterator[Remark]:
    """What is to be said of a metric with its arguments, and could not be said without them."""
    if filled == text or any(map(is_open, (filled.query, filled.success, filled.failure))):
        return
    alone = read_metric(within(text), "", argo_condition_problem)
    told = set() if isinstance(alone, tuple) else set(remarks(alone))
    told |= set(query_remarks(text.query, around))
    found = (*remarks(metric), *query_remarks(filled.query, around))
    yield from (remark for remark in found if remark not in told)
