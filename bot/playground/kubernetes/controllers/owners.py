"""Who owns what: controllers find, adopt and let go of objects by labels and owner references."""

from collections.abc import Callable
from typing import Any

from bot.playground.kubernetes.registry import Registry
from bot.playground.kubernetes.resources import Resource
from bot.playground.kubernetes.selectors import LabelSelector

Obj = dict[str, Any]


def controller_of(obj: Obj) -> Obj | None:
    """The owner reference of the object's controller."""
    return next((ref for ref in obj["metadata"].get("ownerReferences") or () if ref.get("controller")), None)


def reference_to(owner: Obj) -> Obj:
    """A controller reference."""
    return {
        "apiVersion": owner["apiVersion"],
        "kind": owner["kind"],
        "name": owner["metadata"]["name"],
        "uid": owner["metadata"]["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }


def claim(
    registry: Registry,
    resource: Resource,
    owner: Obj,
    selector: LabelSelector,
    keep: Callable[[Obj], bool] = lambda obj: True,
) -> list[Obj]:
    """The objects of the owner's namespace that are its own: orphans that match are adopted, others are let go."""
    mine: list[Obj] = []
    uid = owner["metadata"]["uid"]
    dying = "deletionTimestamp" in owner["metadata"]
    namespace = owner["metadata"]["namespace"]
    for obj in (*registry.store.owned(resource.storage, uid), *registry.store.free(resource.storage, namespace)):
        matches = selector.matches(obj["metadata"].get("labels")) and keep(obj)
        reference = controller_of(obj)
        if reference is not None:
            if matches:
                mine.append(obj)
            elif not dying:
                _release(registry, resource, obj, uid)
        elif matches and not dying and "deletionTimestamp" not in obj["metadata"]:
            mine.append(_adopt(registry, resource, obj, owner))
    return mine


def _adopt(registry: Registry, resource: Resource, obj: Obj, owner: Obj) -> Obj:
    references = [*(obj["metadata"].get("ownerReferences") or ()), reference_to(owner)]
    return registry.change(resource, obj, metadata={**obj["metadata"], "ownerReferences": references})


def _release(registry: Registry, resource: Resource, obj: Obj, uid: str) -> None:
    references = [ref for ref in obj["metadata"]["ownerReferences"] if ref["uid"] != uid]
    meta = {**obj["metadata"], "ownerReferences": references}
    if not references:
        del meta["ownerReferences"]
    registry.change(resource, obj, metadata=meta)
