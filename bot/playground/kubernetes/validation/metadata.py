"""Rules about `metadata`."""

from bot.playground.kubernetes.resources import Resource
from bot.playground.kubernetes.status import Cause
from bot.playground.kubernetes.text_rules import (
    label_faults,
    label_key_faults,
    subdomain_faults,
)
from bot.playground.kubernetes.validation.rules import (
    Obj,
    each_fault,
    immutable,
    invalid,
    label_causes,
    required,
    too_long,
)

_ANNOTATIONS_LIMIT = 256 * 1024
_STANDARD_FINALIZERS = ("orphan", "foregroundDeletion", "kubernetes")
_PATH_NAMES = ("Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding")


def _name_faults(kind: str, name: str) -> list[str]:
    if kind == "Namespace":
        return label_faults(name)
    if kind == "Service":
        return label_faults(name)
    if kind in _PATH_NAMES:
        faults = [f"may not be '{name}'"] if name in (".", "..") else []
        return faults + [f"may not contain '{part}'" for part in ("/", "%") if part in name]
    return subdomain_faults(name)


def metadata_causes(resource: Resource, obj: Obj) -> list[Cause]:
    """Every rule that an object's metadata breaks."""
    meta = obj["metadata"]
    found: list[Cause] = []
    if resource.kind == "Event":
        return _common_causes(meta)
    if meta.get("generateName"):
        stem = meta["generateName"].rstrip("-.") or meta["generateName"]
        found += each_fault("metadata.generateName", stem, lambda text: _name_faults(resource.kind, text))
    if not meta.get("name"):
        found.append(required("metadata.name", "name or generateName is required"))
    else:
        found += each_fault("metadata.name", meta["name"], lambda text: _name_faults(resource.kind, text))
    return found + _common_causes(meta)


def _common_causes(meta: Obj) -> list[Cause]:
    found = label_causes(meta.get("labels"), "metadata.labels")
    annotations = meta.get("annotations") or {}
    for key in sorted(annotations):
        found += each_fault("metadata.annotations", key, lambda text: label_key_faults(text.lower()))
    if sum(len(k.encode()) + len(v.encode()) for k, v in annotations.items()) > _ANNOTATIONS_LIMIT:
        found.append(too_long("metadata.annotations", _ANNOTATIONS_LIMIT))
    found += owner_causes(meta.get("ownerReferences") or [])
    for index, finalizer in enumerate(meta.get("finalizers") or ()):
        found += _finalizer_causes(f"metadata.finalizers[{index}]", finalizer)
    return found


def _finalizer_causes(field: str, finalizer: str) -> list[Cause]:
    found = each_fault(field, finalizer, label_key_faults)
    if "/" not in finalizer and finalizer not in _STANDARD_FINALIZERS:
        found.append(invalid(field, finalizer, "name is neither a standard finalizer name nor is it fully qualified"))
    return found


def owner_causes(references: list[Obj]) -> list[Cause]:
    """Rules of owner references: every part named, and one controller."""
    found: list[Cause] = []
    controllers: list[Obj] = []
    for reference in references:
        field = "metadata.ownerReferences"
        if not reference.get("apiVersion"):
            found.append(invalid(f"{field}.apiVersion", "", "version must not be empty"))
        empty = [part for part in ("kind", "name", "uid") if not reference.get(part)]
        found += [invalid(f"{field}.{part}", "", "must not be empty") for part in empty]
        if reference.get("controller"):
            controllers.append(reference)
    if len(controllers) > 1:
        first, second = (_shown(reference) for reference in controllers[:2])
        why = f'Only one reference can have Controller set to true. Found "true" in references for {first} and {second}'
        found.append(invalid("metadata.ownerReferences", references, why))
    return found


def _shown(reference: Obj) -> str:
    return f"{reference.get('kind', '')}/{reference.get('name', '')}"


def metadata_update_causes(new: Obj, old: Obj) -> list[Cause]:
    """Rules about changing metadata. The server checks some of them twice and three times, and says so each time."""
    now, before = new["metadata"], old["metadata"]
    found: list[Cause] = []
    common = _common_causes(now)
    fixed = ("name", "namespace", "uid", "creationTimestamp", "deletionTimestamp")
    found += [immutable(f"metadata.{key}", now.get(key)) for key in fixed if now.get(key) != before.get(key)]
    if before.get("deletionTimestamp"):
        added = sorted(set(now.get("finalizers") or ()) - set(before.get("finalizers") or ()))
        if added:
            why = (
                f"no new finalizers can be added if the object is being deleted, found new finalizers {_go_list(added)}"
            )
            refused = Cause("Forbidden", f"Forbidden: {why}", "metadata.finalizers")
            found += [refused, refused]
    return found + common * 3


def _go_list(names: list[str]) -> str:
    return "[]string{" + ", ".join(f'"{name}"' for name in names) + "}"
