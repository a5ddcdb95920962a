"""Reading objects of the cluster that may lack anything: an older controller leaves fields out, a half-made object has no status.

What is absent or of another type than it should be reads as nothing, never as an error. Numbers written as text count as numbers.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

Thing = Mapping[str, Any]
_NOTHING: Mapping[str, Any] = {}
_WHOLE = re.compile(r"[+-]?[0-9]{1,18}", re.ASCII)


def _at(thing: object, path: tuple[str, ...]) -> object:
    for key in path:
        thing = thing.get(key) if isinstance(thing, Mapping) else None
    return thing


def part(thing: object, *path: str) -> Thing:
    """The mapping at `path`; empty without one."""
    found = _at(thing, path)
    return found if isinstance(found, Mapping) else _NOTHING


def has(thing: object, *path: str) -> bool:
    """Whether a mapping, even an empty one, stands at `path`: that is how a Rollout chooses between kinds."""
    return isinstance(_at(thing, path), Mapping)


def parts(thing: object, *path: str) -> list[Thing]:
    """The mappings in the list at `path`, in their order. Entries that are no mappings count as empty ones: they keep their place."""
    found = _at(thing, path)
    if not isinstance(found, Sequence) or isinstance(found, str | bytes):
        return []
    return [one if isinstance(one, Mapping) else _NOTHING for one in found]


def text(thing: object, *path: str) -> str:
    """The text at `path`; empty without one."""
    found = _at(thing, path)
    return found if isinstance(found, str) else ""


def scalar(thing: object, *path: str) -> str:
    """The text or number at `path` as text, as a field that may be either is written; empty without one."""
    found = _at(thing, path)
    if isinstance(found, str):
        return found
    return str(found) if isinstance(found, int | float) and not isinstance(found, bool) else ""


def number(thing: object, *path: str) -> int | None:
    """The whole number at `path`, also one written as text; None without one."""
    found = _at(thing, path)
    if isinstance(found, bool):
        return None
    if isinstance(found, int):
        return found
    return int(found) if isinstance(found, str) and _WHOLE.fullmatch(found) else None


def count(thing: object, *path: str) -> int:
    """The number at `path`; 0 without one, since the API server leaves zeros out."""
    return number(thing, *path) or 0


def flag(thing: object, *path: str) -> bool:
    """Whether `true` stands at `path`."""
    return _at(thing, path) is True


def moment(thing: object, *path: str) -> datetime | None:
    """The time at `path`; None without one, or where it has no zone."""
    return read_moment(text(thing, *path))


def read_moment(written: str) -> datetime | None:
    """The time that a text such as `2026-11-20T10:00:32Z` means, in UTC; None where it means none."""
    try:
        found = datetime.fromisoformat(written)
        return found.astimezone(UTC) if found.tzinfo else None
    except (ValueError, OverflowError):
        return None


def words(thing: object, *path: str) -> dict[str, str]:
    """The entries of the mapping at `path` whose value is text: labels, annotations, selectors."""
    return {str(key): value for key, value in part(thing, *path).items() if isinstance(value, str)}


def label(thing: object, name: str) -> str:
    """An object's label; empty without it. Label names hold dots and slashes, so they are no path."""
    return text(thing, "metadata", "labels", name)


def annotation(thing: object, name: str) -> str:
    """An object's annotation; empty without it."""
    return text(thing, "metadata", "annotations", name)


def owned(things: Sequence[Thing], uids: frozenset[str]) -> list[Thing]:
    """Those that an object with one of these uids owns, in their order."""
    return [
        one
        for one in things
        if uids & {text(owner, "uid") for owner in parts(one, "metadata", "ownerReferences")} - {""}
    ]


def uid(thing: object) -> str:
    """An object's uid; empty without one."""
    return text(thing, "metadata", "uid")


def name(thing: object) -> str:
    """An object's name; empty without one."""
    return text(thing, "metadata", "name")
