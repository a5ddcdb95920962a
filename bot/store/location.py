"""Where the database is: the address read, the file's disk checked, and the lock that keeps a second process out."""

import contextlib
import fcntl
import os
from pathlib import Path

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from bot.errors import NotConfigured, StoreTaken
from bot.store.errors import StoreUnavailable

NETWORK_DISKS = frozenset(
    {
        "nfs",
        "nfs4",
        "cifs",
        "smb3",
        "smbfs",
        "ceph",
        "glusterfs",
        "fuse.glusterfs",
        "fuse.sshfs",
        "lustre",
        "afs",
        "beegfs",
    }
)
"""File systems on which SQLite's locks or its shared memory cannot be relied on (sqlite.org/wal.html, /lockingv3.html)."""

_SCHEMES = "sqlite:///FILE or postgresql://USER@HOST/NAME"


def read_address(text: str) -> URL:
    """The address as SQLAlchemy knows it. Raises NotConfigured for one that cannot work, without its text: that may hold a password."""
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise NotConfigured(f"DATABASE_URL is no address of a database. Write {_SCHEMES}.") from None
    match url.drivername:
        case "sqlite" | "sqlite+pysqlite":
            if url.database in (None, "", ":memory:") or str(url.database).startswith("file:"):
                raise NotConfigured(
                    "DATABASE_URL names no file, and an audit log must outlive the process. Write sqlite:///leadsman.db."
                )
            return url.set(drivername="sqlite+pysqlite")
        case "postgresql" | "postgres" | "postgresql+psycopg":
            return url.set(drivername="postgresql+psycopg")
        case other:
            raise NotConfigured(f"DATABASE_URL begins with {other}:, which Leadsman does not know. Write {_SCHEMES}.")


def shown(url: URL) -> str:
    """The database's name for people and logs: the file, or host and database. Never the password or the query."""
    if url.get_backend_name() == "sqlite":
        return str(url.database)
    return f"{url.database or url.username or 'postgres'} at {url.host or 'the local server'}"


def disk_of(path: Path, mounts: str) -> str:
    """The type of the file system that `path` (absolute) lies on, by a text in the form of /proc/self/mounts; empty if unknown."""
    found, kind = -1, ""
    for line in mounts.splitlines():
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        point = fields[1].replace("\\040", " ")
        if path.is_relative_to(point) and len(point) >= found:
            found, kind = len(point), fields[2]
    return kind


def check_disk(path: Path) -> None:
    """Raise NotConfigured if the file would lie on a network file system, or its folder does not exist."""
    if not path.parent.is_dir():
        raise NotConfigured(
            f"The folder {path.parent} for the database does not exist. Create it, or change DATABASE_URL."
        )
    mounts = Path("/proc/self/mounts")
    kind = disk_of(path.resolve(), mounts.read_text()) if mounts.exists() else ""
    if kind in NETWORK_DISKS:
        raise NotConfigured(
            f"The database {path} lies on a network file system ({kind}), where SQLite can lose what it saved. "
            "Use a disk of this machine (in Kubernetes a ReadWriteOnce volume), or Postgres."
        )


def make_private(path: Path) -> None:
    """Create the file for its owner alone, for it holds names, addresses and what people typed. One that is there stays as it is."""
    with contextlib.suppress(OSError):  # whoever opens it next meets the same error, and has a sentence for it
        path.touch(mode=0o600)


class FileLock:
    """The lock file beside a SQLite database. The kernel drops the lock with the process, however that ends."""

    def __init__(self, database: Path) -> None:
        self._path = database.with_name(database.name + ".lock")
        self._file: int | None = None

    def take(self) -> None:
        """Raises StoreTaken, with the other's process id, if another process has it."""
        try:
            file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StoreUnavailable(f"The lock file {self._path} cannot be written: {error.strerror}.") from None
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            other = os.read(file, 20).decode(errors="replace") or "unknown"
            os.close(file)
            raise StoreTaken(
                f"Another Leadsman (process {other}) has the database of {self._path} open. "
                "Stop it first, or use Postgres if several shall run."
            ) from None
        self._file = file
        with contextlib.suppress(OSError):  # on a full disk the sentence above lacks the number, but the lock holds
            os.truncate(file, 0)
            os.write(file, str(os.getpid()).encode())

    def drop(self) -> None:
        """Let others in. The file stays: removing it would let two in."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
