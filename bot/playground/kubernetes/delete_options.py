"""The options of a DELETE, from its body or its query."""

from collections.abc import Mapping
from typing import Any

from bot.playground.kubernetes import status
from bot.playground.kubernetes.deletion import DeleteOptions
from bot.playground.kubernetes.gojson import JsonSyntaxError, kind_of
from bot.playground.kubernetes.objects import BODY_TYPES, parse_body
from bot.playground.kubernetes.requests import integer
from bot.playground.kubernetes.status import Cause

_POLICIES = ("Foreground", "Background", "Orphan")
_CHOICE = '"Foreground", "Background", "Orphan", "nil"'


def read_options(body: bytes, content_type: str, query: Mapping[str, str]) -> DeleteOptions:
    """Read and check the options. Raises ApiError 400, 415 or 422."""
    raw = _from_body(body, content_type) if body else _from_query(query)
    causes = _causes(raw)
    if causes:
        raise status.invalid_options("DeleteOptions", causes)
    propagation = raw.get("propagationPolicy")
    if raw.get("orphanDependents") is not None:
        propagation = "Orphan" if raw["orphanDependents"] else "Background"
    conditions: dict[str, Any] = raw.get("preconditions") or {}
    return DeleteOptions(
        grace=raw.get("gracePeriodSeconds"),
        propagation=propagation,
        uid=conditions.get("uid"),
        version=conditions.get("resourceVersion"),
        dry_run=bool(raw.get("dryRun")),
    )


def _from_body(body: bytes, content_type: str) -> dict[str, Any]:
    media = content_type or "application/json"
    if media not in BODY_TYPES[:2]:
        raise status.unsupported_media_type(BODY_TYPES)
    try:
        raw = parse_body(body, media).value
    except JsonSyntaxError as error:
        raise status.bad_request(f"couldn't get version/kind; json parse error: {error}") from None
    if raw is None:
        return {}
    if not isinstance(raw, dict):
        why = f"json: cannot unmarshal {kind_of(raw)} into Go value of type v1.DeleteOptions"
        raise status.bad_request(f"couldn't get version/kind; json parse error: {why}")
    return raw


def _from_query(query: Mapping[str, str]) -> dict[str, Any]:
    raw: dict[str, Any] = {}
    for name in ("propagationPolicy", "dryRun"):
        if query.get(name):
            raw[name] = [query[name]] if name == "dryRun" else query[name]
    grace = integer(query, "gracePeriodSeconds")
    if grace is not None:
        raw["gracePeriodSeconds"] = grace
    if query.get("orphanDependents"):
        raw["orphanDependents"] = query["orphanDependents"] == "true"
    return raw


def _causes(raw: dict[str, Any]) -> list[Cause]:
    found: list[Cause] = []
    policy = raw.get("propagationPolicy")
    if policy is not None and raw.get("orphanDependents") is not None:
        why = "orphanDependents and deletionPropagation cannot be both set"
        found.append(Cause("Invalid", f'Invalid value: "{policy}": {why}', "propagationPolicy"))
    elif policy is not None and policy not in _POLICIES:
        message = f'Unsupported value: "{policy}": supported values: {_CHOICE}'
        found.append(Cause("NotSupported", message, "propagationPolicy"))
    dry = raw.get("dryRun") or []
    if any(value != "All" for value in dry):
        shown = ",".join(f'"{value}"' for value in dry)
        found.append(Cause("NotSupported", f'Unsupported value: [{shown}]: supported values: "All"', "dryRun"))
    return found
