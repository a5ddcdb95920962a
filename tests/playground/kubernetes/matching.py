"""Compares what was recorded with what the playground answers, where names, uids, times and versions differ by nature.

The differences must be consistent: one recorded uid is one uid here, wherever it is seen.
"""

import json
import re
from typing import Any

UID = re.compile(r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")
TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$")
_TIME_INSIDE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")
_UID_INSIDE = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_IP_INSIDE = re.compile(r"\b10\.\d+\.\d+\.\d+\b")
_RANDOM = re.compile(r"^[bcdfghjklmnpqrstvwxz2456789]{4,10}$")
_HEX = re.compile(r"^[0-9a-f]{14,64}$")
_AGE = re.compile(r"^(\d+[smhdy])+$")
_TOKEN = re.compile(r"[A-Za-z0-9]+|[^A-Za-z0-9]+")
_NODES = ("fake-node-0", "playground-node-0")
_IMAGE_ID = re.compile(r"^(?P<repository>.+?)(?::[^:@/]+)?@sha256:[0-9a-f]{64}$")


_DOCUMENT = re.compile(r'"\{(?:[^"\\]|\\.)*\}"')


class DiffersError(Exception):
    """Two values are not the same; the message says where and how."""


class Names:
    """The mapping from recorded names to those of this run."""

    def __init__(self) -> None:
        self.here: dict[str, str] = {}
        self.there: dict[str, str] = {}

    def copy(self) -> "Names":
        """The same mapping, to try something."""
        other = Names()
        other.here, other.there = dict(self.here), dict(self.there)
        return other

    def take(self, other: "Names") -> None:
        """Keep what was tried."""
        self.here, self.there = other.here, other.there

    def pair(self, kind: str, recorded: str, found: str, path: str) -> None:
        """Note that one stands for the other. Raises DiffersError if that was not so before."""
        left, right = f"{kind}:{recorded}", f"{kind}:{found}"
        if self.here.setdefault(left, right) != right or self.there.setdefault(right, left) != left:
            raise DiffersError(f"{path}: {kind} {recorded!r} was {self.here.get(left)}, now {found!r}")

    def now(self, kind: str, recorded: str) -> str:
        """The name here for a recorded one."""
        return self.here.get(f"{kind}:{recorded}", f":{recorded}").partition(":")[2]


def compare(recorded: Any, found: Any, names: Names, path: str = "") -> None:
    """Raises DiffersError at the first difference that matters."""
    if isinstance(recorded, dict) and isinstance(found, dict):
        _compare_dicts(recorded, found, names, path)
    elif isinstance(recorded, list) and isinstance(found, list):
        _compare_lists(recorded, found, names, path)
    elif isinstance(recorded, str) and isinstance(found, str):
        _compare_texts(recorded, found, names, path)
    elif recorded != found or type(recorded) is not type(found):
        raise DiffersError(f"{path}: recorded {_short(recorded)}, found {_short(found)}")


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) < 200 else text[:200] + "…"


def _compare_dicts(recorded: dict[str, Any], found: dict[str, Any], names: Names, path: str) -> None:
    if path.startswith(".columnDefinitions") or ".columnDefinitions[" in path:
        recorded = {**recorded, "description": found.get("description")}
    if set(recorded) != set(found):
        more, less = sorted(set(found) - set(recorded)), sorted(set(recorded) - set(found))
        raise DiffersError(f"{path}: keys missing {less}, too many {more}")
    ordered = sorted(recorded, key=lambda key: (key != "metadata", key))
    for key in ordered:
        compare(recorded[key], found[key], names, f"{path}.{key}")


def _compare_lists(recorded: list[Any], found: list[Any], names: Names, path: str) -> None:
    if len(recorded) != len(found):
        raise DiffersError(f"{path}: {len(recorded)} items recorded, {len(found)} found")
    attempt = names.copy()
    try:
        for index, (left, right) in enumerate(zip(recorded, found, strict=True)):
            compare(left, right, attempt, f"{path}[{index}]")
    except DiffersError:
        if not path.endswith((".items", ".endpoints", ".addresses", ".notReadyAddresses", ".rows")):
            raise
        attempt = _any_order(recorded, found, names, path)
    names.take(attempt)


def _any_order(recorded: list[Any], found: list[Any], names: Names, path: str) -> Names:
    """Items with random names come in another order: find for each its partner."""
    left_over = list(found)
    for index, item in enumerate(recorded):
        first: DiffersError | None = None
        for candidate in left_over:
            attempt = names.copy()
            try:
                compare(item, candidate, attempt, f"{path}[{index}]")
            except DiffersError as error:
                first = first or error
                continue
            names = attempt
            left_over.remove(candidate)
            break
        else:
            raise first or DiffersError(f"{path}[{index}]: no partner")
    return names


