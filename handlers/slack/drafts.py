"""Messages made from what the store has at the moment of sending: the card of a rollout, and the lines of its thread."""

import hashlib
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import structlog

from bot.clock import Clock
from bot.config import Config
from bot.errors import LeadsmanError
from bot.recent import Recent
from bot.store.records import Saved
from handlers.slack.directory import SlackDirectory
from handlers.slack.views.card import Drawing, Picture, card
from handlers.slack.views.line import Log, Told
from handlers.slack.views.lines import told
from handlers.slack.views.message import Message
from handlers.slack.views.people import Groups
from handlers.slack.views.prose import Group, Mention, Part
from strategies.events import Happening
from strategies.model import Actor
from strategies.phase import unfinished
from strategies.snapshot import Snapshot, snapshot

log = structlog.get_logger("slack")

_USER = re.compile(r"[UW][A-Z0-9]{2,}")
_KEPT = 600.0
"""Real seconds that the ids of user groups are good for."""

_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Draft:
    """A card that is ready to be sent. `hash` tells whether it says anything new: times of drawing do not count."""

    message: Message
    hash: str
    shown: Snapshot


class Drafts:
    """Draws cards and lines. Nothing is kept but the ids of user groups."""

    def __init__(self, config: Callable[[], Config], directory: SlackDirectory, clock: Clock) -> None:
        self._config = config
        self._clock = clock
        self._groups = Recent[None, dict[str, str]](clock, _KEPT, lambda _: _handles(directory))

    async def card(
        self,
        saved: Saved,
        number: int,
        picture: Picture | None = None,
        followed: str = "",
        successor: str = "",
        *,
        first: bool = False,
    ) -> Draft:
        """The rollout's card as it is now. `followed` is the version that is live in its place, `successor` the address of the card of what
        replaced it.
        """
        shown = replace(self.shown(saved), followed=followed)
        drawing = Drawing(number, self._clock.now(), await self.groups(), picture, first, successor)
        timeless = card(shown, replace(drawing, number=0, now=_LONG_AGO))
        return Draft(card(shown, drawing), _hash(timeless), shown)

    async def line(self, saved: Saved, happening: Happening, address: str = "") -> Told | None:
        """The line for a happening, None where nothing is said. `address` is the card's."""
        return told(happening, Log(saved.rollout, self.shown(saved), await self.groups(), address))

    def shown(self, saved: Saved) -> Snapshot:
        """How the rollout looks, by what was last seen of it."""
        return snapshot(saved.rollout, saved.seen.get(unfinished(saved.rollout).id), self._clock.now())

    async def groups(self) -> Groups:
        """The groups and people behind each role. While Slack does not tell their ids, groups are named and not mentioned."""
        try:
            ids = await self._groups.get(None, fresh=False)
        except LeadsmanError as error:
            log.warning("user groups are named and not mentioned for now", error=str(error))
            ids = {}
        found = {role: _members(names, ids) for role, names in self._config().roles.items()}
        return {role: members for role, members in found.items() if members}


async def _handles(directory: SlackDirectory) -> dict[str, str]:
    return dict(await directory.group_ids())


def _members(names: Sequence[str], ids: dict[str, str]) -> tuple[Part, ...]:
    return tuple(part for name in names if (part := _member(name, ids)) is not None)


def _member(name: str, ids: dict[str, str]) -> Part | None:
    """A member of a role as people see it: a group, a person; None for e-mail addresses and `*`, which cannot be mentioned."""
    if name.startswith("@"):
        handle = name[1:]
        return Group(ids[handle], handle) if handle in ids else name
    return Mention(Actor(name, name)) if _USER.fullmatch(name) else None


def _hash(message: Message) -> str:
    return hashlib.sha256(json.dumps(message.payload(), sort_keys=True).encode()).hexdigest()
