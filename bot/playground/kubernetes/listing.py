"""Lists: selectors, pages, and states of the past."""

import base64
import json
from typing import Any

from bot.playground.kubernetes import status
from bot.playground.kubernetes.conversion import to_version
from bot.playground.kubernetes.gojson import compact, syntax_error
from bot.playground.kubernetes.requests import ListOptions
from bot.playground.kubernetes.resources import Resource
from bot.playground.kubernetes.selectors import parse_fields, parse_labels
from bot.playground.kubernetes.store import Store, TooOldError, key_of

Obj = dict[str, Any]

_TOO_OLD = "The resourceVersion for the provided list is too old."
_PAGE_TOO_OLD = (
    "The provided continue parameter is too old to display a consistent list result. You can start a new list without "
    "the continue parameter, or use the continue token in this response to retrieve the remainder of the results. "
    "Continuing with the provided token results in an inconsistent list - objects that were created, modified, or "
    "deleted between the time the first chunk was returned and now may show up in the list."
)


def encode_token(version: int, start: str) -> str:
    """A continue token: from which version, and after which key."""
    text = compact({"v": "meta.k8s.io/v1", "rv": version, "start": start}).replace("\x00", "\\u0000")
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode_token(token: str) -> tuple[int, str]:
    """The version (-1: the newest) and the key to go on after. Raises ApiError 400."""
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except ValueError as error:
        raise status.bad_request(f"invalid continue token: continue key is not valid: {error}") from None
    text = raw.decode("latin-1")
    try:
        found = json.loads(text)
    except ValueError:
        why = syntax_error(text)
        raise status.bad_request(f"invalid continue token: continue key is not valid: {why}") from None
    if not isinstance(found, dict) or found.get("v") != "meta.k8s.io/v1":
        why = "continue key is not valid: server does not recognize this encoded version"
        raise status.bad_request(f"invalid continue token: {why} {json.dumps((found or {}).get('v', ''))}")
    if not found.get("rv"):
        why = "continue key is not valid: incorrect encoded start resourceVersion (version meta.k8s.io/v1)"
        raise status.bad_request(f"invalid continue token: {why}")
    return int(found["rv"]), str(found.get("start", "")).lstrip("/")


def parse_version(text: str) -> int:
    """A resourceVersion parameter of a list or get; empty is 0. Raises ApiError 400."""
    if not text:
        return 0
    if not text.isdigit():
        why = f'resourceVersion: Invalid value: "{text}": strconv.ParseUint: parsing "{text}": invalid syntax'
        raise status.bad_request(f"invalid resource version: {why}")
    return int(text)


class Page:
    """One answer of a list: the objects, the version it shows, and where the next page begins."""

    def __init__(self, items: list[Obj], version: int, token: str = "", remaining: int | None = None) -> None:
        self.items = items
        self.version = version
        self.token = token
        self.remaining = remaining

    def metadata(self) -> Obj:
        """The list's metadata."""
        meta: Obj = {"resourceVersion": str(self.version)}
        if self.token:
            meta["continue"] = self.token
        if self.remaining:
            meta["remainingItemCount"] = self.remaining
        return meta


def list_page(store: Store, resource: Resource, namespace: str, options: ListOptions) -> Page:
    """The objects that a list asks for. Raises ApiError 400 or 410."""
    labels = parse_labels(options.label_selector)
    fields = parse_fields(options.field_selector, resource)
    start, version = "", parse_version(options.version)
    if options.token:
        if options.version not in ("", "0"):
            raise status.bad_request("specifying resource version is not allowed when using continue")
        version, start = decode_token(options.token)
        exact = version > 0
    else:
        exact = options.match == "Exact" or (bool(options.limit) and version > 0 and not options.match)
    objects, shown = _state(store, resource, namespace, version if exact else 0, start if options.token else None)
    found = []
    for obj in objects:
        key = _key(obj, namespace)
        if start and key + "\0" <= start:
            continue
        if not labels.matches(obj["metadata"].get("labels")):
            continue
        seen = to_version(resource, obj)
        if fields.matches(seen):
            found.append(seen)
    ignore_limit = options.version == "0" and not options.match
    filtered = bool(options.label_selector or options.field_selector)
    last = _key(objects[-1], namespace) if objects else ""
    return _cut(found, shown, namespace, 0 if ignore_limit else options.limit, last, filtered=filtered)


def _key(obj: Obj, namespace: str) -> str:
    space, name = key_of(obj)
    return name if namespace or not space else f"{space}/{name}"


def _cut(found: list[Obj], version: int, namespace: str, limit: int, end: str, *, filtered: bool) -> Page:
    """One page. The server looks no further than it must: with a selector, nothing may match on the next page."""
    if limit <= 0 or len(found) < limit:
        return Page(found, version)
    last = _key(found[limit - 1], namespace)
    if last == end:
        return Page(found, version)
    rest = None if filtered else len(found) - limit
    return Page(found[:limit], version, encode_token(version, f"/{last}\0"), rest)


def _state(store: Store, resource: Resource, namespace: str, version: int, start: str | None) -> tuple[list[Obj], int]:
    if version <= 0 or version >= store.version:
        return store.objects(resource.storage, namespace), store.version
    try:
        return store.list_at(resource.storage, namespace, version), version
    except TooOldError:
        pass
    if start is None:
        raise status.expired(_TOO_OLD)
    refused = status.expired(_PAGE_TOO_OLD)
    refused.continue_token = encode_token(-1, start)
    raise refused
