"""Bringing a database to the tables this version needs. The migrations are inside the package, so the wheel has them."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.engine import Connection, Engine

from bot.store.errors import StoreBroken

_LOCK = 7_164_005
"""The number under which upgraders of one Postgres database wait for each other."""


def config(connection: Connection | None = None) -> Config:
    """Alembic's settings for our migrations, to run on this connection."""
    settings = Config()
    settings.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    settings.attributes["connection"] = connection
    return settings


def upgrade(engine: Engine) -> None:
    """Run what is missing, in one transaction and under a lock. Raises StoreBroken for tables of a newer version."""
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL statement_timeout = 0"))
            connection.execute(text("SET LOCAL lock_timeout = '60s'"))
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        _check_known(connection)
        command.upgrade(config(connection), "head")


def is_current(connection: Connection) -> bool:
    """Whether the tables are those of this version. Raises StoreBroken for tables of a newer version."""
    return _check_known(connection) == ScriptDirectory.from_config(config()).get_current_head()


def _check_known(connection: Connection) -> str | None:
    there = MigrationContext.configure(connection).get_current_revision()
    known = {script.revision for script in ScriptDirectory.from_config(config()).walk_revisions()}
    if there is not None and there not in known:
        raise StoreBroken(
            f"The database was written by a newer Leadsman (its tables are of revision {there}). "
            "Run that version again, or restore a backup from before the upgrade."
        )
    return there
