"""What a message says: text, blocks, attachments and metadata, as every posting method takes them."""

import secrets
from dataclasses import dataclass
from typing import Any

from bot.playground.slack.blocks import as_kept, check_message, complaints, escape
from bot.playground.slack.calls import Call
from bot.playground.slack.limits import LIMITS
from bot.playground.slack.records import Records
from bot.playground.slack.refusal import Json, RefusalError


@dataclass(frozen=True, slots=True)
class Content:
    """A checked message body. None means "not given", which an update tells apart from "given empty"."""

    text: str | None
    blocks: list[Json] | None
    attachments: list[Json] | None
    metadata: Json | None

    @property
    def says_nothing(self) -> bool:
        """Neither text nor blocks nor attachments."""
        return not (self.text or self.blocks or self.attachments)

    def body(self) -> Json:
        """The message's keys for a new post."""
        body: Json = {"text": self.text or ""}
        for key, value in (("blocks", self.blocks), ("attachments", self.attachments), ("metadata", self.metadata)):
            if value:
                body[key] = value
        return body


def read(records: Records, call: Call, text_limit: int | None = None) -> Content:
    """The content of a call.

    Text beyond `text_limit` is refused with `msg_too_long`; without a limit it is cut at 40,000 as postMessage does.
    """
    text = call.args.get("text")
    if text is not None:
        text = escape(str(text))
        if text_limit is not None and len(text) > text_limit:
            raise RefusalError("msg_too_long")
        text = text[: LIMITS["message.text"]]
    blocks = _blocks(records, call)
    markdown = call.text("markdown_text")
    if markdown:
        if text or blocks:
            raise RefusalError("markdown_text_conflict")
        if len(markdown) > LIMITS["markdown.text"]:
            raise RefusalError("msg_too_long")
        text, blocks = markdown, [{"type": "markdown", "text": markdown, "block_id": _mint()}]
    return Content(text, blocks, _attachments(call), _metadata(call))


def _mint() -> str:
    return secrets.token_urlsafe(4)


def _blocks(records: Records, call: Call) -> list[Json] | None:
    given = call.parsed("blocks", "invalid_blocks_format")
    if given is None:
        return None
    if not isinstance(given, list):
        raise RefusalError("invalid_blocks_format")
    check_message(given, records.files.ready)
    return as_kept(given, _mint)


def _attachments(call: Call) -> list[Json] | None:
    given = call.parsed("attachments", "invalid_attachments")
    if given is None:
        return None
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        raise RefusalError("invalid_attachments")
    if len(given) > LIMITS["message.attachments"]:
        raise RefusalError("too_many_attachments")
    for i, one in enumerate(given):
        found = complaints(one.get("blocks", []), "message", f"/attachments/{i}/blocks")
        if found:
            marked = [f"[ERROR] {line}" for line in found]
            raise RefusalError("invalid_attachments", errors=found, response_metadata={"messages": marked})
    return given


def _metadata(call: Call) -> Json | None:
    given: Any = call.parsed("metadata", "invalid_metadata_format")
    if given is None:
        return None
    if given == {}:
        return {}
    if not isinstance(given, dict) or set(given) - {"event_type", "event_payload", "entities"}:
        raise RefusalError("invalid_metadata_format")
    if not isinstance(given.get("event_type"), str) or not isinstance(given.get("event_payload"), dict):
        raise RefusalError("invalid_metadata_schema")
    return given
