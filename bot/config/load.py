"""From files to a configuration: read, shape, templates, plans, and whether they fit together. All mistakes at once."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from pydantic import ValidationError

from bot.config.config import Config
from bot.config.document import Document
from bot.config.fit import fit_problems
from bot.config.gates import read_gates
from bot.config.plans import read_plans
from bot.config.problem import ConfigProblem
from bot.config.shape import File
from bot.config.shape_problems import shape_problems
from bot.config.source import Source, read_source
from bot.config.templates import TemplateFile, read_templates


def load_config(path: Path) -> Config | tuple[ConfigProblem, ...]:
    """The configuration at `path` (a file or a folder), or everything that is wrong with it, in the files' order."""
    source = Source(path)
    document, problems = read_source(source)
    if document is None:
        return problems
    shaped = _shape(document)
    if isinstance(shaped, tuple):
        return _in_order((*problems, *shaped))
    mark = document.mark(("analysisTemplates",))
    templates, files, wrong_templates = read_templates(source, shaped.analysis_templates, mark)
    plans, wrong_plans = read_plans(shaped, document, templates)
    gates, wrong_gates = read_gates(shaped, document)
    unfit = fit_problems(shaped, document, plans, templates, gates)
    wrong = (*problems, *wrong_templates, *wrong_plans, *wrong_gates, *unfit)
    if wrong:
        return _in_order(wrong)
    normal = _normal(shaped, templates)
    return Config(
        file=shaped,
        plans=plans,
        templates={name: read.template for name, read in templates.items()},
        gates=gates,
        version=hashlib.sha256(json.dumps(normal, sort_keys=True).encode()).hexdigest()[:12],
        normal=normal,
        files=(*source.files(), *files),
        document=document,
    )


def watched_files(path: Path, config: Config) -> tuple[Path, ...]:
    """The files whose change may mean another configuration: those it was read from, and those that have come since."""
    source = Source(path)
    named = (source.matching(pattern) for pattern in config.file.analysis_templates)
    now = [*source.files(), *(file for files in named for file in files)]
    return tuple(dict.fromkeys([*config.files, *now]))


def _in_order(problems: Iterable[ConfigProblem]) -> tuple[ConfigProblem, ...]:
    """Each problem once, as the files have them."""
    return tuple(sorted(dict.fromkeys(problems), key=lambda problem: (problem.mark.file, problem.mark.line)))


def _shape(document: Document) -> File | tuple[ConfigProblem, ...]:
    try:
        return File.model_validate(document.value)
    except ValidationError as error:
        return shape_problems(error, document)


def _normal(shaped: File, templates: Mapping[str, TemplateFile]) -> dict[str, object]:
    """The content without layout and comments. Defaults are left out, so that a new one changes no version."""
    found: dict[str, object] = shaped.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    found["templates"] = {name: read.document.value for name, read in templates.items()}
    return found
