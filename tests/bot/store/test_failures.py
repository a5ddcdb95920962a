"""A database that fails is told in a sentence that says what to do, nothing is half saved, and no secret is shown."""

import asyncio
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from bot.clock import ManualClock
from bot.errors import NotConfigured, StoreTaken
from bot.store import Store, failures
from bot.store.errors import StoreBroken, StoreUnavailable
from bot.store.location import NETWORK_DISKS, check_disk, disk_of, read_address, shown
from bot.store.records import DeliveryKind, Tell, TellKind
from tests.bot.store.builders import at, happening, rollout
from tests.bot.store.conftest import raw


def open_store(address: str, **options) -> Store:
    return Store.open(address, clock=ManualClock(), **options)


@pytest.fixture
def path(tmp_path) -> Path:
    return tmp_path / "leadsman.db"


async def make(path: Path) -> None:
    store = open_store(f"sqlite:///{path}")
    await store.migrate()
    await store.create(rollout(), [happening()], at=at(0))
    await store.close()


async def test_a_full_disk_saves_nothing_half_and_the_store_works_again_once_there_is_room(path):
    await make(path)
    limited = "PRAGMA max_page_count=1"

    def limit(connection, _):
        connection.execute(limited)

    sa.event.listen(sa.engine.Engine, "connect", limit)
    try:
        store = open_store(f"sqlite:///{path}")
        saved = await store.load("r1")
        changed = replace(saved.rollout, reason="x" * 100_000)
        with pytest.raises(StoreUnavailable, match="full") as refused:
            await store.save(saved, changed, happenings=[happening()], tells=[Tell(TellKind.CARD, "r1")], at=at(1))
        assert not refused.value.maybe_applied
        assert await store.load("r1") == saved
        assert await store.pending_tells(9) == ()
        assert len(await store.audit_entries(0, 9)) == 1
        await store.close()
    finally:
        sa.event.remove(sa.engine.Engine, "connect", limit)
    store = open_store(f"sqlite:///{path}")
    assert (await store.save(saved, changed, at=at(1))).rollout == changed
    await store.close()


async def test_a_database_locked_by_another_program_says_so_and_works_again_once_it_is_free(path, monkeypatch):
    monkeypatch.setattr("bot.store.database.WAIT", 0.05)
    await make(path)
    store = open_store(f"sqlite:///{path}")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable, match="locked"):
            await store.receive("k", DeliveryKind.COMMAND, {}, at(1))
        assert await store.load("r1") is not None
    assert await store.receive("k", DeliveryKind.COMMAND, {}, at(1))
    await store.close()


@pytest.mark.parametrize("damage", [b"this is no database at all, but somebody's text. " * 100, None])
async def test_a_damaged_file_is_called_damaged(path, damage):
    await make(path)
    if damage is None:
        whole = path.read_bytes()
        path.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
    else:
        path.write_bytes(damage)
    store = open_store(f"sqlite:///{path}")
    with pytest.raises(StoreBroken, match="damaged"):
        await store.load("r1")
    with pytest.raises(StoreBroken, match="damaged"):
        await store.receive("k", DeliveryKind.COMMAND, {}, at(1))
    await store.close()


async def test_a_row_that_is_no_rollout_is_named_and_hides_nothing_else(store, address):
    await store.create(rollout("r1"), at=at(0))
    await store.create(rollout("r2", app="cart"), at=at(0))
    raw(address, "UPDATE rollouts SET document = 'rubbish' WHERE id = 'r1'")
    with pytest.raises(StoreBroken, match="Rollout r1"):
        await store.load("r1")
    assert await store.load("r2") is not None


async def test_a_reader_works_beside_the_bot_and_can_change_nothing(store, address):
    await store.create(rollout(), [happening()], at=at(0))
    reader = open_store(address, read_only=True)
    assert (await reader.verify()).is_sound
    assert len(await reader.audit_entries(0, 9)) == 1
    with pytest.raises(StoreUnavailable, match="only be read"):
        await reader.receive("k", DeliveryKind.COMMAND, {}, at(1))
    await reader.close()


