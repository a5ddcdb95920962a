"""Socket Mode: events flow, and flow again after every way in which a connection can end."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from handlers.slack import socket
from tests.handlers.slack.incoming.bot import Bot, running
from tests.handlers.slack.patience import budget


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[Bot]:
    async with running(tmp_path, socket_mode=True) as started:
        yield started


async def connected(bot: Bot) -> None:
    async def is_up() -> bool:
        return not bot.front.missing() and bot.slack.sockets.count == 1

    await bot.until(is_up)


def test_the_longest_wait_between_two_attempts_leaves_half_a_minute_for_events_to_flow_again() -> None:
    assert socket.GRACE + socket.LONGEST < 20
    assert socket.PING < socket.GRACE


async def refused(bot: Bot) -> None:
    async def was() -> bool:
        return not bot.slack.faults.refused_handshakes

    await bot.until(was)


async def hears(bot: Bot) -> None:
    """A command is acknowledged and answered."""
    before = len(bot.private("alice"))
    assert (await bot.type("alice", "/rollout help")).acked

    async def answered() -> bool:
        return len(bot.private("alice")) > before

    await bot.until(answered)


async def test_a_rollout_is_steered_over_a_socket(bot: Bot) -> None:
    await connected(bot)
    await bot.deployed()
    await bot.press("alice", "rollout.promote")
    await bot.asked()
    await bot.press("bob", "ask.approve")
    await bot.paused(50)
    await bot.type("alice", "/abort checkout")
    view = await bot.view("alice")
    await bot.slack.submit("alice", view["id"], {"reason": "too slow"})
    await bot.form_closes("alice")
    await bot.shows("rolled back")


async def test_events_flow_again_after_a_refused_handshake(bot: Bot) -> None:
    await connected(bot)
    with budget(socket, "GRACE", 1.0):
        bot.slack.faults.refused_handshakes = 1
        bot.slack.sockets.drop()
        await refused(bot)
        await connected(bot)
        await hears(bot)


async def test_a_connection_that_slack_gives_up_is_replaced(bot: Bot) -> None:
    await connected(bot)
    for reason in ("refresh_requested", "warning"):
        total = bot.slack.sockets.total
        await bot.slack.sockets.ask_to_leave(reason)
        await bot.slack.sockets.opened(total + 1)
        await connected(bot)
    await hears(bot)


async def test_without_a_connection_the_bot_says_what_is_missing_and_it_comes_back(tmp_path: Path) -> None:
    async with running(tmp_path, socket_mode=True) as bot:
        await connected(bot)
        bot.slack.faults.status("apps.connections.open", 503, times=3)
        with budget(socket, "GRACE", 1.0):
            bot.slack.sockets.drop()

            async def down() -> bool:
                return "the connection to Slack" in bot.front.missing()

            await bot.until(down)
            await connected(bot)
            await hears(bot)
