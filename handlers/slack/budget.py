"""How often Slack may be called, so that it never has to say 429, and what to do when it says so all the same.

`chat.update` has fifty calls a minute for the whole workspace, `chat.postMessage` one a second for each channel. Of
both a third is kept for decisions and failures: what people wait for never queues behind what is merely news.
"""

from collections import defaultdict, deque

from bot.clock import Clock

UPDATE, POST, FILE = "chat.update", "chat.postMessage", "files"
WINDOW = 60.0
UPDATES = 48
"""Changes of messages in a minute, two below Slack's own limit."""
CALM_UPDATES = 32
"""Those that are no decision."""
FILES = 60
_BURST = 6
"""So many calm updates may follow each other at once; then they keep an even pace."""
_PACE = WINDOW / (CALM_UPDATES - _BURST)
_POST_PACE = 1.0
"""Seconds between two messages into one channel. A decision may come one message early."""


class Budget:
    """Says how long to wait before a call, in seconds of real time, and counts the calls that are made."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._made: dict[str, deque[float]] = defaultdict(deque)
        self._calm = 0.0
        self._free: dict[str, float] = {}
        self._blocked: dict[tuple[str, str], float] = {}

    def update_wait(self, *, urgent: bool) -> float:
        """The seconds to wait before a message may be changed, 0: now."""
        wait = self._wait(UPDATE, "", UPDATES if urgent else CALM_UPDATES)
        if not urgent and len(self._window(UPDATE)) >= _BURST:
            wait = max(wait, self._calm + _PACE - self._clock.monotonic())
        return max(wait, 0.0)

    def updated(self, *, urgent: bool) -> None:
        """A message is being changed."""
        now = self._clock.monotonic()
        self._window(UPDATE).append(now)
        self._calm = self._calm if urgent else now

    def post_wait(self, channel: str, *, urgent: bool) -> float:
        """The seconds to wait before a message may be posted there, 0: now."""
        now = self._clock.monotonic()
        free = self._free.get(channel, now) - (_POST_PACE if urgent else 0.0)
        return max(free - now, self._blocked.get((POST, channel), now) - now, 0.0)

    def posted(self, channel: str) -> None:
        """A message is being posted there."""
        now = self._clock.monotonic()
        self._free[channel] = max(self._free.get(channel, now), now) + _POST_PACE

    def file_wait(self) -> float:
        """The seconds to wait before a file may be uploaded, 0: now."""
        return self._wait(FILE, "", FILES)

    def filed(self) -> None:
        """A file is being uploaded."""
        self._window(FILE).append(self._clock.monotonic())

    def limited(self, method: str, channel: str, seconds: float) -> None:
        """Slack asked for patience with a method; with `chat.postMessage` it means the channel."""
        where = channel if method == POST else ""
        until = self._clock.monotonic() + seconds
        self._blocked[method, where] = max(until, self._blocked.get((method, where), 0.0))

    def _wait(self, method: str, channel: str, most: int) -> float:
        now, made = self._clock.monotonic(), self._window(method)
        wait = made[-most] + WINDOW - now if len(made) >= most else 0.0
        return max(wait, self._blocked.get((method, channel), now) - now, 0.0)

    def _window(self, method: str) -> deque[float]:
        made = self._made[method]
        while made and self._clock.monotonic() - made[0] >= WINDOW:
            made.popleft()
        return made
