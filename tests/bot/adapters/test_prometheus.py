"""The Prometheus adapter against a server that misbehaves in every way, and against a real Prometheus."""

import asyncio
import contextlib
import math
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from prometheus_client import Counter, Gauge

from bot.adapters.prometheus import IN_FLIGHT, Prometheus, Series
from bot.errors import (
    Forbidden,
    Invalid,
    LeadsmanError,
    NotFound,
    PermanentError,
    ServerFailed,
    TemporaryError,
    Throttled,
    Unauthenticated,
    Unreachable,
)
from tests.real.ports import deaf_port
from tests.real.prometheus import RealPrometheus, real_prometheus

AT = datetime(2026, 11, 20, 14, 0, 0, 250000, UTC)
PATIENCE = 120.0
"""Real seconds for what must be answered, however slow the machine is."""


class FakeServer:
    """Answers what the test has put into `answer`, and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []
        self.headers: list[str | None] = []
        self.answer = web.json_response(_vector([]))
        self.go_on = asyncio.Event()
        self.go_on.set()
        self.address = ""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(dict(request.query))
        self.headers.append(request.headers.get("Authorization"))
        await self.go_on.wait()
        given = self.answer
        return web.Response(body=given.body, status=given.status, headers=given.headers)


def _vector(rows: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    return {"status": "success", "data": {"resultType": "vector", "result": rows}, **more}


def _page(status: int) -> web.Response:
    return web.Response(text="<html><body>Sign in</body></html>", content_type="text/html", status=status)


def _refused(status: int, kind: str, reason: str) -> web.Response:
    return web.json_response({"status": "error", "errorType": kind, "error": reason}, status=status)


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(16) as pool:
        yield pool


@pytest.fixture
async def fake() -> AsyncIterator[FakeServer]:
    server = FakeServer()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", server.handle)
    async with TestServer(app) as running:
        server.address = str(running.make_url("/")).rstrip("/")
        yield server
        server.go_on.set()


@pytest.fixture
def prometheus(fake: FakeServer, threads: ThreadPoolExecutor) -> Iterator[Prometheus]:
    adapter = Prometheus(fake.address, executor=threads, timeout=PATIENCE)
    yield adapter
    adapter.close()


async def test_a_vector_becomes_its_numbers_with_their_labels_beside(fake: FakeServer, prometheus: Prometheus) -> None:
    rows = [{"metric": {"version": "v1"}, "value": [1, "0.5"]}, {"metric": {}, "value": [1, "+Inf"]}]
    fake.answer = web.json_response(_vector(rows))
    answer = await prometheus.query("up", AT)
    assert (answer.result, answer.labels) == ((0.5, math.inf), ({"version": "v1"}, {}))
    assert float(fake.asked[0]["time"]) == AT.timestamp()


async def test_without_a_time_the_server_takes_its_own(fake: FakeServer, prometheus: Prometheus) -> None:
    assert (await prometheus.query("up")).result == ()
    assert fake.asked == [{"query": "up"}]


async def test_a_scalar_becomes_one_number_and_may_be_nan(fake: FakeServer, prometheus: Prometheus) -> None:
    fake.answer = web.json_response({"status": "success", "data": {"resultType": "scalar", "result": [1, "NaN"]}})
    result = (await prometheus.query("scalar(x)")).result
    assert isinstance(result, float)
    assert math.isnan(result)


async def test_what_the_server_warns_of_is_kept(fake: FakeServer, prometheus: Prometheus) -> None:
    fake.answer = web.json_response(_vector([], warnings=["two hours are missing"], infos=["not a counter"]))
    assert (await prometheus.query("up")).warnings == ("two hours are missing", "not a counter")


async def test_the_ends_of_a_range_are_sent_to_the_millisecond(fake: FakeServer, prometheus: Prometheus) -> None:
    matrix = {"resultType": "matrix", "result": [{"metric": {"a": "b"}, "values": [[AT.timestamp(), "1"]]}]}
    fake.answer = web.json_response({"status": "success", "data": matrix})
    lines = await prometheus.query_range("up", AT, AT + timedelta(seconds=10.5), timedelta(seconds=2.5))
    assert lines == (Series({"a": "b"}, ((AT, 1.0),)),)
    sent = fake.asked[0]
    assert (float(sent["start"]), float(sent["end"])) == (AT.timestamp(), AT.timestamp() + 10.5)
    assert float(sent["step"]) == 2.5


@pytest.mark.parametrize("kind", ["matrix", "string"])
async def test_a_query_that_gives_no_numbers_is_refused_with_its_name(
    kind: str, fake: FakeServer, prometheus: Prometheus
) -> None:
    fake.answer = web.json_response({"status": "success", "data": {"resultType": kind, "result": []}})
    with pytest.raises(Invalid, match=rf"`up\[5m\]` gives a {kind}"):
        await prometheus.query("up[5m]")


async def test_a_native_histogram_is_refused_in_both_kinds_of_query(fake: FakeServer, prometheus: Prometheus) -> None:
    fake.answer = web.json_response(_vector([{"metric": {}, "histogram": [1, {}], "histograms": [[1, {}]]}]))
    with pytest.raises(Invalid, match="histogram_quantile"):
        await prometheus.query("latency")
    with pytest.raises(Invalid, match="histogram_quantile"):
        await prometheus.query_range("latency", AT, AT, timedelta(seconds=1))


FAILURES: list[tuple[str, web.Response, type[LeadsmanError], str]] = [
    ("a bad query", _refused(400, "bad_data", "1:5: parse error: unclosed"), Invalid, "1:5: parse error: unclosed"),
    ("a query that fails", _refused(422, "execution", "many-to-many matching"), Invalid, "many-to-many matching"),
    ("an expired password", web.Response(status=401), Unauthenticated, "Renew the user and password"),
    ("no permission", web.Response(status=403, text="RBAC: denied"), Forbidden, "RBAC: denied"),
    ("a wrong path", web.Response(status=404, text="404 page not found"), NotFound, "Check the address"),
    ("too many questions", web.Response(status=429, headers={"Retry-After": "7"}), Throttled, "asked too often"),
    ("a query that took too long", _refused(503, "timeout", "query timed out"), ServerFailed, "query timed out"),
    ("a gateway's page", _page(502), ServerFailed, r"failed \(502\): a web page"),
    ("a sign-in page", _page(200), PermanentError, "web page where Prometheus would answer with JSON"),
    ("JSON cut in the middle", web.Response(text='{"status":"succ'), ServerFailed, "cannot be read"),
    ("JSON of another kind", web.json_response(["hello"]), ServerFailed, "cannot be read"),
    ("JSON without data", web.json_response({"status": "success"}), ServerFailed, "cannot be read"),
    ("a number that is none", web.json_response(_vector([{"metric": {}, "value": [1, "x"]}])), ServerFailed, "cannot"),
    ("a strange status", web.Response(status=418, text="teapot"), PermanentError, "status 418: teapot"),
]


@pytest.mark.parametrize(("answer", "error", "words"), [row[1:] for row in FAILURES], ids=[row[0] for row in FAILURES])
async def test_each_failure_is_told_apart_and_says_why(
    answer: web.Response, error: type[LeadsmanError], words: str, fake: FakeServer, prometheus: Prometheus
) -> None:
    fake.answer = answer
    with pytest.raises(error, match=words) as told:
        await prometheus.query("up", AT)
    assert type(told.value) is error
    assert len(fake.asked) == 1, "retried behind our back"
    with pytest.raises(error):
        await prometheus.query_range("up", AT, AT, timedelta(seconds=1))


async def test_the_time_that_a_busy_server_asks_for_is_kept(fake: FakeServer, prometheus: Prometheus) -> None:
    fake.answer = web.Response(status=429, headers={"Retry-After": "7"})
    with pytest.raises(Throttled) as told:
        await prometheus.query("up")
    assert told.value.delay == 7
    fake.answer = web.Response(status=503, headers={"Retry-After": "Fri, 20 Nov 2026 14:00:00 GMT"})
    with pytest.raises(ServerFailed) as failed:
        await prometheus.query("up")
    assert failed.value.delay is None


async def test_a_long_reason_is_cut_and_stays_on_one_line(fake: FakeServer, prometheus: Prometheus) -> None:
    fake.answer = _refused(400, "bad_data", "no\n" * 5000)
    with pytest.raises(Invalid) as told:
        await prometheus.query("up")
    assert len(str(told.value)) < 600
    assert "\n" not in str(told.value)


async def test_a_server_that_hangs_is_unreachable_after_the_timeout(
    fake: FakeServer, threads: ThreadPoolExecutor
) -> None:
    fake.go_on.clear()
    hurried = Prometheus(fake.address, executor=threads, timeout=0.2)
    with pytest.raises(Unreachable, match=r"did not answer within 0.2 s"):
        await hurried.query("up")
    fake.go_on.set()
    assert await answered_at_last(hurried) == ()
    hurried.close()


async def answered_at_last(hurried: Prometheus) -> tuple[float, ...] | float:
    """The answer, asked for until it comes in time."""
    while True:
        with contextlib.suppress(Unreachable):
            return (await hurried.query("up")).result


async def test_a_server_that_trickles_is_unreachable_after_the_timeout(threads: ThreadPoolExecutor) -> None:
    stop, stopped = asyncio.Event(), asyncio.Event()

    async def trickle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n")
        stopping = asyncio.create_task(stop.wait())
        while not stopping.done():
            writer.write(b" ")
            await asyncio.wait([stopping], timeout=0.02)
        writer.close()
        await writer.wait_closed()
        stopped.set()

    server = await asyncio.start_server(trickle, "127.0.0.1", 0)
    async with server:
        adapter = Prometheus(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", executor=threads, timeout=0.3)
        with pytest.raises(Unreachable, match="did not answer within"):
            await adapter.query("up")
        stop.set()
        await stopped.wait()
        adapter.close()


@pytest.fixture
def nobody() -> Iterator[str]:
    """An address, without its scheme, at which connections are refused."""
    with deaf_port() as port:
        yield f"127.0.0.1:{port}"


async def test_a_refused_connection_and_an_unknown_name_say_so(threads: ThreadPoolExecutor, nobody: str) -> None:
    for address, words in (
        (f"http://{nobody}", "the connection is refused"),
        ("http://prometheus.invalid:9090", "its name is not known"),
    ):
        adapter = Prometheus(address, executor=threads, timeout=PATIENCE)
        with pytest.raises(Unreachable, match=words):
            await adapter.query("up")
        adapter.close()


async def test_a_password_in_the_address_is_used_and_never_shown(
    fake: FakeServer, threads: ThreadPoolExecutor, nobody: str
) -> None:
    adapter = Prometheus(fake.address.replace("//", "//leads:p%40ss-s3cret@"), executor=threads, timeout=PATIENCE)
    await adapter.query("up")
    assert fake.headers == ["Basic bGVhZHM6cEBzcy1zM2NyZXQ="]
    fake.answer = web.Response(status=401)
    with pytest.raises(Unauthenticated) as told:
        await adapter.query("up")
    closed = Prometheus(f"http://leads:p%40ss-s3cret@{nobody}", executor=threads, timeout=PATIENCE)
    with pytest.raises(Unreachable) as silent:
        await closed.query("up")
    for error in (told.value, silent.value):
        assert "s3cret" not in f"{error} {error!r} {error.__cause__!r}"
        assert error.__cause__ is None
    assert "s3cret" not in closed.address
    adapter.close()
    closed.close()


async def test_a_proxy_of_the_environment_is_used_and_a_netrc_password_is_not(
    fake: FakeServer, threads: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login somebody password s3cret")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", fake.address)
    monkeypatch.setenv("NO_PROXY", "inside.example")
    adapter = Prometheus("http://prometheus.example:9090", executor=threads, timeout=PATIENCE)
    await adapter.query("up")
    assert fake.headers == [None]
    inside = Prometheus("http://inside.example:9090", executor=threads, timeout=5)
    with pytest.raises(Unreachable):
        await inside.query("up")
    assert len(fake.asked) == 1
    adapter.close()
    inside.close()


async def test_the_same_question_asked_at_once_is_asked_once(fake: FakeServer, prometheus: Prometheus) -> None:
    fake.go_on.clear()
    asking = [asyncio.create_task(prometheus.query("up", AT)) for _ in range(20)]
    other = asyncio.create_task(prometheus.query("up", AT + timedelta(seconds=1)))
    asking[0].cancel()
    fake.go_on.set()
    done = await asyncio.gather(*asking, other, return_exceptions=True)
    assert isinstance(done[0], asyncio.CancelledError), "one who goes away leaves alone"
    assert [answer.result for answer in done[1:] if not isinstance(answer, BaseException)] == [()] * 20
    assert len(fake.asked) == 2
    await prometheus.query("up", AT)
    assert len(fake.asked) == 3, "an old answer must not serve a later question"


async def test_a_hung_server_leaves_threads_to_the_others(fake: FakeServer, threads: ThreadPoolExecutor) -> None:
    fake.go_on.clear()
    hung = Prometheus(fake.address, executor=threads, timeout=PATIENCE)
    asking = [asyncio.create_task(hung.query(f"x{n}")) for n in range(3 * IN_FLIGHT)]
    while len(fake.asked) < IN_FLIGHT:
        await asyncio.wait(asking, timeout=0.01)
    assert await asyncio.get_running_loop().run_in_executor(threads, lambda: "free") == "free"
    assert len(fake.asked) == IN_FLIGHT
    fake.go_on.set()
    assert [answer.result for answer in await asyncio.gather(*asking)] == [()] * 3 * IN_FLIGHT
    hung.close()


async def test_whoever_waits_for_a_place_at_a_hung_server_is_told_so_as_soon_as_the_others(
    fake: FakeServer, threads: ThreadPoolExecutor
) -> None:
    fake.go_on.clear()
    hung = Prometheus(fake.address, executor=threads, timeout=0.3)
    asking = [asyncio.create_task(hung.query(f"x{n}")) for n in range(3 * IN_FLIGHT)]
    results = await asyncio.gather(*asking, return_exceptions=True)
    assert {type(error) for error in results} == {Unreachable}
    hung.close()


async def test_an_error_nobody_waits_for_any_more_is_silent(
    fake: FakeServer, prometheus: Prometheus, caplog: pytest.LogCaptureFixture
) -> None:
    fake.go_on.clear()
    fake.answer = web.Response(status=500)
    asking = asyncio.create_task(prometheus.query("up"))
    await asyncio.wait([asking], timeout=0.05)
    asking.cancel()
    fake.go_on.set()
    with pytest.raises(ServerFailed):
        await prometheus.query("up")
    assert caplog.text == ""


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealPrometheus]:
    with real_prometheus(tmp_path_factory.mktemp("prometheus")) as running:
        yield running


async def test_a_real_prometheus_is_measured(real: RealPrometheus, threads: ThreadPoolExecutor) -> None:
    Gauge("leads_depth", "Fathoms", ["side"], registry=real.registry).labels("port").set(7)
    Counter("leads_casts", "Casts of the lead", registry=real.registry).inc(3)
    await asyncio.to_thread(real.wait_for, "leads_depth")
    adapter = Prometheus(real.address, executor=threads, timeout=PATIENCE)
    depth = await adapter.query("leads_depth")
    assert depth.result == (7.0,)
    assert depth.labels[0]["side"] == "port"
    assert (await adapter.query("scalar(leads_depth)")).result == 7.0
    assert (await adapter.query("nothing_of_that_name")).result == ()
    nan = (await adapter.query("vector(0) / 0")).result
    assert isinstance(nan, tuple)
    assert math.isnan(nan[0])
    now = datetime.now(UTC)
    (line,) = await adapter.query_range("leads_casts_total", now - timedelta(seconds=20), now, timedelta(seconds=1))
    assert {value for _, value in line.points} == {3.0}
    adapter.close()


async def test_a_real_prometheus_refuses_a_bad_query_with_its_own_reason(
    real: RealPrometheus, threads: ThreadPoolExecutor
) -> None:
    adapter = Prometheus(real.address, executor=threads, timeout=PATIENCE)
    with pytest.raises(Invalid, match="unclosed left parenthesis"):
        await adapter.query("rate(x[5m]")
    with pytest.raises(Invalid, match="gives a matrix"):
        await adapter.query("up[5m]")
    with pytest.raises(NotFound):
        elsewhere = Prometheus(f"{real.address}/elsewhere", executor=threads, timeout=PATIENCE)
        await elsewhere.query("up")
    with pytest.raises(PermanentError):
        await adapter.query_range("up", AT, AT - timedelta(seconds=1), timedelta(seconds=1))
    adapter.close()
    elsewhere.close()


def test_whatever_may_be_asked_again_is_a_temporary_error() -> None:
    assert all(issubclass(kind, TemporaryError) for kind in (Unreachable, ServerFailed, Throttled, Unauthenticated))
