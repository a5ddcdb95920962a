"""The stories of the demo act only through what people see: here before an app that is no bot, but says what one would say."""

import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs

import aiohttp
import pytest
from aiohttp import web

from bot.playground.clock import PlaygroundClock
from bot.playground.prometheus import Fault
from bot.playground.scenarios import CHANNEL, SCENARIOS, play
from bot.playground.world import BOT_TOKEN, Playground


class SayingApp:
    """Answers a command with a card that has a button, and a press as told."""

    def __init__(self, slack: str) -> None:
        self.slack = slack
        self.commands: list[tuple[str, str]] = []
        self.presses: list[str] = []

    async def handle(self, request: web.Request) -> web.Response:
        given = parse_qs(await request.text())
        if "payload" not in given:
            self.commands.append((given["user_name"][0], f"{given['command'][0]} {given['text'][0]}"))
            await self.says(*self.answer(given["text"][0]))
            return web.Response()
        pressed = json.loads(given["payload"][0])["user"]
        self.presses.append(pressed["username"])
        await self.pressed(pressed["id"], pressed["username"])
        return web.Response()

    def answer(self, text: str) -> tuple[str, str]:
        return ("", "Approve to 50%") if "v1.4.2" in text else ("rolled back to v1.4.1", "Details")

    async def pressed(self, user: str, name: str) -> None:
        if name == "bob":
            await self.says("v1.4.2 is live", "Details")
        else:
            await self.call("chat.postEphemeral", user=user, text="Not approved. Nothing changed.")

    async def says(self, text: str, label: str) -> None:
        button = {"type": "button", "action_id": "a", "text": {"type": "plain_text", "text": label}}
        heading = {"type": "header", "text": {"type": "plain_text", "text": text or "approval needed"}}
        await self.call("chat.postMessage", text="news", blocks=[heading, {"type": "actions", "elements": [button]}])

    async def call(self, method: str, **fields: Any) -> None:
        headers = {"Authorization": f"Bearer {BOT_TOKEN}"}
        body = {"channel": "C01DEPLOYS1", **fields}
        async with aiohttp.request("POST", f"{self.slack}/api/{method}", json=body, headers=headers) as answer:
            assert (await answer.json())["ok"]


@pytest.fixture
async def playground() -> AsyncIterator[Playground]:
    made = Playground(PlaygroundClock(100), scopes={"chat:write"}, commands=())
    yield made
    await made.stop()


@pytest.fixture
async def app(playground: Playground) -> AsyncIterator[SayingApp]:
    addresses = await playground.start()
    saying = SayingApp(addresses.slack)
    served = web.Application()
    served.router.add_post("/slack/events", saying.handle)
    runner = web.AppRunner(served, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    playground.slack.events_url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    yield saying
    await runner.cleanup()


async def test_in_the_good_story_alice_deploys_and_bob_approves(playground: Playground, app: SayingApp) -> None:
    await play(SCENARIOS["good"], playground)

    assert app.commands == [("alice", "/deploy checkout v1.4.2 prod")]
    assert app.presses == ["bob"]


async def test_in_the_gate_story_two_try_in_vain_before_bob(playground: Playground, app: SayingApp) -> None:
    await play(SCENARIOS["gate"], playground)

    assert app.presses == ["carol", "dave", "bob"]


@pytest.mark.parametrize("name", ["errors", "slow", "no-data", "crash-loop", "argo-analysis-fails"])
async def test_a_bad_version_needs_nobody_to_turn_back(playground: Playground, app: SayingApp, name: str) -> None:
    await play(SCENARIOS[name], playground)

    assert app.presses == []
    assert "rolled back to v1.4.1" in json.dumps(playground.slack.messages(CHANNEL))


async def test_a_story_says_what_prometheus_does_all_the_while(playground: Playground) -> None:
    SCENARIOS["prometheus-down"].prepare(playground)
    assert playground.prometheus.fault is Fault.UNAVAILABLE

    SCENARIOS["good"].prepare(playground)
    assert playground.prometheus.fault is None


def test_a_story_tells_what_to_type_first() -> None:
    assert SCENARIOS["argo-analysis-fails"].typed == "/deploy checkout v1.5.0 prod"


def test_every_story_ends_as_a_demo_says_it() -> None:
    assert {story.ending for story in SCENARIOS.values()} == {
        "checkout/prod: Healthy v1.4.2",
        "checkout/prod: Degraded",
    }
    assert all(name == story.name and story.about for name, story in SCENARIOS.items())
