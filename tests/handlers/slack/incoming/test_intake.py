"""The inbox's door, with a real store and a clerk who takes as long as the test wants."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

import pytest

from bot.clock import SystemClock
from bot.store.records import Delivery, DeliveryKind
from bot.store.store import Store
from handlers.slack.intake import Intake
from tests.handlers.slack.patience import PATIENCE


class Clerk:
    """Does nothing until it may, and remembers what it was given."""

    def __init__(self) -> None:
        self.given: list[str] = []
        self.may = asyncio.Event()
        self.news = asyncio.Event()

    async def do(self, delivery: Delivery) -> None:
        self.given.append(delivery.key)
        self.news.set()
        await self.may.wait()

    async def too_late(self, delivery: Delivery) -> None:
        raise AssertionError(delivery)

    async def broken(self, delivery: Delivery) -> None:
        raise AssertionError(delivery)

    async def not_stored(self, body: Mapping[str, object]) -> None:
        raise AssertionError(body)


async def test_what_is_settled_while_the_inbox_is_read_is_not_done_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, clerk = SystemClock(), Clerk()
    store = Store.open(f"sqlite:///{tmp_path}/leadsman.db", clock=clock)
    await store.migrate()
    look = store.inbox_pending

    async def overtaken(limit: int) -> tuple[Delivery, ...]:
        """Reads both, and answers only when the first is settled."""
        found = await look(limit)
        if len(found) == 2:
            clerk.may.set()
            while len(await look(limit)) == 2:
                continue
            await look(limit)
        return found

    monkeypatch.setattr(store, "inbox_pending", overtaken)
    intake = Intake(store, clock, clerk, lambda body: str(body["lane"]))
    intake.start()
    for key in ("first", "second"):
        clerk.news.clear()
        await intake.take(key, DeliveryKind.COMMAND, {"lane": key})
        await asyncio.wait_for(clerk.news.wait(), PATIENCE)
    await intake.stop()
    await store.close()
    assert clerk.given == ["first", "second"]
