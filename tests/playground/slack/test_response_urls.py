"""response_url: five uses within half an hour, and what each kind of answer does."""

from typing import Any

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.playground.slack import Workspace

from .conftest import HandClock

HERE = "C01DEPLOYS1"


@pytest.fixture
def typed(workspace: Workspace) -> AsyncWebhookClient:
    """The address a slash command of alice's carries."""
    return AsyncWebhookClient(workspace.records.responses.issue("commands", "U01ALICE001", HERE))


def clicked(workspace: Workspace, ts: str) -> AsyncWebhookClient:
    return AsyncWebhookClient(workspace.records.responses.issue("actions", "U01ALICE001", HERE, ts))


async def test_an_answer_is_private_unless_it_says_otherwise(workspace: Workspace, typed: AsyncWebhookClient) -> None:
    answer = await typed.send(text="psst")
    assert (answer.status_code, answer.body) == (200, "ok")
    await typed.send(text="hear", response_type="in_channel")
    assert [m["text"] for m in workspace.ephemerals("alice")] == ["psst"]
    assert [m["text"] for m in workspace.messages("deploys")] == ["hear"]


async def test_five_uses_and_no_sixth(workspace: Workspace, typed: AsyncWebhookClient) -> None:
    for _ in range(5):
        assert (await typed.send(text="x")).status_code == 200
    sixth = await typed.send(text="x")
    assert sixth.status_code == 404 and '"used_url"' in sixth.body
    assert len(workspace.ephemerals("alice")) == 5


async def test_half_an_hour_and_no_longer(typed: AsyncWebhookClient, clock: HandClock) -> None:
    clock.at += 30 * 60 + 1
    late = await typed.send(text="x")
    assert late.status_code == 404 and '"expired_url"' in late.body


async def test_the_message_clicked_on_is_replaced_and_deleted(workspace: Workspace, client: AsyncWebClient) -> None:
    ts = (await client.chat_postMessage(channel=HERE, text="old", blocks=[{"type": "divider"}]))["ts"]
    answer = clicked(workspace, ts)
    await answer.send(text="new", replace_original=True)
    [message] = workspace.messages("deploys")
    assert (message["ts"], message["text"], "blocks" in message) == (ts, "new", False)
    await answer.send(delete_original=True)
    assert workspace.messages("deploys") == []
    gone = await answer.send(text="x", replace_original=True)
    assert gone.status_code == 404 and '"message_not_found"' in gone.body


async def test_an_ephemeral_message_changes_and_stays_private(workspace: Workspace, client: AsyncWebClient) -> None:
    await client.chat_postEphemeral(channel=HERE, user="U01ALICE001", text="old")
    ts = workspace.ephemerals("alice")[0]["ts"]
    await clicked(workspace, ts).send(text="new", replace_original=True, response_type="in_channel")
    assert [m["text"] for m in workspace.ephemerals("alice")] == ["new"]
    assert workspace.messages("deploys") == []


async def test_a_slash_command_has_no_original_to_replace(workspace: Workspace, typed: AsyncWebhookClient) -> None:
    await typed.send(text="new", replace_original=True)
    assert [m["text"] for m in workspace.ephemerals("alice")] == ["new"]


async def test_an_answer_goes_into_a_thread_and_where_the_bot_is_not(workspace: Workspace) -> None:
    said = await workspace.say("alice", "random", "hello")
    url = workspace.records.responses.issue("commands", "U01ALICE001", "C02RANDOM01")
    body = {"text": "hi", "response_type": "in_channel", "thread_ts": said["ts"], "replace_original": "false"}
    async with aiohttp.ClientSession() as session, session.post(url, json=body) as answer:
        assert answer.status == 200
    assert [m["text"] for m in workspace.thread("random", said["ts"])] == ["hello", "hi"]


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"blocks": [{"type": "marquee"}]}, "invalid_blocks"),
        ({}, "no_text"),
        ([], "invalid_payload"),
    ],
)
async def test_a_wrong_answer_gets_404_and_a_reason(workspace: Workspace, body: Any, error: str) -> None:
    url = workspace.records.responses.issue("commands", "U01ALICE001", HERE)
    async with aiohttp.ClientSession() as session, session.post(url, json=body) as answer:
        assert answer.status == 404
        assert (await answer.json())["error"] == error
    async with aiohttp.ClientSession() as session, session.post(url + "x", json=body) as answer:
        assert (answer.status, (await answer.json())["error"]) == (404, "no_service")
