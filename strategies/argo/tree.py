"""A Rollout with everything under it, in exactly the text of `kubectl argo rollouts get rollout NAME --no-color`.

Rules: argo-rollouts `cmd/get/get_rollout.go`. Every line of the tree has five columns; all but the last are filled up with blanks to the
widest entry and two more, which leaves blanks at the ends of lines, as there.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime

from strategies.argo.age import age, span
from strategies.argo.family import ExperimentBranch, Revision, SetBranch, images, revisions_of
from strategies.argo.fields import Thing, annotation, count, moment, name, parts, read_moment, text
from strategies.argo.objects import Objects
from strategies.argo.podrow import pod_row
from strategies.argo.revisions import DEADLINE, own_sets, set_status
from strategies.argo.status import desired, status_of
from strategies.argo.steps import is_blue_green, is_canary, step_index, steps_of
from strategies.argo.weights import weights

_HEADER = ("NAME", "KIND", "STATUS", "AGE", "INFO")
_ROLLOUT_ICONS = {
    "Progressing": "◌",
    "Error": "⚠",
    "InvalidSpec": "⚠",
    "Paused": "॥",
    "Healthy": "✔",
    "Degraded": "✖",
    "Unknown": "?",
    "ScaledDown": "•",
}
_SET_ICONS = {"Progressing": "◌", "Healthy": "✔", "ReplicaFailure": "✖", "ScaledDown": "•"}
_RUN_ICONS = {"Successful": "✔", "Inconclusive": "?", "Failed": "✖", "Error": "⚠", "Running": "◌", "Pending": "◷"}
_COUNTED = (("✔", "successful"), ("✖", "failed"), ("?", "inconclusive"), ("⚠", "error"))
_LABEL, _GAP = 17, 2

_Row = tuple[str, str, str, str, str]
_Draw = Callable[[str, str], Iterator[_Row]]
"""Draws one branch: the first argument stands before its own line, the second before those of its children."""


def tree(objects: Objects, now: datetime) -> str:
    """The plugin's text for a Rollout at `now`; empty where there is none."""
    rollout = objects.rollout
    if rollout is None:
        return ""
    revisions = revisions_of(rollout, objects)
    head, replicas = _lines(_head(rollout, objects, revisions)), _lines(_replicas(rollout))
    return f"{head}Replicas:\n{replicas}\n{_table([_HEADER, *_rows(rollout, revisions, now)])}"


def _lines(entries: Iterable[tuple[str, object]]) -> str:
    return "".join(f"{label:<{_LABEL}}{value}\n" for label, value in entries)


def _head(rollout: Thing, objects: Objects, revisions: Sequence[Revision]) -> Iterator[tuple[str, object]]:
    status, message = status_of(rollout)
    yield "Name:", name(rollout)
    yield "Namespace:", text(rollout, "metadata", "namespace")
    yield "Status:", f"{_ROLLOUT_ICONS.get(status, ' ')} {status}"
    if message:
        yield "Message:", message
    yield "Strategy:", "Canary" if is_canary(rollout) else "BlueGreen" if is_blue_green(rollout) else ""
    if is_canary(rollout):
        yield from _canary_head(rollout, objects)
    for at, (image, marks) in enumerate(images(revisions)):
        yield "" if at else "Images:", f"{image} ({', '.join(marks)})" if marks else image


def _canary_head(rollout: Thing, objects: Objects) -> Iterator[tuple[str, object]]:
    index, (wanted, there) = step_index(rollout), weights(rollout, own_sets(rollout, objects.sets), objects.services)
    yield "  Step:", "" if index is None else f"{index}/{len(steps_of(rollout))}"
    yield "  SetWeight:", wanted
    yield "  ActualWeight:", there


def _replicas(rollout: Thing) -> Iterator[tuple[str, object]]:
    yield "  Desired:", desired(rollout)
    for label, field in (
        ("Current", "replicas"),
        ("Updated", "updatedReplicas"),
        ("Ready", "readyReplicas"),
        ("Available", "availableReplicas"),
    ):
        yield f"  {label}:", count(rollout, "status", field)


