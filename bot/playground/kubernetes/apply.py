"""Server-side apply: a configuration is merged into the object, and what its manager no longer mentions goes."""

from dataclasses import replace
from typing import Any

from bot.playground.kubernetes import managed, status
from bot.playground.kubernetes.conversion import stored_version
from bot.playground.kubernetes.decode import DecodeError
from bot.playground.kubernetes.fieldsets import (
    Difference,
    DuplicateKeyError,
    FieldSet,
    Path,
    child,
    element_step,
    elements,
    is_associative,
    owned,
    shown,
)
from bot.playground.kubernetes.gojson import JsonSyntaxError
from bot.playground.kubernetes.json_patch import copied
from bot.playground.kubernetes.managed import Manager, Managers, Owned
from bot.playground.kubernetes.objects import parse_body, to_kind
from bot.playground.kubernetes.registry import Registry, Write
from bot.playground.kubernetes.resources import Resource
from bot.playground.kubernetes.schema import Field, fields_of, is_struct
from bot.playground.kubernetes.status import ApiError

Obj = dict[str, Any]

_BEFORE = "before-first-apply"


def read_configuration(body: bytes, resource: Resource, name: str, type_name: str = "") -> Obj:
    """The configuration in the body of an apply. Raises ApiError 400 or 500."""
    try:
        raw = parse_body(body, "application/yaml").value
    except JsonSyntaxError as error:
        raise status.bad_request(f"error decoding YAML: {error}") from None
    if not isinstance(raw, dict) or not raw.get("kind") or not raw.get("apiVersion"):
        kind, version = (raw.get("kind") or "", raw.get("apiVersion") or "") if isinstance(raw, dict) else ("", "")
        group, _, short = version.rpartition("/")
        raise status.bad_request(f"invalid object type: {group}/{short}, Kind={kind}")
    meta = raw.get("metadata") or {}
    if not isinstance(meta, dict):
        raise status.bad_request("error decoding YAML: metadata is no object")
    raw["metadata"] = meta
    if meta.get("name", name) != name:
        raise status.bad_request(f"the name of the object ({meta['name']}) does not match the name on the URL ({name})")
    if meta.get("managedFields"):
        raise status.bad_request("metadata.managedFields must be nil")
    _check_schema(raw, type_name or resource.type)
    return raw


def _check_schema(raw: Obj, type_name: str) -> None:
    meta = raw.get("metadata") or {}
    subject = f"({meta.get('namespace', '')}/{meta.get('name', '')}; {raw['apiVersion']}, Kind={raw['kind']})"
    head = f"failed to create typed patch object {subject}: "
    faults = _undeclared(raw, type_name, "") if type_name else []
    if len(faults) == 1:
        raise status.internal(head + faults[0])
    if faults:
        raise status.internal(head + "errors:\n" + "\n".join(f"  {fault}" for fault in faults))
    try:
        owned(raw, type_name)
    except DuplicateKeyError as error:
        raise status.internal(head + str(error)) from None


def _undeclared(value: Obj, type_name: str, path: str) -> list[str]:
    declared = fields_of(type_name)
    found: list[str] = []
    for name, item in value.items():
        field = declared.get(name)
        place = f"{path}.{name}"
        if field is None:
            found.append(f"{place}: field not declared in schema")
        elif isinstance(item, dict) and is_struct(field.type):
            found += _undeclared(item, field.type, place)
        elif isinstance(item, list) and field.type.startswith("[]*"):
            for inner in item:
                if isinstance(inner, dict):
                    step = shown((element_step(inner, field),)) if is_associative(field) else ""
                    found += _undeclared(inner, field.element(), f"{place}{step}")
    return found


