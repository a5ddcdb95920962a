"""After an outage of ours nothing goes forward on what was known before it: a fresh look, a fresh measurement, and time to answer."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.clock import ManualClock
from bot.config.config import Config
from bot.config.load import load_config
from bot.store import Store
from strategies.events import Approve
from strategies.model import Outcome
from tests.bot.engine.conftest import BOB, Bench
from tests.bot.engine.world import SmallWorld
from tests.survival.bot_process import Wanted
from tests.survival.conftest import Install
from tests.survival.examination import books_are_right, cluster_is_right, nothing_was_done_twice
from tests.survival.world import GOOD, World

AWAY = 6 * 3600.0
"""Longer than every pause, interval and deadline below."""

CONFIG = """
slack: {channel: "#deploys"}
clusters: {prod-eu: {prometheus: "http://prometheus:9090"}}
roles: {deployer: ["*"], approver: ["@sre"]}
strategies:
  careful:
    canary:
      analysis: {templates: [{templateName: success-rate}], startingStep: 1}
      steps:
        - setWeight: 10
        - pause: {duration: 5m}
        - setWeight: 50
        - gate: {approvals: 1, from: [approver], deadline: 1h, onDeadline: abort}
        - setWeight: 80
        - pause: {duration: 5m}
apps:
  checkout:
    image: shop/checkout
    environments:
      prod:
        cluster: prod-eu
        namespace: shop
        workload: {deployment: checkout, container: web}
        traffic: {nginx: {ingress: checkout, stableService: checkout, canaryService: checkout-canary}}
        strategy: careful
analysisTemplates: ./analysis/*.yaml
"""

TEMPLATE = """
apiVersion: argoproj.io/v1alpha1
kind: AnalysisTemplate
metadata: {name: success-rate}
spec:
  metrics:
    - name: success-rate
      interval: 30s
      successCondition: result[0] >= 0.99
      provider: {prometheus: {query: "sum(rate(http_requests_total[1m]))"}}
"""


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    """An engine on a small world, with an analysis in the background."""
    clock = ManualClock()
    (tmp_path / "analysis").mkdir()
    (tmp_path / "analysis" / "rate.yaml").write_text(TEMPLATE)
    (tmp_path / "leadsman.yaml").write_text(CONFIG)
    config = load_config(tmp_path / "leadsman.yaml")
    assert isinstance(config, Config), config
    commits: list[str] = []
    store = Store.open(f"sqlite:///{tmp_path}/leadsman.db", clock=clock, witness=commits.append)
    await store.migrate()
    bench = Bench(clock, store, config, SmallWorld(clock), commits)
    yield bench
    await bench.engine.stop()
    await store.close()


async def restarted(bench: Bench) -> None:
    """The process dies, nobody is there for hours, and another one begins."""
    await bench.engine.stop()
    await bench.clock.advance(AWAY)
    await bench.restart()


async def test_no_weight_is_raised_before_a_measurement_taken_after_the_outage(bench: Bench) -> None:
    """The pause is long over and there were good measurements before: they count for nothing."""
    rollout = await bench.deploy()
    await bench.pass_time(240, step=5)
    assert bench.world.weight == 10
    bench.world.value = "[0.5]"

    await restarted(bench)
    assert await bench.until_ended(rollout.id) is Outcome.ROLLED_BACK
    assert not any(getattr(write, "weight", None) == 50 for write in bench.world.writes)


async def test_with_a_good_measurement_after_the_outage_it_goes_on(bench: Bench) -> None:
    rollout = await bench.deploy()
    await bench.pass_time(240, step=5)

    await restarted(bench)
    assert bench.world.weight == 10
    await bench.until_asked(rollout.id)
    assert bench.world.weight == 50


async def test_a_question_whose_deadline_fell_into_the_outage_waits_a_quarter_of_an_hour_more(bench: Bench) -> None:
    rollout = await bench.deploy()
    ask = await bench.until_asked(rollout.id)
    await restarted(bench)
    await bench.pass_time(14 * 60, step=10)

    decision = await bench.engine.act(rollout.id, lambda at: Approve(at, BOB, ask))
    assert decision.refusal is None
    assert await bench.until_ended(rollout.id) is Outcome.HEALTHY


async def test_a_question_that_nobody_answers_in_that_quarter_of_an_hour_ends_as_its_gate_says(bench: Bench) -> None:
    rollout = await bench.deploy()
    ask = await bench.until_asked(rollout.id)
    await restarted(bench)
    woke = bench.clock.now()

    assert await bench.until_ended(rollout.id) is Outcome.ROLLED_BACK
    ended = await bench.rollout(rollout.id)
    assert ended.ended is not None
    assert timedelta(minutes=15) <= ended.ended - woke < timedelta(minutes=20)
    decision = await bench.engine.act(rollout.id, lambda at: Approve(at, BOB, ask))
    assert decision.refusal is not None


async def test_a_canary_that_lost_its_pods_during_the_outage_gets_no_more_traffic_until_they_are_back(
    world: World, install: Install
) -> None:
    """The bot dies in its first pause; when it comes back, the pause is long over and no canary pod is ready."""
    await world.open("shop")
    installation = install("shop")
    bot = await installation.patient()
    assert await bot.ask("deploy", "shop", GOOD) == "done"
    await bot.says("shop walking step 1")
    await bot.end()
    world.capacity = 4
    world.lose_pods("shop", "checkout-canary")
    await world.clock.sleep(600)

    bot = await installation.patient()
    while world.picture("shop")["weight"]:
        await world.clock.real_sleep(0.02)
    await world.clock.sleep(120)
    assert world.picture("shop")["weight"] == 0

    world.capacity = None
    world.lose_pods("shop", "checkout-canary")
    while world.picture("shop")["weight"] != 25:
        await world.clock.real_sleep(0.02)
    await bot.says("shop walking step 2", "asks 1")
    assert await bot.ask("approve", "shop") == "done"
    await bot.says("shop healthy")
    await bot.end()
    cluster_is_right(world, "shop", GOOD)
    await books_are_right(installation, "shop", 1, [Outcome.HEALTHY])


async def test_a_bot_away_for_longer_than_all_its_pauses_looks_before_it_writes(world: World, install: Install) -> None:
    await world.open("shop")
    installation = install("shop")
    bot = await installation.patient()
    assert await bot.ask("deploy", "shop", GOOD) == "done"
    await bot.says("shop walking step 1")
    await bot.end()
    await world.clock.sleep(600)
    seen: list[str] = []

    async def noted(call: object) -> bool:
        seen.append(call.verb)  # type: ignore[attr-defined]
        return True

    world.before = noted
    await installation.finish({"shop": (Wanted(GOOD),)})
    assert "read" in seen[: seen.index("patch")]
    cluster_is_right(world, "shop", GOOD)
    nothing_was_done_twice(world, "shop")
