"""Socket Mode: Slack reaches us through a connection that we open, and that we watch.

Slack's client reconnects by itself, but after a refused handshake it tries the same single-use address for ever, and a
connection can be open and dead. So whenever it has not been connected, and greeted, for some seconds, it is thrown away
and built anew, with a fresh address.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

import aiohttp
import structlog
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.web.async_client import AsyncWebClient

from bot.clock import Clock

PING = 5.0
"""Real seconds between two pings. A connection that answers none is closed after half of that."""

LOOK = 0.5
GRACE = 8.0
"""Real seconds that Slack's own client has to connect, or to connect again, before it is built anew.

They are counted in looks, for what this process itself was held up by is no fault of the connection's.
"""
_PEEK = LOOK / 5

LONGEST = 10.0
"""Real seconds between two attempts at most: with `GRACE`, below the half minute in which events must flow again."""

log = structlog.get_logger("slack")


class SocketMode:
    """Start it, ask whether it is connected, stop it."""

    def __init__(self, app: AsyncApp, token: str, client: AsyncWebClient, clock: Clock) -> None:
        """`client` has no token but the address and the proxy of the Web API; `token` is the app-level one."""
        self._app = app
        self._token = token
        self._client = client
        self._clock = clock
        self._handler: AsyncSocketModeHandler | None = None
        self._connecting: asyncio.Task[None] | None = None
        self._greeted = False
        self._is_up = False
        self._watch: asyncio.Task[None] | None = None

    @property
    def is_up(self) -> bool:
        """Whether events could flow when that was last looked at."""
        return self._is_up

    async def _is_connected(self) -> bool:
        """Whether events can flow: connected, greeted by Slack, and answering pings."""
        return self._greeted and self._handler is not None and bool(await self._handler.client.is_connected())

    def start(self) -> None:
        """Connect, and stay connected."""
        self._watch = asyncio.create_task(self._stay(), name="socket mode")

    async def stop(self) -> None:
        """Close the connection. What came in has been acknowledged or will be delivered to somebody else."""
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)
        await self._throw_away()
        self._is_up = False

    async def _stay(self) -> None:
        pause = 1.0
        while True:
            try:
                if await self._stands():
                    pause = 1.0
                    continue
            except Exception:
                log.exception("the watch over the connection to Slack stumbled")
            log.warning("no connection to Slack; connecting anew", pause=pause)
            await self._throw_away()
            await self._clock.real_sleep(pause)
            pause = min(pause * 2, LONGEST)

    async def _stands(self) -> bool:
        """Whether the connection stands, a moment later."""
        was_up = self._is_up
        if self._handler is None:
            self._build()
        if not await self._comes_up():
            return False
        if not was_up:
            log.info("connected to Slack")
        await self._clock.real_sleep(LOOK)
        return True

    async def _comes_up(self) -> bool:
        """Whether the connection stands, or does so again within the grace."""
        looks = 0
        while not await self._is_connected():
            self._is_up = False
            if looks * _PEEK > GRACE:
                return False
            await self._clock.real_sleep(_PEEK)
            looks += 1
        self._is_up = True
        return True

    def _build(self) -> None:
        self._greeted = False
        handler = AsyncSocketModeHandler(
            self._app, self._token, web_client=self._client, proxy=self._client.proxy, ping_interval=PING
        )
        handler.client.proxy = self._client.proxy
        handler.client.message_listeners.append(self._on_message)
        self._handler = handler
        self._connecting = asyncio.create_task(self._connect(handler), name="socket mode connecting")

    async def _connect(self, handler: AsyncSocketModeHandler) -> None:
        await handler.connect_async()  # type: ignore[no-untyped-call]

    async def _on_message(self, _: AsyncBaseSocketModeClient, message: Mapping[str, Any], __: str | None) -> None:
        if message.get("type") == "hello":
            self._greeted = True

    async def _throw_away(self) -> None:
        """Close what there is, with all its tasks."""
        handler, self._handler = self._handler, None
        if handler is None:
            return
        client = handler.client
        try:
            await handler.close_async()  # type: ignore[no-untyped-call]
        except (OSError, RuntimeError, aiohttp.ClientError) as error:
            log.info("a connection did not close cleanly", error=type(error).__name__)
        tasks = [self._connecting, client.message_processor, client.current_session_monitor, client.message_receiver]
        left = [task for task in tasks if task is not None]
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        await client.aiohttp_client_session.close()
