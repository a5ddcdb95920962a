"""The forms in which objects are shown: whole, only their metadata, or as the table kubectl prints."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.playground.kubernetes.columns import COLUMNS, CUSTOM, PLAIN, Column
from bot.playground.kubernetes.listing import Page
from bot.playground.kubernetes.negotiation import Wanted
from bot.playground.kubernetes.resources import Resource
from bot.playground.kubernetes.status import ApiError, bad_request

Obj = dict[str, Any]

_INCLUDED = ("Metadata", "Object", "None", "")


def present(resource: Resource, obj: Obj, wanted: Wanted, now: datetime, query: Mapping[str, str]) -> Any:
    """One object in the form the client wants. Raises ApiError 400."""
    if wanted.form == "PartialObjectMetadata":
        return _partial(obj, wanted)
    if wanted.form == "Table":
        meta = {"resourceVersion": obj["metadata"].get("resourceVersion", "")}
        return _table(resource, [obj], meta, wanted, now, query)
    return obj


def present_list(resource: Resource, page: Page, wanted: Wanted, now: datetime, query: Mapping[str, str]) -> Any:
    """A list in the form the client wants. Raises ApiError 400 or 406."""
    if wanted.form == "PartialObjectMetadata":
        if not wanted.listed:
            kind = f"*{resource.group.partition('.')[0] or 'core'}.{resource.kind}List"
            message = f"you requested PartialObjectMetadata, but the requested object is a list ({kind})"
            raise ApiError(406, message, "NotAcceptable")
        return {
            "kind": "PartialObjectMetadataList",
            "apiVersion": f"meta.k8s.io/{wanted.version}",
            "metadata": page.metadata(),
            "items": [_partial(obj, wanted) for obj in page.items],
        }
    if wanted.form == "Table":
        return _table(resource, page.items, page.metadata(), wanted, now, query)
    items = page.items if resource.custom else [_without_type(obj) for obj in page.items]
    return {
        "kind": f"{resource.kind}List",
        "apiVersion": resource.api_version,
        "metadata": page.metadata(),
        "items": items,
    }


def _partial(obj: Obj, wanted: Wanted) -> Obj:
    return {
        "kind": "PartialObjectMetadata",
        "apiVersion": f"meta.k8s.io/{wanted.version}",
        "metadata": obj["metadata"],
    }


def _without_type(obj: Obj) -> Obj:
    return {key: value for key, value in obj.items() if key not in ("kind", "apiVersion")}


def _columns(resource: Resource) -> tuple[Column, ...]:
    return COLUMNS.get(resource.kind) or (CUSTOM if resource.custom else PLAIN)


def _table(
    resource: Resource, objects: list[Obj], meta: Obj, wanted: Wanted, now: datetime, query: Mapping[str, str]
) -> Obj:
    include = query.get("includeObject", "Metadata")
    if include not in _INCLUDED:
        why = f"includeObject: Invalid value: \"{include}\": must be 'Metadata', 'Object', 'None', or empty"
        raise bad_request(f"Unable to convert to Table as requested: {why}")
    columns = _columns(resource)
    definitions = [
        {
            "name": name,
            "type": kind,
            "format": "name" if name == "Name" else "",
            "description": "",
            "priority": priority,
        }
        for name, kind, priority, _ in columns
    ]
    rows = [
        {"cells": [cell(obj, now) for _, _, _, cell in columns], "object": _included(obj, include, wanted)}
        for obj in objects
    ]
    version = f"meta.k8s.io/{wanted.version}"
    return {"kind": "Table", "apiVersion": version, "metadata": meta, "columnDefinitions": definitions, "rows": rows}


def _included(obj: Obj, include: str, wanted: Wanted) -> Obj | None:
    if include == "None":
        return None
    return obj if include == "Object" else _partial(obj, wanted)
