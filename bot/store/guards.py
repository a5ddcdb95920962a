"""The triggers that let the audit log only grow, for both databases, and the look whether they are still there.

The first migration makes them from `statements`. Whoever changes one here writes a migration that brings it to existing databases.
"""

from collections.abc import Iterator

from sqlalchemy import text
from sqlalchemy.engine import Connection

_SQLITE = {
    "audit_no_update": "BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log only grows'); END",
    "audit_no_delete": "BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log only grows'); END",
    "audit_no_reuse": (
        "BEFORE INSERT ON audit WHEN NEW.sequence <= (SELECT sequence FROM audit_head) "
        "BEGIN SELECT RAISE(ABORT, 'this number of the audit log was used before'); END"
    ),
    "audit_head_forward": (
        "BEFORE UPDATE ON audit_head WHEN NEW.id <> 1 OR NEW.sequence <= OLD.sequence "
        "BEGIN SELECT RAISE(ABORT, 'the head of the audit log only goes forward'); END"
    ),
    "audit_head_no_insert": "BEFORE INSERT ON audit_head BEGIN SELECT RAISE(ABORT, 'the head of the audit log only goes forward'); END",
    "audit_head_no_delete": "BEFORE DELETE ON audit_head BEGIN SELECT RAISE(ABORT, 'the head of the audit log only goes forward'); END",
}

_FUNCTIONS = {
    "leadsman_audit_grows": "BEGIN RAISE EXCEPTION 'the audit log only grows'; END",
    "leadsman_audit_number": (
        "BEGIN IF NEW.sequence <= (SELECT sequence FROM audit_head) "
        "THEN RAISE EXCEPTION 'this number of the audit log was used before'; END IF; RETURN NEW; END"
    ),
    "leadsman_audit_head": (
        "BEGIN IF NEW.id <> 1 OR NEW.sequence <= OLD.sequence "
        "THEN RAISE EXCEPTION 'the head of the audit log only goes forward'; END IF; RETURN NEW; END"
    ),
}

_POSTGRES = {  # name: (table, event, per row or per statement, function, the same as bits of pg_trigger.tgtype)
    "audit_no_update": ("audit", "UPDATE", "STATEMENT", "leadsman_audit_grows", 2 + 16),
    "audit_no_delete": ("audit", "DELETE", "STATEMENT", "leadsman_audit_grows", 2 + 8),
    "audit_no_truncate": ("audit", "TRUNCATE", "STATEMENT", "leadsman_audit_grows", 2 + 32),
    "audit_no_reuse": ("audit", "INSERT", "ROW", "leadsman_audit_number", 1 + 2 + 4),
    "audit_head_forward": ("audit_head", "UPDATE", "ROW", "leadsman_audit_head", 1 + 2 + 16),
    "audit_head_no_insert": ("audit_head", "INSERT", "STATEMENT", "leadsman_audit_grows", 2 + 4),
    "audit_head_no_delete": ("audit_head", "DELETE", "STATEMENT", "leadsman_audit_grows", 2 + 8),
    "audit_head_no_truncate": ("audit_head", "TRUNCATE", "STATEMENT", "leadsman_audit_grows", 2 + 32),
}

_TRIGGERS_OF_POSTGRES = text(
    "SELECT t.tgname, c.relname, t.tgtype, t.tgenabled::text, p.proname, p.prosrc, t.tgqual IS NULL "
    "FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid "
    "WHERE c.relname IN ('audit', 'audit_head') AND pg_table_is_visible(c.oid) AND NOT t.tgisinternal"
)


def statements(dialect: str) -> Iterator[str]:
    """The statements that make all guards in an audit log that has none. `dialect`: sqlite or postgresql."""
    if dialect == "sqlite":
        for name in _SQLITE:
            yield _sqlite_text(name)
        return
    for name, body in _FUNCTIONS.items():
        yield f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $${body}$$"
    for name, (table, event, each, function, _) in _POSTGRES.items():
        yield f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH {each} EXECUTE FUNCTION {function}()"
        # ALWAYS: also in a session that calls itself a replica
        yield f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}"


def broken(connection: Connection) -> tuple[str, ...]:
    """The names of the guards that are missing, switched off or not as they were made."""
    if connection.dialect.name == "sqlite":
        rows = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"))
        there = {row[0]: row[1] for row in rows}
        return tuple(name for name in _SQLITE if there.get(name) != _sqlite_text(name))
    found = {row[0]: tuple(row[1:]) for row in connection.execute(_TRIGGERS_OF_POSTGRES)}
    return tuple(
        name
        for name, (table, _, _, function, bits) in _POSTGRES.items()
        if found.get(name) != (table, bits, "A", function, _FUNCTIONS[function], True)
    )


def _sqlite_text(name: str) -> str:
    return f"CREATE TRIGGER {name} {_SQLITE[name]}"
