"""The same samples and the same queries, in the playground's Prometheus and in a real one: the same answers."""

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import requests

from bot.playground.prometheus import Scenario, VersionHealth
from bot.playground.prometheus.answers import result
from bot.playground.prometheus.evaluation import Evaluation, parse
from bot.playground.prometheus.exporter import Exporter
from bot.playground.prometheus.samples import NAME, Labels, Samples
from bot.playground.prometheus.values import ExecutionError, Matrix, QueryError, number_text
from tests.playground.prometheus.worlds import CANARY, STABLE
from tests.real.prometheus import RealPrometheus, real_prometheus

BEGIN = 1_795_000_000.4
"""No sample lies on a whole second: version 2 counts one at the very beginning of a window, version 3 does not."""

EVERY = 5.0
SCENARIO = Scenario({"v1.5.0": VersionHealth(success_rate=0.9, p95_ms=412)})
MOMENTS = (BEGIN + 92.5, BEGIN + 601.3, BEGIN + 633.7, BEGIN + 897.1)

QUERIES = """
http_requests_total
http_requests_total{version="v1.5.0"}
http_requests_total{version!="v1.5.0",status=~"5.."}
{__name__=~"http_request_duration_seconds_(sum|count)",track="canary"}
nothing_of_that_name
rate(http_requests_total[1m])
rate(http_requests_total{version="v1.5.0"}[2m])
rate(http_requests_total[15m])
increase(http_requests_total[5m])
irate(http_requests_total[1m])
delta(up[2m])
idelta(http_requests_total[1m])
resets(restarting_total[10m])
increase(restarting_total[10m])
rate(restarting_total[3m])
changes(restarting_total[5m])
sum(rate(http_requests_total{status!~"5.."}[1m])) / sum(rate(http_requests_total[1m]))
sum by (version) (rate(http_requests_total{status!~"5.."}[1m])) / sum by (version) (rate(http_requests_total[1m]))
sum without (status, code) (rate(http_requests_total[1m]))
avg(rate(http_requests_total[1m]))
min by (track) (http_requests_total)
max(http_requests_total)
count by (__name__) ({app="checkout"})
group by (version) (http_requests_total)
stddev(http_requests_total)
stdvar by (version) (http_requests_total)
quantile(0.5, http_requests_total)
quantile(1.5, http_requests_total)
histogram_quantile(0.95, up)
histogram_quantile(-1, http_request_duration_seconds_bucket)
histogram_quantile(0.95, http_request_duration_seconds_bucket{le!="+Inf"})
histogram_quantile(0.95, 0 * http_request_duration_seconds_bucket)
histogram_quantile(0 / 0, http_request_duration_seconds_bucket)
"text"
topk(2, http_requests_total)
bottomk by (version) (1, http_requests_total)
histogram_quantile(0.95, sum by (le) (rate(http_request_duration_seconds_bucket[1m])))
histogram_quantile(0.95, sum by (le, version) (rate(http_request_duration_seconds_bucket[1m])))
histogram_quantile(0.5, rate(http_request_duration_seconds_bucket[2m]))
histogram_quantile(0.9999999, sum by (le) (http_request_duration_seconds_bucket))
histogram_quantile(0.95, sum by (le) (rate(http_request_duration_seconds_bucket{version="none"}[1m])))
histogram_quantile(2, http_request_duration_seconds_bucket)
rate(http_request_duration_seconds_sum[1m]) / rate(http_request_duration_seconds_count[1m])
1000 * sum(rate(http_request_duration_seconds_sum[1m])) / sum(rate(http_request_duration_seconds_count[1m]))
rate(idle_total[1m]) / rate(idle_total[1m])
sum(rate(http_requests_total{status="404"}[1m])) or vector(0)
sum(rate(http_requests_total{status=~"5.."}[1m])) > 0.1
http_requests_total > 100
http_requests_total > bool 100
100 < http_requests_total
http_requests_total >= on (version, status) http_requests_total
http_requests_total == bool http_requests_total
rate(http_requests_total[1m]) * on (version) group_left (track) up
up * on (version) group_right rate(http_requests_total[1m])
sum by (version, status) (http_requests_total{version="v1.4.1"}) / ignoring (version) sum by (status) (http_requests_total)
http_requests_total{status="500"} and on (version) up
http_requests_total unless on (version) http_requests_total{status="500"}
http_requests_total{status="200"} or http_requests_total
absent(http_requests_total)
absent(http_requests_total{version="none",status=~"5.."})
absent(sum(nothing_of_that_name))
vector(3) ^ 2 % 5
-http_requests_total
scalar(sum(up))
scalar(up)
1 + 2 * 3 ^ 2 ^ 0.5 - 7 % 4
-7 % 4
1 / 0
-1 / 0
7 % 0
0 ^ -1
(-8) ^ 0.5
10 ^ 999
http_requests_total % 7
vector(1) + vector(2)
0 / 0
1 > bool 2
time()
abs(vector(-2.5))
ceil(rate(http_requests_total[1m]))
floor(rate(http_requests_total[1m]))
round(rate(http_requests_total[1m]), 0.5)
sqrt(vector(-1))
ln(vector(0))
exp(vector(2))
clamp(http_requests_total, 10, 100)
clamp_min(http_requests_total, 50)
clamp_max(http_requests_total, 50)
sort_desc(sum by (version) (http_requests_total))
http_requests_total offset 2m
rate(http_requests_total[1m] offset 1m)
avg_over_time(up[2m])
min_over_time(http_requests_total[1m])
max_over_time(http_requests_total[1m])
sum_over_time(up[1m])
count_over_time(up[1m])
last_over_time(http_requests_total[3m])
present_over_time(up[1m])
quantile_over_time(0.9, http_requests_total[2m])
stddev_over_time(http_requests_total[2m])
max_over_time(sum(rate(http_requests_total{status="200"}[1m]))[5m:30s])
max_over_time(up[2m:])
http_requests_total @ 1795000620
""".strip().splitlines()

