"""The playground's Prometheus, asked through the client that the bot asks a real one with."""

import asyncio
import math
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import aiohttp
import pytest

from bot.adapters.prometheus import Prometheus
from bot.errors import Invalid, LeadsmanError, PermanentError, ServerFailed, Unreachable
from bot.playground.prometheus import Fault, PrometheusServer, Scenario, VersionHealth
from tests.playground.prometheus.worlds import STABLE, HandClock, HandWorld
from tests.real.ports import deaf_port

BAD = VersionHealth(success_rate=0.9, p95_ms=412)
SUCCESS = 'sum(rate(http_requests_total{{{0},status!~"5.."}}[1m])) / sum(rate(http_requests_total{{{0}}}[1m]))'
P95 = "histogram_quantile(0.95, sum by (le) (rate(http_request_duration_seconds_bucket{{{0}}}[1m])))"
NEW, OLD = 'version="v1.5.0"', 'version="v1.4.1"'


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def world() -> HandWorld:
    return HandWorld(STABLE)


@pytest.fixture
async def server(clock: HandClock, world: HandWorld) -> AsyncIterator[PrometheusServer]:
    made = PrometheusServer(clock, world, Scenario({"v1.5.0": BAD}))
    made.address = await made.start()  # type: ignore[attr-defined]
    yield made
    await made.stop()


@pytest.fixture
def prometheus(server: PrometheusServer) -> Iterator[Prometheus]:
    with ThreadPoolExecutor(4) as threads:
        adapter = Prometheus(address(server), executor=threads, timeout=120)
        yield adapter
        adapter.close()


def address(server: PrometheusServer) -> str:
    return str(server.address)  # type: ignore[attr-defined]


async def number(prometheus: Prometheus, promql: str, clock: HandClock) -> float:
    result = (await prometheus.query(promql, clock.now())).result
    assert isinstance(result, tuple)
    assert len(result) == 1, f"{promql}: {result}"
    return result[0]


def released(clock: HandClock, world: HandWorld, server: PrometheusServer, share: float, seconds: float = 120) -> None:
    """A part of the traffic goes to the canary, and time passes."""
    world.split(share)
    server.observe()
    clock.move(seconds)


async def test_stable_has_a_past_when_the_server_starts(
    server: PrometheusServer, prometheus: Prometheus, clock: HandClock
) -> None:
    assert await number(prometheus, SUCCESS.format(OLD), clock) > 0.99
    assert await number(prometheus, P95.format(OLD), clock) == pytest.approx(0.210, abs=0.02)
    assert await number(prometheus, "sum(rate(http_requests_total[5m]))", clock) == pytest.approx(40, rel=0.05)


async def test_a_version_without_traffic_has_no_series_and_so_no_verdict(
    server: PrometheusServer, prometheus: Prometheus, clock: HandClock
) -> None:
    assert (await prometheus.query(SUCCESS.format(NEW), clock.now())).result == ()


async def test_each_version_is_as_healthy_as_the_scenario_says(
    server: PrometheusServer, prometheus: Prometheus, clock: HandClock, world: HandWorld
) -> None:
    released(clock, world, server, 0.1)
    assert await number(prometheus, SUCCESS.format(NEW), clock) == pytest.approx(0.9, abs=0.02)
    assert await number(prometheus, P95.format(NEW), clock) == pytest.approx(0.412, abs=0.04)
    assert await number(prometheus, SUCCESS.format(OLD), clock) > 0.99
    share = f"sum(rate(http_requests_total{{{NEW}}}[1m])) / sum(rate(http_requests_total[1m]))"
    assert await number(prometheus, share, clock) == pytest.approx(0.1, abs=0.01)


async def test_the_ingress_counts_what_each_service_answered(
    server: PrometheusServer, prometheus: Prometheus, clock: HandClock, world: HandWorld
) -> None:
    released(clock, world, server, 0.1)
    failing = (
        'sum(rate(nginx_ingress_controller_requests{ingress="checkout",service="checkout-canary",status=~"5.*"}[1m]))'
    )
    assert await number(prometheus, failing, clock) == pytest.approx(0.4, abs=0.1)


