"""The way to the database: one writing thread for SQLite, a small pool for Postgres, the same synchronous code for both.

A piece of work is a function of a session. It runs in one transaction, in a thread, and either all of it is saved or nothing. It may
be run again after a deadlock, so it has no effect but on the session. A caller that is cancelled does not stop it. On SQLite, works
that wait at the same moment share a commit, each in a savepoint of its own.
"""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import create_engine, event, exc
from sqlalchemy.engine import URL, Connection, Engine
from sqlmodel import Session

from bot.errors import NotConfigured
from bot.store import failures
from bot.store.errors import StoreUnavailable
from bot.store.location import FileLock, check_disk, make_private, read_address, shown
from bot.store.writing import Job, Queue

T = TypeVar("T")
Witness = Callable[[str], None]

READERS = 4
"""Threads that read SQLite beside the one that writes."""
POOL = 8
"""Connections to Postgres, and threads to use them."""
WAIT = 5
"""Real seconds to wait for a lock or a connection."""
_ATTEMPTS = 4


class Database:
    """An open database. `witness` is told `before:WHAT` and `after:WHAT` around every commit, in the thread that commits."""

    def __init__(self, address: str, *, read_only: bool = False, witness: Witness | None = None) -> None:
        url = read_address(address)
        self.place = shown(url)
        self.is_sqlite = url.get_backend_name() == "sqlite"
        self._witness = witness or (lambda what: None)
        self._lock: FileLock | None = None
        if self.is_sqlite:
            self._open_file(url, read_only)
        else:
            self._open_server(url, read_only)

    def _open_file(self, url: URL, read_only: bool) -> None:
        path = Path(str(url.database)).absolute()
        check_disk(path)
        if read_only and not path.exists():
            raise NotConfigured(f"There is no database {path}. Start Leadsman once, or correct DATABASE_URL.")
        if not read_only:
            self._lock = FileLock(path)
            self._lock.take()
            make_private(path)
        self._writer = _sqlite(url, 1, "BEGIN IMMEDIATE", read_only=read_only)
        self._reader = _sqlite(url, READERS, "BEGIN", read_only=True)
        self._writing = ThreadPoolExecutor(1, "store-write")
        self._reading = ThreadPoolExecutor(READERS, "store-read")
        self._queue: Queue | None = Queue(self._writing, self._run_jobs)

    def _open_server(self, url: URL, read_only: bool) -> None:
        self._writer = self._reader = _postgres(url, read_only)
        self._writing = self._reading = ThreadPoolExecutor(POOL, "store")
        self._queue = None

    async def write(self, what: str, work: Callable[[Session], T], *, first: bool = False) -> T:
        """Run the work in one transaction and save it; `first`: before other works that wait.

        Raises what the work raises, or what `failures` makes of the driver's error.
        """
        if self._queue is not None:
            return await self._answer(partial(self._queue.put, what, work, first=first))
        return await self._in(self._writing, lambda: self._transact(what, work))

    async def read(self, work: Callable[[Session], T]) -> T:
        """Run the work on one unmoving picture of the database. Nothing it does is saved."""
        return await self._in(self._reading, lambda: self._look(work))

    async def run(self, work: Callable[[Engine], T]) -> T:
        """Run the work with the writing engine itself: for migrations."""
        return await self._in(self._writing, lambda: self._guarded(lambda: work(self._writer)))

    async def close(self) -> None:
        """Wait for what runs, close all connections, let the next process in. Anything asked afterwards is refused."""
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        for executor in (self._writing, self._reading):
            executor.shutdown(wait=True)
        for engine in (self._reader, self._writer):
            engine.dispose()
        if self._lock is not None:
            self._lock.drop()

    async def _in(self, executor: ThreadPoolExecutor, call: Callable[[], T]) -> T:
        return await self._answer(partial(executor.submit, call))

    async def _answer(self, submit: Callable[[], "Future[T]"]) -> T:
        try:
            future = submit()
        except RuntimeError:
            raise StoreUnavailable(f"The database was closed: {self.place}. Leadsman is stopping.") from None
        return await asyncio.wrap_future(future)

    def _run_jobs(self, jobs: Sequence[Job]) -> None:
        if len(jobs) > 1 and self._together(jobs):
            return
        for job in jobs:
            job.settle(partial(self._transact, job.what, job.work))

    def _together(self, jobs: Sequence[Job]) -> bool:
        """Save them with one commit, but for those that raise. False: the database failed before that, so each is run by itself."""
        committing = False
        try:
            with self._writer.begin() as connection:
                parts = [self._part(connection, job) for job in jobs]
                committing = True
        except (exc.DBAPIError, exc.TimeoutError) as error:
            lost = failures.translate(error, self.place, committing=True)
            for job in jobs if committing else ():
                job.future.set_exception(lost)
            return committing
        for job, part in zip(jobs, parts, strict=True):
            job.settle(partial(self._committed, job, part))
        return True

    def _part(self, connection: Connection, job: Job) -> "Future[Any]":
        """Run one of several in a savepoint. What it comes to is told only after the commit, for it may rest on the others."""
        part: Future[Any] = Future()
        try:
            with Session(connection, expire_on_commit=False, join_transaction_mode="create_savepoint") as session:
                result = job.work(session)
                session.flush()
                self._witness(f"before:{job.what}")
                session.commit()
        except (exc.DBAPIError, exc.TimeoutError):
            raise
        except Exception as error:  # noqa: BLE001 - whatever it raises is its caller's
            part.set_exception(error)
        else:
            part.set_result(result)
        return part

    def _committed(self, job: Job, part: "Future[Any]") -> Any:
        result = part.result()
        self._witness(f"after:{job.what}")
        return result

    def _transact(self, what: str, work: Callable[[Session], T]) -> T:
        for left in reversed(range(_ATTEMPTS)):
            committing = False
            try:
                with Session(self._writer, expire_on_commit=False) as session:
                    result = work(session)
                    session.flush()
                    self._witness(f"before:{what}")
                    committing = True
                    session.commit()
                self._witness(f"after:{what}")
            except exc.DBAPIError as error:
                if not left or failures.code(error) not in failures.RETRIED:
                    raise failures.translate(error, self.place, committing=committing) from None
            except exc.TimeoutError as error:
                raise failures.translate(error, self.place) from None
            else:
                return result
        raise AssertionError("the last attempt returns or raises")

    def _look(self, work: Callable[[Session], T]) -> T:
        def look() -> T:
            with Session(self._reader) as session:
                if not self.is_sqlite:
                    session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
                return work(session)

        return self._guarded(look)

    def _guarded(self, call: Callable[[], T]) -> T:
        try:
            return call()
        except (exc.DBAPIError, exc.TimeoutError) as error:
            raise failures.translate(error, self.place) from None


