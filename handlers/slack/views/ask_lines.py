"""The thread's lines about questions to people and what became of them."""

from datetime import datetime

from handlers.slack.views import argo, people
from handlers.slack.views.line import WHOLE, Log, Told, by, number, said, starter, text
from handlers.slack.views.prose import Line, Link, Moment, shorten
from strategies.events import Happening
from strategies.model import Ask, AskKind
from strategies.native.shown import next_weight
from strategies.steps import Silence


def opened(happening: Happening, log: Log) -> Told:
    """A question, whom it is for, and until when."""
    ask = log.rollout.ask(text(happening, "ask"))
    roles = tuple(filter(None, text(happening, "roles").split(", ")))
    deadline = ask.deadline if ask else happening.at
    silence = "or it aborts" if text(happening, "silence") == Silence.ABORT else "or it waits on"
    weight = number(happening, "weight")
    if text(happening, "kind") == AskKind.INCONCLUSIVE:
        again = "" if log.rollout.is_argo else " measure again,"
        where = argo.where(log.shown) if argo.switches(log.shown) else f"at {weight}%"
        wanted = f" decide about {log.version} {where}: accept its checks with a reason,{again} or abort. By "
    else:
        count = number(happening, "approvals")
        needed = "1 approval" if count == 1 else f"{count} approvals"
        wanted = f" {needed} needed {_goal(ask, log, weight)}. By "
    return Told((*people.asked(roles, log.groups), wanted, _until(deadline), f", {silence}.", *_to_card(log)))


def _until(deadline: datetime) -> Moment:
    return Moment(deadline, "{date_short_pretty} {time}")


def _to_card(log: Log) -> Line:
    return (" ", Link(log.card, "Open the card")) if log.card else ()


def reminded(happening: Happening, log: Log) -> Told | None:
    """For the starter alone: those who are asked were mentioned once. Nothing where it was answered before this could be said."""
    ask = log.rollout.ask(text(happening, "ask"))
    if ask is None or not ask.is_open or ask.held:
        return None
    count = f"{number(happening, 'have')} of {number(happening, 'need')} approvals so far"
    open_still = "nobody has decided about the checks" if ask.kind is AskKind.INCONCLUSIVE else count
    until = _until(datetime.fromisoformat(text(happening, "deadline")))
    silence = "or it aborts" if ask.silence is Silence.ABORT else "or it waits on"
    return Told((*starter(log), f"Still asked: {open_still}. By ", until, f", {silence}.", *_to_card(log)))


def _goal(ask: Ask | None, log: Log, weight: int) -> str:
    """What the approvals are for."""
    if argo.switches(log.shown):
        return f"to switch all traffic to {log.version}"
    goes = _goes(ask, log)
    return f"to move {log.version} from {weight}% to {goes}%" if goes else f"to move {log.version} on from {weight}%"


def _goes(ask: Ask | None, log: Log) -> int | None:
    """The weight that follows a question. A controller's steps are seen, not remembered: only while it is asked they are its own."""
    if ask is None:
        return None
    if log.rollout.is_argo:
        return log.shown.next_weight if log.shown.ask == ask else None
    return next_weight(log.rollout.walks[0].native.plan.steps, ask.binding.position)


def approved(happening: Happening, log: Log) -> Told:
    """A yes."""
    count = f"{number(happening, 'have')} of {number(happening, 'need')}"
    verb = "accepted the checks" if text(happening, "kind") == AskKind.INCONCLUSIVE else f"approved, {count}"
    return Told((by(happening), f" {verb}{said(happening)}"))


def gate_open(happening: Happening, log: Log) -> Told | None:
    """What the last yes lets go on."""
    ask = log.rollout.ask(text(happening, "ask"))
    if ask is None or ask.kind is AskKind.INCONCLUSIVE:
        return None
    if argo.switches(log.shown):
        return Told((f"Approved: all traffic switches to {log.version} now.",))
    goes = _goes(ask, log)
    return Told((f"Approved: {log.version} goes {f'to {goes}%' if goes else 'on'} now.",))


def rejected(happening: Happening, log: Log) -> Told:
    """A no, with its reason."""
    return Told((by(happening), f" rejected it{said(happening)}"))


def expired(happening: Happening, log: Log) -> Told:
    """A question that nobody answered."""
    count = f"{number(happening, 'have')} of {number(happening, 'need')}"
    then = "It aborts" if text(happening, "silence") == Silence.ABORT else "It waits on"
    return Told((f"Nobody answered in time: {count} approvals. {then}.",))


def void(happening: Happening, log: Log) -> Told | None:
    """Answers that count no more; nothing where there were none."""
    have = number(happening, "have")
    if not have:
        return None
    count = "The approval given so far counts" if have == 1 else f"The {have} approvals given so far count"
    return Told((f"{count} no more: {shorten(text(happening, 'why'), WHOLE)}.",))