def _table(rows: Sequence[_Row]) -> str:
    widths = [max(len(row[column]) for row in rows) + _GAP for column in range(4)]
    return "".join(
        "".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False)) + row[4] + "\n" for row in rows
    )


def _rows(rollout: Thing, revisions: Sequence[Revision], now: datetime) -> Iterator[_Row]:
    status, _ = status_of(rollout)
    yield _row("⟳", rollout, "Rollout", _ROLLOUT_ICONS.get(status, " "), status, now)
    yield from _children([_revision(one, now) for one in revisions], "")


def _children(draws: Sequence[_Draw], before: str) -> Iterator[_Row]:
    for at, draw in enumerate(draws):
        is_last = at == len(draws) - 1
        yield from draw(before + ("└──" if is_last else "├──"), before + ("   " if is_last else "│  "))


def _row(sign: str, thing: Thing, kind: str, icon: str, status: str, now: datetime, info: str = "") -> _Row:
    return (
        f"{sign} {name(thing)}",
        kind,
        f"{icon} {status}",
        age(moment(thing, "metadata", "creationTimestamp"), now),
        info,
    )


def _revision(one: Revision, now: datetime) -> _Draw:
    def draw(prefix: str, below: str) -> Iterator[_Row]:
        yield f"{prefix}# revision:{one.number}", "", " ", "", ""
        draws = [
            *(_set(it, now) for it in one.sets),
            *(_experiment(it, now) for it in one.experiments),
            *(_run(it, now) for it in one.runs),
        ]
        yield from _children(draws, below)

    return draw


def _leaf(row: _Row) -> _Draw:
    def draw(prefix: str, _: str) -> Iterator[_Row]:
        yield prefix + row[0], *row[1:]

    return draw


def _branch(row: _Row, draws: Sequence[_Draw]) -> _Draw:
    def draw(prefix: str, below: str) -> Iterator[_Row]:
        yield prefix + row[0], *row[1:]
        yield from _children(draws, below)

    return draw


def _set(it: SetBranch, now: datetime) -> _Draw:
    status = set_status(it.one)
    info = ",".join([*it.marks, *_delay(it.one, now)])
    row = _row("⧉", it.one, "ReplicaSet", _SET_ICONS.get(status, " "), status, now, info)
    return _branch(row, [_leaf(_pod(pod, now)) for pod in it.pods])


def _delay(one: Thing, now: datetime) -> list[str]:
    """How long until a ReplicaSet is scaled down."""
    written = annotation(one, DEADLINE)
    deadline = read_moment(written)
    if deadline is None:
        return ["delay:"] if written else []
    return [f"delay:{'passed' if deadline < now else span(deadline - now)}"]


def _pod(pod: Thing, now: datetime) -> _Row:
    found = pod_row(pod)
    info = f"ready:{found.ready}/{found.total}" + (f",restarts:{found.restarts}" if found.restarts > 0 else "")
    return _row("□", pod, "Pod", found.icon, found.status, now, info)


def _experiment(it: ExperimentBranch, now: datetime) -> _Draw:
    status = text(it.one, "status", "phase")
    row = _row("Σ", it.one, "Experiment", _RUN_ICONS.get(status, " "), status, now)
    return _branch(row, [*(_set(one, now) for one in it.sets), *(_run(one, now) for one in it.runs)])


def _run(run: Thing, now: datetime) -> _Draw:
    status, results = text(run, "status", "phase"), parts(run, "status", "metricResults")
    sums = [(sign, sum(count(one, field) for one in results)) for sign, field in _COUNTED]
    info = ",".join(f"{sign} {number}" for sign, number in sums if number > 0)
    row = _row("α", run, "AnalysisRun", _RUN_ICONS.get(status, " "), status, now, info)
    measured = [one for result in results for one in parts(result, "measurements")]
    return _branch(row, [_leaf(_job(one, now)) for one in measured if text(one, "metadata", "job-name")])


def _job(measurement: Thing, now: datetime) -> _Row:
    """The Job that one measurement was, as its provider noted it."""
    status = text(measurement, "phase")
    icon, job = _RUN_ICONS.get(status, " "), text(measurement, "metadata", "job-name")
    return f"⊞ {job}", "Job", f"{icon} {status}", age(moment(measurement, "startedAt"), now), ""
