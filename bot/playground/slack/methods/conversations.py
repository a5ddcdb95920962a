"""conversations.*: channels, their members and what was said."""

from bot.playground.slack.calls import Call
from bot.playground.slack.directory import Channel
from bot.playground.slack.paging import page
from bot.playground.slack.posts import Post
from bot.playground.slack.records import Records
from bot.playground.slack.refusal import Json, RefusalError

_READ = {"public_channel": "channels:read", "private_channel": "groups:read", "im": "im:read", "mpim": "mpim:read"}
_HISTORY = {kind: scope.replace(":read", ":history") for kind, scope in _READ.items()}


def info(records: Records, call: Call) -> Json:
    """One channel."""
    channel = _readable(records, call)
    told = channel.told(records.app.bot_user)
    if not call.flag("include_num_members"):
        told.pop("num_members", None)
    return {"channel": told}


def list_channels(records: Records, call: Call) -> Json:
    """The channels of the asked types that the bot can see."""
    kinds = [kind.strip() for kind in (call.text("types") or "public_channel").split(",")]
    if not set(kinds) <= set(_READ):
        raise RefusalError("invalid_types")
    records.require(*(_READ[kind] for kind in kinds))
    bot = records.app.bot_user
    seen = [
        channel
        for channel in records.directory.channels.values()
        if channel.kind in kinds
        and (channel.kind == "public_channel" or bot in channel.members)
        and not (channel.is_archived and call.flag("exclude_archived"))
    ]
    chosen, metadata = page(call, seen)
    return {"channels": [channel.told(bot) for channel in chosen], "response_metadata": metadata}


def members(records: Records, call: Call) -> Json:
    """Who is in a channel."""
    chosen, metadata = page(call, _readable(records, call).members)
    return {"members": chosen, "response_metadata": metadata}


def join(records: Records, call: Call) -> Json:
    """The bot enters a public channel."""
    channel = records.visible(call.text("channel"))
    if channel.kind != "public_channel":
        raise RefusalError("method_not_supported_for_channel_type")
    if channel.is_archived:
        raise RefusalError("is_archived")
    more: Json = {}
    if records.app.bot_user in channel.members:
        more = {"warning": "already_in_channel", "response_metadata": {"warnings": ["already_in_channel"]}}
    else:
        channel.members.append(records.app.bot_user)
    return {"channel": channel.told(records.app.bot_user), **more}


def open_conversation(records: Records, call: Call) -> Json:
    """The direct message with one person."""
    records.require("im:write")
    users = [user for user in call.text("users").split(",") if user]
    if call.text("channel"):
        return {"channel": {"id": records.visible(call.text("channel")).id}, "no_op": True, "already_open": True}
    if not users:
        raise RefusalError("users_list_not_supplied")
    if len(users) > 1:
        raise RefusalError("method_not_supported_for_channel_type")
    person = records.directory.people.get(users[0])
    if person is None:
        raise RefusalError("user_not_found")
    if person.deleted:
        raise RefusalError("user_disabled")
    return {"channel": {"id": records.directory.open_dm(person.id).id}}


def history(records: Records, call: Call) -> Json:
    """What stands in the channel, newest first."""
    channel = _heard(records, call)
    posts = [post for post in records.posts.top(channel.id) if _within(call, post)]
    return _told(records, call, posts[::-1])


def replies(records: Records, call: Call) -> Json:
    """A thread: the parent, then its replies, oldest first."""
    channel = _heard(records, call)
    posts = records.posts.thread(channel.id, call.text("ts"))
    if not posts:
        raise RefusalError("thread_not_found")
    return _told(records, call, [p for p in posts if p.ts == call.text("ts") or _within(call, p)])


def _told(records: Records, call: Call, posts: list[Post]) -> Json:
    chosen, metadata = page(call, posts)
    with_metadata = call.flag("include_all_metadata")
    return {
        "messages": [records.posts.told(post, metadata=with_metadata) for post in chosen],
        "has_more": bool(metadata["next_cursor"]),
        "response_metadata": metadata,
    }


def _within(call: Call, post: Post) -> bool:
    try:
        oldest, latest = float(call.text("oldest") or 0), float(call.text("latest") or "inf")
    except ValueError:
        raise RefusalError("invalid_ts_oldest") from None
    at = float(post.ts)
    return oldest <= at <= latest if call.flag("inclusive") else oldest < at < latest


def _readable(records: Records, call: Call) -> Channel:
    channel = records.visible(call.text("channel"))
    records.require(_READ[channel.kind])
    return channel


def _heard(records: Records, call: Call) -> Channel:
    channel = records.visible(call.text("channel"))
    records.require(_HISTORY[channel.kind])
    if records.app.bot_user not in channel.members:
        raise RefusalError("not_in_channel")
    return channel
