"""Writes to the world, each in the audit before and after it, and what is remembered of them until the world is as it is wanted."""

from bot.applied import Applied
from bot.clock import Clock
from bot.errors import LeadsmanError
from bot.metrics import Metrics
from bot.perform import Outcome, describe
from bot.ports import Hands
from bot.store.records import AuditEntry
from bot.store.store import Store
from strategies.effects import Write
from strategies.model import LEADSMAN, Rollout, Target


class Writing:
    """Does writes for rollouts. `applied` remembers those that the API server took."""

    def __init__(self, store: Store, hands: Hands, clock: Clock, metrics: Metrics) -> None:
        self.applied = Applied()
        self._store = store
        self._hands = hands
        self._clock = clock
        self._metrics = metrics
        self._failed: dict[str, str] = {}
        self._voids: dict[str, int] = {}
        self._owed: dict[str, AuditEntry] = {}

    async def write(self, rollout: Rollout, effect: Write, target: Target) -> Outcome:
        """Do one. The same failure again and again, or a world that stays another, is audited once.

        Raises the `LeadsmanError` that it failed with.
        """
        request = describe(effect, target)
        if request not in self._failed.get(rollout.id, ""):
            await self._store.audit([self._entry("write", request)], rollout_id=rollout.id, at=self._clock.now())
        try:
            outcome = await self._hands.perform(effect, target)
        except LeadsmanError as error:
            await self._fail(rollout, request, error)
            raise
        if not outcome.applied:
            await self._void(rollout, outcome)
            return outcome
        self._failed.pop(rollout.id, None)
        self._voids.pop(rollout.id, None)
        self.applied.note(rollout.id, effect, self._clock.monotonic())
        self._metrics.writes.labels("written").inc()
        await self._note(rollout, "written", outcome.request, outcome.sentence)
        return outcome

    async def settle(self, rollout_id: str) -> None:
        """Audit the outcome of the last write, where the store could not take it when it came. Raises what the store raises."""
        if owed := self._owed.get(rollout_id):
            await self._store.audit([owed], rollout_id=rollout_id, at=self._clock.now())
            self._owed.pop(rollout_id, None)

    def voids(self, rollout_id: str) -> int:
        """How many writes in a row found the world changed."""
        return self._voids.get(rollout_id, 0)

    def forget(self, rollout_id: str) -> None:
        """Nothing of this rollout is written any more."""
        self._failed.pop(rollout_id, None)
        self._voids.pop(rollout_id, None)
        self.applied.forget(rollout_id)

    async def _void(self, rollout: Rollout, outcome: Outcome) -> None:
        self._metrics.writes.labels("write-void").inc()
        self._voids[rollout.id] = self.voids(rollout.id) + 1
        void = f"{outcome.request}: {outcome.sentence}"
        if self._failed.get(rollout.id) != void:
            self._failed[rollout.id] = void
            await self._note(rollout, "write-void", outcome.request, outcome.sentence)

    async def _fail(self, rollout: Rollout, request: str, error: LeadsmanError) -> None:
        self._metrics.writes.labels("write-failed").inc()
        failed = f"{request}: {error}"
        if self._failed.get(rollout.id) != failed:
            self._failed[rollout.id] = failed
            await self._note(rollout, "write-failed", request, str(error))

    async def _note(self, rollout: Rollout, kind: str, request: str, why: str = "") -> None:
        self._owed[rollout.id] = self._entry(kind, request, why)
        await self.settle(rollout.id)

    def _entry(self, kind: str, request: str, why: str = "") -> AuditEntry:
        facts = {"request": request, "why": why} if why else {"request": request}
        return AuditEntry(kind, self._clock.now(), LEADSMAN, facts)