def _compare_texts(recorded: str, found: str, names: Names, path: str) -> None:
    key = path.rsplit(".", 1)[-1]
    if key == "resourceVersion" and recorded.isdigit() and found.isdigit():
        if ".items" not in path and path != ".metadata.resourceVersion":
            names.here[f"version:{recorded}"] = f"version:{found}"
        names.here.setdefault(f"version:{recorded}", f"version:{found}")
        return
    if recorded.strip() in ("<token>", "<certificate>") and found:
        return
    if key == "continue":
        names.here[f"continue:{recorded}"] = f"continue:{found}"
        return
    if UID.match(recorded) and UID.match(found):
        names.pair("uid", recorded, found, path)
        return
    if TIME.match(recorded) and TIME.match(found):
        return
    if ".cells[" in path and _AGE.match(recorded) and _AGE.match(found):
        return
    if key == "imageID" and recorded and found:
        _compare_images(recorded, found, path)
        return
    if key == "containerID" and recorded and found:
        return
    if recorded in _NODES and found in _NODES:
        return
    if recorded != found:
        recorded, found = _compare_documents(recorded, found, names, path)
        _compare_tokens(recorded, found, names, path)


def _compare_documents(recorded: str, found: str, names: Names, path: str) -> tuple[str, str]:
    """Whole objects inside messages: compared as objects, since the order of their keys is Go's own."""
    left, right = _DOCUMENT.search(recorded), _DOCUMENT.search(found)
    if left is None or right is None:
        return recorded, found
    compare(json.loads(json.loads(left[0])), json.loads(json.loads(right[0])), names, path)
    return _DOCUMENT.sub("DOCUMENT", recorded), _DOCUMENT.sub("DOCUMENT", found)


def _compare_images(recorded: str, found: str, path: str) -> None:
    left, right = _IMAGE_ID.match(recorded), _IMAGE_ID.match(found)
    if (left and left["repository"]) != (right and right["repository"]):
        raise DiffersError(f"{path}: recorded {recorded}, found {found}")


def _plain(text: str) -> str:
    return _TIME_INSIDE.sub("TIME", text)


def _compare_tokens(recorded: str, found: str, names: Names, path: str) -> None:
    """Texts with names inside: piece by piece."""
    left_uids, right_uids = _UID_INSIDE.findall(recorded), _UID_INSIDE.findall(found)
    left_ips, right_ips = _IP_INSIDE.findall(recorded), _IP_INSIDE.findall(found)
    for kind, left, right in (("uid", left_uids, right_uids), ("ip", left_ips, right_ips)):
        if len(left) != len(right):
            raise DiffersError(f"{path}: recorded {_short(recorded)}, found {_short(found)}")
        for one, other in zip(left, right, strict=True):
            names.pair(kind, one, other, path)
    bare = [_IP_INSIDE.sub("IP", _UID_INSIDE.sub("UID", _plain(text))) for text in (recorded, found)]
    pieces = [_TOKEN.findall(text) for text in bare]
    if len(pieces[0]) != len(pieces[1]):
        raise DiffersError(f"{path}: recorded {_short(recorded)}, found {_short(found)}")
    for one, other in zip(*pieces, strict=True):
        if one == other:
            continue
        if one.isdigit() and other.isdigit() and len(one) >= 4:
            continue
        if not ((_RANDOM.match(one) and _RANDOM.match(other)) or (_HEX.match(one) and _HEX.match(other))):
            raise DiffersError(f"{path}: recorded {_short(recorded)}, found {_short(found)}")
        names.pair("name", one, other, path)


def part_of(recorded: Any, found: Any, path: str = "") -> None:
    """Raises DiffersError unless everything recorded is found: for discovery, of which the recordings keep an extract."""
    if isinstance(recorded, dict) and isinstance(found, dict):
        for key, value in recorded.items():
            if key not in found:
                raise DiffersError(f"{path}: {key} is missing")
            part_of(value, found[key], f"{path}.{key}")
    elif isinstance(recorded, list) and isinstance(found, list):
        for item in recorded:
            if not any(_is_part(item, candidate) for candidate in found):
                raise DiffersError(f"{path}: nothing like {_short(item)}")
    elif recorded != found:
        raise DiffersError(f"{path}: recorded {_short(recorded)}, found {_short(found)}")


def _is_part(recorded: Any, found: Any) -> bool:
    try:
        part_of(recorded, found)
    except DiffersError:
        return False
    return True