async def test_a_reader_of_a_file_that_is_not_there_makes_none(path):
    with pytest.raises(NotConfigured, match="no database"):
        open_store(f"sqlite:///{path}", read_only=True)
    assert not path.exists()


async def test_a_second_process_is_told_who_has_the_database(path):
    await make(path)
    store = open_store(f"sqlite:///{path}")
    script = (
        "from bot.clock import ManualClock\nfrom bot.store import Store\n"
        f"try: Store.open('sqlite:///{path}', clock=ManualClock())\n"
        "except Exception as error: print(type(error).__name__, error)"
    )
    command = [sys.executable, "-c", script]
    other = await asyncio.to_thread(subprocess.run, command, check=True, capture_output=True, text=True)
    told = other.stdout
    assert told.startswith("StoreTaken")
    assert f"process {os.getpid()}" in told
    with pytest.raises(StoreTaken):
        open_store(f"sqlite:///{path}")
    await store.close()
    again = open_store(f"sqlite:///{path}")
    await again.close()


async def test_a_closed_store_says_that_it_is_closed(store):
    await store.close()
    with pytest.raises(StoreUnavailable, match="closed"):
        await store.load("r1")


async def test_a_line_that_cannot_be_read_is_named(store, address):
    await store.create(rollout(), tells=[Tell(TellKind.LINE, "r1", event=happening())], at=at(0))
    raw(address, "UPDATE outbox SET document = 'rubbish'")
    with pytest.raises(StoreBroken, match="Line 1 of the outbox"):
        await store.pending_tells(9)


async def test_only_its_owner_may_read_the_file(path):
    await make(path)
    assert path.stat().st_mode & 0o777 == 0o600


async def test_sqlite_keeps_what_it_was_told_to_keep(path):
    await make(path)
    store = open_store(f"sqlite:///{path}")

    def settings(engine: sa.Engine) -> list:
        with engine.connect() as connection:
            names = ("journal_mode", "synchronous", "foreign_keys")
            return [connection.execute(sa.text(f"PRAGMA {name}")).scalar() for name in names]

    assert await store._database.run(settings) == ["wal", 2, 1]
    await store.close()


# Postgres


@pytest.mark.parametrize(
    ("address", "kind", "words"),
    [
        ("postgresql://u:sekret@127.0.0.1:1/x", StoreUnavailable, "does not answer"),
        ("postgresql://u:sekret@/x?host=/nowhere", StoreUnavailable, "does not answer"),
        ("postgresql://u:sekret@127.0.0.1:1/x?sekret=1", NotConfigured, "option"),
    ],
)
async def test_a_server_that_is_away_is_named_without_its_password(address, kind, words):
    store = open_store(address)
    with pytest.raises(kind, match=words) as refused:
        await store.load("r1")
    assert "sekret" not in str(refused.value)
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__
    await store.close()


async def test_a_server_that_turns_us_away_says_what_to_correct(postgres_server):
    for change, words in ((("/postgres?", "/nothing?"), "no such database"), (("postgres@", "nobody@"), "let us in")):
        if change[0] not in postgres_server:
            continue
        store = open_store(postgres_server.replace(*change))
        with pytest.raises(NotConfigured, match=words):
            await store.load("r1")
        await store.close()


async def test_a_server_that_dies_during_a_commit_leaves_the_outcome_open_and_then_all_or_nothing(postgres_address):
    killed = []

    def witness(moment: str) -> None:
        if moment == "before:save" and not killed:
            killed.append(moment)
            raw(
                postgres_address,
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND application_name = 'leadsman'",
            )

    store = open_store(postgres_address, witness=witness)
    await store.migrate()
    saved = await store.create(rollout(), [happening()], at=at(0))
    with pytest.raises(StoreUnavailable, match="does not answer") as lost:
        await store.save(saved, replace(saved.rollout, why="x"), happenings=[happening()], at=at(1))
    assert lost.value.maybe_applied
    assert await store.load("r1") == saved
    assert len(await store.audit_entries(0, 9)) == 1
    assert (await store.save(saved, replace(saved.rollout, why="y"), at=at(2))).rollout.why == "y"
    await store.close()


