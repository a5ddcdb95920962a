"""A cluster's objects of one kind, kept in memory and current: list once, then watch, and know how sure that is.

The rules, and what each is there for:

- Events are taken in the order of one stream, and a list replaces everything, so that nothing old overwrites anything
  new. What a list changed is told to the listeners as if it had been watched.
- Only a list, an event or a bookmark proves that the cache is current. Servers send a bookmark about once a minute; a
  cache without proof for about `silence` seconds is listed anew. That also finds a watch that waits for a future which
  the cluster, restored from a backup, will not reach for long: a server lets such a watch stand in silence.
- A connection cut after some life is opened again from where it stopped. All else is a failure: `error` says what, the
  wait grows and is jittered, and what comes first afterwards is a list. Between two connections nothing is known, so
  the cache is not fresh then, however young its last proof is.
- A connection can also die in silence. Whoever finds that the server does not answer calls `reopen`, so that this shows
  at once and not after `silence` seconds.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import aclosing
from random import Random
from typing import Any, Literal

from bot.adapters.kubernetes import Kind, Kubernetes, WatchEvent
from bot.clock import Clock
from bot.errors import Expired, LeadsmanError, PermanentError, TemporaryError, Throttled

Change = Literal["ADDED", "MODIFIED", "DELETED"]
Listener = Callable[[Change, dict[str, Any]], None]
_Key = tuple[str, str]

_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 30.0
_SLOW_PAUSE = 60.0
_SOME_LIFE = 5.0
_ALMOST = 0.9

_log = logging.getLogger(__name__)


class Reflector:
    """The objects of one kind in one namespace (None: in the cluster). Those handed out are shared: read them, never
    change them.

    `synced` is set after the first list. `fresh_at` is the monotonic time of the last proof that the cache is current,
    `error` what keeps it from being so, None while all is well. Of `metadata.managedFields` who wrote and when is kept;
    the list of fields, often half of an object, only where the kind says so.
    """

    def __init__(
        self,
        kubernetes: Kubernetes,
        kind: Kind,
        namespace: str | None,
        *,
        selector: str = "",
        clock: Clock,
        random: Random,
        silence: float = 90.0,
        lasts: float = 300.0,
    ) -> None:
        self.kind = kind
        self.namespace = namespace
        self.synced = asyncio.Event()
        self.fresh_at: float | None = None
        self.error: LeadsmanError | None = None
        self._kubernetes = kubernetes
        self._selector = selector
        self._clock = clock
        self._random = random
        self._silence = silence
        self._lasts = lasts
        self._objects: dict[_Key, dict[str, Any]] = {}
        self._listeners: list[Listener] = []
        self._version: str | None = None
        self._failures = 0
        self._watching = True
        self._limit: asyncio.Timeout | None = None
        self._answered = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin, in a task of its own; a second call does nothing."""
        if self._task is None:
            name = f"reflector of {self.kind.resource} in {self._kubernetes.name}"
            self._task = asyncio.create_task(self._run(), name=name)

    async def stop(self) -> None:
        """End the task and its connection, and wait until both are gone. The cache stays readable and grows old."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
            self._task = None

    async def ready(self) -> None:
        """Wait for the first list; raises what prevented it as soon as an attempt has failed."""
        await self._answered.wait()
        if not self.synced.is_set() and self.error is not None:
            raise self.error

    def get(self, name: str, namespace: str | None = None) -> dict[str, Any] | None:
        """One object, None if there is none. Only a reflector of the whole cluster needs the namespace."""
        return self._objects.get((namespace or self.namespace or "", name))

    def items(self) -> tuple[dict[str, Any], ...]:
        """All objects, in no order that means anything."""
        return tuple(self._objects.values())

    def is_fresh(self, max_age: float) -> bool:
        """Whether the cache was proven current within the last `max_age` real seconds, and is being kept so."""
        return self._watching and self._was_proven(max_age)

    def has_reached(self, version: int) -> bool:
        """Whether everything up to this resourceVersion is in the cache.

        They may be compared as numbers: Kubernetes promises that since 1.35, and every server that keeps its objects
        in etcd did so before. Where they are none, the cache is believed.
        """
        return not (self._version or "").isdecimal() or int(self._version or "") >= version

    def reopen(self) -> None:
        """Doubt the connection, if there is one: it ends as if it had been cut, and is opened again by the same rules."""
        if self._limit is not None:
            self._limit.reschedule(0.0)
            self._limit = None

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` for each change from now on, in order, from the event loop; returns what ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def _run(self) -> None:
        while True:
            pause = 0.0
            try:
                if self._version is None or not self._was_proven(_ALMOST * self._silence):
                    await self._list()
                pause = await self._watch(self._version or "")
            except LeadsmanError as error:
                pause = self._failed(error)
            except Exception:  # noqa: BLE001
                # A mistake of ours must not leave a cache that grows old in silence.
                _log.exception("the reflector of %s failed", self.kind.resource)
                pause = self._failed(
                    LeadsmanError(f"Watching {self.kind.resource} failed in the bot itself: see its log.")
                )
            if pause:
                self._watching = False
                await self._clock.real_sleep(pause)
                self._watching = self.error is None

    async def _list(self) -> None:
        listing = await self._kubernetes.list(self.kind, self.namespace, selector=self._selector)
        self._version = listing.resource_version
        self._replace(listing.items)
        self._proven()
        self.synced.set()
        self._answered.set()

    async def _watch(self, version: str) -> float:
        """One connection, to its end.

        Returns how long to wait before the next one; a short life counts as a failure in that.
        """
        began = self._clock.monotonic()
        useful = False
        try:
            async with asyncio.timeout(None) as self._limit, aclosing(self._connection(version)) as events:
                async for event in events:
                    self._take(event)
                    useful = True
        except TimeoutError:
            _log.info("the watch of %s is opened again: a call to its cluster was not answered", self.kind.resource)
        except TemporaryError as error:
            if isinstance(error, Expired) or not (useful or self._lived(began)):
                raise
        finally:
            self._limit = None
        if self._lived(began):
            self._failures = 0
            return 0.0
        self._failures += 1
        return self._backoff()

    def _connection(self, version: str) -> AsyncGenerator[WatchEvent, None]:
        # Not all at the same length, so that the watches of a cluster do not all come back at one moment.
        lasts = self._lasts * self._random.uniform(0.8, 1.2)
        return self._kubernetes.watch(
            self.kind, self.namespace, version, selector=self._selector, lasts=lasts, silence=self._silence
        )

    def _lived(self, began: float) -> bool:
        return self._clock.monotonic() - began >= _SOME_LIFE

    def _failed(self, error: LeadsmanError) -> float:
        """Note a failure and return how long to wait before the next attempt, in real seconds."""
        self._failures += 1
        if not isinstance(error, Throttled):
            self._version = None
        if isinstance(error, Expired) and self._failures == 1:
            return 0.0
        self.error = error
        self._answered.set()
        if isinstance(error, PermanentError):
            # A role may be granted or a definition installed at any time, so it is still asked, but seldom.
            return _SLOW_PAUSE * self._random.uniform(0.8, 1.2)
        named = error.delay if isinstance(error, TemporaryError) and error.delay else 0.0
        return max(named * self._random.uniform(1.0, 1.2), self._backoff())

    def _backoff(self) -> float:
        longest = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2.0 ** min(self._failures - 1, 10))
        return longest * self._random.uniform(0.5, 1.0)

    def _proven(self) -> None:
        self.fresh_at = self._clock.monotonic()
        self.error = None
        self._watching = True

    def _was_proven(self, max_age: float) -> bool:
        return self.fresh_at is not None and self._clock.monotonic() - self.fresh_at <= max_age

    def _take(self, event: WatchEvent) -> None:
        if event.resource_version:
            self._version = event.resource_version
        self._proven()
        if event.type == "BOOKMARK":
            return
        if event.type == "DELETED":
            if self._objects.pop(_key(event.object), None) is not None:
                self._tell("DELETED", event.object)
            return
        self._put(event.object)

    def _put(self, thing: dict[str, Any]) -> None:
        key = _key(thing)
        known = self._objects.get(key)
        if known is not None and _version(known) == _version(thing) != "":
            return
        if not self.kind.authored:
            for manager in thing.get("metadata", {}).get("managedFields", ()):
                manager.pop("fieldsV1", None)
        if known is not None and _uid(known) != _uid(thing):
            # Deleted and made again between two lists: another object that only has the name in common.
            del self._objects[key]
            self._tell("DELETED", known)
            known = None
        self._objects[key] = thing
        self._tell("ADDED" if known is None else "MODIFIED", thing)

    def _replace(self, things: Iterable[dict[str, Any]]) -> None:
        """Take a list as the whole truth and tell the differences, what is gone first."""
        listed = {_key(thing): thing for thing in things}
        for key in [key for key in self._objects if key not in listed]:
            self._tell("DELETED", self._objects.pop(key))
        for thing in listed.values():
            self._put(thing)

    def _tell(self, change: Change, thing: dict[str, Any]) -> None:
        for listener in tuple(self._listeners):
            try:
                listener(change, thing)
            except Exception:  # noqa: BLE001
                # One listener's mistake must not stop the others, nor the watch.
                _log.exception("a listener failed on %s of %s", change, self.kind.resource)


def _key(thing: dict[str, Any]) -> _Key:
    metadata = thing.get("metadata") or {}
    return str(metadata.get("namespace", "")), str(metadata.get("name", ""))


def _version(thing: dict[str, Any]) -> str:
    return str((thing.get("metadata") or {}).get("resourceVersion", ""))


def _uid(thing: dict[str, Any]) -> str:
    return str((thing.get("metadata") or {}).get("uid", ""))
