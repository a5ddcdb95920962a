"""The forms in which objects are shown: whole, only their metadata, or as the table kubectl prints."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.playground.kubernetes.listing import Page
from bot.playground.kubernetes.negotiation import Wanted
from bot.playground.kubernetes.resources import Resource

Obj = dict[str, Any]


def present(resource: Resource, obj: Obj, wanted: Wanted, now: datetime, query: Mapping[str, str]) -> Any:
    """One object in the form the client wants."""
    if wanted.form == "PartialObjectMetadata":
        return _partial(obj, wanted)
    return obj


def _partial(obj: Obj, wanted: Wanted) -> Obj:
    return {
        "kind": "PartialObjectMetadata",
        "apiVersion": f"meta.k8s.io/{wanted.version}",
        "metadata": obj["metadata"],
    }


def present_list(resource: Resource, page: Page, wanted: Wanted, now: datetime, query: Mapping[str, str]) -> Any:
    """A list in the form the client wants."""
    if wanted.form == "PartialObjectMetadata":
        return {
            "kind": "PartialObjectMetadataList",
            "apiVersion": f"meta.k8s.io/{wanted.version}",
            "metadata": page.metadata(),
            "items": [_partial(obj, wanted) for obj in page.items],
        }
    items = page.items if resource.custom else [_without_type(obj) for obj in page.items]
    return {
        "kind": f"{resource.kind}List",
        "apiVersion": resource.api_version,
        "metadata": page.metadata(),
        "items": items,
    }


def _without_type(obj: Obj) -> Obj:
    return {key: value for key, value in obj.items() if key not in ("kind", "apiVersion")}
