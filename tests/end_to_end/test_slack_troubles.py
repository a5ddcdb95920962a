"""Slack in trouble: what was to be told is told in the end, once, and the rollout never waits for it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.playground.shop import FAILING, GOOD, RUNNING
from bot.playground.slack.faults import Faults
from tests.end_to_end.books import all_is_right, audit_is_sound
from tests.end_to_end.stage import Installation, Stage, staged

Trouble = Callable[[Faults], None]


def too_many_and_failing(faults: Faults) -> None:
    for method in ("chat.postMessage", "chat.update"):
        faults.rate_limit(method, retry_after=1)
        faults.status(method, 500)


def answers_lost(faults: Faults) -> None:
    faults.lose_answer("chat.postMessage", times=2)
    faults.lose_answer("chat.update")


async def ships(stage: Stage) -> None:
    """v1.4.2 goes live, and all of it is told."""
    await stage.type("alice", f"/deploy checkout {GOOD} prod")
    await stage.press("bob", "Approve")
    await stage.shows(f"{GOOD} is live")
    await stage.settled()


@pytest.mark.parametrize("trouble", [too_many_and_failing, answers_lost])
async def test_calls_that_fail_end_with_one_right_card_and_every_line_once(tmp_path: Path, trouble: Trouble) -> None:
    async with staged(tmp_path, Installation()) as stage:
        trouble(stage.slack.faults)
        await ships(stage)
        lines = stage.thread(stage.card())
        for once in ("alice started", "approval needed", "bob approved", "is live: all traffic"):
            assert len([line for line in lines if once in line]) == 1, (once, lines)
        await all_is_right(stage)


@pytest.mark.parametrize("code", ["channel_not_found", "not_in_channel"])
async def test_a_channel_that_takes_nothing_is_said_to_the_starter_and_holds_nothing_up(
    tmp_path: Path, code: str
) -> None:
    async with staged(tmp_path, Installation()) as stage:
        stage.slack.faults.error("chat.postMessage", code)
        await stage.type("alice", f"/deploy checkout {FAILING} prod")
        direct = stage.slack.directory.open_dm("U01ALICE001")

        async def told() -> bool:
            return any(code in stage.read(one) for one in stage.slack.messages(direct.id))

        await stage.until(told, "a word to alice")
        assert "Invite the app into the channel" in stage.read(stage.slack.messages(direct.id)[0])
        await stage.until(lambda: is_over(stage), "the end")
        assert len(stage.slack.messages(direct.id)) == 1
        assert stage.cards() == []
        assert await stage.store.untold(), "kept for when the app is invited"
        await audit_is_sound(stage)


async def is_over(stage: Stage) -> bool:
    return all(rollout.is_final for rollout in await stage.history())


async def test_a_rollout_turns_back_while_slack_is_away_and_all_of_it_is_told_afterwards(tmp_path: Path) -> None:
    async with staged(tmp_path, Installation()) as stage:
        await stage.type("alice", f"/deploy checkout {FAILING} prod")
        await stage.shows("10%")
        stage.slack.faults.status("*", 503, times=10_000)
        await stage.until(lambda: is_over(stage), "the end")
        assert "rolled back" not in stage.transcript()
        assert (await stage.get("/healthz"))[0] == 200
        stage.slack.faults.clear()
        card = await stage.shows(f"rolled back to {RUNNING}")
        await stage.says(card, f"All traffic is on {RUNNING}")
        await all_is_right(stage)
