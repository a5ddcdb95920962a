"""Who wants to know what happens in the workspace, and the telling."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from bot.playground.slack.refusal import Json

Kind = Literal["posted", "edited", "deleted", "view", "home", "file", "notice"]


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that became visible.

    `body` is the message (with its `channel`), view, file or notice; `user` is set where only that person sees it.
    """

    kind: Kind
    body: Json
    channel: str | None = None
    user: str | None = None


class Bulletin:
    """Tells every subscriber of every change, in order, at once."""

    def __init__(self) -> None:
        self._callbacks: list[Callable[[Change], None]] = []

    def subscribe(self, callback: Callable[[Change], None]) -> Callable[[], None]:
        """Call `callback` for each change; the returned function ends it."""
        self._callbacks.append(callback)
        return lambda: self._callbacks.remove(callback)

    def tell(self, change: Change) -> None:
        """Hand the change to everybody."""
        for callback in list(self._callbacks):
            callback(change)
