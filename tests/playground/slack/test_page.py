"""The page in a real browser: what a newcomer sees, types and presses."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from playwright.async_api import Page, Route, expect
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.slack import SlashCommand, Workspace
from tests.real.chromium import real_page

from .conftest import PATIENCE
from .test_bolt import button, form
from .test_files import CHART

PAYLOADS = Path(__file__).parent / "blocks"
HERE = "C01DEPLOYS1"
NAMES = {"U0000000REQ": "U01ALICE001", "U0000000AP1": "U02BOB00001", "U0000000AP2": "U03CAROL001", "C0DEPLOYS01": HERE}


@pytest.fixture
async def page(workspace: Workspace) -> AsyncIterator[Page]:
    """The page as alice opens it; an error on it fails the test."""
    workspace.rates.enforced = False
    workspace.commands = [
        SlashCommand("/deploy", "Start a rollout", "APP VERSION [ENV]"),
        SlashCommand("/abort", "Go back"),
    ]
    wrong: list[str] = []
    seen = {"viewport": {"width": 1200, "height": 800}, "timezone_id": "Europe/Berlin", "locale": "en-GB"}
    async with real_page(**seen) as made:
        made.on("pageerror", lambda error: wrong.append(str(error)))
        made.on("console", lambda line: wrong.append(line.text) if line.type == "error" else None)
        await made.goto(workspace.records.base)
        await expect(made.locator("#place")).to_have_text("# deploys")
        yield made
    assert wrong == []


async def stop_clock(page: Page) -> None:
    """Let what the page shows for a moment stay until the test lets time pass."""
    await page.clock.install(time=0)
    await page.clock.pause_at(1000)


async def test_a_newcomer_types_what_the_hint_says_and_the_card_appears(
    page: Page, served: AsyncApp, workspace: Workspace
) -> None:
    @served.command("/deploy")
    async def deploy(ack: Any, say: Any, command: Any) -> None:
        await ack("heard")
        await say(text="x", blocks=[{"type": "header", "text": {"type": "plain_text", "text": command["text"]}}])

    await expect(page.locator("#side h1")).to_have_text("Playground")
    await page.click("#suggestion")
    await expect(page.locator("#composer")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("#messages h3")).to_have_text("checkout v1.4.2 prod")
    await expect(page.locator(".message.private")).to_contain_text("Only visible to you")
    await page.select_option("#me", label="bob")
    await expect(page.locator("#messages h3")).to_have_count(1)
    await expect(page.locator(".message.private")).to_have_count(0)


async def test_commands_are_suggested_and_taken_by_keyboard(page: Page) -> None:
    await page.focus("#composer")
    await page.keyboard.type("/")
    await expect(page.locator("#suggestions .choice")).to_have_count(2)
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Tab")
    await expect(page.locator("#composer")).to_have_value("/abort ")
    await expect(page.locator("#suggestions .choice")).to_have_text("/abortGo back")


async def test_a_button_asks_first_shows_it_was_heard_and_the_card_follows(
    page: Page, served: AsyncApp, workspace: Workspace
) -> None:
    pressed: list[str] = []
    card = button("approve")
    words = {"title": "Go on?", "text": "To 50%", "confirm": "Approve", "deny": "Not yet"}
    card["elements"][0]["confirm"] = {key: {"type": "plain_text", "text": text} for key, text in words.items()}
    client = served.client

    @served.action("approve")
    async def approve(ack: Any, body: Any) -> None:
        await ack()
        pressed.append(body["user"]["name"])

    ts = (await client.chat_postMessage(channel=HERE, text="x", blocks=[card]))["ts"]
    await stop_clock(page)
    await page.click('[data-action="approve"]')
    await page.click("#confirm button[value=no]")
    await page.click('[data-action="approve"]')
    await expect(page.locator("#confirm-title")).to_have_text("Go on?")
    await page.keyboard.press("Enter")
    await expect(page.locator('[data-action="approve"]')).to_have_class("button heard")
    assert pressed == ["alice"]
    await page.clock.run_for(2000)
    await expect(page.locator('[data-action="approve"]')).to_have_class("button")
    await client.chat_update(channel=HERE, ts=ts, text="moving to 50%")
    await expect(page.locator("#messages")).to_contain_text("moving to 50% (edited)")
    await expect(page.locator('[data-action="approve"]')).to_have_count(0)


async def test_a_question_that_follows_another_is_answered_by_itself(
    page: Page, served: AsyncApp, workspace: Workspace
) -> None:
    """A dialog says a moment later that it closed, when the next question may be on it."""
    pressed = asyncio.Event()

    @served.action("approve")
    async def approve(ack: Any) -> None:
        await ack()
        pressed.set()

    card = button("approve")
    words = {"title": "Go on?", "text": "To 50%", "confirm": "Approve", "deny": "Not yet"}
    card["elements"][0]["confirm"] = {key: {"type": "plain_text", "text": text} for key, text in words.items()}
    await served.client.chat_postMessage(channel=HERE, text="x", blocks=[card])
    await page.click('[data-action="approve"]')
    await page.evaluate(
        """() => {
            document.querySelector('#confirm button[value=no]').click();
            document.querySelector('[data-action="approve"]').click();
        }"""
    )
    await page.click("#confirm button[value=yes]")
    await asyncio.wait_for(pressed.wait(), PATIENCE)


async def test_what_is_on_the_screen_and_gone_meanwhile_is_told_and_no_error(
    page: Page, client: AsyncWebClient, workspace: Workspace
) -> None:
    ts = (await client.chat_postMessage(channel=HERE, text="x", blocks=[button("go")]))["ts"]
    await expect(page.locator('[data-action="go"]')).to_be_visible()
    post = workspace.records.posts.find(ts)
    assert post is not None
    post.body["blocks"] = []
    await page.click('[data-action="go"]')
    await expect(page.locator(".answer")).to_contain_text("There is no go to press")


async def test_a_press_nobody_takes_says_so_beside_the_button(
    page: Page, client: AsyncWebClient, workspace: Workspace
) -> None:
    await client.chat_postMessage(channel=HERE, text="x", blocks=[button("go")])
    await page.click('[data-action="go"]')
    await expect(page.locator(".answer")).to_contain_text("did not take this")


async def test_a_form_keeps_what_was_typed_and_shows_what_is_wrong(
    page: Page, served: AsyncApp, workspace: Workspace
) -> None:
    @served.view("why")
    async def sent(ack: Any, view: Any) -> None:
        slow = view["state"]["values"]["reason"]["text"]["value"] == "slow"
        await (ack() if slow else ack(response_action="errors", errors={"reason": "Say slow."}))

    opened = workspace.records.triggers.issue("U01ALICE001")
    await served.client.views_open(trigger_id=opened, view=form())
    field = page.get_by_label("Reason")
    await expect(field).to_be_focused()
    await page.click("#modal button[type=submit]")
    await expect(page.locator("#modal")).to_contain_text("required")
    await field.fill("fast")
    await page.keyboard.press("Enter")
    await expect(page.locator("#modal .wrong")).to_have_text("Say slow.")
    await expect(field).to_have_value("fast")
    await field.fill("slow")
    await page.keyboard.press("Enter")
    await expect(page.locator("#modal")).to_be_hidden()


async def test_a_form_that_closes_while_it_asks_for_choices_is_no_error(
    page: Page, served: AsyncApp, workspace: Workspace
) -> None:
    closed = asyncio.Event()

    async def once_closed(route: Route) -> None:
        await closed.wait()
        await route.continue_()

    await page.route("**/web/suggest", once_closed)
    view = form()
    view["blocks"][0]["element"] = {"type": "external_select", "action_id": "app", "min_query_length": 0}
    async with page.expect_response("**/web/suggest") as answered:
        opened = await served.client.views_open(trigger_id=workspace.records.triggers.issue("U01ALICE001"), view=view)
        await expect(page.get_by_label("Reason")).to_be_focused()
        await workspace.close("alice", opened["view"]["id"])
        closed.set()
    assert await (await answered.value).json() == {"options": []}


async def test_a_menu_is_worked_by_keyboard(page: Page, served: AsyncApp) -> None:
    chosen: list[str] = []

    @served.action("more")
    async def more(ack: Any, action: Any) -> None:
        await ack()
        chosen.append(action["selected_option"]["value"])

    options = [{"text": {"type": "plain_text", "text": word}, "value": word} for word in ("one", "two")]
    menu = {"type": "actions", "elements": [{"type": "overflow", "action_id": "more", "options": options}]}
    await served.client.chat_postMessage(channel=HERE, text="x", blocks=[menu])
    await stop_clock(page)
    await page.focus('[data-action="more"]')
    await page.keyboard.press("Enter")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(page.locator('[data-action="more"]')).to_have_class("button heard")
    assert chosen == ["two"]


async def test_a_thread_opens_takes_a_reply_and_links_lead_to_it(
    page: Page, client: AsyncWebClient, workspace: Workspace
) -> None:
    parent = (await client.chat_postMessage(channel=HERE, text="card"))["ts"]
    line = (await client.chat_postMessage(channel=HERE, text="10% seen", thread_ts=parent))["ts"]
    await page.click(".thread-bar")
    await expect(page.locator("#thread")).to_contain_text("10% seen")
    await page.fill("#reply", "looks fine")
    await page.keyboard.press("Enter")
    await expect(page.locator("#thread-messages")).to_contain_text("looks fine")
    assert [m["text"] for m in workspace.thread("deploys", parent)] == ["card", "10% seen", "looks fine"]
    await page.keyboard.press("Escape")
    await expect(page.locator("#thread")).to_be_hidden()
    link = (await client.chat_getPermalink(channel=HERE, message_ts=line))["permalink"]
    await page.goto(link)
    await expect(page.locator("#thread .aimed")).to_contain_text("10% seen")


async def test_what_people_type_is_text_and_never_markup(page: Page, workspace: Workspace) -> None:
    await workspace.say("bob", "deploys", "&lt;img src=x onerror=alert(1)&gt; *bold* <javascript:alert(1)|here>")
    message = page.locator(".message .body").first
    await expect(message).to_contain_text("<img src=x onerror=alert(1)> bold here")
    assert await message.locator("img, a").count() == 0
    await expect(message.locator("strong").last).to_have_text("bold")


async def test_mentions_and_dates_are_drawn_for_the_reader(page: Page, client: AsyncWebClient) -> None:
    text = "<@U01ALICE001> <@U02BOB00001> <!subteam^S01SRE00001> <#C02RANDOM01> <!date^1795183320^{time}|14:02 UTC>"
    await client.chat_postMessage(channel=HERE, text=text)
    body = page.locator(".message .body").first
    await expect(body).to_contain_text("@alice @bob @sre #random 15:02")
    await expect(body.locator(".mention.me")).to_have_text("@alice")


async def test_what_came_elsewhere_is_marked_unread(page: Page, workspace: Workspace) -> None:
    await workspace.say("bob", "random", "hello")
    await expect(page.locator("#channels .unread")).to_contain_text("random")
    await expect(page.locator("#channels .count")).to_have_text("1")
    await page.get_by_role("button", name="random").click()
    await expect(page.locator("#channels .count")).to_have_count(0)
    await expect(page.locator(".new-mark")).to_have_text("New")


async def test_an_answer_for_somebody_who_left_is_not_shown_to_who_came(
    page: Page, client: AsyncWebClient, workspace: Workspace
) -> None:
    free = asyncio.Event()

    async def once_free(route: Route) -> None:
        await free.wait()
        await route.continue_()

    await client.chat_postEphemeral(channel=HERE, user="U02BOB00001", text="for bob alone")
    await page.route("**/web/seen?user=U02BOB00001", once_free)
    async with page.expect_response("**/web/seen?user=U02BOB00001") as late:
        async with page.expect_request("**/web/seen?user=U02BOB00001"):
            await page.select_option("#me", label="bob")
        async with page.expect_response("**/web/seen?user=U01ALICE001"):
            await page.select_option("#me", label="alice")
        free.set()
    await (await late.value).finished()
    await workspace.say("carol", "deploys", "for all")
    await expect(page.locator("#messages")).to_contain_text("for all")
    await expect(page.locator(".message.private")).to_have_count(0)


async def test_what_changes_while_its_channel_is_looked_up_is_shown_as_it_is(
    page: Page, client: AsyncWebClient, workspace: Workspace
) -> None:
    changed = asyncio.Event()

    async def once_changed(route: Route) -> None:
        await changed.wait()
        await route.continue_()

    await page.route("**/web/start", once_changed, times=1)
    workspace.directory.add_channel("ops", ["alice", "leadsman"])
    async with page.expect_request("**/web/start"):
        ts = (await client.chat_postMessage(channel="#ops", text="as it was"))["ts"]
    await client.chat_update(channel=workspace.directory.channel("ops").id, ts=ts, text="as it is")
    changed.set()
    await page.get_by_role("button", name="ops").click()
    await expect(page.locator("#messages")).to_contain_text("as it is")


async def test_a_picture_that_comes_late_does_not_leave_the_newest_message_below_the_edge(
    page: Page, client: AsyncWebClient
) -> None:
    await client.chat_postMessage(channel=HERE, text="first")
    await expect(page.locator("#messages")).to_contain_text("first")
    await page.evaluate(
        """() => {
            const box = document.getElementById('messages');
            const picture = document.createElement('div');
            picture.style.height = '2000px';
            box.lastElementChild.append(picture);
            box.dispatchEvent(new Event('scroll'));
        }"""
    )
    await client.chat_postMessage(channel=HERE, text="newest")
    await expect(page.locator("#messages .message", has_text="newest")).to_be_in_viewport()


@pytest.mark.parametrize("width", [1200, 390])
async def test_all_screens_of_the_bot_are_drawn_within_the_page(
    page: Page, client: AsyncWebClient, workspace: Workspace, width: int
) -> None:
    await page.set_viewport_size({"width": width, "height": 844})
    asked = await client.files_getUploadURLExternal(filename="chart.png", length=len(CHART))
    async with aiohttp.ClientSession() as session, session.post(asked["upload_url"], data=CHART):
        await client.files_completeUploadExternal(files=[{"id": asked["file_id"]}])
    headers = []
    for payload in sorted(PAYLOADS.glob("*.json")):
        text = payload.read_text()
        for old, new in {**NAMES, "F07CHART0001": asked["file_id"], "F07CHART0002": asked["file_id"]}.items():
            text = text.replace(old, new)
        said = json.loads(text)
        if "blocks" in said and "channel" in said:
            await client.chat_postMessage(channel=HERE, text=said["text"], blocks=said["blocks"])
            headers += [block["text"]["text"] for block in said["blocks"] if block["type"] == "header"]
        elif said.get("type") == "home":
            await client.views_publish(user_id="U01ALICE001", view=said)
        elif said.get("type") == "modal":
            trigger = workspace.records.triggers.issue("U01ALICE001")
            opened = await client.views_open(trigger_id=trigger, view=said)
            await expect(page.locator("#modal-title")).to_have_text(said["title"]["text"])
            await workspace.close("alice", opened["view"]["id"])
    for header in headers:
        await expect(page.locator("#messages h3", has_text=header).first).to_be_visible()
    await expect(page.locator("#messages img").last).to_have_js_property("complete", value=True)
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert await page.locator(".block.small").count() == 0
    await expect(page.locator("#modal")).to_be_hidden()


async def test_foreign_pages_cannot_act_here(workspace: Workspace) -> None:
    told = {"user": "alice", "channel": "deploys", "text": "hello"}
    async with aiohttp.ClientSession() as session:
        async with session.post(f"{workspace.records.base}/web/say", data=json.dumps(told)) as answer:
            assert answer.status == 415
        async with session.post(f"{workspace.records.base}/web/say", json=told | {"user": "zoe"}) as answer:
            assert answer.status == 400 and "Nobody here is called zoe" in (await answer.json())["sentence"]
        async with session.post(f"{workspace.records.base}/web/dance", json=told) as answer:
            assert answer.status == 404
    assert workspace.messages("deploys") == []


async def test_news_elsewhere_leaves_an_open_menu_alone(page: Page, client: AsyncWebClient) -> None:
    options = [{"text": {"type": "plain_text", "text": word}, "value": word} for word in ("one", "two")]
    menu = {"type": "actions", "elements": [{"type": "overflow", "action_id": "more", "options": options}]}
    await client.chat_postMessage(channel=HERE, text="x", blocks=[menu])
    await page.click('[data-action="more"]')
    other = (await client.chat_postMessage(channel=HERE, text="first"))["ts"]
    await client.chat_update(channel=HERE, ts=other, text="second")
    await expect(page.locator("#messages")).to_contain_text("second")
    await expect(page.locator(".menu button").first).to_be_focused()
