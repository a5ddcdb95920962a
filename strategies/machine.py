"""The one machine that walks any plan: `decide` is the only place where a rollout becomes another.

Law 1. Pure: the time and the author come in with the event; nothing is read, written, logged or made up here.
Law 2. Total: every event is decided in every stage; a new kind of event does not type-check until it is.
Law 3. Ended is ended: an ended rollout equals itself after any event.
Law 4. A command that does nothing is refused with a sentence, and the rollout is the one that came in.
Law 5. Forward only on a fresh look: presses and measurements change what is remembered; `Observed` alone moves the walk, and
`ArgoObserved` alone lets a verb go to the controller that does.
"""

from dataclasses import replace
from typing import assert_never

from strategies.activities import measured
from strategies.argo.acts import argo_command
from strategies.argo.drive import driven
from strategies.argo.driver import Start
from strategies.argo.seen import ArgoSeen
from strategies.commands import command
from strategies.decision import Decision, Turn, close, refused
from strategies.events import (
    Abort,
    Approve,
    ArgoObserved,
    Begin,
    Blocked,
    Command,
    Event,
    Found,
    Hold,
    MeasureAgain,
    Measured,
    Observed,
    Preflighted,
    Promote,
    PromoteFull,
    Reject,
    Replace,
    Resume,
    Skip,
    Terminate,
    Undone,
    What,
)
from strategies.look import is_ours, looked, undone
from strategies.model import MOVING, Outcome, Rollout, Stage, Walk
from strategies.refusals import act_problem
from strategies.revert import revert
from strategies.walk import deadline_passed, homeward, is_gone, walked

ONLY_OBSERVED = "Leadsman only observes here (mode: observe), so nothing was moved"


def decide(rollout: Rollout, event: Event) -> Decision:
    """What becomes of `rollout` by `event`."""
    match event:
        case Observed():
            return _observed(Turn(rollout, event.at), event).done()
        case ArgoObserved():
            return driven(Turn(rollout, event.at), event).done() if rollout.stage in MOVING else Decision(rollout)
        case Measured():
            live = rollout.stage is Stage.WALKING
            return measured(Turn(rollout, event.at), event).done() if live else Decision(rollout)
        case Blocked():
            return _blocked(Turn(rollout, event.at), event).done()
        case Undone():
            return undone(Turn(rollout, event.at), event).done() if rollout.stage in MOVING else Decision(rollout)
        case Begin():
            return _begun(Turn(rollout, event.at)).done()
        case Preflighted():
            return _preflighted(Turn(rollout, event.at), event).done()
        case (
            Promote()
            | PromoteFull()
            | Skip()
            | Abort()
            | Replace()
            | Hold()
            | Resume()
            | Approve()
            | Reject()
            | MeasureAgain()
            | Terminate()
        ):
            return _commanded(rollout, event)
        case _ as unreachable:
            assert_never(unreachable)


def _commanded(rollout: Rollout, event: Command) -> Decision:
    """A person's act, checked for the person and for what has ended before it is looked at what it would do."""
    if problem := act_problem(rollout, event):
        return refused(rollout, problem)
    turn = Turn(rollout, event.at)
    return argo_command(turn, event) if rollout.is_argo else command(turn, event)


def _blocked(turn: Turn, event: Blocked) -> Turn:
    """People are told once what stands in the way; it is tried again all the same."""
    walk = turn.rollout.walk(event.walk)
    if turn.rollout.is_final or walk.stuck:
        return turn
    return turn.with_walk(replace(walk, stuck=True)).tell(What.STUCK, why=event.why)


def _begun(turn: Turn) -> Turn:
    return turn.set(stage=Stage.PREFLIGHT, after=None) if turn.rollout.stage is Stage.QUEUED else turn


def _preflighted(turn: Turn, event: Preflighted) -> Turn:
    """The start, or the end before it: a rollout that may not begin says why."""
    if turn.rollout.stage is not Stage.PREFLIGHT:
        return turn
    if event.problems:
        why = " ".join(event.problems)
        return close(turn.tell(What.NOT_STARTED, why=why), Outcome.REFUSED, why)
    for found in event.found:
        turn = turn.with_walk(_placed(turn, found))
    from_cluster = {template.name for template in event.templates}
    own = tuple(template for template in turn.rollout.templates if template.name not in from_cluster)
    turn = turn.set(stage=Stage.WALKING, started=turn.at, templates=(*own, *event.templates))
    bases = ", ".join(dict.fromkeys(walk.base.version for walk in turn.rollout.walks))
    turn = turn.tell(What.STARTED, turn.rollout.by, version=turn.rollout.candidate.version, base=bases)
    for note in event.notes:
        turn = turn.tell(What.NOTED, note=note)
    return turn


