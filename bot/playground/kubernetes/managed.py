"""`metadata.managedFields`: who set which field, kept at every write."""

from dataclasses import dataclass
from typing import Any

from bot.playground.kubernetes.conversion import stored_version
from bot.playground.kubernetes.fieldsets import Difference, FieldSet, dump, parse
from bot.playground.kubernetes.resources import Resource

Obj = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Manager:
    """One entry's owner: a name, how it writes (`Apply` or `Update`), and through which subresource."""

    name: str
    operation: str = "Update"
    subresource: str = ""
    version: str = ""

    def sentence(self) -> str:
        """The manager in a message about a conflict."""
        words = f'"{self.name}"'
        if self.subresource:
            words += f' with subresource "{self.subresource}"'
        return words if self.operation == "Apply" else f"{words} using {self.version}"


@dataclass(frozen=True, slots=True)
class Owned:
    """What a manager owns, and since when it was last changed."""

    fields: FieldSet
    time: str


Managers = dict[Manager, Owned]


def read(obj: Obj) -> Managers:
    """The entries of an object."""
    found: Managers = {}
    for entry in obj["metadata"].get("managedFields") or ():
        if not entry.get("manager"):
            continue
        manager = Manager(
            entry["manager"], entry["operation"], entry.get("subresource", ""), entry.get("apiVersion", "")
        )
        found[manager] = Owned(parse(entry.get("fieldsV1") or {}), entry.get("time", ""))
    return found


def write(obj: Obj, managers: Managers) -> None:
    """Put the entries into an object: appliers first, then by time and name; without empty ones."""
    kept = [(manager, owned) for manager, owned in managers.items() if owned.fields]
    kept.sort(key=lambda pair: (pair[0].operation, pair[1].time, pair[0].name, pair[0].subresource))
    entries = [_entry(manager, owned) for manager, owned in kept]
    if entries:
        obj["metadata"]["managedFields"] = entries
    else:
        obj["metadata"].pop("managedFields", None)


def _entry(manager: Manager, owned: Owned) -> Obj:
    time = {"time": owned.time} if owned.time else {}
    door = {"subresource": manager.subresource} if manager.subresource else {}
    return {
        "manager": manager.name,
        "operation": manager.operation,
        "apiVersion": manager.version,
        **time,
        "fieldsType": "FieldsV1",
        "fieldsV1": dump(owned.fields),
        **door,
    }


def cleared(obj: Obj) -> bool:
    """Whether the client asks to forget all managers: a list with one empty entry."""
    entries = obj["metadata"].get("managedFields")
    return isinstance(entries, list) and len(entries) == 1 and not any(entries[0].values())


def reset(paths: set[tuple[str, ...]], resource: Resource, subresource: str) -> FieldSet:
    """Without what a write through this door cannot change."""
    if resource.subresource("status") is None:
        return frozenset(paths)
    if subresource == "status":
        return frozenset(p for p in paths if p[0] != "f:spec" and p[:2] != ("f:metadata", "f:labels"))
    return frozenset(p for p in paths if p[0] != "f:status")


def track(resource: Resource, old: Obj | None, new: Obj, name: str, subresource: str, now: str) -> bool:
    """Bring the managed fields of `new` up to date after an update; answers whether the write changes anything."""
    forget = old is not None and cleared(new)
    if not forget and old is not None and same_content(old, new):
        _keep(old, new)
        return bool(old.get("kind") != new.get("kind"))
    if forget:
        new["metadata"].pop("managedFields", None)
        return True
    difference = Difference(old or {}, new, resource.type)
    changed = reset(difference.changed, resource, subresource)
    managers = read(old) if old is not None else {}
    give_up(managers, changed | frozenset(difference.removed))
    mine = Manager(name, "Update", subresource, stored_version(resource))
    before = managers.get(mine)
    if changed:
        managers[mine] = Owned((before.fields if before else frozenset()) | changed, now)
    write(new, managers)
    return True


def give_up(managers: Managers, paths: FieldSet) -> None:
    """Take fields from everybody."""
    for manager, owned in list(managers.items()):
        if owned.fields & paths:
            managers[manager] = Owned(owned.fields - paths, owned.time)


def same_content(old: Obj, new: Obj) -> bool:
    """Whether two states are the same but for their managed fields."""
    if {k: v for k, v in old.items() if k != "metadata"} != {k: v for k, v in new.items() if k != "metadata"}:
        return False
    before = {k: v for k, v in old["metadata"].items() if k != "managedFields"}
    return before == {k: v for k, v in new["metadata"].items() if k != "managedFields"}


def _keep(old: Obj, new: Obj) -> None:
    if "managedFields" in old["metadata"]:
        new["metadata"]["managedFields"] = old["metadata"]["managedFields"]
    else:
        new["metadata"].pop("managedFields", None)
