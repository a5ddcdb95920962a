"""What a request asks for: its path, its verb, its query."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.playground.kubernetes import status
from bot.playground.kubernetes.status import ApiError, Cause

_VERBS = {"GET": "get", "HEAD": "get", "POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}


@dataclass(frozen=True, slots=True)
class Target:
    """The resource part of a path. `group` and `version` are empty for a path that is no resource's."""

    group: str = ""
    version: str = ""
    resource: str = ""
    namespace: str = ""
    name: str = ""
    subresource: str = ""
    watching: bool = False


_NAMESPACE_PARTS = ("status", "finalize")


def target_of(path: str) -> Target | None:
    """What a path names; None when it names no resource."""
    parts = [part for part in path.split("/") if part]
    if len(parts) >= 3 and parts[0] == "api":
        group, version, rest = "", parts[1], parts[2:]
    elif len(parts) >= 4 and parts[0] == "apis":
        group, version, rest = parts[1], parts[2], parts[3:]
    else:
        return None
    watching = rest[0] == "watch" and len(rest) > 1
    rest = rest[1:] if watching else rest
    if rest[0] == "namespaces" and len(rest) >= 3 and (len(rest) > 3 or rest[2] not in _NAMESPACE_PARTS):
        return _target(group, version, rest[1], rest[2:], watching=watching)
    return _target(group, version, "", rest, watching=watching)


def _target(group: str, version: str, namespace: str, rest: list[str], *, watching: bool) -> Target:
    padded = [*rest, "", ""]
    name = padded[1]
    home = name if padded[0] == "namespaces" and not group else namespace
    return Target(group, version, padded[0], home, name, "/".join(rest[2:]), watching)


def verb_of(method: str, target: Target, query: Mapping[str, str]) -> str:
    """The verb as authorization and the request log know it."""
    verb = _VERBS.get(method, method.lower())
    if target.name:
        return "watch" if target.watching else verb
    if verb == "get":
        return "watch" if target.watching or is_true(query.get("watch")) else "list"
    return "deletecollection" if verb == "delete" else verb


def is_true(value: str | None) -> bool:
    """A boolean parameter: present and neither `false` nor `0`."""
    return value is not None and value.lower() not in ("false", "0")


def integer(query: Mapping[str, str], name: str) -> int | None:
    """A number in the query. Raises ApiError 400."""
    value = query.get(name)
    if value in (None, ""):
        return None
    if not re.fullmatch(r"[-+]?\d+", value or ""):
        raise status.bad_request(f'strconv.ParseInt: parsing "{value}": invalid syntax')
    return int(value or 0)


@dataclass(frozen=True, slots=True)
class ListOptions:
    """The query of a list or watch."""

    label_selector: str = ""
    field_selector: str = ""
    version: str = ""
    match: str = ""
    limit: int = 0
    token: str = ""
    watch: bool = False
    bookmarks: bool = False
    initial_events: bool | None = None
    timeout: int | None = None


def list_options(query: Mapping[str, str], *, watching: bool) -> ListOptions:
    """Read and check the query of a list or watch. Raises ApiError 400 or 422."""
    initial = query.get("sendInitialEvents")
    options = ListOptions(
        query.get("labelSelector", ""),
        query.get("fieldSelector", ""),
        query.get("resourceVersion", ""),
        query.get("resourceVersionMatch", ""),
        integer(query, "limit") or 0,
        query.get("continue", ""),
        watch=watching,
        bookmarks=is_true(query.get("allowWatchBookmarks")),
        initial_events=None if initial is None else is_true(initial),
        timeout=integer(query, "timeoutSeconds"),
    )
    causes = _list_causes(options)
    if causes:
        raise status.invalid_options("ListOptions", causes)
    return options


def _forbidden(name: str, why: str) -> Cause:
    return Cause("Forbidden", f"Forbidden: {why}", name)


def _unsupported(name: str, value: str, supported: str) -> Cause:
    return Cause("NotSupported", f"Unsupported value: {value}: supported values: {supported}", name)


_MATCH = "resourceVersionMatch"


def _list_causes(options: ListOptions) -> list[Cause]:
    if options.watch:
        return _watch_causes(options)
    found: list[Cause] = []
    match = options.match
    if match:
        if not options.version:
            found.append(_forbidden(_MATCH, f"{_MATCH} is forbidden unless resourceVersion is provided"))
        if options.token:
            found.append(_forbidden(_MATCH, f"{_MATCH} is forbidden when continue is provided"))
        if match not in ("Exact", "NotOlderThan"):
            found.append(_unsupported(_MATCH, f'"{match}"', '"Exact", "NotOlderThan", ""'))
        if match == "Exact" and options.version == "0":
            found.append(_forbidden(_MATCH, f'{_MATCH} "exact" is forbidden for resourceVersion "0"'))
    if options.initial_events is not None:
        found.append(_forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list"))
    return found


def _watch_causes(options: ListOptions) -> list[Cause]:
    found: list[Cause] = []
    if options.initial_events is None:
        if options.match:
            found.append(_forbidden(_MATCH, f"{_MATCH} is forbidden for watch unless sendInitialEvents is provided"))
    elif options.match != "NotOlderThan":
        found.append(_forbidden(_MATCH, "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"))
        if options.match:
            found.append(_unsupported(_MATCH, f'"{options.match}"', '"NotOlderThan"'))
    if options.token:
        found.append(_forbidden(_MATCH, f"{_MATCH} is forbidden when continue is provided"))
    return found


@dataclass(frozen=True, slots=True)
class WriteOptions:
    """The query of a write."""

    dry_run: bool = False
    manager: str = ""
    validation: str = "Warn"
    force: bool = False


_VALIDATIONS = ("Ignore", "Warn", "Strict")


def write_options(query: Mapping[str, Any], *, kind: str, apply: bool = False) -> WriteOptions:
    """Read and check the query of a create, update or patch. `kind`: CreateOptions and so on. Raises ApiError 422."""
    found: list[Cause] = []
    dry = query.getall("dryRun", []) if hasattr(query, "getall") else []
    if any(value != "All" for value in dry):
        shown = ",".join(f'"{value}"' for value in dry)
        found.append(_unsupported("dryRun", f"[{shown}]", '"All"'))
    manager = query.get("fieldManager", "")
    found += _manager_causes(manager, apply=apply)
    force = query.get("force")
    if kind == "PatchOptions" and force is not None and not apply:
        found.append(_forbidden("force", "may not be specified for non-apply patch"))
    validation = query.get("fieldValidation", "")
    if validation and validation not in _VALIDATIONS:
        found.append(_unsupported("fieldValidation", f'"{validation}"', '"", "Ignore", "Strict", "Warn"'))
    if found:
        raise status.invalid_options(kind, found)
    return WriteOptions(bool(dry), manager, validation or "Warn", is_true(force))


def _manager_causes(manager: str, *, apply: bool) -> list[Cause]:
    if apply and not manager:
        return [Cause("Required", "Required value: is required for apply patch", "fieldManager")]
    if len(manager.encode()) > 128:
        return [Cause("TooLong", "Too long: may not be more than 128 bytes", "fieldManager")]
    if not manager.isprintable():
        return [
            Cause("Invalid", f'Invalid value: "{manager}": should contain only printable characters', "fieldManager")
        ]
    return []


@dataclass(slots=True)
class Reply:
    """An answer before it is written: a JSON value, or text."""

    body: Any
    code: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    content_type: str = "application/json"


def refusal(error: ApiError) -> Reply:
    """A refusal as an answer."""
    return Reply(error.as_json(), error.code, dict(error.headers))
