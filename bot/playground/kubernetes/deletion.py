"""DELETE: preconditions, finalizers, propagation, grace."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bot.playground.kubernetes import status
from bot.playground.kubernetes.registry import CONTROLLER, Registry
from bot.playground.kubernetes.resources import Resource

Obj = dict[str, Any]

_POLICIES = {"Foreground": "foregroundDeletion", "Orphan": "orphan"}
JOB_WARNING = (
    "child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set "
    "propagationPolicy=Orphan to suppress this warning"
)


@dataclass(frozen=True, slots=True)
class DeleteOptions:
    """What the client asked for. `grace` in seconds; None: the object's own."""

    grace: int | None = None
    propagation: str | None = None
    uid: str | None = None
    version: str | None = None
    dry_run: bool = False


def delete(registry: Registry, resource: Resource, obj: Obj, options: DeleteOptions) -> Obj:
    """Begin or finish the deletion of an object; answers the body of the response. Raises ApiError 409."""
    _check_preconditions(resource, obj, options)
    finalizers = _finalizers(resource, obj, options)
    grace = _grace(resource, obj, options)
    meta = obj["metadata"]
    if resource.kind == "Namespace":
        return _delete_namespace(registry, resource, obj, options)
    if not finalizers and not grace:
        if options.dry_run:
            return _answer(resource, obj)
        return _answer(resource, _end(registry, resource, obj))
    if "deletionTimestamp" in meta:
        return _again(registry, resource, obj, finalizers, grace, options)
    marked = _marked(registry, obj, finalizers, grace)
    if options.dry_run:
        return marked
    return registry.store.put(resource.storage, marked)


def _end(registry: Registry, resource: Resource, obj: Obj) -> Obj:
    """Remove the object; a pod is first shown with no grace left."""
    meta = obj["metadata"]
    if resource.kind == "Pod" and meta.get("deletionGracePeriodSeconds") != 0:
        last = {**meta, "deletionTimestamp": registry.now(), "deletionGracePeriodSeconds": 0}
        if "deletionTimestamp" not in meta:
            last["generation"] = meta.get("generation", 0) + 1
        obj = registry.store.put(resource.storage, {**obj, "metadata": last})
    return registry.remove(resource, obj)


def _check_preconditions(resource: Resource, obj: Obj, options: DeleteOptions) -> None:
    meta = obj["metadata"]
    if options.uid is not None and options.uid != meta["uid"]:
        why = (
            f"the UID in the precondition ({options.uid}) does not match the UID in record ({meta['uid']}). "
            "The object might have been deleted and then recreated"
        )
        raise status.conflict(resource.kind, resource.group, meta["name"], why)
    if options.version is not None and options.version != meta["resourceVersion"]:
        why = (
            f"the ResourceVersion in the precondition ({options.version}) does not match the ResourceVersion in record "
            f"({meta['resourceVersion']}). The object might have been modified"
        )
        raise status.conflict(resource.kind, resource.group, meta["name"], why)


def propagation_of(resource: Resource, options: DeleteOptions) -> str:
    """The policy in force: a Job's pods are orphaned unless the client says otherwise."""
    if options.propagation:
        return options.propagation
    return "Orphan" if resource.kind == "Job" else "Background"


def _finalizers(resource: Resource, obj: Obj, options: DeleteOptions) -> list[str]:
    kept: list[str] = list(obj["metadata"].get("finalizers") or ())
    if options.propagation or resource.kind == "Job":
        kept = [name for name in kept if name not in _POLICIES.values()]
        wanted = _POLICIES.get(propagation_of(resource, options))
        if wanted:
            kept.append(wanted)
    return kept


def _grace(resource: Resource, obj: Obj, options: DeleteOptions) -> int:
    if resource.kind != "Pod":
        return 0
    phase = (obj.get("status") or {}).get("phase")
    if not obj["spec"].get("nodeName") or phase in ("Succeeded", "Failed"):
        return 0
    own: int = obj["spec"].get("terminationGracePeriodSeconds", 30)
    grace = own if options.grace is None else options.grace
    return 1 if grace < 0 else grace


def _marked(registry: Registry, obj: Obj, finalizers: list[str], grace: int) -> Obj:
    meta = dict(obj["metadata"])
    end = registry.clock.now() + timedelta(seconds=grace)
    meta["deletionTimestamp"] = end.strftime("%Y-%m-%dT%H:%M:%SZ")
    meta["deletionGracePeriodSeconds"] = grace
    if meta.get("generation"):
        meta["generation"] += 1
    if finalizers:
        meta["finalizers"] = finalizers
    return {**obj, "metadata": meta}


def _again(
    registry: Registry, resource: Resource, obj: Obj, finalizers: list[str], grace: int, options: DeleteOptions
) -> Obj:
    """A second DELETE: the first one's time stays, unless the grace got shorter."""
    meta = dict(obj["metadata"])
    if finalizers:
        meta["finalizers"] = finalizers
    if options.grace is not None and grace < (meta.get("deletionGracePeriodSeconds") or 0):
        end = registry.clock.now() + timedelta(seconds=grace)
        meta["deletionTimestamp"] = end.strftime("%Y-%m-%dT%H:%M:%SZ")
        meta["deletionGracePeriodSeconds"] = grace
    if meta == obj["metadata"] or options.dry_run:
        return obj
    return registry.store.put(resource.storage, {**obj, "metadata": meta})


def _delete_namespace(registry: Registry, resource: Resource, obj: Obj, options: DeleteOptions) -> Obj:
    if "deletionTimestamp" in obj["metadata"]:
        name = obj["metadata"]["name"]
        why = (
            "The system is ensuring all content is removed from this namespace.  Upon completion, this namespace will "
            "automatically be purged by the system."
        )
        raise status.conflict(resource.plural, resource.group, name, why)
    meta = {**obj["metadata"], "deletionTimestamp": registry.now()}
    marked = {**obj, "metadata": meta, "status": {**obj["status"], "phase": "Terminating"}}
    return marked if options.dry_run else registry.store.put(resource.storage, marked)


def _answer(resource: Resource, obj: Obj) -> Obj:
    if resource.answers_deleted:
        return obj
    meta = obj["metadata"]
    details = status.details_of(meta["name"], resource.group, resource.plural)
    return {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Success",
        "details": {**details, "uid": meta["uid"]},
    }


def drop_finalizer(registry: Registry, resource: Resource, obj: Obj, finalizer: str) -> None:
    """Take one finalizer from an object, as the controller that owns it does."""
    rest = [name for name in obj["metadata"].get("finalizers") or () if name != finalizer]
    meta = {**obj["metadata"], "finalizers": rest}
    if not rest:
        del meta["finalizers"]
    registry.update(resource, obj, {**obj, "metadata": meta}, CONTROLLER)
