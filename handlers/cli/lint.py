"""`leadsman lint`: Rollouts, templates and experiments in files, by Argo's rules, before Argo meets them."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from bot.config.document import Document, read_content, read_file
from bot.config.marks import locate
from bot.config.problem import ConfigProblem
from bot.promql import query_problem
from handlers.cli.arguments import AsJson
from handlers.cli.console import fail, out, out_json, quit_with
from handlers.cli.exits import Exit
from strategies.lint import KINDS, Finding, Severity, concerns
from strategies.lint import lint as by_the_rules

_STDIN = "-"
_SUFFIXES = (".yaml", ".yml", ".json")
_RENDER = "Render it first: helm template CHART | leadsman lint -"


@dataclass(frozen=True, slots=True)
class _Told:
    """One line of the answer. `unreadable`: it is about the YAML itself."""

    severity: Severity
    problem: ConfigProblem
    unreadable: bool = False


def lint(
    files: Annotated[
        list[str], typer.Argument(metavar="FILE…", help="YAML or JSON files, folders of them, or - for standard input.")
    ],
    as_json: AsJson = False,
) -> None:
    """Say whether Argo Rollouts would take these files.

    What Argo would refuse, what would fail in the middle of a rollout and what can never pass, each with its line and its mend.
    Files that are given together are looked at together. Warnings alone leave the exit code at 0. Changes nothing and asks no cluster.
    """
    documents, told = _read(tuple(_sources(files)))
    if not told and not any(concerns(document.value) for document in documents):
        fail(f"There is no {', '.join(KINDS[:-1])} or {KINDS[-1]} in {', '.join(files)[:200]}.", Exit.USAGE)
    found = by_the_rules([document.value for document in documents], query_problem)
    told += sorted((_placed(one, documents[one.document]) for one in found), key=lambda one: one.problem.mark.line)
    told.sort(key=lambda one: one.problem.mark.file)
    code = _code(told)
    if as_json:
        out_json({"findings": [_row(one) for one in told]}, code)
    else:
        _print(told)
    quit_with(code)


def _sources(files: Sequence[str]) -> Iterator[Path | None]:
    """The files that were named, those in folders too, each once; None is standard input."""
    seen: set[Path | None] = set()
    for name in files:
        for path in [None] if name == _STDIN else _paths(Path(name)):
            if path not in seen:
                seen.add(path)
                yield path


def _paths(path: Path) -> list[Path]:
    if not path.exists():
        fail(f"There is no file or folder “{str(path)[:200]}”: correct the path.", Exit.USAGE)
    if not path.is_dir():
        return [path]
    found = [one for one in sorted(path.rglob("*")) if one.suffix in _SUFFIXES and one.is_file()]
    return [one for one in found if not any(part.startswith(".") for part in one.relative_to(path).parts)]


def _read(sources: Sequence[Path | None]) -> tuple[list[Document], list[_Told]]:
    documents: list[Document] = []
    told: list[_Told] = []
    for path in sources:
        content = sys.stdin.buffer.read() if path is None else None
        shown = "stdin" if path is None else str(path)
        if content is None:
            read, wrong = read_file(Path(shown), shown, for_kubernetes=True)
        else:
            read, wrong = read_content(content, shown, for_kubernetes=True)
        documents += read
        told += [_Told(Severity.ERROR, _hinted(problem, path), unreadable=True) for problem in wrong]
    return documents, told


def _hinted(problem: ConfigProblem, path: Path | None) -> ConfigProblem:
    """What is wrong with the YAML; in a template of a chart the way to what it makes."""
    if path is None or "templates" not in path.parts:
        return problem
    return ConfigProblem(problem.mark, problem.sentence, f"{problem.fix} {_RENDER}", problem.place)


def _placed(finding: Finding, document: Document) -> _Told:
    return _Told(finding.severity, locate(finding.problem, document, ()))


def _code(told: Sequence[_Told]) -> Exit:
    if any(one.unreadable for one in told):
        return Exit.USAGE
    return Exit.FAILED if any(one.severity is Severity.ERROR for one in told) else Exit.DONE


def _row(one: _Told) -> dict[str, object]:
    problem = one.problem
    return {
        "severity": one.severity,
        "file": problem.mark.file,
        "line": problem.mark.line,
        "place": problem.place,
        "sentence": problem.sentence,
        "fix": problem.fix,
    }


def _print(told: Sequence[_Told]) -> None:
    for one in told:
        problem = one.problem
        place = f"{problem.place}: " if problem.place else ""
        out(f"{problem.mark}: {one.severity}: {place}{problem.sentence}")
        first, *rest = problem.fix.splitlines()
        out(f"    fix   {first}")
        for line in rest:
            out(f"          {line}")
    errors = sum(one.severity is Severity.ERROR for one in told)
    counts = [(errors, Severity.ERROR), (len(told) - errors, Severity.WARNING)]
    text = ", ".join(f"{count} {kind}{'s' if count > 1 else ''}" for count, kind in counts if count)
    out(text or "Nothing is wrong.")
