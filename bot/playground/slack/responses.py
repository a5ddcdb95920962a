"""response_urls: five answers within half an hour, each in place of a token."""

import secrets
from dataclasses import dataclass

from bot.playground.clock import PlaygroundClock
from bot.playground.slack.refusal import RefusalError

LIFE = 30 * 60.0
"""Real seconds a response_url lives."""
USES = 5


@dataclass(slots=True)
class Origin:
    """What the address answers: who acted where, and on which message (None for a slash command)."""

    user: str
    channel: str
    message_ts: str | None
    issued: float
    uses: int = 0


class ResponseUrls:
    """Issues addresses and counts their uses."""

    def __init__(self, clock: PlaygroundClock) -> None:
        self.base = ""
        self._clock = clock
        self._origins: dict[str, Origin] = {}

    def issue(self, kind: str, user: str, channel: str, message_ts: str | None = None) -> str:
        """A fresh address; `kind` is commands or actions, as in Slack's own."""
        token = secrets.token_urlsafe(18)
        self._origins[token] = Origin(user, channel, message_ts, self._clock.real())
        return f"{self.base}/response/{kind}/{token}"

    def use(self, token: str) -> Origin:
        """One use of an address: unknown, worn out or too old is refused."""
        origin = self._origins.get(token)
        if origin is None:
            raise RefusalError("no_service")
        if self._clock.real() - origin.issued > LIFE:
            raise RefusalError("expired_url")
        if origin.uses >= USES:
            raise RefusalError("used_url")
        origin.uses += 1
        return origin