async def test_requests_to_a_version_without_ready_pods_fail_at_the_ingress(
    server: PrometheusServer, prometheus: Prometheus, clock: HandClock, world: HandWorld
) -> None:
    world.split(0.2, canary_ready=0)
    server.observe()
    clock.move(120)
    assert (await prometheus.query(f"http_requests_total{{{NEW}}}", clock.now())).result == ()
    unavailable = 'sum(rate(nginx_ingress_controller_requests{status="503"}[1m]))'
    assert await number(prometheus, unavailable, clock) == pytest.approx(8, rel=0.1)


async def test_when_the_traffic_is_gone_zero_by_zero_is_nan_and_then_the_series_end(
    server: PrometheusServer, prometheus: Prometheus, clock: HandClock, world: HandWorld
) -> None:
    released(clock, world, server, 0.1)
    released(clock, world, server, 0.0)
    assert math.isnan(await number(prometheus, SUCCESS.format(NEW), clock))
    world.backends = (STABLE,)
    server.observe()
    clock.move(30)
    assert (await prometheus.query(f"http_requests_total{{{NEW}}}", clock.now())).result == ()


async def test_a_version_that_returns_counts_from_zero_and_rates_bear_it(
    server: PrometheusServer, prometheus: Prometheus, clock: HandClock, world: HandWorld
) -> None:
    released(clock, world, server, 0.5, 300)
    world.backends = (STABLE,)
    server.observe()
    clock.move(20)
    released(clock, world, server, 0.5, 40)
    rate = await number(prometheus, f"sum(rate(http_requests_total{{{NEW}}}[2m]))", clock)
    assert 0 < rate < 25
    assert await number(prometheus, f"max(resets(http_requests_total{{{NEW}}}[2m]))", clock) == 1


async def test_a_version_that_only_fails_under_load_fails_from_that_share_on(
    server: PrometheusServer, prometheus: Prometheus, clock: HandClock, world: HandWorld
) -> None:
    server.scenario = Scenario({"v1.5.0": VersionHealth(beyond_share=0.3, beyond=VersionHealth(p95_ms=900))})
    released(clock, world, server, 0.1)
    assert await number(prometheus, P95.format(NEW), clock) < 0.3
    released(clock, world, server, 0.5)
    assert await number(prometheus, P95.format(NEW), clock) > 0.7


async def test_a_version_that_does_not_report_is_seen_by_the_ingress_alone(
    server: PrometheusServer, prometheus: Prometheus, clock: HandClock, world: HandWorld
) -> None:
    server.scenario = Scenario({"v1.5.0": VersionHealth(reports=False)})
    released(clock, world, server, 0.1)
    assert (await prometheus.query(f"http_requests_total{{{NEW}}}", clock.now())).result == ()
    ingress = 'sum(rate(nginx_ingress_controller_requests{service="checkout-canary"}[1m]))'
    assert await number(prometheus, ingress, clock) == pytest.approx(4, rel=0.1)


async def test_the_same_scenario_gives_the_same_numbers_each_time(clock: HandClock, world: HandWorld) -> None:
    with ThreadPoolExecutor(1) as threads:
        seen = []
        for _ in range(2):
            server = PrometheusServer(clock, world, Scenario({"v1.5.0": BAD}))
            adapter = Prometheus(await server.start(), executor=threads)
            seen.append((await adapter.query("http_request_duration_seconds_bucket", clock.now())).result)
            adapter.close()
            await server.stop()
    assert seen[0] == seen[1] != ()


async def test_a_range_begins_where_the_version_got_its_first_traffic(
    server: PrometheusServer, prometheus: Prometheus, clock: HandClock, world: HandWorld
) -> None:
    begun = clock.now()
    released(clock, world, server, 0.1, 300)
    lines = await prometheus.query_range(
        P95.format(NEW), begun - timedelta(minutes=5), clock.now(), timedelta(seconds=15)
    )
    (line,) = lines
    assert begun < line.points[0][0] <= begun + timedelta(seconds=30)
    assert line.points[-1][0] == clock.now()


