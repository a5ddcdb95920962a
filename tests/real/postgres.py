"""A real Postgres: the one of $TEST_PG_DSN, or one of our own on a free socket; each test gets a database of its
own."""

import contextlib
import glob
import os
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
from psycopg import sql

from tests.real import require

STARTS_WITHIN = "120"
"""Real seconds, also to stop."""


@contextlib.contextmanager
def real_postgres() -> Iterator[str]:
    """The address (libpq's URL form) of a running server, on whose `postgres` database we may create others."""
    given = os.environ.get("TEST_PG_DSN")
    if given:
        yield given
        return
    programs = sorted(glob.glob("/usr/lib/postgresql/*/bin")) or [str(Path(shutil.which("initdb") or "").parent)]
    if not (Path(programs[-1]) / "initdb").exists():
        require("postgres")
    folder = Path(tempfile.mkdtemp(prefix="leadsman-pg-"))
    try:
        with _running(Path(programs[-1]), folder):
            yield f"postgresql://postgres@/postgres?host={folder}"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _running(programs: Path, folder: Path) -> Iterator[None]:
    """Our own server in this folder, on a socket only. It refuses to run as root, so root hands it to the user
    postgres."""
    prefix = []
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
        prefix = ["runuser", "-u", "postgres", "--"]
    data, log = folder / "data", folder / "log"
    settings = f"-c listen_addresses='' -c unix_socket_directories={folder} -c max_connections=100 -c fsync=off"
    control = [*prefix, str(programs / "pg_ctl"), "-D", str(data), "-w", "-t", STARTS_WITHIN, "-l", str(log)]
    setup = [*prefix, str(programs / "initdb"), "-D", str(data), "-U", "postgres", "-A", "trust", "-N"]
    subprocess.run(setup, check=True, stdout=subprocess.DEVNULL, cwd=folder)
    subprocess.run([*control, "-o", settings, "start"], check=True, stdout=subprocess.DEVNULL, cwd=folder)
    try:
        yield
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], check=True, stdout=subprocess.DEVNULL, cwd=folder)


@contextlib.contextmanager
def fresh_database(server: str) -> Iterator[str]:
    """The address of a new, empty database, which is dropped at the end, with whoever is still connected."""
    name = f"leadsman_{uuid.uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        yield _named(server, name)
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _named(server: str, name: str) -> str:
    """The same server's address with another database."""
    address, question, query = server.partition("?")
    scheme, _, rest = address.partition("://")
    return f"{scheme}://{rest.split('/')[0]}/{name}{question}{query}"
