"""How densely calls may follow each other, though nobody knows when Slack counts one.

Slack counts a call when it takes it, and that may be any moment between its beginning and its answer: on a slow way two
messages that were sent a second apart arrive together. So a call counts from its answer on, or from when it was given
up, and for as long as it is under way it counts as if Slack took it just now. Slack's own count is then never ahead of ours.
"""

from collections import deque

from bot.clock import Clock

APART = 1.0
"""Seconds between two messages into one channel."""

WINDOW = 60.0
"""Seconds in which the calls of a method are counted."""


class Pace:
    """The messages into one channel, one each second."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._free = self._blocked = clock.monotonic()
        self._under_way = 0

    def wait(self, early: float) -> float:
        """The seconds until the next one may be sent, which comes up to `early` seconds before its time. 0: now."""
        return max(self._ahead() + self._under_way * APART - early, self._blocked - self._clock.monotonic(), 0.0)

    def begin(self) -> None:
        """One is being sent."""
        self._under_way += 1

    def end(self) -> None:
        """One was answered or given up."""
        self._under_way -= 1
        self._free = self._clock.monotonic() + self._ahead() + APART

    def block(self, seconds: float) -> None:
        """None may be sent for that long."""
        self._blocked = max(self._clock.monotonic() + seconds, self._blocked)

    def join(self, other: "Pace") -> None:
        """The other's messages turned out to go into this channel, too."""
        self._free = self._clock.monotonic() + self._ahead() + other._ahead()
        self._blocked = max(self._blocked, other._blocked)
        self._under_way += other._under_way

    def _ahead(self) -> float:
        """Seconds that the messages already answered are ahead of the pace."""
        return max(self._free - self._clock.monotonic(), 0.0)


class Window:
    """The calls of one method in the last minute."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._over: deque[float] = deque()
        self._under_way = 0

    def __len__(self) -> int:
        """How many there are, with those under way."""
        while self._over and self._clock.monotonic() - self._over[0] >= WINDOW:
            self._over.popleft()
        return len(self._over) + self._under_way

    def wait(self, most: int) -> float:
        """The seconds until another would be one of at most `most`. 0: now."""
        too_many = len(self) - most
        if too_many < 0:
            return 0.0
        return self._over[too_many] + WINDOW - self._clock.monotonic() if too_many < len(self._over) else WINDOW

    def begin(self) -> None:
        """One is being made."""
        self._under_way += 1

    def end(self) -> None:
        """One was answered or given up."""
        self._under_way -= 1
        self._over.append(self._clock.monotonic())
