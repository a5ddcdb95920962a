"""From weights to pods and back: Argo Rollouts' arithmetic, so that a canary here has the pods it would have there.

Without a router every ready pod gets the same share, so a weight is a split of pods and real shares are coarse.
Floats are used exactly where Argo's code uses them: its ties and its choice between equally near splits depend on how
they round.
"""

import math
import re
from dataclasses import dataclass
from fractions import Fraction

_PERCENT = re.compile(r"(\d{1,6})%")


@dataclass(frozen=True, slots=True)
class Counts:
    """Pods of each side."""

    canary: int
    stable: int

    @property
    def total(self) -> int:
        """Pods of both sides."""
        return self.canary + self.stable


@dataclass(frozen=True, slots=True)
class Limits:
    """How far a move may go: `surge` pods more than the replicas, `unavailable` fewer ready ones."""

    surge: int
    unavailable: int


def split(replicas: int, weight: int, surge: int, max_weight: int = 100) -> Counts:
    """The split of pods nearest to `weight` of `max_weight`; the total is `replicas`, or one more where `surge`
    allows it.

    A weight strictly between leaves no side without pods as long as there is more than one pod or room to surge.
    """
    if replicas == 0:
        return Counts(0, 0)
    options = _options(replicas, weight, surge, max_weight)
    if not options:
        # 75 % of 2, 90 % of 5, 95 % of 10, 98 % of 25, 99 % of 50: tied, and the larger count would leave stable without pods.
        # Argo's code falls through to a canary of 0 here, against its own word that none is left empty.
        options.append((math.floor(replicas * weight / max_weight), replicas))
    canary, total = min(options, key=lambda option: abs(option[0] * max_weight / option[1] - weight))
    return Counts(canary, total - canary)


def falls_through(replicas: int, weight: int, surge: int, max_weight: int = 100) -> bool:
    """Whether Argo's own code finds no split for the weight, and takes every pod from the canary."""
    return replicas > 0 and not _options(replicas, weight, surge, max_weight)


def _options(replicas: int, weight: int, surge: int, max_weight: int) -> list[tuple[int, int]]:
    """The counts of the canary and of both sides that come into question, the ones to prefer first."""
    upper = math.ceil(replicas * weight / max_weight)
    lower = math.floor(replicas * weight / max_weight)
    zero_allowed = weight in (0, max_weight) or (replicas == 1 and surge == 0)
    options: list[tuple[int, int]] = []
    if upper < replicas or zero_allowed:
        options.append((upper, replicas))
    for total in (replicas, replicas + 1):
        if total > replicas and surge == 0:
            break
        if total > replicas:
            options.append((upper, total))
        if not _is_tied(total, weight, max_weight) and (lower or zero_allowed):
            options.append((lower, total))
    return options


def _is_tied(total: int, weight: int, max_weight: int) -> bool:
    """Whether the weight lies exactly between two counts: then the larger one is taken."""
    return math.modf(total * (weight / max_weight))[0] == 0.5


def resolve_limits(replicas: int, max_surge: int | str, max_unavailable: int | str) -> Limits:
    """Both limits in pods. Percentages of the replicas: surge rounds up, unavailable down, and both 0 makes
    unavailable 1.

    Raises ValueError for text that is no percentage.
    """
    surge = _pods(replicas, max_surge, up=True)
    unavailable = _pods(replicas, max_unavailable, up=False)
    if surge == 0 and unavailable == 0:
        unavailable = 1
    return Limits(surge, min(unavailable, replicas))


def is_limit(value: object) -> bool:
    """Whether `value` can be a limit: a number of pods, or a percentage such as `25%`."""
    if isinstance(value, str):
        return _PERCENT.fullmatch(value) is not None
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _pods(replicas: int, limit: int | str, *, up: bool) -> int:
    if isinstance(limit, int):
        return limit
    found = _PERCENT.fullmatch(limit)
    if found is None:
        raise ValueError(f"{limit!r} is no percentage: write 25% or a number of pods")
    exact = Fraction(int(found[1]) * replicas, 100)
    return math.ceil(exact) if up else math.floor(exact)


def advance(wanted: Counts, asked: Counts, available: Counts, replicas: int, limits: Limits) -> Counts:
    """The next counts on the way to `wanted`, from what the sides ask for now and how many of their pods are
    available.

    Stable grows first, then the canary, within `replicas` + surge. The other side shrinks as far as `replicas` −
    unavailable allows. While the canary grows, stable's missing pods do not hold its shrinking up, and the other way
    round on the way back: broken pods must never keep a rollout from moving. Call it again with what was seen until
    it gives `wanted`.
    """
    ceiling, floor = replicas + limits.surge, replicas - limits.unavailable
    grown = _grown(wanted, asked, ceiling - asked.total)
    growing = wanted.canary >= asked.canary
    counted = Counts(min(asked.canary, available.canary), asked.stable)
    if not growing:
        counted = Counts(asked.canary, min(asked.stable, available.stable))
    spare = counted.total - floor
    if spare <= 0:
        return grown
    if growing:
        stable = _drained(wanted.stable, asked.stable, grown.stable, spare)
        stable, canary = _within(stable, available.stable, grown.canary, available.canary, ceiling, floor)
    else:
        canary = _drained(wanted.canary, asked.canary, grown.canary, spare)
        canary, stable = _within(canary, available.canary, grown.stable, available.stable, ceiling, floor)
    return Counts(canary, stable)


def _grown(wanted: Counts, asked: Counts, room: int) -> Counts:
    stable = min(wanted.stable, asked.stable + max(0, room)) if asked.stable < wanted.stable else asked.stable
    room -= stable - asked.stable
    canary = min(wanted.canary, asked.canary + max(0, room)) if asked.canary < wanted.canary else asked.canary
    return Counts(canary, stable)


def _drained(wanted: int, asked: int, grown: int, spare: int) -> int:
    return max(wanted, asked - spare) if asked > wanted else grown


def _within(drained: int, drained_ready: int, kept: int, kept_ready: int, ceiling: int, floor: int) -> tuple[int, int]:
    """Both counts, brought under the ceiling: off the kept side as far as no pod is lost that the floor needs, then
    off the other."""
    over = max(0, kept + drained - ceiling)
    lowered = kept - over
    missing = max(0, floor - min(drained_ready, drained) - min(kept_ready, lowered))
    kept = lowered + min(max(0, kept_ready - lowered), missing)
    return drained - max(0, kept + drained - ceiling), kept


def router_canary(replicas: int, weight: int, max_weight: int = 100) -> int:
    """The canary's pods beside a router, where stable keeps its full count: `weight` of the replicas, rounded up."""
    return -(-weight * replicas // max_weight)


def real_share(counts: Counts) -> float:
    """The canary's share of the traffic in percent when every pod gets the same; 0 without pods."""
    return 100 * counts.canary / counts.total if counts.total else 0.0
