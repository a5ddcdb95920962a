"""When a rollout must be looked at again although nothing happens: the earliest of everything it waits for."""

from datetime import datetime

from strategies.activities import due_measurements
from strategies.argo.driver import Argo
from strategies.argo.stalls import next_stall
from strategies.asks import deadline_of, next_reminder
from strategies.look import FIGHT, REPAIRS, is_fighting
from strategies.model import Rollout, Stage, Walk
from strategies.steps import Pause
from strategies.traffic import SETTLE
from strategies.walk import frozen


def due(rollout: Rollout, at: datetime, awake: datetime) -> datetime | None:
    """The next time something is due; it may lie before `at`. None when only people or the cluster can move it."""
    if rollout.is_final or rollout.stage is Stage.QUEUED:
        return None
    if rollout.stage is Stage.PREFLIGHT:
        return rollout.created
    times = [one.at for _, one in due_measurements(rollout)] if rollout.stage is Stage.WALKING else []
    if rollout.stage is Stage.WALKING:
        waiting = [ask for ask in rollout.asks if ask.is_open and not ask.held]
        times += [next_reminder(ask, awake) or deadline_of(ask, awake) for ask in waiting]
    for walk in rollout.walks:
        times += _walk_times(rollout, walk, at, awake)
    return min(times, default=None)


def _walk_times(rollout: Rollout, walk: Walk, at: datetime, awake: datetime) -> list[datetime]:
    if isinstance(walk.driver, Argo):
        owed = None if frozen(rollout) else next_stall(walk.driver, awake)
        return [] if owed is None else [owed]
    times = []
    told = walk.stuck and rollout.stage is Stage.REVERTING
    if walk.waiting is not None and not rollout.holds and not told:
        times.append(max(walk.waiting, awake) + walk.native.plan.progress_deadline)
    if walk.target.router is not None and walk.shift is not None and walk.shift.since + SETTLE > at:
        times.append(walk.shift.since + SETTLE)
    if is_fighting(walk, at):
        times.append(walk.repairs[-REPAIRS - 1] + FIGHT)
    steps, cursor, arrived = walk.native.plan.steps, walk.native.cursor, walk.native.arrived
    if rollout.stage is Stage.WALKING and not rollout.holds and arrived is not None and cursor < len(steps):
        step = steps[cursor]
        if isinstance(step, Pause) and step.duration is not None:
            times.append(arrived + step.duration)
    return times
