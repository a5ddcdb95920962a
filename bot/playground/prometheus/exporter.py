"""What the pods and the ingress controller would report: counters that grow as the traffic and each version's health
say."""

import math
from collections.abc import Iterator, Sequence

from bot.playground.prometheus.health import Scenario, VersionHealth, wavering
from bot.playground.prometheus.samples import NAME, Labels, labelled
from bot.playground.prometheus.world import Backend

BUCKETS = (
    0.005,
    0.01,
    0.025,
    0.05,
    0.075,
    0.1,
    0.15,
    0.2,
    0.25,
    0.3,
    0.35,
    0.4,
    0.45,
    0.5,
    0.6,
    0.75,
    1,
    1.5,
    2.5,
    5,
    10,
)
"""Upper ends of the latency histogram, in seconds."""

SPREAD = 0.5
"""Latencies are log-normal; this is the deviation of their logarithm."""

P95 = 1.6448536269514722
"""The standard normal's 95th percentile."""

Growth = tuple[Labels, float]


class Exporter:
    """The counters of everything that reports. A pod that goes takes its counters with it; a new one begins at zero."""

    def __init__(self) -> None:
        self._totals: dict[Labels, float] = {}

    def scrape(self, traffic: Sequence[Backend], scenario: Scenario, tick: int, seconds: float) -> dict[Labels, float]:
        """Every series and its value after `seconds` more of this traffic; `tick` numbers the scrape.

        As with a client library, a counter is there once it has counted something.
        """
        grown = [growth for backend in traffic for growth in _growths(backend, scenario, tick, seconds)]
        self._totals = {labels: self._totals.get(labels, 0.0) for labels, _ in grown}
        for labels, more in grown:
            self._totals[labels] += more
        up = {_pods(backend, "up"): 1.0 for backend in traffic if backend.ready and _health(backend, scenario).reports}
        return up | {
            labels: value for labels, total in self._totals.items() if (value := _reported(labels, total)) is not None
        }


def _reported(labels: Labels, total: float) -> float | None:
    """What a client library would say of an expected total: whole requests, and nothing before the first.

    The buckets of a histogram are all there from its first request on, and the sum of its seconds is no whole number.
    """
    held = dict(labels)
    if held[NAME].endswith("_sum"):
        return total or None
    whole = float(math.floor(total + 1e-9))
    return whole if whole or ("le" in held and total) else None


def _health(backend: Backend, scenario: Scenario) -> VersionHealth:
    return scenario.health(backend.version, backend.share)


def _growths(backend: Backend, scenario: Scenario, tick: int, seconds: float) -> Iterator[Growth]:
    health = _health(backend, scenario)
    busy = 1 + health.noise * wavering(backend.version, "requests", tick)
    requests = scenario.requests_per_second * backend.share * busy * seconds
    failing = (1 - health.success_rate) * (1 + health.noise * wavering(backend.version, "failures", tick))
    failed = requests * min(max(failing, 0.0), 1.0)
    by_status = {"200": requests - failed, health.error_status: failed} if backend.ready else {"503": requests}
    slow = health.p95_ms / 1000 * (1 + health.noise * wavering(backend.version, "latency", tick))
    if backend.ingress:
        yield from _ingress(backend, by_status, requests, slow)
    if backend.ready and health.reports:
        yield from _own(backend, by_status, requests, slow)


def _own(backend: Backend, by_status: dict[str, float], requests: float, slow: float) -> Iterator[Growth]:
    """What the pods themselves count."""
    for status, count in by_status.items():
        yield _pods(backend, "http_requests_total", status=status, code=status, method="GET"), count
    name = "http_request_duration_seconds"
    for le, count in _buckets(requests, slow):
        yield _pods(backend, f"{name}_bucket", le=le), count
    yield _pods(backend, f"{name}_sum"), requests * _mean(slow)
    yield _pods(backend, f"{name}_count"), requests


def _ingress(backend: Backend, by_status: dict[str, float], requests: float, slow: float) -> Iterator[Growth]:
    """What ingress-nginx counts, with the labels it uses."""
    for status, count in by_status.items():
        yield _nginx(backend, "nginx_ingress_controller_requests", status=status), count
    if backend.ready:
        for le, count in _buckets(requests, slow):
            yield _nginx(backend, "nginx_ingress_controller_request_duration_seconds_bucket", le=le), count


def _pods(backend: Backend, name: str, **more: str) -> Labels:
    held = {
        NAME: name,
        "job": "kubernetes-pods",
        "namespace": backend.namespace,
        "app": backend.app,
        "service": backend.service,
        "version": backend.version,
        "track": backend.track,
        "pod_template_hash": backend.template_hash,
        "rollouts_pod_template_hash": backend.template_hash,
    }
    return labelled((held | more).items())


def _nginx(backend: Backend, name: str, **more: str) -> Labels:
    held = {
        NAME: name,
        "job": "ingress-nginx",
        "namespace": backend.namespace,
        "exported_namespace": backend.namespace,
        "ingress": backend.ingress,
        "exported_service": backend.service,
        "service": backend.service,
        "host": backend.host,
        "method": "GET",
        "path": "/",
        "canary": f"{backend.namespace}-{backend.service}-80" if backend.track == "canary" else "",
    }
    return labelled((held | more).items())


def _buckets(requests: float, p95: float) -> Iterator[tuple[str, float]]:
    middle = _median(p95)
    for le in BUCKETS:
        yield f"{le:g}", requests * (1 + math.erf(math.log(le / middle) / SPREAD / math.sqrt(2))) / 2
    yield "+Inf", requests


def _median(p95: float) -> float:
    return max(p95, 1e-6) / math.exp(P95 * SPREAD)


def _mean(p95: float) -> float:
    return _median(p95) * math.exp(SPREAD**2 / 2)
