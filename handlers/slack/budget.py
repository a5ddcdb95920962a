"""How often Slack may be called, so that it never has to say 429, and what to do when it says so all the same.

`chat.update` has fifty calls a minute for the whole workspace, `chat.postMessage` one a second for each channel. Of
both a third is kept for decisions and failures: what people wait for never queues behind what is merely news.
"""

from collections.abc import Callable

from bot.clock import Clock
from handlers.slack.pace import WINDOW, Pace, Window

UPDATE, POST = "chat.update", "chat.postMessage"
UPDATES = 48
"""Changes of messages in a minute, two below Slack's own limit."""
CALM_UPDATES = 32
"""Those that are no decision."""
FILES = 60
_BURST = 6
"""So many calm updates may follow each other at once; then they keep an even pace."""
_PACE = WINDOW / (CALM_UPDATES - _BURST)
_EARLY, _EARLY_CALM = 1.0, 0.5
"""So many seconds before its time a message may be sent: a decision one message early, news by what the way to Slack and
back may take, so that answers that take their time do not stretch the second. Slack allows short bursts.
"""

Over = Callable[[], None]
"""To be called when what was begun has its answer, or was given up."""


class Budget:
    """Says how long to wait before a call, in seconds of real time, and counts the calls that are made."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._updates, self._files = Window(clock), Window(clock)
        self._calm = self._patience = clock.monotonic()
        self._paces: dict[str, Pace] = {}

    def update_wait(self, *, urgent: bool) -> float:
        """The seconds to wait before a message may be changed, 0: now."""
        now = self._clock.monotonic()
        wait = max(self._updates.wait(UPDATES if urgent else CALM_UPDATES), self._patience - now)
        if not urgent and len(self._updates) >= _BURST:
            wait = max(wait, self._calm + _PACE - now)
        return max(wait, 0.0)

    def updating(self, *, urgent: bool) -> Over:
        """A message is being changed."""
        self._calm = self._calm if urgent else self._clock.monotonic()
        self._updates.begin()
        return self._updates.end

    def post_wait(self, channel: str, *, urgent: bool) -> float:
        """The seconds to wait before a message may be posted there, 0: now."""
        return self._pace(channel).wait(_EARLY if urgent else _EARLY_CALM)

    def posting(self, channel: str) -> Over:
        """A message is being posted there."""
        self._pace(channel).begin()
        return lambda: self._pace(channel).end()

    def is_same(self, name: str, channel: str) -> None:
        """What was known by its name is this channel: Slack counts the messages sent to both together."""
        named, pace = self._pace(name), self._pace(channel)
        if named is not pace:
            pace.join(named)
            self._paces[name] = pace

    def file_wait(self) -> float:
        """The seconds to wait before a file may be uploaded, 0: now."""
        return self._files.wait(FILES)

    def filing(self) -> Over:
        """A file is being uploaded."""
        self._files.begin()
        return self._files.end

    def limited(self, method: str, channel: str, seconds: float) -> None:
        """Slack asked for patience with a method; with `chat.postMessage` it means the channel."""
        if method == POST:
            self._pace(channel).block(seconds)
        else:
            self._patience = max(self._clock.monotonic() + seconds, self._patience)

    def _pace(self, channel: str) -> Pace:
        if channel not in self._paces:
            self._paces[channel] = Pace(self._clock)
        return self._paces[channel]
