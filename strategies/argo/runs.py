"""The AnalysisRuns of a Rollout's present revision, as runs of our own judge.

Verdicts, counters and messages are the controller's; nothing is judged again. Of many measurements the last ones are kept, as a run of
ours keeps them.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from strategies.argo.fields import Thing, count, flag, label, moment, name, number, owned, parts, scalar, text, uid
from strategies.argo.revisions import revision_number, set_of
from strategies.argo.runmetrics import arguments, metrics
from strategies.argo.seen import RunKind, RunSeen
from strategies.argo.weights import HASH
from strategies.judge.measurement import Measurement
from strategies.judge.pattern import Pattern
from strategies.judge.pattern_syntax import PatternError
from strategies.judge.resolution import Kept, ResolvedAnalysis
from strategies.judge.run import MetricResult, Run
from strategies.judge.verdict import Verdict

_Word = TypeVar("_Word", bound=StrEnum)
_ASKED = "ResolvedPrometheusQuery"
_KIND, _STEP = "rollout-type", "step-index"


def runs(
    found: Sequence[Thing], experiments: Sequence[Thing], rollout: Thing, sets: Sequence[Thing], at: datetime
) -> tuple[RunSeen, ...]:
    """The runs of the present revision, the oldest first: the Rollout's own and those of its experiments."""
    pod_hash = text(rollout, "status", "currentPodHash")
    current = set_of(sets, pod_hash)
    revision = revision_number(current) if current is not None else 0
    mine = owned(experiments, frozenset({uid(rollout)}))
    owners = {uid(one): one for one in mine if uid(one)}
    seen = [
        *((run, run, False) for run in owned(found, frozenset({uid(rollout)}))),
        *((run, owner, True) for key, owner in owners.items() for run in owned(found, frozenset({key}))),
    ]
    present = [one for one in seen if _is_present(one[1], pod_hash, revision)]
    present.sort(key=lambda one: (text(one[0], "metadata", "creationTimestamp"), name(one[0])))
    return tuple(_seen(run, owner, at, experiment=experiment) for run, owner, experiment in present)


def _is_present(marked: Thing, pod_hash: str, revision: int) -> bool:
    """Whether what a run's or an experiment's marks say is the present revision. The same template can come back as another revision."""
    numbered = revision_number(marked)
    return bool(pod_hash) and label(marked, HASH) == pod_hash and (not numbered or not revision or numbered == revision)


def _seen(run: Thing, owner: Thing, at: datetime, *, experiment: bool) -> RunSeen:
    kind = RunKind.EXPERIMENT if experiment else _read(RunKind, label(run, _KIND), RunKind.BACKGROUND)
    return RunSeen(name(run), kind, label(owner, HASH), run_of(run, at), number({"it": label(run, _STEP)}, "it"))


def _read(words: type[_Word], word: str, otherwise: _Word) -> _Word:
    return next((one for one in words if one.value == word), otherwise)


def run_of(run: Thing, at: datetime) -> Run:
    """One AnalysisRun as a run of ours. One that has not begun counts from its creation; `at` where even that is missing."""
    results = {text(one, "name"): one for one in parts(run, "status", "metricResults")}
    asked = {key: text(one, "metadata", _ASKED) for key, one in results.items()}
    measured = metrics(run, asked)
    names = [one.name for one in measured]
    dry = _matching(run, "dryRun", names)
    limits = {text(one, "metricName"): count(one, "limit") for one in parts(run, "spec", "measurementRetention")}
    kept = tuple(Kept(one, limit) for pattern, limit in limits.items() for one in _matches(pattern, names))
    analysis = ResolvedAnalysis(measured, arguments(run), tuple(dry), kept)
    phase = _read(Verdict, text(run, "status", "phase"), Verdict.PENDING)
    begun = moment(run, "status", "startedAt") or moment(run, "metadata", "creationTimestamp") or at
    taken = tuple(_result(one, results.get(one, {}), analysis.kept(one), dry_run=one in dry) for one in names)
    return Run(
        analysis=analysis,
        metrics=taken,
        phase=phase,
        message=text(run, "status", "message"),
        started_at=begun,
        terminating=flag(run, "spec", "terminate"),
        completed_at=_completed(run, taken, begun) if phase.is_completed else None,
    )


def _completed(run: Thing, taken: Sequence[MetricResult], begun: datetime) -> datetime:
    """When a run ended; controllers before 1.7 do not say, then its last measurement does."""
    told = moment(run, "status", "completedAt")
    return told or max((one.finished_at for result in taken for one in result.measurements), default=begun)


def _matching(run: Thing, field: str, names: Sequence[str]) -> list[str]:
    patterns = [text(one, "metricName") for one in parts(run, "spec", field)]
    return list(dict.fromkeys(one for pattern in patterns for one in _matches(pattern, names)))


def _matches(pattern: str, names: Sequence[str]) -> list[str]:
    try:
        return [one for one in names if Pattern(pattern).search(one)]
    except PatternError:
        return []


def _result(metric: str, result: Mapping[str, object], kept: int, *, dry_run: bool) -> MetricResult:
    failed = {key: count(result, key) for key in ("count", "successful", "failed", "inconclusive", "error")}
    taken = failed["count"] + failed["error"]
    return MetricResult(
        name=metric,
        phase=_read(Verdict, text(result, "phase"), Verdict.PENDING),
        message=text(result, "message"),
        consecutive_error=count(result, "consecutiveError"),
        consecutive_success=count(result, "consecutiveSuccess"),
        measurements=_measurements(metric, result, taken, kept),
        dry_run=dry_run or flag(result, "dryRun"),
        **failed,
    )


def _measurements(metric: str, result: Thing, taken: int, kept: int) -> tuple[Measurement, ...]:
    """The last finished measurements, numbered so that the very last is the one taken last: the controller keeps only some."""
    latest = parts(result, "measurements")[-kept:]
    over = [(one, finished) for one in latest if (finished := moment(one, "finishedAt")) is not None]
    first = max(taken - len(over), 0) + 1
    return tuple(_measurement(metric, one, finished, at) for at, (one, finished) in enumerate(over, first))


def _measurement(metric: str, one: Thing, finished: datetime, at: int) -> Measurement:
    return Measurement(
        metric=metric,
        number=at,
        started_at=moment(one, "startedAt") or finished,
        finished_at=finished,
        phase=_read(Verdict, text(one, "phase"), Verdict.PENDING),
        value=scalar(one, "value"),
        message=text(one, "message"),
    )
