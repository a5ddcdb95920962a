"""A message as it is sent, and the few blocks that views are made of."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    ConfirmObject,
    ContextBlock,
    HeaderBlock,
    InteractiveElement,
    MarkdownTextObject,
    PlainTextObject,
    RichTextBlock,
    RichTextSectionElement,
)

from handlers.slack.ids import ActionId
from handlers.slack.views.prose import Line, Part, escape, mrkdwn, rich, shorten

LONGEST_HEADER = 60
LONGEST_TEXT = 130
_LONGEST_LABEL = 75


@dataclass(frozen=True, slots=True)
class Message:
    """What is said: `text`, in mrkdwn, for notifications and for where blocks are not shown, and the blocks.

    `payload` are the arguments of Slack's methods; it raises SlackObjectFormationError for what Slack would refuse.
    """

    text: str
    blocks: tuple[Block, ...]

    def payload(self) -> dict[str, Any]:
        """`text` and `blocks` as JSON takes them."""
        return {"text": self.text, "blocks": [block.to_dict() for block in self.blocks]}


def text_of(sentence: str, *more: str) -> str:
    """The text of a message: sentences joined as long as they fit into a notification, the first cut if it must be.

    The sentences are plain; the text is escaped, for Slack looks for mentions in it.
    """
    said = shorten(sentence, LONGEST_TEXT)
    for one in more:
        longer = f"{said} {one}"
        if one and len(longer) <= LONGEST_TEXT:
            said = longer
    return escape(said)


def heading(text: str) -> HeaderBlock:
    """The news, at the top."""
    return HeaderBlock(block_id="head", text=PlainTextObject(text=text, emoji=False))


def lines(block_id: str, *rows: Line) -> RichTextBlock:
    """Lines of text under each other; empty ones are left out."""
    parts: list[Part] = []
    for row in rows:
        if row:
            parts += ["\n", *row] if parts else row
    return RichTextBlock(block_id=block_id, elements=[RichTextSectionElement(elements=list(rich(parts)))])


def note(block_id: str, line: Line) -> ContextBlock:
    """Small print. Not for what people typed: it is mrkdwn."""
    return ContextBlock(block_id=block_id, elements=[MarkdownTextObject(text=mrkdwn(line), verbatim=True)])


def button(
    action: ActionId,
    label: str,
    value: str,
    spoken: str,
    *,
    primary: bool = False,
    confirm: ConfirmObject | None = None,
) -> ButtonElement:
    """A button. `spoken` is what a screen reader says: the act with its object."""
    return ButtonElement(
        action_id=action.value,
        text=PlainTextObject(text=shorten(label, _LONGEST_LABEL)),
        value=value,
        accessibility_label=shorten(spoken, _LONGEST_LABEL),
        style="primary" if primary else None,
        confirm=confirm,
    )


def actions(block_id: str, elements: Sequence[InteractiveElement]) -> Iterable[ActionsBlock]:
    """The row of buttons, if there are any."""
    return [ActionsBlock(block_id=block_id, elements=list(elements))] if elements else []
