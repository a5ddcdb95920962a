"""Every store test runs on both databases."""

import contextlib
import itertools
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator

import psycopg
import pytest

from bot.clock import ManualClock
from bot.store import Store
from tests.real.postgres import fresh_database, real_postgres


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever waits for a lock waits as long as the machine needs to come to its holder."""
    monkeypatch.setattr("bot.store.database.WAIT", 60)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    with real_postgres() as server:
        yield server


@pytest.fixture
def postgres_address(postgres_server: str) -> Iterator[str]:
    """The address of an empty Postgres database, for what only Postgres can do."""
    with fresh_database(postgres_server) as fresh:
        yield fresh


@pytest.fixture(params=["sqlite", "postgres"])
def new_address(request: pytest.FixtureRequest, tmp_path) -> Iterator[Callable[[], str]]:
    """Gives the address of an empty database each time it is asked."""
    if request.param == "sqlite":
        numbers = itertools.count()
        yield lambda: f"sqlite:///{tmp_path}/leadsman{next(numbers)}.db"
        return
    server = request.getfixturevalue("postgres_server")
    with contextlib.ExitStack() as databases:
        yield lambda: databases.enter_context(fresh_database(server))


@pytest.fixture
def address(new_address: Callable[[], str]) -> str:
    """The address of an empty database."""
    return new_address()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def store(address: str, clock: ManualClock) -> AsyncIterator[Store]:
    store = Store.open(address, clock=clock)
    await store.migrate()
    yield store
    await store.close()


def raw(address: str, *statements: str) -> list[tuple]:
    """Run the statements behind the store's back and return the last one's rows."""
    if address.startswith("sqlite"):
        with contextlib.closing(
            sqlite3.connect(address.removeprefix("sqlite:///"), isolation_level=None)
        ) as connection:
            for statement in statements:
                rows = connection.execute(statement).fetchall()
            return rows
    with psycopg.connect(address) as connection:
        for statement in statements:
            cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []
