"""The messages of the workspace: in channels, in threads, and those only one person sees."""

import copy
from collections import defaultdict
from dataclasses import dataclass

from bot.playground.clock import PlaygroundClock
from bot.playground.slack.changes import Bulletin, Change
from bot.playground.slack.refusal import Json


@dataclass(slots=True)
class Post:
    """A message as Slack keeps it. `to` names the only reader of an ephemeral one."""

    channel: str
    body: Json
    to: str | None = None
    broadcast: bool = False

    @property
    def ts(self) -> str:
        """The time stamp that is also its id."""
        return str(self.body["ts"])

    @property
    def thread_ts(self) -> str | None:
        """The parent's time stamp if this is a reply."""
        parent = self.body.get("thread_ts")
        return str(parent) if parent and parent != self.body["ts"] else None

    def told(self, *, metadata: bool = True) -> Json:
        """A copy of the message with its channel."""
        body = copy.deepcopy(self.body) | {"channel": self.channel}
        if self.to:
            body["is_ephemeral"] = True
        if self.broadcast:
            body["subtype"] = "thread_broadcast"
        if not metadata:
            body.pop("metadata", None)
        return body


class Posts:
    """All messages, in the order of their time stamps, which are unique over the workspace."""

    def __init__(self, clock: PlaygroundClock, bulletin: Bulletin) -> None:
        self._clock = clock
        self._bulletin = bulletin
        self._posts: dict[str, Post] = {}
        self._channels: dict[str, dict[str, Post]] = defaultdict(dict)
        self._threads: dict[str, dict[str, Post]] = defaultdict(dict)
        self._last = 0

    def stamp(self) -> str:
        """A fresh time stamp in the playground's time: seconds, a dot, six digits."""
        self._last = max(self._last + 1, int(self._clock.now().timestamp() * 1_000_000))
        return f"{self._last // 1_000_000}.{self._last % 1_000_000:06d}"

    def add(self, channel: str, body: Json, *, to: str | None = None, broadcast: bool = False) -> Post:
        """Post a message; it gets its time stamp here."""
        post = Post(channel, {"type": "message", "ts": self.stamp(), **body}, to, broadcast)
        self._posts[post.ts] = post
        if to is None:
            self._channels[channel][post.ts] = post
            self._threads[post.thread_ts or post.ts][post.ts] = post
        self._bulletin.tell(Change("posted", post.told(), channel, to))
        return post

    def edited(self, post: Post) -> None:
        """Say that a message's body was changed."""
        self._bulletin.tell(Change("edited", post.told(), post.channel, post.to))

    def remove(self, post: Post) -> None:
        """Delete a message; its replies stay readable, as in Slack."""
        self._posts.pop(post.ts, None)
        self._channels[post.channel].pop(post.ts, None)
        self._threads[post.thread_ts or post.ts].pop(post.ts, None)
        self._bulletin.tell(Change("deleted", {"ts": post.ts, "channel": post.channel}, post.channel, post.to))

    def find(self, ts: str, channel: str | None = None) -> Post | None:
        """The message with this time stamp, ephemeral ones too."""
        post = self._posts.get(ts)
        return post if post and channel in (None, post.channel) else None

    def all(self) -> list[Post]:
        """Every message, oldest first."""
        return list(self._posts.values())

    def top(self, channel: str) -> list[Post]:
        """What stands in the channel itself, oldest first: no replies but the broadcast ones, nothing ephemeral."""
        return [p for p in self._channels[channel].values() if p.thread_ts is None or p.broadcast]

    def thread(self, channel: str, ts: str) -> list[Post]:
        """The parent and its replies, oldest first; empty if there is no such parent."""
        return [p for p in self._threads[ts].values() if p.channel == channel]

    def ephemerals(self, user: str) -> list[Post]:
        """What only this person sees, oldest first."""
        return [p for p in self._posts.values() if p.to == user]

    def told(self, post: Post, *, metadata: bool = True) -> Json:
        """A message as reading methods return it: a parent carries the figures of its thread."""
        body = post.told(metadata=metadata)
        replies = [p for p in self._threads[post.ts].values() if p.thread_ts == post.ts]
        if replies:
            body |= {
                "thread_ts": post.ts,
                "reply_count": len(replies),
                "reply_users": sorted({str(p.body["user"]) for p in replies}),
                "latest_reply": replies[-1].ts,
            }
        return body
