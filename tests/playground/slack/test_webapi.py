"""The door of the Web API: tokens, scopes, arguments, encodings, rates and faults."""

import asyncio
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.slack import Workspace

from .conftest import APP, BOT, HandClock


async def call(workspace: Workspace, method: str, **how: Any) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {BOT}"} | how.pop("headers", {})
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{workspace.records.base}/api/{method}", headers=headers, **how) as answer,
    ):
        told: dict[str, Any] = await answer.json()
        return told


async def refused(awaitable: Any) -> Any:
    with pytest.raises(SlackApiError) as caught:
        await awaitable
    return caught.value.response


@pytest.mark.parametrize(
    ("token", "method", "error"),
    [
        ("", "auth.test", "not_authed"),
        ("xoxb-other", "auth.test", "invalid_auth"),
        (APP, "auth.test", "not_allowed_token_type"),
        (BOT, "apps.connections.open", "not_allowed_token_type"),
    ],
)
async def test_a_wrong_token_is_refused(workspace: Workspace, token: str, method: str, error: str) -> None:
    headers = {"Authorization": f"Bearer {token}" if token else ""}
    assert (await call(workspace, method, headers=headers))["error"] == error


async def test_the_app_token_counts_only_in_the_header(workspace: Workspace) -> None:
    told = await call(workspace, "apps.connections.open", headers={"Authorization": ""}, data={"token": APP})
    assert told["error"] == "invalid_auth"


async def test_a_method_slack_does_not_have(workspace: Workspace) -> None:
    assert (await call(workspace, "chat.shout"))["error"] == "unknown_method"


async def test_a_missing_scope_names_what_is_needed_and_what_there_is(
    workspace: Workspace, client: AsyncWebClient
) -> None:
    answer = await refused(client.conversations_list(types="private_channel"))
    assert answer["error"] == "missing_scope" and answer["needed"] == "groups:read"
    assert "chat:write" in answer["provided"].split(",")
    bare = Workspace(workspace.records.clock, signing_secret="s", bot_token=BOT, app_token=APP, scopes=[])
    await bare.start()
    try:
        told = await call(bare, "chat.postMessage", json={"channel": "C01DEPLOYS1", "text": "x"})
        assert (told["error"], told["needed"]) == ("missing_scope", "chat:write")
    finally:
        await bare.stop()


async def test_arguments_come_as_query_form_or_json(workspace: Workspace) -> None:
    said = {"channel": "C01DEPLOYS1", "text": "x"}
    for how in ({"params": said}, {"data": said}, {"json": said}):
        assert (await call(workspace, "chat.postMessage", **how))["ok"]
    assert len(workspace.messages("deploys")) == 3


async def test_methods_that_are_read_by_get_do_not_read_json(workspace: Workspace) -> None:
    told = await call(workspace, "users.info", json={"user": "U01ALICE001"})
    assert told["error"] == "invalid_arguments"
    assert told["response_metadata"]["messages"] == ["[ERROR] missing required field: user"]
    assert (await call(workspace, "users.info", params={"user": "U01ALICE001"}))["user"]["name"] == "alice"


async def test_json_without_a_charset_is_warned_of_and_broken_json_refused(workspace: Workspace) -> None:
    bare = {"Content-Type": "application/json"}
    told = await call(workspace, "chat.postMessage", data=b'{"channel":"C01DEPLOYS1","text":"x"}', headers=bare)
    assert told["warning"] == "missing_charset"
    assert (await call(workspace, "chat.postMessage", data=b"{", headers=bare))["error"] == "invalid_json"
    assert (await call(workspace, "chat.postMessage", data=b"[]", headers=bare))["error"] == "json_not_object"


async def test_who_the_bot_is_comes_with_its_scopes(client: AsyncWebClient) -> None:
    answer = await client.auth_test()
    assert answer["user_id"] == "U00BOT00001" and answer["team_id"] == "T0PLAYGRND"
    assert "chat:write" in answer.headers["x-oauth-scopes"]


async def test_a_method_may_be_called_as_often_as_its_tier_allows(
    workspace: Workspace, client: AsyncWebClient, clock: HandClock
) -> None:
    posted = await client.chat_postMessage(channel="deploys", text="0")
    for n in range(50):
        await client.chat_update(channel="C01DEPLOYS1", ts=posted["ts"], text=str(n))
        clock.at += 0.1
    answer = await refused(client.chat_update(channel="C01DEPLOYS1", ts=posted["ts"], text="x"))
    assert (answer.status_code, answer["error"], answer.headers["Retry-After"]) == (429, "ratelimited", "55")
    clock.at += 55
    await client.chat_update(channel="C01DEPLOYS1", ts=posted["ts"], text="x")


async def test_a_channel_takes_one_message_a_second_after_a_small_burst(
    workspace: Workspace, client: AsyncWebClient, clock: HandClock
) -> None:
    workspace.rates.post_burst = 2
    workspace.directory.add_channel("other", ["leadsman"])
    for _ in range(2):
        await client.chat_postMessage(channel="#deploys", text="x")
    answer = await refused(client.chat_postMessage(channel="C01DEPLOYS1", text="x"))
    assert answer.status_code == 429 and answer.headers["Retry-After"] == "1"
    await client.chat_postMessage(channel="other", text="x")
    clock.at += 1
    await client.chat_postMessage(channel="deploys", text="x")
    assert len(workspace.messages("deploys")) == 3


async def test_ordered_faults_happen_once_each_and_in_order(workspace: Workspace, client: AsyncWebClient) -> None:
    workspace.faults.rate_limit("chat.postMessage", retry_after=7)
    workspace.faults.status("chat.postMessage", 503)
    workspace.faults.error("*", "fatal_error")
    first = await refused(client.chat_postMessage(channel="deploys", text="x"))
    second = await refused(client.chat_postMessage(channel="deploys", text="x"))
    third = await refused(client.chat_postMessage(channel="deploys", text="x"))
    assert (first.status_code, first.headers["Retry-After"]) == (429, "7")
    assert second.status_code == 503 and third["error"] == "fatal_error"
    await client.chat_postMessage(channel="deploys", text="x")
    assert [c.ok for c in workspace.calls] == [False, False, False, True]


async def test_an_answer_can_be_lost_though_the_message_was_taken(workspace: Workspace) -> None:
    workspace.faults.lose_answer("chat.postMessage")
    client = AsyncWebClient(BOT, base_url=workspace.records.base + "/api/", retry_handlers=[])
    with pytest.raises(aiohttp.ClientError):
        await client.chat_postMessage(channel="deploys", text="x")
    assert [m["text"] for m in workspace.messages("deploys")] == ["x"]


async def test_a_call_can_hang_until_it_is_let_go(workspace: Workspace, client: AsyncWebClient) -> None:
    workspace.faults.hang("auth.test")
    waiting = asyncio.ensure_future(client.auth_test())
    done, _ = await asyncio.wait([waiting], timeout=0.05)
    assert not done
    workspace.faults.release()
    assert (await refused(waiting)).status_code == 503


async def test_every_call_is_logged_with_its_arguments_and_its_answer(
    workspace: Workspace, client: AsyncWebClient
) -> None:
    await client.chat_postMessage(channel="deploys", text="x")
    [logged] = workspace.calls
    assert (logged.method, logged.args["text"], logged.ok) == ("chat.postMessage", "x", True)
    assert "token" not in logged.args and logged.result["ts"] == workspace.messages("deploys")[0]["ts"]
