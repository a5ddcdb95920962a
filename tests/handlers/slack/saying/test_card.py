"""The card in every state, with ordinary names and with the longest, held to Block Kit's limits and to the house rules."""

import json
import re
from collections.abc import AsyncIterator
from html import unescape
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.clock import PlaygroundClock
from bot.playground.slack import Workspace
from handlers.plain import message_lines
from handlers.slack.ids import ActionId, Choice, parse_asked, parse_choice, parse_drawing, parse_pressed
from handlers.slack.manifest import scopes
from handlers.slack.views.card import Drawing, Picture, between, card
from handlers.slack.views.prose import Group, person
from strategies.allowed import Verb
from strategies.model import Rollout
from strategies.phase import unfinished
from strategies.snapshot import Snapshot, snapshot
from tests.handlers.slack.saying import kept
from tests.handlers.slack.saying.states import BOB, STATES, at, longest, seen

GROUPS = {"approver": (Group("S01SRE00001", "sre"),)}
PICTURE = Picture("F0000000001", "p95 latency: 412 ms, limit 300 ms.", {"p95-latency": "208 ms"})
VERB_OF = {
    ActionId.PROMOTE: Verb.PROMOTE,
    ActionId.PAUSE: Verb.PAUSE,
    ActionId.RESUME: Verb.RESUME,
    ActionId.ABORT: Verb.ABORT,
    ActionId.APPROVE: Verb.APPROVE,
    ActionId.REJECT: Verb.REJECT,
    ActionId.ACCEPT: Verb.APPROVE,
    ActionId.AGAIN: Verb.MEASURE_AGAIN,
}
CHOSEN = {
    Choice.PROMOTE: Verb.PROMOTE,
    Choice.PAUSE: Verb.PAUSE,
    Choice.ABORT: Verb.ABORT,
    Choice.SKIP: Verb.SKIP,
    Choice.FULL: Verb.PROMOTE_FULL,
    Choice.TERMINATE: Verb.TERMINATE,
}


def shown(of: Rollout) -> Snapshot:
    looked = seen(of)
    assert unfinished(of).id == "w1"
    return snapshot(of, looked, at(12))


def draw(of: Rollout, *, first: bool = False, picture: Picture | None = None) -> dict[str, Any]:
    return card(shown(of), Drawing(7, at(12), GROUPS, picture, first)).payload()


def elements(payload: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for block in payload["blocks"] if block["type"] == "actions" for one in block["elements"]]


