"""Block Kit's interactive elements and where each may stand."""

from collections.abc import Iterable, Mapping

from bot.playground.slack.composition import (
    CONFIRM,
    DISPATCH,
    FILTER,
    OPTION_GROUP,
    PLACEHOLDER,
    PLAIN_OPTION,
    RICH_OPTION,
    RICH_TEXT,
    SLACK_FILE,
    anything,
    image_source,
    option,
    plain,
)
from bot.playground.slack.limits import LIMITS
from bot.playground.slack.schema import Check, boolean, both, kind, listing, number, shape, string, typed

_STYLE = string(among={"primary", "danger"})
_LABEL = string(LIMITS["accessibility_label"])
_SOURCES = ("users", "conversations", "channels", "external")


def _element(name: str, required: Mapping[str, Check] | None = None, **optional: Check) -> Check:
    own = {"action_id": string(LIMITS["action_id"], 1), "focus_on_load": boolean, **optional}
    return kind(name, required, own)


def _date(name: str, initial: Check) -> Check:
    field = {"datepicker": "initial_date", "timepicker": "initial_time", "datetimepicker": "initial_date_time"}[name]
    more = {} if name == "datetimepicker" else {"placeholder": PLACEHOLDER}
    return _element(name, None, confirm=CONFIRM, timezone=string(), **more, **{field: initial})


def _static(name: str, initial: Mapping[str, Check]) -> Check:
    options = {
        "options": listing(PLAIN_OPTION, LIMITS["select.options"]),
        "option_groups": listing(OPTION_GROUP, LIMITS["select.option_groups"]),
    }
    element = _element(name, None, placeholder=PLACEHOLDER, confirm=CONFIRM, **options, **initial)
    return both([element, _one_list])


def _one_list(value: object, at: str) -> list[str]:
    if not isinstance(value, dict):
        return []
    keys = dict.fromkeys(value, anything)
    return shape(None, keys, one_of=("options", "option_groups"))(value, at)


def _selects() -> Iterable[tuple[str, Check]]:
    most = {"max_selected_items": number(1)}
    ids = listing(string(None, 1), LIMITS["select.options"], 0)
    yield "static_select", _static("static_select", {"initial_option": PLAIN_OPTION})
    chosen = listing(PLAIN_OPTION, LIMITS["select.options"])
    yield "multi_static_select", _static("multi_static_select", {"initial_options": chosen, **most})
    for source in _SOURCES:
        own: dict[str, Check] = {"placeholder": PLACEHOLDER, "confirm": CONFIRM}
        if source == "external":
            own["min_query_length"] = number(0)
        if source == "conversations":
            own |= {"filter": FILTER, "default_to_current_conversation": boolean}
        one: dict[str, Check] = {"response_url_enabled": boolean} if source in ("conversations", "channels") else {}
        single = {"external": PLAIN_OPTION}.get(source, string(None, 1))
        several = {"external": chosen}.get(source, ids)
        stem = {"external": "option"}.get(source, source[:-1])
        yield f"{source}_select", _element(f"{source}_select", None, **own, **one, **{f"initial_{stem}": single})
        name = f"multi_{source}_select"
        yield name, _element(name, None, **own, **most, **{f"initial_{stem}s": several})


def _choices(name: str, options: int, initial: Mapping[str, Check]) -> Check:
    return _element(name, {"options": listing(RICH_OPTION, options)}, confirm=CONFIRM, **initial)


def _typed_input(name: str, **more: Check) -> Check:
    own = {"placeholder": PLACEHOLDER, "dispatch_action_config": DISPATCH, "initial_value": string()}
    return _element(name, None, **{**own, **more})


