"""The scheduler calls its jobs until it is stopped, and a job that fails is called again."""

import asyncio
import logging

import pytest

from bot.errors import Unreachable
from bot.scheduler import Scheduler


async def test_a_stop_cuts_a_running_job_short_without_a_failure_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    running, scheduler = asyncio.Event(), Scheduler()

    async def job() -> None:
        running.set()
        await asyncio.Event().wait()

    scheduler.every(0.01, "job", job)
    scheduler.start()
    await running.wait()
    scheduler.stop()
    for _ in range(5):
        await asyncio.sleep(0)

    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


@pytest.mark.parametrize("failure", [Unreachable("the database is away"), ValueError("a mistake of ours")])
async def test_a_job_that_fails_is_called_again(failure: Exception) -> None:
    times: list[int] = []
    again, scheduler = asyncio.Event(), Scheduler()

    async def job() -> None:
        times.append(1)
        if len(times) > 1:
            again.set()
        raise failure

    scheduler.every(0.01, "job", job)
    scheduler.start()
    await asyncio.wait_for(again.wait(), 10)
    scheduler.stop()