REFUSED = """
rate(http_requests_total)
sum(
no_such_function(up)
up[5m] + 1
-up[5m]
http_request_duration_seconds_bucket / on (app) http_request_duration_seconds_bucket
http_request_duration_seconds_bucket * on (version) up
rate({__name__=~"http_request_duration_seconds_(sum|count)"}[1m])
""".strip().splitlines()


def scraped() -> Samples:
    """Fifteen minutes: stable alone, from the tenth minute on with a canary; a counter that restarts, one that stands
    still."""
    exporter, samples = Exporter(), Samples()
    for tick in range(-4, 180):
        share = 0.2 if tick >= 120 else 0.0
        traffic = [replace(STABLE, share=1 - share)] + ([replace(CANARY, share=share)] if share else [])
        values = exporter.scrape(traffic, SCENARIO, tick, EVERY)
        if tick < 0 or 120 <= tick < 124:
            continue  # the real one is version 2, which treats counters younger than a scrape otherwise than version 3
        values[((NAME, "restarting_total"), ("app", "checkout"))] = float(tick * 3 % 100)
        values[((NAME, "idle_total"),)] = 7.0
        for labels, value in values.items():
            samples.add(labels, BEGIN + tick * EVERY, value)
    return samples


def open_metrics(samples: Samples) -> str:
    by_name: dict[str, list[str]] = {}
    for labels, track in samples.select(()):
        held = ",".join(f'{name}="{value}"' for name, value in labels if name != NAME)
        name = dict(labels)[NAME]
        for at, value in track.between(0, math.inf):
            by_name.setdefault(name, []).append(f"{name}{{{held}}} {number_text(value)} {at}")
    return "\n".join([*(line for lines in by_name.values() for line in lines), "# EOF\n"])


@pytest.fixture(scope="module")
def samples() -> Samples:
    return scraped()


