"""Socket Mode: the websockets of the app, and envelopes with their acknowledgements."""

import asyncio
import json
import uuid
from typing import Any

from aiohttp import WSMsgType, web

from bot.playground.slack.faults import Faults
from bot.playground.slack.records import Records
from bot.playground.slack.refusal import Json

MOST = 10
"""Open sockets an app may have."""


class Sockets:
    """All open sockets. An envelope goes to one of them; its ack may come back over any."""

    def __init__(self, records: Records, faults: Faults) -> None:
        self._records, self._faults = records, faults
        self._open: list[web.WebSocketResponse] = []
        self._wires: dict[web.WebSocketResponse, asyncio.BaseTransport | None] = {}
        self._waiting: dict[str, asyncio.Future[Any]] = {}
        self._turn = 0
        self._openings = asyncio.Condition()
        self.total = 0
        """How many sockets were opened since the start."""

    @property
    def count(self) -> int:
        """How many sockets are open."""
        return len(self._open)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One websocket, from its single-use ticket to its end."""
        ticket = request.query.get("ticket", "")
        known = ticket in self._records.tickets
        self._records.tickets.discard(ticket)
        if self._faults.refused_handshakes or not known:
            self._faults.refused_handshakes = max(0, self._faults.refused_handshakes - 1)
            return web.Response(status=403, text="invalid ticket")
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        if self.count >= MOST:
            await socket.send_json(_goodbye("too_many_websockets"))
            await socket.close()
            return socket
        self._open.append(socket)
        self._wires[socket] = request.transport
        try:
            await socket.send_json(self._hello())
            async with self._openings:
                self.total += 1
                self._openings.notify_all()
            await self._listen(socket)
        finally:
            self._forget(socket)
        return socket

    async def opened(self, nth: int = 1) -> None:
        """Wait until the nth socket since the start was opened and one is open."""
        async with self._openings:
            await self._openings.wait_for(lambda: self.total >= nth and self.count > 0)

    async def send(self, kind: str, payload: Json, retry: int) -> asyncio.Future[Any]:
        """Send an envelope over the next socket; the future is its ack's payload. ConnectionError if none is open."""
        if not self._open:
            raise ConnectionError("no socket is open")
        self._turn += 1
        socket = self._open[self._turn % len(self._open)]
        envelope: Json = {
            "envelope_id": str(uuid.uuid4()),
            "type": kind,
            "accepts_response_payload": kind != "events_api",
            "payload": payload,
        }
        if kind == "events_api":
            envelope |= {"retry_attempt": retry, "retry_reason": "timeout" if retry else ""}
        acked: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting[envelope["envelope_id"]] = acked
        acked.add_done_callback(lambda _: self._waiting.pop(envelope["envelope_id"], None))
        await socket.send_json(envelope)
        return acked

    async def ask_to_leave(self, reason: str) -> None:
        """Send `disconnect` (warning, refresh_requested, link_disabled) to every socket."""
        for socket in list(self._open):
            await socket.send_json(_goodbye(reason))

    async def close(self) -> None:
        """Close every socket properly."""
        for socket in list(self._open):
            await socket.close()

    def drop(self) -> None:
        """Cut every connection without a word."""
        for socket in list(self._open):
            wire = self._wires[socket]
            self._forget(socket)
            if isinstance(wire, asyncio.WriteTransport):
                wire.abort()

    def _forget(self, socket: web.WebSocketResponse) -> None:
        if socket in self._open:
            self._open.remove(socket)
        self._wires.pop(socket, None)

    async def _listen(self, socket: web.WebSocketResponse) -> None:
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                continue
            try:
                ack = json.loads(message.data)
            except json.JSONDecodeError:
                continue
            waiting = self._waiting.get(ack.get("envelope_id", "")) if isinstance(ack, dict) else None
            if waiting is not None and not waiting.done():
                waiting.set_result(ack.get("payload", ""))

    def _hello(self) -> Json:
        return {
            "type": "hello",
            "num_connections": self.count,
            "connection_info": {"app_id": self._records.app.app_id},
            "debug_info": {"host": "applink-playground", "build_number": 54, "approximate_connection_time": 3600},
        }


def _goodbye(reason: str) -> Json:
    return {"type": "disconnect", "reason": reason, "debug_info": {"host": "wss-playground"}}
