"""chat.*: posting, changing, deleting messages."""

from bot.playground.slack.calls import Call
from bot.playground.slack.content import Content, read
from bot.playground.slack.directory import Channel
from bot.playground.slack.limits import LIMITS
from bot.playground.slack.posts import Post
from bot.playground.slack.records import Records
from bot.playground.slack.refusal import Json, RefusalError


def post_message(records: Records, call: Call) -> Json:
    """A message into a channel, thread or direct message."""
    channel = destination(records, call)
    may_post(records, channel)
    if "as_user" in call.args:
        raise RefusalError("as_user_not_supported")
    content = read(records, call)
    if content.says_nothing:
        raise RefusalError("no_text")
    post = publish(records, channel, content, call.text("thread_ts"), broadcast=call.flag("reply_broadcast"))
    return {"channel": channel.id, "ts": post.ts, "message": post.told()}


def post_ephemeral(records: Records, call: Call) -> Json:
    """A message that one member of the channel sees, until they reload."""
    channel = records.visible(call.text("channel"))
    if channel.is_archived:
        raise RefusalError("is_archived")
    if records.app.bot_user not in channel.members:
        raise RefusalError("not_in_channel")
    user = call.text("user")
    if user not in channel.members or records.directory.people[user].deleted:
        raise RefusalError("user_not_in_channel")
    content = read(records, call, LIMITS["message.text"])
    if content.says_nothing:
        raise RefusalError("no_text")
    post = publish(records, channel, content, call.text("thread_ts"), to=user)
    return {"message_ts": post.ts}


def update(records: Records, call: Call) -> Json:
    """Other words for one of the bot's messages."""
    channel = records.visible(call.text("channel"))
    post = records.own_message(channel, call.text("ts"), "cant_update_message")
    if channel.is_archived:
        raise RefusalError("is_inactive")
    content = read(records, call, LIMITS["update.text"])
    if content.text is None and content.blocks is None and content.attachments is None:
        raise RefusalError("no_text")
    rewrite(records, post, content)
    if call.flag("reply_broadcast") and post.thread_ts:
        post.broadcast = True
    records.posts.edited(post)
    told = post.told()
    return {"channel": channel.id, "ts": post.ts, "text": told["text"], "message": told}


def delete(records: Records, call: Call) -> Json:
    """Take one of the bot's messages away."""
    channel = records.visible(call.text("channel"))
    post = records.own_message(channel, call.text("ts"), "cant_delete_message")
    records.posts.remove(post)
    return {"channel": channel.id, "ts": post.ts}


def permalink(records: Records, call: Call) -> Json:
    """An address for a message; here it opens the page."""
    channel = records.visible(call.text("channel"))
    post = records.posts.find(call.text("message_ts"), channel.id)
    if post is None or post.to is not None:
        raise RefusalError("message_not_found")
    address = f"{records.base}/archives/{channel.id}/p{post.ts.replace('.', '')}"
    if post.thread_ts:
        address += f"?thread_ts={post.thread_ts}&cid={channel.id}"
    return {"channel": channel.id, "permalink": address}


def destination(records: Records, call: Call) -> Channel:
    """Where postMessage goes: a channel id, a public channel's name, or a person's id, which opens a direct message."""
    key = call.text("channel")
    person = records.directory.people.get(key)
    if person is not None:
        if person.is_bot or person.deleted:
            raise RefusalError("channel_not_found")
        return records.directory.open_dm(person.id)
    named = records.directory.find_channel(key)
    return records.visible(named.id if named and named.kind == "public_channel" else key)


def may_post(records: Records, channel: Channel) -> None:
    """Archived channels take nothing; public ones without the bot only with chat:write.public."""
    if channel.is_archived:
        raise RefusalError("is_archived")
    if records.app.bot_user not in channel.members and "chat:write.public" not in records.app.scopes:
        raise RefusalError("not_in_channel")


def publish(
    records: Records,
    channel: Channel,
    content: Content,
    thread_ts: str,
    *,
    to: str | None = None,
    broadcast: bool = False,
) -> Post:
    """Put the bot's message where it belongs; a thread's parent must stand in the channel and be no reply."""
    body: Json = {
        "user": records.app.bot_user,
        "bot_id": records.app.bot_id,
        "app_id": records.app.app_id,
        "team": records.team.id,
        "bot_profile": records.bot_profile(),
        **content.body(),
    }
    if thread_ts:
        parent = records.posts.find(thread_ts, channel.id)
        if parent is None or parent.thread_ts or parent.to:
            raise RefusalError("cannot_reply_to_message")
        body["thread_ts"] = thread_ts
    return records.posts.add(channel.id, body, to=to, broadcast=bool(thread_ts) and broadcast)


def rewrite(records: Records, post: Post, content: Content) -> None:
    """chat.update's rules: text alone removes blocks; attachments and metadata stay unless given; only an edit
    without blocks is marked as edited.
    """
    body = post.body
    if content.text is not None:
        body["text"] = content.text
    if content.blocks:
        body["blocks"] = content.blocks
    elif content.blocks == [] or content.text is not None:
        body.pop("blocks", None)
    for key, value in (("attachments", content.attachments), ("metadata", content.metadata)):
        if value:
            body[key] = value
        elif value is not None:
            body.pop(key, None)
    if not content.blocks:
        body["edited"] = {"user": records.app.bot_user, "ts": records.posts.stamp()}
