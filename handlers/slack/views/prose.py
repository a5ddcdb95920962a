"""Text for people, as parts with a meaning: written once, rendered as Slack's rich text, as mrkdwn and as plain text.

What people typed is a plain `str` and stays as typed: in rich text nothing in it can be a mention, a link or a
style; in mrkdwn it is escaped.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import assert_never

from slack_sdk.models.blocks import RichTextElement
from slack_sdk.models.blocks import RichTextElementParts as Parts

from strategies.model import Actor

SHORT = 80
"""Characters of what people typed that a card shows."""

_NAME = 40
_MEMBER = re.compile(r"[UW][A-Z0-9]{2,}")
_BREAKS = re.compile(r"[\s\u2028\u2029]+")
_COMMANDS = re.compile(r"`([^`“”]+)`(?![^“]*”)")
_UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


@dataclass(frozen=True, slots=True)
class Bold:
    """Emphasis."""

    text: str


@dataclass(frozen=True, slots=True)
class Code:
    """What one copies: a digest, a command."""

    text: str


@dataclass(frozen=True, slots=True)
class Mention:
    """A person by their Slack id, so that the name follows the reader's settings."""

    actor: Actor


@dataclass(frozen=True, slots=True)
class Group:
    """A user group: `id` is Slack's, `handle` what people read, without `@`."""

    id: str
    handle: str


@dataclass(frozen=True, slots=True)
class Moment:
    """A time in the reader's own zone. `form` has Slack's tokens."""

    at: datetime
    form: str = "{time}"

    @property
    def fallback(self) -> str:
        """The same for readers without a zone."""
        at = self.at.astimezone(UTC)
        return f"{at:%H:%M} UTC" if "date" not in self.form else f"{at:%d %b %H:%M} UTC"


@dataclass(frozen=True, slots=True)
class Link:
    """A link with its words."""

    url: str
    text: str


@dataclass(frozen=True, slots=True)
class Sign:
    """An emoji by Slack's name, and the character for where names mean nothing. Always followed by a word."""

    name: str
    character: str


Styled = Bold | Code | Mention | Group | Moment | Link | Sign
Part = str | Styled
Line = tuple[Part, ...]


def shorten(text: str, longest: int = SHORT) -> str:
    """One line of at most `longest` characters: breaks become blanks, controls and direction marks go."""
    flat = _BREAKS.sub(" ", _UNSEEN.sub("", text)).strip()
    return flat if len(flat) <= longest else flat[: longest - 1].rstrip() + "…"


def quoted(text: str, longest: int = SHORT) -> str:
    """What somebody typed, in quotation marks, cut at `longest`."""
    return f"“{shorten(text, longest)}”"


def coded(sentence: str) -> Line:
    """A sentence of ours with its `commands` as code. What is quoted in it, since somebody typed it, stays as typed."""
    parts = _COMMANDS.split(sentence)
    return tuple(Code(part) if number % 2 else part for number, part in enumerate(parts) if part)


def person(actor: Actor) -> Part:
    """Somebody: a mention where Slack knows them, else the name they came with."""
    return Mention(actor) if is_member(actor) else shorten(actor.name, _NAME)


def is_member(actor: Actor) -> bool:
    """Whether the actor is somebody in Slack."""
    return actor.surface == "slack" and _MEMBER.fullmatch(actor.id) is not None


def escape(text: str) -> str:
    """Text that mrkdwn takes for text: `&`, `<` and `>` are all that can begin a mention or a link."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def joined(lines: Iterable[Sequence[Part]], between: Part = " · ") -> Line:
    """The lines as one, with `between` them; empty ones are left out."""
    parts: list[Part] = []
    for line in lines:
        if line:
            parts += [between, *line] if parts else line
    return tuple(parts)


def rich(line: Iterable[Part]) -> Iterator[RichTextElement]:
    """The parts as elements of rich text; texts that follow each other become one."""
    text = ""
    for part in line:
        if isinstance(part, str):
            text += part
            continue
        if text:
            yield Parts.Text(text=text)
        text = ""
        yield _element(part)
    if text:
        yield Parts.Text(text=text)


def _element(part: Styled) -> RichTextElement:
    match part:
        case Bold(text):
            return Parts.Text(text=text, style=Parts.TextStyle(bold=True))
        case Code(text):
            return Parts.Text(text=text, style=Parts.TextStyle(code=True))
        case Mention(actor):
            return Parts.User(user_id=actor.id)
        case Group(id=group):
            return Parts.UserGroup(usergroup_id=group)
        case Moment(at, form):
            return Parts.Date(timestamp=int(at.timestamp()), format=form, fallback=part.fallback)
        case Link(url, text):
            return Parts.Link(url=url, text=text)
        case Sign(name):
            return Parts.Emoji(name=name)
        case _:
            assert_never(part)


def mrkdwn(line: Iterable[Part]) -> str:
    """The parts as mrkdwn. Use it with `verbatim`, and not for what people typed: asterisks in it would be emphasis."""
    return "".join(map(_mrkdwn, line))


def _mrkdwn(part: Part) -> str:
    match part:
        case str():
            return escape(part)
        case Bold(text):
            return f"*{escape(text)}*"
        case Code(text):
            return f"`{escape(text)}`"
        case Mention(actor):
            return f"<@{actor.id}>"
        case Group(id=group):
            return f"<!subteam^{group}>"
        case Moment(at, form):
            return f"<!date^{int(at.timestamp())}^{form}|{part.fallback}>"
        case Link(url, text):
            return f"<{url}|{escape(text)}>"
        case Sign(name):
            return f":{name}:"
        case _:
            assert_never(part)


def plain(line: Iterable[Part]) -> str:
    """The parts as plain text, for notifications and terminals."""
    return "".join(map(_plain, line))


def _plain(part: Part) -> str:
    match part:
        case str():
            return part
        case Bold(text) | Code(text) | Link(text=text):
            return text
        case Mention(actor):
            return shorten(actor.name, _NAME)
        case Group(handle=handle):
            return f"@{handle}"
        case Moment():
            return part.fallback
        case Sign(character=character):
            return character
        case _:
            assert_never(part)
