"""JSON patches (RFC 6902) and JSON merge patches (RFC 7386), with the server's own liberties.

A replace of a missing key adds it, an add without a value adds null, a test of null on a missing key passes.
"""

from typing import Any

from bot.playground.kubernetes.gojson import canonical


class PatchFailedError(Exception):
    """An operation could not be done."""


_MISSING = object()


def apply_json_patch(document: Any, operations: list[dict[str, Any]]) -> Any:
    """Do the operations in order on `document`, which is changed. Raises PatchFailedError."""
    for operation in operations:
        if operation.get("path") == "" and operation.get("op") in ("add", "replace"):
            document = operation.get("value")
        else:
            _operate(document, operation)
    return document


def _operate(document: Any, operation: dict[str, Any]) -> None:
    path = operation.get("path")
    if not isinstance(path, str):
        raise PatchFailedError("no path")
    value = operation.get("value")
    match operation.get("op"):
        case "add":
            _add(document, path, value)
        case "remove":
            _remove(document, path)
        case "replace":
            _replace(document, path, value)
        case "test":
            _test(document, path, value)
        case "move":
            _add(document, path, _remove(document, _source(operation)))
        case "copy":
            _add(document, path, copied(_get_existing(document, _source(operation))))
        case _:
            raise PatchFailedError("unknown operation")


def _source(operation: dict[str, Any]) -> str:
    source = operation.get("from")
    if not isinstance(source, str):
        raise PatchFailedError("no from")
    return source


def _container(document: Any, path: str) -> tuple[Any, str]:
    """The object or list that holds the last part of the path, and that part."""
    parts = [part.replace("~1", "/").replace("~0", "~") for part in path.split("/")]
    if len(parts) < 2:
        raise PatchFailedError("a path begins with a slash")
    holder = document
    for part in parts[1:-1]:
        holder = _get(holder, part)
    if not isinstance(holder, (dict, list)):
        raise PatchFailedError("nothing to hold the value")
    return holder, parts[-1]


def _get(holder: Any, part: str) -> Any:
    if isinstance(holder, dict):
        return holder.get(part, _MISSING)
    if isinstance(holder, list):
        return holder[_index(holder, part)]
    return _MISSING


def _index(holder: list[Any], part: str) -> int:
    try:
        index = int(part)
    except ValueError:
        raise PatchFailedError("no index") from None
    if not -len(holder) <= index < len(holder):
        raise PatchFailedError("index out of range")
    return index % len(holder) if holder else index


def _get_existing(document: Any, path: str) -> Any:
    holder, part = _container(document, path)
    value = _get(holder, part)
    if value is _MISSING:
        raise PatchFailedError("nothing there")
    return value


def _add(document: Any, path: str, value: Any) -> None:
    holder, part = _container(document, path)
    if isinstance(holder, dict):
        holder[part] = value
    elif part == "-":
        holder.append(value)
    else:
        _insert(holder, part, value)


def _insert(holder: list[Any], part: str, value: Any) -> None:
    try:
        index = int(part)
    except ValueError:
        raise PatchFailedError("no index") from None
    if not -len(holder) - 1 <= index <= len(holder):
        raise PatchFailedError("index out of range")
    holder.insert(index if index >= 0 else index + len(holder) + 1, value)


def _remove(document: Any, path: str) -> Any:
    holder, part = _container(document, path)
    if isinstance(holder, list):
        return holder.pop(_index(holder, part))
    if part not in holder:
        raise PatchFailedError("nothing to remove")
    return holder.pop(part)


def _replace(document: Any, path: str, value: Any) -> None:
    holder, part = _container(document, path)
    if isinstance(holder, list):
        holder[_index(holder, part)] = value
    else:
        holder[part] = value


def _test(document: Any, path: str, value: Any) -> None:
    holder, part = _container(document, path)
    found = _get(holder, part)
    if found is _MISSING:
        found = None
    if canonical(found) != canonical(value):
        raise PatchFailedError("the test failed")


def copied(value: Any) -> Any:
    """A deep copy of a JSON value."""
    if isinstance(value, dict):
        return {key: copied(item) for key, item in value.items()}
    if isinstance(value, list):
        return [copied(item) for item in value]
    return value


def merge_patch(document: Any, patch: Any) -> Any:
    """The document with the merge patch applied: maps merge, null deletes, everything else is replaced."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(document) if isinstance(document, dict) else {}
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = merge_patch(merged.get(key), value)
    return merged
