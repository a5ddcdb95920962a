"""On SQLite, what waits at the same moment is committed together, and yet each piece of work is all or nothing by itself."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bot.clock import ManualClock
from bot.store import Store
from bot.store.errors import Stale, StoreBroken, StoreUnavailable
from bot.store.records import AuditEntry, DeliveryKind
from strategies.events import What
from strategies.model import LEADSMAN
from tests.bot.store.builders import at, happening, rollout
from tests.bot.store.conftest import raw

PATIENCE = 120.0
"""Real seconds."""


class Door:
    """A witness that holds the writing thread at the first commit until it is opened, and notes what it saw."""

    def __init__(self) -> None:
        self.reached, self.opened = threading.Event(), threading.Event()
        self.seen: list[str] = []

    def __call__(self, moment: str) -> None:
        self.seen.append(moment)
        self.reached.set()
        assert self.opened.wait(PATIENCE)


@pytest.fixture
async def door() -> Door:
    return Door()


@pytest.fixture
async def store(tmp_path: Path, door: Door):
    store = Store.open(f"sqlite:///{tmp_path}/leadsman.db", clock=ManualClock())
    await store.migrate()
    await store.create(rollout(), [happening(What.REQUESTED)], at=at(0))
    store._database._witness = door
    yield store
    door.opened.set()
    await store.close()


async def _at_once(store: Store, door: Door, *works) -> list[object]:
    """Let all of these wait behind a first one, and give what each came to."""
    first = asyncio.create_task(store.receive("first", DeliveryKind.COMMAND, {}, at(1)))
    await asyncio.to_thread(door.reached.wait, PATIENCE)
    others = [asyncio.create_task(work) for work in works]
    await asyncio.sleep(0)
    door.opened.set()
    assert await first
    return await asyncio.gather(*others, return_exceptions=True)


def _commits(seen: list[str]) -> list[list[str]]:
    """What each commit saved: befores up to the first after."""
    found: list[list[str]] = []
    for before, moment in zip(["after:", *seen], seen, strict=False):
        if moment.startswith("before:"):
            if before.startswith("after:"):
                found.append([])
            found[-1].append(moment.removeprefix("before:"))
    return found


def _entry(number: int):
    return AuditEntry("patched", at(number), LEADSMAN, {"number": number})


async def test_what_waits_is_committed_together_in_its_order(store: Store, door: Door) -> None:
    notes = (store.audit([_entry(number)], rollout_id="r1", at=at(2)) for number in range(5))

    assert await _at_once(store, door, *notes) == [None] * 5

    assert _commits(door.seen) == [["receive"], ["audit"] * 5]
    entries = await store.audit_entries(1, 99)
    assert [entry.facts["number"] for entry in entries] == [0, 1, 2, 3, 4]
    assert (await store.verify()).is_sound


async def test_one_that_is_refused_takes_back_its_own_part_alone(store: Store, door: Door) -> None:
    saved = await store.load("r1")
    assert saved is not None

    def save(why: str):
        told = [happening(What.WEIGHT, why=why)]
        return store.save(saved, replace(saved.rollout, why=why), happenings=told, at=at(2))

    third = store.audit([_entry(3)], rollout_id="r1", at=at(2))
    first, second, noted = await _at_once(store, door, save("one"), save("two"), third)

    assert first.rollout.why == "one"  # type: ignore[attr-defined]
    assert isinstance(second, Stale)
    assert noted is None
    assert [entry.facts.get("why") for entry in await store.audit_entries(1, 99)] == ["one", None]


async def test_a_delivery_goes_before_what_waited_longer(store: Store, door: Door) -> None:
    note = store.audit([_entry(1)], rollout_id="r1", at=at(2))

    await _at_once(store, door, note, store.receive("second", DeliveryKind.COMMAND, {}, at(2)))

    assert _commits(door.seen) == [["receive"], ["receive"], ["audit"]]


async def test_one_that_the_database_refuses_does_not_take_the_others_with_it(
    store: Store, door: Door, tmp_path: Path
) -> None:
    raw(
        f"sqlite:///{tmp_path}/leadsman.db",
        "CREATE TRIGGER no_two BEFORE INSERT ON inbox WHEN NEW.key = 'two' BEGIN SELECT RAISE(ABORT, 'no'); END",
    )
    works = (store.receive(key, DeliveryKind.COMMAND, {}, at(2)) for key in ("one", "two", "three"))

    one, two, three = await _at_once(store, door, *works)

    assert (one, three) == (True, True)
    assert isinstance(two, StoreBroken)
    assert [delivery.key for delivery in await store.inbox_pending(9)] == ["first", "one", "three"]


async def test_a_commit_that_fails_fails_all_of_its_works_and_saves_none(
    store: Store, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    dialect = store._database._writer.dialect
    commit: Callable[..., None] = dialect.do_commit

    def full(connection: object) -> None:
        if "before:inbox_done" in door.seen:
            raise disk_full()
        commit(connection)

    monkeypatch.setattr(dialect, "do_commit", full)
    works = (store.audit([_entry(1)], rollout_id="r1", at=at(2)), store.inbox_done(1, at(2)))
    noted, done = await _at_once(store, door, *works)
    monkeypatch.undo()

    assert isinstance(noted, StoreUnavailable)
    assert isinstance(done, StoreUnavailable)
    assert [delivery.key for delivery in await store.inbox_pending(9)] == ["first"]
    assert await store.audit_entries(1, 99) == ()
    await store.audit([_entry(1)], rollout_id="r1", at=at(3))


def disk_full() -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("database or disk is full")
    error.sqlite_errorcode, error.sqlite_errorname = sqlite3.SQLITE_FULL, "SQLITE_FULL"
    return error


async def test_a_caller_that_is_cancelled_while_it_waits_asks_for_nothing(store: Store, door: Door) -> None:
    first = asyncio.create_task(store.receive("first", DeliveryKind.COMMAND, {}, at(1)))
    await asyncio.to_thread(door.reached.wait, PATIENCE)
    second = asyncio.create_task(store.receive("second", DeliveryKind.COMMAND, {}, at(1)))
    await asyncio.sleep(0)
    second.cancel()
    await asyncio.gather(second, return_exceptions=True)
    door.opened.set()
    await first

    assert [delivery.key for delivery in await store.inbox_pending(9)] == ["first"]
