"""Deliveries: how they are signed and shaped, what the app's silence does, what Slack would not deliver at all."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs

import pytest
from aiohttp import web
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.slack import ImpossibleError, SlashCommand, Workspace
from bot.playground.slack.courier import signature

from .conftest import PATIENCE, SECRET
from .test_bolt import button

Answer = Callable[[web.Request], Awaitable[web.Response]]


class App:
    """A bare HTTP app that keeps what it was sent and answers as it is told."""

    def __init__(self) -> None:
        self.requests: list[tuple[dict[str, str], bytes]] = []
        self.answer: Answer = self.fine
        self.heard = asyncio.Event()

    async def fine(self, request: web.Request) -> web.Response:
        return web.Response()

    async def handle(self, request: web.Request) -> web.Response:
        self.requests.append((dict(request.headers), await request.read()))
        self.heard.set()
        return await self.answer(request)


@pytest.fixture
async def app(workspace: Workspace) -> AsyncIterator[App]:
    made = App()
    application = web.Application()
    application.router.add_post("/slack/events", made.handle)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    workspace.events_url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    yield made
    await runner.cleanup()


def test_the_signature_is_slacks_own() -> None:
    body = (
        "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
        "&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
        "&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
        "&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )
    wanted = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
    assert signature("8f742231b10e8888abcd99yyyzzz85a5", 1531420618, body) == wanted


async def test_a_command_is_a_signed_form(app: App, workspace: Workspace) -> None:
    await workspace.command("alice", "deploys", "/deploy checkout v1.4.2 prod")
    [(headers, body)] = app.requests
    assert SignatureVerifier(SECRET).is_valid_request(body, headers)
    fields = parse_qs(body.decode())
    assert fields["command"] == ["/deploy"] and fields["text"] == ["checkout v1.4.2 prod"]
    assert fields["channel_name"] == ["deploys"] and fields["user_id"] == ["U01ALICE001"]
    assert fields["is_enterprise_install"] == ["false"] and fields["response_url"][0].startswith("http")


async def test_silence_and_errors_are_told_to_the_person(app: App, workspace: Workspace) -> None:
    forever = asyncio.Event()

    async def silent(request: web.Request) -> web.Response:
        await forever.wait()
        return web.Response()

    async def broken(request: web.Request) -> web.Response:
        return web.Response(status=500)

    workspace.courier.budget = 0.05
    app.answer = silent
    late = await workspace.command("alice", "deploys", "/deploy a")
    forever.set()
    workspace.courier.budget = PATIENCE
    app.answer = broken
    failed = await workspace.command("alice", "deploys", "/deploy a")
    assert (late.error, failed.error, failed.status) == ("operation_timeout", "dispatch_failed", 500)
    assert [m["text"] for m in workspace.ephemerals("alice")] == [
        '/deploy failed with the error "operation_timeout"',
        '/deploy failed with the error "dispatch_failed"',
    ]


async def test_an_acknowledgement_may_speak_in_the_channel_and_echo_the_command(app: App, workspace: Workspace) -> None:
    async def loud(request: web.Request) -> web.Response:
        return web.json_response({"response_type": "in_channel", "text": "on it"})

    async def echo(request: web.Request) -> web.Response:
        return web.json_response({"response_type": "in_channel"})

    app.answer = loud
    await workspace.command("alice", "deploys", "/deploy a")
    app.answer = echo
    await workspace.command("alice", "deploys", "/deploy b")
    assert [m["text"] for m in workspace.messages("deploys")] == ["/deploy a", "on it", "/deploy b"]


async def test_commands_are_not_for_threads_strangers_or_the_unregistered(app: App, workspace: Workspace) -> None:
    workspace.commands = [SlashCommand("/deploy", "Start a rollout")]
    said = await workspace.say("alice", "deploys", "hello")
    await workspace.command("alice", "deploys", "/deploy a", thread_ts=said["ts"])
    await workspace.command("alice", "deploys", "/shout")
    await workspace.command("frank", "deploys", "/deploy a")
    assert app.requests == []
    assert [m["text"] for m in workspace.ephemerals("alice")] == [
        "/deploy is not supported in threads. Sorry!",
        "/shout is not a valid command.",
    ]
    assert "not a member" in workspace.ephemerals("frank")[0]["text"]


@pytest.mark.parametrize(
    ("user", "channel", "why"),
    [("erin", "deploys", "deactivated"), ("dave", "random", "not in #random"), ("zoe", "deploys", "Nobody")],
)
async def test_some_people_cannot_type_at_all(workspace: Workspace, user: str, channel: str, why: str) -> None:
    with pytest.raises(ImpossibleError, match=why):
        await workspace.command(user, channel, "/deploy a")


async def test_names_are_escaped_where_the_command_asks_for_it(app: App, workspace: Workspace) -> None:
    workspace.commands = [SlashCommand("/ask", "Ask", should_escape=True), SlashCommand("/tell", "Tell")]
    asked = await workspace.command("alice", "deploys", "/ask @bob about #random and @nobody")
    told = await workspace.command("alice", "deploys", "/tell @bob")
    assert asked.payload["text"] == "<@U02BOB00001|bob> about <#C02RANDOM01|random> and @nobody"
    assert told.payload["text"] == "@bob"


async def test_a_click_carries_the_message_the_person_saw(
    app: App, workspace: Workspace, client: AsyncWebClient
) -> None:
    ts = (await client.chat_postMessage(channel="deploys", text="1", blocks=[button("go", "r:1")]))["ts"]
    [old] = workspace.messages("deploys")
    await client.chat_update(channel="C01DEPLOYS1", ts=ts, text="2", blocks=[button("stop", "r:2")])
    stale = await workspace.press("bob", ts, "go", seen=old)
    assert stale.payload["actions"][0]["value"] == "r:1" and stale.payload["message"]["text"] == "1"
    assert stale.payload["container"] == {
        "type": "message",
        "message_ts": ts,
        "channel_id": "C01DEPLOYS1",
        "is_ephemeral": False,
    }
    with pytest.raises(ImpossibleError, match="there are: stop"):
        await workspace.press("bob", ts, "go")
    own = await client.chat_postEphemeral(channel="C01DEPLOYS1", user="U02BOB00001", text="x", blocks=[button("go")])
    private = await workspace.press("bob", own["message_ts"], "go")
    assert "message" not in private.payload and private.payload["container"]["is_ephemeral"] is True
    with pytest.raises(ImpossibleError, match="sees no message"):
        await workspace.press("carol", own["message_ts"], "go")


async def test_a_delivery_can_come_twice_at_one_moment_and_again_later(app: App, workspace: Workspace) -> None:
    workspace.faults.duplicated_deliveries = 1
    first = await workspace.command("alice", "deploys", "/deploy a")
    await workspace.deliver("slash_commands", first.payload)
    bodies = [body for _, body in app.requests]
    assert len(bodies) == 3 and len(set(bodies)) == 1


async def test_an_event_that_fails_comes_again_with_its_retry_number(app: App, workspace: Workspace) -> None:
    waits: list[float] = []

    async def note(seconds: float) -> None:
        waits.append(seconds)

    async def broken(request: web.Request) -> web.Response:
        if len(app.requests) == 4:
            done.set()
        return web.Response(status=500)

    done = asyncio.Event()
    workspace.records.clock.real_sleep = note  # type: ignore[method-assign]
    app.answer = broken
    await workspace.say("alice", "deploys", "<@U00BOT00001> hello")
    await asyncio.wait_for(done.wait(), PATIENCE)
    assert [headers.get("X-Slack-Retry-Num") for headers, _ in app.requests] == [None, "1", "2", "3"]
    assert len({body for _, body in app.requests}) == 1
    assert waits[:3] == [0.0, 60.0, 300.0]


async def test_an_app_can_ask_not_to_be_told_again(app: App, workspace: Workspace) -> None:
    async def enough(request: web.Request) -> web.Response:
        return web.Response(status=500, headers={"X-Slack-No-Retry": "1"})

    app.answer = enough
    await workspace.say("alice", "deploys", "<@U00BOT00001> hello")
    await workspace.courier.stop()
    assert len(app.requests) == 1


async def test_events_the_app_did_not_subscribe_to_are_not_sent(app: App, workspace: Workspace) -> None:
    assert await workspace.event({"type": "channel_rename"}) is None
    home: Any = await workspace.open_home("alice")
    assert home.payload["event"]["type"] == "app_home_opened" and len(app.requests) == 1
