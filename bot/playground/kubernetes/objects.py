"""From request bodies to objects of a kind, and from stored objects to what a version shows."""

import io
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from bot.playground.kubernetes import resources, status
from bot.playground.kubernetes.conversion import from_version
from bot.playground.kubernetes.decode import DecodeError, decode
from bot.playground.kubernetes.gojson import JsonSyntaxError, Parsed, kind_of, parse
from bot.playground.kubernetes.resources import Resource
from bot.playground.kubernetes.schema import CORE_META
from bot.playground.kubernetes.status import ApiError

Obj = dict[str, Any]

BODY_TYPES = ("application/json", "application/yaml", "application/vnd.kubernetes.protobuf")
_SCHEME = "k8s.io/kubernetes/pkg/api/legacyscheme/scheme.go:30"
_TYPE_META = r'struct { APIVersion string "json:\"apiVersion,omitempty\""; Kind string "json:\"kind,omitempty\"" }'
_INTERNAL_GROUPS = {"": "core", "rbac.authorization.k8s.io": "rbac", "networking.k8s.io": "networking"}


@dataclass(slots=True)
class Decoded:
    """An object and what was odd about its text: shown as warnings, or refused under strict validation."""

    value: Obj
    oddities: list[str] = field(default_factory=list)


def parse_body(text: bytes, content_type: str) -> Parsed:
    """Read JSON or YAML. Raises JsonSyntaxError."""
    if content_type == "application/yaml":
        try:
            return Parsed(YAML(typ="safe", pure=True).load(io.BytesIO(text)))
        except YAMLError as error:
            raise JsonSyntaxError(f"error converting YAML to JSON: yaml: {error}") from None
    return parse(text.decode("utf-8", "replace"))


def read_object(text: bytes, content_type: str, resource: Resource, *, subkind: str = "") -> Decoded:
    """The object in a POST or PUT. Raises ApiError 400."""
    kind = subkind or resource.kind
    try:
        parsed = parse_body(text, content_type)
    except JsonSyntaxError as error:
        raise _unrecognized(kind, str(error), text) from None
    raw = {} if parsed.value is None else parsed.value
    if not isinstance(raw, dict):
        raise _unrecognized(kind, f"json: cannot unmarshal {kind_of(raw)} into Go value of type {_TYPE_META}", text)
    check_kind(raw, resource, kind)
    return _decode(raw, resource, kind, parsed.duplicates)


def _unrecognized(kind: str, why: str, text: bytes) -> ApiError:
    shown = _shown(text)
    return status.bad_request(
        f"the object provided is unrecognized (must be of type {kind}): couldn't get version/kind; "
        f"json parse error: {why} ({shown})"
    )


def _shown(text: bytes) -> str:
    """The beginning of a body in a message: as text if it looks like JSON, as hexadecimal digits if not."""
    if not text:
        return "<empty>"
    if text[:1] == b"{":
        return text.decode("utf-8", "replace") if len(text) <= 30 else text[:30].decode("utf-8", "replace") + " ..."
    return text.hex() if len(text) <= 30 else text[:30].hex() + " ..."


def check_kind(raw: Obj, resource: Resource, kind: str) -> None:
    """The kind in the body must be the one of the path; both may be left out. Raises ApiError 400."""
    given_kind = raw.get("kind") or kind
    given_version = raw.get("apiVersion")
    if given_kind == kind and given_version in (None, "", _version_of(resource, kind)):
        return
    version = str(given_version or resource.api_version).rpartition("/")[2]
    expected = f'{given_kind} in version "{version}" cannot be handled as a {kind}'
    if given_version is None:
        given_version = resource.api_version
    known = resources.of_kind(str(given_version), str(given_kind))
    if known is None:
        shown = version if "/" not in str(given_version) else given_version
        why = f'no kind "{given_kind}" is registered for version "{shown}" in scheme "{_SCHEME}"'
    else:
        group = next((s.group for s in resource.subresources if s.kind == kind and s.version), resource.group)
        internal = _INTERNAL_GROUPS.get(group, group.split(".")[0])
        why = f"converting (v1.{given_kind}) to ({internal}.{kind}): unknown conversion".replace("(v1.", f"({version}.")
    raise status.bad_request(f"{expected}: {why}")


def _version_of(resource: Resource, kind: str) -> str:
    if kind == resource.kind:
        return resource.api_version
    sub = next(sub for sub in resource.subresources if sub.kind == kind)
    if not sub.version:
        return resource.api_version
    return f"{sub.group}/{sub.version}" if sub.group else sub.version


_SUBKINDS = {
    "Scale": "*autoscaling.v1.Scale",
    "Eviction": "*policy.v1.Eviction",
    "Binding": "*core.v1.Binding",
    "TokenRequest": "*authentication.v1.TokenRequest",
}


def _decode(raw: Obj, resource: Resource, kind: str, duplicates: list[str]) -> Decoded:
    version = resource.version
    try:
        found = to_kind(raw, resource, kind)
    except DecodeError as error:
        raise status.bad_request(f'{kind} in version "{version}" cannot be handled as a {kind}: {error}') from None
    found.oddities = [f'duplicate field "{path}"' for path in duplicates] + found.oddities
    return found


def to_kind(raw: Obj, resource: Resource, kind: str = "") -> Decoded:
    """JSON as an object of a kind. Raises DecodeError."""
    if resource.custom and (not kind or kind == resource.kind):
        meta = decode(raw.get("metadata") or {}, CORE_META)
        return Decoded({**raw, "metadata": meta.value}, [f'unknown field "metadata.{path}"' for path in meta.unknown])
    type_name = _SUBKINDS.get(kind, resource.type)
    found = decode(raw, type_name)
    found.value.setdefault("metadata", {})
    if kind in ("", resource.kind):
        found.value = from_version(resource, found.value)
    return Decoded(found.value, [f'unknown field "{path}"' for path in found.unknown])


def check_name(obj: Obj, name: str, namespace: str) -> None:
    """The name and namespace in a body must be those of the path. Raises ApiError 400."""
    meta = obj.setdefault("metadata", {})
    given = meta.get("name")
    if not given:
        raise status.bad_request(
            f"the name of the object ({name} based on URL) was undeterminable: name must be provided"
        )
    if given != name:
        raise status.bad_request(f"the name of the object ({given}) does not match the name on the URL ({name})")
    if meta.setdefault("namespace", namespace) not in ("", namespace):
        raise status.bad_request(
            "the namespace of the provided object does not match the namespace sent on the request"
        )
