"""Writing objects: what happens between a decoded object and the store, for API requests and controllers alike."""

import uuid
from dataclasses import dataclass
from random import Random
from typing import Any

from bot.playground.clock import PlaygroundClock
from bot.playground.kubernetes import managed, resources, status
from bot.playground.kubernetes.admission import Admission
from bot.playground.kubernetes.conversion import stored_version
from bot.playground.kubernetes.defaults import apply_defaults
from bot.playground.kubernetes.fieldsets import FieldSet
from bot.playground.kubernetes.gojson import canonical
from bot.playground.kubernetes.json_patch import copied
from bot.playground.kubernetes.managed import Manager, Managers
from bot.playground.kubernetes.resources import Resource
from bot.playground.kubernetes.status import Cause
from bot.playground.kubernetes.store import Store
from bot.playground.kubernetes.validation import create_causes, status_causes, update_causes

Obj = dict[str, Any]

_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"

_LONGEST_STEM = 58
"""Characters that are kept of `generateName`: with what is added, a name is at most as long as a DNS label."""


@dataclass(frozen=True, slots=True)
class Write:
    """How something is written: by which field manager, through which subresource, and whether only to see.

    `applied` is set by server-side apply: the manager and what it owns from now on; `managers` then are all others.
    """

    manager: str = "kube-controller-manager"
    subresource: str = ""
    dry_run: bool = False
    patch: bool = False
    applied: tuple[Manager, FieldSet] | None = None
    managers: Managers | None = None


CONTROLLER = Write()
CONTROLLER_STATUS = Write(subresource="status")


