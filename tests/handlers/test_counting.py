"""What `/metrics` says of the rollouts follows every save, and a start, without reading them all again."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.clock import ManualClock
from bot.metrics import Metrics
from bot.store import Store
from bot.store.records import Saved, Tell, TellKind
from handlers.counting import Stock
from strategies.events import What
from strategies.model import Stage
from tests.bot.store.builders import at, ended, happening, rollout


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = Store.open(f"sqlite:///{tmp_path}/leadsman.db", clock=ManualClock())
    await store.migrate()
    yield store
    await store.close()


async def _said(stock: Stock, metrics: Metrics) -> list[str]:
    await stock.take()
    wanted = ("leadsman_rollouts{", "leadsman_open_asks ", "leadsman_outbox_messages ")
    return [line for line in metrics.text().decode().splitlines() if line.startswith(wanted)]


async def test_gauges_follow_what_is_saved_until_a_rollout_has_ended(store: Store) -> None:
    metrics = Metrics()
    stock = Stock(store, metrics)
    stock.note(Saved(rollout("r1"), 1, None, {}, None))
    stock.note(Saved(rollout("r2", stage=Stage.QUEUED), 1, None, {}, None))
    before = await _said(stock, metrics)

    stock.note(Saved(ended(rollout("r1")), 2, None, {}, None))
    after = await _said(stock, metrics)

    assert before[0] == 'leadsman_rollouts{phase="Progressing"} 2.0'
    assert after[0] == 'leadsman_rollouts{phase="Progressing"} 1.0'


async def test_what_people_were_not_told_yet_is_counted(store: Store) -> None:
    metrics = Metrics()
    stock = Stock(store, metrics)
    told = happening(What.REQUESTED)
    await store.create(rollout(), [told], [Tell(TellKind.CARD, "r1"), Tell(TellKind.LINE, "r1", event=told)], at=at(0))
    assert "leadsman_outbox_messages 2.0" in await _said(stock, metrics)

    await store.told([row.id for row in await store.pending_tells(9)], at(1))

    assert "leadsman_outbox_messages 0.0" in await _said(stock, metrics)
