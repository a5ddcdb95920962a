"""Who may do what: the configuration's roles, looked up for a person in Slack.

Roles are live: they come from the configuration in force and from Slack's user groups at the moment of the act. For
drawing, an answer may be a minute old; for acting it is always asked anew, and where Slack cannot answer, nothing is
allowed.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.clock import Clock
from bot.errors import LeadsmanError, TemporaryError
from bot.recent import Recent
from strategies.model import Actor, Who

KEPT = 60.0
"""Real seconds that an answer of Slack is good enough for drawing."""


@dataclass(frozen=True, slots=True)
class Home:
    """The workspace that Leadsman is installed in, and its organisation if it has one."""

    team: str
    enterprise: str | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody as Slack describes them.

    `is_guest`: a single- or multi-channel guest. `is_stranger`: shares a channel with the workspace, nothing more.
    """

    id: str
    name: str
    email: str | None = None
    team: str = ""
    enterprise: str | None = None
    is_deactivated: bool = False
    is_bot: bool = False
    is_guest: bool = False
    is_stranger: bool = False


class Directory(Protocol):
    """What Slack knows about people. Every method raises a LeadsmanError when Slack does not answer."""

    async def home(self) -> Home:
        """The workspace and organisation that the bot's token belongs to."""

    async def person(self, user: str) -> Person | None:
        """The person of that id. None: Slack knows nobody by it."""

    async def members(self, handles: frozenset[str]) -> Mapping[str, frozenset[str]]:
        """The ids of the members of each user group, by handle without `@`. Groups that do not exist are left out."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A person with their roles. `barred` is the sentence why they can have none; empty for members of the workspace."""

    who: Who
    barred: str = ""


class CannotTell(TemporaryError):  # noqa: N818 -- read in sentences, as all of bot.errors
    """Slack did not say who somebody is, so the act is refused. Nothing has changed."""


class Access:
    """Looks up people's roles.

    `roles` gives the roles in force; a member is `@group`, a user id, an e-mail address, or `*` for every full member.
    """

    def __init__(self, roles: Callable[[], Mapping[str, Sequence[str]]], directory: Directory, clock: Clock) -> None:
        self._roles = roles
        self._directory = directory
        self._home: Recent[None, Home] = Recent(clock, KEPT, lambda _: directory.home())
        self._people: Recent[str, Person | None] = Recent(clock, KEPT, directory.person)
        self._groups: Recent[frozenset[str], Mapping[str, frozenset[str]]] = Recent(clock, KEPT, directory.members)

    async def roles_of(self, user: str, *, fresh: bool) -> Standing:
        """The person's roles. `fresh`, for an act: asked anew. Raises CannotTell when Slack does not answer."""
        roles = self._roles()
        try:
            home, person, groups = await asyncio.gather(
                self._home.get(None, fresh=False),
                self._people.get(user, fresh=fresh),
                self._members(roles, fresh=fresh),
            )
        except LeadsmanError as error:
            sentence = "Not done. Slack did not say which roles you have. Nothing changed. Try again in a minute."
            raise CannotTell(sentence, delay=getattr(error, "delay", None)) from error
        if person is None:
            return Standing(Who(Actor(user, user)), "Slack knows nobody by this id.")
        actor, barred = Actor(user, person.name, email=person.email), _barred(person, home)
        if barred:
            return Standing(Who(actor), barred)
        inside = {f"@{handle}" for handle, found in groups.items() if user in found}
        names = inside | {"*", user, (person.email or "*").lower()}
        held = frozenset(role for role, members in roles.items() if names & set(map(_comparable, members)))
        return Standing(Who(actor, held))

    async def _members(self, roles: Mapping[str, Sequence[str]], *, fresh: bool) -> Mapping[str, frozenset[str]]:
        handles = frozenset(_handles([member for members in roles.values() for member in members]))
        return await self._groups.get(handles, fresh=fresh) if handles else {}


def whom_to_ask(needed: Sequence[str], who: Who, roles: Mapping[str, Sequence[str]], help_command: str) -> str:
    """What somebody without any of the needed roles can do: whom to ask, as a sentence. Empty for who has one.

    `roles` are those in force, `help_command` the slash command that tells more (`/rollout`).
    """
    if not needed or who.roles & set(needed):
        return ""
    groups = dict.fromkeys(_handles([member for role in needed for member in roles.get(role, ())]))
    ask = " or ".join(groups) or f"someone with the {' or '.join(needed)} role"
    return f"Ask {ask}, or see {help_command} help roles."


def _handles(members: Sequence[str]) -> Iterator[str]:
    """The handles of the user groups among the members."""
    return (member[1:] for member in members if member.startswith("@"))


def _comparable(member: str) -> str:
    """Members as they compare: Slack ids and groups as they are, e-mail addresses in small letters."""
    return member.lower() if "@" in member[1:] else member


def _barred(person: Person, home: Home) -> str:
    """Why a person can have no role at all, or an empty text. An organisation's workspaces count as one."""
    if person.is_deactivated:
        return "This account is deactivated, so it can do nothing here."
    if person.is_bot:
        return "Bots cannot act here. Scripts use a token of the HTTP API."
    at_home = person.team == home.team or (home.enterprise is not None and person.enterprise == home.enterprise)
    if person.is_stranger or not at_home:
        return "You are from another workspace. Only members of this one can act here."
    if person.is_guest:
        return "You are a guest in this workspace. Only full members can act here."
    return ""
