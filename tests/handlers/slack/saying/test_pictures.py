"""Charts in the channel: after the card and never instead of it, in the thread at the end of every analysis."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from bot.clock import ManualClock
from bot.meter import PrometheusMeter
from bot.playground import shop
from bot.playground.prometheus import Backend, PrometheusServer, Scenario, VersionHealth
from tests.bot.engine.world import SmallWorld
from tests.handlers.slack.saying.rooms import CONFIG, Room

STEPS = """
        - setWeight: 10
        - analysis:
            templates: [{templateName: success-rate}]
            args: [{name: pod-hash, valueFrom: {podTemplateHashValue: Latest}}]
        - gate: {approvals: 1, from: [approver]}
"""


class Traffic:
    """The small world's traffic, as Prometheus scrapes it."""

    def __init__(self, world: SmallWorld) -> None:
        self._world = world

    def traffic(self) -> Sequence[Backend]:
        share = (self._world.weight or 0) / 100
        sides = ((self._world.stable, "v1", 1 - share), (self._world.canary, "v2", share))
        return [
            Backend("shop", "checkout", "checkout", version, side.template_hash, part, side.ready)
            for side, version, part in sides
            if side.image
        ]


class Seeing(Room):
    """A room whose Prometheus answers."""

    address = ""

    def make_meter(self) -> PrometheusMeter:
        self.threads = ThreadPoolExecutor(2)
        return PrometheusMeter(lambda cluster: self.address, self.threads, self.clock)

    async def close(self) -> None:
        await super().close()
        self.threads.shutdown()


class ScrapeClock:
    """The room's time for the scraper, which the test lets scrape by hand."""

    def __init__(self, clock: ManualClock) -> None:
        self.now = clock.now
        self.sleep = clock.sleep


@pytest.fixture(params=["decisions", "never"])
def chart(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def seeing(tmp_path: Path, chart: str) -> AsyncIterator[Seeing]:
    (tmp_path / "analysis").mkdir()
    (tmp_path / "analysis" / "templates.yaml").write_text(shop.TEMPLATES)
    head, _, _ = CONFIG.partition("        - setWeight: 10")
    config = head + STEPS.lstrip("\n") + f"card: {{chart: {chart}}}\nanalysisTemplates: ./analysis/*.yaml\napps:\n"
    room = Seeing(tmp_path, config=config)
    server = PrometheusServer(
        ScrapeClock(room.clock),
        Traffic(room.worlds["checkout"]),
        Scenario({"v2": VersionHealth(success_rate=0.9994)}),
    )
    room.address = await server.start()
    await room.renderer.start()
    await room.open()
    yield room
    await room.close()
    await server.stop()


def images(message: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [block for block in message["blocks"] if block["type"] == "image"]


async def test_the_gate_shows_the_chart_and_the_thread_keeps_it(seeing: Seeing, chart: str) -> None:
    rollout = await seeing.deploy()
    await seeing.ask(rollout.id)
    await seeing.pass_time(10)
    (card,) = seeing.cards()
    kept = [image for line in seeing.thread(card) for image in images(line)]
    if chart == "never":
        assert not images(card)
        assert not kept
        return
    (shown,) = images(card)
    (told,) = kept
    assert shown["slack_file"] == told["slack_file"]
    assert shown["alt_text"].startswith("success rate: ")
    assert "v1: " in shown["alt_text"]
    table = next(block for block in card["blocks"] if block["type"] == "table")
    assert [cell["text"] for cell in table["rows"][0]] == ["Metric", "Verdict", "v2", "v1", "Limit", "Samples"]


async def test_the_card_comes_first_and_the_chart_is_no_part_of_it_until_it_is_there(
    seeing: Seeing, chart: str
) -> None:
    rollout = await seeing.deploy()
    seeing.workspace.faults.status("files.getUploadURLExternal", 500, times=100)
    await seeing.ask(rollout.id)
    await seeing.pass_time(10)
    (card,) = seeing.cards()
    assert card["blocks"][0]["text"]["text"] == "checkout in prod: 1 more approval needed"
    assert not images(card)
    assert '"ask.approve"' in json.dumps(card["blocks"])
