"""views.*: modals and the Home tab."""

from typing import Any

from bot.playground.slack.calls import Call
from bot.playground.slack.records import Records
from bot.playground.slack.refusal import Json, RefusalError


def open_view(records: Records, call: Call) -> Json:
    """A modal for the person whose act gave the trigger."""
    trigger = records.triggers.redeem(call.args.get("trigger_id"))
    return {"view": records.views.open(trigger.user, _view(call), records.files.ready)}


def push(records: Records, call: Call) -> Json:
    """A modal on top of the one the trigger came from."""
    trigger = records.triggers.redeem(call.args.get("trigger_id"))
    if trigger.view_id is None:
        raise RefusalError("invalid_trigger_id")
    return {"view": records.views.push(trigger.user, _view(call), records.files.ready)}


def update(records: Records, call: Call) -> Json:
    """Other contents for an open view, found by its id or by the app's own."""
    old = records.views.find(call.args.get("view_id"), call.args.get("external_id"))
    return {"view": records.views.update(old, _view(call), call.args.get("hash"), records.files.ready)}


def publish(records: Records, call: Call) -> Json:
    """A person's Home tab."""
    person = records.directory.people.get(call.text("user_id"))
    if person is None or person.is_bot or person.deleted:
        raise RefusalError("invalid_arguments")
    return {"view": records.views.publish(person.id, _view(call), call.args.get("hash"), records.files.ready)}


def _view(call: Call) -> Any:
    return call.parsed("view", "invalid_arguments")
