"""Documents put under the rules: each by its kind, and with those that it names."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from strategies.judge.document import Node
from strategies.lint.analyses import used_templates
from strategies.lint.experiment import check_experiment
from strategies.lint.finding import Finding, Page
from strategies.lint.rollout import check_rollout
from strategies.lint.shapes.analysis import TEMPLATE_SPEC
from strategies.lint.shapes.experiments import EXPERIMENT_SPEC
from strategies.lint.shapes.pods import document
from strategies.lint.shapes.rollouts import ROLLOUT_SPEC
from strategies.lint.shapes.shape import Record, check
from strategies.lint.surroundings import (
    QueryCheck,
    Surroundings,
    Thing,
    name_of,
    namespace_of,
    template_kind,
    unchecked,
)
from strategies.lint.template import check_template
from strategies.nearest import nearest

GROUP = "argoproj.io"
VERSION = f"{GROUP}/v1alpha1"
_TEMPLATE = document(TEMPLATE_SPEC)
_SHAPES: Mapping[str, Record] = {
    "Rollout": document(ROLLOUT_SPEC),
    "AnalysisTemplate": _TEMPLATE,
    "ClusterAnalysisTemplate": _TEMPLATE,
    "Experiment": document(EXPERIMENT_SPEC),
}
KINDS = tuple(_SHAPES)
"""The kinds that there are rules for."""
_OTHERS = frozenset({"AnalysisRun", "AppProject", "Application", "ApplicationSet", "RolloutManager"})
"""Kinds of the same group whose names look like ours."""


def lint(documents: Sequence[object], check_query: QueryCheck = unchecked) -> tuple[Finding, ...]:
    """What is wrong in documents that belong together, as parsed from files; what is none of the `KINDS` is passed over.

    What a Rollout names is looked at where it is among them; otherwise it may be in the cluster. `check_query` says what
    is wrong with a PromQL query.
    """
    things = [(at, place, thing) for at, value in enumerate(documents) for place, thing in _things(value, "")]
    kinds: defaultdict[str, list[Thing]] = defaultdict(list)
    for _, _, thing in things:
        kinds[str(thing.get("kind"))].append(thing)
    found: list[Finding] = []
    for at, place, thing in things:
        page = Page(thing, place)
        if _is_ours(page):
            _check_document(page, _around(thing, kinds, check_query))
        found += page.findings(at)
    return tuple(found)


def concerns(value: object) -> bool:
    """Whether there is something in a document that there are rules for."""
    return any(_is_ours(Page(thing)) for _, thing in _things(value, ""))


def rollout(
    thing: Thing,
    templates: Sequence[Thing] = (),
    services: Sequence[Thing] = (),
    ingresses: Sequence[Thing] = (),
    *,
    workload: Thing | None = None,
    cluster_wide: bool = True,
    check_query: QueryCheck = unchecked,
) -> tuple[Finding, ...]:
    """What is wrong with a Rollout that lies in a cluster, and with the templates that it measures with.

    `templates`, `services`, `ingresses`: all of its namespace, and with `cluster_wide` the ClusterAnalysisTemplates too.
    `workload`: what its `workloadRef` points at. Fields that we do not know are passed over: the controller may be newer.
    """
    page = Page(thing)
    around = Surroundings(
        templates, services, ingresses, workload, complete=True, cluster_wide=cluster_wide, check_query=check_query
    )
    _check(page, "Rollout", around, strict=False)
    found = list(page.findings(0))
    for template in used_templates(page, around):
        kind = template_kind(template)
        inner = Page(template, f"{kind}/{name_of(template)}")
        _check(inner, kind, around, strict=False)
        found += inner.findings(0)
    return tuple(found)


def _things(value: object, place: str) -> Iterator[tuple[str, Thing]]:
    """The object in a document, or those of a List, each with its place."""
    if not isinstance(value, Mapping):
        return
    if value.get("kind") != "List":
        yield place, value
        return
    for item in Node.root(value, place).get("items").items():
        yield from _things(item.value, item.place)


def _is_ours(page: Page) -> bool:
    """Whether there are rules for a document, or it is one of the `KINDS` with a mistake in its name."""
    kind, version = page.doubts.get("kind").value, page.doubts.get("apiVersion").value
    if not isinstance(kind, str):
        return False
    if version is None:
        return kind in KINDS
    if not isinstance(version, str) or version.partition("/")[0] != GROUP:
        return False
    return kind in KINDS or (kind not in _OTHERS and bool(nearest(kind, KINDS, most=1)))


def _check_document(page: Page, around: Surroundings) -> None:
    root = page.mistakes
    kind = root.get("kind").text() or ""
    if kind not in KINDS:
        likely = nearest(kind, KINDS, most=1)
        root.get("kind").problem(f"there is no kind {kind[:60]!r} in {VERSION}", f"Did you mean {likely[0]}?")
        return
    if root.get("apiVersion").value != VERSION:
        root.get("apiVersion").problem(f"Argo Rollouts has a {kind} only in {VERSION}", f"Write apiVersion: {VERSION}.")
    if not root.get("metadata").get("generateName").is_given:
        root.get("metadata").get("name").required_text()
    _check(page, kind, around, strict=True)


def _check(page: Page, kind: str, around: Surroundings, *, strict: bool) -> None:
    check(page.mistakes, _SHAPES[kind], strict=strict)
    match kind:
        case "Rollout":
            check_rollout(page, around)
        case "Experiment":
            check_experiment(page, around)
        case _:
            check_template(page, around)


def _around(thing: Thing, kinds: Mapping[str, Sequence[Thing]], check_query: QueryCheck) -> Surroundings:
    """What of the other documents, by their kinds, is in the same namespace, as far as they say it."""
    here = namespace_of(thing)

    def of(kind: str) -> list[Thing]:
        return [other for other in kinds.get(kind, ()) if not here or namespace_of(other) in ("", here)]

    ref = Node.root(thing).get("spec").get("workloadRef")
    workloads = [one for one in of(ref.get("kind").text() or "") if name_of(one) == ref.get("name").text()]
    return Surroundings(
        templates=[*of("AnalysisTemplate"), *of("ClusterAnalysisTemplate")],
        services=of("Service"),
        ingresses=of("Ingress"),
        workload=workloads[0] if workloads else None,
        others=[*of("VirtualService"), *of("Mapping")],
        check_query=check_query,
    )
