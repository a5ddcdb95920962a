"""Sends that failed: what is tried again when, what is looked up first, and who has to hear of it. Nothing is dropped."""

from datetime import timedelta

import structlog

from bot.clock import Clock
from bot.errors import LeadsmanError, ServerFailed, TemporaryError, Throttled, Unreachable
from bot.store.errors import StoreUnavailable
from bot.store.records import OutboxRow
from bot.store.store import Store
from handlers.slack.budget import POST, Budget
from handlers.slack.messenger import ChannelShut, MessageGone
from handlers.slack.outage import Outages
from handlers.slack.teller import Teller

log = structlog.get_logger("slack")

SLOWEST = 60.0
"""Real seconds between two tries of what Slack does not take."""

_RETRY = 2.0
_SLOWEST_OUTAGE = 30.0
_SHUT_RETRY = 300.0


class Setbacks:
    """Decides what becomes of a row whose send failed, and remembers until when it waits."""

    def __init__(self, store: Store, clock: Clock, budget: Budget, outages: Outages, teller: Teller) -> None:
        self._store = store
        self._clock = clock
        self._budget = budget
        self._outages = outages
        self._teller = teller
        self._later: dict[int, float] = {}
        self._warned: set[tuple[str, str]] = set()

    def wait(self, row: OutboxRow) -> float:
        """Seconds until a row whose answer was lost may be looked up and tried again."""
        return self._later.get(row.id, 0.0) - self._clock.monotonic()

    def over(self, row: OutboxRow | None, channel: str) -> None:
        """A send got its answer."""
        if self._outages.reached():
            self._later.clear()
        self._warned = {one for one in self._warned if one[0] != channel}
        if row is not None:
            self._later.pop(row.id, None)

    async def failed(self, row: OutboxRow | None, method: str, channel: str, error: LeadsmanError) -> None:
        """A call of `method` failed: it is tried again, slowly where only a person can help."""
        rollout_id = row.tell.rollout_id if row else ""
        match error:
            case Throttled():
                delay = error.delay or _RETRY
                self._budget.limited(method, channel, delay)
                await self.put_off(row, str(error), delay)
            case StoreUnavailable():
                log.warning("the database failed while a message was sent", rollout=rollout_id, error=str(error))
                self._wait_for(row, _RETRY)
            case TemporaryError():
                self._outages.failed(rollout_id)
                log.warning("Slack did not take a message; it is tried again", rollout=rollout_id, error=str(error))
                delay = min(_SLOWEST_OUTAGE, _RETRY * 2 ** min(self._outages.tries, 5))
                if isinstance(error, ServerFailed | Unreachable) and error.maybe_applied:
                    self._wait_for(row, delay)
                else:
                    await self.put_off(row, str(error), delay)
            case MessageGone():
                await self._teller.forget_card(rollout_id)
                await self.put_off(row, str(error), 0.0)
            case ChannelShut():
                self._budget.limited(POST, channel, _SHUT_RETRY)
                await self._warn(row, channel, error)
                await self.put_off(row, str(error), _SHUT_RETRY)
            case _:
                log.error("Slack refuses a message; it is kept and tried again", rollout=rollout_id, error=str(error))
                await self.put_off(row, str(error), SLOWEST)

    def _wait_for(self, row: OutboxRow | None, seconds: float) -> None:
        """A send that may have been taken stays begun, so that it is looked up before the next try."""
        if row is not None:
            self._later[row.id] = self._clock.monotonic() + seconds

    async def put_off(self, row: OutboxRow | None, why: str, seconds: float) -> None:
        """Not again before that many seconds have passed. What an earlier try may have left in the thread stays begun."""
        if row is None or row.begun_at is not None:
            self._wait_for(row, seconds)
            return
        try:
            await self._store.tell_failed(row.id, why, self._clock.wall() + timedelta(seconds=seconds))
        except LeadsmanError as error:
            log.warning("a failed send could not be noted", error=str(error))
            self._wait_for(row, max(seconds, _RETRY))

    async def _warn(self, row: OutboxRow | None, channel: str, error: ChannelShut) -> None:
        """Said once in the log, and once to whoever started a rollout that nobody can see."""
        saved = await self._store.load(row.tell.rollout_id) if row else None
        starter = saved.rollout.by.id if saved else ""
        if (channel, starter) in self._warned:
            return
        if not any(one[0] == channel for one in self._warned):
            log.error("a channel cannot be posted to; its messages are kept", channel=channel, error=str(error))
        self._warned.add((channel, starter))
        if saved is not None:
            await self._teller.tell_privately(saved, str(error))
