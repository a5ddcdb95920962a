"""What the app says back to a command or click: by response_url, or in a command's acknowledgement."""

import json
from typing import Any

from aiohttp import web

from bot.playground.slack.calls import Call
from bot.playground.slack.content import Content, read
from bot.playground.slack.methods.chat import publish
from bot.playground.slack.posts import Post
from bot.playground.slack.records import Records
from bot.playground.slack.refusal import Json, RefusalError
from bot.playground.slack.responses import Origin


class Answers:
    """Serves /response/KIND/TOKEN and applies what is posted there. Posting works in channels the bot is not in."""

    def __init__(self, records: Records) -> None:
        self._records = records

    async def handle(self, request: web.Request) -> web.Response:
        """`ok` in plain text, or 404 with the error as JSON."""
        try:
            origin = self._records.responses.use(request.match_info["token"])
            self.apply(origin, _parsed(await request.text()))
        except RefusalError as refused:
            return web.json_response(refused.answer(), status=404)
        return web.Response(text="ok")

    def apply(self, origin: Origin, said: Json) -> None:
        """Delete, replace or post, as the answer asks; refused as chat.postMessage would be."""
        records = self._records
        call = Call("response_url", said, records.clock.now(), records.clock.real())
        content = read(records, call)
        original = records.posts.find(origin.message_ts) if origin.message_ts else None
        if call.flag("delete_original"):
            if original is not None:
                records.posts.remove(original)
            if content.says_nothing:
                return
        elif call.flag("replace_original") and origin.message_ts:
            self._replace(original, content)
            return
        if content.says_nothing:
            raise RefusalError("no_text")
        to = None if call.text("response_type") == "in_channel" else origin.user
        publish(records, records.directory.channels[origin.channel], content, call.text("thread_ts"), to=to)

    def _replace(self, original: Post | None, content: Content) -> None:
        if original is None:
            raise RefusalError("message_not_found")
        if content.says_nothing:
            raise RefusalError("no_text")
        for key in ("blocks", "attachments"):
            original.body.pop(key, None)
        original.body |= content.body()
        self._records.posts.edited(original)


def _parsed(body: str) -> Json:
    try:
        said = json.loads(body)
    except json.JSONDecodeError:
        raise RefusalError("invalid_payload") from None
    if not isinstance(said, dict):
        raise RefusalError("invalid_payload")
    return said


def spoken(ack: Any) -> Json | None:
    """A command's acknowledgement as a message: text stands for itself, nothing says nothing."""
    if isinstance(ack, str):
        return {"text": ack} if ack.strip() else None
    return ack if isinstance(ack, dict) and ack else None
