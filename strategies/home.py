"""The way home: what must change next so that one revision serves everything from the stable side and the canary is empty.

Promotion is `home(candidate)`; abort and rollback are `home(base)`. There is no cursor: each look at the world gives the next aim, so it
works from any state, also from a half-done promotion, and after any crash. The order keeps three rules: a side's revision changes only
while it serves nothing and that was seen; traffic moves only as far as the side it goes to is ready; pods go last.
"""

from dataclasses import replace
from datetime import datetime

from strategies.model import Aim, Revision, Seen, Side, SideAim, Walk
from strategies.traffic import is_quiet, limits_of, reach
from strategies.weights import Counts, advance


def is_home(walk: Walk, revision: Revision, seen: Seen, at: datetime) -> bool:
    """Whether `revision` serves everything from the stable side, complete and at rest, and the canary is empty."""
    stable, canary = seen.stable, seen.canary
    return (
        revision.runs_as(stable.image)
        and stable.settled
        and stable.replicas == walk.replicas
        and canary.pods == 0
        and canary.replicas == 0
        and is_quiet(walk, seen, Side.CANARY, at)
        and (seen.weight or 0) == 0
    )


def home(walk: Walk, revision: Revision, seen: Seen, at: datetime, *, urgent: bool) -> Aim:
    """The next aim on the way home. Equal to what is seen when nothing can be done yet but wait.

    `urgent`, for an abort: traffic follows every pod that gets ready. Otherwise it waits for all of them and moves once.
    """
    if walk.target.router is None:
        return _home_by_pods(walk, revision, seen)
    if revision.runs_as(seen.stable.image):
        return _back_to_stable(walk, seen, at, urgent=urgent)
    return _through_canary(walk, revision, seen, at, urgent=urgent)


def as_seen(walk: Walk, seen: Seen) -> Aim:
    """The aim that changes nothing."""
    stable, canary = seen.stable, seen.canary
    return Aim(
        SideAim(stable.image or walk.base.image, stable.replicas),
        SideAim(canary.image or "", canary.replicas),
        (seen.weight or 0) if walk.target.router else walk.weight,
    )


def _back_to_stable(walk: Walk, seen: Seen, at: datetime, *, urgent: bool) -> Aim:
    """Stable runs the revision: full count, then traffic as far as it is ready, then the canary's pods."""
    now = as_seen(walk, seen)
    weight = now.weight
    if seen.stable.ready >= (1 if urgent or not seen.canary.ready else walk.replicas):
        kept = 0 if seen.canary.ready == 0 else 100 - reach(walk, seen.stable.ready)
        weight = min(weight, kept)
    empty = weight == 0 and is_quiet(walk, seen, Side.CANARY, at)
    canary = replace(now.canary, replicas=0) if empty else now.canary
    return Aim(replace(now.stable, replicas=walk.replicas), canary, weight)


def _through_canary(walk: Walk, revision: Revision, seen: Seen, at: datetime, *, urgent: bool) -> Aim:
    """Stable runs another revision: bring this one up where nothing is served, move the traffic there, then rebuild stable.

    A candidate that loses its pods on the way gives its traffic back; base never gives any to the candidate.
    """
    now = as_seen(walk, seen)
    if not urgent and now.weight and seen.canary.ready == 0 and seen.stable.ready:
        return replace(now, weight=0)
    if is_quiet(walk, seen, Side.STABLE, at):
        return replace(now, stable=SideAim(revision.pinned, walk.replicas))
    if revision.runs_as(seen.canary.image):
        weight = now.weight
        if seen.canary.ready >= (1 if urgent else walk.replicas):
            weight = max(weight, 100 if seen.stable.ready == 0 else reach(walk, seen.canary.ready))
        return replace(now, canary=replace(now.canary, replicas=walk.replicas), weight=weight)
    if not is_quiet(walk, seen, Side.CANARY, at):
        return _back_to_stable(walk, seen, at, urgent=urgent)
    if seen.canary.pods or seen.canary.replicas:
        return replace(now, canary=replace(now.canary, replicas=0))
    return replace(now, canary=SideAim(revision.pinned, 0))


def _home_by_pods(walk: Walk, revision: Revision, seen: Seen) -> Aim:
    """Without a router, pods are the traffic: the side that runs the revision grows as the other one makes room."""
    now, stable, canary = as_seen(walk, seen), seen.stable, seen.canary
    if revision.runs_as(stable.image):
        return _moved(walk, seen, Counts(canary=0, stable=walk.replicas))
    if stable.pods == 0 and stable.replicas == 0:
        return replace(now, stable=SideAim(revision.pinned, 0))
    if revision.runs_as(canary.image):
        return _moved(walk, seen, Counts(canary=walk.replicas, stable=0))
    if canary.pods == 0 and canary.replicas == 0:
        return replace(now, canary=SideAim(revision.pinned, 0))
    return _moved(walk, seen, Counts(canary=0, stable=walk.replicas))


def _moved(walk: Walk, seen: Seen, wanted: Counts) -> Aim:
    now = as_seen(walk, seen)
    counts = advance(wanted, seen_counts(seen), available_counts(seen), walk.replicas, limits_of(walk))
    return Aim(replace(now.stable, replicas=counts.stable), replace(now.canary, replicas=counts.canary), now.weight)


def seen_counts(seen: Seen) -> Counts:
    """How many pods each side asks for, as seen."""
    return Counts(canary=seen.canary.replicas, stable=seen.stable.replicas)


def available_counts(seen: Seen) -> Counts:
    """How many pods of each side are ready, as seen."""
    return Counts(canary=seen.canary.ready, stable=seen.stable.ready)
