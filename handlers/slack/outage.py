"""When Slack could not be reached, and who is to be told so afterwards."""

from datetime import datetime

from bot.clock import Clock
from handlers.slack.views.line import Told
from handlers.slack.views.lines import outage

SHORTEST = 30.0
"""Real seconds; nobody needs to hear of a shorter one."""


class Outages:
    """Notes failures and successes of calls, and which rollouts had to wait."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._begun: tuple[datetime, float] | None = None
        self._missed: dict[str, None] = {}
        self._mended: dict[str, Told] = {}
        self.tries = 0
        """Failures in a row."""

    def failed(self, rollout_id: str) -> None:
        """A call for this rollout got no answer."""
        self.tries += 1
        if self._begun is None:
            self._begun = (self._clock.now(), self._clock.monotonic())
        if rollout_id:
            self._missed[rollout_id] = None

    def reached(self) -> bool:
        """A call got its answer. Whether an outage is over by it."""
        self.tries = 0
        if self._begun is None:
            return False
        begun, since = self._begun
        self._begun = None
        missed, self._missed = self._missed, {}
        if self._clock.monotonic() - since >= SHORTEST:
            self._mended |= dict.fromkeys(missed, outage(begun, self._clock.now()))
        return True

    def mended(self) -> tuple[str, ...]:
        """The rollouts that are still to hear of an outage that is over."""
        return tuple(self._mended)

    def take(self, rollout_id: str) -> Told:
        """The line for one of them, once."""
        return self._mended.pop(rollout_id)
