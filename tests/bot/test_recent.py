"""Answers are kept for a while, and not for ever."""

import pytest

from bot import recent
from bot.clock import ManualClock
from bot.recent import Recent


async def test_only_so_many_answers_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent, "MOST", 2)
    asked: list[int] = []

    async def ask(key: int) -> int:
        asked.append(key)
        return key

    answers = Recent(ManualClock(), 60, ask)
    for key in [1, 2, 3, 3, 2, 1]:
        assert await answers.get(key, fresh=False) == key
    assert asked == [1, 2, 3, 1]


async def test_a_failure_is_not_kept() -> None:
    fails = [True, False]

    async def ask(_: str) -> str:
        if fails.pop(0):
            raise OSError
        return "yes"

    answers = Recent(ManualClock(), 60, ask)
    with pytest.raises(OSError):
        await answers.get("x", fresh=False)
    assert await answers.get("x", fresh=False) == "yes"
