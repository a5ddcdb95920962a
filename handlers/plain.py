"""Slack's messages as plain text: the channel of a headless demo, and cards in a terminal."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from handlers.slack.views.card import SIGNS

if TYPE_CHECKING:
    from bot.playground.slack import Change

_MARK = re.compile(
    r"<!date\^\d+\^[^|>]*\|([^>]*)>|<!subteam\^([^|>]+)(?:\|([^>]*))?>|<@([^|>]+)(?:\|([^>]*))?>|<([^|>]+)(?:\|([^>]*))?>"
)

_SIGNS = {sign.name: sign.character for sign in SIGNS.values()}

Names = Callable[[str], str]
"""The name of a person or user group by its Slack id."""


class Transcript:
    """Prints a channel as it happens: cards whole, thread lines with a bar before them, private answers with who reads them."""

    def __init__(self, out: Callable[[str], object], names: Names = str) -> None:
        self._out = out
        self._names = names
        self._last: dict[str, str] = {}

    def note(self, change: "Change") -> None:
        """Print a message that was posted or changed. One that reads as before is not printed again."""
        if change.kind not in ("posted", "edited"):
            return
        body = change.body
        text = "\n".join(message_lines(body, self._names))
        if self._last.get(body["ts"]) == text:
            return
        self._last[body["ts"]] = text
        in_thread = body.get("thread_ts") not in (None, body["ts"])
        only = f"(only {self._names(change.user)}) " if change.user is not None else ""
        indent = only or ("  | " if in_thread else "")
        self._out("\n".join(f"{indent}{line}" for line in text.splitlines()) + ("" if in_thread else "\n"))


def message_lines(message: Mapping[str, Any], names: Names = str) -> tuple[str, ...]:
    """The lines of a message: those of its blocks, or of its text where it has none."""
    blocks = message.get("blocks") or ()
    lines = [line for block in blocks for line in _block(block, names)]
    return tuple(lines) or tuple(_words(str(message.get("text", "")), names).splitlines())


def _block(block: Mapping[str, Any], names: Names) -> Iterator[str]:
    match block.get("type"):
        case "header":
            yield block["text"]["text"]
        case "section":
            yield from _text(block["text"], names).splitlines()
        case "rich_text":
            for section in block["elements"]:
                yield from "".join(_element(one, names) for one in section["elements"]).splitlines()
        case "context":
            yield " ".join(_text(one, names) for one in block["elements"])
        case "table":
            yield from _table(block["rows"])
        case "image":
            yield f"[chart] {block['alt_text']}"
        case "actions":
            yield " ".join(filter(None, map(_button, block["elements"])))


def _text(text: Mapping[str, Any], names: Names) -> str:
    return _words(text["text"], names) if text["type"] == "mrkdwn" else str(text["text"])


def _words(text: str, names: Names) -> str:
    """mrkdwn without its marks."""

    def plain(found: re.Match[str]) -> str:
        date, group, handle, person, name, link, label = found.groups()
        if person or group:
            return name or handle or "@" + names(person or group)
        return date or label or link

    words = _MARK.sub(plain, text.replace("*", "").replace("`", ""))
    return words.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _element(element: Mapping[str, Any], names: Names) -> str:
    match element["type"]:
        case "user":
            return "@" + names(element["user_id"])
        case "usergroup":
            return "@" + names(element["usergroup_id"])
        case "date":
            at = datetime.fromtimestamp(element["timestamp"], UTC)
            return str(element.get("fallback") or f"{at:%H:%M} UTC")
        case "emoji":
            return _SIGNS.get(element["name"], f":{element['name']}:")
        case _:
            return str(element.get("text", element.get("url", "")))


def _table(rows: list[list[Mapping[str, Any]]]) -> Iterator[str]:
    texts = [[str(cell.get("text", "")) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
    for row in texts:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _button(element: Mapping[str, Any]) -> str:
    if element["type"] == "overflow":
        return f"[⋯ {' | '.join(option['text']['text'] for option in element['options'])}]"
    return f"[{element['text']['text']}]" if "text" in element else ""
