"""What a delivery says, field by field, as Slack writes it."""

import secrets
from typing import Any

from bot.playground.slack.directory import Channel, Person
from bot.playground.slack.posts import Post
from bot.playground.slack.records import Records
from bot.playground.slack.refusal import Json


def command(records: Records, who: Person, where: Channel, name: str, text: str) -> Json:
    """A slash command's form fields."""
    fields: Json = {
        "token": "deprecated",
        "team_id": records.team.id,
        "team_domain": records.team.domain,
        "channel_id": where.id,
        "channel_name": where.payload_name,
        "user_id": who.id,
        "user_name": who.name,
        "command": name,
        "text": text,
        "api_app_id": records.app.app_id,
        "is_enterprise_install": "false",
        "response_url": records.responses.issue("commands", who.id, where.id),
        "trigger_id": records.triggers.issue(who.id),
    }
    if records.team.enterprise_id:
        fields |= {"enterprise_id": records.team.enterprise_id, "enterprise_name": records.team.name}
    return fields


def message_action(records: Records, who: Person, post: Post, seen: Json, action: Json, values: Json) -> Json:
    """A click on a message; `seen` is the message as the person's screen showed it."""
    where = records.directory.channels[post.channel]
    container: Json = {
        "type": "message",
        "message_ts": post.ts,
        "channel_id": where.id,
        "is_ephemeral": post.to is not None,
    }
    payload = _interaction(records, who, "block_actions") | {
        "container": container,
        "trigger_id": records.triggers.issue(who.id),
        "channel": {"id": where.id, "name": where.payload_name},
        "state": {"values": values},
        "response_url": records.responses.issue("actions", who.id, where.id, post.ts),
        "actions": [action | {"action_ts": records.posts.stamp()}],
    }
    if post.thread_ts:
        container["thread_ts"] = post.thread_ts
    if post.to is None:
        payload["message"] = {key: value for key, value in seen.items() if key != "channel"}
    return payload


def view_action(records: Records, who: Person, view: Json, action: Json) -> Json:
    """A click inside a modal or the Home tab."""
    return _interaction(records, who, "block_actions") | {
        "container": {"type": "view", "view_id": view["id"]},
        "trigger_id": records.triggers.issue(who.id, view["id"]),
        "view": view,
        "actions": [action | {"action_ts": records.posts.stamp()}],
    }


def submission(records: Records, who: Person, view: Json) -> Json:
    """A form sent off."""
    return _interaction(records, who, "view_submission") | {
        "trigger_id": records.triggers.issue(who.id, view["id"]),
        "view": view,
        "response_urls": [],
    }


def closed(records: Records, who: Person, view: Json, *, is_cleared: bool) -> Json:
    """A modal closed by the person; without what they had typed."""
    return _interaction(records, who, "view_closed") | {
        "view": view | {"state": {"values": {}}},
        "is_cleared": is_cleared,
    }


def suggestion(records: Records, who: Person, container: Json, block: Json, element: Json, typed: str) -> Json:
    """A question for the options of an external select; `container` adds the view or the message it stands in."""
    return (
        _interaction(records, who, "block_suggestion")
        | container
        | {
            "action_id": element["action_id"],
            "block_id": block["block_id"],
            "value": typed,
        }
    )


def event(records: Records, inner: Json) -> Json:
    """The Events API's envelope around an event."""
    stamp = records.posts.stamp()
    authorization: Json = {
        "enterprise_id": records.team.enterprise_id,
        "team_id": records.team.id,
        "user_id": records.app.bot_user,
        "is_bot": True,
        "is_enterprise_install": False,
    }
    return {
        "token": "deprecated",
        "team_id": records.team.id,
        "context_team_id": records.team.id,
        "context_enterprise_id": records.team.enterprise_id,
        "api_app_id": records.app.app_id,
        "event": inner | {"event_ts": stamp},
        "type": "event_callback",
        "event_id": f"Ev{secrets.token_hex(5).upper()}",
        "event_time": int(float(stamp)),
        "event_context": secrets.token_urlsafe(16),
        "authorizations": [authorization],
        "is_ext_shared_channel": False,
    }


def _interaction(records: Records, who: Person, kind: str) -> Json:
    enterprise: Any = None
    team: Json = {"id": records.team.id, "domain": records.team.domain}
    if records.team.enterprise_id:
        enterprise = {"id": records.team.enterprise_id, "name": records.team.name}
        team |= {"enterprise_id": records.team.enterprise_id, "enterprise_name": records.team.name}
    return {
        "type": kind,
        "user": {"id": who.id, "username": who.name, "name": who.name, "team_id": who.team_id},
        "api_app_id": records.app.app_id,
        "token": "deprecated",
        "team": team,
        "enterprise": enterprise,
        "is_enterprise_install": False,
    }