class Registry:
    """The store with the rules of every kind around it."""

    def __init__(self, store: Store, clock: PlaygroundClock, seed: int = 0) -> None:
        self.store = store
        self.clock = clock
        self.random = Random(seed)  # noqa: S311 - names, not secrets
        self.admission = Admission(store, self.random)
        self._last_event = 0

    def now(self) -> str:
        """The moment, to the second, as objects carry it."""
        return self.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")

    def random_suffix(self, length: int = 5) -> str:
        """Letters as in generated names: nothing that could be read as a word."""
        return "".join(self.random.choice(_ALPHABET) for _ in range(length))

    def event_number(self) -> int:
        """A number for an Event's name: nanoseconds, and never the same twice."""
        self._last_event = max(self._last_event + 1, int(self.clock.now().timestamp() * 1e9))
        return self._last_event

    def _uid(self) -> str:
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def get(self, resource: Resource, namespace: str, name: str) -> Obj:
        """The stored object, shared. Raises ApiError 404."""
        found = self.store.get(resource.storage, namespace, name)
        if found is None:
            raise status.not_found(resource.plural, resource.group, name)
        return found

    # --- create -----------------------------------------------------------------------------------------------

    def create(self, resource: Resource, namespace: str, obj: Obj, write: Write = CONTROLLER) -> Obj:
        """Store a new object, which becomes the store's. Raises ApiError."""
        meta = obj.setdefault("metadata", {})
        self._place(resource, namespace, meta)
        self.admission.check_namespace(resource, namespace, meta.get("name") or "")
        if meta.get("generateName") and not meta.get("name"):
            meta["name"] = meta["generateName"][:_LONGEST_STEM] + self.random_suffix()
        asked_version = meta.pop("resourceVersion", None)
        self._stamp(resource, obj, namespace)
        self._fill_new(resource, obj)
        self._track(resource, None, obj, write)
        if not resource.custom:
            self.admission.prepare(resource, obj, dry_run=write.dry_run)
        causes = create_causes(resource, obj)
        if causes:
            raise status.invalid(resource.kind, _shown_group(resource), meta.get("name") or "", causes)
        if asked_version not in (None, "", "0"):
            raise status.internal("resourceVersion should not be set on objects to be created")
        existing = self.store.get(resource.storage, namespace, meta["name"])
        if existing is not None:
            deleting = "deletionTimestamp" in existing["metadata"]
            raise status.already_exists(resource.plural, resource.group, meta["name"], deleting=deleting)
        if write.dry_run:
            return obj
        return self.store.put(resource.storage, obj)

    def _place(self, resource: Resource, namespace: str, meta: Obj) -> None:
        if meta.get("namespace") not in (None, "", namespace):
            if not resource.namespaced:
                raise status.bad_request("namespace may not be set on cluster-scoped objects")
            raise status.bad_request(
                "the namespace of the provided object does not match the namespace sent on the request"
            )
        meta.pop("namespace", None)
        if resource.namespaced:
            meta["namespace"] = namespace

    def _stamp(self, resource: Resource, obj: Obj, namespace: str) -> None:
        meta = obj["metadata"]
        for key in ("selfLink", "deletionTimestamp", "deletionGracePeriodSeconds"):
            meta.pop(key, None)
        meta["uid"] = self._uid()
        meta["creationTimestamp"] = self.now()
        if resource.generation:
            meta["generation"] = 1
        obj["kind"], obj["apiVersion"] = resource.kind, stored_version(resource)

    def _fill_new(self, resource: Resource, obj: Obj) -> None:
        if resource.subresource("status") is not None:
            obj.pop("status", None)
        if not resource.custom:
            apply_defaults(resource.kind, obj)

    # --- update -----------------------------------------------------------------------------------------------

    def update(self, resource: Resource, old: Obj, new: Obj, write: Write = CONTROLLER) -> Obj:
        """Store a new state of `old`; `new` becomes the store's. Answers `old` itself if nothing changed. Raises ApiError."""
        self._check_identity(resource, old, new, write)
        self._keep_system_fields(resource, old, new, write)
        self._check_version(resource, old, new)
        if not resource.custom:
            apply_defaults(resource.kind, new)
        self.admission.keep_allocated(resource, new, old)
        if write.subresource != "status":
            _bump_generation(resource, old, new)
        causes = self._update_causes(resource, old, new, write)
        if causes:
            raise status.invalid(resource.kind, resource.group, old["metadata"]["name"], causes)
        if not self._track(resource, old, new, write):
            return old
        if write.dry_run:
            return new
        if _finished(resource, new):
            self.remove(resource, old)
            return new
        return self.store.put(resource.storage, new)

    def _track(self, resource: Resource, old: Obj | None, new: Obj, write: Write) -> bool:
        """Keep the managed fields; answers whether there is anything to write."""
        if write.applied is None:
            return managed.track(resource, old, new, write.manager, write.subresource, self.now())
        me, fields = write.applied
        managers = dict(write.managers or {})
        before = managers.get(me)
        same = old is not None and managed.same_content(old, new)
        if same and before is not None and before.fields == fields and managers == managed.read(old or {}):
            return False
        since = (before.time if before is not None else "") if same else self.now()
        managers[me] = managed.Owned(fields, since)
        managed.write(new, managers)
        return True

    def _check_identity(self, resource: Resource, old: Obj, new: Obj, write: Write) -> None:
        uid = new["metadata"].get("uid")
        mine = old["metadata"]["uid"]
        if uid in (None, "", mine):
            return
        name = old["metadata"]["name"]
        if write.patch:
            cause = Cause("Invalid", f'Invalid value: "{uid}": field is immutable', "metadata.uid")
            raise status.invalid(resource.kind, resource.group, name, [cause, cause])
        space = old["metadata"].get("namespace")
        key = f"/registry/{resource.plural}/{space + '/' if space else ''}{name}"
        raise status.conflict(
            resource.plural,
            resource.group,
            name,
            f"StorageError: invalid object, Code: 4, Key: {key}, ResourceVersion: 0, AdditionalErrorMsg: "
            f"Precondition failed: UID in precondition: {uid}, UID in object meta: {mine}",
        )

    def _keep_system_fields(self, resource: Resource, old: Obj, new: Obj, write: Write) -> None:
        before, now = old["metadata"], new["metadata"]
        for key in ("uid", "creationTimestamp", "namespace", "generation", "deletionTimestamp",
                    "deletionGracePeriodSeconds", "generateName"):  # fmt: skip
            if key in before:
                now[key] = before[key]
            elif key != "generateName":
                now.pop(key, None)
        now.pop("selfLink", None)
        new["kind"], new["apiVersion"] = old["kind"], old["apiVersion"]
        if resource.subresource("status") is None:
            return
        if write.subresource == "status":
            for key in old:
                if key not in ("metadata", "status"):
                    new[key] = old[key]
            for key in [key for key in new if key not in old and key != "status"]:
                del new[key]
            _same(now, before, "labels")
        elif "status" in old:
            new["status"] = old["status"]
        else:
            new.pop("status", None)

    def _check_version(self, resource: Resource, old: Obj, new: Obj) -> None:
        asked = new["metadata"].get("resourceVersion") or "0"
        name = old["metadata"]["name"]
        if not asked.isdigit():
            raise status.internal(f'strconv.ParseUint: parsing "{asked}": invalid syntax')
        if asked == "0":
            if not resource.unconditional:
                cause = Cause(
                    "Invalid", "Invalid value: 0: must be specified for an update", "metadata.resourceVersion"
                )
                raise status.invalid(resource.plural, resource.group, name, [cause])
        elif asked != old["metadata"]["resourceVersion"]:
            raise status.conflict(resource.plural, resource.group, name, status.MODIFIED)
        new["metadata"]["resourceVersion"] = old["metadata"]["resourceVersion"]

    def _update_causes(self, resource: Resource, old: Obj, new: Obj, write: Write) -> list[Cause]:
        if write.subresource == "status":
            return status_causes(resource, new)
        return update_causes(resource, new, old, patched=write.patch)

    def change(self, resource: Resource, obj: Obj, write: Write = CONTROLLER, **parts: Any) -> Obj:
        """Replace top-level parts of an object (`spec=…`, `status=…`, `metadata=…`), as a controller does."""
        new = {**obj, "metadata": dict(obj["metadata"]), **parts}
        return self.update(resource, obj, new, write)

    # --- the end ----------------------------------------------------------------------------------------------

    def remove(self, resource: Resource, obj: Obj) -> Obj:
        """Take an object out of the store; answers its last state."""
        meta = obj["metadata"]
        return self.store.delete(resource.storage, meta.get("namespace", ""), meta["name"])

    def stored(self, obj: Obj) -> Obj | None:
        """The present state of an object, if it is still the same one (by uid)."""
        resource = resources.of_kind(obj["apiVersion"], obj["kind"])
        if resource is None:
            return None
        meta = obj["metadata"]
        found = self.store.get(resource.storage, meta.get("namespace", ""), meta["name"])
        return found if found is not None and found["metadata"]["uid"] == meta["uid"] else None


