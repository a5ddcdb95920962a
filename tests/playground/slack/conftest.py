"""A served workspace, the real client against it, and a real Bolt app in both of its modes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.clock import PlaygroundClock
from bot.playground.slack import Workspace

SCOPES = {
    "app_mentions:read",
    "channels:history",
    "channels:join",
    "channels:read",
    "chat:write",
    "commands",
    "files:read",
    "files:write",
    "im:write",
    "pins:write",
    "reactions:write",
    "team:read",
    "usergroups:read",
    "users:read",
    "users:read.email",
}
PATIENCE = 60.0
"""Real seconds after which what a test waits for does not come any more."""

SECRET, BOT, APP = "8f742231b10e8888abcd99yyyzzz85a5", "xoxb-playground", "xapp-playground"


class HandClock(PlaygroundClock):
    """A clock whose real time tests push on by hand; it never runs by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.at = 1000.0

    def real(self) -> float:
        return self.at


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Slack's client would send even what is meant for this machine through a proxy."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def workspace(clock: HandClock) -> AsyncIterator[Workspace]:
    made = Workspace(
        clock,
        signing_secret=SECRET,
        bot_token=BOT,
        app_token=APP,
        scopes=SCOPES,
        events=("app_mention", "app_home_opened"),
    )
    made.records.files.delay = 0.0
    made.courier.budget = PATIENCE
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
def client(workspace: Workspace) -> AsyncWebClient:
    return AsyncWebClient(BOT, base_url=workspace.records.base + "/api/")


@pytest.fixture
def bolt(client: AsyncWebClient) -> AsyncApp:
    """An app that acknowledges when its listener has ended, for otherwise Bolt itself waits three seconds and no longer."""
    return AsyncApp(client=client, signing_secret=SECRET, process_before_response=True)


@asynccontextmanager
async def over_http(bolt: AsyncApp, workspace: Workspace) -> AsyncIterator[AsyncApp]:
    runner = web.AppRunner(bolt.web_app("/slack/events"))
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        workspace.events_url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
        yield bolt
    finally:
        await runner.cleanup()


@asynccontextmanager
async def over_socket(bolt: AsyncApp, workspace: Workspace) -> AsyncIterator[AsyncApp]:
    handler = AsyncSocketModeHandler(bolt, APP)
    await handler.connect_async()  # type: ignore[no-untyped-call]
    try:
        await workspace.sockets.opened()
        yield bolt
    finally:
        await handler.close_async()  # type: ignore[no-untyped-call]


@pytest.fixture(params=[over_http, over_socket])
async def connected(request: pytest.FixtureRequest, bolt: AsyncApp, workspace: Workspace) -> AsyncIterator[AsyncApp]:
    """The Bolt app, reached by signed requests and then by Socket Mode."""
    async with request.param(bolt, workspace):
        yield bolt


@pytest.fixture
async def served(bolt: AsyncApp, workspace: Workspace) -> AsyncIterator[AsyncApp]:
    """The Bolt app, reached by signed requests."""
    async with over_http(bolt, workspace):
        yield bolt
