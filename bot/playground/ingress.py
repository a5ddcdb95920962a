"""What ingress-nginx does with a request: the canary Ingress takes its weight, the main one the rest.

The rules are those of its annotations page: one canary Ingress for each rule, `canary-weight` of `canary-weight-total` (100); a Service
without ready endpoints fails its part of the requests.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

PREFIX = "nginx.ingress.kubernetes.io/"

Thing = dict[str, Any]


class Cluster(Protocol):
    """Where the objects are."""

    def list(self, kind: str, namespace: str = "") -> Iterable[Thing]:
        """The objects of a kind in a namespace."""


@dataclass(frozen=True, slots=True)
class Part:
    """The requests of one host that one Service gets: `share` from 0 to 1, and the ready pods behind it."""

    ingress: str
    service: str
    share: float
    pods: Sequence[Thing]


def parts(cluster: Cluster, namespace: str, host: str) -> tuple[Part, ...]:
    """Who gets which part of the requests to `host`."""
    found = [one for one in cluster.list("Ingress", namespace) if host in _hosts(one)]
    main = next((one for one in found if not _is_canary(one)), None)
    canary = next((one for one in found if _is_canary(one)), None)
    if main is None:
        return ()
    share = _weight(canary) if canary is not None else 0.0
    split = [(main, 1.0 - share)] + ([(canary, share)] if canary is not None else [])
    return tuple(
        Part(one["metadata"]["name"], service, part, _ready(cluster, namespace, service))
        for one, part in split
        for service in [_service(one)]
    )


def _annotation(ingress: Thing, name: str) -> str:
    annotations: dict[str, str] = ingress["metadata"].get("annotations") or {}
    return annotations.get(PREFIX + name, "")


def _is_canary(ingress: Thing) -> bool:
    return _annotation(ingress, "canary") == "true"


def _weight(canary: Thing) -> float:
    weight, total = _annotation(canary, "canary-weight") or "0", _annotation(canary, "canary-weight-total") or "100"
    return min(1.0, max(0.0, int(weight) / int(total)))


def _hosts(ingress: Thing) -> list[str]:
    return [rule.get("host", "") for rule in ingress["spec"].get("rules") or ()]


def _service(ingress: Thing) -> str:
    path = ingress["spec"]["rules"][0]["http"]["paths"][0]
    name: str = path["backend"]["service"]["name"]
    return name


def _ready(cluster: Cluster, namespace: str, service: str) -> Sequence[Thing]:
    services = [one for one in cluster.list("Service", namespace) if one["metadata"]["name"] == service]
    selector = services[0]["spec"].get("selector") or {} if services else {}
    if not selector:
        return ()
    return [pod for pod in cluster.list("Pod", namespace) if _selected(pod, selector) and _is_ready(pod)]


def _selected(pod: Thing, selector: dict[str, str]) -> bool:
    labels = pod["metadata"].get("labels") or {}
    return all(labels.get(key) == value for key, value in selector.items())


def _is_ready(pod: Thing) -> bool:
    conditions = pod.get("status", {}).get("conditions") or ()
    ready = any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)
    return ready and "deletionTimestamp" not in pod["metadata"]
