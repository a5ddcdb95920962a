"""The Events that controllers write about what they do."""

from typing import Any

from bot.playground.kubernetes import resources
from bot.playground.kubernetes.registry import Registry
from bot.playground.kubernetes.status import ApiError

Obj = dict[str, Any]

_COMBINED = "(combined from similar events)"
_SIMILAR = 10


class Recorder:
    """Writes Events for one component."""

    def __init__(self, registry: Registry, component: str) -> None:
        self._registry = registry
        self._component = component
        self._counted: dict[tuple[str, str, str], str] = {}
        self._messages: dict[tuple[str, str], set[str]] = {}

    def record(self, about: Obj, reason: str, message: str, kind: str = "Normal") -> None:
        """Tell what happened to an object; the same thing again is counted, not repeated."""
        meta = about["metadata"]
        namespace = meta.get("namespace", "default")
        message = self._combined(meta["uid"], reason, message)
        key = (meta["uid"], reason, message.partition(":")[0] if message.startswith(_COMBINED) else message)
        if self._count_again(namespace, key):
            return
        name = f"{meta['name']}.{self._registry.event_number():016x}"
        now = self._registry.now()
        event: Obj = {
            "kind": "Event",
            "apiVersion": "v1",
            "metadata": {"name": name},
            "involvedObject": {
                "kind": about["kind"],
                "namespace": namespace,
                "name": meta["name"],
                "uid": meta["uid"],
                "apiVersion": about["apiVersion"],
                "resourceVersion": meta["resourceVersion"],
            },
            "reason": reason,
            "message": message,
            "source": {"component": self._component},
            "firstTimestamp": now,
            "lastTimestamp": now,
            "count": 1,
            "type": kind,
            "reportingComponent": "" if message.startswith(_COMBINED) else self._component,
        }
        try:
            self._registry.create(resources.stored("events"), namespace, event)
        except ApiError:
            return
        self._counted[key] = name

    def _combined(self, uid: str, reason: str, message: str) -> str:
        """After ten different messages about one thing, the recorder writes no more of their kind."""
        seen = self._messages.setdefault((uid, reason), set())
        if message in seen:
            return message
        if len(seen) >= _SIMILAR - 1:
            return f"{_COMBINED}: {message}"
        seen.add(message)
        return message

    def _count_again(self, namespace: str, key: tuple[str, str, str]) -> bool:
        name = self._counted.get(key)
        event = self._registry.store.get("events", namespace, name) if name else None
        if event is None:
            return False
        resource = resources.stored("events")
        self._registry.change(resource, event, count=event.get("count", 1) + 1, lastTimestamp=self._registry.now())
        return True
