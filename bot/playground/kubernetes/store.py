"""Where the objects live: one counter of versions, an index by kind and namespace, and a log of what happened.

Objects in the store are never changed in place: a write puts a new one. Whoever takes one out may share it, but must copy what it
wants to change.
"""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from bot.playground.kubernetes.indexes import Indexes

Obj = dict[str, Any]
Key = tuple[str, str]

ADDED, MODIFIED, DELETED = "ADDED", "MODIFIED", "DELETED"
_FIRST_VERSION = 1000


@dataclass(frozen=True, slots=True)
class Event:
    """One write: what the object was, what it is (of a deletion: its last state, with the deletion's version)."""

    version: int
    type: str
    storage: str
    old: Obj | None
    new: Obj

    @property
    def key(self) -> Key:
        """Namespace (empty for cluster-scoped kinds) and name."""
        return key_of(self.new)


Listener = Callable[[Event], None]


def key_of(obj: Obj) -> Key:
    """Namespace (empty for cluster-scoped kinds) and name of an object."""
    meta = obj["metadata"]
    return meta.get("namespace", ""), meta["name"]


class TooOldError(Exception):
    """The version is no longer in the log; `oldest` still is."""

    def __init__(self, oldest: int) -> None:
        super().__init__(f"the log begins at {oldest}")
        self.oldest = oldest


class Store:
    """All objects of a cluster. `history` events are kept; asking for older versions is refused."""

    def __init__(self, history: int = 20_000) -> None:
        self.version = _FIRST_VERSION
        self.oldest = _FIRST_VERSION
        self._history = history
        self._objects: dict[str, dict[str, dict[str, Obj]]] = {}
        self._log: deque[Event] = deque()
        self._listeners: list[Listener] = []
        self._by_storage: dict[str, list[Listener]] = {}
        self._indexes = Indexes()

    def get(self, storage: str, namespace: str, name: str) -> Obj | None:
        """The object, shared: do not change it."""
        return self._objects.get(storage, {}).get(namespace, {}).get(name)

    def objects(self, storage: str, namespace: str = "") -> list[Obj]:
        """The objects of a kind, of one namespace or of all, ordered by namespace and name."""
        spaces = self._objects.get(storage, {})
        if namespace:
            space = spaces.get(namespace, {})
            return [space[name] for name in sorted(space)]
        return [spaces[ns][name] for ns in sorted(spaces) for name in sorted(spaces[ns])]

    def each(self, storage: str, namespace: str) -> Iterator[Obj]:
        """The objects of one namespace in no order, without copying."""
        return iter(list(self._objects.get(storage, {}).get(namespace, {}).values()))

    def count(self, storage: str, namespace: str) -> int:
        """How many objects of a kind a namespace holds."""
        return len(self._objects.get(storage, {}).get(namespace, {}))

    def storages(self) -> list[str]:
        """The kinds that ever had an object."""
        return list(self._objects)

    def put(self, storage: str, obj: Obj) -> Obj:
        """Store a new state under the next version and tell the listeners. The object is the store's from now on."""
        namespace, name = key_of(obj)
        space = self._objects.setdefault(storage, {}).setdefault(namespace, {})
        old = space.get(name)
        self.version += 1
        obj["metadata"]["resourceVersion"] = str(self.version)
        space[name] = obj
        self._record(Event(self.version, MODIFIED if old else ADDED, storage, old, obj))
        return obj

    def delete(self, storage: str, namespace: str, name: str) -> Obj:
        """Remove an object; answers its last state under the deletion's version."""
        old = self._objects[storage][namespace].pop(name)
        self.version += 1
        last = {**old, "metadata": {**old["metadata"], "resourceVersion": str(self.version)}}
        self._record(Event(self.version, DELETED, storage, old, last))
        return last

    def owned(self, storage: str, uid: str) -> list[Obj]:
        """The objects that the owner with this uid controls."""
        return self._found(storage, self._indexes.owned(storage, uid))

    def free(self, storage: str, namespace: str) -> list[Obj]:
        """The objects of a namespace that nobody controls."""
        return self._found(storage, self._indexes.free(storage, namespace))

    def pods_like(self, namespace: str, selector: dict[str, str]) -> list[Obj]:
        """The pods that carry all these labels; none for no labels."""
        if not selector:
            return []
        name, value = next(iter(selector.items()))
        found = self._found("pods", self._indexes.labelled(namespace, name, value))
        return [pod for pod in found if selector.items() <= pod["metadata"]["labels"].items()]

    def _found(self, storage: str, keys: list[Key]) -> list[Obj]:
        return [self._objects[storage][namespace][name] for namespace, name in keys]

    def _record(self, event: Event) -> None:
        self._indexes.move(event.storage, event.key, event.old, None if event.type == DELETED else event.new)
        self._log.append(event)
        while len(self._log) > self._history:
            self.oldest = self._log.popleft().version
        for listener in (*self._by_storage.get(event.storage, ()), *self._listeners):
            listener(event)

    def since(self, storage: str, version: int) -> list[Event]:
        """What happened to a kind after a version. Raises TooOldError."""
        if version < self.oldest:
            raise TooOldError(self.oldest)
        found: list[Event] = []
        for event in reversed(self._log):
            if event.version <= version:
                break
            if event.storage == storage:
                found.append(event)
        found.reverse()
        return found

    def list_at(self, storage: str, namespace: str, version: int) -> list[Obj]:
        """The objects as they were at a version. Raises TooOldError."""
        then = {key_of(obj): obj for obj in self.objects(storage)}
        for event in reversed(self.since(storage, version)):
            if event.old is None:
                then.pop(event.key, None)
            else:
                then[event.key] = event.old
        return [then[key] for key in sorted(then) if not namespace or key[0] == namespace]

    def compact(self) -> None:
        """Forget the log: every earlier version is too old from now on."""
        self._log.clear()
        self.oldest = self.version

    def subscribe(self, listener: Listener, storage: str = "") -> Callable[[], None]:
        """Be called with every write (of one kind); answers how to stop."""
        listeners = self._by_storage.setdefault(storage, []) if storage else self._listeners
        listeners.append(listener)
        return lambda: listeners.remove(listener)
