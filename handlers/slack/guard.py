"""The door for Slack's requests: nothing is read, let alone parsed, before its signature is known to be Slack's.

Bolt checks signatures itself, but answers a probe before it does, and falls over a time stamp that is no number or a
payload that is no JSON. So everything is checked here, once, and Bolt gets only what is whole.
"""

import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.clock import Clock

OLDEST = 300
"""Seconds that a request's time stamp may be off, either way; Slack's own rule."""

LARGEST = 2 * 1024 * 1024
"""Bytes of a request. A form comes back with its whole view, of at most 250 kB, written as a form field."""

Dispatch = Callable[[AsyncBoltRequest], Awaitable[BoltResponse]]


class Guard:
    """Answers POST requests of Slack: 401 for what is not signed by it, 400 for what cannot be read, else Bolt's answer."""

    def __init__(self, secret: str, dispatch: Dispatch, clock: Clock) -> None:
        self._secret = secret.encode()
        self._dispatch = dispatch
        self._clock = clock

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One request. Larger ones than the application takes are answered 413 by the server."""
        raw = await request.read()
        if not self._is_signed(request.headers, raw):
            return _refused(401, "invalid request")
        body = _read(raw)
        if body is None:
            return _refused(400, "invalid body")
        if body.get("ssl_check") == "1":
            return web.Response()
        # Bolt's mode for bodies that are read already; in the other one it would read them again, and trust them.
        whole = AsyncBoltRequest(mode="socket_mode", body=body, headers=_headers(request))
        return await to_aiohttp_response(await self._dispatch(whole))

    def _is_signed(self, headers: Mapping[str, str], raw: bytes) -> bool:
        stamp, signature = headers.get("X-Slack-Request-Timestamp", ""), headers.get("X-Slack-Signature", "")
        if not (stamp.isascii() and stamp.isdigit()) or len(stamp) > 15:
            return False
        if abs(self._clock.wall().timestamp() - int(stamp)) > OLDEST:
            return False
        wanted = hmac.new(self._secret, f"v0:{stamp}:".encode() + raw, hashlib.sha256).hexdigest()
        return hmac.compare_digest(f"v0={wanted}".encode(), signature.encode("utf-8", "replace"))


def _headers(request: web.Request) -> dict[str, str | Sequence[str]]:
    return {name: request.headers.getall(name) for name in request.headers}


def _read(raw: bytes) -> dict[str, Any] | None:
    """A form's fields, or the object of its payload or of a JSON body. None for anything else."""
    try:
        text = raw.decode("utf-8")
        fields = {} if text.startswith("{") else dict(parse_qsl(text, keep_blank_values=True))
        if fields and "payload" not in fields:
            return fields
        found = json.loads(fields.get("payload", text))
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) and _is_whole(found) else None


def _is_whole(payload: Mapping[str, object]) -> bool:
    """Whether the parts that say whose payload it is have the kinds that Slack gives them."""
    user, team = payload.get("user"), payload.get("team")
    is_by = "user" not in payload or (isinstance(user, dict) and isinstance(user.get("id"), str))
    return isinstance(payload.get("type"), str) and is_by and (team is None or isinstance(team, dict))


def _refused(status: int, why: str) -> web.Response:
    return web.json_response({"error": why}, status=status)
