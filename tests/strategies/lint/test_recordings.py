"""Lint beside the real controller: what it marked InvalidSpec is found before, and what it took is taken.

The recordings are those of `tests/strategies/argo/recordings`.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest

from bot.promql import query_problem
from strategies.lint import Severity, lint
from strategies.problem import SpecProblem
from tests.strategies.argo.recording import NAMES, Moment, Recording, load
from tests.strategies.lint.documents import in_cluster

INVALID = ("12a", "12b", "12c", "12d")
_MESSAGE = re.compile(r'InvalidSpec: The Rollout "[^"]+" is invalid: (\S+): (Invalid|Required) value: (.*)', re.DOTALL)


def laid_down(recording: Recording, moment: Moment, kind: str) -> list[dict[str, Any]]:
    """The objects of a kind that the setup and the acts so far made; watches tell of them a little later."""
    made = [entry["manifest"] for entry in recording.timeline[: moment.number] if "manifest" in entry]
    return [thing for thing in (*recording.setup, *made) if str(thing["kind"]).endswith(kind)]


def problems(recording: Recording, moment: Moment) -> tuple[SpecProblem, ...]:
    """What lint finds wrong with the Rollout that changed at this moment, and what it names."""
    objects = moment.objects
    assert objects.rollout is not None
    return in_cluster(
        objects.rollout,
        laid_down(recording, moment, "AnalysisTemplate"),
        [*objects.services, *laid_down(recording, moment, "Service")],
        [*objects.ingresses, *laid_down(recording, moment, "Ingress")],
        workload=objects.workload,
        check_query=query_problem,
    )


def changes(recording: Recording) -> Iterator[Moment]:
    """The moments in which a Rollout changed."""
    yield from (one for one in recording.moments() if one.kind == "event" and one.entry["watch"] == "rollouts")


def same_place(argo: str, ours: str) -> bool:
    """Whether a place of ours is at or below Argo's, which leaves the strategy's name out of some."""
    argo, ours = (re.sub(r"\.(canary|blueGreen)\b|(?<=strategy)\.strategy", "", text) for text in (argo, ours))
    return ours.startswith(argo)


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith(INVALID)])
def test_every_invalid_spec_of_the_controller_is_found_with_its_place_and_a_mend(name: str) -> None:
    recording, seen = load(name), set()
    known: dict[str, set[SpecProblem]] = defaultdict(set)
    for moment in changes(recording):
        found = known[moment.rollout]
        found |= set(problems(recording, moment))  # the controller may still tell of what was mended since
        message = moment.entry["plugin"].get("message", "")
        invalid = _MESSAGE.fullmatch(message)
        if invalid is None:
            continue
        fitting = [one for one in found if invalid[3].endswith(one.sentence) and same_place(invalid[1], one.place)]
        assert fitting, (message, found)
        assert all(one.fix for one in fitting)
        seen.add((moment.rollout, message))
    assert len(seen) == {"12a": 1, "12b": 2, "12c": 20, "12d": 2}[name[:3]]


def test_a_template_that_would_end_the_next_rollout_in_the_middle_is_found_before() -> None:
    recording = load("12d-analysis-template-missing-late")
    first = next(moment for moment in changes(recording) if moment.rollout == "limits")
    [found] = problems(recording, first)
    assert found.place == "AnalysisTemplate/limits.spec.metrics[0].count"
    aborted = [
        moment.entry["plugin"].get("message", "") for moment in changes(recording) if moment.rollout == "limits"
    ][-1]
    assert aborted.endswith(f"Analysis spec invalid: metrics[0]: {found.sentence}")


@pytest.mark.parametrize("name", [name for name in NAMES if not name.startswith(INVALID)])
def test_what_the_controller_took_is_taken(name: str) -> None:
    recording = load(name)
    errors = [one for one in lint(recording.setup, query_problem) if one.severity is Severity.ERROR]
    assert errors == []
    specs = []
    for moment in changes(recording):
        assert moment.objects.rollout is not None
        spec = moment.objects.rollout["spec"]
        if spec not in specs:
            specs.append(spec)
            assert problems(recording, moment) == ()


@pytest.mark.parametrize("name", ["12b-invalidspec-missing-service", "12d-analysis-template-missing-late"])
def test_once_what_was_missing_is_there_nothing_is_wrong_any_more(name: str) -> None:
    recording, last = load(name), {}
    for moment in changes(recording):
        last[moment.rollout] = problems(recording, moment)
    assert last["web" if name.startswith("12b") else "late"] == ()
