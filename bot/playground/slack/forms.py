"""What people have filled in: the `state.values` of views and messages."""

from collections.abc import Iterator, Mapping
from typing import Any

from bot.playground.slack.blocks import interactive
from bot.playground.slack.refusal import ImpossibleError, Json

_FIELDS: Mapping[str, tuple[str, str]] = {
    "plain_text_input": ("value", "initial_value"),
    "email_text_input": ("value", "initial_value"),
    "url_text_input": ("value", "initial_value"),
    "number_input": ("value", "initial_value"),
    "rich_text_input": ("rich_text_value", "initial_value"),
    "static_select": ("selected_option", "initial_option"),
    "external_select": ("selected_option", "initial_option"),
    "radio_buttons": ("selected_option", "initial_option"),
    "checkboxes": ("selected_options", "initial_options"),
    "multi_static_select": ("selected_options", "initial_options"),
    "multi_external_select": ("selected_options", "initial_options"),
    "users_select": ("selected_user", "initial_user"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "channels_select": ("selected_channel", "initial_channel"),
    "multi_users_select": ("selected_users", "initial_users"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
    "file_input": ("files", ""),
}
"""By element: the key that carries what was chosen, and the element's own key for what it begins with."""


def state_of(blocks: list[Json], chosen: Json) -> Json:
    """`state.values` for these blocks: what was `chosen` (in the same shape), else what the elements begin with."""
    values: Json = {}
    for block, element in _stateful(blocks):
        mine = chosen.get(block["block_id"], {}).get(element["action_id"])
        values.setdefault(block["block_id"], {})[element["action_id"]] = mine or _initial(element)
    return values


def choose(blocks: list[Json], typed: Mapping[str, Any], before: Json) -> Json:
    """What a person filled in, in the shape of `state.values`, laid over `before`.

    `typed` goes by block id; a value is text, an option's value, or a list of them, and a block with several elements
    takes a mapping by action id.
    """
    values = {block: dict(actions) for block, actions in before.items()}
    by_block: dict[str, list[Json]] = {}
    for block, element in _stateful(blocks):
        by_block.setdefault(block["block_id"], []).append(element)
    for block_id, given in typed.items():
        elements = by_block.get(block_id)
        if not elements:
            raise ImpossibleError(f"There is no field in block {block_id}; there are {', '.join(by_block) or 'none'}.")
        several = isinstance(given, Mapping) and not {"text", "value"} <= set(given)
        answers = given if several else {elements[0]["action_id"]: given}
        for element in elements:
            if element["action_id"] in answers:
                values.setdefault(block_id, {})[element["action_id"]] = item(element, answers[element["action_id"]])
    return values


def item(element: Json, given: Any) -> Json:
    """One element's state after `given` was typed or chosen; None empties it."""
    key = _FIELDS[element["type"]][0]
    if key == "selected_option":
        given = None if given is None else option(element, given)
    elif key == "selected_options":
        given = [option(element, one) for one in given or []]
    elif key == "value":
        given = str(given) if given not in (None, "") else None
    return {"type": element["type"], key: given}


def option(element: Json, value: Any) -> Json:
    """The element's option of this value; an external select also takes a whole option object."""
    if isinstance(value, dict):
        return value
    groups = [element.get("options", []), *(g["options"] for g in element.get("option_groups", []))]
    for one in (one for group in groups for one in group):
        if one["value"] == value:
            return dict(one)
    if element["type"].endswith("external_select"):
        return {"text": {"type": "plain_text", "text": value, "emoji": True}, "value": value}
    offered = ", ".join(one["value"] for group in groups for one in group)
    raise ImpossibleError(f"{element['action_id']} offers {offered}, not {value}.")


def unready(blocks: list[Json], values: Json) -> dict[str, str]:
    """By block id, why Slack's own form would not submit yet: required fields, lengths."""
    wrong: dict[str, str] = {}
    for block in (b for b in blocks if b["type"] == "input"):
        element = block["element"]
        held = values.get(block["block_id"], {}).get(element["action_id"], {})
        given = held.get(_FIELDS[element["type"]][0])
        if not given and not block.get("optional"):
            wrong[block["block_id"]] = "Please complete this required field."
        elif isinstance(given, str) and len(given) > element.get("max_length", len(given)):
            wrong[block["block_id"]] = f"Please enter at most {element['max_length']} characters."
        elif isinstance(given, str) and len(given) < element.get("min_length", 0):
            wrong[block["block_id"]] = f"Please enter at least {element['min_length']} characters."
    return wrong


def action_of(element: Json, given: Any) -> Json:
    """What an action carries beside its ids: the button's value, or what was chosen."""
    match element["type"]:
        case "button" | "icon_button" | "workflow_button":
            keys = ("text", "value", "style", "url", "accessibility_label", "confirm")
            return {key: element[key] for key in keys if key in element}
        case "overflow":
            chosen: Json = {"selected_option": option(element, given)}
            return chosen | {key: element[key] for key in ("confirm",) if key in element}
        case _:
            chosen = item(element, given)
            initial = _FIELDS[element["type"]][1]
            return chosen | {key: element[key] for key in ("placeholder", initial, "confirm") if key in element}


def _initial(element: Json) -> Json:
    key, initial = _FIELDS[element["type"]]
    many = key.endswith("s") and key != "files"
    return {"type": element["type"], key: element.get(initial, [] if many or key == "files" else None)}


def _stateful(blocks: list[Json]) -> Iterator[tuple[Json, Json]]:
    for block in blocks:
        for element in interactive(block):
            if element["type"] in _FIELDS:
                yield block, element
