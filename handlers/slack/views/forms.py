"""Forms: one hurdle for what goes backward or around a rule, and the deploy form.

A reason form has one field. Its first sentence is the effect in bold, its submit button is the verb, its other button
is "Keep Going". `About` says what the form is about; it comes back with the submission.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from slack_sdk.models.blocks import (
    Block,
    InputBlock,
    InputInteractiveElement,
    Option,
    PlainTextInputElement,
    PlainTextObject,
    StaticSelectElement,
)
from slack_sdk.models.views import View

from handlers.slack.ids import About, FieldId, FormId
from handlers.slack.views import argo_forms
from handlers.slack.views.message import lines
from handlers.slack.views.names import place_name, version_name
from handlers.slack.views.news import weight_now
from handlers.slack.views.prose import Bold, Line, shorten
from strategies.snapshot import Snapshot

LONGEST_REASON = 3000
"""Characters; Slack's inputs take no more."""

LONGEST_VERSION = 128
_SHORTEST_REASON = 3
_MOST_OPTIONS = 100
_MOST_WAYS = 4
_LONGEST_WAY = 300
_START = "Start Rollout looks at the cluster first, then posts one card in the channel and begins."


@dataclass(frozen=True, slots=True)
class _Words:
    """What a reason form is called, and what its submit button says."""

    title: str
    submit: str
    example: str


_WORDS: Mapping[FormId, _Words] = {
    FormId.ABORT: _Words("Abort rollout", "Abort Rollout", "Ex. checkout errors reported by support"),
    FormId.REJECT: _Words("Reject rollout", "Reject", "Ex. p95 is close to the limit, wait for the fix"),
    FormId.ROLL_BACK: _Words("Roll back", "Roll Back", "Ex. customers see an empty cart"),
    FormId.RETRY: _Words("Try again", "Start Again", "Ex. the database is back"),
    FormId.SKIP: _Words("Skip this step", "Skip Step", "Ex. Prometheus is down, checked by hand"),
    FormId.TERMINATE: _Words("End the analysis", "End Analysis", "Ex. the metric measures the wrong service"),
    FormId.FULL: _Words("Promote to 100%", "Promote to 100%", "Ex. urgent fix, checked by hand"),
    FormId.ACCEPT: _Words("Accept the checks", "Accept", "Ex. too little traffic at night, looks fine"),
}
REASON_FORMS = frozenset(_WORDS)
"""The forms that ask for nothing but a reason."""


def reason_form(form: FormId, shown: Snapshot, about: About) -> View:
    """The form that asks why, for one act on the rollout as it is now. Raises KeyError for another kind of form."""
    own = argo_forms.effect(form, shown) if shown.start is not None else ()
    effect = own or _effect(form, shown)
    words = _WORDS[form]
    return View(
        type="modal",
        callback_id=form.value,
        private_metadata=about.metadata(),
        title=_text(words.title),
        submit=_text(words.submit),
        close=_text("Keep Going"),
        blocks=[lines("what", effect), _reason(words.example)],
    )


def _effect(form: FormId, shown: Snapshot) -> Line:
    """What the act does, in bold, then what else one should know."""
    place = place_name(shown.app, shown.environment)
    version, base, weight = version_name(shown.candidate.version), version_name(shown.base.version), weight_now(shown)
    back = Bold(f"All traffic of {place} goes back to {base}.")
    match form:
        case FormId.ABORT:
            return (back, f" {version} has {weight}% now. You can start again later.")
        case FormId.REJECT:
            return (back, f" One no ends the question, and {version} is taken back from {weight}%.")
        case FormId.ROLL_BACK:
            return (
                back,
                f" This begins a new rollout without pauses or gates: pods of {base} first, then the traffic.",
            )
        case FormId.RETRY:
            return (
                Bold(f"{place} starts {version} again from the beginning."),
                " Every check and approval is asked anew.",
            )
        case FormId.SKIP:
            return (
                Bold(f"{version} goes on from {weight}% without this step."),
                " The audit says that you skipped it.",
            )
        case FormId.TERMINATE:
            return (
                Bold("The analysis that runs ends now, and Argo Rollouts goes on as if it had passed."),
                " What it measured until then stays in the audit.",
            )
        case FormId.FULL:
            return (Bold(f"{version} takes all traffic of {place} now."), " Every step that is left is skipped.")
        case FormId.ACCEPT:
            return (
                Bold(f"{version} goes on from {weight}% as if its checks had passed."),
                " The audit says that you did.",
            )
        case _:
            raise KeyError(f"{form} asks for no reason alone")


