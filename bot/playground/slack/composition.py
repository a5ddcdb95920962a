"""Block Kit's small parts: texts, options, confirm dialogs, files, rich text."""

from collections.abc import Mapping
from typing import Any

from bot.playground.slack.limits import LIMITS
from bot.playground.slack.schema import Check, boolean, complaint, kind, listing, number, shape, string, typed

FILE_ID = "^[F][A-Z0-9]{8,}$"


def plain(most: int = LIMITS["text"]) -> Check:
    """A plain_text object of 1 to `most` characters."""
    return kind("plain_text", {"text": string(most, 1)}, {"emoji": boolean})


def mrkdwn(most: int = LIMITS["text"]) -> Check:
    """A mrkdwn object of 1 to `most` characters."""
    return kind("mrkdwn", {"text": string(most, 1)}, {"verbatim": boolean})


def text(most: int = LIMITS["text"]) -> Check:
    """Either text object."""
    return typed({"plain_text": plain(most), "mrkdwn": mrkdwn(most)})


CONFIRM = shape(
    {
        "title": plain(LIMITS["confirm.title"]),
        "text": text(LIMITS["confirm.text"]),
        "confirm": plain(LIMITS["confirm.confirm"]),
        "deny": plain(LIMITS["confirm.deny"]),
    },
    {"style": string(among={"primary", "danger"})},
)


def option(label: Check, *, url: bool = False) -> Check:
    """One choice: its label, value, perhaps a description (and, in an overflow menu, a link)."""
    optional: dict[str, Check] = {"description": text(LIMITS["option.description"])}
    if url:
        optional["url"] = string(LIMITS["option.url"])
    return shape({"text": label, "value": string(LIMITS["option.value"], 1)}, optional)


PLAIN_OPTION = option(plain(LIMITS["option.text"]))
RICH_OPTION = option(text(LIMITS["option.text"]))
OPTION_GROUP = shape(
    {"label": plain(LIMITS["option_group.label"]), "options": listing(PLAIN_OPTION, LIMITS["select.options"])}
)
PLACEHOLDER = plain(LIMITS["placeholder"])
SLACK_FILE = shape(None, {"id": string(pattern=FILE_ID), "url": string(LIMITS["image.url"], 1)}, one_of=("id", "url"))
FILTER = shape(
    None,
    {
        "include": listing(string(among={"im", "mpim", "private", "public"}), 4),
        "exclude_external_shared_channels": boolean,
        "exclude_bot_users": boolean,
    },
)
DISPATCH = shape(
    {"trigger_actions_on": listing(string(among={"on_enter_pressed", "on_character_entered"}), 2)},
)


def anything(value: Any, at: str) -> list[str]:
    """No rule of ours: parts that a chat of this size draws but does not measure."""
    return []


_STYLE = shape(None, dict.fromkeys(("bold", "italic", "strike", "code", "underline"), boolean))
_INLINE: Mapping[str, Check] = {
    "text": kind("text", {"text": string(None, 1)}, {"style": _STYLE}),
    "link": kind("link", {"url": string(None, 1)}, {"text": string(), "unsafe": boolean, "style": _STYLE}),
    "user": kind("user", {"user_id": string(None, 1)}, {"style": _STYLE}),
    "usergroup": kind("usergroup", {"usergroup_id": string(None, 1)}, {"style": _STYLE}),
    "channel": kind("channel", {"channel_id": string(None, 1)}, {"style": _STYLE}),
    "emoji": kind(
        "emoji", {"name": string(None, 1)}, {"unicode": string(), "skin_tone": number(2, 6), "style": _STYLE}
    ),
    "broadcast": kind("broadcast", {"range": string(among={"here", "channel", "everyone"})}, {"style": _STYLE}),
    "color": kind("color", {"value": string(None, 1)}, {"style": _STYLE}),
    "date": kind(
        "date",
        {"timestamp": number(), "format": string(None, 1)},
        {"url": string(), "fallback": string(), "style": _STYLE},
    ),
}
_MANY = 3_000
_LINE = listing(typed(_INLINE), _MANY, 0)
_SECTION = kind("rich_text_section", {"elements": _LINE})
_RICH: Mapping[str, Check] = {
    "rich_text_section": _SECTION,
    "rich_text_quote": kind("rich_text_quote", {"elements": _LINE}, {"border": number(0, 1)}),
    "rich_text_preformatted": kind("rich_text_preformatted", {"elements": _LINE}, {"border": number(0, 1)}),
    "rich_text_list": kind(
        "rich_text_list",
        {"elements": listing(_SECTION, _MANY), "style": string(among={"bullet", "ordered"})},
        {"indent": number(0, 8), "offset": number(0), "border": number(0, 1)},
    ),
}
RICH_ELEMENTS = listing(typed(_RICH), _MANY, 0)
RICH_TEXT = kind("rich_text", {"elements": RICH_ELEMENTS}, {"block_id": string(LIMITS["block_id"])})


def image_source(value: Any, at: str) -> list[str]:
    """An image needs exactly one of its two sources."""
    if isinstance(value, dict) and ("image_url" in value) == ("slack_file" in value):
        return [complaint("must provide exactly one of: image_url, slack_file", at)]
    return []
