"""The door for Slack's requests, knocked at over HTTP with signatures of our own making."""

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest
from aiohttp import web
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.clock import ManualClock
from handlers.slack.guard import Guard

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
VECTOR = (
    "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar"
    "&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com"
    "%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
    "&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
)
"""The example of Slack's documentation, with the signature that stands there."""
NOW = 1531420618
WANTED = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"


def signature(body: str | bytes, stamp: str) -> str:
    raw = body.encode() if isinstance(body, str) else body
    return "v0=" + hmac.new(SECRET.encode(), f"v0:{stamp}:".encode() + raw, hashlib.sha256).hexdigest()


class Door:
    """A guard behind a server, and what came through it."""

    def __init__(self) -> None:
        self.let_in: list[AsyncBoltRequest] = []
        self.url = ""

    async def dispatch(self, request: AsyncBoltRequest) -> BoltResponse:
        self.let_in.append(request)
        return BoltResponse(status=200, body="")

    async def knock(
        self, body: str | bytes, stamp: str | None = None, signed: str | None = None, **headers: str
    ) -> tuple[int, Any]:
        stamp = str(NOW) if stamp is None else stamp
        sent = {"Content-Type": "application/x-www-form-urlencoded", "X-Slack-Request-Timestamp": stamp}
        sent |= {"X-Slack-Signature": signature(body, stamp) if signed is None else signed} | headers
        raw = body.encode() if isinstance(body, str) else body
        async with aiohttp.ClientSession() as session, session.post(self.url, data=raw, headers=sent) as answer:
            text = await answer.text()
            return answer.status, json.loads(text) if answer.content_type == "application/json" else text


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    made = Door()
    clock = ManualClock(datetime.fromtimestamp(NOW, UTC))
    application = web.Application(client_max_size=10_000)
    application.router.add_post("/slack/events", Guard(SECRET, made.dispatch, clock).handle)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    yield made
    await runner.cleanup()


REFUSED = (401, {"error": "invalid request"})


async def test_the_example_of_slacks_documentation_is_let_in(door: Door) -> None:
    assert (await door.knock(VECTOR, signed=WANTED))[0] == 200
    assert door.let_in[0].body["command"] == "/webhook-collect"


@pytest.mark.parametrize("off", [299, -299, 300])
async def test_a_few_minutes_off_are_allowed(door: Door, off: int) -> None:
    assert (await door.knock(VECTOR, str(NOW + off)))[0] == 200


@pytest.mark.parametrize(
    "stamp",
    ["", "yesterday", str(NOW - 301), str(NOW + 301), "-1", "1e9", "²", str(NOW) + ".5", "9" * 400, f" {NOW}x"],
)
async def test_a_time_stamp_that_is_old_early_or_none_is_refused_calmly(door: Door, stamp: str) -> None:
    sent = stamp if stamp.isascii() else ""
    assert await door.knock(VECTOR, sent, signed=signature(VECTOR, stamp)) == REFUSED
    assert door.let_in == []


@pytest.mark.parametrize("signed", ["", "v0=", WANTED[:-1] + "4", WANTED.upper(), "v1" + WANTED[2:], "v0=ÿ"])
async def test_a_signature_that_is_missing_or_wrong_is_refused_calmly(door: Door, signed: str) -> None:
    assert await door.knock(VECTOR, signed=signed) == REFUSED


async def test_a_body_that_was_changed_after_signing_is_refused(door: Door) -> None:
    assert await door.knock(VECTOR + "&text=more", signed=WANTED) == REFUSED


async def test_a_probe_is_answered_only_when_it_is_signed(door: Door) -> None:
    assert await door.knock("ssl_check=1&token=x", signed="v0=0") == REFUSED
    assert await door.knock("ssl_check=1&token=x") == (200, "")
    assert door.let_in == []


@pytest.mark.parametrize(
    "body",
    [
        "payload=",
        "payload=%7Bnot+json",
        "payload=null",
        "payload=%5B1%5D",
        "payload=7",
        urlencode({"payload": "[" * 3000}),
        urlencode({"payload": '{"type": 1}'}),
        urlencode({"payload": '{"type": "block_actions", "user": "U1"}'}),
        urlencode({"payload": '{"type": "block_actions", "user": {"id": 7}}'}),
        urlencode({"payload": '{"type": "block_actions", "team": "T1"}'}),
        "{not json",
        "{}",
        "",
        b"\xff\xfe",
    ],
)
async def test_what_cannot_be_read_is_refused_calmly_though_it_is_signed(door: Door, body: str | bytes) -> None:
    assert await door.knock(body) == (400, {"error": "invalid body"})
    assert door.let_in == []


async def test_a_body_beyond_all_measure_is_not_read_to_its_end(door: Door) -> None:
    assert (await door.knock("text=" + "x" * 20_000))[0] == 413


async def test_only_posts_to_the_one_address_are_answered(door: Door) -> None:
    async with aiohttp.ClientSession() as session:
        async with session.get(door.url) as answer:
            assert answer.status == 405
        async with session.post(door.url.replace("/slack/events", "/metrics")) as answer:
            assert answer.status == 404


async def test_headers_go_by_any_case(door: Door) -> None:
    stamp = str(NOW)
    headers = {"x-slack-request-timestamp": stamp, "X-SLACK-SIGNATURE": signature(VECTOR, stamp)}
    async with (
        aiohttp.ClientSession() as session,
        session.post(door.url, data=VECTOR.encode(), headers=headers) as answer,
    ):
        assert answer.status == 200
