"""Files: three steps, and ready only a moment after the last."""

from pathlib import Path
from typing import Any

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.slack import Workspace

from .conftest import HandClock
from .test_webapi import refused

CHART = (Path(__file__).parent / "blocks" / "chart_example.png").read_bytes()
HERE = "C01DEPLOYS1"


def picture(**source: str) -> list[dict[str, Any]]:
    return [{"type": "image", "alt_text": "p95", "slack_file": source}]


async def upload(client: AsyncWebClient, content: bytes = CHART) -> str:
    asked = await client.files_getUploadURLExternal(filename="chart.png", length=len(content))
    async with aiohttp.ClientSession() as session, session.post(asked["upload_url"], data=content) as answer:
        assert (answer.status, await answer.text()) == (200, f"OK - {len(content)}")
    return str(asked["file_id"])


async def test_a_picture_is_refused_until_its_completion_is_done(
    workspace: Workspace, client: AsyncWebClient, clock: HandClock
) -> None:
    workspace.records.files.delay = 2.0
    file = await upload(client)
    early = await refused(client.chat_postMessage(channel=HERE, text="x", blocks=picture(id=file)))
    assert early["errors"] == ["invalid slack file [json-pointer:/blocks/0/slack_file]"]
    await client.files_completeUploadExternal(files=[{"id": file, "title": "p95"}])
    assert (await client.files_info(file=file))["file"]["mimetype"] == ""
    soon = await refused(client.chat_postMessage(channel=HERE, text="x", blocks=picture(id=file)))
    assert soon["error"] == "invalid_blocks"
    clock.at += 2
    told = (await client.files_info(file=file))["file"]
    assert (told["mimetype"], told["title"], told["is_public"]) == ("image/png", "p95", False)
    await client.chat_postMessage(channel=HERE, text="x", blocks=picture(id=file))
    await client.chat_postMessage(channel=HERE, text="x", blocks=picture(url=told["url_private"]))
    async with aiohttp.ClientSession() as session, session.get(told["url_private"]) as answer:
        assert (answer.content_type, await answer.read()) == ("image/png", CHART)


async def test_what_is_no_picture_cannot_be_shown_as_one(workspace: Workspace, client: AsyncWebClient) -> None:
    file = await upload(client, b"just text")
    await client.files_completeUploadExternal(files=[{"id": file}])
    answer = await refused(client.chat_postMessage(channel=HERE, text="x", blocks=picture(id=file)))
    assert answer["error"] == "invalid_blocks"


async def test_the_sdks_own_upload_shares_into_a_thread(workspace: Workspace, client: AsyncWebClient) -> None:
    parent = (await client.chat_postMessage(channel=HERE, text="card"))["ts"]
    await client.files_upload_v2(content=CHART, filename="c.png", channel=HERE, thread_ts=parent, initial_comment="see")
    [_, reply] = workspace.thread("deploys", parent)
    assert reply["text"] == "see" and reply["files"][0]["name"] == "c.png"


@pytest.mark.parametrize(
    ("method", "args", "error"),
    [
        ("files.getUploadURLExternal", {"filename": "a", "length": "0"}, "missing_argument"),
        ("files.getUploadURLExternal", {"length": "3"}, "missing_argument"),
        ("files.getUploadURLExternal", {"filename": "a", "length": "3", "alt_txt": "x" * 1001}, "alt_txt_too_large"),
        ("files.completeUploadExternal", {"files": "[]"}, "invalid_arguments"),
        ("files.completeUploadExternal", {"files": '[{"id": "F0NOWHERE00"}]'}, "file_not_found"),
        ("files.info", {"file": "F0NOWHERE00"}, "file_not_found"),
    ],
)
async def test_what_files_refuse(client: AsyncWebClient, method: str, args: dict[str, str], error: str) -> None:
    assert (await refused(client.api_call(method, params=args)))["error"] == error


async def test_an_upload_must_match_what_was_announced(client: AsyncWebClient) -> None:
    asked = await client.files_getUploadURLExternal(filename="a", length=3)
    async with aiohttp.ClientSession() as session, session.post(asked["upload_url"], data=b"four") as answer:
        assert answer.status == 400
    missing = await refused(client.files_completeUploadExternal(files=[{"id": asked["file_id"]}]))
    assert missing["error"] == "file_not_found"


async def test_a_file_is_not_shared_where_the_bot_is_not(client: AsyncWebClient) -> None:
    file = await upload(client)
    answer = await refused(client.files_completeUploadExternal(files=[{"id": file}], channel_id="C02RANDOM01"))
    assert answer["error"] == "not_in_channel"
