"""PATCH: from the patch's text to the object it asks for. Server-side apply has its own module."""

from typing import Any

from bot.playground.kubernetes import resources, status
from bot.playground.kubernetes.decode import DecodeError, decode
from bot.playground.kubernetes.gojson import JsonSyntaxError, compact, go_print, kind_of, parse
from bot.playground.kubernetes.json_patch import PatchFailedError, apply_json_patch, copied, merge_patch
from bot.playground.kubernetes.objects import Decoded, to_kind
from bot.playground.kubernetes.resources import Resource
from bot.playground.kubernetes.status import ApiError
from bot.playground.kubernetes.strategic import StrategicError, strategic_merge

Obj = dict[str, Any]

JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
APPLY = "application/apply-patch+yaml"
_SCHEME = "k8s.io/kubernetes/pkg/api/legacyscheme/scheme.go:30"
_OPERATION_FIELDS = ("op", "path", "from", "value")
_MAX_OPERATIONS = 10_000


def accepted(resource: Resource) -> tuple[str, ...]:
    """The patch types a resource takes."""
    if resource.custom:
        return (JSON_PATCH, MERGE_PATCH, APPLY)
    return (JSON_PATCH, MERGE_PATCH, STRATEGIC, APPLY)


def patched(current: Obj, text: bytes, patch_type: str, resource: Resource, *, kind: str, strict: bool) -> Decoded:
    """`current` with the patch applied, as an object of the kind. Raises ApiError."""
    match patch_type:
        case "application/json-patch+json":
            return _json_patched(current, text, resource, kind, strict=strict)
        case "application/merge-patch+json":
            return _merge_patched(current, text, resource, kind, strict=strict)
        case _:
            return _strategic_patched(current, text, resource, kind, strict=strict)


def _parsed(text: bytes, prefix: str) -> tuple[Any, list[str]]:
    try:
        found = parse(text.decode("utf-8", "replace"))
    except JsonSyntaxError as error:
        raise status.bad_request(f"{prefix}{error}") from None
    return found.value, [f'duplicate field "{path}"' for path in found.duplicates]


_DECODING = "error decoding patch: "
_NO_MAP = "json: cannot unmarshal {} into Go value of type map[string]interface {{}}"


def _json_patched(current: Obj, text: bytes, resource: Resource, kind: str, *, strict: bool) -> Decoded:
    operations, oddities = _parsed(text, _DECODING)
    if not isinstance(operations, list):
        if operations is None:
            operations = []
        else:
            why = f"json: cannot unmarshal {kind_of(operations)} into Go value of type []handlers.jsonPatchOp"
            raise status.bad_request(_DECODING + why)
    if len(operations) > _MAX_OPERATIONS:
        message = f"The allowed maximum operations in a JSON patch is {_MAX_OPERATIONS}, got {len(operations)}"
        raise ApiError(413, message, "RequestEntityTooLarge", {})
    for index, operation in enumerate(operations):
        if isinstance(operation, dict):
            oddities += [
                f'json patch unknown field "[{index}].{key}"' for key in operation if key not in _OPERATION_FIELDS
            ]
    try:
        result = apply_json_patch(copied(current), operations)
    except (PatchFailedError, AttributeError, TypeError):
        raise status.patch_rejected() from None
    return _as_kind(result, resource, kind, oddities, strict=strict)


def _merge_patched(current: Obj, text: bytes, resource: Resource, kind: str, *, strict: bool) -> Decoded:
    patch, oddities = _parsed(text, _DECODING)
    if patch is None:
        raise status.bad_request("Invalid JSON Patch")
    if not isinstance(patch, dict):
        raise status.bad_request(_DECODING + _NO_MAP.format(kind_of(patch)))
    return _as_kind(merge_patch(current, patch), resource, kind, oddities, strict=strict)


def _as_kind(raw: Any, resource: Resource, kind: str, oddities: list[str], *, strict: bool) -> Decoded:
    """Decode the result of a JSON or merge patch; a misfit shows the whole result in the message."""
    if not isinstance(raw, dict):
        raise status.patch_rejected()
    try:
        _check_kind(raw, resource, kind)
        found = to_kind(raw, resource, kind)
    except DecodeError as error:
        raise status.invalid_patch(shown(raw), str(error)) from None
    found.oddities = [*oddities, *found.oddities]
    if strict and found.oddities:
        raise status.invalid_patch(shown(raw), f"strict decoding error: {', '.join(found.oddities)}")
    return found


def _check_kind(raw: Obj, resource: Resource, kind: str) -> None:
    wanted = kind or resource.kind
    if resource.custom:
        return
    version, given = raw.get("apiVersion"), raw.get("kind")
    other = resources.of_kind(str(version), str(given))
    if other is not None and given != wanted and not other.custom:
        decode(raw, other.type)
    if given and given != wanted:
        raise DecodeError(f'no kind "{given}" is registered for version "{version}" in scheme "{_SCHEME}"')
    if version and version != resource.api_version and wanted == resource.kind:
        raise DecodeError(f'no kind "{given}" is registered for version "{version}" in scheme "{_SCHEME}"')


_METADATA_ORDER = (
    "name", "generateName", "namespace", "selfLink", "uid", "resourceVersion", "generation", "creationTimestamp",
    "deletionTimestamp", "deletionGracePeriodSeconds", "labels", "annotations", "ownerReferences", "finalizers",
    "managedFields",
)  # fmt: skip


def shown(raw: Obj) -> str:
    """An object in a message: its parts sorted by name, its metadata in the order of Go's struct."""
    ordered = {key: raw[key] for key in sorted(raw)}
    meta = raw.get("metadata")
    if isinstance(meta, dict):
        known = {key: meta[key] for key in _METADATA_ORDER if key in meta}
        ordered["metadata"] = {**known, **meta}
    return compact(ordered)


def _strategic_patched(current: Obj, text: bytes, resource: Resource, kind: str, *, strict: bool) -> Decoded:
    patch, oddities = _parsed(text, "")
    if patch is None:
        patch = {}
    if not isinstance(patch, dict):
        raise status.bad_request(_NO_MAP.format(kind_of(patch)))
    type_name = resource.type if kind in ("", resource.kind) else "*autoscaling.v1.Scale"
    try:
        raw = strategic_merge(copied(current), patch, type_name)
    except StrategicError as error:
        raise status.internal(str(error)) from None
    try:
        found = to_kind(raw, resource, kind)
    except DecodeError as error:
        raise status.invalid_patch(go_print(patch), error.unstructured) from None
    found.oddities = [*oddities, *found.oddities]
    if strict and found.oddities:
        why = f"strict decoding error: {', '.join(found.oddities)}"
        raise status.invalid_patch(go_print(patch), why)
    return found
