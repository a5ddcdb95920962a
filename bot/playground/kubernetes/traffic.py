"""Where traffic goes: what ingress-nginx and the Services would do with a request, computed from the objects.

The rules are those of ingress-nginx's canary annotations: an Ingress with `canary: "true"` takes `canary-weight` of
`canary-weight-total` (100 unless given) of the host's requests, if there is a main Ingress for the host.
"""

from dataclasses import dataclass
from typing import Any

from bot.playground.kubernetes.controllers.endpoints import SERVICE_LABEL
from bot.playground.kubernetes.store import Store

Obj = dict[str, Any]

_PREFIX = "nginx.ingress.kubernetes.io/"


@dataclass(frozen=True, slots=True)
class ReadyPod:
    """A pod that answers requests: its labels, and the image and digest of its first container."""

    name: str
    labels: dict[str, str]
    image: str
    image_id: str


@dataclass(frozen=True, slots=True)
class Share:
    """What one Service gets: `share` of 100. Without pods that share fails."""

    service: str
    share: float
    pods: tuple[ReadyPod, ...]


def endpoints_of(store: Store, namespace: str, service: str) -> tuple[ReadyPod, ...]:
    """The ready pods behind a Service, as its EndpointSlices say."""
    found = []
    for entry in store.each("endpointslices.discovery.k8s.io", namespace):
        if (entry["metadata"].get("labels") or {}).get(SERVICE_LABEL) != service:
            continue
        for endpoint in entry.get("endpoints") or ():
            if not (endpoint.get("conditions") or {}).get("ready"):
                continue
            pod = store.get("pods", namespace, (endpoint.get("targetRef") or {}).get("name", ""))
            if pod is not None:
                found.append(_ready(pod))
    return tuple(found)


def _ready(pod: Obj) -> ReadyPod:
    states = (pod.get("status") or {}).get("containerStatuses") or [{}]
    labels = dict(pod["metadata"].get("labels") or {})
    image = pod["spec"]["containers"][0]["image"]
    return ReadyPod(pod["metadata"]["name"], labels, image, states[0].get("imageID", ""))


def traffic_split(store: Store, namespace: str, host: str) -> list[Share]:
    """The Services that requests for a host reach, the main one first; empty when no Ingress serves the host."""
    main, canary = None, None
    for ingress in sorted(store.each("ingresses.networking.k8s.io", namespace), key=lambda i: i["metadata"]["name"]):
        service = _service_for(ingress, host)
        if service is None:
            continue
        if _annotation(ingress, "canary") == "true":
            canary = canary or (service, _weight(ingress))
        else:
            main = main or service
    if main is None:
        return []
    share = canary[1] if canary is not None else 0.0
    found = [Share(main, 100.0 - share, endpoints_of(store, namespace, main))]
    if canary is not None:
        found.append(Share(canary[0], share, endpoints_of(store, namespace, canary[0])))
    return found


def _annotation(ingress: Obj, name: str) -> str:
    return str((ingress["metadata"].get("annotations") or {}).get(_PREFIX + name, ""))


def _weight(ingress: Obj) -> float:
    """The canary's share of 100; a weight that is no number is none."""
    total = _number(_annotation(ingress, "canary-weight-total"), 100)
    weight = min(max(_number(_annotation(ingress, "canary-weight"), 0), 0), total)
    return 100.0 * weight / total if total > 0 else 0.0


def _number(text: str, otherwise: int) -> int:
    return int(text) if text.lstrip("-").isdigit() else otherwise


def _service_for(ingress: Obj, host: str) -> str | None:
    spec = ingress.get("spec") or {}
    for rule in spec.get("rules") or ():
        if rule.get("host") not in (None, "", host):
            continue
        for path in (rule.get("http") or {}).get("paths") or ():
            service = (path.get("backend") or {}).get("service")
            if service is not None:
                return str(service["name"])
    default = (spec.get("defaultBackend") or {}).get("service")
    return str(default["name"]) if default is not None else None
