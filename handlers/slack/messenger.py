"""Slack's messages and files, one call each: what announcers need of the Web API, with refusals told apart by what helps.

Every message carries what it tells as metadata, so that one whose answer was lost can be found instead of sent twice.
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.clock import Clock
from bot.errors import PermanentError, TemporaryError
from handlers.slack.failures import slack_code, slack_errors
from handlers.slack.views.message import Message

EVENT = "leadsman"
"""The type of our messages' metadata."""

_SHUT = {
    "channel_not_found",
    "not_in_channel",
    "is_archived",
    "is_inactive",
    "restricted_action",
    "restricted_action_read_only_channel",
    "restricted_action_thread_only_channel",
    "team_access_not_granted",
}
_GONE = {
    "message_not_found",
    "cant_update_message",
    "edit_window_closed",
    "thread_not_found",
    "cannot_reply_to_message",
    "restricted_action_thread_locked",
}
_TOO_MUCH = {"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_too_long", "metadata_too_large"}
_EARLIER = timedelta(minutes=10)
"""So long before a send was begun its message is looked for: clocks differ."""

_PAGE = 200
_FILE_WAIT = 15.0
_FILE_LOOK = 0.3


class ChannelShut(PermanentError):  # noqa: N818 -- read in sentences, as all of bot.errors
    """We cannot post there until somebody invites the app, or names another channel."""


class MessageGone(PermanentError):  # noqa: N818 -- read in sentences, as all of bot.errors
    """The message is not there any more, or may not be changed: post another one."""


class TooMuch(PermanentError):  # noqa: N818 -- read in sentences, as all of bot.errors
    """Slack does not take these blocks: say it with less."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message stands. `channel` is Slack's id."""

    channel: str
    ts: str


class Messenger:
    """Posts, changes and finds messages, and uploads images. Raises LeadsmanError; never repeats a call by itself."""

    def __init__(self, client: AsyncWebClient, clock: Clock) -> None:
        self._client = client
        self._clock = clock

    async def post(
        self,
        channel: str,
        message: Message,
        about: Mapping[str, str | int],
        *,
        thread: str | None = None,
        broadcast: bool = False,
    ) -> Place:
        """A new message. `about` goes into its metadata."""
        with _sorted("chat.postMessage", channel):
            answer = await self._client.chat_postMessage(
                channel=channel,
                **message.payload(),
                thread_ts=thread,
                reply_broadcast=broadcast or None,
                metadata={"event_type": EVENT, "event_payload": dict(about)},
                unfurl_links=False,
                unfurl_media=False,
            )
        return Place(str(answer["channel"]), str(answer["ts"]))

    async def update(self, place: Place, message: Message) -> None:
        """Other words for a message. Safe to repeat."""
        with _sorted("chat.update", place.channel):
            await self._client.chat_update(channel=place.channel, ts=place.ts, **message.payload())

    async def delete(self, place: Place) -> None:
        """Take one of our messages away."""
        with _sorted("chat.delete", place.channel):
            await self._client.chat_delete(channel=place.channel, ts=place.ts)

    async def permalink(self, place: Place) -> str:
        """The message's address."""
        with _sorted("chat.getPermalink", place.channel):
            answer = await self._client.chat_getPermalink(channel=place.channel, message_ts=place.ts)
        return str(answer["permalink"])

    async def find(
        self, channel: str, about: Mapping[str, str | int], since: datetime, *, thread: str | None = None
    ) -> tuple[Place, ...]:
        """Our messages with this metadata, posted since shortly before then, the first first. `channel` is an id."""
        oldest = f"{(since - _EARLIER).timestamp():.6f}"
        pages = self._replies(channel, thread, oldest) if thread else self._history(channel, oldest)
        found = [str(one["ts"]) async for one in pages if _is_about(one, about)]
        return tuple(Place(channel, ts) for ts in sorted(found, key=float))

    async def _history(self, channel: str, oldest: str) -> AsyncIterator[Mapping[str, Any]]:
        cursor: str | None = None
        while cursor != "":
            with _sorted("conversations.history", channel):
                answer = await self._client.conversations_history(
                    channel=channel, oldest=oldest, limit=_PAGE, cursor=cursor, include_all_metadata=True
                )
            for message in answer["messages"]:
                yield message
            cursor = _cursor(answer.get("response_metadata"))

    async def _replies(self, channel: str, thread: str, oldest: str) -> AsyncIterator[Mapping[str, Any]]:
        cursor: str | None = None
        while cursor != "":
            with _sorted("conversations.replies", channel):
                answer = await self._client.conversations_replies(
                    channel=channel, ts=thread, oldest=oldest, limit=_PAGE, cursor=cursor, include_all_metadata=True
                )
            for message in answer["messages"]:
                yield message
            cursor = _cursor(answer.get("response_metadata"))

    async def upload(self, name: str, png: bytes, title: str, alt: str) -> str:
        """An image of nobody's channel, by whose id messages can show it. Waits until Slack can."""
        with slack_errors("files.getUploadURLExternal"):
            begun = await self._client.files_getUploadURLExternal(filename=name, length=len(png), alt_txt=alt[:1000])
        await self._send_bytes(str(begun["upload_url"]), png)
        file = str(begun["file_id"])
        with slack_errors("files.completeUploadExternal"):
            await self._client.files_completeUploadExternal(files=[{"id": file, "title": title}])
        await self._until_ready(file)
        return file

    async def _send_bytes(self, address: str, content: bytes) -> None:
        """The bytes go to the address that Slack gave, without our token."""
        session = self._client.session
        if session is None:
            raise PermanentError("Slack's client was made without a session. This is a defect of Leadsman's.")
        with slack_errors("the upload of a chart"):
            async with session.post(address, data=content, proxy=self._client.proxy) as response:
                if response.status != 200:
                    raise TemporaryError(
                        f"Slack did not take a chart: HTTP {response.status}. The card goes without it."
                    )

    async def _until_ready(self, file: str) -> None:
        """Slack works on a file after it is complete; shown before that, its block is refused."""
        begun = self._clock.monotonic()
        while self._clock.monotonic() - begun < _FILE_WAIT:
            with slack_errors("files.info"):
                answer = await self._client.files_info(file=file)
            if answer["file"].get("mimetype"):
                return
            await self._clock.real_sleep(_FILE_LOOK)
        raise TemporaryError("Slack did not finish a chart in time. The card goes without it.")


def _cursor(metadata: Any) -> str:
    found = metadata.get("next_cursor") if isinstance(metadata, dict) else None
    return found if isinstance(found, str) else ""


def _is_about(message: Mapping[str, Any], about: Mapping[str, str | int]) -> bool:
    metadata = message.get("metadata") or {}
    payload = metadata.get("event_payload") or {}
    return metadata.get("event_type") == EVENT and all(payload.get(key) == value for key, value in about.items())


@contextmanager
def _sorted(method: str, channel: str) -> Iterator[None]:
    """Refusals that an announcer can do something about, told apart from the others."""
    with slack_errors(method):
        try:
            yield
        except SlackApiError as error:
            code = slack_code(error)
            if code in _SHUT:
                raise ChannelShut(
                    f"Slack refuses {channel} ({code}). Invite the app into the channel, or name another one in the "
                    "configuration."
                ) from None
            if code in _GONE:
                raise MessageGone(f"The message is gone ({code}).") from None
            if code in _TOO_MUCH:
                raise TooMuch(f"Slack does not take the message ({code}).") from None
            raise