def _sqlite(url: URL, size: int, begin: str, *, read_only: bool) -> Engine:
    """An engine that opens transactions itself: the driver's own habit is to begin late and to end them around DDL."""
    engine = create_engine(
        url, pool_size=size, max_overflow=0, pool_timeout=WAIT, hide_parameters=True, connect_args={"timeout": WAIT}
    )

    @event.listens_for(engine, "connect")
    def settings(connection: Any, _: object) -> None:
        connection.isolation_level = None
        if not read_only:
            connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute(f"PRAGMA query_only={'ON' if read_only else 'OFF'}")

    @event.listens_for(engine, "begin")
    def begin_now(connection: Any) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _postgres(url: URL, read_only: bool) -> Engine:
    given = {"connect_timeout": str(WAIT), "tcp_user_timeout": "15000", "application_name": "leadsman"}
    try:
        engine = create_engine(
            url.set(query={**given, **url.query}),
            pool_size=POOL,
            max_overflow=0,
            pool_timeout=WAIT,
            pool_pre_ping=True,
            hide_parameters=True,
        )
    except exc.ArgumentError:
        raise NotConfigured(
            "DATABASE_URL holds a host or port that Postgres' client does not understand. Correct it."
        ) from None
    except ModuleNotFoundError:
        raise NotConfigured(
            "The driver for Postgres is not installed. Run `pip install 'leadsman[postgres]'`."
        ) from None

    @event.listens_for(engine, "connect")
    def settings(connection: Any, _: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = '15s'")
            cursor.execute(f"SET lock_timeout = '{WAIT}s'")
            cursor.execute("SET idle_in_transaction_session_timeout = '60s'")
            cursor.execute(f"SET default_transaction_read_only = {'on' if read_only else 'off'}")
        connection.commit()

    return engine
