"""auth.test, apps.connections.open, team.info, blocks.validate: about the app and what it means to say."""

import secrets

from bot.playground.slack.blocks import complaints
from bot.playground.slack.calls import Call
from bot.playground.slack.records import Records
from bot.playground.slack.refusal import Json, RefusalError
from bot.playground.slack.views import view_complaints


def auth_test(records: Records, call: Call) -> Json:
    """Who this token is."""
    answer: Json = {
        "url": f"https://{records.team.domain}.slack.com/",
        "team": records.team.name,
        "user": records.app.name,
        "team_id": records.team.id,
        "user_id": records.app.bot_user,
        "bot_id": records.app.bot_id,
        "app_id": records.app.app_id,
        "is_enterprise_install": False,
    }
    if records.team.enterprise_id:
        answer["enterprise_id"] = records.team.enterprise_id
    return answer


def open_connection(records: Records, call: Call) -> Json:
    """A ticket for one websocket."""
    ticket = secrets.token_urlsafe(24)
    records.tickets.add(ticket)
    address = records.base.replace("http", "ws", 1)
    return {"url": f"{address}/link/?ticket={ticket}&app_id={records.app.app_id}"}


def team_info(records: Records, call: Call) -> Json:
    """The workspace."""
    team = records.team
    return {"team": {"id": team.id, "name": team.name, "domain": team.domain, "email_domain": "", "icon": {}}}


def validate(records: Records, call: Call) -> Json:
    """Would Slack take these blocks, this view, this message?"""
    given = [name for name in ("blocks", "view", "message") if name in call.args]
    if len(given) != 1 or len(call.text(given[0])) > 100_000:
        raise RefusalError("invalid_arguments")
    value = call.parsed(given[0], "invalid_arguments")
    if given == ["view"]:
        surface = value.get("type", "modal") if isinstance(value, dict) else "modal"
        found = view_complaints(value, surface if surface in ("modal", "home") else "modal", None)
    else:
        blocks = value.get("blocks", []) if isinstance(value, dict) else value
        found = complaints(blocks, "message", "")
    if found:
        raise RefusalError(f"invalid_{given[0]}", errors=[_parted(line) for line in found])
    return {}


def _parted(line: str) -> Json:
    message, _, pointer = line.removesuffix("]").rpartition(" [json-pointer:")
    return {"code": "failed_constraint", "message": message, "pointer": pointer}
