"""The leases of one process: which rollouts it may write to, so that several processes can share the work."""

from collections.abc import Awaitable
from datetime import timedelta

import structlog

from bot.clock import Clock
from bot.errors import LeadsmanError
from bot.store.store import Store

LEASE = timedelta(seconds=60)
"""How long a process may be silent before another takes its rollouts over; renewed long before."""

log = structlog.get_logger("leases")


class Taken(Exception):  # noqa: N818 -- read as "it is taken"
    """Another process works on this rollout. It may have loaded it before what woke us, so we look again later."""


class Leases:
    """Takes, prolongs and gives back."""

    def __init__(self, store: Store, clock: Clock, owner: str) -> None:
        """`owner` names this process."""
        self._store = store
        self._clock = clock
        self._owner = owner
        self._since: dict[str, float] = {}

    def note(self, rollout_id: str) -> None:
        """It was just leased to us, by the look for what is due."""
        self._since[rollout_id] = self._clock.monotonic()

    async def take(self, rollout_id: str) -> bool:
        """Make it ours before the first write; True: it was not yet. A look that changes nothing needs no lease. Raises `Taken`."""
        if rollout_id in self._since:
            return False
        if not await self._store.lease(rollout_id, self._owner, LEASE):
            raise Taken
        self.note(rollout_id)
        return True

    async def renew(self, rollout_id: str) -> None:
        """Prolong it, if it is ours, once a third of it has passed. Raises `Taken` where it was lost."""
        now = self._clock.monotonic()
        if now - self._since.get(rollout_id, now) < LEASE.total_seconds() / 3:
            return
        if not await self._store.renew(rollout_id, self._owner, LEASE):
            del self._since[rollout_id]
            raise Taken
        self._since[rollout_id] = now

    async def give_back(self, rollout_id: str) -> None:
        """Let others have it; one that is not ours is left alone."""
        if self._since.pop(rollout_id, None) is not None:
            await self._given_back(self._store.release(rollout_id, self._owner))

    async def give_all_back(self) -> None:
        """Let others have everything, at the end: also what was just taken by work that was stopped before it could note so."""
        self._since.clear()
        await self._given_back(self._store.release_all(self._owner))

    async def _given_back(self, release: Awaitable[None]) -> None:
        try:
            await release
        except LeadsmanError as error:
            log.warning("a lease was not given back; it runs out by itself", error=str(error))
