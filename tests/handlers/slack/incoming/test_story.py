"""People steer a rollout from Slack."""

import io
from pathlib import Path

import aiohttp
import pytest

from handlers.slack.manifest import METHODS
from strategies.model import Outcome
from tests.handlers.slack.incoming.bot import Bot, running


async def test_a_version_is_deployed_promoted_approved_and_goes_live(bot: Bot) -> None:
    rollout = await bot.deployed()
    await bot.press("alice", "rollout.promote")
    await bot.asked()
    await bot.press("bob", "ask.approve")
    await bot.paused(50)
    await bot.type("alice", "/promote checkout")
    ended = await bot.ended(rollout)
    assert ended.outcome is Outcome.HEALTHY
    assert "Started: checkout v1.4.2 to prod." in await bot.told("alice", "Started")
    await bot.shows("is live")


async def test_what_slack_did_not_sign_reaches_nobody(bot: Bot) -> None:
    body = "command=%2Fdeploy&text=checkout+v1.4.2+prod&user_id=U01ALICE001&trigger_id=1"
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    async with aiohttp.ClientSession() as session:
        async with session.post(bot.front.address, data=body, headers=headers) as answer:
            assert answer.status == 401
        async with session.post(bot.front.address, data=io.BytesIO(b"x" * 3_000_000), headers=headers) as answer:
            assert answer.status == 413
    assert await bot.core.store.inbox_pending(10) == ()


@pytest.mark.parametrize("socket_mode", [False, True], ids=["http", "socket"])
async def test_a_proxy_of_the_environment_is_not_asked_for_what_is_on_this_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, socket_mode: bool
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    async with running(tmp_path, socket_mode=socket_mode) as bot:
        await bot.until(bot.is_ready)
        await bot.type("alice", "/rollout help")
        await bot.told("alice", "What can be typed")


async def test_only_methods_of_the_manifest_are_called(bot: Bot) -> None:
    await bot.deployed()
    await bot.press("bob", "rollout.details")
    await bot.view("bob")
    assert {call.method for call in bot.slack.calls} <= set(METHODS)
