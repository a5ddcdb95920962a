"""chat.* and conversations.*: posting, changing, reading."""

from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.slack import Change, Workspace

from .test_webapi import refused

HERE = "C01DEPLOYS1"


def says(text: str, **more: Any) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, **more}


def table(name: str) -> dict[str, Any]:
    return {"type": "table", "block_id": name, "rows": [[{"type": "raw_text", "text": "x"}]]}


@pytest.fixture(autouse=True)
def unhurried(workspace: Workspace) -> None:
    workspace.rates.enforced = False


@pytest.mark.parametrize(
    ("args", "error"),
    [
        ({"channel": "C0NOWHERE00", "text": "x"}, "channel_not_found"),
        ({"channel": "#nowhere", "text": "x"}, "channel_not_found"),
        ({"channel": "random", "text": "x"}, "not_in_channel"),
        ({"channel": "secret", "text": "x"}, "channel_not_found"),
        ({"channel": "attic", "text": "x"}, "is_archived"),
        ({"channel": HERE}, "no_text"),
        ({"channel": HERE, "text": "x", "thread_ts": "1.000001"}, "cannot_reply_to_message"),
        ({"channel": HERE, "text": "x", "as_user": True}, "as_user_not_supported"),
        ({"channel": HERE, "text": "x", "blocks": "{"}, "invalid_blocks_format"),
        ({"channel": HERE, "text": "x", "blocks": {"type": "divider"}}, "invalid_blocks_format"),
        ({"channel": HERE, "text": "x", "blocks": [{"type": "marquee"}]}, "invalid_blocks"),
        ({"channel": HERE, "text": "x", "metadata": "{"}, "invalid_metadata_format"),
        ({"channel": HERE, "text": "x", "metadata": {"event_type": 5}}, "invalid_metadata_schema"),
        ({"channel": HERE, "text": "x", "metadata": {"id": "r1"}}, "invalid_metadata_format"),
        ({"channel": HERE, "text": "x", "markdown_text": "y"}, "markdown_text_conflict"),
        ({"channel": HERE, "text": "x", "attachments": [{}] * 101}, "too_many_attachments"),
        ({"channel": HERE, "text": "x", "blocks": [table("a"), table("b")]}, "invalid_attachments"),
        ({"channel": HERE, "text": "x", "blocks": [says("x" * 2900)] * 5}, "msg_blocks_too_long"),
    ],
)
async def test_a_message_slack_would_not_take(
    workspace: Workspace, client: AsyncWebClient, args: dict[str, Any], error: str
) -> None:
    workspace.directory.add_channel("secret", ["alice"], is_private=True)
    workspace.directory.add_channel("attic", ["leadsman"]).is_archived = True
    assert (await refused(client.api_call("chat.postMessage", json=args)))["error"] == error
    assert workspace.messages("deploys") == []


async def test_a_message_comes_back_as_slack_keeps_it(workspace: Workspace, client: AsyncWebClient) -> None:
    posted = await client.chat_postMessage(channel="#deploys", text="a & b", blocks=[says("a & <b|c>")])
    message = posted["message"]
    assert posted["channel"] == HERE and message["text"] == "a &amp; b"
    assert message["blocks"][0]["block_id"]
    assert message["blocks"][0]["text"] == {"type": "mrkdwn", "text": "a &amp; <b|c>", "verbatim": False}
    assert (message["user"], message["bot_id"], message["app_id"]) == ("U00BOT00001", "B0PLAYGRND", "A0PLAYGRND")


async def test_long_text_is_cut_when_posted_and_refused_when_changed(
    workspace: Workspace, client: AsyncWebClient
) -> None:
    posted = await client.chat_postMessage(channel=HERE, text="x" * 40_001)
    assert len(posted["message"]["text"]) == 40_000
    assert (await refused(client.chat_update(channel=HERE, ts=posted["ts"], text="x" * 4001)))[
        "error"
    ] == "msg_too_long"
    late = await refused(client.chat_postEphemeral(channel=HERE, user="U01ALICE001", text="x" * 40_001))
    assert late["error"] == "msg_too_long"


async def test_a_person_as_channel_opens_a_direct_message(workspace: Workspace, client: AsyncWebClient) -> None:
    posted = await client.chat_postMessage(channel="U01ALICE001", text="psst")
    assert posted["channel"].startswith("D")
    opened = await client.conversations_open(users="U01ALICE001")
    assert opened["channel"]["id"] == posted["channel"]
    assert (await refused(client.chat_postMessage(channel="U05ERIN0001", text="x")))["error"] == "channel_not_found"


