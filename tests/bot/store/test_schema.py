"""Every way to the newest tables ends in the same tables, with all guards in place."""

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlmodel import Session, SQLModel

from bot.errors import NotConfigured
from bot.store import Store, guards, schema, tables
from bot.store.database import Database
from bot.store.errors import StoreBroken
from bot.store.records import AuditEntry
from tests.bot.store.builders import ADA, at, rollout
from tests.bot.store.conftest import raw

REVISIONS = [script.revision for script in ScriptDirectory.from_config(schema.config()).walk_revisions()][::-1]


@pytest.fixture
async def database(address):
    database = Database(address)
    yield database
    await database.close()


def is_current(session: Session) -> bool:
    return schema.is_current(session.connection())


def stepwise(engine: sa.Engine) -> None:
    for revision in REVISIONS:
        with engine.begin() as connection:
            command.upgrade(schema.config(connection), revision)


@pytest.mark.parametrize("path", [schema.upgrade, stepwise])
async def test_every_path_of_migrations_ends_in_the_tables_the_code_knows_with_all_guards(database, path):
    assert not await database.read(is_current)
    await database.run(path)
    assert await database.read(is_current)

    def look(engine: sa.Engine) -> tuple[list, tuple]:
        with engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_server_default": True})
            return compare_metadata(context, SQLModel.metadata), guards.broken(connection)

    assert tables.AuditRow.metadata is SQLModel.metadata
    assert await database.run(look) == ([], ())


@pytest.mark.parametrize("path", [schema.upgrade, stepwise])
async def test_after_every_path_the_database_refuses_to_edit_the_log(address, clock, path):
    database = Database(address)
    await database.run(path)
    await database.close()
    store = Store.open(address, clock=clock)
    await store.audit([AuditEntry("x", at(0), ADA)], at=at(0))
    for statement in ("UPDATE audit SET hash = ''", "DELETE FROM audit", "DELETE FROM audit_head"):
        with pytest.raises(Exception, match=r"only grows|only goes forward"):
            raw(address, statement)
    assert (await store.verify()).is_sound
    await store.close()


async def test_migrating_again_changes_nothing_and_keeps_what_is_there(store):
    saved = await store.create(rollout(), at=at(0))
    await store.migrate()
    assert await store.load("r1") == saved
    assert await store.is_current()


async def test_tables_of_a_newer_version_are_refused_and_left_alone(store, address):
    raw(address, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreBroken, match="newer Leadsman"):
        await store.migrate()
    with pytest.raises(StoreBroken, match="9999"):
        await store.is_current()


async def test_without_tables_the_sentence_names_the_command_that_makes_them(address, clock):
    store = Store.open(address, clock=clock)
    with pytest.raises(NotConfigured, match="leadsman db upgrade"):
        await store.load("r1")
    with pytest.raises(NotConfigured, match="leadsman db upgrade"):
        await store.create(rollout(), at=at(0))
    await store.close()


async def test_a_migration_that_breaks_off_leaves_nothing_half_made(address, clock, monkeypatch):
    def breaks(dialect: str):
        yield from list(whole(dialect))[:2]
        raise KeyboardInterrupt

    whole = guards.statements
    monkeypatch.setattr(guards, "statements", breaks)
    store = Store.open(address, clock=clock)
    with pytest.raises(KeyboardInterrupt):
        await store.migrate()
    assert not await store.is_current()
    monkeypatch.setattr(guards, "statements", whole)
    await store.migrate()
    assert (await store.verify()).is_sound
    await store.close()