@pytest.fixture
async def slack(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[AsyncWebClient]:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    workspace = Workspace(
        PlaygroundClock(), signing_secret="s", bot_token="xoxb-1", app_token="xapp-1", scopes=scopes()
    )
    workspace.rates.enforced = False
    await workspace.start()
    yield AsyncWebClient("xoxb-1", base_url=workspace.records.base + "/api/")
    await workspace.stop()


@pytest.mark.parametrize("name", STATES)
def test_every_state_is_drawn_as_its_snapshot_shows(name: str) -> None:
    kept.check(f"card-{name}", draw(STATES[name]()))


@pytest.mark.parametrize("name", STATES)
def test_every_state_reads_well_as_plain_text(name: str) -> None:
    kept.check(f"text-{name}", message_lines(draw(STATES[name]())))


def test_the_first_post_mentions_nobody_and_has_no_buttons() -> None:
    payload = draw(STATES["starting"](), first=True)
    kept.check("card-first-post", payload)
    assert "U01ALICE001" not in json.dumps(payload)
    assert not elements(payload)


def test_a_failure_with_its_chart_shows_the_stable_values_beside_the_new_ones() -> None:
    kept.check("card-rolled-back-with-chart", draw(STATES["rolled-back"](), picture=PICTURE))


def test_a_replaced_card_leads_to_the_one_that_took_its_place() -> None:
    drawing = Drawing(7, at(12), GROUPS, successor="https://example.slack.com/archives/C1/p2")
    kept.check("card-replaced-with-link", card(shown(STATES["replaced"]()), drawing).payload())
    assert "archives/C1/p2" not in json.dumps(card(shown(STATES["rolled-back"]()), drawing).payload())


def test_a_click_is_heard_at_once_in_place_of_the_buttons() -> None:
    message = card(shown(STATES["gate-1-of-2"]()), Drawing(7, at(12), GROUPS))
    heard = between(message, ("Approved by ", person(BOB), ", moving to 50%…")).payload()
    assert not elements(heard)
    assert "Approved by <@U02BOB00001>, moving to 50%…" in json.dumps(heard, ensure_ascii=False)


@pytest.mark.parametrize("stretched", [False, True], ids=["ordinary names", "longest names"])
@pytest.mark.parametrize("name", STATES)
async def test_slack_takes_every_card(slack: AsyncWebClient, name: str, stretched: bool) -> None:
    of = longest(STATES[name]()) if stretched else STATES[name]()
    for first in (True, False):
        payload = draw(of, first=first)
        assert (await slack.chat_postMessage(channel="#deploys", **payload))["ok"]
        assert len(json.dumps(payload["blocks"], separators=(",", ":"))) < 5_000


@pytest.mark.parametrize("stretched", [False, True], ids=["ordinary names", "longest names"])
@pytest.mark.parametrize("name", STATES)
def test_every_card_keeps_the_house_rules(name: str, stretched: bool) -> None:
    of = longest(STATES[name]()) if stretched else STATES[name]()
    payload = draw(of)
    header = payload["blocks"][0]["text"]["text"]
    assert len(header) <= 60
    assert len(unescape(payload["text"])) <= 130
    assert unescape(payload["text"]).startswith(header)
    assert "<" not in payload["text"]
    drawn = elements(payload)
    buttons = [one for one in drawn if one["type"] == "button"]
    assert len(buttons) <= 3
    assert len(drawn) - len(buttons) <= 1
    assert sum(one.get("style") == "primary" for one in buttons) <= 1
    assert not any(one.get("style") == "danger" for one in buttons)
    assert all(one["accessibility_label"] for one in buttons)
    assert len(re.findall(r'"type": "emoji"', json.dumps(payload))) == 1


@pytest.mark.parametrize("name", STATES)
def test_only_what_somebody_may_do_now_is_drawn_and_every_value_can_be_read(name: str) -> None:
    of = STATES[name]()
    legal, position = shown(of).verbs, shown(of).position
    for block in draw(of)["blocks"]:
        if block["type"] != "actions":
            continue
        assert parse_drawing(block["block_id"]) == 7
        for one in block["elements"]:
            if one["type"] == "overflow":
                for option in one["options"]:
                    choice, pressed = parse_choice(option["value"]) or pytest.fail(option["value"])
                    assert pressed.position == position
                    assert choice is Choice.DETAILS or CHOSEN[choice] in legal
                continue
            action = ActionId(one["action_id"])
            assert action not in VERB_OF or VERB_OF[action] in legal
            assert parse_asked(one["value"]) or parse_pressed(one["value"])


def test_only_the_last_approval_asks_whether_one_means_it_and_says_what_happens() -> None:
    first, last = (elements(draw(STATES[name]()))[0] for name in ("gate-0-of-2", "gate-1-of-2"))
    assert "confirm" not in first
    assert "from 10% to 50%" in last["confirm"]["text"]["text"]
    assert "Are you sure" not in json.dumps(last)


def test_what_people_typed_can_neither_ping_nor_shout() -> None:
    of = longest(STATES["gate-1-of-2"]())
    marked = [
        one["text"] for block in draw(of)["blocks"] if block["type"] == "context" for one in block["elements"]
    ] + [draw(of)["text"]]
    assert not any("<!channel>" in text or "*bold*" in text for text in marked)
    rich = json.dumps(draw(of), ensure_ascii=False)
    assert "<!channel> *bold*" in rich


def test_a_finished_card_is_shorter_than_a_running_one() -> None:
    assert len(message_lines(draw(STATES["healthy"]()))) < len(message_lines(draw(STATES["checks"]())))


def test_the_states_of_a_card_differ_only_by_what_is_true() -> None:
    of = STATES["checks"]()
    assert draw(of) == draw(of)


@pytest.mark.parametrize("name", STATES)
def test_a_card_with_its_chart_stays_small(name: str) -> None:
    picture = Picture("F0000000001", "p95 latency: 412 ms, limit 300 ms. " * 12, {"p95-latency": "208 ms"})
    payload = draw(STATES[name](), picture=picture)
    assert len(json.dumps(payload["blocks"], separators=(",", ":"))) < 5_000
