"""Writes that were taken, remembered until the world was seen as it is wanted: one that is wanted again was undone by somebody.

Every write tests what it was decided on, and whatever takes something back raises the fence that those tests hold. So the
same write can be taken twice only if somebody changed the object in between, however fast: also faster than we look.

A verb for a Rollout is another matter: it is taken first and obeyed later, by a controller that may be slow. So one that is
still wanted is not sent again at once.
"""

from collections.abc import Collection

from strategies.argo.writes import ArgoWrite
from strategies.effects import Write

PATIENCE = 5.0
"""Real seconds that Argo's controller has for a verb before the same is sent again."""


class Applied:
    """The writes of each rollout that the API server took. In memory only: after a restart the next undoing is noticed."""

    def __init__(self) -> None:
        self._taken: dict[str, dict[Write, float]] = {}

    def note(self, rollout_id: str, write: Write, at: float) -> None:
        """The server took this write, at this monotonic time."""
        self._taken.setdefault(rollout_id, {})[write] = at

    def knows(self, rollout_id: str, write: Write) -> bool:
        """Whether this write was taken before. A look at a cache may want it again only because the cache lags behind."""
        return write in self._taken.get(rollout_id, ())

    def was_undone(self, rollout_id: str, write: Write) -> bool:
        """Whether this write, which a fresh look wants, was taken before. Asked again it says no: an undoing is told once."""
        taken = self._taken.get(rollout_id, {})
        if isinstance(write, ArgoWrite) or write not in taken:
            return False
        del taken[write]
        return True

    def rest(self, rollout_id: str, write: Write, at: float) -> float:
        """How many seconds from `at` the controller still has for this verb; 0 for anything that may be sent now."""
        taken = self._taken.get(rollout_id, {}).get(write)
        if taken is None or not isinstance(write, ArgoWrite):
            return 0.0
        return max(0.0, taken + PATIENCE - at)

    def obeyed(self, rollout_id: str, walk_id: str, wanted: Collection[Write]) -> None:
        """A look at a Rollout wants only these verbs any more: the others had their effect."""
        self._drop(rollout_id, [one for one in self._of(rollout_id, walk_id) if one not in wanted])

    def settled(self, rollout_id: str, walk_id: str) -> None:
        """The walk's world was seen as wanted: what happens to it from now on is noticed by looking."""
        self._drop(rollout_id, self._of(rollout_id, walk_id))

    def forget(self, rollout_id: str) -> None:
        """Nothing of this rollout is wanted any more."""
        self._taken.pop(rollout_id, None)

    def _of(self, rollout_id: str, walk_id: str) -> list[Write]:
        return [write for write in self._taken.get(rollout_id, ()) if write.walk == walk_id]

    def _drop(self, rollout_id: str, writes: Collection[Write]) -> None:
        for write in writes:
            del self._taken[rollout_id][write]
