"""The queue before the one thread that writes SQLite: what came while a commit was under way is taken together, and committed together.

A durable commit waits for the disk, mostly longer than its statements take. When many rollouts move at once, the waits would add up
and a delivery of Slack's would stand in line behind them; shared, one wait serves all that wait. What is to be acknowledged
to Slack goes before everything else.
"""

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from threading import Lock
from typing import Any

from sqlmodel import Session

MOST = 8
"""How many are committed together at most: beyond that their own statements take longer than the wait that is saved."""


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """A piece of work, its name for the witness, and where its result is waited for."""

    what: str
    work: Callable[[Session], Any]
    future: "Future[Any]"

    def settle(self, call: Callable[[], Any]) -> None:
        """Give the future what the call returns or raises."""
        try:
            result = call()
        except Exception as error:  # noqa: BLE001 - whoever waits for the job is told, whatever it is
            self.future.set_exception(error)
        else:
            self.future.set_result(result)


class Queue:
    """Hands jobs to `run` in their order, as many at once as wait, from the executor's one thread."""

    def __init__(self, executor: Executor, run: Callable[[Sequence[Job]], None]) -> None:
        self._executor = executor
        self._run = run
        self._lock = Lock()
        self._first: deque[Job] = deque()
        self._waiting: deque[Job] = deque()

    def put(self, what: str, work: Callable[[Session], Any], *, first: bool = False) -> "Future[Any]":
        """Add a job, behind all that wait or, `first`, before those that are not.

        Raises RuntimeError if the executor was shut down; then it is not run.
        """
        job = Job(what, work, Future())
        with self._lock:
            self._executor.submit(self._take)
            (self._first if first else self._waiting).append(job)
        return job.future

    def _take(self) -> None:
        with self._lock:
            line = self._first or self._waiting
            taken = [line.popleft() for _ in range(min(MOST, len(line)))]
        jobs = [job for job in taken if job.future.set_running_or_notify_cancel()]
        if jobs:
            self._run(jobs)
