"""Sets of fields, as server-side apply reckons with them: paths of steps in the words of FieldsV1.

A step is `f:name` for a field, `k:{…}` for a list's element by its keys, `v:…` for an element of a set. A path in a set means that the
field itself is owned.
"""

import json
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from bot.playground.kubernetes.gojson import compact
from bot.playground.kubernetes.schema import Field, fields_of

Obj = dict[str, Any]
Path = tuple[str, ...]
FieldSet = frozenset[Path]

_STRIPPED = frozenset(
    {("f:apiVersion",), ("f:kind",), ("f:metadata",)}
    | {
        ("f:metadata", f"f:{name}")
        for name in (
            "name", "namespace", "creationTimestamp", "selfLink", "uid", "generation", "managedFields",
            "resourceVersion", "deletionTimestamp", "deletionGracePeriodSeconds",
        )
    }
)  # fmt: skip
_ALWAYS_THERE = frozenset(("metadata", "spec", "status", "template", "strategy", "loadBalancer", "updateStrategy"))
_KEY_DEFAULTS = {"protocol": "TCP"}
_ANY = Field("any")


class DuplicateKeyError(ValueError):
    """Two elements of a list have the same keys."""

    def __init__(self, path: Path, key: str) -> None:
        super().__init__(f"{shown(path)}: duplicate entries for key {_shown_key(key)}")


def child(type_name: str, name: str) -> Field:
    """The declared field of a struct, or the value of a map."""
    if type_name.startswith("{}"):
        return Field(type_name[2:])
    if name == "metadata" and not type_name:
        return Field("*meta.v1.ObjectMeta")
    return fields_of(type_name).get(name, _ANY)


def element_step(item: Any, field: Field) -> str:
    """The step to an element of a list that merges by keys, or of a set."""
    if field.list_keys == ("set",):
        return f"v:{compact(item)}"
    keys = {}
    for key in field.list_keys:
        value = item.get(key, _KEY_DEFAULTS.get(key)) if isinstance(item, dict) else None
        if value is not None:
            keys[key] = value
    return f"k:{compact(dict(sorted(keys.items())))}"


def elements(items: list[Any], field: Field) -> dict[str, Any]:
    """The elements of such a list by their steps; of several with one key the first."""
    found: dict[str, Any] = {}
    for item in items:
        found.setdefault(element_step(item, field), item)
    return found


def is_associative(field: Field) -> bool:
    """Whether a list merges element by element."""
    return bool(field.list_keys) and field.type.startswith("[]")


def _is_granular_map(value: Any, field: Field) -> bool:
    return isinstance(value, dict) and not field.atomic


def owned(obj: Obj, type_name: str) -> FieldSet:
    """What an applied configuration owns: its leaves, and the elements of its lists."""
    found: set[Path] = set()
    _own_children(obj, type_name, (), found)
    return frozenset(found - _STRIPPED)


def _own_children(value: Obj, type_name: str, path: Path, found: set[Path]) -> None:
    for name, item in value.items():
        _own(item, child(type_name, name), (*path, f"f:{name}"), found)


def _own(value: Any, field: Field, path: Path, found: set[Path]) -> None:
    if _is_granular_map(value, field) and value:
        _own_children(value, field.type, path, found)
    elif isinstance(value, list) and is_associative(field) and value:
        seen: set[str] = set()
        for item in value:
            step = element_step(item, field)
            if step in seen:
                raise DuplicateKeyError(path, step)
            seen.add(step)
            inner = (*path, step)
            found.add(inner)
            if isinstance(item, dict):
                _own_children(item, field.element(), inner, found)
    else:
        found.add(path)


