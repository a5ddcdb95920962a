"""A real Bolt app against the workspace, by signed HTTP and by Socket Mode."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.playground.slack import Workspace

from .conftest import PATIENCE


@asynccontextmanager
async def until() -> AsyncIterator[asyncio.Event]:
    """Leave only when the event was set, which listeners do at their end."""
    ended = asyncio.Event()
    yield ended
    await asyncio.wait_for(ended.wait(), PATIENCE)


def button(action: str, value: str = "1") -> dict[str, Any]:
    return {
        "type": "actions",
        "block_id": "act",
        "elements": [
            {
                "type": "button",
                "action_id": action,
                "value": value,
                "text": {"type": "plain_text", "text": "Go"},
            }
        ],
    }


def form(title: str = "Why") -> dict[str, Any]:
    return {
        "type": "modal",
        "callback_id": "why",
        "title": {"type": "plain_text", "text": title},
        "submit": {"type": "plain_text", "text": "Send"},
        "blocks": [
            {
                "type": "input",
                "block_id": "reason",
                "label": {"type": "plain_text", "text": "Reason"},
                "element": {"type": "plain_text_input", "action_id": "text", "max_length": 10},
            }
        ],
    }


async def test_a_command_is_acknowledged_and_answered_in_the_channel(connected: AsyncApp, workspace: Workspace) -> None:
    @connected.command("/deploy")
    async def deploy(ack: Any, say: Any, command: Any) -> None:
        await ack()
        await say(f"deploying {command['text']}")
        ended.set()

    async with until() as ended:
        delivery = await workspace.command("alice", "#deploys", "/deploy checkout v1.4.2 prod")
    assert delivery.acked
    assert [m["text"] for m in workspace.messages("deploys")] == ["deploying checkout v1.4.2 prod"]


async def test_an_acknowledgement_with_text_is_seen_by_its_author_only(
    connected: AsyncApp, workspace: Workspace
) -> None:
    @connected.command("/deploy")
    async def deploy(ack: Any) -> None:
        await ack("which app?")

    await workspace.command("alice", "deploys", "/deploy")
    assert [m["text"] for m in workspace.ephemerals("alice")] == ["which app?"]
    assert workspace.messages("deploys") == [] and workspace.ephemerals("bob") == []


async def test_a_button_carries_its_value_and_its_response_url_replaces_the_message(
    connected: AsyncApp, workspace: Workspace
) -> None:
    pressed = []

    @connected.action("go")
    async def go(ack: Any, respond: Any, body: Any) -> None:
        await ack()
        pressed.append((body["user"]["id"], body["actions"][0]["value"], body["message"]["ts"]))
        await respond("done", replace_original=True)
        ended.set()

    posted = await connected.client.chat_postMessage(channel="#deploys", text="go?", blocks=[button("go", "r:1")])
    async with until() as ended:
        delivery = await workspace.press("bob", posted["ts"], "go")
    assert delivery.acked
    assert pressed == [("U02BOB00001", "r:1", posted["ts"])]
    [message] = workspace.messages("deploys")
    assert message["text"] == "done" and "blocks" not in message


async def test_a_form_opens_refuses_what_is_wrong_and_closes(connected: AsyncApp, workspace: Workspace) -> None:
    @connected.command("/abort")
    async def abort(ack: Any, client: Any, body: Any) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=form())
        ended.set()

    @connected.view("why")
    async def sent(ack: Any, view: Any) -> None:
        reason = view["state"]["values"]["reason"]["text"]["value"]
        await (ack() if reason == "slow" else ack(response_action="errors", errors={"reason": "say slow"}))

    async with until() as ended:
        await workspace.command("alice", "deploys", "/abort checkout")
    [view] = workspace.views("alice")
    await workspace.submit("alice", view["id"], {"reason": "fast"})
    assert workspace.form_errors(view["id"]) == {"reason": "say slow"}
    assert workspace.views("alice")[0]["state"]["values"]["reason"]["text"]["value"] == "fast"
    await workspace.submit("alice", view["id"], {"reason": "slow"})
    assert workspace.views("alice") == []


async def test_an_unknown_command_of_the_app_is_told_to_the_person(connected: AsyncApp, workspace: Workspace) -> None:
    workspace.courier.budget = 0.3
    delivery = await workspace.command("alice", "deploys", "/nothing")
    assert delivery.error in ("dispatch_failed", "operation_timeout")
    assert workspace.ephemerals("alice")[0]["text"] == f'/nothing failed with the error "{delivery.error}"'


async def test_a_mention_reaches_the_app_as_an_event(connected: AsyncApp, workspace: Workspace) -> None:
    heard = []

    @connected.event("app_mention")
    async def mentioned(event: Any) -> None:
        heard.append(event["text"])
        ended.set()

    async with until() as ended:
        await workspace.say("alice", "deploys", "<@U00BOT00001> hello")
    assert heard == ["<@U00BOT00001> hello"]
