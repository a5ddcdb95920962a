"""Everything that belongs to a Rollout, in the order and under the numbers of the plugin's tree: what `tree` prints.

Rules: argo-rollouts `pkg/kubectl-argo-rollouts/info/`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from strategies.argo.fields import Thing, annotation, count, name, owned, parts, text, uid
from strategies.argo.objects import Objects
from strategies.argo.revisions import own_sets, revision_number, sides

TEMPLATE = "experiment.argoproj.io/template-name"


@dataclass(frozen=True, slots=True)
class SetBranch:
    """A ReplicaSet with its pods, the oldest first. `marks`: what it is to the Rollout; an experiment's is nothing to it."""

    one: Thing
    pods: tuple[Thing, ...]
    marks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ExperimentBranch:
    """An Experiment with its ReplicaSets and AnalysisRuns."""

    one: Thing
    sets: tuple[SetBranch, ...]
    runs: tuple[Thing, ...]


@dataclass(frozen=True, slots=True)
class Revision:
    """What one revision left behind: ReplicaSets, Experiments, AnalysisRuns."""

    number: int
    sets: tuple[SetBranch, ...]
    experiments: tuple[ExperimentBranch, ...]
    runs: tuple[Thing, ...]


def revisions_of(rollout: Thing, objects: Objects) -> tuple[Revision, ...]:
    """Every revision that something is left of, the newest first."""
    sets = [SetBranch(it.one, it.pods, sides(rollout, it.one)) for it in _sets(rollout, objects)]
    experiments = [
        ExperimentBranch(one, _sets(one, objects), _runs(one, objects.runs)) for one in _experiments(rollout, objects)
    ]
    runs = _runs(rollout, objects.runs)
    numbers = {revision_number(one) for one in (*(it.one for it in sets), *(it.one for it in experiments), *runs)}
    return tuple(
        Revision(
            number,
            tuple(it for it in sets if revision_number(it.one) == number),
            tuple(it for it in experiments if revision_number(it.one) == number),
            tuple(one for one in runs if revision_number(one) == number),
        )
        for number in sorted(numbers, reverse=True)
    )


def images(revisions: Sequence[Revision]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Every image that pods run, by name, with what runs it: the sides, or `Σ:` and the name in the experiment's template."""
    found: dict[str, tuple[str, ...]] = {}
    sets = [(it.one, it.marks) for revision in revisions for it in revision.sets]
    trials = [it for revision in revisions for trial in revision.experiments for it in trial.sets]
    for one, marks in (*sets, *((it.one, _trial_mark(it.one)) for it in trials)):
        for image in _running_images(one):
            found[image] = tuple(sorted({*found[image], *marks})) if image in found else marks
    return tuple(sorted(found.items()))


def _trial_mark(one: Thing) -> tuple[str, ...]:
    template = annotation(one, TEMPLATE)
    return (f"Σ:{template}",) if template else ()


def _running_images(one: Thing) -> list[str]:
    if count(one, "status", "replicas") <= 0:
        return []
    return [text(container, "image") for container in parts(one, "spec", "template", "spec", "containers")]


def _sets(owner: Thing, objects: Objects) -> tuple[SetBranch, ...]:
    return tuple(SetBranch(one, _pods(one, objects.pods)) for one in own_sets(owner, objects.sets))


def _pods(one: Thing, pods: Sequence[Thing]) -> tuple[Thing, ...]:
    return tuple(sorted(owned(pods, frozenset({uid(one)})), key=lambda pod: (_born(pod), name(pod))))


def _experiments(rollout: Thing, objects: Objects) -> list[Thing]:
    found = owned(objects.experiments, frozenset({uid(rollout)}))
    return sorted(found, key=lambda one: (-revision_number(one), _born(one)))


def _runs(owner: Thing, runs: Sequence[Thing]) -> tuple[Thing, ...]:
    """An owner's runs, the newest revision first, in it the oldest first; of the same second the later name first."""
    named = sorted(owned(runs, frozenset({uid(owner)})), key=name, reverse=True)
    return tuple(sorted(named, key=lambda one: (-revision_number(one), _born(one))))


def _born(thing: Thing) -> str:
    return text(thing, "metadata", "creationTimestamp")
