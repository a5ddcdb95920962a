"""Acts at one moment share a question to Slack, and none of them an answer that is older than itself."""

import asyncio

import pytest

from handlers.slack.shared import Shared


class Oracle:
    """Answers with the number of the question, when it is let."""

    def __init__(self) -> None:
        self.asked = 0
        self.free = asyncio.Event()
        self.failing = False

    async def ask(self) -> int:
        self.asked += 1
        number = self.asked
        await self.free.wait()
        if self.failing:
            raise OSError("no answer")
        return number


async def test_who_asks_while_a_question_is_under_way_shares_the_next_one() -> None:
    oracle = Oracle()
    shared = Shared(oracle.ask)
    first = asyncio.create_task(shared.get())
    while not oracle.asked:
        await asyncio.wait({first}, timeout=0.01)
    later = [asyncio.create_task(shared.get()) for _ in range(20)]
    await asyncio.wait(later, timeout=0.01)
    assert oracle.asked == 1
    oracle.free.set()
    assert await first == 1
    assert set(await asyncio.gather(*later)) == {2} and oracle.asked == 2
    assert await shared.get() == 3


async def test_an_error_reaches_all_who_asked_and_the_next_question_is_a_new_one() -> None:
    oracle = Oracle()
    oracle.failing = True
    oracle.free.set()
    shared = Shared(oracle.ask)
    results = await asyncio.gather(shared.get(), shared.get(), return_exceptions=True)
    assert [type(result) for result in results] == [OSError, OSError] and oracle.asked == 1
    oracle.failing = False
    assert await shared.get() == 2


async def test_somebody_who_stops_waiting_takes_nothing_from_the_others() -> None:
    oracle = Oracle()
    shared = Shared(oracle.ask)
    one, two = asyncio.create_task(shared.get()), asyncio.create_task(shared.get())
    await asyncio.wait({one}, timeout=0.01)
    one.cancel()
    oracle.free.set()
    assert await two == 1
    with pytest.raises(asyncio.CancelledError):
        await one
