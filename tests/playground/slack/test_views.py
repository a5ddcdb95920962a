"""Views: triggers, the stack of three, hashes, and what a submission's answer does."""

from typing import Any

import pytest
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.slack import ImpossibleError, Workspace

from .conftest import HandClock
from .test_bolt import form
from .test_webapi import refused

ALICE = "U01ALICE001"


@pytest.fixture
def trigger(workspace: Workspace) -> Any:
    return workspace.records.triggers.issue


async def test_a_trigger_is_good_for_three_seconds_and_one_view(
    workspace: Workspace, client: AsyncWebClient, clock: HandClock, trigger: Any
) -> None:
    used = trigger(ALICE)
    await client.views_open(trigger_id=used, view=form())
    assert (await refused(client.views_open(trigger_id=used, view=form())))["error"] == "exchanged_trigger_id"
    late = trigger(ALICE)
    clock.at += 3.1
    assert (await refused(client.views_open(trigger_id=late, view=form())))["error"] == "expired_trigger_id"
    assert (await refused(client.views_open(trigger_id="1.2.abc", view=form())))["error"] == "invalid_trigger_id"
    none = await refused(client.api_call("views.open", json={"view": form()}))
    assert none["response_metadata"]["messages"] == ["[ERROR] missing required field: trigger_id"]


async def test_three_views_lie_on_each_other_and_no_fourth(
    workspace: Workspace, client: AsyncWebClient, trigger: Any
) -> None:
    first = (await client.views_open(trigger_id=trigger(ALICE), view=form("1")))["view"]
    second = (await client.views_push(trigger_id=trigger(ALICE, first["id"]), view=form("2")))["view"]
    assert (second["previous_view_id"], second["root_view_id"]) == (first["id"], first["id"])
    await client.views_push(trigger_id=trigger(ALICE, second["id"]), view=form("3"))
    fourth = await refused(client.views_push(trigger_id=trigger(ALICE, second["id"]), view=form("4")))
    assert fourth["error"] == "push_limit_reached"
    assert [view["title"]["text"] for view in workspace.views("alice")] == ["1", "2", "3"]
    outside = await refused(client.views_push(trigger_id=trigger(ALICE), view=form()))
    assert outside["error"] == "invalid_trigger_id"


async def test_an_update_needs_the_hash_it_was_drawn_from(client: AsyncWebClient, trigger: Any) -> None:
    view = (await client.views_open(trigger_id=trigger(ALICE), view=form("1")))["view"]
    newer = (await client.views_update(view_id=view["id"], hash=view["hash"], view=form("2")))["view"]
    assert newer["hash"] != view["hash"]
    stale = await refused(client.views_update(view_id=view["id"], hash=view["hash"], view=form("3")))
    assert stale["error"] == "hash_conflict"
    assert (await refused(client.views_update(view_id="V0", view=form())))["error"] == "not_found"


async def test_an_external_id_is_unique_and_finds_its_view(client: AsyncWebClient, trigger: Any) -> None:
    await client.views_open(trigger_id=trigger(ALICE), view=form() | {"external_id": "e"})
    await client.views_update(external_id="e", view=form("2") | {"external_id": "e"})
    other = client.views_open(trigger_id=trigger("U02BOB00001"), view=form() | {"external_id": "e"})
    assert (await refused(other))["error"] == "duplicate_external_id"


async def test_a_view_that_is_wrong_or_too_large_is_refused_with_pointers(client: AsyncWebClient, trigger: Any) -> None:
    long = await refused(client.views_open(trigger_id=trigger(ALICE), view=form() | {"private_metadata": "x" * 3001}))
    assert long["error"] == "invalid_arguments"
    assert long["response_metadata"]["messages"] == [
        "[ERROR] failed to match all allowed schemas [json-pointer:/view]",
        "[ERROR] must be less than 3001 characters [json-pointer:/view/private_metadata]",
    ]
    large = await refused(client.views_open(trigger_id=trigger(ALICE), view=form() | {"notes": "x" * 250_000}))
    assert large["error"] == "view_too_large"


async def test_the_home_tab_is_published_to_a_person_and_guards_its_hash(
    workspace: Workspace, client: AsyncWebClient
) -> None:
    home = {"type": "home", "blocks": [{"type": "divider"}]}
    first = (await client.views_publish(user_id=ALICE, view=home))["view"]
    again = (await client.views_publish(user_id=ALICE, view=home, hash=first["hash"]))["view"]
    assert again["id"] == first["id"]
    stale = await refused(client.views_publish(user_id=ALICE, view=home, hash=first["hash"]))
    assert stale["error"] == "hash_conflict"
    shown = workspace.home("alice")
    assert shown and shown["hash"] == again["hash"] and workspace.home("bob") is None
    assert (await refused(client.views_publish(user_id="U05ERIN0001", view=home)))["error"] == "invalid_arguments"


