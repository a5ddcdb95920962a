"""Measurements under way: taken beside the workers, so that a slow answer never holds a decision up."""

from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

from bot.clock import Clock
from bot.ports import Meter
from strategies.effects import Measure
from strategies.events import Measured
from strategies.model import Rollout


class Measuring:
    """Takes each measurement once at a time, and keeps what came back until the rollout's worker asks for it."""

    def __init__(self, meter: Meter, clock: Clock, wake: Callable[[str], None]) -> None:
        """`wake` is called with the rollout's id when there is something to ask for."""
        self._meter = meter
        self._clock = clock
        self._wake = wake
        self._under_way: set[tuple[str, str, int, int]] = set()
        self._back: dict[str, list[Measured]] = {}

    def begin(self, rollout: Rollout, measure: Measure) -> Coroutine[Any, Any, None] | None:
        """The work of taking it, for a task of its own; None while the same one is under way."""
        key = (measure.activity, measure.metric, measure.number, measure.sequence)
        if key in self._under_way:
            return None
        self._under_way.add(key)
        return self._taken(rollout, measure, key)

    def results(self, rollout_id: str) -> list[Measured]:
        """What came back since this was last asked, in its order."""
        return self._back.pop(rollout_id, [])

    async def _taken(self, rollout: Rollout, measure: Measure, key: tuple[str, str, int, int]) -> None:
        walk = rollout.walk(measure.walk)
        activity = next(one for one in rollout.activities if one.id == measure.activity)
        metric = activity.run.analysis.metric(measure.metric)
        try:
            sample = await self._meter.measure(walk.target.cluster, metric, measure.number, self._clock.now())
            sample = replace(sample, weight=walk.weight, ready=walk.in_place is not None)
            event = Measured(self._clock.now(), measure.activity, measure.sequence, sample)
            self._back.setdefault(rollout.id, []).append(event)
            self._wake(rollout.id)
        finally:
            self._under_way.discard(key)
