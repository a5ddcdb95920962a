"""What can go wrong in the outside world, sorted by what the reader should do about it.

`str(error)` is a sentence for a person: which system, what was tried, what it answered, and what to do next. It never
holds a secret: whoever raises one has cut secrets out before. Raise them `from None` where the cause may carry request
headers.

- `PermanentError`: trying again is useless until somebody changes something.
- `TemporaryError`: try again, after `delay` seconds if it names any.
- `PreconditionFailed`: the world is not what the decision was made on. Look again, decide again.
"""

# ruff: noqa: N818 -- these names are read in sentences: "is NotFound", "raises Conflict"


class LeadsmanError(Exception):
    """The root of all errors whose text may be shown to a person as it is."""


class PermanentError(LeadsmanError):
    """Trying again is useless until a person has changed something; the sentence says what."""


class NotFound(PermanentError):
    """The object, or the namespace it should live in, does not exist."""


class Unsupported(PermanentError):
    """The server does not know this kind, verb or media type: mostly a custom resource definition is not installed."""


class Forbidden(PermanentError):
    """We are known, but may not do this: a missing role, an admission rule, a quota, a namespace that is going away."""


class Invalid(PermanentError):
    """The server refuses the content of what we sent."""


class AlreadyExists(PermanentError):
    """An object of that name is there already, so that nothing was created."""


class NotConfigured(PermanentError):
    """Our own settings cannot work: a file, a context or a credential that is not there."""


class StoreTaken(PermanentError):
    """Another process has this SQLite database open; only one may write it."""


class TemporaryError(LeadsmanError):
    """Trying again makes sense.

    `delay`: seconds of real time to wait first, None where nobody named a time. `maybe_applied`: a write was sent and
    its outcome is not known, so look before writing again.
    """

    def __init__(self, sentence: str, *, delay: float | None = None, maybe_applied: bool = False) -> None:
        super().__init__(sentence)
        self.delay = delay
        self.maybe_applied = maybe_applied


class Conflict(TemporaryError):
    """Somebody else changed the object at the same moment; nothing of ours was applied."""


class Throttled(TemporaryError):
    """Too much to do, or a budget used up; nothing was applied. `delay` is the server's Retry-After, if it gave one."""


class ServerFailed(TemporaryError):
    """The server, or something in front of it, failed, or answered what is no answer at all."""


class Unreachable(TemporaryError):
    """No answer: refused, not resolved, not trusted, timed out, or cut in the middle."""


class Expired(TemporaryError):
    """The point in history we wanted to go on from is forgotten: list anew."""


class Unauthenticated(TemporaryError):
    """The server does not accept our credential.

    A person must look; it is tried again slowly, for credentials get renewed.
    """


class PreconditionFailed(LeadsmanError):
    """A guarded write was refused, for what it tests for is not so any more.

    Nothing was applied: look again, decide again.
    """
