"""Indexes of the store, so that controllers need not look at everything: by controlling owner, and pods by label."""

from typing import Any

Obj = dict[str, Any]
Key = tuple[str, str]

_LABELLED = "pods"


class Indexes:
    """Which objects an owner controls, which nobody controls, and which pods carry a label."""

    def __init__(self) -> None:
        self._owned: dict[tuple[str, str], dict[Key, None]] = {}
        self._labels: dict[tuple[str, str, str], dict[Key, None]] = {}

    def move(self, storage: str, key: Key, old: Obj | None, new: Obj | None) -> None:
        """An object changed from one state to another; None: it was not there, or is gone."""
        before, now = _owner(old, key), _owner(new, key)
        if before != now:
            if before is not None:
                self._owned[storage, before].pop(key, None)
            if now is not None:
                self._owned.setdefault((storage, now), {})[key] = None
        if storage == _LABELLED:
            self._move_labels(key, _labels(old), _labels(new))

    def _move_labels(self, key: Key, before: dict[str, str], now: dict[str, str]) -> None:
        if before == now:
            return
        for name, value in before.items():
            self._labels[key[0], name, value].pop(key, None)
        for name, value in now.items():
            self._labels.setdefault((key[0], name, value), {})[key] = None

    def owned(self, storage: str, uid: str) -> list[Key]:
        """What the owner with this uid controls."""
        return list(self._owned.get((storage, uid), ()))

    def free(self, storage: str, namespace: str) -> list[Key]:
        """What nobody controls in a namespace."""
        return list(self._owned.get((storage, f"free in {namespace}"), ()))

    def labelled(self, namespace: str, name: str, value: str) -> list[Key]:
        """The pods of a namespace that carry a label."""
        return list(self._labels.get((namespace, name, value), ()))


def _owner(obj: Obj | None, key: Key) -> str | None:
    if obj is None:
        return None
    for reference in obj["metadata"].get("ownerReferences") or ():
        if reference.get("controller"):
            return str(reference["uid"])
    return f"free in {key[0]}"


def _labels(obj: Obj | None) -> dict[str, str]:
    found: dict[str, str] = (obj["metadata"].get("labels") if obj is not None else None) or {}
    return found
