"""AnalysisTemplates that lie in the cluster: a plan of ours may name them where the configuration has none of that name."""

from collections.abc import Iterator, Mapping
from typing import Any

from bot.adapters.kubernetes import ANALYSIS_TEMPLATES, CLUSTER_ANALYSIS_TEMPLATES, Kind, Kubernetes
from bot.config.names import choices, nearest
from bot.errors import Unsupported
from bot.promql import query_problem
from strategies.judge.resolution import Facts, resolve
from strategies.judge.template import Template, parse
from strategies.problem import SpecProblem
from strategies.steps import Analysis, Plan

Thing = Mapping[str, Any]
Known = Mapping[Kind, Mapping[str, Thing]]


def kinds(plan: Plan, configured: frozenset[str]) -> tuple[Kind, ...]:
    """The kinds of template that a plan needs of the cluster, beside those that the configuration has."""
    return tuple(dict.fromkeys(kind for _, kind in _wanted(plan, configured)))


async def from_cluster(
    kubernetes: Kubernetes, namespace: str, plan: Plan, configured: Mapping[str, Template]
) -> tuple[tuple[Template, ...], tuple[SpecProblem, ...]]:
    """The templates that `plan` names and the configuration does not have, and everything that is wrong with them.

    `configured`: the templates of the configuration by name.
    """
    wanted = tuple(_wanted(plan, frozenset(configured)))
    known = {kind: await _listed(kubernetes, namespace, kind) for kind in dict.fromkeys(kind for _, kind in wanted)}
    found: dict[str, Template] = {}
    problems: list[SpecProblem] = []
    for name, kind in wanted:
        thing = known[kind].get(name)
        if thing is None:
            problems.append(_absent(name, kind, known, configured, namespace))
            continue
        template = parse(thing)
        if isinstance(template, tuple):
            problems += [SpecProblem(f"{kind.kind} {name}: {one.place}", one.sentence, one.fix) for one in template]
        else:
            found[name] = template
    if not problems:
        problems = [*_tried(plan, {**configured, **found}, frozenset(found))]
    return tuple(found.values()), tuple(problems)


def _wanted(plan: Plan, configured: frozenset[str]) -> Iterator[tuple[str, Kind]]:
    names: set[str] = set()
    for analysis in plan.analyses:
        for name in analysis.templates:
            if name not in configured | names:
                names.add(name)
                yield name, CLUSTER_ANALYSIS_TEMPLATES if name in analysis.cluster else ANALYSIS_TEMPLATES


async def _listed(kubernetes: Kubernetes, namespace: str, kind: Kind) -> Mapping[str, Thing]:
    """All templates of a kind by name; none where the cluster does not know the kind."""
    try:
        listing = await kubernetes.list(kind, namespace if kind.namespaced else None)
    except Unsupported:
        return {}
    return {one["metadata"]["name"]: one for one in listing.items}


def _absent(name: str, kind: Kind, known: Known, configured: Mapping[str, Template], namespace: str) -> SpecProblem:
    where = f"namespace {namespace}" if kind.namespaced else "the cluster"
    others = [*configured, *known[kind]]
    likely = nearest(name, others, most=1)
    there = (
        f"Known here: {choices(others)}." if others else "Name its file under analysisTemplates, or create it there."
    )
    sentence = f"there is no template {name!r}, neither in the configuration nor as {kind.kind} in {where}"
    return SpecProblem(f"{kind.kind} {name}", sentence, f"Did you mean {likely[0]}?" if likely else there)


def _tried(plan: Plan, templates: Mapping[str, Template], found: frozenset[str]) -> Iterator[SpecProblem]:
    """What is wrong with the analyses that a template of the cluster has a part in: arguments, limits, queries."""
    for analysis in plan.analyses:
        if found.isdisjoint(analysis.templates):
            continue
        resolved = resolve([templates[name] for name in analysis.templates], analysis.args, _facts(analysis))
        if isinstance(resolved, tuple):
            yield from resolved
            continue
        for metric in resolved.metrics:
            wrong = query_problem(metric.provider.query)
            if wrong is not None:
                yield SpecProblem(f"metric {metric.name}", wrong, "Correct the PromQL; Prometheus would refuse it.")


def _facts(analysis: Analysis) -> Facts:
    """Facts to try with: what they are makes no difference to whether the analysis can be made."""
    return Facts("stable", "latest", {arg.from_field: "field" for arg in analysis.args if arg.from_field})