class RunningClock(HandClock):
    """Each sleep is over at once and has moved the time, a hundred times; then the clock stands still."""

    def __init__(self) -> None:
        super().__init__()
        self.left, self.done = 100, asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        if not self.left:
            self.done.set()
            await asyncio.Event().wait()
        self.left -= 1
        self.move(seconds)


async def test_the_server_scrapes_by_itself_while_time_passes() -> None:
    clock, world = RunningClock(), HandWorld(STABLE)
    world.split(0.25)
    begun = clock.now()
    server = PrometheusServer(clock, world)
    with ThreadPoolExecutor(1) as threads:
        adapter = Prometheus(await server.start(), executor=threads)
        await clock.done.wait()
        samples = (
            await adapter.query(f"count_over_time(up{{{NEW}}}[{100 * 5}s])", begun + timedelta(seconds=500))
        ).result
        adapter.close()
    await server.stop()
    assert samples == (100.0,)


BROKEN: list[tuple[Fault, type[LeadsmanError]]] = [
    (Fault.UNAVAILABLE, ServerFailed),
    (Fault.PAGE, PermanentError),
    (Fault.BAD_QUERY, Invalid),
]


@pytest.mark.parametrize(("fault", "error"), BROKEN)
async def test_each_fault_breaks_both_kinds_of_query_until_it_is_over(
    fault: Fault, error: type[LeadsmanError], server: PrometheusServer, prometheus: Prometheus, clock: HandClock
) -> None:
    server.fault = fault
    with pytest.raises(error):
        await prometheus.query("up", clock.now())
    with pytest.raises(error):
        await prometheus.query_range("up", clock.now(), clock.now(), timedelta(seconds=1))
    server.fault = None
    assert await number(prometheus, "sum(up)", clock) == 1


async def test_a_server_that_hangs_is_given_up(server: PrometheusServer, clock: HandClock) -> None:
    server.fault = Fault.HANG
    with ThreadPoolExecutor(1) as threads:
        hurried = Prometheus(address(server), executor=threads, timeout=0.3)
        with pytest.raises(Unreachable, match="did not answer"):
            await hurried.query("up", clock.now())
        hurried.close()


async def test_a_hung_query_is_answered_when_the_fault_is_over(
    server: PrometheusServer, prometheus: Prometheus, clock: HandClock
) -> None:
    server.fault = Fault.HANG
    asking = asyncio.create_task(number(prometheus, "sum(up)", clock))
    await asyncio.wait([asking], timeout=0.1)
    assert not asking.done()
    server.fault = None
    assert await asking == 1


async def test_faults_of_the_numbers(server: PrometheusServer, prometheus: Prometheus, clock: HandClock) -> None:
    async def both(promql: str) -> tuple[Any, list[float]]:
        lines = await prometheus.query_range(promql, clock.now(), clock.now(), timedelta(seconds=1))
        points = [value for line in lines for _, value in line.points]
        return (await prometheus.query(promql, clock.now())).result, points

    server.fault = Fault.EMPTY
    assert await both("sum(up)") == ((), [])
    server.fault = Fault.SEVERAL
    assert await both("sum(up)") == ((1.0, 1.0), [1.0, 1.0])
    server.fault = Fault.NAN
    vector, points = await both("sum(up)")
    assert [math.isnan(value) for value in (*vector, *points)] == [True, True]
    scalar = (await prometheus.query("scalar(sum(up))", clock.now())).result
    assert isinstance(scalar, float)
    assert math.isnan(scalar)


async def test_a_stopped_server_refuses_and_remembers_when_it_starts_again(
    server: PrometheusServer, prometheus: Prometheus, clock: HandClock
) -> None:
    port = int(address(server).rpartition(":")[2])
    await server.stop()
    with deaf_port(port), pytest.raises(Unreachable, match="refused"):
        await prometheus.query("up", clock.now())
    clock.move(60)
    await server.start(port=port)
    assert await number(prometheus, "sum(up)", clock) == 1