@pytest.mark.parametrize(
    ("state", "kind", "words"),
    [
        ("53100", StoreUnavailable, "full"),
        ("53300", StoreUnavailable, "connection"),
        ("25006", StoreUnavailable, "only be read"),
        ("40P01", StoreUnavailable, "same moment"),
        ("55P03", StoreUnavailable, "locked"),
        ("57014", StoreUnavailable, "too long"),
        ("57P01", StoreUnavailable, "does not answer"),
        ("28P01", NotConfigured, "password"),
        ("42501", NotConfigured, "may not"),
        ("42P01", NotConfigured, "leadsman db upgrade"),
        ("XX001", StoreBroken, "damaged"),
        ("22003", StoreBroken, "22003"),
    ],
)
def test_postgres_codes_become_sentences(state, kind, words):
    class Said(psycopg.Error):
        sqlstate = state

    error = failures.translate(sa.exc.DBAPIError("SELECT sekret", {"a": "sekret"}, Said("sekret")), "db at host")
    assert type(error) is kind
    assert words in str(error)
    assert "db at host" in str(error)
    assert "sekret" not in str(error)


def test_an_unknown_sqlite_error_is_named_by_its_code():
    orig = sqlite3.OperationalError("sekret")
    error = failures.translate(sa.exc.DBAPIError("x", {}, orig), "file.db")
    assert isinstance(error, StoreBroken)
    assert "sekret" not in str(error)


# Addresses and disks


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("nonsense sekret", "no address"),
        ("postgresql://u:sekret@host:port/x", "no address"),
        ("mysql://u:sekret@host/x", "mysql"),
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("sqlite:///file:x?mode=memory&uri=true", "names no file"),
        ("postgresql://u:sekret@/x?host=a&port=abc", "host or port"),
        ("sqlite:////nowhere/at/all/x.db", "does not exist"),
    ],
)
def test_an_address_that_cannot_work_is_refused_without_being_shown(address, words):
    with pytest.raises(NotConfigured, match=words) as refused:
        open_store(address)
    assert "sekret" not in str(refused.value)


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("sqlite:///a/b.db", "a/b.db"),
        ("postgresql://u:sekret@db.example:5432/leadsman?sslmode=require", "leadsman at db.example"),
        ("postgres://u:sekret@db.example", "u at db.example"),
        ("postgresql:///leadsman", "leadsman at the local server"),
    ],
)
def test_a_database_is_shown_without_its_secrets(address, name):
    assert shown(read_address(address)) == name


MOUNTS = """overlay / overlay rw 0 0
server:/export /data nfs4 rw 0 0
/dev/vdb /data/local ext4 rw 0 0
//host/share /mnt/my\\040share cifs rw 0 0
broken
"""


@pytest.mark.parametrize(
    ("path", "disk"),
    [
        ("/srv/x.db", "overlay"),
        ("/data/x.db", "nfs4"),
        ("/data/local/x.db", "ext4"),
        ("/database/x.db", "overlay"),
        ("/mnt/my share/x.db", "cifs"),
    ],
)
def test_the_disk_of_a_file_is_the_nearest_mount_above_it(path, disk):
    assert disk_of(Path(path), MOUNTS) == disk


def test_a_network_file_system_is_refused_by_name(tmp_path, monkeypatch):
    monkeypatch.setattr("bot.store.location.disk_of", lambda path, mounts: "nfs4")
    assert "nfs4" in NETWORK_DISKS
    with pytest.raises(NotConfigured, match=r"network file system \(nfs4\)"):
        check_disk(tmp_path / "x.db")
    assert disk_of(Path("/x"), "") == ""
