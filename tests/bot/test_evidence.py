"""Charts of an analysis, from a Prometheus that is asked over HTTP and from the audit log."""

import math
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.charts import Side, alt_text, render_svg
from bot.clock import ManualClock
from bot.evidence import Evidence, chosen
from bot.meter import PrometheusMeter
from bot.playground.prometheus import Fault, PrometheusServer, Scenario, VersionHealth
from bot.store import Store
from strategies.argo.driver import Argo, Start
from strategies.events import Happening, What
from strategies.judge.measurement import Measurement
from strategies.judge.metric import Metric, OtherProvider, PrometheusQuery
from strategies.judge.resolution import ResolvedAnalysis, StableQuery
from strategies.judge.run import MetricResult, Run
from strategies.judge.unit import Unit, format_value
from strategies.judge.verdict import Verdict
from strategies.model import LEADSMAN, Activity, Rollout
from tests.bot.store.builders import rollout as built
from tests.playground.prometheus.worlds import STABLE, HandClock, HandWorld

RATE = 'sum(rate(http_requests_total{{{0},status!~"5.."}}[1m])) / sum(rate(http_requests_total{{{0}}}[1m]))'
NEW, OLD, BOTH = (RATE.format(labels) for labels in ('version="v1.5.0"', 'version="v1.4.1"', 'app="checkout"'))


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def server(clock: HandClock) -> AsyncIterator[PrometheusServer]:
    """Twelve minutes, the last ten of them with a bad canary."""
    world = HandWorld(STABLE)
    made = PrometheusServer(clock, world, Scenario({"v1.5.0": VersionHealth(success_rate=0.9)}))
    made.address = await made.start()  # type: ignore[attr-defined]
    clock.move(120)
    made.observe()
    world.split(0.1)
    made.observe()
    clock.move(600)
    made.observe()
    yield made
    await made.stop()


@pytest.fixture
async def evidence(server: PrometheusServer, tmp_path: Path) -> AsyncIterator[Evidence]:
    store = Store.open(f"sqlite:///{tmp_path}/leadsman.db", clock=ManualClock())
    await store.migrate()
    with ThreadPoolExecutor(2) as threads:
        meter = PrometheusMeter(lambda cluster: server.address, threads, ManualClock())  # type: ignore[attr-defined]
        made = Evidence(meter, store)
        made.store = store  # type: ignore[attr-defined]
        yield made
    await store.close()


def measured(clock: HandClock, *values: float, verdict: Verdict = Verdict.FAILED) -> tuple[Measurement, ...]:
    times = [clock.now() - timedelta(minutes=len(values) - number) for number in range(len(values))]
    return tuple(
        Measurement("success-rate", number, at, at, verdict, f"[{value}]" if not math.isnan(value) else "[]")
        for number, (at, value) in enumerate(zip(times, values, strict=True), 1)
    )


def activity(query: str, measurements: tuple[Measurement, ...], stable: str | None = OLD) -> Activity:
    metric = Metric(
        "success-rate",
        PrometheusQuery("", query),
        interval=timedelta(minutes=1),
        count=5,
        success="result[0] >= 0.99",
        unit=Unit.RATIO,
    )
    queries = (StableQuery("success-rate", stable),) if stable else ()
    result = MetricResult("success-rate", Verdict.FAILED, count=len(measurements), measurements=measurements)
    run = Run(
        ResolvedAnalysis((metric,), stable_queries=queries), (result,), Verdict.FAILED, "", measurements[0].started_at
    )
    return Activity("ro1-1", "w1", 1, run, run.started_at, timedelta())


def rollout(clock: HandClock) -> Rollout:
    made = built("ro1")
    begun = clock.now() - timedelta(minutes=10)
    return replace(made, created=begun, started=begun, candidate=replace(made.candidate, version="v1.5.0"))


async def test_a_chart_has_both_versions_the_limit_the_samples_and_the_steps(
    evidence: Evidence, clock: HandClock
) -> None:
    of, now = rollout(clock), clock.now()
    store: Store = evidence.store  # type: ignore[attr-defined]
    told = [
        Happening(What.WEIGHT, now - timedelta(minutes=9), LEADSMAN, {"weight": 10, "share": 10}),
        Happening(What.MEASURED, now - timedelta(minutes=2), LEADSMAN, {"value": "[0.9]"}),
        Happening(What.REVERTING, now, LEADSMAN, {"why": "x"}),
    ]
    await store.create(of, told, at=now)
    found = await evidence.chart(of, activity(NEW, measured(clock, 0.9, 0.91)), now)
    assert found is not None
    assert found.title == "success rate: 91%, limit ≥ 99%"
    assert found.canary is not None
    assert found.stable is not None
    assert found.canary.label == "v1.5.0"
    assert found.canary.points[-1].value == pytest.approx(0.9, abs=0.02)
    assert found.stable.points[-1].value > 0.99
    assert min(point.minute for point in found.stable.points) < 0 <= min(point.minute for point in found.canary.points)
    assert [(limit.value, limit.forbidden) for limit in found.limits] == [(0.99, Side.BELOW)]
    assert [(one.minute, one.value) for one in found.measured] == [(8.0, 0.9), (9.0, 0.91)]
    assert [(step.minute, step.label) for step in found.steps] == [(1.0, "10%"), (10.0, "back")]
    assert "91%" in alt_text(found)
    assert render_svg(found).startswith("<svg")


