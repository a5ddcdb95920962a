"""Looks at the targets of rollouts, each followed from its first look on, and since when they are seen without a break."""

from collections.abc import Callable
from datetime import datetime

from bot.clock import Clock
from bot.errors import LeadsmanError
from bot.ports import Sight
from strategies.argo.seen import ArgoSeen
from strategies.events import ArgoObserved, Look, Observed
from strategies.model import Walk
from strategies.sighting import Sighting

BLIND = 30.0
"""Real seconds without a look at a target, because its cluster does not answer, after which that counts as an outage of ours."""


class Lookout:
    """Looks for the engine. `awake`: since when without a break, in rollout time; `clear`: whether its clock is to be trusted."""

    def __init__(self, sight: Sight, clock: Clock, observes: Callable[[], bool]) -> None:
        """`observes` says whether nothing may be patched."""
        self.awake = clock.now()
        self.clear = True
        self._sight = sight
        self._clock = clock
        self._observes = observes
        self._followed: set[str] = set()
        self._blind: dict[str, float] = {}
        self._sighted_since: dict[str, datetime] = {}

    def wake(self) -> None:
        """Count as newly awake: what was seen before says nothing about what went on meanwhile."""
        self.awake = self._clock.now()

    async def look(self, rollout_id: str, walk: Walk, *, fresh: bool = False) -> Look:
        """One look at a walk's target; `fresh`: straight from the API server. Raises `LeadsmanError` where it cannot be seen."""
        key = _key(rollout_id, walk)
        if key not in self._followed:
            await self._sight.follow(key, walk.target)
            self._followed.add(key)
        seen = await self._sight.observe(walk.target, fresh=True) if fresh else await self._sighted(key, walk)
        awake = max(self.awake, self._sighted_since.get(key, self.awake))
        now, writes = self._clock.now(), not self._observes()
        if isinstance(seen, ArgoSeen):
            return ArgoObserved(now, walk.id, seen, awake, clear=self.clear, writes=writes)
        return Observed(now, walk.id, seen, awake, clear=self.clear, writes=writes)

    def forget(self, rollout_id: str, walk: Walk) -> None:
        """Nothing is looked at for this walk any more."""
        key = _key(rollout_id, walk)
        self._sight.unfollow(key)
        self._followed.discard(key)
        self._blind.pop(key, None)
        self._sighted_since.pop(key, None)

    async def _sighted(self, key: str, walk: Walk) -> Sighting:
        """After a long time without a look we count as newly awake for this target: nothing that fell into it is blamed on pods."""
        now = self._clock.monotonic()
        try:
            seen = await self._sight.observe(walk.target)
        except LeadsmanError:
            self._blind.setdefault(key, now)
            raise
        if now - self._blind.pop(key, now) > BLIND:
            self._sighted_since[key] = self._clock.now()
        return seen


def _key(rollout_id: str, walk: Walk) -> str:
    """The key under which a walk's target is followed."""
    return f"{rollout_id}/{walk.id}"
