"""What stands in the way of a walk that the controller does: noticed at a look, told once, the controller reminded where that may help.

A change can be stored and not be reacted to, because the controller lost it (15h) or does not run. Any change of the object's metadata
makes it look again: after `REMIND` the claim's number is raised, and after `TOLD` people are told.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from strategies.argo.driver import Argo
from strategies.argo.seen import ArgoSeen
from strategies.argo.standing import owes, revision_of
from strategies.decision import Turn
from strategies.events import ArgoObserved, What
from strategies.model import Rollout, Stage, Walk

REMIND = timedelta(seconds=10)
TOLD = timedelta(seconds=60)


def stalled(turn: Turn, walk: Walk, event: ArgoObserved) -> Turn:
    """The turn with what is owed noted, the controller reminded once, and people told once of each trouble."""
    if turn.rollout.is_final:
        return turn
    argo = _owed(walk, event)
    reminds = event.writes and not argo.touched and _waited(argo, event) >= REMIND
    if reminds:
        walk, argo = replace(walk, fence=walk.fence + 1), replace(argo, touched=True)
    why = _trouble(turn.rollout, argo, event)
    turn = turn.with_walk(replace(walk, driver=replace(argo, trouble=why)))
    return turn.tell(What.STUCK, why=why) if why and why != argo.trouble else turn


def next_stall(argo: Argo, awake: datetime) -> datetime | None:
    """When the next look at what the controller owes is due."""
    if argo.owed is None or argo.trouble:
        return None
    return max(argo.owed, awake) + (TOLD if argo.touched else REMIND)


def _owed(walk: Walk, event: ArgoObserved) -> Argo:
    argo = walk.argo
    if not owes(event.seen):
        return replace(argo, owed=None, touched=False)
    return argo if argo.owed is not None else replace(argo, owed=event.at)


def _waited(argo: Argo, event: ArgoObserved) -> timedelta:
    return timedelta() if argo.owed is None else event.at - max(argo.owed, event.awake)


def _trouble(rollout: Rollout, argo: Argo, event: ArgoObserved) -> str:
    seen = event.seen
    if seen.invalid:
        return f"Argo Rollouts refuses the Rollout as it is: {seen.invalid}"
    if _waited(argo, event) >= TOLD:
        return "the cluster accepted the change, but Argo Rollouts does nothing: is its controller running?"
    if rollout.stage is Stage.REVERTING and _is_lost(argo, seen):
        return f"the ReplicaSet of {rollout.walks[0].base.version} is gone, so nothing can be undone to it: deploy it again"
    if seen.timed_out:
        return f"{seen.timed_out} {seen.problem}".strip()
    return ""


def _is_lost(argo: Argo, seen: ArgoSeen) -> bool:
    """Whether the way back needs the earlier revision, and there is none."""
    past = seen.stable_hash == argo.pod_hash or seen.promote_full
    return (
        past
        and bool(argo.pod_hash)
        and seen.current_hash == argo.pod_hash
        and revision_of(seen, argo.base_hash) is None
    )