async def test_title_table_and_line_ends_carry_the_same_numbers_of_the_same_moment(
    evidence: Evidence, clock: HandClock
) -> None:
    of, taken = rollout(clock), activity(NEW, measured(clock, 0.9, 0.9123))
    found = await evidence.chart(of, taken, clock.now())
    before = await evidence.before(of, taken, clock.now())
    assert found is not None and found.canary is not None and found.stable is not None
    assert found.stable.figure is not None
    assert "91.23%" in found.title and found.canary.figure == 0.9123
    assert before == {"success-rate": format_value(found.stable.figure, Unit.RATIO)}
    assert f"v1.5.0: last {format_value(0.9123, Unit.RATIO)}" in alt_text(found)
    assert ">91.23%<" in render_svg(found)


async def test_a_query_that_cannot_tell_the_versions_apart_says_so(evidence: Evidence, clock: HandClock) -> None:
    found = await evidence.chart(rollout(clock), activity(BOTH, measured(clock, 0.99), stable=None), clock.now())
    assert found is not None
    assert found.canary is None
    assert found.all_traffic is not None
    assert found.all_traffic.label == "all traffic"
    assert found.title.endswith("(all traffic, cannot tell new from old)")


async def test_a_metric_of_another_provider_is_drawn_from_its_measurements_alone(
    evidence: Evidence, server: PrometheusServer, clock: HandClock
) -> None:
    of = activity(NEW, measured(clock, 0.9, 0.91), stable=None)
    metric = replace(of.run.analysis.metrics[0], provider=OtherProvider("web"))
    of = replace(of, run=replace(of.run, analysis=replace(of.run.analysis, metrics=(metric,))))
    await server.stop()
    found = await evidence.chart(rollout(clock), of, clock.now())
    assert found is not None
    assert found.lines == ()
    assert found.title == "success rate: 91%, limit ≥ 99%"
    assert [one.value for one in found.measured] == [0.9, 0.91]
    assert render_svg(found).startswith("<svg")
    assert "91%" in alt_text(found)


async def test_where_only_the_controller_reaches_the_server_its_measurements_are_charted_without_a_line(
    evidence: Evidence, server: PrometheusServer, clock: HandClock
) -> None:
    of = rollout(clock)
    driven = replace(of, walks=tuple(replace(walk, driver=Argo(Start.DEPLOY)) for walk in of.walks))
    await server.stop()
    assert await evidence.chart(of, activity(NEW, measured(clock, 0.9)), clock.now()) is None
    found = await evidence.chart(driven, activity(NEW, measured(clock, 0.9)), clock.now())
    assert found is not None
    assert (found.lines, [one.value for one in found.measured]) == ((), [0.9])


async def test_measurements_without_a_number_are_a_gap(evidence: Evidence, clock: HandClock) -> None:
    one = measured(clock, 0.99, math.nan, math.nan, verdict=Verdict.INCONCLUSIVE)
    found = await evidence.chart(rollout(clock), activity(NEW, one), clock.now())
    assert found is not None
    assert [(gap.start, gap.end) for gap in found.gaps] == [(7.0, 9.0)]
    assert found.title == "success rate: no data, limit ≥ 99%"


async def test_the_stable_value_stands_beside_the_limit(evidence: Evidence, clock: HandClock) -> None:
    before = await evidence.before(rollout(clock), activity(NEW, measured(clock, 0.9)), clock.now())
    assert before["success-rate"].startswith("99.")
    assert await evidence.before(rollout(clock), activity(NEW, measured(clock, 0.9), stable=None), clock.now()) == {}


@pytest.mark.parametrize("fault", [Fault.UNAVAILABLE, Fault.PAGE, None])
async def test_a_prometheus_in_trouble_means_no_chart_and_no_error(
    evidence: Evidence, server: PrometheusServer, clock: HandClock, fault: Fault | None
) -> None:
    if fault is None:
        await server.stop()
    server.fault = fault
    of = activity(NEW, measured(clock, 0.9))
    assert await evidence.chart(rollout(clock), of, clock.now()) is None
    assert await evidence.before(rollout(clock), of, clock.now()) == {}


@pytest.mark.parametrize("fault", [Fault.NAN, Fault.EMPTY, Fault.SEVERAL])
async def test_answers_without_clear_numbers_are_drawn_as_they_are(
    evidence: Evidence, server: PrometheusServer, clock: HandClock, fault: Fault
) -> None:
    server.fault = fault
    found = await evidence.chart(rollout(clock), activity(NEW, measured(clock, 0.9)), clock.now())
    assert found is not None
    assert render_svg(found).startswith("<svg")
    assert alt_text(found)


async def test_nothing_measured_means_no_chart(evidence: Evidence, clock: HandClock) -> None:
    of = activity(NEW, measured(clock, 0.9))
    pending = replace(of, run=replace(of.run, metrics=(MetricResult("success-rate"),)))
    assert chosen(pending) is None
    assert await evidence.chart(rollout(clock), pending, clock.now()) is None
    assert await evidence.chart(replace(rollout(clock), started=None), of, clock.now()) is None


def test_the_worst_metric_is_shown(clock: HandClock) -> None:
    of = activity(NEW, measured(clock, 0.9))
    good = MetricResult("latency", Verdict.SUCCESSFUL, measurements=of.run.metrics[0].measurements)
    both = replace(of, run=replace(of.run, metrics=(good, *of.run.metrics)))
    found = chosen(both)
    assert found is not None
    assert found.name == "success-rate"
    running = [replace(one, phase=Verdict.RUNNING) for one in both.run.metrics]
    first_failure = replace(both, run=replace(both.run, metrics=(running[0], replace(running[1], failed=1))))
    failing = chosen(first_failure)
    assert failing is not None
    assert failing.name == "success-rate"
