"""A watch's body: one JSON event a line, until it ends or breaks."""

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

from bot.adapters.kubernetes.answers import Call, no_answer, refusal, unreadable


@dataclass(frozen=True, slots=True)
class WatchEvent:
    """One event: ADDED, MODIFIED or DELETED with the object, or BOOKMARK with nothing but a resourceVersion."""

    type: str
    object: dict[str, Any]

    @property
    def resource_version(self) -> str:
        """The moment up to which whoever saw this event has seen everything."""
        return str(self.object.get("metadata", {}).get("resourceVersion", ""))


async def events(call: Call, chunks: AsyncIterator[bytes], secret: str) -> AsyncIterator[WatchEvent]:
    """The events in the body. What is left after the last line end was cut, and comes again on the next connection.

    The library's own line reader refuses lines of more than 4 MiB with an error of its own, so lines are put together
    here. Each piece is looked at once, however many pieces a line comes in.
    """
    begun: list[bytes] = []
    async for chunk in chunks:
        *ends, rest = chunk.split(b"\n")
        for end in ends:
            line = b"".join([*begun, end])
            begun.clear()
            if line.strip():
                yield _event(call, line, secret)
        if rest:
            begun.append(rest)
    if begun:
        raise no_answer(call, "the stream was cut in the middle of an event", sent=True)


def _event(call: Call, line: bytes, secret: str) -> WatchEvent:
    try:
        told = json.loads(line)
        kind, thing = told["type"], told["object"]
    except (ValueError, KeyError, TypeError):
        raise unreadable(call, "something else than watch events") from None
    if not isinstance(thing, dict):
        raise unreadable(call, "a watch event without an object")
    match kind:
        case "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK":
            return WatchEvent(kind, thing)
        case "ERROR":
            raise refusal(call, _code(thing), {}, json.dumps(thing).encode(), secret)
    raise unreadable(call, f"a watch event of an unknown type {str(kind)[:20]!r}")


def _code(status: Mapping[str, Any]) -> int:
    """The HTTP code inside a Status; 500 where it has none."""
    code = status.get("code")
    return code if isinstance(code, int) else 500
