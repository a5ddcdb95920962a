"""Who and what is in the workspace: people, channels, user groups."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from bot.playground.slack.identity import Installed, Team
from bot.playground.slack.refusal import ImpossibleError, Json


@dataclass(slots=True)
class Person:
    """Somebody with an account, a bot, or a stranger from another workspace who shares a channel."""

    id: str
    name: str
    real_name: str
    email: str
    team_id: str
    tz: str = "Europe/Berlin"
    deleted: bool = False
    is_bot: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    is_stranger: bool = False

    def told(self, team: Team, *, email: bool) -> Json:
        """The user object of users.info; the e-mail only for those who hold users:read.email."""
        profile: Json = {"real_name": self.real_name, "display_name": self.name, "team": self.team_id}
        if email and self.email:
            profile["email"] = self.email
        told: Json = {
            "id": self.id,
            "team_id": self.team_id,
            "name": self.name,
            "deleted": self.deleted,
            "real_name": self.real_name,
            "tz": self.tz,
            "profile": profile,
            "is_bot": self.is_bot,
            "is_app_user": False,
            "updated": 1_700_000_000,
        }
        if not self.deleted:
            told |= {"is_restricted": self.is_restricted, "is_ultra_restricted": self.is_ultra_restricted}
        if self.is_stranger:
            told["is_stranger"] = True
        if team.enterprise_id and not self.is_stranger:
            told["enterprise_user"] = {"id": self.id, "enterprise_id": team.enterprise_id, "teams": [team.id]}
        return told


@dataclass(slots=True)
class Channel:
    """A channel, or a direct message when `peer` names the person at its other end."""

    id: str
    name: str
    topic: str = ""
    members: list[str] = field(default_factory=list)
    is_private: bool = False
    is_archived: bool = False
    peer: str | None = None

    @property
    def kind(self) -> str:
        """Slack's word for the type: public_channel, private_channel or im."""
        if self.peer:
            return "im"
        return "private_channel" if self.is_private else "public_channel"

    @property
    def payload_name(self) -> str:
        """The name as deliveries carry it, which hides what is not public."""
        return {"im": "directmessage", "private_channel": "privategroup"}.get(self.kind, self.name)

    def told(self, member: str) -> Json:
        """The channel object of conversations.info, seen by `member`."""
        if self.peer:
            return {"id": self.id, "is_im": True, "user": self.peer, "is_archived": self.is_archived}
        return {
            "id": self.id,
            "name": self.name,
            "is_channel": not self.is_private,
            "is_group": self.is_private,
            "is_im": False,
            "is_private": self.is_private,
            "is_archived": self.is_archived,
            "is_member": member in self.members,
            "num_members": len(self.members),
            "topic": {"value": self.topic, "creator": "", "last_set": 0},
        }


@dataclass(slots=True)
class Usergroup:
    """A group one can mention as @handle."""

    id: str
    handle: str
    name: str
    users: list[str]
    disabled: bool = False


class Directory:
    """The workspace's people, channels and groups, found by id or by name."""

    def __init__(self, team: Team, app: Installed) -> None:
        self.team = team
        self.people: dict[str, Person] = {}
        self.channels: dict[str, Channel] = {}
        self.groups: dict[str, Usergroup] = {}
        self.bot_user = app.bot_user
        self._made = 0
        self.add_person(app.name, key=app.bot_user, email="", is_bot=True)

    def add_person(
        self, name: str, *, key: str = "", real_name: str = "", email: str | None = None, **traits: bool
    ) -> Person:
        """Let somebody in; `traits` are Person's flags. A stranger belongs to another team."""
        person = Person(
            id=key or self._id("U"),
            name=name,
            real_name=real_name or name.capitalize(),
            email=f"{name}@example.com" if email is None else email,
            team_id="T0ELSEWHERE" if traits.get("is_stranger") else self.team.id,
        )
        for trait, held in traits.items():
            setattr(person, trait, held)
        self.people[person.id] = person
        return person

    def add_channel(
        self, name: str, members: Iterable[str] = (), *, key: str = "", is_private: bool = False
    ) -> Channel:
        """Make a channel; members by id or name, the bot among them only if named."""
        channel = Channel(
            id=key or self._id("C"),
            name=name,
            members=[self.person(member).id for member in members],
            is_private=is_private,
        )
        self.channels[channel.id] = channel
        return channel

    def add_group(self, handle: str, users: Iterable[str], *, key: str = "", name: str = "") -> Usergroup:
        """Make a user group; users by id or name."""
        group = Usergroup(key or self._id("S"), handle, name or handle.upper(), [self.person(u).id for u in users])
        self.groups[group.id] = group
        return group

    def open_dm(self, person: str) -> Channel:
        """The direct message between the bot and a person, made at the first call."""
        for channel in self.channels.values():
            if channel.peer == person:
                return channel
        dm = Channel(id=self._id("D"), name=f"dm-{person}", members=[self.bot_user, person], peer=person)
        self.channels[dm.id] = dm
        return dm

    def person(self, key: str) -> Person:
        """By id or name (with or without @); ImpossibleError if nobody is called so."""
        if key in self.people:
            return self.people[key]
        for person in self.people.values():
            if person.name == key.removeprefix("@"):
                return person
        raise ImpossibleError(
            f"Nobody here is called {key}; there are {', '.join(p.name for p in self.people.values())}."
        )

    def channel(self, key: str) -> Channel:
        """By id or name (with or without #); ImpossibleError if there is none."""
        found = self.find_channel(key)
        if found is None:
            raise ImpossibleError(f"There is no channel {key}.")
        return found

    def find_channel(self, key: str) -> Channel | None:
        """By id or name, None if there is none."""
        if key in self.channels:
            return self.channels[key]
        name = key.removeprefix("#")
        return next((c for c in self.channels.values() if c.name == name and not c.peer), None)

    def group(self, key: str) -> Usergroup:
        """By id or handle; ImpossibleError if there is none."""
        for group in self.groups.values():
            if key in (group.id, group.handle, f"@{group.handle}"):
                return group
        raise ImpossibleError(f"There is no user group {key}.")

    def _id(self, letter: str) -> str:
        self._made += 1
        return f"{letter}9{self._made:09d}"


def seed(directory: Directory) -> None:
    """The workspace everybody starts with: a deployer, two approvers, and those who may do little or nothing."""
    directory.add_person("alice", key="U01ALICE001", real_name="Alice Ames")
    directory.add_person("bob", key="U02BOB00001", real_name="Bob Brandt")
    directory.add_person("carol", key="U03CAROL001", real_name="Carol Chen")
    directory.add_person(
        "dave", key="U04DAVE0001", real_name="Dave Dufour", is_restricted=True, is_ultra_restricted=True
    )
    directory.add_person("erin", key="U05ERIN0001", real_name="Erin Engel", deleted=True)
    directory.add_person(
        "frank", key="U06FRANK001", real_name="Frank Foss", email="frank@elsewhere.example", is_stranger=True
    )
    here = ["alice", "bob", "carol"]
    directory.add_channel("deploys", [directory.bot_user, *here, "dave", "erin", "frank"], key="C01DEPLOYS1")
    directory.add_channel("random", here, key="C02RANDOM01")
    directory.add_group("sre", ["bob", "carol"], key="S01SRE00001", name="Site reliability")
