"""Watches: the log from a version on, then everything new, seen through selectors."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from bot.playground.clock import PlaygroundClock
from bot.playground.kubernetes import status
from bot.playground.kubernetes.conversion import to_version
from bot.playground.kubernetes.requests import ListOptions
from bot.playground.kubernetes.resources import Resource
from bot.playground.kubernetes.selectors import FieldSelector, LabelSelector, parse_fields, parse_labels
from bot.playground.kubernetes.store import ADDED, DELETED, MODIFIED, Event, Store, TooOldError

Obj = dict[str, Any]
Seen = tuple[str, Obj]

_BOOKMARK_SECONDS = 60.0
_BEFORE_END_SECONDS = 2.0
_LONGEST_SECONDS = 2400
INITIAL_END = "k8s.io/initial-events-end"


class _Bookmark:
    """In the queue of a watch: it is time for a bookmark."""


class Filter:
    """What a watch lets through: one namespace, labels, fields."""

    def __init__(self, resource: Resource, namespace: str, options: ListOptions) -> None:
        self.resource = resource
        self.namespace = namespace
        self.labels: LabelSelector = parse_labels(options.label_selector)
        self.fields: FieldSelector = parse_fields(options.field_selector, resource)

    def matches(self, obj: Obj | None) -> bool:
        """Whether an object (in the version of the watch) is one of those watched."""
        if obj is None:
            return False
        meta = obj["metadata"]
        if self.namespace and meta.get("namespace") != self.namespace:
            return False
        return self.labels.matches(meta.get("labels")) and self.fields.matches(obj)

    def shown(self, event: Event) -> Seen | None:
        """The event as this watch sees it: an object that stops matching is deleted, with its old content."""
        old = to_version(self.resource, event.old) if event.old is not None else None
        new = to_version(self.resource, event.new)
        matched_before, matches_now = self.matches(old), event.type != DELETED and self.matches(new)
        if event.type == DELETED:
            return (DELETED, new) if self.matches(new) or matched_before else None
        if matches_now:
            return (MODIFIED if matched_before else ADDED), new
        if not matched_before or old is None:
            return None
        meta = {**old["metadata"], "resourceVersion": str(event.version)}
        return DELETED, {**old, "metadata": meta}


def start_version(options: ListOptions) -> int | None:
    """From where to watch; None: from the present state. Raises ApiError 500 for a version that is no number."""
    text = options.version
    if text in ("", "0"):
        return None
    if not text.isdigit():
        raise status.internal(
            f'resourceVersion: Invalid value: "{text}": strconv.ParseUint: parsing "{text}": invalid syntax'
        )
    return int(text)


class Watch:
    """One open watch: iterate over `events` until it ends."""

    def __init__(
        self, store: Store, clock: PlaygroundClock, resource: Resource, namespace: str, options: ListOptions
    ) -> None:
        self._store = store
        self._clock = clock
        self._filter = Filter(resource, namespace, options)
        self._options = options
        self._queue: asyncio.Queue[Event | _Bookmark | None] = asyncio.Queue()
        self._alarm: asyncio.Task[None] | None = None
        self._start = start_version(options)
        self._backlog = self._initial()
        self._unsubscribe = store.subscribe(self._queue.put_nowait, resource.storage)

    def cut(self) -> None:
        """End the watch."""
        self._queue.put_nowait(None)

    def close(self) -> None:
        """Hear nothing more."""
        self._unsubscribe()
        if self._alarm is not None:
            self._alarm.cancel()

    def _bookmark(self, *, end_of_initial: bool = False) -> Seen:
        resource = self._filter.resource
        meta: Obj = {"resourceVersion": str(self._store.version)}
        if end_of_initial:
            meta["annotations"] = {INITIAL_END: "true"}
        return "BOOKMARK", {"kind": resource.kind, "apiVersion": resource.api_version, "metadata": meta}

    def _initial(self) -> list[Seen]:
        if self._options.initial_events or (self._start is None and self._options.initial_events is None):
            found = self._present()
            if self._options.initial_events and self._options.bookmarks:
                found.append(self._bookmark(end_of_initial=True))
            return found
        if self._start is None:
            return []
        try:
            events = self._store.since(self._filter.resource.storage, self._start)
        except TooOldError as error:
            refused = status.expired(f"too old resource version: {self._start} ({error.oldest})")
            return [("ERROR", refused.as_json())]
        return [seen for seen in map(self._filter.shown, events) if seen is not None]

    def _present(self) -> list[Seen]:
        resource = self._filter.resource
        objects = (to_version(resource, o) for o in self._store.objects(resource.storage, self._filter.namespace))
        return [(ADDED, obj) for obj in objects if self._filter.matches(obj)]

    async def events(self) -> AsyncIterator[Seen]:
        """What the client is told, in order."""
        for seen in self._backlog:
            yield seen
            if seen[0] == "ERROR":
                return
        self._set_alarms()
        while True:
            event = await self._queue.get()
            if event is None:
                return
            if not isinstance(event, Event):
                yield self._bookmark()
                continue
            seen_now = self._filter.shown(event)
            if seen_now is not None and event.version > (self._start or 0):
                yield seen_now

    def _set_alarms(self) -> None:
        """The end comes when its time is over; bookmarks come once a minute and shortly before the end."""
        length = float(_LONGEST_SECONDS if self._options.timeout is None else self._options.timeout)
        alarms: list[tuple[float, _Bookmark | None]] = [(length, None)]
        if self._options.bookmarks:
            last = length - _BEFORE_END_SECONDS
            minutes = int(max(last, 0) // _BOOKMARK_SECONDS)
            alarms += [(_BOOKMARK_SECONDS * (n + 1), _Bookmark()) for n in range(minutes)]
            alarms += [(last, _Bookmark())] if last > 0 else []
        self._alarm = asyncio.get_running_loop().create_task(self._ring(sorted(alarms, key=lambda alarm: alarm[0])))

    async def _ring(self, alarms: "list[tuple[float, _Bookmark | None]]") -> None:
        passed = 0.0
        for at, what in alarms:
            await self._clock.real_sleep(at - passed)
            passed = at
            self._queue.put_nowait(what)
