"""Trigger ids: the short-lived proof that a person just did something, good for opening one view."""

import secrets
from dataclasses import dataclass

from bot.playground.clock import PlaygroundClock
from bot.playground.slack.refusal import RefusalError, bad_arguments


@dataclass(slots=True)
class Trigger:
    """Whose act it was, and inside which view."""

    user: str
    view_id: str | None
    issued: float
    used: bool = False


class Triggers:
    """Issues trigger ids and takes each back once."""

    def __init__(self, clock: PlaygroundClock, team_number: str = "45447629121") -> None:
        self.life = 3.0
        """Real seconds until a trigger expires."""
        self._clock = clock
        self._team = team_number
        self._issued: dict[str, Trigger] = {}

    def issue(self, user: str, view_id: str | None = None) -> str:
        """A fresh id for an act of `user`."""
        key = f"{398738663015 + len(self._issued)}.{self._team}.{secrets.token_hex(16)}"
        self._issued[key] = Trigger(user, view_id, self._clock.real())
        return key

    def redeem(self, key: object) -> Trigger:
        """The act behind the id.

        Refused as views.open documents it: missing, unknown, used, or older than three seconds.
        """
        if not isinstance(key, str) or not key:
            raise bad_arguments(["missing required field: trigger_id"])
        trigger = self._issued.get(key)
        if trigger is None:
            raise RefusalError("invalid_trigger_id")
        if trigger.used:
            raise RefusalError("exchanged_trigger_id")
        if self._clock.real() - trigger.issued > self.life:
            raise RefusalError("expired_trigger_id")
        trigger.used = True
        return trigger
