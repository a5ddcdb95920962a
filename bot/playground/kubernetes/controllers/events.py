"""The Events that controllers write about what they do."""

from datetime import datetime
from typing import Any

from bot.playground.kubernetes import resources
from bot.playground.kubernetes.registry import Registry
from bot.playground.kubernetes.status import ApiError

Obj = dict[str, Any]

_COMBINED = "(combined from similar events)"
_SIMILAR = 10
_REFILL_SECONDS = 300.0


class Recorder:
    """Writes Events for one component. `burst`: about one object it writes so many, then one every five minutes."""

    def __init__(self, registry: Registry, component: str, *, burst: int | None = None) -> None:
        self._registry = registry
        self._component = component
        self._counted: dict[tuple[str, str, str], str] = {}
        self._messages: dict[tuple[str, str], set[str]] = {}
        self._burst = burst
        self._left: dict[str, tuple[float, datetime]] = {}

    def record(self, about: Obj, reason: str, message: str, kind: str = "Normal") -> None:
        """Tell what happened to an object; the same thing again is counted, not repeated."""
        meta = about["metadata"]
        namespace = meta.get("namespace", "default")
        if not self._may(meta["uid"]):
            return
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

    def _may(self, uid: str) -> bool:
        """Whether one more Event about the object is let through."""
        if self._burst is None:
            return True
        now = self._registry.clock.now()
        left, since = self._left.get(uid, (float(self._burst), now))
        left = min(left + (now - since).total_seconds() / _REFILL_SECONDS, float(self._burst))
        self._left[uid] = (left - 1 if left >= 1 else left), now
        return left >= 1

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
