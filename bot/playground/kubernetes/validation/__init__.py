"""The rules an object must keep before it is stored, in the server's words."""

from collections.abc import Callable

from bot.playground.kubernetes.resources import Resource
from bot.playground.kubernetes.status import Cause
from bot.playground.kubernetes.validation.metadata import metadata_causes, metadata_update_causes
from bot.playground.kubernetes.validation.others import OTHERS, OTHERS_UPDATE, new_event_causes
from bot.playground.kubernetes.validation.rules import Obj
from bot.playground.kubernetes.validation.workloads import WORKLOADS, WORKLOADS_UPDATE, deployment_status_causes

_CREATE: dict[str, Callable[[Obj], list[Cause]]] = {**WORKLOADS, **OTHERS}
_UPDATE: dict[str, Callable[[Obj, Obj], list[Cause]]] = {**WORKLOADS_UPDATE, **OTHERS_UPDATE}


def create_causes(resource: Resource, obj: Obj) -> list[Cause]:
    """Every rule a new object breaks."""
    rules = _CREATE.get(resource.kind)
    found = metadata_causes(resource, obj) + (rules(obj) if rules and not resource.custom else [])
    return found + new_event_causes(obj) if resource.group == "events.k8s.io" else found


def status_causes(resource: Resource, obj: Obj) -> list[Cause]:
    """Every rule that a new status breaks."""
    return deployment_status_causes(obj.get("status") or {}) if resource.kind == "Deployment" else []


def update_causes(resource: Resource, new: Obj, old: Obj, *, patched: bool = False) -> list[Cause]:
    """Every rule that a new state of an object breaks, the ones about change included.

    A patch that takes the last label of a template leaves an empty map, where a PUT leaves nothing: `patched` says which to show.
    """
    found = metadata_update_causes(new, old)
    if resource.custom:
        return found
    rules = _CREATE.get(resource.kind)
    changes = _UPDATE.get(resource.kind)
    if resource.kind != "Pod" and rules:
        found += rules(new)
    found += changes(new, old) if changes else []
    return [_emptied(cause) for cause in found] if patched else found


def _emptied(cause: Cause) -> Cause:
    if cause.field != "spec.template.metadata.labels":
        return cause
    return Cause(cause.type, cause.message.replace("Invalid value: null", "Invalid value: {}"), cause.field)
