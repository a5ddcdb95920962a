"""Everything the workspace knows, in one place for the methods and for people's acts."""

from dataclasses import dataclass, field

from bot.playground.clock import PlaygroundClock
from bot.playground.slack.calls import Call
from bot.playground.slack.changes import Bulletin
from bot.playground.slack.directory import Channel, Directory
from bot.playground.slack.identity import Installed, SlashCommand, Team
from bot.playground.slack.posts import Post, Posts
from bot.playground.slack.rates import Rates
from bot.playground.slack.refusal import Json, RefusalError
from bot.playground.slack.responses import ResponseUrls
from bot.playground.slack.shared_files import Files
from bot.playground.slack.triggers import Triggers
from bot.playground.slack.views import Views


@dataclass(slots=True)
class Records:
    """The parts of a workspace and who its app is. `base` is the address it is served at."""

    clock: PlaygroundClock
    team: Team
    app: Installed
    bulletin: Bulletin
    directory: Directory
    posts: Posts
    files: Files
    views: Views
    triggers: Triggers
    responses: ResponseUrls
    rates: Rates
    commands: list[SlashCommand] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    reactions: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    pins: set[str] = field(default_factory=set)
    tickets: set[str] = field(default_factory=set)
    base: str = ""

    def serve_at(self, base: str) -> None:
        """Everything that hands out addresses learns its own; `base` has no slash at its end."""
        self.base = self.responses.base = self.files.base = base

    def require(self, *scopes: str) -> None:
        """Refuse with `missing_scope` unless the bot holds all of these."""
        for scope in scopes:
            if scope not in self.app.scopes:
                raise RefusalError("missing_scope", needed=scope, provided=",".join(sorted(self.app.scopes)))

    def visible(self, key: str) -> Channel:
        """The channel of this id, `channel_not_found` unless it is public or the bot is in it."""
        channel = self.directory.channels.get(key)
        if channel is None or (channel.kind != "public_channel" and self.app.bot_user not in channel.members):
            raise RefusalError("channel_not_found")
        return channel

    def own_message(self, channel: Channel, ts: str, cant: str) -> Post:
        """A message of the bot's that all can see; `cant` is the refusal for somebody else's."""
        post = self.posts.find(ts, channel.id)
        if post is None or post.to is not None:
            raise RefusalError("message_not_found")
        if post.body.get("bot_id") != self.app.bot_id:
            raise RefusalError(cant)
        return post

    def bot_profile(self) -> Json:
        """Who the bot is, as its messages carry it."""
        return {
            "id": self.app.bot_id,
            "app_id": self.app.app_id,
            "user_id": self.app.bot_user,
            "name": self.app.name,
            "icons": {},
            "deleted": False,
            "updated": 1_700_000_000,
            "team_id": self.team.id,
        }