def _placed(turn: Turn, found: Found) -> Walk:
    """The walk at its beginning, on the target as preflight found it. What a controller already walks is ours to take back from now on."""
    walk = replace(turn.rollout.walk(found.walk), base=found.base, replicas=found.replicas)
    if not isinstance(found.seen, ArgoSeen):
        return replace(walk, driver=replace(walk.native, cursor=0, arrived=turn.at))
    argo = replace(walk.argo, base_hash=found.seen.stable_hash, found_hash=found.seen.current_hash)
    fence = found.seen.claim.fence if found.seen.claim else 0
    return replace(walk, driver=argo, fence=fence + 1 if argo.start is Start.ELSEWHERE else 0)


def _observed(turn: Turn, event: Observed) -> Turn:
    """One look at one target: book-keeping first, then as far forward or homeward as it allows, then whether it takes too long."""
    if turn.rollout.stage not in MOVING:
        return turn
    turn = _unclaimed(turn, event)
    turn = turn if turn.rollout.is_final else looked(turn, turn.rollout.walk(event.walk), event.seen)
    if turn.rollout.stage is Stage.WALKING:
        turn = walked(turn, event)
    if turn.rollout.stage in (Stage.PROMOTING, Stage.REVERTING):
        turn = homeward(turn, event)
    if turn.rollout.stage in MOVING:
        turn = _late(turn, event)
    return _ended(turn, event)


def _unclaimed(turn: Turn, event: Observed) -> Turn:
    """Somebody else has, or had since, a workload that was never seen to be ours: we never touched it, and end."""
    rollout, walk, claim = turn.rollout, turn.rollout.walk(event.walk), event.seen.stable.claim
    if claim is None:
        return turn
    if is_ours(rollout, claim):
        return turn if walk.claimed else turn.with_walk(replace(walk, claimed=True))
    before_us = not claim.rollout and (walk.fence == 0 or claim.fence < walk.fence)
    if before_us or any(one.claimed for one in rollout.walks):
        return turn
    whose = f"claimed by {claim.instance} for its rollout {claim.rollout}"
    what = whose if claim.rollout else f"changed by a rollout of {claim.instance} before this one could claim it"
    why = f"The Deployment {walk.target.workload} is {what}."
    return close(turn.tell(What.NOT_STARTED, why=why), Outcome.REFUSED, why)


def _late(turn: Turn, event: Observed) -> Turn:
    """What takes longer than the plan's progress deadline turns back; what cannot come home is told to people, once."""
    walk, seen = turn.rollout.walk(event.walk), event.seen
    told = walk.stuck and turn.rollout.stage is Stage.REVERTING
    if turn.rollout.holds or told or walk.home or not deadline_passed(walk, event.at, event.awake):
        return turn
    if not event.writes:
        return turn if seen.stable.claim else revert(turn, ONLY_OBSERVED)
    problem = seen.canary.problem or seen.stable.problem or "its pods did not become ready in time"
    if turn.rollout.stage is Stage.REVERTING:
        return turn.with_walk(replace(walk, stuck=True)).tell(What.STUCK, why=problem)
    return revert(turn, problem)


def _ended(turn: Turn, event: Observed) -> Turn:
    """Ended means decided *and* seen at rest, with the claim given back. What was only observed went nowhere, and so not back either."""
    moving = turn.rollout.stage in (Stage.PROMOTING, Stage.REVERTING)
    if not moving or not all(walk.home for walk in turn.rollout.walks):
        return turn
    if turn.rollout.stage is Stage.PROMOTING:
        return close(turn, Outcome.HEALTHY)
    ending = turn.rollout.ending or Outcome.ROLLED_BACK
    if is_gone(event.seen):
        return close(turn, Outcome.CANCELLED, f"{turn.rollout.why}; the Deployment is gone, and what was made for it")
    unmoved = not event.writes and ending is Outcome.ROLLED_BACK
    return close(turn, Outcome.CANCELLED if unmoved else ending)
