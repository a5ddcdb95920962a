"""Block Kit's blocks: is this list of blocks one that Slack would take, and what does Slack make of it?"""

import copy
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from bot.playground.slack.composition import (
    RICH_ELEMENTS,
    RICH_TEXT,
    SLACK_FILE,
    anything,
    image_source,
    mrkdwn,
    plain,
    text,
)
from bot.playground.slack.elements import ELEMENTS, elements
from bot.playground.slack.limits import LIMITS
from bot.playground.slack.refusal import Json, RefusalError, bad_blocks
from bot.playground.slack.schema import Check, boolean, both, complaint, kind, listing, number, shape, string, typed

FileReady = Callable[[Json], bool]
"""May this slack_file object be shown now? Its argument holds an `id` or a `url`."""


def _block(name: str, required: Mapping[str, Check] | None = None, **optional: Check) -> Check:
    return kind(name, required, {"block_id": string(LIMITS["block_id"]), **optional})


def _section(surface: str) -> Check:
    block = _block(
        "section",
        None,
        text=text(),
        fields=listing(text(LIMITS["section.field"]), LIMITS["section.fields"]),
        accessory=elements("accessory", surface),
        expand=boolean,
    )
    return both([block, lambda value, at: shape(None, _as_is(value), any_of=("text", "fields"))(value, at)])


def _as_is(value: Json) -> dict[str, Check]:
    return dict.fromkeys(value, anything)


_IMAGE = both(
    [
        _block(
            "image",
            {"alt_text": string(LIMITS["image.alt_text"], 1)},
            image_url=string(LIMITS["image.url"], 1),
            slack_file=SLACK_FILE,
            title=plain(LIMITS["image.title"]),
        ),
        image_source,
    ]
)
_CELL = typed(
    {
        "raw_text": kind("raw_text", {"text": string(None, 1)}),
        "raw_number": kind("raw_number", {"value": number(whole=False)}, {"text": string()}),
        "rich_text": RICH_TEXT,
    }
)


def _column(value: Any, at: str) -> list[str]:
    setting = shape(None, {"align": string(among={"left", "center", "right"}), "is_wrapped": boolean})
    return [] if value is None else setting(value, at)


_TABLE = _block(
    "table",
    {"rows": listing(listing(_CELL, LIMITS["table.cells"]), LIMITS["table.rows"])},
    column_settings=listing(_column, LIMITS["table.cells"]),
)
_DATA_TABLE = _block(
    "data_table",
    {
        "caption": string(None, 1),
        "rows": listing(listing(_CELL, LIMITS["table.cells"]), LIMITS["data_table.rows"], 2),
    },
    page_size=number(1, 100),
    row_header_column_index=number(0),
)
_LABEL = string(LIMITS["data_visualization.label"], 1)
_POINTS = LIMITS["data_visualization.points"]
_SERIES = shape(
    {"name": string(None, 1), "data": listing(shape({"label": _LABEL, "value": number(whole=False)}), _POINTS)}
)
_AXES = shape(
    None,
    {
        "categories": listing(_LABEL, _POINTS),
        "x_label": string(LIMITS["data_visualization.axis_label"]),
        "y_label": string(LIMITS["data_visualization.axis_label"]),
    },
)
_DRAWN = {"series": listing(_SERIES, LIMITS["data_visualization.series"]), "axis_config": _AXES}
_SEGMENT = shape({"label": _LABEL, "value": number(0, whole=False)})
_CHART = _block(
    "data_visualization",
    {
        "title": string(LIMITS["data_visualization.title"], 1),
        "chart": typed(
            {
                "pie": kind("pie", {"segments": listing(_SEGMENT, LIMITS["data_visualization.series"])}),
                **{name: kind(name, _DRAWN) for name in ("bar", "area", "line")},
            }
        ),
    },
)


def _input(surface: str) -> Check:
    return _block(
        "input",
        {"label": plain(LIMITS["input.label"]), "element": elements("input", surface)},
        hint=plain(LIMITS["input.hint"]),
        optional=boolean,
        dispatch_action=boolean,
    )


def _everywhere(surface: str) -> dict[str, Check]:
    drawn = typed({"image": ELEMENTS["image"], "plain_text": plain(), "mrkdwn": mrkdwn()})
    return {
        "section": _section(surface),
        "divider": _block("divider"),
        "header": _block("header", {"text": plain(LIMITS["header.text"])}, level=number(1, 4)),
        "image": _IMAGE,
        "context": _block("context", {"elements": listing(drawn, LIMITS["context.elements"])}),
        "actions": _block("actions", {"elements": listing(elements("actions", surface), LIMITS["actions.elements"])}),
        "input": _input(surface),
        "rich_text": _block("rich_text", {"elements": RICH_ELEMENTS}),
        "video": _block(
            "video",
            {
                "alt_text": string(),
                "title": plain(LIMITS["video.title"]),
                "thumbnail_url": string(),
                "video_url": string(),
            },
            author_name=string(LIMITS["video.author_name"]),
            description=plain(),
            provider_icon_url=string(),
            provider_name=string(),
            title_url=string(),
        ),
    }


