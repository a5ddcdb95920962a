"""Who serves what share: read from what is seen, never from what was asked for.

With a router the canary's share is the weight on its route. Without one, every ready pod of either side gets the same, so the
share follows from the pods.
"""

from datetime import datetime, timedelta

from strategies.model import Seen, Shift, Side, Walk
from strategies.weights import Limits, resolve_limits

SETTLE = timedelta(seconds=5)
"""How long a weight must have been seen at the router before it is believed: ingress-nginx syncs its servers about once a second and
keeps old workers for the connections they have, so an annotation is not yet traffic."""


def limits_of(walk: Walk) -> Limits:
    """How many pods may be missing or on top while this walk moves."""
    plan = walk.native.plan
    return resolve_limits(walk.replicas, plan.max_surge, plan.max_unavailable)


def share(walk: Walk, seen: Seen) -> int:
    """The canary's share of the traffic as seen, in whole percent."""
    if walk.target.router is not None:
        return seen.weight or 0
    ready = seen.stable.ready + seen.canary.ready
    return round(100 * seen.canary.ready / ready) if ready else 0


def shifted(shift: Shift | None, seen: Seen, at: datetime) -> Shift:
    """The weight at the router with the time since which it has been seen without a break."""
    weight = seen.weight or 0
    return shift if shift is not None and shift.weight == weight else Shift(weight, at)


def is_settled(walk: Walk, at: datetime) -> bool:
    """Whether the weight last seen has stood long enough to be what the traffic does."""
    return walk.target.router is None or (walk.shift is not None and at - walk.shift.since >= SETTLE)


def is_quiet(walk: Walk, seen: Seen, side: Side, at: datetime) -> bool:
    """Whether a side serves nothing and this was seen: the only time its revision may change."""
    one = seen.side(side)
    if one.pods == 0 and one.replicas == 0:
        return True
    if walk.target.router is None:
        return False
    silent = 0 if side is Side.CANARY else 100
    return (seen.weight or 0) == silent and is_settled(walk, at)


def reach(walk: Walk, ready: int) -> int:
    """The greatest share, in percent, that `ready` pods may carry: ⌈replicas·share⌉ − maxUnavailable of them are enough. None ready: 0."""
    if ready == 0:
        return 0
    return min(100, 100 * (ready + limits_of(walk).unavailable) // walk.replicas)
