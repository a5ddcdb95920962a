"""The scheduler: APScheduler calls a few periodic jobs and holds no truth. What is due stands in the database."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from apscheduler.executors.asyncio import AsyncIOExecutor
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from bot.errors import LeadsmanError

log = structlog.get_logger("scheduler")

Job = Callable[[], Awaitable[object]]


class Scheduler:
    """Runs jobs at intervals of real seconds: one run of each at a time, late ones once, none dropped for being late."""

    def __init__(self) -> None:
        self._scheduler = AsyncIOScheduler(
            jobstores={"default": MemoryJobStore()},
            executors={"default": AsyncIOExecutor()},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            timezone="UTC",
        )

    def every(self, seconds: float, name: str, job: Job) -> None:
        """Call `job` every so many seconds from the start on. A job that fails is logged and called again next time."""

        async def guarded() -> None:
            try:
                await job()
            except asyncio.CancelledError:
                log.debug("a job was cut short by the stop", job=name)
            except LeadsmanError as error:
                log.warning("a job did not get through; it runs again", job=name, error=str(error))
            except Exception:
                log.exception("a job failed; it runs again", job=name)

        self._scheduler.add_job(guarded, IntervalTrigger(seconds=seconds), id=name, name=name)

    def start(self) -> None:
        """Begin calling."""
        self._scheduler.start()

    def stop(self) -> None:
        """Call nothing any more; runs under way finish by themselves."""
        self._scheduler.shutdown(wait=False)