async def ask(server: PrometheusServer, method: str, path: str, **given: Any) -> tuple[int, Any]:
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, f"{address(server)}{path}", **given) as answer,
    ):
        if answer.content_type == "application/json":
            return answer.status, await answer.json()
        return answer.status, await answer.text()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"query": ""}, "no expression found"),
        ({"query": "rate(up)"}, "expected type matrix"),
        ({"query": "sum(up"}, "unclosed left parenthesis"),
        ({"query": "deriv(up[5m])"}, 'unknown function with name "deriv"'),
        ({"query": "nonsense(up)"}, "nonsense"),
        ({"query": "count_values('v', up)"}, "not supported"),
        ({"query": "up atan2 up"}, "not supported"),
        ({"query": "up", "time": "yesterday"}, 'invalid parameter "time"'),
        ({"query": "up", "timeout": "long"}, 'invalid parameter "timeout"'),
        ({"query": "up", "time": "2026-11-20T14:00:00"}, 'invalid parameter "time"'),
    ],
)
async def test_what_cannot_be_evaluated_is_a_bad_query(
    server: PrometheusServer, given: dict[str, str], words: str
) -> None:
    status, answer = await ask(server, "GET", "/api/v1/query", params=given)
    assert (status, answer["status"], answer["errorType"]) == (400, "error", "bad_data")
    assert words in answer["error"]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"end": "0"}, "must not be before start"),
        ({"step": "0"}, "zero or negative"),
        ({"step": "soon"}, 'invalid parameter "step"'),
        ({"start": ""}, 'invalid parameter "start"'),
        ({"start": "0"}, "exceeded maximum resolution"),
        ({"query": "up[5m]"}, "must be Scalar or instant Vector"),
    ],
)
async def test_a_range_that_makes_no_sense_is_refused(
    server: PrometheusServer, clock: HandClock, changed: dict[str, str], words: str
) -> None:
    now = f"{clock.now().timestamp()}"
    right = {"query": "up", "start": now, "end": now, "step": "5s"}
    status, _ = await ask(server, "GET", "/api/v1/query_range", params=right)
    assert status == 200
    status, answer = await ask(server, "GET", "/api/v1/query_range", params=right | changed)
    assert status == 400
    assert words in answer["error"]


async def test_series_that_do_not_match_one_to_one_fail_as_an_execution(server: PrometheusServer) -> None:
    query = "http_request_duration_seconds_bucket / on (app) http_request_duration_seconds_bucket"
    status, answer = await ask(server, "GET", "/api/v1/query", params={"query": query})
    assert (status, answer["errorType"]) == (422, "execution")
    assert "many-to-many matching not allowed" in answer["error"]


async def test_a_form_may_be_posted_and_times_written_as_dates(server: PrometheusServer, clock: HandClock) -> None:
    given = {"query": "sum(up)", "time": clock.now().isoformat()}
    posted = await ask(server, "POST", "/api/v1/query", data=given)
    assert posted == await ask(server, "GET", "/api/v1/query", params=given)
    assert posted[1]["data"]["result"][0]["value"] == [int(clock.now().timestamp()), "1"]


async def test_labels_series_and_readiness_are_there_for_those_who_look(server: PrometheusServer) -> None:
    _, labels = await ask(server, "GET", "/api/v1/labels")
    assert {"__name__", "version", "le", "ingress"} <= set(labels["data"])
    _, names = await ask(server, "GET", "/api/v1/label/version/values")
    assert names["data"] == ["v1.4.1"]
    _, series = await ask(server, "POST", "/api/v1/series", data={"match[]": 'up{app="checkout"}'})
    assert [one["__name__"] for one in series["data"]] == ["up"]
    assert (await ask(server, "GET", "/api/v1/series"))[0] == 400
    assert (await ask(server, "GET", "/api/v1/series", params={"match[]": "sum(up)"}))[0] == 400
    assert (await ask(server, "GET", "/api/v1/status/buildinfo"))[1]["data"]["version"]
    assert (await ask(server, "GET", "/-/ready"))[0] == 200
    assert (await ask(server, "GET", "/-/healthy"))[0] == 200
    assert (await ask(server, "GET", "/api/v1/nowhere"))[0] == 404
    server.fault = Fault.UNAVAILABLE
    assert (await ask(server, "GET", "/-/ready"))[0] == 503
