"""A world and a clock that a test moves by hand."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.playground.prometheus import Backend

STABLE = Backend(
    namespace="shop",
    app="checkout",
    service="checkout",
    version="v1.4.1",
    template_hash="aaa",
    share=1.0,
    ready=4,
    ingress="checkout",
    host="shop.example",
)
CANARY = replace(STABLE, service="checkout-canary", version="v1.5.0", template_hash="bbb", ready=1, track="canary")


class HandClock:
    """Stands still until told to move; who sleeps, sleeps for ever."""

    def __init__(self) -> None:
        self.time = datetime(2026, 11, 20, 14, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time

    async def sleep(self, seconds: float) -> None:
        await asyncio.Event().wait()

    def move(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


class HandWorld:
    """The traffic is what the test says."""

    def __init__(self, *backends: Backend) -> None:
        self.backends: Sequence[Backend] = backends

    def traffic(self) -> Sequence[Backend]:
        return self.backends

    def split(self, canary_share: float, *, canary_ready: int = 1) -> None:
        """Send a part of the requests to the canary."""
        self.backends = (
            replace(STABLE, share=1 - canary_share),
            replace(CANARY, share=canary_share, ready=canary_ready),
        )
