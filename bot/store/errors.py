"""What can go wrong between the bot and its database, in sentences for people.

None of these ever holds a password, a statement's parameters or a row's content.
"""

# ruff: noqa: N818 -- these names are read in sentences, as those of bot.errors

from bot.errors import Conflict, LeadsmanError, PermanentError, TemporaryError


class StoreUnavailable(TemporaryError):
    """The database cannot do it now: away, locked, full, read-only. Nothing was saved unless `maybe_applied`."""


class StoreBroken(PermanentError):
    """What the database holds cannot be read: a damaged file, a row that is no rollout, a schema of another version."""


class Stale(Conflict):
    """The rollout was changed after it was loaded. Nothing was saved: load it again, decide again."""


class Final(PermanentError):
    """The rollout has ended, and an ended rollout never changes."""


class Occupied(LeadsmanError):
    """Another rollout of the same app and environment is live; `rollout_id` is its id. Nothing was saved."""

    def __init__(self, sentence: str, *, rollout_id: str) -> None:
        super().__init__(sentence)
        self.rollout_id = rollout_id
