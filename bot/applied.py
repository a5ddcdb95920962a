"""Writes that were taken, remembered until the world was seen as it is wanted: one that is wanted again was undone by somebody.

Every write tests what it was decided on, and whatever takes something back raises the fence that those tests hold. So the
same write can be taken twice only if somebody changed the object in between, however fast: also faster than we look.
"""

from strategies.effects import Write


class Applied:
    """The writes of each rollout that the API server took. In memory only: after a restart the next undoing is noticed."""

    def __init__(self) -> None:
        self._taken: dict[str, set[Write]] = {}

    def note(self, rollout_id: str, write: Write) -> None:
        """The server took this write."""
        self._taken.setdefault(rollout_id, set()).add(write)

    def knows(self, rollout_id: str, write: Write) -> bool:
        """Whether this write was taken before. A look at a cache may want it again only because the cache lags behind."""
        return write in self._taken.get(rollout_id, ())

    def was_undone(self, rollout_id: str, write: Write) -> bool:
        """Whether this write, which a fresh look wants, was taken before. Asked again it says no: an undoing is told once."""
        taken = self._taken.get(rollout_id, set())
        if write not in taken:
            return False
        taken.discard(write)
        return True

    def settled(self, rollout_id: str, walk_id: str) -> None:
        """The walk's world was seen as wanted: what happens to it from now on is noticed by looking."""
        taken = self._taken.get(rollout_id, set())
        taken -= {write for write in taken if write.walk == walk_id}

    def forget(self, rollout_id: str) -> None:
        """Nothing of this rollout is wanted any more."""
        self._taken.pop(rollout_id, None)
