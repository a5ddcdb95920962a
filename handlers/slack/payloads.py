"""Reading what Slack delivers: a field that is missing or of another kind is an empty text, never an error."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from handlers.slack.orders import Caller

Payload = Mapping[str, Any]


def text(payload: object, *path: str | int) -> str:
    """The text at the end of the path."""
    found = at(payload, *path)
    return found if isinstance(found, str) else ""


def at(payload: object, *path: str | int) -> object:
    """What stands at the end of the path, None where there is nothing."""
    for key in path:
        if isinstance(payload, Mapping):
            payload = payload.get(key)
        elif isinstance(payload, Sequence) and not isinstance(payload, str) and isinstance(key, int):
            payload = payload[key] if key < len(payload) else None
        else:
            return None
    return payload


@dataclass(frozen=True, slots=True)
class Click:
    """A button pressed, or an entry of a menu chosen (then `value` is the entry's)."""

    caller: Caller
    trigger: str
    action: str
    value: str
    label: str
    key: str


def click(body: Payload) -> Click:
    """The click of a `block_actions` payload."""
    caller = Caller(
        user=text(body, "user", "id"),
        channel=text(body, "channel", "id") or text(body, "container", "channel_id"),
        answer=text(body, "response_url"),
        ts=text(body, "container", "message_ts"),
        is_private=at(body, "container", "is_ephemeral") is True,
    )
    action = at(body, "actions", 0)
    name = text(action, "action_id")
    place = f"{caller.channel}:{caller.ts}" if caller.ts else text(body, "view", "id")
    return Click(
        caller=caller,
        trigger=text(body, "trigger_id"),
        action=name,
        value=text(action, "selected_option", "value") or text(action, "value"),
        label=text(action, "selected_option", "text", "text") or text(action, "text", "text"),
        key=f"click:{place}:{name}:{caller.user}:{text(action, 'action_ts')}",
    )


@dataclass(frozen=True, slots=True)
class Entered:
    """A slash command."""

    caller: Caller
    trigger: str
    command: str
    text: str
    key: str


def entered(body: Payload) -> Entered:
    """The slash command of a form body."""
    caller = Caller(user=text(body, "user_id"), channel=text(body, "channel_id"), answer=text(body, "response_url"))
    trigger = text(body, "trigger_id")
    return Entered(caller, trigger, text(body, "command"), text(body, "text"), f"command:{trigger}")


@dataclass(frozen=True, slots=True)
class Sent:
    """A form that was sent. `values`: what stands in each input, by its name; menus give the chosen value."""

    caller: Caller
    form: str
    metadata: str
    values: Mapping[str, str]
    key: str


def sent(body: Payload) -> Sent:
    """The form of a `view_submission` payload."""
    view = at(body, "view")
    state = at(view, "state", "values")
    values = {
        name: text(inputs, name, "value") or text(inputs, name, "selected_option", "value")
        for name, inputs in (state.items() if isinstance(state, Mapping) else ())
    }
    key = f"form:{text(view, 'id')}:{text(view, 'hash')}"
    caller = Caller(user=text(body, "user", "id"), view=text(view, "id"))
    return Sent(caller, text(view, "callback_id"), text(view, "private_metadata"), values, key)
