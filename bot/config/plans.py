"""The strategies of a configuration as plans (`strategies.registry`), tried with the templates they measure with."""

from collections.abc import Iterator, Mapping

from bot.config.document import Document, Place
from bot.config.marks import locate, read_place
from bot.config.problem import ConfigProblem
from bot.config.shape import File
from bot.config.shape_problems import show
from bot.config.templates import TemplateFile, query_problems
from strategies.judge.resolution import Facts, resolve
from strategies.registry import read_plan
from strategies.shares import unmeasurable
from strategies.steps import Analysis, Plan


def read_plans(
    file: File, document: Document, templates: Mapping[str, TemplateFile]
) -> tuple[Mapping[str, Plan], tuple[ConfigProblem, ...]]:
    """The plans by the strategies' names, and what is wrong with the strategies."""
    plans: dict[str, Plan] = {}
    problems: list[ConfigProblem] = []
    for name, spec in file.strategies.items():
        found = read_plan(name, spec)
        if isinstance(found, tuple):
            problems += [locate(problem, document, ("strategies", name)) for problem in found]
            continue
        plans[name] = found
        for problem in unmeasurable(found):
            place = plan_place(document, name, read_place(problem.place))
            problems.append(ConfigProblem(document.mark(place), problem.sentence.rstrip("."), problem.fix, show(place)))
        for place, analysis in _analyses(document, name, found):
            problems += _try(document, place, analysis, templates)
    return plans, tuple(problems)


def plan_place(document: Document, strategy: str, end: Place) -> Place:
    """Where a part of a plan such as `steps[2].gate` stands, be the strategy written as ours or as a whole Rollout."""
    base: Place = ("strategies", strategy)
    found = (place for place in document.marks if place[:2] == base and place[-len(end) :] == end)
    return min(found, key=len, default=base)


def _analyses(document: Document, name: str, plan: Plan) -> Iterator[tuple[Place, Analysis]]:
    for at, step in enumerate(plan.steps):
        if isinstance(step, Analysis):
            yield plan_place(document, name, ("steps", at, "analysis")), step
    if plan.background is not None:
        yield plan_place(document, name, ("canary", "analysis")), plan.background.analysis


def _try(
    document: Document, place: Place, analysis: Analysis, templates: Mapping[str, TemplateFile]
) -> Iterator[ConfigProblem]:
    """What is wrong with an analysis: arguments that do not fit, a query that is no PromQL.

    A template that the configuration does not have may lie in the cluster: it is looked for there before a start.
    """
    if any(name not in templates for name in analysis.templates):
        return
    found = resolve([templates[name].template for name in analysis.templates], analysis.args, _facts(analysis))
    if isinstance(found, tuple):
        yield from (
            ConfigProblem(document.mark(place), problem.sentence.rstrip("."), problem.fix, show(place))
            for problem in found
        )
    else:
        yield from query_problems(templates, analysis.templates, found)


def _facts(analysis: Analysis) -> Facts:
    """Facts to try with, while there is no workload to take them from."""
    return Facts("stable", "latest", {arg.from_field: "field" for arg in analysis.args if arg.from_field})
