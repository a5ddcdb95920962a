"""The meter: one question to the right Prometheus, and whatever goes wrong is part of the answer."""

from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from bot.adapters.prometheus import measuring_threads
from bot.clock import SystemClock
from bot.meter import PrometheusMeter, step_for
from bot.playground import shop
from bot.playground.clock import PlaygroundClock
from bot.playground.prometheus import Backend, PrometheusServer
from strategies.judge.metric import Metric, PrometheusQuery
from strategies.judge.timerange import TimeRange, parse_time_range

SHARE = 'sum(rate(http_requests_total{status="200"}[1m])) / sum(rate(http_requests_total[1m]))'


class World:
    """One version that serves everything."""

    def traffic(self) -> tuple[Backend, ...]:
        return (Backend("shop", "checkout", "checkout", shop.FAILING, "abc", 1.0, 3),)


@pytest.fixture
async def address() -> AsyncIterator[str]:
    server = PrometheusServer(PlaygroundClock(), World(), shop.health())
    yield await server.start()
    await server.stop()


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with measuring_threads() as made:
        yield made


def _metric(query: str, address: str = "", span: TimeRange | None = None) -> Metric:
    return Metric("success", PrometheusQuery(address, query, span))


async def test_a_metric_is_asked_of_the_prometheus_of_its_cluster(address: str, threads: ThreadPoolExecutor) -> None:
    clock = SystemClock()
    meter = PrometheusMeter({"eu": address}.get, threads, clock)

    sample = await meter.measure("eu", _metric(SHARE), 1, clock.now())

    assert sample.error is None
    assert float(sample.value.strip("[]")) == pytest.approx(0.93, abs=0.01)


async def test_an_address_of_the_metrics_own_wins(address: str, threads: ThreadPoolExecutor) -> None:
    clock = SystemClock()
    meter = PrometheusMeter({"eu": "http://127.0.0.1:1"}.get, threads, clock)

    sample = await meter.measure("eu", _metric("vector(1)", address), 1, clock.now())

    assert (sample.value, sample.error) == ("[1]", None)


async def test_a_question_over_time_is_answered_with_all_its_numbers(address: str, threads: ThreadPoolExecutor) -> None:
    clock = SystemClock()
    span = parse_time_range('now() - duration("40s")', "now()", timedelta(seconds=10))
    assert isinstance(span, TimeRange)

    sample = await PrometheusMeter({"eu": address}.get, threads, clock).measure(
        "eu", _metric("vector(2)", span=span), 1, clock.now()
    )

    assert (sample.value, sample.error) == ("[2,2,2,2,2]", None)


async def test_without_a_prometheus_the_answer_says_which_key_to_set(threads: ThreadPoolExecutor) -> None:
    clock = SystemClock()
    meter = PrometheusMeter(lambda _cluster: None, threads, clock)

    sample = await meter.measure("eu", _metric(SHARE), 1, clock.now())

    assert sample.value == ""
    assert sample.error is not None
    assert "set clusters.eu.prometheus" in sample.error


@pytest.mark.parametrize(("span", "step"), [(30, 1), (600, 5), (21_600, 180)])
def test_a_line_has_about_120_points_and_none_closer_than_a_second(span: int, step: int) -> None:
    assert step_for(timedelta(seconds=span)) == timedelta(seconds=step)
