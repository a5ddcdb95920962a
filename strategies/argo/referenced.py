"""The Deployment that a Rollout takes its pods from (`workloadRef`): the patches of its template, and the fence on it.

No patch of the Deployment can test the Rollout. That a verb reaches what it was decided on, and nothing newer, is held in three parts:

- A patch of the Rollout goes first, if only to test: the claim, the pod hash, and which generation of the Deployment that hash belongs to
  (the controller writes the two together, and the hash is never older than the generation). It is sent after the Deployment was read.
- The patch of the Deployment tests the generation that was read before: its template is still the one that the Rollout was tested with. Its
  status moves nothing of that. The controller counts the generation up where it scales the Deployment down; then the next look finds both
  as they are then, and decides again.
- The Deployment carries the claim of whoever wrote its template last, and each such patch tests what claim was there. When a rollout gives
  the Rollout back, it first gives back the Deployment: nothing of it that is still on its way can land once somebody else may begin. Only
  who holds the Rollout writes that claim, so that one left behind by an accident stands in nobody's way.
"""

from strategies.argo.fields import Thing, name
from strategies.argo.guards import as_is
from strategies.argo.objects import Objects
from strategies.argo.writes import ArgoWrite, Patch, Resource
from strategies.native.claims import CLAIM, claim_text
from strategies.native.patches import Operation, annotate

FOLLOWED = ("status", "workloadObservedGeneration")
"""Where a Rollout says of which generation of the Deployment its pod hash is."""


def written(effect: ArgoWrite, deployment: Thing, operations: tuple[Operation, ...]) -> Patch:
    """The patch of the Deployment's template, which leaves the claim on it that is on the Rollout then."""
    claim = effect.expect_claim if effect.claim is None else effect.claim
    fence = {} if claim is None else {CLAIM: claim_text(claim)}
    return Patch(
        Resource.DEPLOYMENTS, name(deployment), (_as_claimed(deployment), *operations, *annotate(fence, deployment))
    )


def given_back(effect: ArgoWrite, objects: Objects) -> tuple[Patch, ...]:
    """What goes before the claim on the Rollout is given back, where there is such a Deployment."""
    deployment, claim = objects.workload, effect.claim
    if deployment is None or claim is None or claim.rollout:
        return ()
    fence = annotate({CLAIM: claim_text(claim)}, deployment)
    return (Patch(Resource.DEPLOYMENTS, name(deployment), (_as_claimed(deployment), *fence)),) if fence else ()


def _as_claimed(deployment: Thing) -> Operation:
    return as_is(deployment, "metadata", "annotations", CLAIM)
