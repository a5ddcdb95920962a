"""A served workspace and the real client against it."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.config.settings import Settings
from bot.playground.clock import PlaygroundClock
from bot.playground.slack import SlashCommand, Workspace
from handlers.slack.client import slack_client
from handlers.slack.directory import SlackDirectory
from handlers.slack.manifest import scopes
from tests.handlers.slack.incoming.bot import Bot, running

SECRET, BOT, APP = "8f742231b10e8888abcd99yyyzzz85a5", "xoxb-playground", "xapp-playground"


@pytest.fixture
async def workspace() -> AsyncIterator[Workspace]:
    made = Workspace(
        PlaygroundClock(),
        signing_secret=SECRET,
        bot_token=BOT,
        app_token=APP,
        scopes=scopes(),
        commands=[SlashCommand(f"/{name}", name) for name in ("deploy", "promote", "abort", "rollback", "rollout")],
    )
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
def settings(workspace: Workspace) -> Settings:
    found = Settings.from_environ(
        {
            "SLACK_BOT_TOKEN": BOT,
            "SLACK_SIGNING_SECRET": SECRET,
            "SLACK_API_URL": workspace.records.base + "/api/",
            "LEADSMAN_LISTEN": "127.0.0.1:0",
        }
    )
    assert isinstance(found, Settings)
    return found


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as made:
        yield made


@pytest.fixture
def client(settings: Settings, session: aiohttp.ClientSession) -> AsyncWebClient:
    return slack_client(settings, session)


@pytest.fixture
def directory(client: AsyncWebClient) -> SlackDirectory:
    return SlackDirectory(client)


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[Bot]:
    async with running(tmp_path) as started:
        yield started
