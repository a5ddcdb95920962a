"""How late a due step begins, with due times spread over ten minutes, against a bare loop that polls a bare table as often.

A step has begun when the decision to go on is saved. The peer's has begun when its row is marked. Both are given the same rollouts
at the same times and run for the same while, one after the other.
"""

import asyncio
import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from benchmarks.figure import Figure, Scale, percentile
from benchmarks.fleet import PAUSE, Fleet, fleet
from bot.store.records import Saved
from handlers.app import TICK

FIRST = 2.0
"""Seconds until the first step is due, once the fleet is up."""


def measure(scale: Scale) -> Sequence[Figure]:
    """Lateness with the usual number of rollouts, and with as many as one process is meant for."""
    return [
        figure for count in (scale.rollouts, scale.crowd) for figure in asyncio.run(_measured(count, scale.seconds))
    ]


async def _measured(count: int, seconds: float) -> Sequence[Figure]:
    bare = await _bare(count, seconds)
    ours, restart = await _ours(count, seconds)
    name, against = f"due step begins, {count:,} live", f"bare sqlite3 polled every {TICK:g} s"
    return (
        Figure(f"{name}, p50", percentile(ours, 50) * 1000, percentile(bare, 50) * 1000, "ms", against),
        Figure(f"{name}, p99", percentile(ours, 99) * 1000, percentile(bare, 99) * 1000, "ms", against, limit=2.0),
        Figure(f"all looked at after a restart, {count:,} live", restart, count / 1000, "s", "a second per 1,000"),
    )


def _times(count: int) -> list[float]:
    """The same seconds after the start for both, in no step with anybody's tick."""
    return [FIRST + Random(number).uniform(0, PAUSE.total_seconds()) for number in range(count)]  # noqa: S311 - no secret


async def _ours(count: int, seconds: float) -> tuple[list[float], float]:
    """How late each step began, in seconds, and how long the start took."""
    lead, times = 2 + count / 250, _times(count)
    late: list[float] = []
    async with fleet(lead + after for after in times) as found:
        due = {saved.rollout.id: saved.due_at for saved in await found.store.all_live()}

        def begun(saved: Saved) -> None:
            if saved.rollout.walks[0].native.cursor > 1 and (at := due.pop(saved.rollout.id, None)):
                late.append((found.clock.now() - at).total_seconds())

        found.engine.listen(begun)
        began = found.clock.monotonic()
        await found.start()
        restart = found.clock.monotonic() - began
        await _until(found, min(filter(None, due.values())), seconds)
    return late, restart


async def _until(found: Fleet, first: datetime, seconds: float) -> None:
    wait = (first - found.clock.now()).total_seconds()
    if wait < 0:
        raise RuntimeError(f"the fleet came up {-wait:.1f} s after its first step was due; this machine is too slow")
    await asyncio.sleep(wait + seconds)


async def _bare(count: int, seconds: float) -> list[float]:
    """The same with nothing but a table, an index and a loop."""
    late: list[float] = []
    with TemporaryDirectory() as folder:
        base = sqlite3.connect(Path(folder) / "bare.db", isolation_level=None)
        base.execute("PRAGMA journal_mode=WAL")
        base.execute("PRAGMA synchronous=FULL")
        base.execute("CREATE TABLE due (id INTEGER PRIMARY KEY, at REAL, done INTEGER DEFAULT 0)")
        base.execute("CREATE INDEX waiting ON due (at) WHERE done = 0")
        start = datetime.now(UTC).timestamp()
        base.execute("BEGIN")
        base.executemany("INSERT INTO due (at) VALUES (?)", [(start + after,) for after in _times(count)])
        base.execute("COMMIT")
        while (now := datetime.now(UTC).timestamp()) < start + FIRST + seconds:
            taken = "UPDATE due SET done = 1 WHERE done = 0 AND at <= ? RETURNING at"
            at = [row[0] for row in base.execute(taken, (now,))]
            late += [datetime.now(UTC).timestamp() - one for one in at]
            await asyncio.sleep(TICK)
        base.close()
    return late
