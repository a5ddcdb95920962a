"""The verbs for one AnalysisRun or Experiment of a Rollout: `terminate`, and `retry` of an Experiment."""

from collections.abc import Sequence

from strategies.argo.fields import Thing, flag, name, text
from strategies.argo.guards import as_is, called
from strategies.argo.objects import Objects
from strategies.argo.writes import ArgoWrite, Changed, Patch, Resource
from strategies.native.patches import Operation, remove, set_to

_UNSUCCESSFUL = ("Failed", "Error", "Inconclusive")
_COMPLETED = ("Successful", *_UNSUCCESSFUL)


def terminate(effect: ArgoWrite, objects: Objects) -> Patch | Changed:
    """Stop a run: the controller counts what was measured so far."""
    of_experiments = effect.run_kind is Resource.EXPERIMENTS
    kind, things = ("Experiment", objects.experiments) if of_experiments else ("AnalysisRun", objects.runs)
    found = _named(things, effect.run)
    if found is None:
        return Changed(f"There is no {kind} {effect.run} of this Rollout.")
    if text(found, "status", "phase") in _COMPLETED:
        return Changed(f"{called(found, kind)} has ended already: {text(found, 'status', 'phase')}.")
    if flag(found, "spec", "terminate"):
        return Changed(f"{called(found, kind)} is being terminated already.")
    return _patch(effect.run_kind, found, set_to("/spec/terminate", value=True))


def retry_experiment(effect: ArgoWrite, objects: Objects) -> Patch | Changed:
    """Begin an Experiment anew that did not succeed. Experiments have no status subresource."""
    found = _named(objects.experiments, effect.run)
    if found is None:
        return Changed(f"There is no Experiment {effect.run} of this Rollout.")
    if text(found, "status", "phase") not in _UNSUCCESSFUL:
        return Changed(f"{called(found, 'Experiment')} has not failed: there is nothing to retry.")
    return _patch(Resource.EXPERIMENTS, found, as_is(found, "status", "phase"), remove("/status"))


def _named(things: Sequence[Thing], wanted: str) -> Thing | None:
    return next((one for one in things if name(one) == wanted), None)


def _patch(kind: Resource, thing: Thing, *operations: Operation) -> Patch:
    """The uid holds the patch to exactly this object: names come back."""
    return Patch(kind, name(thing), (as_is(thing, "metadata", "uid"), *operations))