SURFACES: Mapping[str, Mapping[str, Check]] = {
    "message": {
        **_everywhere("message"),
        "table": _TABLE,
        "data_table": _DATA_TABLE,
        "data_visualization": _CHART,
        "markdown": _block("markdown", {"text": string(LIMITS["markdown.text"], 1)}),
        "context_actions": _block(
            "context_actions",
            {"elements": listing(elements("context_actions", "message"), LIMITS["context_actions.elements"])},
        ),
    },
    "modal": {
        **_everywhere("modal"),
        "alert": _block(
            "alert", {"text": text()}, level=string(among={"default", "info", "warning", "error", "success"})
        ),
    },
    "home": _everywhere("home"),
}
"""Block types by surface.

What is missing (card, carousel, container, plan, task_card, auth_provider, call) is refused as unsupported; `file`
never can be posted.
"""


def complaints(blocks: Any, surface: str, at: str = "/blocks", file_ready: FileReady | None = None) -> list[str]:
    """All that Slack would say against these blocks; empty if it takes them."""
    check = listing(typed(SURFACES[surface], polymorphic=False), LIMITS[f"{surface}.blocks"], 0)
    lines = check(blocks, at)
    if lines:
        return lines
    lines += _duplicates(blocks, at) + _markdown(blocks, at)
    if file_ready is not None:
        lines += [
            complaint("invalid slack file", f"{pointer}/slack_file")
            for pointer, image in _images(blocks, at)
            if not file_ready(image["slack_file"])
        ]
    return lines


def check_message(blocks: Any, file_ready: FileReady) -> None:
    """Refuse what a message may not hold; the attachments' word is Slack's for a second table."""
    found = complaints(blocks, "message", file_ready=file_ready)
    if found:
        raise bad_blocks(found)
    if sum(block["type"] == "table" for block in blocks) > 1:
        only = [complaint("only_one_table_allowed", "/blocks")]
        raise RefusalError("invalid_attachments", errors=only, response_metadata={"messages": ["[ERROR] " + only[0]]})
    if len(json.dumps(blocks, ensure_ascii=False, separators=(",", ":")).encode()) > LIMITS["message.blocks.bytes"]:
        raise RefusalError("msg_blocks_too_long")


def _duplicates(blocks: list[Json], at: str) -> list[str]:
    lines: list[str] = []
    seen: set[str] = set()
    for i, block in enumerate(blocks):
        if (name := block.get("block_id")) and name in seen:
            lines.append(complaint(f"block_id {name} already exists", f"{at}/{i}/block_id"))
        seen.add(name or "")
        actions: set[str] = set()
        for element in interactive(block):
            if (action := element.get("action_id")) and action in actions:
                lines.append(complaint(f"action_id {action} already exists", f"{at}/{i}/elements"))
            actions.add(action or "")
    return lines


def _markdown(blocks: list[Json], at: str) -> list[str]:
    whole = sum(len(block["text"]) for block in blocks if block["type"] == "markdown")
    if whole > LIMITS["markdown.text"]:
        return [complaint(f"must be less than {LIMITS['markdown.text'] + 1} characters", at)]
    return []


def _images(blocks: list[Json], at: str) -> Iterator[tuple[str, Json]]:
    for i, block in enumerate(blocks):
        places = [(f"{at}/{i}", block), (f"{at}/{i}/accessory", block.get("accessory") or {})]
        if block["type"] == "context":
            places += [(f"{at}/{i}/elements/{j}", one) for j, one in enumerate(block["elements"])]
        yield from ((pointer, one) for pointer, one in places if one.get("type") == "image" and "slack_file" in one)


def interactive(block: Json) -> list[Json]:
    """The block's elements that a person can act on, in order."""
    match block.get("type"):
        case "actions" | "context_actions":
            return list(block["elements"])
        case "input":
            return [block["element"]]
        case "section" if block.get("accessory", {}).get("type") not in (None, "image"):
            return [block["accessory"]]
        case _:
            return []


def as_kept(blocks: list[Json], mint: Callable[[], str]) -> list[Json]:
    """The blocks as Slack returns them: ids filled in from `mint`, the flags of texts written out, bare ampersands
    escaped.
    """
    kept = copy.deepcopy(blocks)
    for block in kept:
        block["block_id"] = block.get("block_id") or mint()
        for element in interactive(block):
            element.setdefault("action_id", mint())
        _write_out(block)
    return kept


def _write_out(value: Any) -> None:
    if isinstance(value, list):
        for one in value:
            _write_out(one)
    elif isinstance(value, dict):
        if value.get("type") == "plain_text":
            value.setdefault("emoji", True)
            value["text"] = escape(value["text"])
        elif value.get("type") == "mrkdwn":
            value.setdefault("verbatim", False)
            value["text"] = escape(value["text"])
        else:
            for one in value.values():
                _write_out(one)


def escape(typed_text: str) -> str:
    """Ampersands that begin no entity, escaped as Slack stores them."""
    parts = typed_text.split("&")
    entities = ("amp;", "lt;", "gt;")
    return parts[0] + "".join(("&" if part.startswith(entities) else "&amp;") + part for part in parts[1:])
