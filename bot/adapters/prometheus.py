"""Measuring: asks one Prometheus, through prometheus-api-client, off the event loop.

That library is synchronous, waits for ever unless told otherwise, retries a query that timed out four times, rounds the
ends of a range to whole seconds and forgets the server's warnings and the kind of the result. All five are set right
here, so that the rest of the project sees only `Prometheus.query`, `Prometheus.query_range` and the errors of
`bot.errors`.
"""

import asyncio
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar, cast
from urllib.parse import unquote, urlsplit, urlunsplit

import requests
from prometheus_api_client import PrometheusConnect
from prometheus_api_client.exceptions import PrometheusApiClientException
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry

from bot.adapters.prometheus_refusals import refusal, too_slow, unanswered, unreadable
from bot.errors import Invalid

T = TypeVar("T")
_Body = Mapping[str, Any]

THREADS = 32
"""Threads that all measuring of one process shares: enough for some hundred queries a second (they wait, they do not
compute)."""

IN_FLIGHT = 8
"""Queries one Prometheus may have open at once, so that a hung server cannot take every thread from the others."""

CONNECTIONS = 64
"""Connections kept per server; the library's own ten would be thrown away and reopened under load."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to an instant query, in the form that Argo's conditions see as `result`.

    `result` is one float for a scalar and a tuple of floats for a vector (empty: no series); NaN and infinities stay as
    they are. `labels` holds the label set of each number of a vector, in the same order. `warnings` are the server's,
    in its words.
    """

    result: tuple[float, ...] | float
    labels: tuple[Mapping[str, str], ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Series:
    """One line of a range query: its label set and its points (time, value), oldest first. A moment without data has no
    point."""

    labels: Mapping[str, str]
    points: tuple[tuple[datetime, float], ...]


def measuring_threads() -> ThreadPoolExecutor:
    """The executor that all `Prometheus` objects of a process share; whoever makes it shuts it down."""
    return ThreadPoolExecutor(THREADS, thread_name_prefix="prometheus")


class Prometheus:
    """One Prometheus (or anything that speaks its query API: Thanos, Mimir, VictoriaMetrics).

    `address` may carry a user and password (`http://user:password@host`); they are used and never shown. `timeout`
    counts real seconds, the wait for a free thread included. Identical questions asked while one is on its way share
    its answer. Nothing is retried here: the judge's own rule (again after 10 s) does that.
    """

    def __init__(self, address: str, *, executor: Executor, timeout: float = 10.0) -> None:
        clean, auth = _without_userinfo(address)
        self.address = clean
        self._executor = executor
        self._timeout = timeout
        self._session = _Session(clean)
        self._client: Any = PrometheusConnect(url=clean, session=self._session, auth=auth, timeout=timeout)
        # the longer prefix wins over what the library has just mounted, with its four attempts and ten connections
        self._session.mount(f"{clean}/api/", HTTPAdapter(pool_maxsize=CONNECTIONS, max_retries=Retry(total=0)))
        self._free = asyncio.Semaphore(IN_FLIGHT)
        self._asked: dict[_Question, asyncio.Task[Any]] = {}

    async def query(self, promql: str, at: datetime | None = None) -> Answer:
        """Evaluate `promql` at `at` (aware; None: the server's now).

        Raises PermanentError (a refused query, a wrong address or permission), Unauthenticated, TemporaryError or
        Unreachable.
        """
        moment = {} if at is None else {"time": at.timestamp()}
        return await self._shared(
            _Question(promql, at), lambda: self._client.custom_query(promql, params=dict(moment)), _answer
        )

    async def query_range(self, promql: str, start: datetime, end: datetime, step: timedelta) -> tuple[Series, ...]:
        """Evaluate `promql` at `start`, `start + step`, … up to `end` (aware, to the millisecond). Raises as `query`
        does."""
        # given again as parameters, the ends replace the ones that the library rounds to whole seconds
        exact = {"start": start.timestamp(), "end": end.timestamp()}
        every = f"{step.total_seconds():.3f}"
        return await self._shared(
            _Question(promql, start, end, step),
            lambda: self._client.custom_query_range(promql, start, end, every, params=dict(exact)),
            _lines,
        )

    def close(self) -> None:
        """Give the connections back; the executor belongs to its maker."""
        self._client.close()

    async def _shared(self, question: "_Question", call: Callable[[], object], read: Callable[[_Body, str], T]) -> T:
        task = self._asked.get(question)
        if task is None:
            task = asyncio.create_task(self._within_time(question, call, read), name="prometheus query")
            self._asked[question] = task
            task.add_done_callback(lambda done: self._forget(question, done))
        return cast(T, await asyncio.shield(task))

    def _forget(self, question: "_Question", task: asyncio.Task[Any]) -> None:
        del self._asked[question]
        if not task.cancelled():
            task.exception()  # every asker may have gone away by now: nobody else would fetch it

    async def _within_time(
        self, question: "_Question", call: Callable[[], object], read: Callable[[_Body, str], T]
    ) -> T:
        try:
            async with asyncio.timeout(self._timeout):
                await self._free.acquire()
                future = asyncio.get_running_loop().run_in_executor(
                    self._executor, self._ask, question.promql, call, read
                )
                # the place is free when the thread is, not when we stop waiting for it
                future.add_done_callback(self._thread_done)
                return await asyncio.shield(future)
        except TimeoutError:
            raise too_slow(self.address, self._timeout) from None

    def _thread_done(self, future: "asyncio.Future[Any]") -> None:
        self._free.release()
        if not future.cancelled():
            future.exception()

    def _ask(self, promql: str, call: Callable[[], object], read: Callable[[_Body, str], T]) -> T:
        """Runs in a thread of the executor, as does the reading of long answers."""
        try:
            call()
            return read(self._session.last.json(), promql)
        except requests.exceptions.JSONDecodeError:
            raise unreadable(self.address, promql, self._session.last) from None
        except requests.RequestException as error:
            raise unanswered(self.address, self._timeout, error) from None
        except PrometheusApiClientException:
            raise refusal(self.address, promql, self._session.last) from None
        except (AttributeError, IndexError, KeyError, TypeError, ValueError):
            raise unreadable(self.address, promql, self._session.last) from None


@dataclass(frozen=True, slots=True)
class _Question:
    promql: str
    start: datetime | None
    end: datetime | None = None
    step: timedelta | None = None


class _Session(requests.Session):
    """A session that keeps each thread's latest answer, and reads proxies and certificates from the environment once.

    `.netrc` is left alone on purpose: a password that nobody configured must not be sent.
    """

    def __init__(self, address: str) -> None:
        super().__init__()
        found = self.merge_environment_settings(address, {}, None, None, None)
        self.proxies, self.verify = dict(found["proxies"]), found["verify"]
        self.trust_env = False
        self._mine = threading.local()

    @property
    def last(self) -> requests.Response:
        """The latest answer that this thread got."""
        return cast(requests.Response, self._mine.response)

    def request(self, *args: Any, **kwargs: Any) -> requests.Response:
        """As requests does it, and kept for `last`."""
        self._mine.response = super().request(*args, **kwargs)
        return self.last


def _answer(body: _Body, promql: str) -> Answer:
    data, warnings = body["data"], _warnings(body)
    match data["resultType"]:
        case "scalar":
            return Answer(float(data["result"][1]), (), warnings)
        case "vector":
            if any("histogram" in row for row in data["result"]):
                raise Invalid(
                    f"The query `{promql}` gives whole histograms, not numbers. Put histogram_quantile() or "
                    f"histogram_avg() around it."
                )
            values = tuple(float(row["value"][1]) for row in data["result"])
            return Answer(values, tuple(row["metric"] for row in data["result"]), warnings)
        case other:
            raise Invalid(
                f"The query `{promql}` gives a {other}, not numbers. Put rate(), sum() or the like around it."
            )


def _lines(body: _Body, promql: str) -> tuple[Series, ...]:
    if any("histograms" in row for row in body["data"]["result"]):
        raise Invalid(
            f"The query `{promql}` gives whole histograms, not numbers. Put histogram_quantile() or histogram_avg() "
            f"around it."
        )
    return tuple(_line(row) for row in body["data"]["result"])


def _line(row: Mapping[str, Any]) -> Series:
    return Series(row["metric"], tuple((datetime.fromtimestamp(at, UTC), float(value)) for at, value in row["values"]))


def _warnings(body: _Body) -> tuple[str, ...]:
    """Newer servers call the mild ones `infos`."""
    return tuple(str(note) for note in (*body.get("warnings", ()), *body.get("infos", ())))


def _without_userinfo(address: str) -> tuple[str, tuple[str, str] | None]:
    parts = urlsplit(address.rstrip("/"))
    clean = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    if parts.username is None:
        return clean, None
    return clean, (unquote(parts.username), unquote(parts.password or ""))
