"""Every store test runs on both databases."""

from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from bot.clock import ManualClock
from bot.store import Store
from tests.real.postgres import fresh_database, real_postgres


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    with real_postgres() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgres"])
def address(request: pytest.FixtureRequest, tmp_path) -> Iterator[str]:
    """The address of an empty database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/leadsman.db"
        return
    with fresh_database(request.getfixturevalue("postgres_server")) as fresh:
        yield fresh


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def store(address: str, clock: ManualClock) -> AsyncIterator[Store]:
    store = Store.open(address, clock=clock)
    await store.migrate()
    yield store
    await store.close()


@pytest.fixture
def tamper(address: str) -> Callable[..., None]:
    """Runs raw SQL as somebody with full access to the database would."""
    return lambda *statements: raw(address, *statements)


def raw(address: str, *statements: str) -> list[tuple]:
    """Run the statements behind the store's back and return the last one's rows."""
    if address.startswith("sqlite"):
        import sqlite3
        from contextlib import closing

        with closing(sqlite3.connect(address.removeprefix("sqlite:///"), isolation_level=None)) as connection:
            for statement in statements:
                rows = connection.execute(statement).fetchall()
            return rows
    import psycopg

    with psycopg.connect(address) as connection:
        for statement in statements:
            cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []
