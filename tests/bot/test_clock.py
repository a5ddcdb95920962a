"""Two times, one door."""

import asyncio
import itertools
from datetime import UTC, datetime, timedelta

import pytest

from bot.clock import ManualClock, SystemClock


async def test_sleepers_wake_in_the_order_of_their_times_and_see_that_time():
    clock, woken = ManualClock(), []

    async def sleeper(name: str, seconds: float) -> None:
        await clock.sleep(seconds)
        woken.append((name, clock.monotonic()))

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(sleeper("late", 10))
        tasks.create_task(sleeper("early", 1))
        tasks.create_task(sleeper("tie", 10))
        await clock.advance(60)
    assert woken == [("early", 1), ("late", 10), ("tie", 10)]


async def test_a_sleeper_that_lies_down_again_wakes_within_the_same_stretch():
    clock, ticks = ManualClock(), []

    async def tick() -> None:
        while len(ticks) < 3:
            await clock.real_sleep(5)
            ticks.append(clock.now())

    task = asyncio.create_task(tick())
    await clock.advance(14.9)
    assert len(ticks) == 2
    assert clock.sleeping == 1
    await clock.advance(0.1)
    await task
    assert [(b - a).total_seconds() for a, b in itertools.pairwise(ticks)] == [5, 5]


async def test_nobody_wakes_before_the_clock_is_moved_and_a_cancelled_sleeper_is_forgotten():
    clock = ManualClock()
    task = asyncio.create_task(clock.sleep(1))
    await clock.advance(0.5)
    assert not task.done()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await clock.advance(10)
    assert clock.sleeping == 0
    await asyncio.wait_for(clock.sleep(0), 1)


def test_a_wall_clock_that_is_set_counts_as_a_jump_once_and_small_corrections_do_not():
    clock = ManualClock()
    assert not clock.jumped()
    clock.jump(1.9)
    assert not clock.jumped()
    clock.jump(-3600)
    assert clock.jumped()
    assert not clock.jumped()


async def test_time_that_passes_is_no_jump():
    clock = ManualClock()
    await clock.advance(3600)
    assert not clock.jumped()


def test_an_unscaled_system_clock_shows_the_wall_and_does_not_jump_by_itself():
    clock = SystemClock()
    before = clock.wall()
    assert before <= clock.now() <= clock.wall()
    assert clock.now().utcoffset() == timedelta(0)
    assert not clock.jumped()


def test_a_scaled_clock_started_again_from_the_same_origin_goes_on_where_it_was():
    origin = datetime.now(UTC) - timedelta(minutes=10)
    first, second = SystemClock(60, origin), SystemClock(60, origin)
    assert first.now() - origin >= timedelta(hours=10)
    before = first.now()
    assert before - timedelta(minutes=2) < second.now() < first.now() + timedelta(minutes=2)
    assert second.now() > second.wall()


async def test_scaled_sleep_is_shorter_than_it_says_and_real_sleep_is_not_scaled():
    clock = SystemClock(1000)
    start = clock.monotonic()
    await clock.sleep(200)
    scaled = clock.monotonic() - start
    start = clock.monotonic()
    await clock.real_sleep(0.05)
    assert 0.15 < scaled < 200
    assert clock.monotonic() - start >= 0.045
