"""One line of the thread: what it is, what it is made from, and the words that many lines share."""

from dataclasses import dataclass

from handlers.slack.views.message import Message
from handlers.slack.views.message import lines as text_block
from handlers.slack.views.names import version_name
from handlers.slack.views.people import Groups
from handlers.slack.views.prose import Line, Mention, Part, is_member, mrkdwn, person, shorten
from strategies.events import Happening
from strategies.model import Rollout
from strategies.snapshot import Snapshot

WHOLE = 5_000
"""Characters of what people typed that a thread shows: all that a form or a command takes in practice."""

_PUSHED = 300


@dataclass(frozen=True, slots=True)
class Told:
    """A line of the thread. `broadcast`: the channel sees it too."""

    line: Line
    broadcast: bool = False

    def message(self) -> Message:
        """As it is sent. Its text keeps the mentions, for where blocks are not read."""
        short = tuple(
            shorten(part, _PUSHED) if isinstance(part, str) and len(part) > _PUSHED else part for part in self.line
        )
        return Message(mrkdwn(short), (text_block("line", self.line),))


@dataclass(frozen=True, slots=True)
class Log:
    """What lines are made from. `groups` are the user groups behind the roles, `card` the card's address."""

    rollout: Rollout
    shown: Snapshot
    groups: Groups
    card: str = ""

    @property
    def version(self) -> str:
        """The candidate's name."""
        return version_name(self.rollout.candidate.version)

    @property
    def base(self) -> str:
        """The name of what ran before."""
        return version_name(self.shown.base.version)


def by(happening: Happening) -> Part:
    """Who did it."""
    return person(happening.by)


def text(happening: Happening, fact: str) -> str:
    """One of its facts as text; empty without it."""
    found = happening.facts.get(fact)
    return "" if found is None else str(found)


def number(happening: Happening, fact: str) -> int:
    """One of its facts as a number; 0 without it."""
    found = happening.facts.get(fact)
    return found if isinstance(found, int) else 0


def said(happening: Happening, fact: str = "reason") -> str:
    """What the person said, whole: `: “…”`, or nothing."""
    words = text(happening, fact)
    return f": “{shorten(words, WHOLE)}”" if words.strip() else ""


def starter(log: Log) -> Line:
    """The one who started it, mentioned where Slack knows them."""
    return (Mention(log.rollout.by), " ") if is_member(log.rollout.by) else ()


def reason(happening: Happening) -> str:
    """What the person said, whole, behind a sentence: ` “…”`, or nothing."""
    words = text(happening, "reason")
    return f" “{shorten(words, WHOLE)}”" if words.strip() else ""
