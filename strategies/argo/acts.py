"""What people may do to a walk that Argo's controller does, and the sentence for each thing they may not.

What is decided here is remembered as an order, or lies in the answers to questions, and is sent only after a fresh look found what it was
decided on. Abort, hold and votes mean the same whoever walks (`commands.any_driver`).
"""

from dataclasses import replace
from typing import assert_never

from strategies.argo.driver import Argo, ArgoVerb, Order
from strategies.asks import vote_problem, voted
from strategies.commands import any_driver, passed_over
from strategies.decision import Decision, Turn, refused
from strategies.events import (
    Abort,
    Approve,
    Command,
    Hold,
    MeasureAgain,
    Promote,
    PromoteFull,
    Reject,
    Replace,
    Resume,
    Skip,
    Terminate,
    What,
)
from strategies.model import AskKind, Rollout, Stage, Walk
from strategies.refusals import NOTHING, reasonless, step_problem, walking


def argo_command(turn: Turn, event: Command) -> Decision:
    """What becomes of a rollout that Argo's controller walks by an act of a person who may."""
    match event:
        case Promote():
            return _promote(turn, event)
        case PromoteFull():
            return _promote_full(turn, event)
        case Skip():
            return _skip(turn, event)
        case MeasureAgain():
            sentence = (
                "Not done: Argo's controller measures, and only once. Accept the result with a reason, or reject it."
            )
            return refused(turn.rollout, f"{sentence} {NOTHING}")
        case Terminate():
            return _terminate(turn, event)
        case Hold() if turn.rollout.stage is Stage.PROMOTING:
            sentence = "Not paused: on its way to 100% Argo's controller does not stop. Abort it to go back."
            return refused(turn.rollout, f"{sentence} {NOTHING}")
        case Hold() if turn.rollout.stage is Stage.WALKING and _walk(turn.rollout).argo.live:
            version = turn.rollout.candidate.version
            sentence = f"Not paused: {version} is the stable version already: no step is left to stop at. Wait for its end, or abort it."
            return refused(turn.rollout, f"{sentence} {NOTHING}")
        case Abort() | Replace() | Hold() | Resume() | Approve() | Reject():
            return any_driver(turn, event)
        case _ as unreachable:
            assert_never(unreachable)


def _walk(rollout: Rollout) -> Walk:
    return rollout.walks[0]


def _unready(rollout: Rollout, act: str) -> str | None:
    """Why no verb of a step may be given yet, or None."""
    argo = _walk(rollout).argo
    if not argo.pod_hash:
        return f"Not {act}: the controller has not begun with {rollout.candidate.version} yet. {NOTHING}"
    if argo.order is not None:
        return f"Not {act}: {argo.order.verb} was given a moment ago and is on its way. {NOTHING}"
    return None


def _promote(turn: Turn, event: Promote) -> Decision:
    """A yes to the open question, or, at a pause that ends by itself, its end now."""
    rollout, argo = turn.rollout, _walk(turn.rollout).argo
    problem = step_problem(rollout, event) or _unready(rollout, "promoted")
    if problem:
        return refused(rollout, problem)
    if any(ask.is_open for ask in rollout.asks):
        return _approved(turn, event)
    if any(ask.pause in argo.pauses for ask in rollout.asks):
        return refused(
            rollout, f"Already promoted: every question is answered, and the promote is on its way. {NOTHING}"
        )
    if not argo.pauses:
        return refused(rollout, f"Nothing to promote: {_at_hand(argo)}. {NOTHING}")
    turn = _order(turn, ArgoVerb.PROMOTE)
    return turn.tell(What.PROMOTED, event.by.actor, step=argo.step, weight=_walk(rollout).weight).done()


def _at_hand(argo: Argo) -> str:
    doing = f"it is at “{argo.at_hand}”" if argo.at_hand else "it is on its way"
    return f"{doing}, and waits for nobody. Wait for it, or skip it with a reason"


def _approved(turn: Turn, event: Promote) -> Decision:
    """The person's yes to every open gate. What an inconclusive analysis means is a question of its own, with a reason."""
    rollout = turn.rollout
    asks = [ask for ask in rollout.asks if ask.is_open]
    for ask in asks:
        if ask.kind is AskKind.INCONCLUSIVE:
            sentence = "Not promoted: an analysis is inconclusive. Approve that question with a reason, or reject it."
            return refused(rollout, f"{sentence} {NOTHING}")
        problem = vote_problem(rollout, ask, event.by, yes=True, reason="")
        if problem:
            return refused(rollout, problem)
        turn = voted(turn, ask, event.by.actor, yes=True, reason="")
    return turn.done()


def _order(turn: Turn, verb: ArgoVerb, run: str = "") -> Turn:
    walk = _walk(turn.rollout)
    argo = walk.argo
    order = Order(verb, argo.step, argo.pauses, run)
    return turn.with_walk(replace(walk, driver=replace(argo, order=order)))


def _promote_full(turn: Turn, event: PromoteFull) -> Decision:
    rollout, argo = turn.rollout, _walk(turn.rollout).argo
    if problem := step_problem(rollout, event) or _unready(rollout, "promoted"):
        return refused(rollout, problem)
    turn = passed_over(turn, "promoted to 100%")
    turn = turn.tell(What.PROMOTED_FULL, event.by.actor, reason=event.reason, step=argo.step)
    return turn.set(stage=Stage.PROMOTING).tell(What.PROMOTING).done()


def _skip(turn: Turn, event: Skip) -> Decision:
    """Leave the step at hand undone: past a pause without its answers, or past what is still being measured."""
    rollout, argo = turn.rollout, _walk(turn.rollout).argo
    if problem := step_problem(rollout, event) or _unready(rollout, "skipped") or _unskippable(argo):
        return refused(rollout, problem)
    turn = _order(turn, ArgoVerb.PROMOTE if argo.pauses else ArgoVerb.SKIP)
    turn = turn.tell(What.SKIPPED, event.by.actor, step=argo.step, kind=argo.at_hand or "pause", reason=event.reason)
    return passed_over(turn, "skipped").done()


def _unskippable(argo: Argo) -> str | None:
    if argo.pauses:
        return None
    if not argo.at_hand:
        return f"Nothing to skip: no step is at hand. To go to the end without waiting, use promote --full. {NOTHING}"
    if argo.at_hand.startswith(("setWeight", "setCanaryScale")):
        return f"Nothing to skip: it is still moving ({argo.at_hand}). {NOTHING}"
    return None


def _terminate(turn: Turn, event: Terminate) -> Decision:
    rollout, runs = turn.rollout, _walk(turn.rollout).argo.runs
    back = walking(rollout, "terminate") if rollout.stage is not Stage.PROMOTING else None
    problem = (
        reasonless(event.reason, "terminated") or back or _unready(rollout, "terminated") or _unnamed(event.run, runs)
    )
    if problem:
        return refused(rollout, problem)
    run = event.run or runs[0]
    turn = _order(turn, ArgoVerb.TERMINATE, run)
    return turn.tell(What.TERMINATED, event.by.actor, run=run, reason=event.reason).done()


def _unnamed(run: str, runs: tuple[str, ...]) -> str | None:
    if not runs:
        return f"Nothing to terminate: no analysis runs now. {NOTHING}"
    if run in runs or (not run and len(runs) == 1):
        return None
    return f"Say which analysis: {', '.join(runs)}. {NOTHING}"
