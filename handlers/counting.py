"""Counting what the process does, where no single part of it could: calls to Slack, and what the database holds."""

from types import SimpleNamespace

import aiohttp

from bot.metrics import Metrics
from bot.store import Store
from strategies.phase import phase

WAITING = 10_000
"""How many unsent messages are counted at most; more is the same bad news."""


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


async def take_stock(store: Store, metrics: Metrics) -> None:
    """Set the gauges from the database."""
    live = await store.all_live()
    phases: dict[str, int] = {}
    for saved in live:
        word = phase(saved.rollout, next(iter(saved.seen.values()), None)).word
        phases[word] = phases.get(word, 0) + 1
    metrics.rollouts.clear()
    for name, count in phases.items():
        metrics.rollouts.labels(name).set(count)
    metrics.open_asks.set(sum(ask.is_open for saved in live for ask in saved.rollout.asks))
    metrics.outbox.set(len(await store.pending_tells(WAITING)))
