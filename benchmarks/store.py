"""The store's transactions against the same rows written with bare sqlite3, both with WAL and `synchronous=FULL`, taking turns.

The difference is the mapping to rows and the way to the writing thread and back: one or two milliseconds. On a disk that answers slowly
that is little beside the wait, on one that answers at once it is nearly all, so the limits are wide. They guard against statements and
waits that creep in; what the design promises is held by the other figures.
"""

import asyncio
import contextlib
import sqlite3
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.figure import Figure, Scale, percentile
from benchmarks.fleet import Fleet, fleet
from bot.store.records import DeliveryKind, Saved
from bot.tells import tells
from strategies.events import Happening, What
from strategies.model import LEADSMAN

Ours = Callable[[int], Awaitable[object]]
Bare = Callable[[int], object]

BODY = {
    "command": "/deploy",
    "text": "checkout v1.4.2 prod",
    "user_id": "U1",
    "channel_id": "C1",
    "trigger_id": "1.2.3",
}
TOGETHER = 32
"""How many wait at once where many write."""

_TABLES = """
CREATE TABLE inbox (id INTEGER PRIMARY KEY, key TEXT UNIQUE, body BLOB);
CREATE TABLE rollouts (id TEXT PRIMARY KEY, document BLOB, due_at TEXT);
CREATE INDEX due ON rollouts (due_at);
CREATE TABLE audit (sequence INTEGER PRIMARY KEY, content BLOB);
CREATE TABLE outbox (id INTEGER PRIMARY KEY, rollout TEXT, document BLOB);
"""


def measure(scale: Scale) -> Sequence[Figure]:
    """One figure for each thing the bot does most."""
    return asyncio.run(_measured(50 if scale.seconds < 10 else 500))


async def _measured(times: int) -> Sequence[Figure]:
    with _bare() as base:
        async with fleet(3600.0 for _ in range(times)) as found:
            all_saved = list(await found.store.all_live())
            return (
                await _beside("receive a delivery", times, _receive(found), _insert(base), "one durable INSERT", 12.0),
                await _beside("save a decision", times, _save(found, all_saved), _act(base), "UPDATE, 3 INSERTs", 20.0),
                await _crowded("save a decision", times, _save(found, all_saved), _act(base)),
                await _beside("load a rollout", times, _load(found, times), _select(base), "one SELECT", None),
                await _beside("nothing is due", times, _claim(found), _ask(base), "one SELECT", None),
            )


@contextlib.contextmanager
def _bare() -> Iterator[sqlite3.Connection]:
    with TemporaryDirectory(prefix="leadsman-bench-") as folder:
        base = sqlite3.connect(Path(folder) / "bare.db", isolation_level=None)
        base.execute("PRAGMA journal_mode=WAL")
        base.execute("PRAGMA synchronous=FULL")
        base.executescript(_TABLES)
        document = b"x" * 3000
        base.executemany("INSERT INTO rollouts VALUES (?, ?, '')", [(f"r{number}", document) for number in range(1000)])
        yield base
        base.close()


async def _beside(name: str, times: int, ours: Ours, bare: Bare, against: str, limit: float | None) -> Figure:
    """One after the other, in turns."""
    took: tuple[list[float], list[float]] = ([], [])
    for number in range(times):
        began = time.perf_counter()
        await ours(number)
        took[0].append(time.perf_counter() - began)
        began = time.perf_counter()
        bare(number)
        took[1].append(time.perf_counter() - began)
    mine, peer = (percentile(each, 50) * 1000 for each in took)
    return Figure(f"store: {name}, p50", mine, peer, "ms", f"sqlite3, {against}", limit)


async def _crowded(name: str, times: int, ours: Ours, bare: Bare) -> Figure:
    """Many at once, against the peer's one after the other: what one costs on average."""
    gate = asyncio.Semaphore(TOGETHER)

    async def one(number: int) -> None:
        async with gate:
            await ours(number)

    began = time.perf_counter()
    await asyncio.gather(*(one(number) for number in range(times)))
    mine = time.perf_counter() - began
    began = time.perf_counter()
    for number in range(times):
        bare(times + number)
    peer = time.perf_counter() - began
    return Figure(
        f"store: {name}, {TOGETHER} at once",
        1000 * mine / times,
        1000 * peer / times,
        "ms",
        "sqlite3, one by one",
        limit=25.0,
    )


def _receive(found: Fleet) -> Ours:
    return lambda number: found.store.receive(f"k{number}", DeliveryKind.COMMAND, BODY, found.clock.now())


def _insert(base: sqlite3.Connection) -> Bare:
    return lambda number: base.execute("INSERT INTO inbox (key, body) VALUES (?, ?)", (f"k{number}", b"x" * 150))


def _save(found: Fleet, all_saved: list[Saved]) -> Ours:
    async def save(number: int) -> None:
        now, saved = found.clock.now(), all_saved[number]
        told = (Happening(What.WEIGHT, now, LEADSMAN, {"weight": 50, "share": 50, "ready": 2, "pods": 2}),)
        all_saved[number] = await found.store.save(
            saved,
            saved.rollout,
            happenings=told,
            tells=tells(saved.rollout.id, told),
            due_at=now + timedelta(hours=1),
            seen=saved.seen,
            at=now,
        )

    return save


def _act(base: sqlite3.Connection) -> Bare:
    def act(number: int) -> None:
        name = f"r{number % 1000}"
        base.execute("BEGIN IMMEDIATE")
        base.execute("UPDATE rollouts SET document = ?, due_at = 'x' WHERE id = ?", (b"y" * 3000, name))
        base.execute("INSERT INTO audit (content) VALUES (?)", (b"x" * 800,))
        base.execute("INSERT INTO outbox (rollout, document) VALUES (?, NULL)", (name,))
        base.execute("INSERT INTO outbox (rollout, document) VALUES (?, ?)", (name, b"x" * 200))
        base.execute("COMMIT")

    return act


def _load(found: Fleet, count: int) -> Ours:
    return lambda number: found.store.load(f"r{number % count}")


def _select(base: sqlite3.Connection) -> Bare:
    return lambda number: base.execute("SELECT * FROM rollouts WHERE id = ?", (f"r{number % 1000}",)).fetchone()


def _claim(found: Fleet) -> Ours:
    return lambda _: found.store.claim_due(found.clock.now(), "nobody", timedelta(seconds=60), 200)


def _ask(base: sqlite3.Connection) -> Bare:
    return lambda _: base.execute("SELECT id FROM rollouts WHERE due_at > 'y'").fetchall()
