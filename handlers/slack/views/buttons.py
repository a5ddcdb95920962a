"""The buttons of a card: only what is legal for somebody now, each named after its effect, at most three and a menu."""

from collections.abc import Sequence

from slack_sdk.models.blocks import (
    ActionsBlock,
    ButtonElement,
    ConfirmObject,
    InteractiveElement,
    Option,
    OverflowMenuElement,
    PlainTextObject,
)

from handlers.slack.ids import ActionId, Choice, asked_value, choice_value, drawing_block, pressed_value
from handlers.slack.views import argo
from handlers.slack.views.message import actions, button
from handlers.slack.views.names import place_name, version_name
from handlers.slack.views.news import missing
from strategies.allowed import Verb
from strategies.argo.driver import Start
from strategies.drawn import Place
from strategies.model import Ask, AskKind, Outcome, Stage
from strategies.snapshot import Snapshot
from strategies.steps import Analysis, Gate

_MOST = 3


def action_rows(shown: Snapshot, drawing: int) -> Sequence[ActionsBlock]:
    """The block with the buttons, none where nobody can do anything."""
    elements: list[InteractiveElement] = [*_buttons(shown)]
    menu = _menu(shown, {one.action_id for one in elements if one.action_id})
    return [*actions(drawing_block(drawing), [*elements, *menu])]


def _buttons(shown: Snapshot) -> list[ButtonElement]:
    if shown.stage is Stage.ENDED:
        return _ended(shown)
    ask = shown.ask
    if ask is not None and ask.kind is AskKind.INCONCLUSIVE:
        return _unclear(shown, ask)
    if ask is not None and not shown.holds:
        found = _gate(shown, ask)
    else:
        found = [_act(shown, action, label) for verb, action, label in _steering(shown) if verb in shown.verbs]
    return [*found[: _MOST - 1], details_button(shown)]


_WAITED_FOR = {ActionId.PROMOTE, ActionId.RESUME}


def _steering(shown: Snapshot) -> tuple[tuple[Verb, ActionId, str], ...]:
    """The verbs of a rollout that asks nothing, with button and label; what is waited for first."""
    waits = Verb.PROMOTE in shown.verbs and shown.next_at is None
    promote = (Verb.PROMOTE, ActionId.PROMOTE, f"Promote{_onward(shown)}")
    calm = shown.stage in (Stage.QUEUED, Stage.PREFLIGHT)
    abort = "Cancel…" if calm else "Abort…"
    return (
        *((promote,) if waits else ()),
        (Verb.RESUME, ActionId.RESUME, "Resume"),
        *(() if waits or calm or shown.holds else ((Verb.PAUSE, ActionId.PAUSE, "Pause"),)),
        (Verb.ABORT, ActionId.ABORT, abort),
    )


def _onward(shown: Snapshot) -> str:
    """Where the next step leads, where that is a weight or the switch: ` to 50%`."""
    following = next((stop.text for stop in shown.rail if stop.place is Place.NEXT), "")
    if following == "switch":
        return " the Switch"
    return f" to {following}" if following.endswith("%") else ""


def _act(shown: Snapshot, action: ActionId, label: str) -> ButtonElement:
    spoken = f"{label.removesuffix('…')}, {version_name(shown.candidate.version)} of {place_name(shown.app, shown.environment, 30)}"
    return button(action, label, pressed_value(shown.id, shown.position), spoken, primary=action in _WAITED_FOR)


def _gate(shown: Snapshot, ask: Ask) -> list[ButtonElement]:
    value, place = asked_value(shown.id, ask.id), place_name(shown.app, shown.environment, 30)
    label = f"Approve{_onward(shown)}"
    confirm = _last_yes(shown, ask, label) if missing(shown) == 1 else None
    goal = "to switch all traffic" if argo.switches(shown) else f"to go to {shown.next_weight}%"
    approve = button(ActionId.APPROVE, label, value, f"Approve {place} {goal}", primary=True, confirm=confirm)
    return [approve, button(ActionId.REJECT, "Reject…", value, f"Reject {place}, asks for a reason")]


def _last_yes(shown: Snapshot, ask: Ask, label: str) -> ConfirmObject:
    """The one hurdle before going forward for good: it says what happens."""
    version = version_name(shown.candidate.version)
    if argo.switches(shown):
        effect = f"All traffic switches to {version} right away."
        return _confirm(f"Switch {place_name(shown.app, shown.environment, 40)}", effect, label)
    further = (
        f" From there it goes on by itself, up to {ask.binding.allows}%, while its checks pass."
        if ask.binding.allows > shown.next_weight
        else ""
    )
    effect = f"{version} goes from {ask.binding.weight}% to {shown.next_weight}% of the traffic right away.{further}"
    return _confirm(f"Move {place_name(shown.app, shown.environment, 40)} to {shown.next_weight}%", effect, label)


