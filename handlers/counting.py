"""Counting what the process does, where no single part of it could: calls to Slack, and how many rollouts stand where."""

from collections import Counter
from types import SimpleNamespace

import aiohttp

from bot.metrics import Metrics
from bot.store import Store
from bot.store.records import Saved
from strategies.phase import phase


def counted_session(metrics: Metrics) -> aiohttp.ClientSession:
    """The HTTP session for Slack: each call is counted by method and result."""

    async def ended(_: aiohttp.ClientSession, __: SimpleNamespace, params: aiohttp.TraceRequestEndParams) -> None:
        _count(metrics, params.url.path, str(params.response.status))

    async def failed(
        _: aiohttp.ClientSession, __: SimpleNamespace, params: aiohttp.TraceRequestExceptionParams
    ) -> None:
        _count(metrics, params.url.path, "no answer")

    trace = aiohttp.TraceConfig()
    trace.on_request_end.append(ended)
    trace.on_request_exception.append(failed)
    return aiohttp.ClientSession(trace_configs=[trace])


def _count(metrics: Metrics, path: str, result: str) -> None:
    """Only Web API calls have a method; addresses of files and answers are as many as there are messages."""
    method = path.rpartition("/api/")[2] if "/api/" in path else "other"
    metrics.slack_calls.labels(method, result).inc()


class Stock:
    """How many rollouts stand where. Kept from what is saved, since reading all again and again would be most of an idle bot's work."""

    def __init__(self, store: Store, metrics: Metrics) -> None:
        self._store = store
        self._metrics = metrics
        self._known: dict[str, tuple[str, int]] = {}

    def note(self, saved: Saved) -> None:
        """Remember where a rollout stands; listens to the engine from before its start."""
        rollout = saved.rollout
        if rollout.is_final:
            self._known.pop(rollout.id, None)
            return
        word = phase(rollout, next(iter(saved.seen.values()), None)).word
        self._known[rollout.id] = word, sum(ask.is_open for ask in rollout.asks)

    async def take(self) -> None:
        """Set the gauges."""
        self._metrics.rollouts.clear()
        for word, count in Counter(word for word, _ in self._known.values()).items():
            self._metrics.rollouts.labels(word).set(count)
        self._metrics.open_asks.set(sum(asks for _, asks in self._known.values()))
        self._metrics.outbox.set(await self._store.untold())
