"""Every Block Kit limit: the last allowed size passes, the next one is refused where it stands."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.playground.slack.blocks import complaints
from bot.playground.slack.views import view_complaints

PAYLOADS = sorted((Path(__file__).parent / "blocks").glob("*.json"))


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def section(text: str = "hello", **more: Any) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, **more}


def actions(*elements: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "actions", "elements": list(elements), **more}


def button(text: str = "Go", **more: Any) -> dict[str, Any]:
    return {"type": "button", "text": plain(text), **more}


def confirm(**more: Any) -> dict[str, Any]:
    return {"title": plain("t"), "text": plain("x"), "confirm": plain("y"), "deny": plain("n"), **more}


def options(count: int, text: str = "o", value: str = "v", **more: Any) -> list[dict[str, Any]]:
    return [{"text": plain(text), "value": value, **more} for _ in range(count)]


def menu(kind: str, count: int = 2, **more: Any) -> dict[str, Any]:
    return {"type": kind, "options": options(count), **more}


def image(**more: Any) -> dict[str, Any]:
    return {"type": "image", "image_url": "https://example.com/a.png", "alt_text": "a", **more}


def question(element: dict[str, Any] | None = None, label: str = "Why", **more: Any) -> dict[str, Any]:
    return {"type": "input", "label": plain(label), "element": element or {"type": "plain_text_input"}, **more}


def table(rows: int, cells: int = 1) -> dict[str, Any]:
    return {"type": "table", "rows": [[{"type": "raw_text", "text": "x"}] * cells] * rows}


def chart(**more: Any) -> dict[str, Any]:
    segments = [{"label": "a", "value": 1}]
    return {"type": "data_visualization", "title": "t", "chart": {"type": "pie", "segments": segments}, **more}


Made = Callable[[int], Any]
LIMITS: dict[str, tuple[int, Made]] = {
    "section text": (3000, lambda n: section("x" * n)),
    "section fields": (10, lambda n: {"type": "section", "fields": [plain("x")] * n}),
    "section field text": (2000, lambda n: {"type": "section", "fields": [plain("x" * n)]}),
    "block_id": (255, lambda n: section(block_id="x" * n)),
    "action_id": (255, lambda n: actions(button(action_id="x" * n))),
    "header text": (150, lambda n: {"type": "header", "text": plain("x" * n)}),
    "context elements": (10, lambda n: {"type": "context", "elements": [plain("x")] * n}),
    "actions elements": (25, lambda n: actions(*[button()] * n)),
    "context_actions elements": (5, lambda n: {"type": "context_actions", "elements": [icon_button()] * n}),
    "image url": (3000, lambda n: image(image_url="x" * n)),
    "image alt_text": (2000, lambda n: image(alt_text="x" * n)),
    "image title": (2000, lambda n: image(title=plain("x" * n))),
    "input label": (2000, lambda n: question(label="x" * n)),
    "input hint": (2000, lambda n: question(hint=plain("x" * n))),
    "button text": (75, lambda n: actions(button("x" * n))),
    "button value": (2000, lambda n: actions(button(value="x" * n))),
    "button url": (3000, lambda n: actions(button(url="x" * n))),
    "accessibility_label": (75, lambda n: actions(button(accessibility_label="x" * n))),
    "confirm title": (100, lambda n: actions(button(confirm=confirm(title=plain("x" * n))))),
    "confirm text": (300, lambda n: actions(button(confirm=confirm(text=plain("x" * n))))),
    "confirm yes": (30, lambda n: actions(button(confirm=confirm(confirm=plain("x" * n))))),
    "confirm no": (30, lambda n: actions(button(confirm=confirm(deny=plain("x" * n))))),
    "option text": (75, lambda n: actions(menu("static_select", options=options(1, text="x" * n)))),
    "option value": (150, lambda n: actions(menu("static_select", options=options(1, value="x" * n)))),
    "option description": (
        75,
        lambda n: actions(menu("radio_buttons", options=options(1, description=plain("x" * n)))),
    ),
    "overflow option url": (3000, lambda n: actions(menu("overflow", options=options(1, url="x" * n)))),
    "select options": (100, lambda n: actions(menu("static_select", n))),
    "multi select options": (100, lambda n: section(accessory=menu("multi_static_select", n))),
    "option groups": (
        100,
        lambda n: actions(
            {"type": "static_select", "option_groups": [{"label": plain("g"), "options": options(1)}] * n}
        ),
    ),
    "option group label": (
        75,
        lambda n: actions(
            {"type": "static_select", "option_groups": [{"label": plain("x" * n), "options": options(1)}]}
        ),
    ),
    "overflow options": (5, lambda n: actions(menu("overflow", n))),
    "checkboxes": (10, lambda n: actions(menu("checkboxes", n))),
    "radio buttons": (10, lambda n: actions(menu("radio_buttons", n))),
    "placeholder": (150, lambda n: actions({"type": "users_select", "placeholder": plain("x" * n)})),
    "plain_text_input min_length": (3000, lambda n: question({"type": "plain_text_input", "min_length": n})),
    "markdown text": (12_000, lambda n: {"type": "markdown", "text": "x" * n}),
    "table rows": (100, table),
    "table cells": (20, lambda n: table(1, n)),
    "chart title": (50, lambda n: chart(title="x" * n)),
    "chart segments": (
        6,
        lambda n: chart(chart={"type": "pie", "segments": [{"label": "a", "value": 1}] * n}),
    ),
    "video title": (
        200,
        lambda n: {"type": "video", "title": plain("x" * n), "alt_text": "", "thumbnail_url": "", "video_url": ""},
    ),
}


def icon_button() -> dict[str, Any]:
    return {"type": "icon_button", "icon": "trash", "text": plain("Delete")}


@pytest.mark.parametrize("limit", LIMITS)
def test_each_limit_allows_its_last_size_and_refuses_the_next(limit: str) -> None:
    most, made = LIMITS[limit]
    assert complaints([made(most)], "message") == []
    found = complaints([made(most + 1)], "message")
    assert found, limit
    assert all("[json-pointer:/blocks/0" in line for line in found)


@pytest.mark.parametrize(("surface", "most"), [("message", 50), ("modal", 100), ("home", 100)])
def test_a_surface_holds_so_many_blocks(surface: str, most: int) -> None:
    assert complaints([section()] * most, surface) == []
    assert complaints([section()] * (most + 1), surface) == [
        f"no more than {most} items allowed [json-pointer:/blocks]"
    ]


def test_complaints_read_as_slack_recorded_them() -> None:
    assert complaints([section("x" * 3001)], "message") == [
        "failed to match all allowed schemas [json-pointer:/blocks/0/text]",
        "must be less than 3001 characters [json-pointer:/blocks/0/text/text]",
    ]
    wrong_id = {"type": "image", "slack_file": {"id": "X1"}, "alt_text": "a"}
    assert complaints([section(), section(), wrong_id], "message") == [
        "input must match regex pattern: ^[F][A-Z0-9]{8,}$ [json-pointer:/blocks/2/slack_file/id]"
    ]


WRONG: dict[str, Any] = {
    "empty text": section(""),
    "section without text or fields": {"type": "section"},
    "unknown type": {"type": "marquee"},
    "no type": {"text": plain("x")},
    "file block, which cannot be posted": {"type": "file", "external_id": "x", "source": "remote"},
    "a property Slack does not know": section(colour="red"),
    "header in mrkdwn": {"type": "header", "text": {"type": "mrkdwn", "text": "x"}},
    "image with both sources": image(slack_file={"id": "F123456789"}),
    "image without a source": {"type": "image", "alt_text": "a"},
    "image without alt_text": {"type": "image", "image_url": "https://example.com/a.png"},
    "slack_file with id and url": {"type": "image", "alt_text": "a", "slack_file": {"id": "F123456789", "url": "x"}},
    "overflow without options": actions(menu("overflow", 0)),
    "select with both options and groups": actions(menu("static_select", option_groups=[])),
    "button style of its own": actions(button(style="calm")),
    "text input in an actions block": actions({"type": "plain_text_input", "action_id": "a"}),
    "number as text": {"type": "header", "text": plain(5)},  # type: ignore[arg-type]
    "empty table": {"type": "table", "rows": []},
    "alert in a message": {"type": "alert", "text": plain("x")},
    "e-mail input in a message": question({"type": "email_text_input"}),
    "not an object": "hello",
}


@pytest.mark.parametrize("what", WRONG)
def test_what_slack_refuses_is_refused(what: str) -> None:
    assert complaints([WRONG[what]], "message")


def test_block_ids_are_unique_in_a_message_and_action_ids_in_their_block() -> None:
    twice = complaints([section(block_id="a"), section(block_id="a")], "message")
    assert twice == ["block_id a already exists [json-pointer:/blocks/1/block_id]"]
    assert complaints([actions(button(action_id="a"), button(action_id="a"))], "message")
    assert complaints([actions(button(action_id="a")), actions(button(action_id="a"))], "message") == []


def test_markdown_blocks_share_one_budget() -> None:
    half = {"type": "markdown", "text": "x" * 6001}
    assert complaints([half, half], "message")


def test_tables_stay_out_of_views_and_forms_need_a_submit() -> None:
    assert complaints([table(1)], "modal")
    modal = {"type": "modal", "title": plain("t"), "blocks": [question()]}
    assert view_complaints(modal, "modal", None) == [
        "failed to match all allowed schemas [json-pointer:/view]",
        "missing required field: submit [json-pointer:/view]",
    ]
    assert view_complaints(modal | {"submit": plain("Go")}, "modal", None) == []


@pytest.mark.parametrize(
    ("key", "most"),
    [("title", 24), ("submit", 24), ("close", 24), ("private_metadata", 3000), ("callback_id", 255)],
)
def test_each_limit_of_a_view(key: str, most: int) -> None:
    def view(n: int) -> dict[str, Any]:
        text: Any = "x" * n
        made = {"type": "modal", "title": plain("t"), "blocks": [section()]}
        return made | {key: text if key in ("private_metadata", "callback_id") else plain(text)}

    assert view_complaints(view(most), "modal", None) == []
    found = view_complaints(view(most + 1), "modal", None)
    assert found[0] == "failed to match all allowed schemas [json-pointer:/view]"
    assert found[1].startswith(f"must be less than {most + 1} characters [json-pointer:/view/{key}")


@pytest.mark.parametrize("payload", PAYLOADS, ids=lambda path: path.stem)
def test_the_bots_own_screens_are_taken(payload: Path) -> None:
    said = json.loads(payload.read_text())
    if said.get("type") in ("modal", "home"):
        assert view_complaints(said, said["type"], None) == []
    else:
        for message in said.get("messages", [said]):
            assert complaints(message.get("blocks", []), "message") == []
