"""How often a method may be called, in real time."""

import math
from collections import defaultdict, deque

from bot.playground.clock import PlaygroundClock

TIERS = {"t1": 1, "t2": 20, "t3": 50, "t4": 100, "special": 600}
"""Calls a minute for one method in one workspace. Slack calls the last "hundreds"."""

WINDOW = 60.0


class RateLimitError(Exception):
    """Too many calls; come back after `retry_after` whole seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"ratelimited, retry after {retry_after} s")
        self.retry_after = retry_after


class Rates:
    """Sliding windows of a minute for each method, and one message a second into each channel.

    `post_burst` messages may come at once into a channel before the second's pace is kept; `enforced` False lets
    everything pass.
    """

    def __init__(self, clock: PlaygroundClock, post_burst: int = 3) -> None:
        self.post_burst = post_burst
        self.enforced = True
        self._clock = clock
        self._calls: dict[str, deque[float]] = defaultdict(deque)
        self._pace: dict[str, float] = {}

    def take(self, method: str, tier: str, channel: str | None = None) -> None:
        """Count a call; RateLimitError if it is one too many. `channel` is given for what is paced by channel."""
        if not self.enforced:
            return
        now = self._clock.real()
        window = self._calls[method]
        while window and now - window[0] >= WINDOW:
            window.popleft()
        if len(window) >= TIERS[tier]:
            raise RateLimitError(max(1, math.ceil(WINDOW - (now - window[0]))))
        if channel is not None:
            self._keep_pace(channel, now)
        window.append(now)

    def _keep_pace(self, channel: str, now: float) -> None:
        due = max(self._pace.get(channel, now), now)
        ahead = due - now - (self.post_burst - 1)
        if ahead > 0:
            raise RateLimitError(max(1, math.ceil(ahead)))
        self._pace[channel] = due + 1.0
