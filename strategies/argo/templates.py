"""The two verbs that change a pod template: `set image`, and `undo`, which brings back that of an earlier revision.

A Rollout with a `workloadRef` has no template of its own: then the Deployment it refers to is written.
"""

from collections.abc import Iterator

from strategies.argo.fields import Thing, label, name, part, parts, text
from strategies.argo.guards import as_is, called
from strategies.argo.objects import Objects
from strategies.argo.revisions import own_sets, revision_number
from strategies.argo.seen import ArgoSeen
from strategies.argo.standing import is_taken_up
from strategies.argo.traps import deployed_past_its_gate
from strategies.argo.weights import HASH
from strategies.argo.writes import ArgoWrite, Changed, Resource
from strategies.events import Refusal
from strategies.native.patches import Operation, expect, set_to

ALL = "*"
"""The name that stands for every container."""

Change = tuple[Operation, ...] | Changed | Refusal
_GROUPS = ("initContainers", "containers")


def holder(objects: Objects, rollout: Thing) -> tuple[Resource, Thing] | Refusal:
    """The object whose template is the Rollout's: itself, or the Deployment that its `workloadRef` points at."""
    reference = part(rollout, "spec", "workloadRef")
    if not reference:
        return Resource.ROLLOUTS, rollout
    kind, named = text(reference, "kind"), text(reference, "name")
    if kind != "Deployment":
        return Refusal(
            f"{called(rollout)} takes its template from {kind} {named}. Leadsman changes only Deployments: change that one by hand."
        )
    if objects.workload is None:
        return Refusal(
            f"{called(rollout)} takes its template from Deployment {named}, which is not there. Create it again."
        )
    return Resource.DEPLOYMENTS, objects.workload


def set_image(effect: ArgoWrite, rollout: Thing, seen: ArgoSeen, held: Thing, container: str) -> Change:
    """The operations that give our container (`*`: every container) its new image, if it still has the one that was seen."""
    named = ", ".join(text(one, "name") for _, one in _containers(held))
    places = [(path, one) for path, one in _containers(held) if container in (ALL, text(one, "name"))]
    if not places:
        return Refusal(f'unable to find container named "{container}" in {called(rollout)}; it has: {named}')
    images = sorted({text(one, "image") for _, one in places})
    if images == [effect.image]:
        return Changed(f"{called(rollout)} has image {effect.image} already. After an abort, retry starts it again.")
    if unasked := deployed_past_its_gate(seen, effect.image):
        return Changed(f"{called(rollout)}: {unasked}")
    tests = [expect(f"{path}/{key}", one.get(key)) for path, one in places for key in ("name", "image")]
    return (
        as_is(held, "metadata", "generation"),
        *tests,
        *(set_to(f"{path}/image", effect.image) for path, _ in places),
    )


def undo(effect: ArgoWrite, objects: Objects, rollout: Thing, seen: ArgoSeen, held: Thing) -> Change:
    """The operations that bring back the template of an earlier revision (0: the second newest).

    A blue/green may go back to it at once: that is wanted on the way home. Whether a person may ask for it is decided before.
    """
    known = is_taken_up(seen)
    if not known and not effect.revision:
        return Changed(
            f"The controller has not taken up the newest template of {called(rollout)} yet: which one is before it shows then."
        )
    found = _revision(own_sets(rollout, objects.sets), effect.revision)
    if found is None:
        missing = f"unable to find specified revision {effect.revision} in history"
        return Refusal(missing if effect.revision else f'no revision found for rollout "{name(rollout)}"')
    if known and label(found, HASH) == text(rollout, "status", "currentPodHash"):
        return Refusal(f"skipped rollback (current template already matches revision {revision_number(found)})")
    return as_is(held, "metadata", "generation"), set_to("/spec/template", _template(found))


def _containers(held: Thing) -> Iterator[tuple[str, Thing]]:
    """Every container of an object's template, by its path in the object."""
    for group in _GROUPS:
        for index, one in enumerate(parts(held, "spec", "template", "spec", group)):
            yield f"/spec/template/spec/{group}/{index}", one


def _revision(sets: list[Thing], wanted: int) -> Thing | None:
    """The set of a revision, of those sorted with the newest first; for 0 the second newest."""
    if not wanted:
        return sets[1] if len(sets) > 1 else None
    return next((one for one in sets if revision_number(one) == wanted), None)


def _template(replica_set: Thing) -> Thing:
    """A ReplicaSet's template without the label that the controller added."""
    template = part(replica_set, "spec", "template")
    labels = {key: value for key, value in part(template, "metadata", "labels").items() if key != HASH}
    return {**template, "metadata": {**part(template, "metadata"), "labels": labels}}