async def test_text_alone_removes_blocks_and_leaves_metadata(workspace: Workspace, client: AsyncWebClient) -> None:
    mark = {"event_type": "card", "event_payload": {"id": "r1"}}
    posted = await client.chat_postMessage(channel=HERE, text="a", blocks=[says("a")], metadata=mark)
    await client.chat_update(channel=HERE, ts=posted["ts"], text="b", blocks=[says("b")])
    [message] = workspace.messages("deploys")
    assert message["blocks"][0]["text"]["text"] == "b" and "edited" not in message
    await client.chat_update(channel=HERE, ts=posted["ts"], text="c")
    [message] = workspace.messages("deploys")
    assert "blocks" not in message and message["text"] == "c" and message["metadata"] == mark
    assert message["edited"]["user"] == "U00BOT00001"
    await client.chat_update(channel=HERE, ts=posted["ts"], text="c", metadata={})
    assert "metadata" not in workspace.messages("deploys")[0]


async def test_only_the_bots_own_visible_messages_can_be_changed(workspace: Workspace, client: AsyncWebClient) -> None:
    said = await workspace.say("alice", "deploys", "mine")
    own = await client.chat_postEphemeral(channel=HERE, user="U01ALICE001", text="psst")
    update = client.chat_update
    assert (await refused(update(channel=HERE, ts=said["ts"], text="x")))["error"] == "cant_update_message"
    assert (await refused(update(channel=HERE, ts=own["message_ts"], text="x")))["error"] == "message_not_found"
    assert (await refused(update(channel=HERE, ts="1.000001", text="x")))["error"] == "message_not_found"
    assert (await refused(update(channel="U01ALICE001", ts=said["ts"], text="x")))["error"] == "channel_not_found"
    assert (await refused(client.chat_delete(channel=HERE, ts=said["ts"])))["error"] == "cant_delete_message"
    posted = await client.chat_postMessage(channel=HERE, text="x")
    workspace.directory.channels[HERE].is_archived = True
    assert (await refused(update(channel=HERE, ts=posted["ts"], text="y")))["error"] == "is_inactive"


async def test_an_ephemeral_message_is_for_one_member_of_the_channel(
    workspace: Workspace, client: AsyncWebClient
) -> None:
    await client.chat_postEphemeral(channel=HERE, user="U01ALICE001", text="psst")
    assert [m["text"] for m in workspace.ephemerals("alice")] == ["psst"]
    assert workspace.messages("deploys") == [] and workspace.ephemerals("bob") == []
    outsider = workspace.directory.add_person("olga")
    post = client.chat_postEphemeral
    assert (await refused(post(channel=HERE, user=outsider.id, text="x")))["error"] == "user_not_in_channel"
    assert (await refused(post(channel="C02RANDOM01", user="U01ALICE001", text="x")))["error"] == "not_in_channel"


async def test_a_thread_is_read_in_order_with_its_metadata(workspace: Workspace, client: AsyncWebClient) -> None:
    parent = (await client.chat_postMessage(channel=HERE, text="card"))["ts"]
    mark = {"event_type": "line", "event_payload": {"n": 1}}
    await client.chat_postMessage(channel=HERE, text="1", thread_ts=parent, metadata=mark)
    told = await client.chat_postMessage(channel=HERE, text="2", thread_ts=parent, reply_broadcast=True)
    read = await client.conversations_replies(channel=HERE, ts=parent, include_all_metadata=True)
    assert [m["text"] for m in read["messages"]] == ["card", "1", "2"]
    assert read["messages"][0]["reply_count"] == 2 and read["messages"][1]["metadata"] == mark
    plain = await client.conversations_replies(channel=HERE, ts=parent)
    assert "metadata" not in plain["messages"][1]
    assert [m["text"] for m in workspace.messages("deploys")] == ["card", "2"]
    deep = await refused(client.chat_postMessage(channel=HERE, text="x", thread_ts=told["ts"]))
    assert deep["error"] == "cannot_reply_to_message"
    assert (await refused(client.conversations_replies(channel=HERE, ts="1.000001")))["error"] == "thread_not_found"


