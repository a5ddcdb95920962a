"""The ReplicaSets and pods of a namespace, found by their controller without looking through all of them."""

from collections.abc import Iterable
from typing import Any

from bot.adapters.reflector import Change, Reflector
from strategies.native.sight import controller_uid


class Owners:
    """What a reflector keeps, by the uid of the owning controller; follows the reflector from then on."""

    def __init__(self, reflector: Reflector) -> None:
        self._owned: dict[str, dict[str, dict[str, Any]]] = {}
        for thing in reflector.items():
            self._take("ADDED", thing)
        reflector.subscribe(self._take)

    def of(self, uids: Iterable[str]) -> list[dict[str, Any]]:
        """All that these controllers own."""
        return [thing for uid in uids for thing in self._owned.get(uid, {}).values()]

    def _take(self, change: Change, thing: dict[str, Any]) -> None:
        owner, uid = controller_uid(thing) or "", thing["metadata"]["uid"]
        if change != "DELETED":
            self._owned.setdefault(owner, {})[uid] = thing
            return
        owned = self._owned.get(owner, {})
        owned.pop(uid, None)
        if not owned:
            self._owned.pop(owner, None)