@pytest.fixture(scope="module")
def real(samples: Samples, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealPrometheus]:
    with real_prometheus(tmp_path_factory.mktemp("oracle"), open_metrics(samples)) as running:
        yield running


def comparable(answer: dict[str, Any]) -> dict[Labels, list[tuple[float, float]]]:
    """Label set → points. The order of a vector means nothing (but for sort, which is looked at apart)."""
    if answer["resultType"] in ("scalar", "string"):
        at, text = answer["result"]
        return {(): [(at, float(text) if answer["resultType"] == "scalar" else len(text))]}
    found = {}
    for row in answer["result"]:
        points = row["values"] if "values" in row else [row["value"]]
        found[tuple(sorted(row["metric"].items()))] = [(at, float(text)) for at, text in points]
    return found


def assert_same(ours: dict[str, Any], theirs: dict[str, Any]) -> None:
    assert ours["resultType"] == theirs["resultType"]
    mine, right = comparable(ours), comparable(theirs)
    assert mine.keys() == right.keys()
    for labels, points in right.items():
        assert [at for at, _ in mine[labels]] == [at for at, _ in points]
        for (_, value), (_, expected) in zip(mine[labels], points, strict=True):
            assert value == pytest.approx(expected, rel=1e-9, abs=1e-12, nan_ok=True), labels


def asked(real: RealPrometheus, path: str, **given: Any) -> requests.Response:
    return requests.post(f"{real.address}/api/v1/{path}", data=given, timeout=120)


@pytest.mark.parametrize("promql", QUERIES)
def test_instant_queries_answer_as_the_real_one_does(promql: str, samples: Samples, real: RealPrometheus) -> None:
    for at in MOMENTS:
        theirs = asked(real, "query", query=promql, time=at).json()
        assert theirs["status"] == "success", theirs
        assert_same(result(Evaluation(samples).instant(parse(promql), at), at), theirs["data"])


@pytest.mark.parametrize(
    "promql",
    [
        "sum by (version) (rate(http_requests_total[1m]))",
        "histogram_quantile(0.95, sum by (le, version) (rate(http_request_duration_seconds_bucket[1m])))",
        'sum(rate(http_requests_total{version="v1.5.0",status!~"5.."}[1m])) / sum(rate(http_requests_total{version="v1.5.0"}[1m]))',
        "rate(http_requests_total[1m]) > 1",
        "http_requests_total @ end()",
        "http_requests_total @ start()",
        "time() / 2",
    ],
)
def test_range_queries_answer_as_the_real_one_does(promql: str, samples: Samples, real: RealPrometheus) -> None:
    start, end = BEGIN + 301.7, BEGIN + 893.2
    theirs = asked(real, "query_range", query=promql, start=start, end=end, step=7.5).json()
    lines = Evaluation(samples).range(parse(promql), start, end, 7.5)
    assert_same(result(Matrix(lines, start, end), end), theirs["data"])


@pytest.mark.parametrize("promql", REFUSED)
def test_what_the_real_one_refuses_is_refused_with_the_same_status(
    promql: str, samples: Samples, real: RealPrometheus
) -> None:
    theirs = asked(real, "query", query=promql, time=MOMENTS[-1])
    with pytest.raises((QueryError, ExecutionError)) as told:
        Evaluation(samples).instant(parse(promql), MOMENTS[-1])
    assert theirs.status_code == (400 if isinstance(told.value, QueryError) else 422)


def test_sorting_sorts(samples: Samples, real: RealPrometheus) -> None:
    for promql in ("sort(http_requests_total)", "sort_desc(http_requests_total)"):
        theirs = asked(real, "query", query=promql, time=MOMENTS[-1]).json()["data"]["result"]
        ours: Any = result(Evaluation(samples).instant(parse(promql), MOMENTS[-1]), MOMENTS[-1])["result"]
        assert [row["value"][1] for row in ours] == [row["value"][1] for row in theirs]
