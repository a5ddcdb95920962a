"""The verb for one AnalysisRun of a Rollout: `terminate`."""

from strategies.argo.fields import flag, name, text
from strategies.argo.guards import as_is, called
from strategies.argo.objects import Objects
from strategies.argo.writes import ArgoWrite, Changed, Patch, Resource
from strategies.native.patches import set_to

_COMPLETED = ("Successful", "Failed", "Error", "Inconclusive")


def terminate(effect: ArgoWrite, objects: Objects) -> Patch | Changed:
    """Stop a run: the controller counts what was measured so far. The uid holds the patch to exactly this object: names come back."""
    found = next((one for one in objects.runs if name(one) == effect.run), None)
    if found is None:
        return Changed(f"There is no AnalysisRun {effect.run} of this Rollout.")
    if text(found, "status", "phase") in _COMPLETED:
        return Changed(f"{called(found, 'AnalysisRun')} has ended already: {text(found, 'status', 'phase')}.")
    if flag(found, "spec", "terminate"):
        return Changed(f"{called(found, 'AnalysisRun')} is being terminated already.")
    return Patch(
        Resource.ANALYSIS_RUNS, name(found), (as_is(found, "metadata", "uid"), set_to("/spec/terminate", value=True))
    )
