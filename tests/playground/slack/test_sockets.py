"""Socket Mode on the wire: tickets, hello, pings, acknowledgements, goodbyes."""

import asyncio
import json
from typing import Any

import aiohttp
import pytest
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.slack import Workspace

from .conftest import APP, PATIENCE


@pytest.fixture
async def session() -> Any:
    async with aiohttp.ClientSession() as made:
        yield made


async def opened(workspace: Workspace) -> str:
    answer = await AsyncWebClient(APP, base_url=workspace.records.base + "/api/").apps_connections_open(app_token=APP)
    return str(answer["url"])


async def test_a_socket_says_hello_and_echoes_pings(workspace: Workspace, session: aiohttp.ClientSession) -> None:
    async with session.ws_connect(await opened(workspace), autoping=False) as socket:
        hello = await socket.receive_json()
        assert (hello["type"], hello["num_connections"]) == ("hello", 1)
        assert hello["connection_info"] == {"app_id": "A0PLAYGRND"}
        await socket.ping(b"sdk-ping-pong:1")
        answer = await socket.receive()
        assert (answer.type, answer.data) == (aiohttp.WSMsgType.PONG, b"sdk-ping-pong:1")


async def test_a_ticket_opens_one_socket(workspace: Workspace, session: aiohttp.ClientSession) -> None:
    url = await opened(workspace)
    async with session.ws_connect(url):
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(url)


async def test_the_eleventh_socket_is_sent_away(workspace: Workspace, session: aiohttp.ClientSession) -> None:
    workspace.rates.enforced = False
    held = [await session.ws_connect(await opened(workspace)) for _ in range(10)]
    for socket in held:
        await socket.receive_json()
    extra = await session.ws_connect(await opened(workspace))
    assert (await extra.receive_json())["reason"] == "too_many_websockets"
    assert (await extra.receive()).type is aiohttp.WSMsgType.CLOSE
    for socket in [*held, extra]:
        await socket.close()


async def test_an_envelope_may_be_acknowledged_over_any_socket(
    workspace: Workspace, session: aiohttp.ClientSession
) -> None:
    sockets = [await session.ws_connect(await opened(workspace)) for _ in range(2)]
    for socket in sockets:
        await socket.receive_json()
    typing = asyncio.ensure_future(workspace.command("alice", "deploys", "/deploy a"))
    reads = [asyncio.ensure_future(socket.receive_json()) for socket in sockets]
    done, rest = await asyncio.wait(reads, return_when=asyncio.FIRST_COMPLETED)
    for read in rest:
        read.cancel()
    envelope = done.pop().result()
    assert (envelope["type"], envelope["accepts_response_payload"]) == ("slash_commands", True)
    other = sockets[1] if reads[0] in done or (reads[0].done() and not reads[0].cancelled()) else sockets[0]
    await other.send_str("not json")
    await other.send_json({"envelope_id": envelope["envelope_id"], "payload": {"text": "heard"}})
    assert (await typing).acked
    assert workspace.ephemerals("alice")[0]["text"] == "heard"
    for socket in sockets:
        await socket.close()


async def test_without_a_socket_commands_fail_and_events_wait(
    workspace: Workspace, session: aiohttp.ClientSession
) -> None:
    assert (await workspace.command("alice", "deploys", "/deploy a")).error == "dispatch_failed"
    await workspace.say("alice", "deploys", "<@U00BOT00001> hello")
    async with session.ws_connect(await opened(workspace)) as socket:
        await socket.receive_json()
        envelope = json.loads((await socket.receive()).data)
        assert (envelope["type"], envelope["retry_attempt"]) == ("events_api", 1)
        assert envelope["retry_reason"] == "timeout"
        await socket.send_json({"envelope_id": envelope["envelope_id"]})


async def test_bolt_comes_back_after_a_goodbye_and_after_a_cut(workspace: Workspace, bolt: AsyncApp) -> None:
    @bolt.command("/deploy")
    async def deploy(ack: Any) -> None:
        await ack("heard")

    handler = AsyncSocketModeHandler(bolt, APP, ping_interval=1)
    await handler.connect_async()  # type: ignore[no-untyped-call]
    try:
        for trouble in (lambda: workspace.sockets.ask_to_leave("refresh_requested"), cut(workspace)):
            await workspace.sockets.opened()
            before = workspace.sockets.total
            await trouble()
            await asyncio.wait_for(workspace.sockets.opened(before + 1), PATIENCE)
            async with asyncio.timeout(PATIENCE):
                while not (await workspace.command("alice", "deploys", "/deploy a")).acked:
                    await workspace.sockets.opened()
    finally:
        await handler.close_async()  # type: ignore[no-untyped-call]


async def test_a_handshake_can_be_refused_and_its_ticket_is_spent(
    workspace: Workspace, session: aiohttp.ClientSession
) -> None:
    workspace.faults.refused_handshakes = 1
    url = await opened(workspace)
    for _ in range(2):
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(url)
    async with session.ws_connect(await opened(workspace)) as socket:
        assert (await socket.receive_json())["type"] == "hello"


def cut(workspace: Workspace) -> Any:
    async def drop() -> None:
        workspace.sockets.drop()

    return drop
