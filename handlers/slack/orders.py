"""What somebody asked for, however they asked: typed, pressed or sent with a form. The inbox keeps it in this shape.

An order carries what its author saw at that moment, so that it means the same when it is carried out a little later.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Literal, assert_never

from bot.desk import WhenBusy
from handlers.slack.ids import parse_position, position_text
from handlers.slack.parse import Verb as Word
from strategies.allowed import Verb
from strategies.events import (
    Abort,
    Approve,
    Command,
    Hold,
    MeasureAgain,
    Position,
    Promote,
    PromoteFull,
    Reject,
    Resume,
    Skip,
    Terminate,
)
from strategies.model import Who


@dataclass(frozen=True, slots=True)
class Act:
    """Something done to one rollout. `saw`: where it stood for the author; `ask`: the question that a vote answers;
    `run`: the analysis that is to be ended.
    """

    verb: Verb
    rollout: str
    saw: Position | None = None
    ask: str = ""
    reason: str = ""
    run: str = ""


class Start(StrEnum):
    """The ways in which a rollout begins."""

    DEPLOY = "deploy"
    ROLLBACK = "rollback"
    RETRY = "retry"
    RESTART = "restart"


@dataclass(frozen=True, slots=True)
class Begin:
    """A new rollout. `live`: the id of the one that was live for the author, empty if there was none.

    `card`: the id of the ended rollout whose button was pressed. `carry` is an environment, `number` counts healthy
    versions, `revision` is one of a Rollout, all as the desk has them.
    """

    start: Start
    app: str
    environment: str
    version: str = ""
    reason: str = ""
    carry: str | None = None
    number: int | None = None
    revision: int | None = None
    busy: WhenBusy = WhenBusy.ASK
    live: str = ""
    card: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """Something to be shown, which changes nothing."""

    word: Word
    app: str = ""
    environment: str = ""
    version: str = ""
    carry: str | None = None
    topic: str = ""


Order = Act | Begin | Report


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asked and where an answer reaches them. `view` is the form that was sent, `ts` the message that was pressed.

    `is_private`: that message is one that only they see, so an answer may take its place.
    """

    user: str
    channel: str = ""
    answer: str = ""
    view: str = ""
    ts: str = ""
    is_private: bool = False


def command(act: Act, at: datetime, who: Who) -> Command:
    """The act as the machine takes it."""
    match act.verb:
        case Verb.PROMOTE:
            return Promote(at, who, act.saw)
        case Verb.PROMOTE_FULL:
            return PromoteFull(at, who, act.reason, act.saw)
        case Verb.SKIP:
            return Skip(at, who, act.reason, act.saw)
        case Verb.ABORT:
            return Abort(at, who, act.reason)
        case Verb.PAUSE:
            return Hold(at, who, act.reason)
        case Verb.RESUME:
            return Resume(at, who)
        case Verb.TERMINATE:
            return Terminate(at, who, act.reason, act.run)
        case Verb.APPROVE | Verb.REJECT | Verb.MEASURE_AGAIN:
            return _answer(act.verb, act, at, who)
        case _:
            assert_never(act.verb)


def _answer(
    verb: Literal[Verb.APPROVE, Verb.REJECT, Verb.MEASURE_AGAIN], act: Act, at: datetime, who: Who
) -> Approve | Reject | MeasureAgain:
    """An answer to a question as the machine takes it."""
    match verb:
        case Verb.APPROVE:
            return Approve(at, who, act.ask, act.reason)
        case Verb.REJECT:
            return Reject(at, who, act.ask, act.reason)
        case Verb.MEASURE_AGAIN:
            return MeasureAgain(at, who, act.ask)
        case _:
            assert_never(verb)


def lane(order: Order, caller: Caller) -> str:
    """What must be done one after the other: a person's orders about one rollout or one place."""
    match order:
        case Act(rollout=rollout):
            return f"{caller.user} {rollout}"
        case Begin() | Report():
            return f"{caller.user} {order.app} {order.environment}"
        case _:
            assert_never(order)


def to_body(order: Order, caller: Caller) -> dict[str, object]:
    """Both as JSON takes them."""
    fields: dict[str, object] = asdict(order)
    if isinstance(order, Act):
        fields["saw"] = None if order.saw is None else position_text(order.saw)
    return {"kind": type(order).__name__, "order": fields, "caller": asdict(caller)}


def from_body(body: Mapping[str, object]) -> tuple[Order, Caller]:
    """What `to_body` wrote. Raises KeyError, TypeError or ValueError for anything else, such as another version's."""
    fields, caller = body["order"], body["caller"]
    if not isinstance(fields, dict) or not isinstance(caller, dict):
        raise TypeError("an order and its caller are objects")
    return _order(str(body["kind"]), fields), Caller(**caller)


def _order(kind: str, fields: dict[str, object]) -> Order:
    match kind:
        case "Act":
            saw = fields["saw"]
            made = Act(**fields | {"verb": Verb(fields["verb"]), "saw": None})  # type: ignore[arg-type]
            return replace(made, saw=parse_position(saw) if isinstance(saw, str) else None)
        case "Begin":
            kinds = {"start": Start(str(fields["start"])), "busy": WhenBusy(str(fields["busy"]))}
            return Begin(**fields | kinds)  # type: ignore[arg-type]
        case "Report":
            return Report(**fields | {"word": Word(fields["word"])})  # type: ignore[arg-type]
        case _:
            raise ValueError(f"{kind} is no kind of order")
