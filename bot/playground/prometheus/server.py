"""The HTTP side: Prometheus' query API, as version 3 answers it."""

import asyncio
import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from aiohttp import web

from bot.playground.prometheus.answers import failure, result, success
from bot.playground.prometheus.evaluation import Evaluation, matchers_of, parse, selector_of
from bot.playground.prometheus.exporter import Exporter
from bot.playground.prometheus.faults import Fault, twisted
from bot.playground.prometheus.health import Scenario
from bot.playground.prometheus.parameters import duration, moment
from bot.playground.prometheus.samples import LOOK_BACK, Labels, Samples
from bot.playground.prometheus.values import ExecutionError, Matrix, QueryError
from bot.playground.prometheus.world import Backend, World

INTERVAL = 5.0
"""Seconds of playground time between two scrapes."""

HISTORY = 900.0
"""Seconds of the past that the server knows when it starts, as if the world had been as it is."""

MOST_POINTS = 11_000
"""Points for each line of a range query, as in Prometheus."""


class Clock(Protocol):
    """The playground's time."""

    def now(self) -> datetime:
        """Playground time, aware."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait for playground seconds."""
        ...


class PrometheusServer:
    """Serves the metrics of a world. Start it once the world has its first pods, for its past is made from them.

    `scenario` may be replaced and `fault` set at any time. A stopped server refuses connections, forgets nothing, and
    may be started again.
    """

    def __init__(self, clock: Clock, world: World, scenario: Scenario | None = None) -> None:
        self.scenario = scenario if scenario is not None else Scenario()
        self._clock, self._world = clock, world
        self._exporter, self._samples = Exporter(), Samples()
        self._traffic: tuple[Backend, ...] = ()
        self._begun: float | None = None
        self._ticks = 0
        self._shown: frozenset[Labels] = frozenset()
        self._fault: Fault | None = None
        self._over = asyncio.Event()
        self._scraping: asyncio.Task[None] | None = None
        self._runner: web.AppRunner | None = None

    @property
    def fault(self) -> Fault | None:
        """How the whole server misbehaves at present."""
        return self._fault

    @fault.setter
    def fault(self, fault: Fault | None) -> None:
        self._fault = fault
        self._over.set()
        self._over = asyncio.Event()

    def observe(self) -> None:
        """Take the samples that have become due, under the traffic seen last, then look at the traffic again.

        Called every few seconds and before each query. Call it also when the world changes, so that the change counts
        from that moment.
        """
        now = self._clock.now().timestamp()
        if self._begun is None:
            self._begun = math.floor((now - HISTORY) / INTERVAL) * INTERVAL
            self._traffic = tuple(self._world.traffic())
        while (at := self._begun + (self._ticks + 1) * INTERVAL) <= now:
            self._ticks += 1
            self._scrape(at)
        self._traffic = tuple(self._world.traffic())

    def _scrape(self, at: float) -> None:
        values = self._exporter.scrape(self._traffic, self.scenario, self._ticks, INTERVAL)
        for labels, value in values.items():
            self._samples.add(labels, at, value)
        for labels in self._shown - values.keys():
            self._samples.add(labels, at, None)
        self._shown = frozenset(values)

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> str:
        """Listen and begin to scrape; returns the address."""
        self.observe()
        self._runner = web.AppRunner(self.app(), access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()
        self._scraping = asyncio.create_task(self._scrape_on(), name="playground scrapes")
        name, bound = self._runner.addresses[0][:2]
        return f"http://{name}:{bound}"

    async def stop(self) -> None:
        """Close the port; what hangs is let go."""
        if self._scraping is not None:
            self._scraping.cancel()
            await asyncio.wait([self._scraping])
            self._scraping = None
        if self._runner is not None:
            self._over.set()
            await self._runner.cleanup()
            self._runner = None

    async def _scrape_on(self) -> None:
        while True:
            await self._clock.sleep(INTERVAL)
            self.observe()

    def app(self) -> web.Application:
        """The routes, to serve them elsewhere."""
        app = web.Application(client_max_size=10 * 2**20)
        for path, handler in (
            ("query", self._query),
            ("query_range", self._query_range),
            ("labels", self._labels),
            ("series", self._series),
        ):
            app.router.add_route("GET", f"/api/v1/{path}", handler)
            app.router.add_route("POST", f"/api/v1/{path}", handler)
        app.router.add_get("/api/v1/label/{name}/values", self._label_values)
        app.router.add_get("/api/v1/status/buildinfo", self._build_info)
        app.router.add_get("/-/ready", self._ready)
        app.router.add_get("/-/healthy", self._healthy)
        return app

    def ask(self, query: str) -> tuple[int, str]:
        """Status and body of the answer to an instant query, for who asks from inside the playground.

        Raises TimeoutError where no answer would come.
        """
        if self._fault is Fault.HANG:
            raise TimeoutError("context deadline exceeded")
        answer = self._refused() or self._instant({"query": query})
        return answer.status, answer.text or ""

    async def _query(self, request: web.Request) -> web.Response:
        given = await _parameters(request)
        return await self._broken() or self._instant(given)

    def _instant(self, given: Mapping[str, str]) -> web.Response:
        try:
            at = moment(given, "time", self._clock.now().timestamp())
            _checked_timeout(given)
            expression = _parsed(given)
            self.observe()
            value = Evaluation(self._samples).instant(expression, at)
        except (QueryError, ExecutionError) as error:
            return failure(error)
        return success(result(twisted(value, self._fault), at))

    async def _query_range(self, request: web.Request) -> web.Response:
        given = await _parameters(request)
        if (broken := await self._broken()) is not None:
            return broken
        try:
            start, end, step = _range(given)
            _checked_timeout(given)
            expression = _parsed(given)
            self.observe()
            lines = Evaluation(self._samples).range(expression, start, end, step)
        except (QueryError, ExecutionError) as error:
            return failure(error)
        return success(result(twisted(Matrix(lines, start, end), self._fault), end))

    async def _broken(self) -> web.Response | None:
        """The answer of a server that cannot answer."""
        if self._fault is Fault.HANG:
            await self._over.wait()
        return self._refused()

    def _refused(self) -> web.Response | None:
        match self._fault:
            case Fault.UNAVAILABLE:
                return web.Response(status=503, text="Service Unavailable")
            case Fault.PAGE:
                page = "<!DOCTYPE html><html><body><h1>Sign in</h1></body></html>"
                return web.Response(text=page, content_type="text/html")
            case Fault.BAD_QUERY:
                return failure(QueryError('invalid parameter "query": parse error: unexpected end of input'))
            case _:
                return None

    async def _series(self, request: web.Request) -> web.Response:
        given = await _parameters(request)
        selectors = await _several(request, "match[]")
        if not selectors:
            return failure(QueryError("no match[] parameter provided"))
        try:
            now = self._clock.now().timestamp()
            start, end = moment(given, "start", now - HISTORY), moment(given, "end", now)
            chosen = [matchers_of(selector_of(selector)) for selector in selectors]
        except QueryError as error:
            return failure(error)
        self.observe()
        found = {
            labels
            for matchers in chosen
            for labels, track in self._samples.select(matchers)
            if track.between(start, end)
        }
        return success([dict(labels) for labels in sorted(found)])

    async def _labels(self, request: web.Request) -> web.Response:
        return success(sorted({name for labels in self._alive() for name, _ in labels}))

    async def _label_values(self, request: web.Request) -> web.Response:
        wanted = request.match_info["name"]
        return success(sorted({value for labels in self._alive() for name, value in labels if name == wanted}))

    def _alive(self) -> list[Labels]:
        self.observe()
        now = self._clock.now().timestamp()
        return [labels for labels, track in self._samples.select(()) if track.between(now - LOOK_BACK, now)]

    async def _build_info(self, request: web.Request) -> web.Response:
        return success(
            {
                "version": "3.0.0",
                "revision": "playground",
                "branch": "",
                "buildUser": "",
                "buildDate": "",
                "goVersion": "",
            }
        )

    async def _ready(self, request: web.Request) -> web.Response:
        if self._fault is Fault.UNAVAILABLE:
            return web.Response(status=503, text="Service Unavailable")
        return web.Response(text="Prometheus Server is Ready.\n")

    async def _healthy(self, request: web.Request) -> web.Response:
        return web.Response(text="Prometheus Server is Healthy.\n")


async def _parameters(request: web.Request) -> dict[str, str]:
    """Of the address, and of a posted form, which wins."""
    form = await request.post()
    return dict(request.query) | {name: value for name, value in form.items() if isinstance(value, str)}


async def _several(request: web.Request, name: str) -> list[str]:
    form = await request.post()
    posted = [value for value in form.getall(name, []) if isinstance(value, str)]
    return [*request.query.getall(name, []), *posted]


def _parsed(given: Mapping[str, str]) -> Any:
    try:
        return parse(given.get("query", ""))
    except QueryError as error:
        raise QueryError(f'invalid parameter "query": {error}') from error


def _checked_timeout(given: Mapping[str, str]) -> None:
    """Nothing takes so long here that it would matter, but one that cannot be read is refused."""
    if given.get("timeout"):
        duration(given, "timeout")


def _range(given: Mapping[str, str]) -> tuple[float, float, float]:
    start, end, step = moment(given, "start", None), moment(given, "end", None), duration(given, "step")
    if end < start:
        raise QueryError('invalid parameter "end": end timestamp must not be before start time')
    if step <= 0:
        raise QueryError(
            'invalid parameter "step": zero or negative query resolution step widths are not accepted. Try a positive integer'
        )
    if (end - start) / step > MOST_POINTS:
        raise QueryError(
            "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)"
        )
    return start, end, step