def _reason(example: str, *, optional: bool = False) -> InputBlock:
    element = PlainTextInputElement(
        action_id=FieldId.REASON.value,
        focus_on_load=not optional,
        min_length=None if optional else _SHORTEST_REASON,
        max_length=LONGEST_REASON,
        placeholder=_text(example),
    )
    hint = _text("Goes to the thread and the audit trail.")
    return InputBlock(
        block_id=FieldId.REASON.value, label=_text("Reason"), hint=hint, element=element, optional=optional
    )


@dataclass(frozen=True, slots=True)
class Filled:
    """What a deploy form begins with: from the command, or from what was typed before it was refused."""

    app: str = ""
    environment: str = ""
    version: str = ""
    reason: str = ""


def deploy_form(apps: Mapping[str, Mapping[str, str]], filled: Filled, about: About) -> View:
    """The form for `/deploy` without arguments.

    `apps`: the environments of each app, in the configuration's order, each with the way that a deploy goes there, in a line.
    """
    environments = tuple(dict.fromkeys(name for names in apps.values() for name in names))
    version = PlainTextInputElement(
        action_id=FieldId.VERSION.value,
        max_length=LONGEST_VERSION,
        initial_value=filled.version[:LONGEST_VERSION] or None,
        placeholder=_text("Ex. v1.4.2"),
    )
    return View(
        type="modal",
        callback_id=FormId.DEPLOY.value,
        private_metadata=about.metadata(),
        title=_text("Start a rollout"),
        submit=_text("Start Rollout"),
        close=_text("Cancel"),
        blocks=[
            _field(FieldId.APP, "App", _choices(FieldId.APP, tuple(apps), filled.app)),
            _field(FieldId.VERSION, "Version", version, "The tag of the image that is to run."),
            _field(FieldId.ENVIRONMENT, "Environment", _choices(FieldId.ENVIRONMENT, environments, filled.environment)),
            _reason("Ex. faster totals, ticket 4711", optional=True),
            lines("effect", *_ways(apps, filled), (_START,)),
        ],
    )


def _ways(apps: Mapping[str, Mapping[str, str]], filled: Filled) -> Sequence[Line]:
    """What can still be meant, each with its way, as long as that is little to read."""
    meant = [
        (place_name(app, environment), way)
        for app, ways in apps.items()
        for environment, way in ways.items()
        if filled.app in ("", app) and filled.environment in ("", environment)
    ]
    if len(meant) == 1:
        return [(Bold("Plan"), f" {shorten(meant[0][1], _LONGEST_WAY)}")]
    if len(meant) > _MOST_WAYS:
        return [("Traffic moves step by step, as the environment's strategy says.",)]
    return [(Bold(place), f" {shorten(way, _LONGEST_WAY)}") for place, way in meant]


def _choices(field: FieldId, names: Sequence[str], chosen: str) -> InputInteractiveElement:
    """A menu of names; a text field where Slack's menus are too short for them."""
    if len(names) > _MOST_OPTIONS:
        return PlainTextInputElement(action_id=field.value, initial_value=chosen or None, max_length=253)
    options = [Option(text=_text(shorten(name, 75)), value=name[:150]) for name in names]
    initial = next((option for option in options if option.value == chosen), options[0] if len(options) == 1 else None)
    return StaticSelectElement(action_id=field.value, options=options, initial_option=initial)


def _field(field: FieldId, label: str, element: InputInteractiveElement, hint: str | None = None) -> InputBlock:
    return InputBlock(
        block_id=field.value, label=_text(label), hint=_text(hint) if hint else None, element=element, optional=False
    )


def notice(title: str, *rows: Line) -> View:
    """A form's place taken by a sentence: what was not done and why, so that it never closes in silence."""
    blocks: list[Block] = [lines("note", *rows)]
    return View(
        type="modal",
        callback_id=FormId.NOTE.value,
        title=_text(shorten(title, 24)),
        close=_text("Close"),
        blocks=blocks,
    )


def _text(text: str) -> PlainTextObject:
    return PlainTextObject(text=text, emoji=False)
