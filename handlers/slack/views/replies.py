"""What one person is told in private: what was not done and why, a choice, a report."""

from collections.abc import Sequence

from slack_sdk.models.blocks import Block, ButtonElement, PlainTextObject

from handlers.slack.ids import ActionId, Wished, wished_value
from handlers.slack.views.message import Message, actions, button, lines, note, text_of
from handlers.slack.views.names import place_name, version_name
from handlers.slack.views.prose import Bold, Line, coded, plain

_LONGEST = 3000


def reply(*rows: Line) -> Message:
    """Lines for one person."""
    return Message(text_of(plain(rows[0]) if rows else ""), (lines("said", *rows),))


def refusal(sentence: str, *, nearest: Sequence[str] = (), card: str | None = None, pressed: str = "") -> Message:
    """What was not done, why, that nothing changed, and the way on.

    `nearest`: names that were probably meant. `card`: the address of the current card. `pressed`: what was pressed, for old cards.
    """
    meant = f" Did you mean {' or '.join(nearest)}?" if nearest else ""
    rows: list[Block] = [lines("no", _verdict(f"{sentence}{meant}"))]
    rows += actions("act.0", [_open_card(card)]) if card else []
    rows += [note("why", (f"Only you see this · you pressed {pressed}",))] if pressed else []
    return Message(text_of(sentence), tuple(rows))


def _verdict(sentence: str) -> Line:
    """The sentence with its verdict, up to the first stop or colon, in bold."""
    end = next((at for at, letter in enumerate(sentence[:60]) if letter in ".:"), None)
    cut = sentence[:_LONGEST]
    return coded(cut) if end is None else (Bold(cut[: end + 1]), *coded(cut[end + 1 :]))


def _open_card(address: str) -> ButtonElement:
    return ButtonElement(
        action_id=ActionId.OPEN_CARD.value,
        text=PlainTextObject(text="Open Current Card", emoji=False),
        url=address,
        accessibility_label="Open the current card",
    )


def busy(wished: Wished, live_version: str, card: str | None = None) -> Message:
    """Another rollout is live: replace it, queue behind it, or keep it. Nothing has happened yet."""
    place, version = place_name(wished.app, wished.environment), version_name(wished.version)
    live, value = version_name(live_version), wished_value(wished)
    choices = [
        button(ActionId.QUEUE, f"Queue {version}", value, f"Start {version} when {live} has ended"),
        button(ActionId.REPLACE, f"Replace {live}", value, f"Bring {place} back, then start {version}"),
        button(ActionId.KEEP, f"Keep {live}", value, f"Forget {version}"),
    ]
    rows = (
        (Bold(f"{version} was not started."), f" {live} is on its way in {place}."),
        (f"Queue starts {version} when {live} has ended. Replace takes {live} back first, then starts {version}.",),
    )
    text = text_of(f"{version} was not started: {live} is on its way in {place}.", "Queue, replace or keep it.")
    more = [_open_card(card)] if card else []
    return Message(text, (lines("choice", *rows), *actions("busy", [*choices, *more])))
