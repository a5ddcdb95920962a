"""Which methods there are, what each may cost, needs and takes.

Tiers, scopes and required arguments are those of Slack's method pages. A method of Slack's that is not here answers
`unknown_method`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.playground.slack.calls import Call
from bot.playground.slack.methods import app, chat, conversations, files, marks, users, views
from bot.playground.slack.records import Records
from bot.playground.slack.refusal import Json


@dataclass(frozen=True, slots=True)
class Method:
    """One method.

    Of `scopes` the token needs any one; `takes_json` False means that a JSON body is not read; `paced` counts calls
    by channel too.
    """

    run: Callable[[Records, Call], Json]
    tier: str
    scopes: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    takes_json: bool = True
    paced: bool = False
    app_token: bool = False


_READ = ("channels:read", "groups:read", "im:read", "mpim:read")
_HISTORY = ("channels:history", "groups:history", "im:history", "mpim:history")
_OPEN = ("channels:manage", "groups:write", "im:write", "mpim:write")
_WRITE = ("chat:write",)

METHODS: Mapping[str, Method] = {
    "apps.connections.open": Method(app.open_connection, "t3", app_token=True),
    "auth.test": Method(app.auth_test, "special"),
    "blocks.validate": Method(app.validate, "special"),
    "bots.info": Method(users.bot, "t3", ("users:read",), takes_json=False),
    "chat.delete": Method(chat.delete, "t3", _WRITE, ("ts", "channel")),
    "chat.getPermalink": Method(chat.permalink, "special", (), ("channel", "message_ts"), takes_json=False),
    "chat.postEphemeral": Method(chat.post_ephemeral, "t4", _WRITE, ("user", "channel")),
    "chat.postMessage": Method(chat.post_message, "special", _WRITE, ("channel",), paced=True),
    "chat.update": Method(chat.update, "t3", _WRITE, ("ts", "channel")),
    "conversations.history": Method(conversations.history, "t3", _HISTORY, ("channel",)),
    "conversations.info": Method(conversations.info, "t3", _READ, ("channel",), takes_json=False),
    "conversations.join": Method(conversations.join, "t3", ("channels:join",), ("channel",)),
    "conversations.list": Method(conversations.list_channels, "t2", _READ, takes_json=False),
    "conversations.members": Method(conversations.members, "t4", _READ, ("channel",), takes_json=False),
    "conversations.open": Method(conversations.open_conversation, "t3", _OPEN),
    "conversations.replies": Method(conversations.replies, "t3", _HISTORY, ("channel", "ts"), takes_json=False),
    "files.completeUploadExternal": Method(files.complete, "t4", ("files:write",), ("files",)),
    "files.getUploadURLExternal": Method(files.upload_url, "t4", ("files:write",), takes_json=False),
    "files.info": Method(files.info, "t4", ("files:read",), ("file",), takes_json=False),
    "pins.add": Method(marks.pin, "t2", ("pins:write",), ("channel",)),
    "pins.remove": Method(marks.unpin, "t2", ("pins:write",), ("channel",)),
    "reactions.add": Method(marks.react, "t3", ("reactions:write",), ("name", "channel")),
    "reactions.remove": Method(marks.unreact, "t2", ("reactions:write",), ("name",)),
    "team.info": Method(app.team_info, "t3", ("team:read",)),
    "usergroups.list": Method(users.groups, "t2", ("usergroups:read",), takes_json=False),
    "usergroups.users.list": Method(users.group_members, "t2", ("usergroups:read",), ("usergroup",), takes_json=False),
    "users.info": Method(users.info, "t4", ("users:read",), ("user",), takes_json=False),
    "users.list": Method(users.list_users, "t2", ("users:read",), takes_json=False),
    "users.lookupByEmail": Method(users.by_email, "t3", ("users:read.email",), ("email",), takes_json=False),
    "views.open": Method(views.open_view, "t4", (), ("view",)),
    "views.publish": Method(views.publish, "t4", (), ("user_id", "view")),
    "views.push": Method(views.push, "t4", (), ("view",)),
    "views.update": Method(views.update, "t4", (), ("view",)),
}
