"""Compares watch streams: the order of what happened to each object, with intermediate status updates folded."""

import json
from typing import Any

from tests.playground.kubernetes.matching import DiffersError, Names, compare

Events = list[dict[str, Any]]

_FOLDED = ("Deployment", "ReplicaSet", "EndpointSlice", "Endpoints", "PodDisruptionBudget", "Job", "ResourceQuota")
"""Kinds whose updates a controller folds into more or fewer writes each time: only the first and the last state count."""


def compare_streams(recorded: Events, found: Events, names: Names) -> None:
    """Raises DiffersError unless both streams tell the same story."""
    left, right = _stories(recorded), _stories(found)
    if len(left) != len(right):
        shown = [[story[0]["type"], _name(story[0])] for story in right]
        raise DiffersError(f"watch: {len(left)} objects recorded, {len(right)} found: {shown}"[:400])
    waiting = list(right)
    for story in left:
        first: DiffersError | None = None
        for candidate in waiting:
            attempt = names.copy()
            try:
                _compare_stories(story, candidate, attempt)
            except DiffersError as error:
                first = first or error
                continue
            names.take(attempt)
            waiting.remove(candidate)
            break
        else:
            raise first or DiffersError(f"watch: nothing like {_name(story[0])}")


def _name(event: dict[str, Any]) -> str:
    return str(event["object"].get("metadata", {}).get("name", event["object"].get("message", "")))


def _stories(events: Events) -> list[Events]:
    """The events of each object, in the order in which the objects appeared; bookmarks and errors are one more."""
    stories: dict[str, Events] = {}
    for event in events:
        meta = event["object"].get("metadata", {})
        key = meta.get("uid") or f"{event['type']} {_name(event)}"
        stories.setdefault(key, []).append(event)
    return [_folded(story) for story in stories.values()]


def _folded(story: Events) -> Events:
    kept: Events = []
    for event in story:
        if (
            event["type"] == "MODIFIED"
            and kept
            and kept[-1]["type"] == "MODIFIED"
            and _same_but_status(kept[-1], event)
        ):
            kept[-1] = event
        else:
            kept.append(event)
    if kept[0]["object"].get("kind") in _FOLDED and len(kept) > 2:
        middle = [event for event in kept[1:-1] if event["type"] != "MODIFIED"]
        kept = [kept[0], *middle, kept[-1]]
    return kept


_CHANGING = ("resourceVersion", "generation", "annotations", "managedFields")


def _same_but_status(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return _stable(one["object"]) == _stable(other["object"])


def _stable(obj: dict[str, Any]) -> str:
    rest = {key: value for key, value in obj.items() if key not in ("status", "metadata")}
    meta = {key: value for key, value in obj["metadata"].items() if key not in _CHANGING}
    meta["deletionTimestamp"] = "deletionTimestamp" in meta
    return json.dumps([rest, meta], sort_keys=True)


def _compare_stories(recorded: Events, found: Events, names: Names) -> None:
    types = [[event["type"] for event in story] for story in (recorded, found)]
    if types[0] != types[1]:
        raise DiffersError(f"watch of {_name(recorded[0])}: recorded {types[0]}, found {types[1]}")
    last = len(recorded) - 1
    for index, (left, right) in enumerate(zip(recorded, found, strict=True)):
        whole = index in (0, last) or "status" not in left["object"]
        _compare_objects(left["object"], right["object"], names, f"event {index} {left['type']}", whole=whole)


def _compare_objects(recorded: dict[str, Any], found: dict[str, Any], names: Names, path: str, *, whole: bool) -> None:
    left, right = _comparable(recorded, whole=whole), _comparable(found, whole=whole)
    compare(left, right, names, path)


def _comparable(obj: dict[str, Any], *, whole: bool) -> dict[str, Any]:
    """Without what counts writes, and without an intermediate status."""
    shown = {key: value for key, value in obj.items() if whole or key != "status"}
    if obj.get("kind") == "ReplicaSet" and "status" in shown:
        shown["status"] = {key: value for key, value in obj["status"].items() if key != "observedGeneration"}
    if "metadata" in shown:
        folded = obj.get("kind") in _FOLDED
        dropped = ("managedFields", "generation") if folded else ("managedFields",)
        shown["metadata"] = {key: value for key, value in obj["metadata"].items() if key not in dropped}
    return shown