class Applier:
    """Applies configurations."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def create(self, resource: Resource, namespace: str, name: str, raw: Obj, write: Write) -> Obj:
        """Apply where nothing is yet. Raises ApiError."""
        fields = managed.reset(set(owned(raw, resource.type)), resource, write.subresource)
        obj = self._decoded(raw, resource)
        obj["metadata"]["name"] = name
        me = Manager(write.manager, "Apply", write.subresource, stored_version(resource))
        return self._registry.create(resource, namespace, obj, replace(write, applied=(me, fields)))

    def update(self, resource: Resource, live: Obj, raw: Obj, write: Write, *, force: bool) -> Obj:
        """Apply to what is there. Raises ApiError."""
        meta = live["metadata"]
        asked = (raw.get("metadata") or {}).get("resourceVersion")
        if asked not in (None, "", meta["resourceVersion"]):
            raise status.conflict(resource.plural, resource.group, meta["name"], status.MODIFIED)
        me = Manager(write.manager, "Apply", write.subresource, stored_version(resource))
        managers = managed.read(live) or _first(live, resource)
        fields = managed.reset(set(owned(raw, resource.type)), resource, write.subresource)
        merged = _merge_map(copied(live), raw, resource.type)
        before = managers.get(me, Owned(frozenset(), "")).fields
        _prune(merged, before - fields, _others(managers, me), resource.type)
        new = self._decoded(merged, resource)
        self._check_conflicts(resource, live, new, managers, me, fields, force=force)
        new["metadata"]["managedFields"] = []
        return self._registry.update(resource, live, new, replace(write, applied=(me, fields), managers=managers))

    def _decoded(self, raw: Obj, resource: Resource) -> Obj:
        try:
            return to_kind(raw, resource).value
        except DecodeError as error:
            raise status.bad_request(str(error)) from None

    def _check_conflicts(
        self, resource: Resource, live: Obj, new: Obj, managers: Managers, me: Manager, fields: FieldSet, *, force: bool
    ) -> None:
        changed = frozenset(Difference(live, new, resource.type).changed)
        found: list[tuple[Manager, list[Path]]] = []
        for manager, theirs in sorted(managers.items(), key=lambda pair: pair[0].name):
            clash = theirs.fields & changed & fields
            if manager != me and clash:
                found.append((manager, sorted(clash)))
                managers[manager] = Owned(theirs.fields - clash, theirs.time)
        if found and not force:
            raise conflicts(found)


def conflicts(found: list[tuple[Manager, list[Path]]]) -> ApiError:
    """409 with every field that somebody else owns."""
    count = sum(len(paths) for _, paths in found)
    causes = [
        {"reason": "FieldManagerConflict", "message": f"conflict with {manager.sentence()}", "field": shown(path)}
        for manager, paths in found
        for path in paths
    ]
    if count == 1:
        text = f"conflict with {found[0][0].sentence()}: {shown(found[0][1][0])}"
    else:
        text = "\n".join(
            f"conflicts with {manager.sentence()}:\n" + "\n".join(f"- {shown(path)}" for path in paths)
            for manager, paths in found
        )
    plural = "" if count == 1 else "s"
    return ApiError(409, f"Apply failed with {count} conflict{plural}: {text}", "Conflict", {"causes": causes})


def _first(live: Obj, resource: Resource) -> Managers:
    """Who owns an object that never had managers."""
    everything = frozenset(Difference({}, live, resource.type).changed)
    manager = Manager(_BEFORE, "Update", "", stored_version(resource))
    return {manager: Owned(everything, live["metadata"]["creationTimestamp"])}


def _others(managers: Managers, me: Manager) -> FieldSet:
    found: set[Path] = set()
    for manager, theirs in managers.items():
        if manager != me:
            found |= theirs.fields
    return frozenset(found)


def _merge_map(live: Obj, applied: Obj, type_name: str) -> Obj:
    for name, value in applied.items():
        live[name] = _merge(live.get(name), value, child(type_name, name))
    return live


def _merge(live: Any, applied: Any, field: Field) -> Any:
    if isinstance(applied, dict) and isinstance(live, dict) and not field.atomic:
        return _merge_map(live, applied, field.type)
    if isinstance(applied, list) and isinstance(live, list) and is_associative(field):
        return _merge_list(live, applied, field)
    return copied(applied)


def _merge_list(live: list[Any], applied: list[Any], field: Field) -> list[Any]:
    have = elements(live, field)
    new = elements(applied, field)
    inner = Field(field.element())
    merged = [_merge(item, new[step], inner) if step in new else item for step, item in have.items()]
    return merged + [copied(item) for step, item in new.items() if step not in have]


def _prune(obj: Obj, gone: FieldSet, others: FieldSet, type_name: str) -> None:
    """Remove what the manager gave up and nobody else owns; a list's element stays while somebody owns part of it."""
    for path in sorted(gone, key=len):
        if path in others or any(other[: len(path)] == path for other in others):
            continue
        _remove(obj, path, type_name)


def _remove(value: Any, path: Path, type_name: str) -> None:
    step = path[0].partition(":")[2]
    if not isinstance(value, dict) or step not in value:
        return
    field = child(type_name, step)
    if len(path) == 1:
        del value[step]
        return
    inner = value[step]
    if not path[1].startswith("f:"):
        place = next((i for i, item in enumerate(inner) if element_step(item, field) == path[1]), None)
        if place is None:
            return
        if len(path) == 2:
            inner.pop(place)
        else:
            _remove(inner[place], path[2:], field.element())
        return
    _remove(inner, path[1:], field.type)
