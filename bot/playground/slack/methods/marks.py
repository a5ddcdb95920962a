"""reactions.* and pins.*: small marks on messages."""

import re

from bot.playground.slack.calls import Call
from bot.playground.slack.posts import Post
from bot.playground.slack.records import Records
from bot.playground.slack.refusal import Json, RefusalError


def react(records: Records, call: Call) -> Json:
    """An emoji under a message."""
    post = _message(records, call)
    name = call.text("name").strip(":")
    if not re.fullmatch(r"[a-z0-9_+'-]+(::skin-tone-[2-6])?", name):
        raise RefusalError("invalid_name")
    people = records.reactions.setdefault(post.ts, {}).setdefault(name, [])
    if records.app.bot_user in people:
        raise RefusalError("already_reacted")
    people.append(records.app.bot_user)
    _show(records, post)
    return {}


def unreact(records: Records, call: Call) -> Json:
    """The bot's emoji away again."""
    post = _message(records, call)
    marks = records.reactions.get(post.ts, {})
    name = call.text("name").strip(":")
    if records.app.bot_user not in marks.get(name, []):
        raise RefusalError("no_reaction")
    marks[name].remove(records.app.bot_user)
    _show(records, post)
    return {}


def pin(records: Records, call: Call) -> Json:
    """A message pinned to its channel."""
    post = _message(records, call)
    if post.ts in records.pins:
        raise RefusalError("already_pinned")
    records.pins.add(post.ts)
    post.body["pinned_to"] = [post.channel]
    records.posts.edited(post)
    return {}


def unpin(records: Records, call: Call) -> Json:
    """A pin taken away."""
    post = _message(records, call)
    if post.ts not in records.pins:
        raise RefusalError("no_pin")
    records.pins.remove(post.ts)
    post.body.pop("pinned_to")
    records.posts.edited(post)
    return {}


def _message(records: Records, call: Call) -> Post:
    channel = records.visible(call.text("channel"))
    if records.app.bot_user not in channel.members:
        raise RefusalError("not_in_channel" if call.method.startswith("pins") else "no_access")
    if not call.text("timestamp"):
        raise RefusalError("no_item_specified")
    if not re.fullmatch(r"\d+\.\d+", call.text("timestamp")):
        raise RefusalError("bad_timestamp")
    post = records.posts.find(call.text("timestamp"), channel.id)
    if post is None or post.to:
        raise RefusalError("message_not_found")
    return post


def _show(records: Records, post: Post) -> None:
    marks = records.reactions[post.ts]
    post.body["reactions"] = [{"name": n, "users": list(u), "count": len(u)} for n, u in marks.items() if u]
    records.posts.edited(post)
