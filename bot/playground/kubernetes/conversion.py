"""Kinds that are shown in several versions: events and autoscalers. Stored is core/v1 and autoscaling/v2."""

import json
from typing import Any

from bot.playground.kubernetes.gojson import compact
from bot.playground.kubernetes.resources import Resource

Obj = dict[str, Any]

_EVENT_NAMES = {
    "involvedObject": "regarding",
    "message": "note",
    "source": "deprecatedSource",
    "firstTimestamp": "deprecatedFirstTimestamp",
    "lastTimestamp": "deprecatedLastTimestamp",
    "count": "deprecatedCount",
    "reportingComponent": "reportingController",
}
_METRICS = "autoscaling.alpha.kubernetes.io/metrics"


def to_version(resource: Resource, obj: Obj) -> Obj:
    """A stored object as a version shows it."""
    if obj.get("apiVersion") == resource.api_version or resource.custom:
        return obj
    if resource.kind == "Event":
        return _new_event(obj) if resource.group else {**obj, "apiVersion": "v1"}
    if resource.kind == "HorizontalPodAutoscaler":
        return _hpa_v1(obj) if resource.version == "v1" else {**obj, "apiVersion": resource.api_version}
    return obj


def from_version(resource: Resource, obj: Obj) -> Obj:
    """An object of a version in the form that is stored."""
    if resource.kind == "Event" and resource.group:
        return _old_event(obj)
    if resource.kind == "HorizontalPodAutoscaler" and resource.version == "v1":
        return _hpa_v2(obj)
    return obj


def stored_version(resource: Resource) -> str:
    """The apiVersion under which objects of the resource are stored."""
    if resource.kind == "Event":
        return "v1"
    if resource.kind == "HorizontalPodAutoscaler":
        return "autoscaling/v2"
    return resource.api_version


def _new_event(obj: Obj) -> Obj:
    out = {_EVENT_NAMES.get(key, key): value for key, value in obj.items()}
    out["apiVersion"] = "events.k8s.io/v1"
    out.setdefault("eventTime", None)
    out.setdefault("regarding", {})
    out.setdefault("deprecatedSource", {})
    for key in ("deprecatedFirstTimestamp", "deprecatedLastTimestamp"):
        out.setdefault(key, None)
    for key in ("reportingController", "reportingInstance"):
        if not out.get(key):
            out.pop(key, None)
    return out


def _old_event(obj: Obj) -> Obj:
    names = {new: old for old, new in _EVENT_NAMES.items()}
    out = {names.get(key, key): value for key, value in obj.items()}
    out.setdefault("involvedObject", {})
    return out


def _hpa_v1(obj: Obj) -> Obj:
    spec = dict(obj["spec"])
    status = dict(obj.get("status") or {})
    meta = dict(obj["metadata"])
    rest: list[Obj] = []
    for metric in spec.pop("metrics", None) or ():
        target = (metric.get("resource") or {}).get("target") or {}
        if (metric.get("resource") or {}).get("name") == "cpu" and target.get("averageUtilization") is not None:
            spec["targetCPUUtilizationPercentage"] = target["averageUtilization"]
        else:
            rest.append(_metric_v1(metric))
    if rest:
        meta["annotations"] = {**(meta.get("annotations") or {}), _METRICS: compact(rest)}
    spec.pop("behavior", None)
    shown = {"currentReplicas": status.get("currentReplicas", 0), "desiredReplicas": status.get("desiredReplicas", 0)}
    return {**obj, "apiVersion": "autoscaling/v1", "metadata": meta, "spec": spec, "status": shown}


def _metric_v1(metric: Obj) -> Obj:
    if metric.get("type") == "Pods":
        pods = metric["pods"]
        value = pods["target"].get("averageValue")
        return {"type": "Pods", "pods": {"metricName": pods["metric"]["name"], "targetAverageValue": value}}
    return metric


def _hpa_v2(obj: Obj) -> Obj:
    spec = dict(obj.get("spec") or {})
    share = spec.pop("targetCPUUtilizationPercentage", None)
    meta = dict(obj["metadata"])
    annotations = dict(meta.get("annotations") or {})
    metrics: list[Obj] = json.loads(annotations.pop(_METRICS, "[]"))
    if share is not None:
        target = {"type": "Utilization", "averageUtilization": share}
        metrics.append({"type": "Resource", "resource": {"name": "cpu", "target": target}})
    if metrics:
        spec["metrics"] = metrics
    meta["annotations"] = annotations
    if not annotations:
        del meta["annotations"]
    return {**obj, "metadata": meta, "spec": spec}
