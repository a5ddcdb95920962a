"""The columns of the tables that kubectl prints, kind by kind. The prose that the real server adds to each column is left empty."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from bot.playground.kubernetes import selectors

Obj = dict[str, Any]
Cell = Callable[[Obj, datetime], Any]
Column = tuple[str, str, int, Cell]

NONE = "<none>"
UNKNOWN = "<unknown>"


def duration(seconds: float) -> str:
    """An age as kubectl shows it: two units at most, the smaller one only while it matters."""
    whole = int(seconds)
    if whole < 0:
        return "0s"
    if whole < 120:
        return f"{whole}s"
    minutes, hours, days = whole // 60, whole // 3600, whole // 86400
    if minutes < 10:
        return f"{minutes}m{whole % 60}s" if whole % 60 else f"{minutes}m"
    if minutes < 180:
        return f"{minutes}m"
    if hours < 8:
        return f"{hours}h{minutes % 60}m" if minutes % 60 else f"{hours}h"
    if hours < 48:
        return f"{hours}h"
    if hours < 192:
        return f"{days}d{hours % 24}h" if hours % 24 else f"{days}d"
    return f"{days}d" if days < 730 else f"{days // 365}y"


def since(stamp: str | None, now: datetime) -> str:
    """The time that has passed since a timestamp."""
    return duration((now - datetime.fromisoformat(stamp)).total_seconds()) if stamp else UNKNOWN


def _name(obj: Obj, now: datetime) -> str:
    return str(obj["metadata"]["name"])


def _age(obj: Obj, now: datetime) -> str:
    return since(obj["metadata"].get("creationTimestamp"), now)


def _status(field: str) -> Cell:
    return lambda obj, now: (obj.get("status") or {}).get(field, 0)


def _custom_status(field: str) -> Cell:
    return lambda obj, now: (obj.get("status") or {}).get(field)


def _created(obj: Obj, now: datetime) -> Any:
    return obj["metadata"].get("creationTimestamp")


def _spec(field: str, otherwise: Any = NONE) -> Cell:
    def cell(obj: Obj, now: datetime) -> Any:
        value = (obj.get("spec") or {}).get(field)
        return otherwise if value in (None, "") else value

    return cell


def _containers(field: str) -> Cell:
    def cell(obj: Obj, now: datetime) -> str:
        return ",".join(str(c.get(field, "")) for c in obj["spec"]["template"]["spec"]["containers"])

    return cell


def _selector(obj: Obj, now: datetime) -> str:
    found = selectors.of_object(obj["spec"].get("selector"))
    return (selectors.as_text(found) if found is not None else "") or NONE


def _ready_deployment(obj: Obj, now: datetime) -> str:
    return f"{(obj.get('status') or {}).get('readyReplicas', 0)}/{obj['spec'].get('replicas', 0)}"


def _pod_ready(obj: Obj, now: datetime) -> str:
    states = (obj.get("status") or {}).get("containerStatuses") or []
    return f"{sum(bool(state.get('ready')) for state in states)}/{len(obj['spec']['containers'])}"


def _pod_status(obj: Obj, now: datetime) -> str:
    if "deletionTimestamp" in obj["metadata"]:
        return "Terminating"
    status = obj.get("status") or {}
    for state in status.get("containerStatuses") or ():
        inner = state.get("state") or {}
        reason = (inner.get("waiting") or {}).get("reason") or (inner.get("terminated") or {}).get("reason")
        if reason:
            return str(reason)
    return str(status.get("phase") or "Unknown")


def _restarts(obj: Obj, now: datetime) -> str:
    return str(sum(s.get("restartCount", 0) for s in (obj.get("status") or {}).get("containerStatuses") or ()))


def _pod_status_field(field: str) -> Cell:
    return lambda obj, now: (obj.get("status") or {}).get(field) or NONE


def _service_ports(obj: Obj, now: datetime) -> str:
    ports = []
    for port in obj["spec"].get("ports") or ():
        node = f":{port['nodePort']}" if port.get("nodePort") else ""
        ports.append(f"{port['port']}{node}/{port['protocol']}")
    return ",".join(ports) or NONE


def _external(obj: Obj, now: datetime) -> str:
    spec = obj["spec"]
    if spec.get("type") == "ExternalName":
        return str(spec.get("externalName", NONE))
    if spec.get("type") == "LoadBalancer":
        found = ((obj.get("status") or {}).get("loadBalancer") or {}).get("ingress") or []
        return ",".join(entry.get("ip") or entry.get("hostname", "") for entry in found) or "<pending>"
    return ",".join(spec.get("externalIPs") or ()) or NONE


def _service_selector(obj: Obj, now: datetime) -> str:
    return ",".join(f"{k}={v}" for k, v in sorted((obj["spec"].get("selector") or {}).items())) or NONE


def _event_time(*fields: str) -> Cell:
    def cell(obj: Obj, now: datetime) -> str:
        return since(next((obj[field] for field in fields if obj.get(field)), None), now)

    return cell


def _event_object(obj: Obj, now: datetime) -> str:
    about = obj.get("involvedObject") or {}
    return f"{str(about.get('kind', '')).lower()}/{about.get('name', '')}"


def _event_source(obj: Obj, now: datetime) -> str:
    source = obj.get("source") or {}
    parts = [source.get("component") or obj.get("reportingComponent") or "", source.get("host") or ""]
    return ", ".join(part for part in parts if part)


def _event_count(obj: Obj, now: datetime) -> int:
    return int(obj.get("count") or 1)


def _target(obj: Obj, now: datetime) -> str:
    target = obj["spec"]["scaleTargetRef"]
    return f"{target['kind']}/{target['name']}"


def _metrics(obj: Obj, now: datetime) -> str:
    return ", ".join(_metric(metric) for metric in obj["spec"].get("metrics") or ()) or NONE


def _metric(metric: Obj) -> str:
    kind = str(metric["type"])
    inner = metric[kind[0].lower() + kind[1:]]
    target = inner["target"]
    if target.get("averageUtilization") is not None:
        return f"{inner['name']}: {UNKNOWN}/{target['averageUtilization']}%"
    return f"{UNKNOWN}/{target.get('averageValue') or target.get('value')}"


def _hosts(obj: Obj, now: datetime) -> str:
    return ",".join(rule.get("host") or "*" for rule in (obj.get("spec") or {}).get("rules") or ()) or "*"


def _addresses(obj: Obj, now: datetime) -> str:
    found = ((obj.get("status") or {}).get("loadBalancer") or {}).get("ingress") or []
    return ",".join(entry.get("ip") or entry.get("hostname", "") for entry in found)


def _ingress_ports(obj: Obj, now: datetime) -> str:
    return "80, 443" if (obj.get("spec") or {}).get("tls") else "80"


def _data_count(obj: Obj, now: datetime) -> int:
    return len(obj.get("data") or {}) + len(obj.get("binaryData") or {})


def _budget(field: str) -> Cell:
    return lambda obj, now: str(obj["spec"].get(field, "N/A"))


NAME: Column = ("Name", "string", 0, _name)
AGE: Column = ("Age", "string", 0, _age)

COLUMNS: dict[str, tuple[Column, ...]] = {
    "Deployment": (
        NAME,
        ("Ready", "string", 0, _ready_deployment),
        ("Up-to-date", "string", 0, _status("updatedReplicas")),
        ("Available", "string", 0, _status("availableReplicas")),
        AGE,
        ("Containers", "string", 1, _containers("name")),
        ("Images", "string", 1, _containers("image")),
        ("Selector", "string", 1, _selector),
    ),
    "ReplicaSet": (
        NAME,
        ("Desired", "integer", 0, _spec("replicas", 0)),
        ("Current", "integer", 0, _status("replicas")),
        ("Ready", "integer", 0, _status("readyReplicas")),
        AGE,
        ("Containers", "string", 1, _containers("name")),
        ("Images", "string", 1, _containers("image")),
        ("Selector", "string", 1, _selector),
    ),
    "Pod": (
        NAME,
        ("Ready", "string", 0, _pod_ready),
        ("Status", "string", 0, _pod_status),
        ("Restarts", "string", 0, _restarts),
        AGE,
        ("IP", "string", 1, _pod_status_field("podIP")),
        ("Node", "string", 1, _spec("nodeName")),
        ("Nominated Node", "string", 1, _pod_status_field("nominatedNodeName")),
        ("Readiness Gates", "string", 1, lambda obj, now: NONE),
    ),
    "Service": (
        NAME,
        ("Type", "string", 0, _spec("type")),
        ("Cluster-IP", "string", 0, _spec("clusterIP")),
        ("External-IP", "string", 0, _external),
        ("Port(s)", "string", 0, _service_ports),
        AGE,
        ("Selector", "string", 1, _service_selector),
    ),
    "Event": (
        ("Last Seen", "string", 0, _event_time("lastTimestamp", "eventTime", "firstTimestamp")),
        ("Type", "string", 0, lambda obj, now: obj.get("type", "")),
        ("Reason", "string", 0, lambda obj, now: obj.get("reason", "")),
        ("Object", "string", 0, _event_object),
        ("Subobject", "string", 1, lambda obj, now: (obj.get("involvedObject") or {}).get("fieldPath", "")),
        ("Source", "string", 1, _event_source),
        ("Message", "string", 0, lambda obj, now: str(obj.get("message", "")).strip()),
        ("First Seen", "string", 1, _event_time("firstTimestamp", "eventTime")),
        ("Count", "string", 1, _event_count),
        ("Name", "string", 1, _name),
    ),
    "HorizontalPodAutoscaler": (
        NAME,
        ("Reference", "string", 0, _target),
        ("Targets", "string", 0, _metrics),
        ("MinPods", "string", 0, lambda obj, now: str(obj["spec"].get("minReplicas", "<unset>"))),
        ("MaxPods", "string", 0, _spec("maxReplicas")),
        ("Replicas", "string", 0, _status("currentReplicas")),
        AGE,
    ),
    "ConfigMap": (NAME, ("Data", "string", 0, _data_count), AGE),
    "Secret": (
        NAME,
        ("Type", "string", 0, lambda obj, now: obj.get("type", "")),
        ("Data", "string", 0, _data_count),
        AGE,
    ),
    "Namespace": (NAME, ("Status", "string", 0, _pod_status_field("phase")), AGE),
    "ServiceAccount": (NAME, AGE),
    "Lease": (NAME, ("Holder", "string", 0, _spec("holderIdentity", "")), AGE),
    "Ingress": (
        NAME,
        ("Class", "string", 0, _spec("ingressClassName")),
        ("Hosts", "string", 0, _hosts),
        ("Address", "string", 0, _addresses),
        ("Ports", "string", 0, _ingress_ports),
        AGE,
    ),
    "Rollout": (
        NAME,
        ("Desired", "integer", 0, lambda obj, now: (obj.get("spec") or {}).get("replicas")),
        ("Current", "integer", 0, _custom_status("replicas")),
        ("Up-to-date", "integer", 0, _custom_status("updatedReplicas")),
        ("Available", "integer", 0, _custom_status("availableReplicas")),
        ("Age", "date", 0, _created),
    ),
    "AnalysisRun": (NAME, ("Status", "string", 0, _custom_status("phase")), ("Age", "date", 0, _created)),
    "Experiment": (NAME, ("Status", "string", 0, _custom_status("phase")), ("Age", "date", 0, _created)),
    "PodDisruptionBudget": (
        NAME,
        ("Min Available", "string", 0, _budget("minAvailable")),
        ("Max Unavailable", "string", 0, _budget("maxUnavailable")),
        ("Allowed Disruptions", "integer", 0, _status("disruptionsAllowed")),
        AGE,
    ),
}
PLAIN: tuple[Column, ...] = (NAME, ("Created At", "date", 0, _created))
CUSTOM: tuple[Column, ...] = (NAME, ("Age", "date", 0, _created))
