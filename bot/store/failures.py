"""A database driver's exception → one of our errors, with a sentence that says what to do next.

Sentences are made from error codes alone. The driver's own text is left out: it may hold values, paths or the address with its
password.
"""

import sqlite3

from sqlalchemy import exc

from bot.errors import LeadsmanError, NotConfigured
from bot.store.errors import StoreBroken, StoreUnavailable

UPGRADE = "Run `leadsman db upgrade`."
_FULL = "The disk of the database is full: {place}. Nothing was saved. Free some space; it is tried again by itself."
_LOCKED = "The database is locked by somebody else: {place}. Nothing was saved. Close other programs that hold it."
_READ_ONLY = "The database can only be read: {place}. Make it writable for this user."
_AWAY = "The database does not answer: {place}. It is tried again by itself; look whether the server and the network are up."
_NO_TABLES = f"The database has no tables of ours: {{place}}. {UPGRADE}"
_DAMAGED = "The database is damaged: {place}. Stop Leadsman, keep a copy of the files, and restore the last backup."
_REFUSED = "The database does not let us in: {place}. Check user and password in DATABASE_URL."

_SQLITE_TEMPORARY = {
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_BUSY: _LOCKED,
    sqlite3.SQLITE_LOCKED: _LOCKED,
    sqlite3.SQLITE_READONLY: _READ_ONLY,
    sqlite3.SQLITE_IOERR: "The disk of the database fails: {place}. Nothing was saved. Check the disk and its quota.",
    sqlite3.SQLITE_CANTOPEN: "The database cannot be opened: {place}. Check that the folder exists and may be written.",
}
_SQLITE_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}

_POSTGRES_TEMPORARY = {
    "53100": _FULL,
    "53300": "The database has no free connection: {place}. Raise max_connections or close other programs.",
    "25006": _READ_ONLY,
    "40001": "Others changed the same rows of the database at the same moment: {place}. Nothing was saved; try again.",
    "40P01": "Others changed the same rows of the database at the same moment: {place}. Nothing was saved; try again.",
    "55P03": _LOCKED,
    "57014": "The database took too long: {place}. Nothing was saved. Look at its load and locks.",
}
_POSTGRES_WRONG = {
    "28P01": _REFUSED,
    "28000": _REFUSED,
    "3D000": "There is no such database: {place}. Create it, or correct DATABASE_URL.",
    "42501": "The database user may not do this: {place}. Give it the tables (it must own them to upgrade them).",
    "42P01": _NO_TABLES,
    "42703": _NO_TABLES,
}

_AT_THE_DOOR = {
    'database "': "3D000",
    "authentication failed": "28P01",
    'role "': "28000",
    "pg_hba.conf": "28000",
    "no password": "28P01",
}
"""What a server says to a connection it turns away: libpq hands on the text then, but no code."""

RETRIED = frozenset({"40001", "40P01", "23505"})
"""Postgres' codes after which the same transaction is run again: serialization, deadlock, somebody else's same key."""


def code(error: exc.DBAPIError) -> str:
    """The five characters by which Postgres names the error, empty where there are none."""
    state = getattr(error.orig, "sqlstate", None)
    if state or not isinstance(error, exc.OperationalError):
        return state or ""
    said = str(error.orig).partition("FATAL:")[2]
    return next((meant for words, meant in _AT_THE_DOOR.items() if words in said), "")


def translate(error: exc.SQLAlchemyError, place: str, *, committing: bool = False) -> LeadsmanError:
    """The error to raise instead. `place` names the database without its password; `committing`: the answer to the commit is lost."""
    if isinstance(error, exc.TimeoutError):
        return StoreUnavailable(f"All connections to the database are busy: {place}. It is tried again by itself.")
    if not isinstance(error, exc.DBAPIError):
        return StoreBroken(f"The database cannot be used: {place} ({type(error).__name__}). Report this, with the log.")
    if isinstance(error.orig, sqlite3.Error):
        return _of_sqlite(error.orig, place)
    return _of_postgres(error, place, committing)


def _of_sqlite(error: sqlite3.Error, place: str) -> LeadsmanError:
    primary = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if primary in _SQLITE_TEMPORARY:
        return StoreUnavailable(_SQLITE_TEMPORARY[primary].format(place=place))
    if primary in _SQLITE_DAMAGED:
        return StoreBroken(_DAMAGED.format(place=place))
    if primary == sqlite3.SQLITE_ERROR and str(error).startswith(("no such table", "no such column")):
        return NotConfigured(_NO_TABLES.format(place=place))
    name = getattr(error, "sqlite_errorname", type(error).__name__)
    return StoreBroken(
        f"The database refused a statement: {place} ({name}). Nothing was saved. Report this, with the log."
    )


def _of_postgres(error: exc.DBAPIError, place: str, committing: bool) -> LeadsmanError:
    state = code(error)
    if state in _POSTGRES_TEMPORARY:
        return StoreUnavailable(_POSTGRES_TEMPORARY[state].format(place=place))
    if state in _POSTGRES_WRONG:
        return NotConfigured(_POSTGRES_WRONG[state].format(place=place))
    if not state and isinstance(error, exc.ProgrammingError):
        return NotConfigured(
            "DATABASE_URL holds an option that Postgres' client does not know. Correct what stands after the question mark."
        )
    if state.startswith(("XX001", "XX002")):
        return StoreBroken(_DAMAGED.format(place=place))
    if error.connection_invalidated or state.startswith(("08", "57P")) or _never_connected(error, state):
        return StoreUnavailable(_AWAY.format(place=place), maybe_applied=committing)
    named = state or type(error.orig).__name__
    return StoreBroken(
        f"The database refused a statement: {place} ({named}). Nothing was saved. Report this, with the log."
    )


def _never_connected(error: exc.DBAPIError, state: str) -> bool:
    return isinstance(error, exc.OperationalError) and not state
