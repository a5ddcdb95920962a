"""Argo's AnalysisTemplate files, read beside the configuration."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.config.document import Document, Place, read_file
from bot.config.marks import locate
from bot.config.problem import ConfigProblem, Mark
from bot.config.source import Source
from bot.promql import query_problem
from strategies.judge.resolution import ResolvedAnalysis
from strategies.judge.template import Template, parse


@dataclass(frozen=True, slots=True)
class TemplateFile:
    """One template and the document it was read from."""

    template: Template
    document: Document


def read_templates(
    source: Source, patterns: Sequence[str], mark: Mark
) -> tuple[Mapping[str, TemplateFile], tuple[Path, ...], tuple[ConfigProblem, ...]]:
    """The templates by name, the files they stand in, and what is wrong. `mark`: where the patterns stand."""
    found: dict[str, TemplateFile] = {}
    problems: list[ConfigProblem] = []
    files: list[Path] = []
    for pattern in patterns:
        matched = source.matching(pattern)
        if not matched:
            problems.append(
                ConfigProblem(
                    mark, f"no file matches {pattern!r}", f"Correct the path; it counts from {source.folder}."
                )
            )
        files += [path for path in matched if path not in files]
    for path in files:
        documents, wrong = read_file(path, str(path))
        problems += wrong
        for document in documents:
            problems += _take(found, document)
    return found, tuple(files), tuple(problems)


def query_problems(
    templates: Mapping[str, TemplateFile], names: Sequence[str], analysis: ResolvedAnalysis
) -> tuple[ConfigProblem, ...]:
    """What is wrong with the PromQL that these templates make, each placed at its query."""
    problems = []
    for name in names:
        read = templates[name]
        for at, text in enumerate(read.template.metrics):
            wrong = query_problem(analysis.metric(text.name).provider.query)
            if wrong is not None:
                place: Place = ("spec", "metrics", at, "provider", "prometheus", "query")
                fix = "Correct the PromQL; Prometheus would refuse it."
                problems.append(ConfigProblem(read.document.mark(place), f"metric {text.name}: {wrong}", fix, name))
    return tuple(problems)


def _take(found: dict[str, TemplateFile], document: Document) -> list[ConfigProblem]:
    if not isinstance(document.value, dict):
        return [
            ConfigProblem(document.mark(()), "this is no AnalysisTemplate", "Begin with apiVersion, kind and metadata.")
        ]
    template = parse(document.value)
    if isinstance(template, tuple):
        return [locate(problem, document, ()) for problem in template]
    if template.name in found:
        first = found[template.name].document.mark(("metadata", "name"))
        sentence = f"a template {template.name!r} is there already, at {first}"
        return [ConfigProblem(document.mark(("metadata", "name")), sentence, "Rename one of the two, or delete it.")]
    found[template.name] = TemplateFile(template, document)
    return []
