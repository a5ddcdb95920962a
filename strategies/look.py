"""What one fresh look at a target says about its walk: since when its weight is in place, whose hands were on it, what runs there.

Belief rests on what is seen. A foreign write is noticed because the world had been as we wanted it and, with the same aim, is so no more.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from strategies.asks import revoked
from strategies.decision import Turn
from strategies.events import Undone, What
from strategies.model import Aim, Claim, HoldKind, Rollout, Seen, Stage, Walk
from strategies.revert import revert
from strategies.traffic import is_settled, limits_of, shifted
from strategies.weights import split

FIGHT = timedelta(minutes=10)
GONE = "none"
"""What a walk keeps as the foreign image where the Deployment is gone."""

REPAIRS = 3
"""How often a foreign write is repaired within FIGHT before we stop and ask."""


def looked(turn: Turn, walk: Walk, seen: Seen) -> Turn:
    """The turn after a look at `walk`: its bookkeeping, and holds for what people must decide."""
    walk = replace(walk, shift=shifted(walk.shift, seen, turn.at))
    walk = replace(walk, in_place=_in_place(walk, seen, turn.at), waiting=_waiting(turn, walk, seen))
    turn = _whose(turn.with_walk(walk), walk, seen)
    turn = _strangers(turn, turn.rollout.walk(walk.id), seen)
    turn = _astray(turn, seen)
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


def needs_canary(walk: Walk) -> bool:
    """Whether the plan's weight needs a canary pod: one of very few pods can be too many for a small weight."""
    if walk.target.router is not None:
        return walk.weight > 0
    return split(walk.replicas, walk.weight, limits_of(walk).surge).canary > 0


def _split_reached(walk: Walk, seen: Seen) -> bool:
    wanted = split(walk.replicas, walk.weight, limits_of(walk).surge)
    return (seen.stable.replicas, seen.canary.replicas) == (wanted.stable, wanted.canary)


def _in_place(walk: Walk, seen: Seen, at: datetime) -> datetime | None:
    """Since when the weight is in place with a ready canary pod.

    A pod of many that comes and goes does not end it; the last one does, and so does a change by somebody else.
    """
    if seen.canary.ready == 0 or walk.aim is None:
        return None
    if walk.in_place is not None and is_as_aimed(walk, walk.aim, seen):
        return walk.in_place
    return at if is_in_place(walk, seen, at) else None


def _waiting(turn: Turn, walk: Walk, seen: Seen) -> datetime | None:
    """Since when the world is not as it should be; a walk that stands where its plan wants it waits for nothing."""
    if turn.rollout.stage is Stage.WALKING and is_in_place(walk, seen, turn.at):
        return None
    return walk.waiting or turn.at


def _whose(turn: Turn, walk: Walk, seen: Seen) -> Turn:
    """Whether the claim on the workload is still ours, at the fence we remember."""
    claim, back = seen.stable.claim, turn.rollout.stage is Stage.REVERTING
    if claim is None:
        return turn
    if claim.rollout and not is_ours(turn.rollout, claim):
        return turn.hold(
            HoldKind.FOREIGN, f"{claim.instance} has claimed the Deployment for its rollout {claim.rollout}"
        )
    begins = walk.aim is None and back if claim.rollout else walk.fence == 0
    if claim.fence <= walk.fence or begins:
        return turn
    turn = turn.with_walk(replace(walk, aim=None, fence=claim.fence))
    if claim.rollout:
        ahead = f"the cluster is ahead of what is remembered here (fence {claim.fence}, ours {walk.fence})"
        return turn.hold(HoldKind.MEMORY, ahead)
    if not walk.base.runs_as(seen.stable.image):
        return turn.hold(HoldKind.MEMORY, f"{claim.instance} has ended a later rollout of the Deployment")
    return turn.set(holds=()) if back else revert(turn, "brought home by hand, not through Leadsman")


def is_ours(rollout: Rollout, claim: Claim) -> bool:
    """Whether a claim is this rollout's."""
    return (claim.instance, claim.rollout) == (rollout.instance, rollout.id)


def undone(turn: Turn, event: Undone) -> Turn:
    """The turn after a write of ours was undone before we saw it: as if we had seen the world as wanted in between, for so it was."""
    walk = replace(turn.rollout.walk(event.walk), converged=True)
    return _strangers(turn.with_walk(walk), walk, event.seen)


def _strangers(turn: Turn, walk: Walk, seen: Seen) -> Turn:
    """A write that was not ours: told, repaired a few times, then held. Somebody's own new image is never overwritten without asking."""
    if walk.aim is None:
        return turn
    facts = {"manager": seen.manager, "seen": _described(seen), "wanted": _wanted(walk.aim)}
    image, back = seen.stable.image, turn.rollout.stage is Stage.REVERTING
    if _is_their_image(turn.rollout, walk, image):
        turn = turn.with_walk(replace(walk, converged=False, foreign=image or GONE)).tell(What.FOREIGN_WRITE, **facts)
        what = f"somebody set the Deployment's image to {image}" if image else "the Deployment is gone"
        return turn.hold(HoldKind.FOREIGN, what)
    same = is_as_aimed(walk, walk.aim, seen)
    if same or not walk.converged:
        return turn.with_walk(replace(walk, converged=same))
    lately = _lately(walk, turn.at)
    turn = turn.with_walk(replace(walk, converged=False, repairs=(*lately, turn.at))).tell(What.FOREIGN_WRITE, **facts)
    if len(lately) < REPAIRS:
        return turn.tell(What.REPAIRED, **facts)
    if back:
        return turn
    return turn.hold(HoldKind.FOREIGN, f"somebody keeps changing this: repaired {REPAIRS} times in 10 minutes")


def _astray(turn: Turn, seen: Seen) -> Turn:
    """Requests that go where they should not make every share and every number a lie: nothing moves forward on them."""
    moving = turn.rollout.stage in (Stage.WALKING, Stage.PROMOTING) and turn.rollout.candidate.runs_as(
        seen.canary.image
    )
    if not seen.astray or not moving or turn.rollout.hold(HoldKind.FOREIGN):
        return turn
    return turn.hold(HoldKind.FOREIGN, seen.astray)


def _is_their_image(rollout: Rollout, walk: Walk, image: str | None) -> bool:
    """Whether somebody set the Deployment's image: while the plan is walked that is nobody's but theirs, whichever it is."""
    ours = walk.base.runs_as(image) or (rollout.stage is Stage.PROMOTING and rollout.candidate.runs_as(image))
    return not ours and (image or GONE) != walk.foreign and rollout.stage is not Stage.REVERTING


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
    turn = revoked(turn, f"{candidate.version} was pushed again")
    return turn.hold(
        HoldKind.DIGEST, f"{candidate.version} was pushed again: its pods do not all run what was measured"
    )
