"""Deliveries to the app: signed requests, or envelopes over an open socket, and the three seconds it has."""

import asyncio
import hashlib
import hmac
import json
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlencode

import aiohttp

from bot.playground.slack.faults import Faults
from bot.playground.slack.records import Records
from bot.playground.slack.refusal import Json
from bot.playground.slack.sockets import Sockets

Kind = Literal["slash_commands", "interactive", "events_api"]

RETRIES = (0.0, 60.0, 300.0)
"""Real seconds before each redelivery of an event."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What was brought to the app and what came back.

    `ack` is the answer's body: JSON where it was JSON, else text. `error` is what the person sees: operation_timeout
    after three seconds
    of silence, dispatch_failed for anything but 200; None if the app acknowledged. `status` is HTTP's, None over a
    socket.
    """

    kind: Kind
    payload: Json
    error: str | None
    ack: Any
    seconds: float
    status: int | None = None
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def acked(self) -> bool:
        """Did the app take it in time?"""
        return self.error is None


def signature(secret: str, timestamp: int, body: str) -> str:
    """Slack's v0 signature of a request body."""
    return "v0=" + hmac.new(secret.encode(), f"v0:{timestamp}:{body}".encode(), hashlib.sha256).hexdigest()


class Courier:
    """Brings payloads to the app at `events_url`, or over its sockets where that is None."""

    def __init__(self, records: Records, sockets: Sockets, faults: Faults) -> None:
        self.events_url: str | None = None
        self.budget = 3.0
        """Real seconds the app has to acknowledge."""
        self._records, self._sockets, self._faults = records, sockets, faults
        self._session: aiohttp.ClientSession | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def deliver(self, kind: Kind, payload: Json, retry: int = 0) -> Delivery:
        """One delivery. Events that fail come again three times; commands and clicks do not."""
        copies = 1
        if self._faults.duplicated_deliveries:
            self._faults.duplicated_deliveries -= 1
            copies = 2
        made = await asyncio.gather(*(self._once(kind, payload, retry) for _ in range(copies)))
        again = kind == "events_api" and retry == 0 and not made[0].acked
        if again and ("x-slack-no-retry", "1") not in made[0].headers:
            self._spawn(payload)
        return made[0]

    async def stop(self) -> None:
        """Give up what is still to be redelivered and close the connections."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _once(self, kind: Kind, payload: Json, retry: int) -> Delivery:
        began = self._records.clock.real()
        status: int | None = None
        headers: tuple[tuple[str, str], ...] = ()
        ack: Any = ""
        error = None
        try:
            async with asyncio.timeout(self.budget):
                if self.events_url is None:
                    ack = await (await self._sockets.send(kind, payload, retry))
                else:
                    status, ack, headers = await self._post(self.events_url, kind, payload, retry)
                    error = None if status == 200 else "dispatch_failed"
        except TimeoutError:
            error = "operation_timeout"
        except (ConnectionError, aiohttp.ClientError):
            error = "dispatch_failed"
        return Delivery(kind, payload, error, ack, self._records.clock.real() - began, status, headers)

    async def _post(
        self, url: str, kind: Kind, payload: Json, retry: int
    ) -> tuple[int, Any, tuple[tuple[str, str], ...]]:
        body, content_type = _encoded(kind, payload)
        now = int(self._records.clock.real_now().timestamp())
        headers = {
            "Content-Type": content_type,
            "X-Slack-Request-Timestamp": str(now),
            "X-Slack-Signature": signature(self._records.app.signing_secret, now, body),
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
        }
        if retry:
            headers |= {"X-Slack-Retry-Num": str(retry), "X-Slack-Retry-Reason": "http_timeout"}
        if self._session is None:
            self._session = aiohttp.ClientSession()
        async with self._session.post(url, data=body.encode(), headers=headers) as answer:
            text = await answer.text()
            ack = json.loads(text) if text and answer.content_type == "application/json" else text
            return answer.status, ack, tuple((name.lower(), value) for name, value in answer.headers.items())

    def _spawn(self, payload: Json) -> None:
        task = asyncio.create_task(self._insist(payload))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _insist(self, payload: Json) -> None:
        for retry, wait in enumerate(RETRIES, 1):
            if self.events_url is None:
                await self._sockets.opened()
            await self._records.clock.real_sleep(wait)
            if (await self._once("events_api", payload, retry)).acked:
                return


def _encoded(kind: Kind, payload: Json) -> tuple[str, str]:
    match kind:
        case "slash_commands":
            return urlencode(payload), "application/x-www-form-urlencoded"
        case "interactive":
            return urlencode({"payload": json.dumps(payload)}), "application/x-www-form-urlencoded"
        case "events_api":
            return json.dumps(payload), "application/json"
