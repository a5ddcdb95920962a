"""The garbage collector: dependants go with their last owner, wait for it, or are set free."""

from typing import Any

from bot.playground.kubernetes import resources
from bot.playground.kubernetes.controllers.queue import WorkQueue
from bot.playground.kubernetes.deletion import DeleteOptions, delete, drop_finalizer
from bot.playground.kubernetes.registry import Registry
from bot.playground.kubernetes.resources import Resource
from bot.playground.kubernetes.store import DELETED, Event, Key

Obj = dict[str, Any]
Node = tuple[str, Key]

_PAUSE_SECONDS = 0.02
_FOREGROUND, _ORPHAN = "foregroundDeletion", "orphan"


class GarbageCollector:
    """Watches every kind; knows for each owner's uid who depends on it."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._store = registry.store
        self._dependants: dict[str, set[Node]] = {}
        self.queue: WorkQueue[Node] = WorkQueue(registry.clock, self.sync)
        self._store.subscribe(self._on_event)

    def _on_event(self, event: Event) -> None:
        if event.storage == "events":
            return
        node = (event.storage, event.key)
        before = _owner_uids(event.old) if event.old else set()
        now = set() if event.type == DELETED else _owner_uids(event.new)
        for uid in before - now:
            self._dependants.get(uid, set()).discard(node)
        for uid in now:
            self._dependants.setdefault(uid, set()).add(node)
        if event.type == DELETED:
            self._on_deleted(event)
        elif "deletionTimestamp" in event.new["metadata"] or (now and (now != before or event.old is None)):
            self.queue.add(node)

    def _on_deleted(self, event: Event) -> None:
        for node in sorted(self._dependants.get(event.new["metadata"]["uid"], ())):
            self.queue.add(node)
        for reference in event.new["metadata"].get("ownerReferences") or ():
            owner = self._find(reference, event.key[0])
            if owner is not None:
                self.queue.add(owner)

    def _find(self, reference: Obj, namespace: str) -> Node | None:
        """Where the owner of a reference lives, if it is still that one."""
        resource = _resource_of(reference)
        if resource is None:
            return None
        key = (namespace if resource.namespaced else "", reference["name"])
        found = self._store.get(resource.storage, *key)
        if found is None or found["metadata"]["uid"] != reference["uid"]:
            return None
        return resource.storage, key

    def sync(self, node: Node) -> None:
        """One step for one object: as an owner that goes, then as a dependant."""
        storage, key = node
        obj = self._store.get(storage, *key)
        if obj is None:
            return
        resource = resources.stored(storage)
        finalizers = obj["metadata"].get("finalizers") or ()
        if "deletionTimestamp" in obj["metadata"]:
            if _ORPHAN in finalizers:
                if self._set_free(obj):
                    self.queue.add_after(node, _PAUSE_SECONDS)
                    return
                drop_finalizer(self._registry, resource, self._registry.get(resource, *key), _ORPHAN)
            elif _FOREGROUND in finalizers:
                self._delete_dependants_first(resource, obj)
            return
        self._attend(resource, obj)

    def _attend(self, resource: Resource, obj: Obj) -> None:
        references = obj["metadata"].get("ownerReferences") or []
        if not references or any(_resource_of(ref) is None for ref in references):
            return
        namespace = obj["metadata"].get("namespace", "")
        solid, waiting, gone = [], [], []
        for reference in references:
            node = self._find(reference, namespace)
            if node is None:
                gone.append(reference)
            elif self._waits(node):
                waiting.append(reference)
            else:
                solid.append(reference)
        if solid:
            if gone or waiting:
                meta = {**obj["metadata"], "ownerReferences": solid}
                self._registry.change(resource, obj, metadata=meta)
        elif waiting and self._dependants.get(obj["metadata"]["uid"]):
            delete(self._registry, resource, obj, DeleteOptions(propagation="Foreground"))
        else:
            delete(self._registry, resource, obj, DeleteOptions(propagation=_policy_of(obj)))

    def _waits(self, node: Node) -> bool:
        owner = self._store.get(node[0], *node[1])
        meta = (owner or {}).get("metadata") or {}
        return "deletionTimestamp" in meta and _FOREGROUND in (meta.get("finalizers") or ())

    def _delete_dependants_first(self, resource: Resource, obj: Obj) -> None:
        blocking = False
        for storage, key in sorted(self._dependants.get(obj["metadata"]["uid"], ())):
            found = self._store.get(storage, *key)
            if found is None:
                continue
            reference = next(r for r in found["metadata"]["ownerReferences"] if r["uid"] == obj["metadata"]["uid"])
            blocking = blocking or bool(reference.get("blockOwnerDeletion"))
            if "deletionTimestamp" not in found["metadata"]:
                self.queue.add((storage, key))
        if not blocking:
            drop_finalizer(self._registry, resource, obj, _FOREGROUND)

    def _set_free(self, obj: Obj) -> bool:
        """Take the owner out of its dependants; answers whether there were any."""
        uid = obj["metadata"]["uid"]
        freed = False
        for storage, key in sorted(self._dependants.get(uid, ())):
            found = self._store.get(storage, *key)
            if found is None:
                continue
            rest = [ref for ref in found["metadata"].get("ownerReferences") or () if ref["uid"] != uid]
            meta = {**found["metadata"], "ownerReferences": rest}
            if not rest:
                del meta["ownerReferences"]
            self._registry.change(resources.stored(storage), found, metadata=meta)
            freed = True
        return freed


def _policy_of(obj: Obj) -> str:
    finalizers = obj["metadata"].get("finalizers") or ()
    if _ORPHAN in finalizers:
        return "Orphan"
    return "Foreground" if _FOREGROUND in finalizers else "Background"


def _owner_uids(obj: Obj) -> set[str]:
    return {ref["uid"] for ref in obj["metadata"].get("ownerReferences") or ()}


def _resource_of(reference: Obj) -> Resource | None:
    found = resources.of_kind(reference["apiVersion"], reference["kind"])
    return resources.stored(found.storage) if found is not None else None
