"""Cursors: a long list, a page at a time."""

import base64
import binascii
from collections.abc import Sequence
from typing import TypeVar

from bot.playground.slack.calls import Call
from bot.playground.slack.refusal import RefusalError

T = TypeVar("T")


def page(call: Call, items: Sequence[T], default: int = 100, most: int = 1_000) -> tuple[list[T], dict[str, str]]:
    """The items this call asks for, and the `response_metadata` that leads on; the cursor is empty at the end."""
    limit = call.whole("limit", default)
    if not 1 <= limit <= most:
        raise RefusalError("invalid_limit")
    start = _start(call.text("cursor"))
    more = start + limit < len(items)
    cursor = base64.b64encode(f"next:{start + limit}".encode()).decode() if more else ""
    return list(items[start : start + limit]), {"next_cursor": cursor}


def _start(cursor: str) -> int:
    if not cursor:
        return 0
    try:
        word, _, start = base64.b64decode(cursor, validate=True).decode().partition(":")
        if word == "next":
            return int(start)
    except (binascii.Error, UnicodeDecodeError, ValueError):
        pass
    raise RefusalError("invalid_cursor")