def _shown_group(resource: Resource) -> str:
    """The group that refusals name: Events of either version are stored as core ones."""
    return "" if resource.kind == "Event" else resource.group


def _same(now: Obj, before: Obj, key: str) -> None:
    if key in before:
        now[key] = before[key]
    else:
        now.pop(key, None)


def _part(obj: Obj, path: str) -> Any:
    value: Any = obj
    for step in path.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return value or None


def _bump_generation(resource: Resource, old: Obj, new: Obj) -> None:
    changed = False
    for path in resource.generation:
        if path:
            changed = changed or canonical(_part(old, path)) != canonical(_part(new, path))
        else:
            changed = changed or _content(old) != _content(new)
    if changed:
        new["metadata"]["generation"] = old["metadata"].get("generation", 0) + 1


def _content(obj: Obj) -> str:
    return canonical({key: value for key, value in obj.items() if key != "metadata"})


def _finished(resource: Resource, obj: Obj) -> bool:
    """Whether an object that is being deleted has nothing left to wait for."""
    meta = obj["metadata"]
    if "deletionTimestamp" not in meta or meta.get("finalizers"):
        return False
    if resource.kind == "Namespace":
        return not (obj.get("spec") or {}).get("finalizers")
    return not meta.get("deletionGracePeriodSeconds")


def own_copy(obj: Obj) -> Obj:
    """A deep copy that may be changed."""
    found: Obj = copied(obj)
    return found
