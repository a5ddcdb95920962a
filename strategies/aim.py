"""What a walk wants of the world next, and when wanting it takes something back.

A plan's weight becomes counts of pods and a share at the router, in moves that never leave a side with less than it
needs. Whatever takes something back (fewer pods, another revision, less weight, a turn home) raises the fence: see
`strategies.effects` for what that number does.
"""

from dataclasses import replace
from datetime import datetime

from strategies.home import as_seen, available_counts, seen_counts
from strategies.model import Aim, Claim, Revision, Seen, Side, SideAim, Walk
from strategies.traffic import is_quiet, is_settled, limits_of, reach
from strategies.weights import Counts, advance, router_canary, split


def walking_aim(walk: Walk, candidate: Revision, seen: Seen, at: datetime) -> Aim:
    """The next aim while the plan is walked, for the weight that the plan wants now."""
    image = _canary_image(candidate, seen)
    if seen.canary.image is not None and not candidate.runs_as(seen.canary.image):
        return _emptied(walk, seen, image, at)
    counts = _routed_counts(walk, seen) if walk.target.router else _counts_by_pods(walk, seen)
    now = as_seen(walk, seen)
    weight = _routed_weight(walk, seen) if walk.target.router else walk.weight
    if walk.target.router and counts.canary < now.canary.replicas and not _may_shrink(walk, seen, at):
        counts = replace(counts, canary=now.canary.replicas)
    return Aim(replace(now.stable, replicas=counts.stable), SideAim(image, counts.canary), weight)


def kept(walk: Walk, aim: Aim, seen: Seen) -> Aim:
    """`aim` without what would go forward from what is seen: no more of the canary, no less and nothing else of stable."""
    stable = max(aim.stable.replicas, min(seen.stable.replicas, walk.replicas))
    return Aim(
        SideAim(seen.stable.image or aim.stable.image, stable),
        replace(aim.canary, replicas=min(aim.canary.replicas, seen.canary.replicas)),
        min(aim.weight, seen.weight or 0) if walk.target.router else aim.weight,
    )


def _canary_image(candidate: Revision, seen: Seen) -> str:
    """The image the canary should have: as it stands where it runs the candidate, so that learning the digest restarts no pod."""
    return seen.canary.image if seen.canary.image and candidate.runs_as(seen.canary.image) else candidate.image


def _emptied(walk: Walk, seen: Seen, image: str, at: datetime) -> Aim:
    """The canary still has an earlier revision: it is emptied, then given the candidate."""
    now = as_seen(walk, seen)
    if seen.canary.pods or seen.canary.replicas or not is_quiet(walk, seen, Side.CANARY, at):
        return Aim(now.stable, replace(now.canary, replicas=0), 0)
    return Aim(now.stable, SideAim(image, 0), 0)


def _counts_by_pods(walk: Walk, seen: Seen) -> Counts:
    limits = limits_of(walk)
    wanted = split(walk.replicas, walk.weight, limits.surge)
    counts = advance(wanted, seen_counts(seen), available_counts(seen), walk.replicas, limits)
    # A canary that lost its pods serves nothing: stable grows back to what it must carry alone, and the canary makes room for that.
    stable = max(counts.stable, walk.replicas - limits.unavailable - seen.canary.ready)
    room = max(walk.replicas + limits.surge - stable, 1 if wanted.canary else 0)
    return Counts(canary=min(counts.canary, room), stable=stable)


def _routed_counts(walk: Walk, seen: Seen) -> Counts:
    """Stable keeps its full count beside a router; the canary gets what its weight or own scale asks for, never less than it needs."""
    canary = router_canary(walk.replicas, walk.weight)
    if walk.scale is not None and not walk.scale.match_traffic_weight:
        own = walk.scale.replicas
        scaled = own if own is not None else router_canary(walk.replicas, walk.scale.weight or 0)
        served = max(walk.weight, seen.weight or 0)
        canary = max(scaled, router_canary(walk.replicas, served) - limits_of(walk).unavailable, 1 if served else 0)
    return Counts(canary=canary, stable=walk.replicas)


def _routed_weight(walk: Walk, seen: Seen) -> int:
    """The share to set now: up only as far as the canary is ready, away from it at once when it lost its pods."""
    now = seen.weight or 0
    if seen.canary.ready == 0:
        return 0 if seen.stable.ready else now
    if walk.weight <= now:
        return walk.weight if reach(walk, seen.stable.ready) >= 100 - walk.weight else now
    ready = seen.canary.ready >= _routed_counts(walk, seen).canary
    return walk.weight if ready else now


def _may_shrink(walk: Walk, seen: Seen, at: datetime) -> bool:
    """Whether the canary's traffic was seen to have left before its pods go."""
    return (seen.weight or 0) <= walk.weight and is_settled(walk, at)


def takes_back(old: Aim, new: Aim) -> bool:
    """Whether the new aim takes something from what the old one gave: pods, a revision, or weight."""
    return (
        bool(taken(old, new))
        or new.stable.image != old.stable.image
        or (new.canary.image != old.canary.image and bool(old.canary.image))
    )


def taken(old: Aim, new: Aim) -> tuple[str, ...]:
    """What there is less of in the new aim than in the old one."""
    less = {
        "stable": new.stable.replicas < old.stable.replicas,
        "canary": new.canary.replicas < old.canary.replicas,
        "weight": new.weight < old.weight,
    }
    return tuple(name for name, is_less in less.items() if is_less)


def aimed(walk: Walk, aim: Aim, seen: Seen, at: datetime) -> Walk:
    """The walk with `aim`, and a new fence where it takes something back or there was none: at the start, and after a turn.

    Also where it gives again what was taken under the present fence: else a late write that took it would still find what it expects.
    """
    if aim == walk.aim:
        return walk
    now = as_seen(walk, seen)
    before = walk.aim or now
    again = set(taken(aim, before)) & set(walk.taken)
    raised = walk.aim is None or takes_back(walk.aim, aim) or bool(again)
    fence = max(walk.fence, *(claim.fence for claim in claims(seen)), 0) + 1 if raised else walk.fence
    less = dict.fromkeys((*taken(before, aim), *taken(now, aim)) if raised else walk.taken)
    return replace(walk, aim=aim, fence=fence, taken=tuple(less), waiting=at, converged=False, stuck=False)


def claims(seen: Seen) -> tuple[Claim, ...]:
    """The claims seen on the objects of one target."""
    found = (seen.stable.claim, seen.canary.claim, seen.router_claim)
    return tuple(claim for claim in found if claim is not None)