async def test_pages_lead_on_to_the_end(workspace: Workspace, client: AsyncWebClient) -> None:
    parent = (await client.chat_postMessage(channel=HERE, text="0"))["ts"]
    for n in range(1, 5):
        await client.chat_postMessage(channel=HERE, text=str(n), thread_ts=parent)
    texts, cursor = [], ""
    while True:
        read = await client.conversations_replies(channel=HERE, ts=parent, limit=2, cursor=cursor)
        texts += [m["text"] for m in read["messages"]]
        cursor = read["response_metadata"]["next_cursor"]
        if not cursor:
            break
    assert texts == ["0", "1", "2", "3", "4"]
    bad = await refused(client.conversations_replies(channel=HERE, ts=parent, cursor="!"))
    assert bad["error"] == "invalid_cursor"


async def test_history_is_newest_first_and_within_its_bounds(workspace: Workspace, client: AsyncWebClient) -> None:
    stamps = [(await client.chat_postMessage(channel=HERE, text=str(n)))["ts"] for n in range(3)]
    read = await client.conversations_history(channel=HERE, oldest=stamps[0])
    assert [m["text"] for m in read["messages"]] == ["2", "1"]
    read = await client.conversations_history(channel=HERE, oldest=stamps[0], latest=stamps[1], inclusive=True)
    assert [m["text"] for m in read["messages"]] == ["1", "0"]
    assert (await refused(client.conversations_history(channel="C02RANDOM01")))["error"] == "not_in_channel"


async def test_channels_are_listed_read_and_joined(workspace: Workspace, client: AsyncWebClient) -> None:
    listed = await client.conversations_list()
    assert {c["name"]: c["is_member"] for c in listed["channels"]} == {"deploys": True, "random": False}
    assert (await client.conversations_info(channel=HERE))["channel"]["name"] == "deploys"
    assert "U01ALICE001" in (await client.conversations_members(channel=HERE))["members"]
    assert (await client.conversations_join(channel="C02RANDOM01"))["channel"]["is_member"] is True
    assert (await client.conversations_join(channel="C02RANDOM01"))["warning"] == "already_in_channel"
    await client.chat_postMessage(channel="random", text="hello")
    assert (await refused(client.conversations_list(types="moon")))["error"] == "invalid_types"
    assert (await refused(client.conversations_info(channel="C0")))["error"] == "channel_not_found"


async def test_reactions_pins_and_permalinks(workspace: Workspace, client: AsyncWebClient) -> None:
    ts = (await client.chat_postMessage(channel=HERE, text="x"))["ts"]
    await client.reactions_add(channel=HERE, timestamp=ts, name="eyes")
    assert workspace.messages("deploys")[0]["reactions"] == [{"name": "eyes", "users": ["U00BOT00001"], "count": 1}]
    add = client.reactions_add
    assert (await refused(add(channel=HERE, timestamp=ts, name="eyes")))["error"] == "already_reacted"
    assert (await refused(add(channel=HERE, timestamp=ts, name="not a name")))["error"] == "invalid_name"
    assert (await refused(add(channel=HERE, timestamp="yesterday", name="eyes")))["error"] == "bad_timestamp"
    await client.reactions_remove(channel=HERE, timestamp=ts, name="eyes")
    await client.pins_add(channel=HERE, timestamp=ts)
    assert (await refused(client.pins_add(channel=HERE, timestamp=ts)))["error"] == "already_pinned"
    link = (await client.chat_getPermalink(channel=HERE, message_ts=ts))["permalink"]
    assert link.endswith(f"/archives/{HERE}/p{ts.replace('.', '')}")
    missing = await refused(client.chat_getPermalink(channel=HERE, message_ts="1.000001"))
    assert missing["error"] == "message_not_found"


async def test_a_deleted_message_is_gone_and_subscribers_hear_of_all(
    workspace: Workspace, client: AsyncWebClient
) -> None:
    heard: list[Change] = []
    end = workspace.subscribe(heard.append)
    ts = (await client.chat_postMessage(channel=HERE, text="x"))["ts"]
    await client.chat_update(channel=HERE, ts=ts, text="y")
    await client.chat_delete(channel=HERE, ts=ts)
    end()
    await client.chat_postMessage(channel=HERE, text="z")
    assert [change.kind for change in heard] == ["posted", "edited", "deleted"]
    assert [m["text"] for m in workspace.messages("deploys")] == ["z"]
