"""files.*: the upload in three steps, and what became of it."""

from bot.playground.slack.calls import Call
from bot.playground.slack.content import Content
from bot.playground.slack.directory import Channel
from bot.playground.slack.limits import LIMITS
from bot.playground.slack.methods.chat import publish
from bot.playground.slack.records import Records
from bot.playground.slack.refusal import Json, RefusalError
from bot.playground.slack.shared_files import File


def upload_url(records: Records, call: Call) -> Json:
    """Where to send the bytes."""
    length = call.whole("length", 0)
    if length <= 0 or not call.text("filename"):
        raise RefusalError("missing_argument")
    if len(call.text("alt_txt")) > LIMITS["file.alt_text"]:
        raise RefusalError("alt_txt_too_large")
    file = records.files.begin(call.text("filename"), length, records.app.bot_user, call.text("alt_txt"))
    return {"upload_url": f"{records.base}/upload/{file.ticket}", "file_id": file.id}


def complete(records: Records, call: Call) -> Json:
    """The bytes are there: share the files in channels, or keep them for the uploader."""
    wanted = call.parsed("files", "invalid_arguments")
    if not isinstance(wanted, list) or not wanted or not all(isinstance(one, dict) for one in wanted):
        raise RefusalError("invalid_arguments")
    files = [_uploaded(records, str(one.get("id", ""))) for one in wanted]
    channels = _channels(records, call)
    for file, one in zip(files, wanted, strict=True):
        records.files.complete(file, str(one.get("title") or ""), [channel.id for channel in channels])
    for channel in channels:
        content = Content(call.text("initial_comment"), None, None, None)
        post = publish(records, channel, content, call.text("thread_ts"))
        post.body["files"] = [records.files.told(file) for file in files]
        records.posts.edited(post)
    return {"files": [records.files.told(file) for file in files]}


def info(records: Records, call: Call) -> Json:
    """One file; its type appears when its completion is done."""
    file = records.files.find(call.text("file"))
    if file is None:
        raise RefusalError("file_not_found")
    return {"file": records.files.told(file), "comments": [], "response_metadata": {"next_cursor": ""}}


def _uploaded(records: Records, file_id: str) -> File:
    file = records.files.find(file_id)
    if file is None or file.content is None:
        raise RefusalError("file_not_found")
    if file.ready_at is not None:
        raise RefusalError("file_update_failed")
    return file


def _channels(records: Records, call: Call) -> list[Channel]:
    keys = [key for key in (call.text("channels") or call.text("channel_id")).split(",") if key]
    if len(keys) > LIMITS["share.channels"]:
        raise RefusalError("channels_limit_exceeded")
    channels = [records.visible(key) for key in keys]
    if any(records.app.bot_user not in channel.members for channel in channels):
        raise RefusalError("not_in_channel")
    return channels
