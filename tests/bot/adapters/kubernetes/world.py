"""A small cluster for the reflector's tests: objects of one kind, a history, watches, and all that can go wrong with them."""

import asyncio
import json
from collections import deque
from collections.abc import Callable
from typing import Any

from aiohttp import web

from tests.bot.adapters.kubernetes.servers import Answer

EXPIRED = {"kind": "Status", "message": "too old resource version: 1 (9)", "reason": "Expired", "code": 410}


class World:
    """Objects with names; each change has a number and is sent to every watch, as the API server does."""

    def __init__(self) -> None:
        self.objects: dict[str, dict[str, Any]] = {}
        self.version = 100
        self.forgotten = 0
        self.next_answers: deque[Answer] = deque()
        self.after_list: Callable[[], None] | None = None
        self.mute = False
        self.asked: list[dict[str, str]] = []
        self.watches: list[asyncio.Queue[bytes | str]] = []
        self._history: list[tuple[int, bytes]] = []
        self._uids = 0

    @property
    def lists(self) -> int:
        return sum("watch" not in query for query in self.asked)

    def put(self, name: str, value: str = "") -> None:
        known = self.objects.get(name)
        self._uids += known is None
        uid = str(self._uids) if known is None else known["metadata"]["uid"]
        self._happen("ADDED" if known is None else "MODIFIED", name, uid, value)

    def delete(self, name: str) -> None:
        thing = self.objects[name]
        self._happen("DELETED", name, thing["metadata"]["uid"], thing["data"]["value"])
        del self.objects[name]

    def bookmark(self) -> None:
        self.version += 1
        thing = {"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"resourceVersion": str(self.version)}}
        self._send(_line("BOOKMARK", thing))

    def forget(self) -> None:
        """Compact: whoever asks for an earlier moment is told that it is too old."""
        self.forgotten = self.version
        self._history.clear()

    def restore(self, version: int) -> None:
        """Go back to an earlier moment, as a cluster restored from a backup does; what was later never happened."""
        self.version = version
        self._history.clear()

    def expire(self) -> None:
        """Tell every watch in its middle that it is too old."""
        self._send(_line("ERROR", EXPIRED))
        self._send("end")

    def end(self, how: str = "end") -> None:
        """End every watch: `end` as the server does after timeoutSeconds, `cut` as a network does."""
        self._send(how)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(dict(request.query))
        if self.next_answers:
            return await self.next_answers.popleft()(request)
        if "watch" in request.query:
            return await self._watch(request)
        said = {"metadata": {"resourceVersion": str(self.version)}, "items": list(self.objects.values())}
        response = web.json_response(said)
        if self.after_list:
            self.after_list()
        return response

    async def _watch(self, request: web.Request) -> web.StreamResponse:
        since = int(request.query["resourceVersion"])
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        await response.prepare(request)
        if since < self.forgotten:
            await response.write(_line("ERROR", EXPIRED))
            return response
        queue: asyncio.Queue[bytes | str] = asyncio.Queue()
        self.watches.append(queue)
        for version, line in self._history:
            if version > since:
                queue.put_nowait(line)
        try:
            await self._feed(request, response, queue)
        finally:
            self.watches.remove(queue)
        return response

    async def _feed(
        self, request: web.Request, response: web.StreamResponse, queue: asyncio.Queue[bytes | str]
    ) -> None:
        while True:
            match await queue.get():
                case bytes() as line:
                    await response.write(line)
                case "cut":
                    assert request.transport is not None
                    request.transport.close()
                    return
                case _:
                    return

    def _happen(self, change: str, name: str, uid: str, value: str) -> None:
        self.version += 1
        metadata = {"name": name, "namespace": "shop", "uid": uid, "resourceVersion": str(self.version)}
        thing = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"value": value}}
        self.objects[name] = thing
        line = _line(change, thing)
        self._history.append((self.version, line))
        self._send(line)

    def _send(self, what: bytes | str) -> None:
        if not self.mute:
            for queue in self.watches:
                queue.put_nowait(what)


def _line(kind: str, thing: dict[str, Any]) -> bytes:
    return json.dumps({"type": kind, "object": thing}).encode() + b"\n"