async def test_a_form_is_not_sent_while_a_field_is_empty_or_too_long(
    workspace: Workspace, client: AsyncWebClient, trigger: Any
) -> None:
    view = (await client.views_open(trigger_id=trigger(ALICE), view=form()))["view"]
    with pytest.raises(ImpossibleError, match="required"):
        await workspace.submit("alice", view["id"], {})
    with pytest.raises(ImpossibleError, match="at most 10"):
        await workspace.submit("alice", view["id"], {"reason": "x" * 11})
    with pytest.raises(ImpossibleError, match="does not have"):
        await workspace.submit("bob", view["id"], {"reason": "x"})
    with pytest.raises(ImpossibleError, match="no field in block"):
        await workspace.submit("alice", view["id"], {"why": "x"})


async def test_a_submission_can_update_push_and_clear(connected: AsyncApp, workspace: Workspace) -> None:
    answers: list[dict[str, Any]] = [
        {"response_action": "update", "view": form("2")},
        {"response_action": "push", "view": form("3")},
        {"response_action": "clear"},
    ]

    @connected.view("why")
    async def sent(ack: Any) -> None:
        await ack(**answers.pop(0))

    opened = workspace.records.triggers.issue(ALICE)
    await connected.client.views_open(trigger_id=opened, view=form("1"))
    titles = []
    while workspace.views("alice"):
        await workspace.submit("alice", workspace.views("alice")[-1]["id"], {"reason": "x"})
        titles.append([view["title"]["text"] for view in workspace.views("alice")])
    assert titles == [["2"], ["2", "3"], []]


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ({"response_action": "update", "view": {"type": "modal"}}, "invalid_arguments"),
        ({"response_action": "errors", "errors": {"text": "an action_id"}}, "by their block_id"),
        ("done", "empty body"),
    ],
)
async def test_an_answer_slack_would_refuse_keeps_the_form_open(
    connected: AsyncApp, workspace: Workspace, answer: Any, why: str
) -> None:
    @connected.view("why")
    async def sent(ack: Any) -> None:
        await (ack(answer) if isinstance(answer, str) else ack(**answer))

    await connected.client.views_open(trigger_id=workspace.records.triggers.issue(ALICE), view=form())
    [view] = workspace.views("alice")
    await workspace.submit("alice", view["id"], {"reason": "x"})
    assert why in workspace.form_errors(view["id"])[""]
    assert workspace.views("alice")[0]["state"]["values"]["reason"]["text"]["value"] == "x"


async def test_closing_is_told_only_where_it_was_asked_for(connected: AsyncApp, workspace: Workspace) -> None:
    told = []

    @connected.view_closed("why")
    async def closed(ack: Any, body: Any) -> None:
        told.append((body["is_cleared"], body["view"]["state"]["values"]))
        await ack()

    issue = workspace.records.triggers.issue
    await connected.client.views_open(trigger_id=issue(ALICE), view=form())
    assert await workspace.close("alice", workspace.views("alice")[0]["id"]) is None
    await connected.client.views_open(trigger_id=issue(ALICE), view=form() | {"notify_on_close": True})
    await workspace.close("alice", workspace.views("alice")[0]["id"])
    assert workspace.views("alice") == [] and told == [(False, {})]


async def test_choices_in_a_view_reach_the_app_with_all_that_was_filled_in(
    connected: AsyncApp, workspace: Workspace
) -> None:
    heard = []
    select = {
        "type": "static_select",
        "action_id": "env",
        "options": [{"text": {"type": "plain_text", "text": e}, "value": e} for e in ("staging", "prod")],
    }
    view = form()
    view["blocks"].append({"type": "actions", "block_id": "where", "elements": [select]})

    @connected.action("env")
    async def chosen(ack: Any, action: Any, body: Any) -> None:
        heard.append((action["selected_option"]["value"], body["view"]["state"]["values"]["reason"]["text"]["value"]))
        await ack()

    await connected.client.views_open(trigger_id=workspace.records.triggers.issue(ALICE), view=view)
    [opened] = workspace.views("alice")
    await workspace.press_in_view("alice", opened["id"], "env", "prod", values={"reason": "x"})
    assert heard == [("prod", "x")]
    [after] = workspace.views("alice")
    assert after["state"]["values"]["where"]["env"]["selected_option"]["value"] == "prod"
    with pytest.raises(ImpossibleError, match="offers staging, prod, not moon"):
        await workspace.press_in_view("alice", opened["id"], "env", "moon")


async def test_an_external_select_is_filled_by_the_app(connected: AsyncApp, workspace: Workspace) -> None:
    @connected.options("app")
    async def apps(ack: Any, body: Any) -> None:
        await ack(options=[{"text": {"type": "plain_text", "text": body["value"]}, "value": body["value"]}])

    view = form()
    view["blocks"][0]["element"] = {"type": "external_select", "action_id": "app", "min_query_length": 0}
    await connected.client.views_open(trigger_id=workspace.records.triggers.issue(ALICE), view=view)
    offered = await workspace.suggest("alice", workspace.views("alice")[0]["id"], "app", "check")
    assert [one["value"] for one in offered] == ["check"]
