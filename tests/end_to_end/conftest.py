"""The databases that an installation may have."""

from collections.abc import Iterator

import pytest
from sqlalchemy.engine import make_url

from tests.end_to_end.stage import DATABASE_PASSWORD
from tests.real.postgres import fresh_database, real_postgres


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    with real_postgres() as address:
        yield address


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest) -> Iterator[str | None]:
    """The address of a fresh database, with a password in it; None for the file that Leadsman makes by itself."""
    if request.param == "sqlite":
        yield None
        return
    with fresh_database(request.getfixturevalue("postgres_server")) as address:
        url = make_url(address)
        found = url if url.password else url.set(password=DATABASE_PASSWORD)
        yield found.render_as_string(hide_password=False)
