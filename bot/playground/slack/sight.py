"""What one person can see of the workspace, as the page draws it."""

import copy

from bot.playground.slack.changes import Change
from bot.playground.slack.directory import Person
from bot.playground.slack.posts import Post
from bot.playground.slack.records import Records
from bot.playground.slack.refusal import Json


class Sight:
    """Channels by membership, ephemerals and views by owner; pictures by address instead of file id."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def workspace(self) -> Json:
        """What is the same for all: the names behind ids, and the commands."""
        directory = self._records.directory
        return {
            "team": {"name": self._records.team.name, "domain": self._records.team.domain},
            "app": {"id": self._records.app.bot_user, "name": self._records.app.name},
            "now": self._records.clock.now().timestamp(),
            "speed": self._records.clock.speed,
            "people": [
                {
                    "id": person.id,
                    "name": person.name,
                    "real_name": person.real_name,
                    "is_bot": person.is_bot,
                    "can_act": not person.is_bot and not person.deleted,
                    "note": _note(person),
                }
                for person in directory.people.values()
            ],
            "groups": [{"id": g.id, "handle": g.handle, "users": g.users} for g in directory.groups.values()],
            "channels": [
                {
                    "id": c.id,
                    "name": c.name,
                    "topic": c.topic,
                    "members": c.members,
                    "private": c.is_private,
                    "dm": c.peer,
                }
                for c in directory.channels.values()
            ],
            "commands": [
                {"name": c.name, "description": c.description, "usage_hint": c.usage_hint}
                for c in self._records.commands
            ],
        }

    def of(self, user: str) -> Json:
        """All that this person sees now."""
        posts = [post for post in self._records.posts.all() if self._reads(user, post.channel, post.to)]
        return {
            "messages": [self.message(post) for post in posts],
            "views": [self._drawn(view) for view in self._records.views.stack(user)],
            "home": self._drawn(self._records.views.home(user) or {}),
        }

    def shows(self, user: str, change: Change) -> bool:
        """Does this change reach this person's screen?"""
        if change.channel is None:
            return change.user in (None, user)
        return self._reads(user, change.channel, change.user)

    def body(self, change: Change) -> Json:
        """The change as the page takes it."""
        return self._drawn(copy.deepcopy(change.body))

    def message(self, post: Post) -> Json:
        """One message."""
        return self._drawn(post.told())

    def _reads(self, user: str, channel: str, only: str | None) -> bool:
        return only in (None, user) and user in self._records.directory.channels[channel].members

    def _drawn(self, body: Json) -> Json:
        for block in body.get("blocks", []):
            for part in (block, block.get("accessory"), *block.get("elements", [])):
                if isinstance(part, dict) and "slack_file" in part:
                    part["image_url"] = self._address(part["slack_file"])
        return body

    def _address(self, source: Json) -> str:
        if "url" in source:
            return str(source["url"])
        file = self._records.files.find(source["id"])
        return self._records.files.url(file) if file else ""


def _note(person: Person) -> str:
    if person.is_stranger:
        return "from elsewhere"
    return "guest" if person.is_restricted or person.is_ultra_restricted else ""