class Difference:
    """What changed between two states: paths that are new or have another value, and paths that are gone."""

    def __init__(self, old: Obj, new: Obj, type_name: str) -> None:
        self.changed: set[Path] = set()
        self.removed: set[Path] = set()
        self._map(old, new, type_name, ())
        self.changed -= _STRIPPED
        self.removed -= _STRIPPED

    def _map(self, old: Obj, new: Obj, type_name: str, path: Path) -> None:
        for name in new.keys() | old.keys():
            before, now = old.get(name), new.get(name)
            if before is now:
                continue
            self._value(before, now, child(type_name, name), (*path, f"f:{name}"), name)

    def _value(self, old: Any, new: Any, field: Field, path: Path, name: str) -> None:
        if new is None:
            if old is not None:
                self._all(old, field, path, self.removed)
        elif old is None:
            there = name in _ALWAYS_THERE or (field.required and isinstance(new, list))
            if there and isinstance(new, dict):
                self._map({}, new, field.type, path)
            else:
                self._all(new, field, path, self.changed)
                if there and new:
                    self.changed.discard(path)
        elif _is_granular_map(old, field) and _is_granular_map(new, field):
            self._map(old, new, field.type, path)
        elif isinstance(old, list) and isinstance(new, list) and is_associative(field):
            before, now = elements(old, field), elements(new, field)
            for step in now.keys() | before.keys():
                self._element(before.get(step), now.get(step), field, (*path, step))
        elif old != new:
            self.changed.add(path)

    def _element(self, old: Any, new: Any, field: Field, path: Path) -> None:
        inner = Field(field.element())
        if old is None:
            self._all(new, inner, path, self.changed)
        elif new is None:
            self._all(old, inner, path, self.removed)
        elif isinstance(old, dict) and isinstance(new, dict):
            self._map(old, new, inner.type, path)

    def _all(self, value: Any, field: Field, path: Path, found: set[Path]) -> None:
        """A value and everything in it."""
        found.add(path)
        if _is_granular_map(value, field):
            for name, item in value.items():
                self._all(item, child(field.type, name), (*path, f"f:{name}"), found)
        elif isinstance(value, list) and is_associative(field):
            for step, item in elements(value, field).items():
                self._all(item, Field(field.element()), (*path, step), found)


_FORMS: dict[int, tuple[Obj, FieldSet]] = {}
_MOST_FORMS = 4096


def parse(fields: Obj) -> FieldSet:
    """A set from its FieldsV1 form."""
    known = _FORMS.get(id(fields))
    return known[1] if known is not None and known[0] is fields else frozenset(_parse(fields, ()))


def _parse(fields: Obj, path: Path) -> Iterator[Path]:
    for step, inner in fields.items():
        if step == ".":
            yield path
        elif inner:
            yield from _parse(inner, (*path, step))
        else:
            yield (*path, step)


@lru_cache(maxsize=_MOST_FORMS)
def dump(paths: FieldSet) -> Obj:
    """A set in its FieldsV1 form, shared by all who have the same: do not change it."""
    fields = _form(paths)
    if len(_FORMS) >= _MOST_FORMS:
        _FORMS.clear()
    _FORMS[id(fields)] = (fields, paths)
    return fields


def _form(paths: FieldSet) -> Obj:
    root: Obj = {}
    for path in sorted(paths):
        node = root
        for step in path:
            node = node.setdefault(step, {})
        node["."] = {}
    return _pruned(root)


def _pruned(node: Obj) -> Obj:
    if node.keys() == {"."}:
        return {}
    return {step: _pruned(inner) for step, inner in sorted(node.items())}


def shown(path: Path) -> str:
    """A path in a message: `.spec.containers[name="web"].image`."""
    words = []
    for step in path:
        kind, _, rest = step.partition(":")
        words.append(f".{rest}" if kind == "f" else _shown_key(step) if kind == "k" else f"[={rest}]")
    return "".join(words)


def _shown_key(step: str) -> str:
    keys: Obj = json.loads(step.partition(":")[2])
    return "[" + ",".join(f"{name}={compact(value)}" for name, value in sorted(keys.items())) + "]"
