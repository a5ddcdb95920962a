"""What the engine asks of the outside world, each port as small as its use. Adapters are in `bot/adapters`; tests give their own."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from bot.perform import Outcome
from bot.starting import Preflight, Request
from strategies.effects import Write
from strategies.judge.measurement import Sample
from strategies.judge.metric import Metric
from strategies.model import Target
from strategies.sighting import Sighting


class Sight(Protocol):
    """Looks at targets, and says when one of them changed."""

    async def observe(self, target: Target, *, fresh: bool = False) -> Sighting:
        """The target now; `fresh`: read from the API server itself. Raises `LeadsmanError` when it cannot be seen."""

    def subscribe(self, listener: Callable[[str], None]) -> None:
        """Call `listener` with the key of every followed target that an event concerns, whoever follows it."""

    async def follow(self, key: str, target: Target) -> None:
        """Wake `key` when the target changes. Safe to repeat."""

    def unfollow(self, key: str) -> None:
        """Stop waking `key`."""


class Hands(Protocol):
    """Writes to targets."""

    async def perform(self, effect: Write, target: Target) -> Outcome:
        """Do one effect. Raises `PermanentError` where only a person can help, `TemporaryError` where trying again may."""


class Meter(Protocol):
    """Takes measurements."""

    async def measure(self, cluster: str, metric: Metric, number: int, at: datetime) -> Sample:
        """One measurement of `metric`, as of `at`. Whatever goes wrong is the sample's error, never raised."""


class Gatekeeper(Protocol):
    """Looks at a target before anything moves."""

    async def check(self, request: Request) -> Preflight:
        """Every reason not to start, and what serves now. Raises `LeadsmanError` when the cluster cannot be seen."""
