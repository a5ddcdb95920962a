"""What somebody with full access to the database can do to the audit log, on both databases."""

import hashlib
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing

import psycopg

Execute = Callable[..., list[tuple]]


def tamper(address: str, edit: Callable[[Execute], None], *, hide: bool = True) -> None:
    """Switch the guards off, edit, and, to `hide` it, switch them on again as they were."""
    if address.startswith("sqlite"):
        _sqlite(address, edit, hide)
    else:
        _postgres(address, edit, hide)


def _sqlite(address: str, edit: Callable[[Execute], None], hide: bool) -> None:
    path = address.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:

        def execute(statement: str, *values: object) -> list[tuple]:
            return connection.execute(statement, values).fetchall()

        guards = execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        for name, _ in guards:
            execute(f"DROP TRIGGER {name}")
        edit(execute)
        for _, made in guards if hide else ():
            execute(made)


def _postgres(address: str, edit: Callable[[Execute], None], hide: bool) -> None:
    with psycopg.connect(address) as connection:

        def execute(statement: str, *values: object) -> list[tuple]:
            cursor = connection.execute(statement.replace("?", "%s"), values)
            return cursor.fetchall() if cursor.description else []

        guards = execute(
            "SELECT c.relname, t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
            "WHERE c.relname IN ('audit', 'audit_head') AND NOT t.tgisinternal"
        )
        for table, name in guards:
            execute(f"ALTER TABLE {table} DISABLE TRIGGER {name}")
        edit(execute)
        for table, name in guards if hide else ():
            execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")


def delete(*numbers: int) -> Callable[[Execute], None]:
    def edit(execute: Execute) -> None:
        for number in numbers:
            execute("DELETE FROM audit WHERE sequence = ?", number)

    return edit


def swap(one: int, other: int) -> Callable[[Execute], None]:
    def edit(execute: Execute) -> None:
        for source, place in ((one, -1), (other, one), (-1, other)):
            execute("UPDATE audit SET sequence = ? WHERE sequence = ?", place, source)

    return edit


def change(number: int, *, rehash: bool = False, **fields: object) -> Callable[[Execute], None]:
    """Write other words into an entry; `rehash`: with a hash that fits them."""

    def edit(execute: Execute) -> None:
        content = bytes(execute("SELECT content FROM audit WHERE sequence = ?", number)[0][0])
        _write(execute, number, {**json.loads(content), **fields}, rehash=rehash)

    return edit


def rewrite_from(first: int, **fields: object) -> Callable[[Execute], None]:
    """Write other words into one entry, and all that follow anew so that they fit."""

    def edit(execute: Execute) -> None:
        rows = execute("SELECT sequence, content FROM audit WHERE sequence >= ? ORDER BY sequence", first)
        previous = None
        for number, content in rows:
            body = json.loads(bytes(content))
            body.update(fields if number == first else {"previous": previous})
            previous = _write(execute, number, body, rehash=True)

    return edit


def fit_head(execute: Execute) -> None:
    """Let the head know what is last now."""
    execute("UPDATE audit_head SET sequence = (SELECT max(sequence) FROM audit)")
    execute("UPDATE audit_head SET hash = (SELECT hash FROM audit ORDER BY sequence DESC LIMIT 1)")


def fit_marks(execute: Execute) -> None:
    """Let every rollout remember what is its last now."""
    execute("UPDATE rollouts SET last_sequence = (SELECT max(sequence) FROM audit WHERE rollout_id = rollouts.id)")
    execute("UPDATE rollouts SET last_hash = (SELECT hash FROM audit WHERE sequence = rollouts.last_sequence)")


def _write(execute: Execute, number: int, body: dict, *, rehash: bool) -> str:
    content = json.dumps(body, sort_keys=True, separators=(",", ":")).encode()
    mark = hashlib.sha256(content).hexdigest()
    execute("UPDATE audit SET content = ? WHERE sequence = ?", content, number)
    if rehash:
        execute("UPDATE audit SET hash = ? WHERE sequence = ?", mark, number)
    return mark
