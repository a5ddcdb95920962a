"""The page's own endpoints: what a person sees, live, and what they do.

Everything that acts takes JSON only, which a foreign web page cannot send here without asking first.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from aiohttp import web

from bot.playground.slack.changes import Change
from bot.playground.slack.courier import Delivery
from bot.playground.slack.modals import Modals
from bot.playground.slack.people import People
from bot.playground.slack.records import Records
from bot.playground.slack.refusal import GoneError, ImpossibleError, Json, RefusalError
from bot.playground.slack.sight import Sight

SITE = Path(__file__).parent / "site"
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data: http: https:"
)


@dataclass(frozen=True, slots=True)
class Welcome:
    """What the page says before anything happened: its title, a sentence, and what to type first."""

    title: str = "Playground"
    hint: str = "Nothing has happened here yet. Type this and press Enter:"
    suggestion: str = "/deploy checkout v1.4.2 prod"


class Page:
    """Serves the page, its live stream, and the acts of whoever it is told to be."""

    def __init__(self, records: Records, people: People, modals: Modals, welcome: Welcome) -> None:
        self._records, self._people, self._modals, self._welcome = records, people, modals, welcome
        self._sight = Sight(records)
        self._streams: set[asyncio.Queue[Change | None]] = set()
        self._acts: dict[str, Callable[[Json], Awaitable[Json]]] = {
            "command": self._command,
            "say": self._say,
            "press": self._press,
            "submit": self._submit,
            "close": self._close,
            "suggest": self._suggest,
            "home": self._home,
        }

    def route(self, app: web.Application) -> None:
        """Add the page's routes."""
        app.router.add_get("/", self._index)
        app.router.add_get("/archives/{channel}/{message}", self._index)
        app.router.add_static("/site", SITE)
        app.router.add_get("/web/start", self._start)
        app.router.add_get("/web/seen", self._seen)
        app.router.add_get("/web/stream", self._stream)
        app.router.add_post("/web/{act}", self._act)

    def stop(self) -> None:
        """End the live streams."""
        for stream in self._streams:
            stream.put_nowait(None)

    async def _index(self, request: web.Request) -> web.Response:
        headers = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-store"}
        return web.Response(text=(SITE / "page.html").read_text(), content_type="text/html", headers=headers)

    async def _start(self, request: web.Request) -> web.Response:
        return web.json_response(self._sight.workspace() | {"welcome": asdict(self._welcome)})

    async def _seen(self, request: web.Request) -> web.Response:
        who = self._records.directory.person(request.query.get("user", ""))
        return web.json_response(self._sight.of(who.id))

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        user = self._records.directory.person(request.query.get("user", "")).id
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        stream: asyncio.Queue[Change | None] = asyncio.Queue()
        end = self._records.bulletin.subscribe(stream.put_nowait)
        self._streams.add(stream)
        try:
            await response.prepare(request)
            await response.write(b"event: ready\ndata: {}\n\n")
            while (change := await stream.get()) is not None:
                if self._sight.shows(user, change):
                    told = {"kind": change.kind, "body": self._sight.body(change), "channel": change.channel}
                    await response.write(f"data: {json.dumps(told)}\n\n".encode())
        except (ConnectionError, asyncio.CancelledError):
            return response
        finally:
            end()
            self._streams.discard(stream)
        return response

    async def _act(self, request: web.Request) -> web.Response:
        act = self._acts.get(request.match_info["act"])
        if act is None:
            return web.json_response({"sentence": "There is no such act."}, status=404)
        if request.content_type != "application/json":
            return web.json_response({"sentence": "Acts are sent as JSON."}, status=415)
        try:
            return web.json_response(await act(await request.json()))
        except GoneError as late:
            return web.json_response({"sentence": str(late)})
        except (ImpossibleError, RefusalError) as no:
            return web.json_response({"sentence": str(no)}, status=400)

    async def _command(self, told: Json) -> Json:
        return _outcome(await self._people.command(told["user"], told["channel"], told["text"], told.get("thread_ts")))

    async def _say(self, told: Json) -> Json:
        await self._people.say(told["user"], told["channel"], told["text"], told.get("thread_ts"))
        return {}

    async def _press(self, told: Json) -> Json:
        where: dict[str, Any] = {"block_id": told.get("block_id"), "values": told.get("values")}
        press = self._modals.press if told["place"].startswith("V") else self._people.press
        return _outcome(await press(told["user"], told["place"], told["action_id"], told.get("value"), **where))

    async def _submit(self, told: Json) -> Json:
        wrong = self._modals.unready(told["user"], told["view_id"], told.get("values"))
        if wrong:
            return {"errors": wrong}
        delivery = await self._modals.submit(told["user"], told["view_id"])
        return _outcome(delivery) | {"errors": self._modals.errors.get(told["view_id"], {})}

    async def _close(self, told: Json) -> Json:
        await self._modals.close(told["user"], told["view_id"], whole_stack=bool(told.get("whole_stack")))
        return {}

    async def _suggest(self, told: Json) -> Json:
        offered = await self._people.suggest(told["user"], told["place"], told["action_id"], told.get("typed", ""))
        return {"options": offered}

    async def _home(self, told: Json) -> Json:
        delivery = await self._people.open_home(told["user"])
        return _outcome(delivery) if delivery else {}


def _outcome(delivery: Delivery) -> Json:
    return {"error": delivery.error}