_LENGTH = LIMITS["plain_text_input.length"]
ELEMENTS: Mapping[str, Check] = {
    "button": _element(
        "button",
        {"text": plain(LIMITS["button.text"])},
        value=string(LIMITS["button.value"]),
        url=string(LIMITS["button.url"]),
        style=_STYLE,
        confirm=CONFIRM,
        accessibility_label=_LABEL,
    ),
    "overflow": _element(
        "overflow",
        {"options": listing(option(plain(LIMITS["option.text"]), url=True), LIMITS["overflow.options"])},
        confirm=CONFIRM,
    ),
    "checkboxes": _choices(
        "checkboxes",
        LIMITS["checkboxes.options"],
        {"initial_options": listing(RICH_OPTION, LIMITS["checkboxes.options"])},
    ),
    "radio_buttons": _choices("radio_buttons", LIMITS["radio_buttons.options"], {"initial_option": RICH_OPTION}),
    "datepicker": _date("datepicker", string(pattern=r"^\d{4}-\d{2}-\d{2}$")),
    "timepicker": _date("timepicker", string(pattern=r"^\d{2}:\d{2}$")),
    "datetimepicker": _date("datetimepicker", number(10**9, 10**10 - 1)),
    "plain_text_input": _typed_input(
        "plain_text_input",
        multiline=boolean,
        min_length=number(0, _LENGTH),
        max_length=number(1, _LENGTH),
    ),
    "email_text_input": _typed_input("email_text_input"),
    "url_text_input": _typed_input("url_text_input"),
    "number_input": _element(
        "number_input",
        {"is_decimal_allowed": boolean},
        placeholder=PLACEHOLDER,
        dispatch_action_config=DISPATCH,
        initial_value=string(),
        min_value=string(),
        max_value=string(),
    ),
    "rich_text_input": _typed_input("rich_text_input", initial_value=RICH_TEXT),
    "file_input": _element(
        "file_input", None, filetypes=listing(string(), 100), max_files=number(1, LIMITS["file_input.files"])
    ),
    "workflow_button": _element(
        "workflow_button",
        {"text": plain(LIMITS["button.text"]), "workflow": anything},
        style=_STYLE,
        accessibility_label=_LABEL,
    ),
    "feedback_buttons": _element("feedback_buttons", {"positive_button": anything, "negative_button": anything}),
    "icon_button": _element(
        "icon_button",
        {"icon": string(None, 1), "text": plain(LIMITS["button.text"])},
        value=string(LIMITS["button.value"]),
        confirm=CONFIRM,
        accessibility_label=_LABEL,
        visible_to_user_ids=anything,
    ),
    "image": both(
        [
            kind(
                "image",
                {"alt_text": string(LIMITS["image.alt_text"], 1)},
                {"image_url": string(LIMITS["image.url"], 1), "slack_file": SLACK_FILE},
            ),
            image_source,
        ]
    ),
    **dict(_selects()),
}

_SELECTS = {name for name in ELEMENTS if name.endswith("_select")}
_CHOICES = {"checkboxes", "radio_buttons", "datepicker", "timepicker", *_SELECTS}
_PLACES: Mapping[str, Mapping[str, set[str]]] = {
    "actions": {
        "": {"button", "overflow", *_CHOICES},
        "message": {"datetimepicker", "workflow_button"},
        "modal": {"datetimepicker"},
    },
    "accessory": {"": {"button", "overflow", "image", *_CHOICES}, "message": {"workflow_button"}},
    "input": {
        "": {"plain_text_input", *_CHOICES},
        "message": {"datetimepicker"},
        "modal": {
            "datetimepicker",
            "email_text_input",
            "url_text_input",
            "number_input",
            "file_input",
            "rich_text_input",
        },
        "home": {"rich_text_input"},
    },
    "context_actions": {"message": {"feedback_buttons", "icon_button"}},
}


def elements(place: str, surface: str) -> Check:
    """Any element that may stand at this place (actions, accessory, input, context_actions) of this surface (message,
    modal, home).
    """
    allowed = _PLACES[place].get("", set()) | _PLACES[place].get(surface, set())
    return typed({name: ELEMENTS[name] for name in sorted(allowed)})
