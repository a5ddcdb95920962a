"""Which verbs are legal now, and for whom: found by asking the machine itself, so that a button and its act can never disagree."""

from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum

from strategies.events import (
    Abort,
    Approve,
    Command,
    Hold,
    MeasureAgain,
    Promote,
    PromoteFull,
    Reject,
    Resume,
    Skip,
    Terminate,
)
from strategies.machine import decide
from strategies.model import Actor, Rollout, Who


class Verb(StrEnum):
    """What a person can do to a live rollout."""

    PROMOTE = "promote"
    PROMOTE_FULL = "promote-full"
    SKIP = "skip"
    ABORT = "abort"
    PAUSE = "pause"
    RESUME = "resume"
    APPROVE = "approve"
    REJECT = "reject"
    MEASURE_AGAIN = "measure-again"
    TERMINATE = "terminate"


_TRIED: Mapping[Verb, Callable[[datetime, Who, str], Command]] = {
    Verb.PROMOTE: lambda at, who, ask: Promote(at, who),
    Verb.PROMOTE_FULL: lambda at, who, ask: PromoteFull(at, who, "…"),
    Verb.SKIP: lambda at, who, ask: Skip(at, who, "…"),
    Verb.ABORT: lambda at, who, ask: Abort(at, who, "…"),
    Verb.PAUSE: lambda at, who, ask: Hold(at, who),
    Verb.RESUME: lambda at, who, ask: Resume(at, who),
    Verb.APPROVE: lambda at, who, ask: Approve(at, who, ask, "…"),
    Verb.REJECT: lambda at, who, ask: Reject(at, who, ask, "…"),
    Verb.MEASURE_AGAIN: MeasureAgain,
    Verb.TERMINATE: lambda at, who, ask: Terminate(at, who, "…"),
}


def allowed(rollout: Rollout, at: datetime, who: Who | None = None) -> frozenset[Verb]:
    """The verbs that `who` may use now; without a person, those that somebody with every role may."""
    who = who or everybody(rollout)
    asks = [ask.id for ask in rollout.asks if ask.is_open] or [""]
    return frozenset(
        verb
        for verb, made in _TRIED.items()
        if any(decide(rollout, made(at, who, ask)).refusal is None for ask in asks)
    )


def everybody(rollout: Rollout) -> Who:
    """Nobody in particular, with every role this rollout knows: what a card is drawn for."""
    roles = {*rollout.policy.deployers, *rollout.policy.approvers}
    for ask in rollout.asks:
        roles |= set(ask.roles)
    return Who(Actor("", "anybody"), frozenset(roles))
