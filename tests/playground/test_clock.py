"""The time of a story: as fast as it is told to be, but never faster than what is played in it can keep up with."""

import asyncio
import time

from bot.clock import GuestClock
from bot.playground.clock import StoryClock

SPEED = 60.0
HELD_UP = 0.3
"""Real seconds."""


def stand_still() -> None:
    """As a machine does that has other things to do."""
    time.sleep(HELD_UP)


async def test_while_the_machine_does_something_else_a_storys_time_stands_still() -> None:
    clock = StoryClock(SPEED)
    before = clock.now()
    stand_still()
    assert (clock.now() - before).total_seconds() < HELD_UP * SPEED / 2


async def test_who_sleeps_through_that_sleeps_on_until_its_time_has_come() -> None:
    clock = StoryClock(SPEED)
    before = clock.now()
    sleeping = asyncio.create_task(clock.sleep(6))
    await asyncio.sleep(0)
    stand_still()
    await sleeping
    assert (clock.now() - before).total_seconds() >= 6


async def test_the_bot_of_a_demo_lives_in_the_time_of_its_world() -> None:
    world = StoryClock(SPEED)
    guest = GuestClock(world)
    before = world.now()
    await guest.sleep(6)
    seen = guest.now()
    assert (seen - before).total_seconds() >= 6
    assert seen <= world.now()
