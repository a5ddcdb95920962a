"""What one fresh look at a target says about its walk: since when its weight is in place, whose hands were on it, what runs there.

Belief rests on what is seen. A foreign write is noticed because the world had been as we wanted it and, with the same aim, is so no more.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from strategies.asks import void
from strategies.decision import Turn
from strategies.events import What
from strategies.model import Aim, Claim, HoldKind, Rollout, Seen, Stage, Walk
from strategies.revert import revert
from strategies.traffic import is_settled, limits_of, shifted
from strategies.weights import split

FIGHT = timedelta(minutes=10)
REPAIRS = 3
"""How often a foreign write is repaired within FIGHT before we stop and ask."""


def looked(turn: Turn, walk: Walk, seen: Seen) -> Turn:
    """The turn after a look at `walk`: its bookkeeping, and holds for what people must decide."""
    walk = replace(walk, shift=shifted(walk.shift, seen, turn.at))
    walk = replace(walk, in_place=_in_place(walk, seen, turn.at), waiting=_waiting(turn, walk, seen))
    turn = _whose(turn.with_walk(walk), walk, seen)
    if turn.rollout.stage is Stage.ENDED:
        return turn
    turn = _strangers(turn, turn.rollout.walk(walk.id), seen)
    return _digest(turn, turn.rollout.walk(walk.id), seen)


def is_as_aimed(walk: Walk, aim: Aim, seen: Seen) -> bool:
    """Whether the specifications and the route are as wanted, whatever the pods do yet."""
    stable, canary = seen.stable, seen.canary
    return (
        (stable.image, stable.replicas) == (aim.stable.image, aim.stable.replicas)
        and canary.replicas == aim.canary.replicas
        and (not canary.replicas or canary.image == aim.canary.image)
        and (walk.target.router is None or (seen.weight or 0) == aim.weight)
    )


def is_in_place(walk: Walk, seen: Seen, at: datetime) -> bool:
    """Whether the plan's weight is what the world does: seen, settled, every pod ready."""
    aim = walk.aim
    return (
        aim is not None
        and is_as_aimed(walk, aim, seen)
        and seen.stable.settled
        and seen.canary.settled
        and (walk.target.router is None or (aim.weight == walk.weight and is_settled(walk, at)))
        and (walk.target.router is not None or _split_reached(walk, seen))
    )


def _split_reached(walk: Walk, seen: Seen) -> bool:
    wanted = split(walk.replicas, walk.weight, limits_of(walk).surge)
    return (seen.stable.replicas, seen.canary.replicas) == (wanted.stable, wanted.canary)


def _in_place(walk: Walk, seen: Seen, at: datetime) -> datetime | None:
    """Since when the weight is in place with a ready canary pod. A pod of many that comes and goes does not end it; the last one does."""
    if seen.canary.ready == 0:
        return None
    if walk.in_place is not None:
        return walk.in_place
    return at if is_in_place(walk, seen, at) else None


def _waiting(turn: Turn, walk: Walk, seen: Seen) -> datetime | None:
    """Since when the world is not as it should be; a walk that stands where its plan wants it waits for nothing."""
    if turn.rollout.stage is Stage.WALKING and is_in_place(walk, seen, turn.at):
        return None
    return walk.waiting or turn.at


def _whose(turn: Turn, walk: Walk, seen: Seen) -> Turn:
    """Whether the claim on the workload is still ours, at the fence we remember."""
    claim = seen.stable.claim
    if walk.aim is None or claim is None or turn.rollout.stage is Stage.ENDED:
        return turn
    if claim.rollout and not is_ours(turn.rollout, claim):
        return turn.hold(
            HoldKind.FOREIGN, f"{claim.instance} has claimed the Deployment for its rollout {claim.rollout}"
        )
    if claim.fence <= walk.fence:
        return turn
    if not claim.rollout:
        turn = turn.with_walk(replace(walk, aim=None))
        return revert(turn, "brought home by hand, not through Leadsman")
    return turn.hold(
        HoldKind.MEMORY, f"the cluster is ahead of what is remembered here (fence {claim.fence}, ours {walk.fence})"
    )


def is_ours(rollout: Rollout, claim: Claim) -> bool:
    """Whether a claim is this rollout's."""
    return (claim.instance, claim.rollout) == (rollout.instance, rollout.id)


def _strangers(turn: Turn, walk: Walk, seen: Seen) -> Turn:
    """A write that was not ours: told, repaired a few times, then held. Somebody's own new image is never overwritten without asking."""
    if walk.aim is None:
        return turn
    same = is_as_aimed(walk, walk.aim, seen)
    if same or not walk.converged:
        return turn.with_walk(replace(walk, converged=same))
    facts = {"manager": seen.manager, "seen": _described(seen), "wanted": _wanted(walk.aim)}
    turn = turn.tell(What.FOREIGN_WRITE, **facts)
    candidate, base = turn.rollout.candidate, walk.base
    known = base.runs_as(seen.stable.image) or candidate.runs_as(seen.stable.image)
    if not known and turn.rollout.stage is not Stage.REVERTING:
        turn = turn.with_walk(replace(walk, converged=False))
        return turn.hold(HoldKind.FOREIGN, f"somebody set the Deployment's image to {seen.stable.image}")
    lately = _lately(walk, turn.at)
    turn = turn.with_walk(replace(walk, converged=False, repairs=(*lately, turn.at)))
    if len(lately) < REPAIRS:
        return turn.tell(What.REPAIRED, **facts)
    if turn.rollout.stage is Stage.REVERTING:
        return turn
    return turn.hold(HoldKind.FOREIGN, f"somebody keeps changing this: repaired {REPAIRS} times in 10 minutes")


def _lately(walk: Walk, at: datetime) -> tuple[datetime, ...]:
    return tuple(repair for repair in walk.repairs if at - repair < FIGHT)


def is_fighting(walk: Walk, at: datetime) -> bool:
    """Whether foreign writes were repaired so often lately that we must not go on."""
    return len(_lately(walk, at)) > REPAIRS


def _described(seen: Seen) -> str:
    return f"stable {seen.stable.image} × {seen.stable.replicas}, canary × {seen.canary.replicas}, weight {seen.weight or 0}"


def _wanted(aim: Aim) -> str:
    return f"stable {aim.stable.image} × {aim.stable.replicas}, canary × {aim.canary.replicas}, weight {aim.weight}"


def _digest(turn: Turn, walk: Walk, seen: Seen) -> Turn:
    """What runs is what was measured: the first digest seen is kept, another one under the same tag is held and voids approvals."""
    digests, candidate = seen.canary.digests, turn.rollout.candidate
    moving = turn.rollout.stage in (Stage.WALKING, Stage.PROMOTING)
    if not moving or not digests or not candidate.runs_as(seen.canary.image):
        return turn
    if candidate.digest is None and len(digests) == 1:
        digest = next(iter(digests))
        return turn.set(candidate=replace(candidate, digest=digest)).tell(
            What.DIGEST, digest=digest, image=candidate.image
        )
    if digests == {candidate.digest} or turn.rollout.hold(HoldKind.DIGEST):
        return turn
    turn = turn.tell(What.DIGEST, digest=", ".join(sorted(digests)), image=candidate.image, before=candidate.digest)
    turn = void(turn, f"{candidate.version} was pushed again")
    return turn.hold(
        HoldKind.DIGEST, f"{candidate.version} was pushed again: its pods do not all run what was measured"
    )
