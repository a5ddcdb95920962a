"""Turning back: the base revision comes home, whatever was under way."""

from dataclasses import replace

from strategies.argo.driver import Argo
from strategies.asks import void
from strategies.decision import Turn, close
from strategies.events import What
from strategies.model import LEADSMAN, Actor, Outcome, Stage, Walk


def revert(turn: Turn, why: str, by: Actor = LEADSMAN, outcome: Outcome = Outcome.ROLLED_BACK) -> Turn:
    """The turn with the rollout on its way back, heading for `outcome`. Where nothing moved yet, it ends at once.

    Questions and analyses are closed and every hold is lifted: holds stop forward moves, never fleeing.
    The aim is forgotten, so that the next look takes a new one under a raised fence; for a walk of a controller's it is raised here.
    """
    if turn.rollout.stage in (Stage.REVERTING, Stage.ENDED):
        return turn
    if turn.rollout.is_untouched:
        return close(turn, Outcome.CANCELLED if outcome is Outcome.ROLLED_BACK else outcome, why)
    turn = void(turn, why)
    walks = tuple(_turned(walk) for walk in turn.rollout.walks)
    activities = tuple(replace(activity, closed=True) for activity in turn.rollout.activities)
    turn = turn.set(
        stage=Stage.REVERTING, ending=outcome, why=why, turned_by=by, walks=walks, activities=activities, holds=()
    )
    return turn.tell(What.REVERTING, by, why=why)


def _turned(walk: Walk) -> Walk:
    walk = replace(walk, aim=None, converged=False, stuck=False, home=False)
    if not isinstance(walk.driver, Argo):
        return walk
    return replace(walk, fence=walk.fence + 1, driver=replace(walk.argo, order=None, guarding=False, trouble=""))
