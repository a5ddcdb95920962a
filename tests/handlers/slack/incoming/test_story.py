"""People steer a rollout from Slack."""

from strategies.model import Outcome
from tests.handlers.slack.incoming.bot import Bot


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
