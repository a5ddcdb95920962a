"""What it costs to wait: the share of a core, and the statements, while many rollouts live and nothing changes.

The engine, the store and all of the Slack side run as they do in the bot. The peer of the share is the two hundredths of a core that
the design allows; of the statements, a bare loop that asks one question of its database at each tick.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

from benchmarks.figure import Figure, Scale
from benchmarks.surfaces import fronted, slack
from handlers.app import TICK
from handlers.counting import Stock

ALLOWED = 2.0
"""Percent of a core."""

FAR = 3600.0
"""Seconds until something is due: longer than any run."""


SETTLED = 3.0
"""Seconds that the start's own work may take until waiting is measured."""


def measure(scale: Scale) -> Sequence[Figure]:
    """With the usual number of rollouts, and with as many as one process is meant for."""
    return [
        figure for count in (scale.rollouts, scale.crowd) for figure in asyncio.run(_measured(count, scale.seconds))
    ]


async def _measured(count: int, seconds: float) -> Sequence[Figure]:
    async with slack() as api, fronted((FAR for _ in range(count)), api) as found:
        stock = Stock(found.store, found.core.metrics)
        for saved in await found.store.all_live():
            stock.note(saved)
        found.scheduler.every(10, "stock", stock.take)
        await asyncio.sleep(SETTLED)
        statements: Counter[str] = Counter()

        def counted(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            statements[statement.split(maxsplit=1)[0]] += 1

        event.listen(Engine, "before_cursor_execute", counted)
        began, used = time.perf_counter(), time.process_time()
        await asyncio.sleep(seconds)
        share = 100 * (time.process_time() - used) / (time.perf_counter() - began)
        event.remove(Engine, "before_cursor_execute", counted)
        asked = sum(statements[verb] for verb in ("SELECT", "UPDATE", "INSERT", "DELETE")) / seconds
    name = f"idle, {count:,} live"
    return (
        Figure(f"{name}: share of a core", share, ALLOWED, "%", "2 % of a core", limit=1.0),
        Figure(f"{name}: statements a second", asked, 1 / TICK, "", "one at each tick", limit=2.0),
    )