def _confirm(title: str, effect: str, label: str) -> ConfirmObject:
    return ConfirmObject(
        title=PlainTextObject(text=title),
        text=PlainTextObject(text=f"Yours is the last approval needed. {effect}"),
        confirm=PlainTextObject(text=label),
        deny=PlainTextObject(text="Not Yet"),
    )


def _unclear(shown: Snapshot, ask: Ask) -> list[ButtonElement]:
    value, place = asked_value(shown.id, ask.id), place_name(shown.app, shown.environment, 30)
    accept = button(ActionId.ACCEPT, "Accept…", value, f"Accept the checks of {place}, asks for a reason")
    again = button(ActionId.AGAIN, "Measure Again", value, f"Measure {place} again", primary=True)
    return [accept, *([again] if Verb.MEASURE_AGAIN in shown.verbs else []), _act(shown, ActionId.ABORT, "Abort…")]


def _ended(shown: Snapshot) -> list[ButtonElement]:
    place, value = place_name(shown.app, shown.environment, 30), pressed_value(shown.id, shown.position)
    base = version_name(shown.base.version)
    back = button(ActionId.ROLL_BACK, "Roll Back…", value, f"Roll {place} back to {base}, asks for a reason")
    retry = button(ActionId.RETRY, "Retry…", value, f"Start {place} again, asks for a reason")
    match shown.outcome:
        case Outcome.HEALTHY if shown.start is not Start.RESTART and not shown.followed:
            return [back, details_button(shown)]
        case Outcome.HEALTHY:
            return [details_button(shown)]
        case Outcome.SUPERSEDED:
            return []
        case _ if shown.left:
            return [retry, back, details_button(shown)]
        case _:
            return [retry, details_button(shown)]


def details_button(shown: Snapshot) -> ButtonElement:
    """The button for the private form with everything that an expert wants to see."""
    spoken = f"Details of {place_name(shown.app, shown.environment, 30)}: pods, plan, commands"
    return button(ActionId.DETAILS, "Details", pressed_value(shown.id, shown.position), spoken)


def _menu(shown: Snapshot, drawn: set[str]) -> list[OverflowMenuElement]:
    """What experts need, and what found no room among the buttons."""
    if shown.stage is Stage.ENDED:
        return []
    entries = [
        Option(text=PlainTextObject(text=label), value=choice_value(choice, shown.id, shown.position))
        for choice, label in _entries(shown, drawn)
    ]
    return [OverflowMenuElement(action_id=ActionId.MORE.value, options=entries)] if entries else []


def _entries(shown: Snapshot, drawn: set[str]) -> list[tuple[Choice, str]]:
    asked = shown.ask is not None
    timed = Verb.PROMOTE in shown.verbs and ActionId.PROMOTE.value not in drawn and not asked
    answered = isinstance(shown.at_hand, Gate) and shown.phase.card == "Progressing"
    skips = Verb.SKIP in shown.verbs and (asked or Verb.PROMOTE not in shown.verbs) and not answered
    found = [
        (Choice.PROMOTE, "End This Wait Now", timed),
        (Choice.SKIP, _skip_label(shown), skips),
        (Choice.TERMINATE, "End This Analysis…", Verb.TERMINATE in shown.verbs),
        (Choice.FULL, "Promote to 100% Now…", Verb.PROMOTE_FULL in shown.verbs),
        (Choice.PAUSE, "Pause", Verb.PAUSE in shown.verbs and ActionId.PAUSE.value not in drawn and bool(shown.ask)),
        (Choice.ABORT, "Abort…", Verb.ABORT in shown.verbs and ActionId.ABORT.value not in drawn),
        (Choice.DETAILS, "Details", ActionId.DETAILS.value not in drawn),
    ]
    return [(choice, label) for choice, label, offered in found if offered]


def _skip_label(shown: Snapshot) -> str:
    match shown.at_hand:
        case _ if shown.ask is not None and shown.ask.kind is AskKind.GATE:
            return "Skip This Approval…"
        case Analysis():
            return "Skip These Checks…"
        case Gate():
            return "Skip This Approval…"
        case _:
            return "Skip This Step…"
