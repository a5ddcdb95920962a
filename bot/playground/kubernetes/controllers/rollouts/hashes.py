"""The names of templates and steps: FNV-1a over their JSON, in the order in which Go writes their fields."""

import json
from collections.abc import Mapping
from typing import Any

Obj = dict[str, Any]

_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"
_OFFSET, _PRIME, _MASK = 0x811C9DC5, 0x01000193, 0xFFFFFFFF
_ESCAPED = (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026"))

Order = tuple[str, ...]

_TEMPLATE: Order = ("metadata", "spec")
_META: Order = ("name", "generateName", "namespace", "labels", "annotations", "ownerReferences", "finalizers")
_POD: Order = (
    "volumes", "initContainers", "containers", "ephemeralContainers", "restartPolicy", "terminationGracePeriodSeconds",
    "activeDeadlineSeconds", "dnsPolicy", "nodeSelector", "serviceAccountName", "serviceAccount",
    "automountServiceAccountToken", "nodeName", "hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace",
    "securityContext", "imagePullSecrets", "hostname", "subdomain", "affinity", "schedulerName", "tolerations",
    "hostAliases", "priorityClassName", "priority", "dnsConfig", "readinessGates", "runtimeClassName",
    "enableServiceLinks", "preemptionPolicy", "overhead", "topologySpreadConstraints", "setHostnameAsFQDN", "os",
    "hostUsers", "schedulingGates", "resourceClaims", "resources",
)  # fmt: skip
_CONTAINER: Order = (
    "name", "image", "command", "args", "workingDir", "ports", "envFrom", "env", "resources", "resizePolicy",
    "restartPolicy", "volumeMounts", "volumeDevices", "livenessProbe", "readinessProbe", "startupProbe", "lifecycle",
    "terminationMessagePath", "terminationMessagePolicy", "imagePullPolicy", "securityContext", "stdin", "stdinOnce",
    "tty",
)  # fmt: skip
_PORT: Order = ("name", "hostPort", "containerPort", "protocol", "hostIP")
_ENV: Order = ("name", "value", "valueFrom")
_RESOURCES: Order = ("limits", "requests", "claims")
_PROBE: Order = (
    "exec", "httpGet", "tcpSocket", "grpc", "initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold",
    "failureThreshold", "terminationGracePeriodSeconds",
)  # fmt: skip
_HTTP_GET: Order = ("path", "port", "host", "scheme", "httpHeaders")
_MOUNT: Order = ("name", "readOnly", "recursiveReadOnly", "mountPath", "subPath", "mountPropagation", "subPathExpr")
_STEP: Order = (
    "setWeight", "pause", "experiment", "analysis", "setCanaryScale", "setHeaderRoute", "setMirrorRoute", "plugin",
)  # fmt: skip
_ANALYSIS: Order = ("templates", "args", "dryRun", "measurementRetention", "analysisRunMetadata", "startingStep")
_TEMPLATE_REF: Order = ("templateName", "clusterScope")
_ARG: Order = ("name", "value", "valueFrom")
_ARG_SOURCE: Order = ("podTemplateHashValue", "fieldRef")
_EXPERIMENT: Order = ("templates", "duration", "analyses", "dryRun", "analysisRunMetadata", "scaleDownDelaySeconds")
_SIDE: Order = ("name", "specRef", "replicas", "metadata", "selector", "weight", "service")
_SIDE_META: Order = ("labels", "annotations")
_SIDE_ANALYSIS: Order = ("name", "templateName", "clusterScope", "args", "requiredForCompletion")
_SCALE: Order = ("weight", "replicas", "matchTrafficWeight")
_HEADER: Order = ("name", "match")
_HEADER_MATCH: Order = ("headerName", "headerValue")

_ORDERS: Mapping[str, Order] = {
    "template": _TEMPLATE, "template.metadata": _META, "template.spec": _POD,
    "template.spec.containers": _CONTAINER, "template.spec.initContainers": _CONTAINER,
    "container.ports": _PORT, "container.env": _ENV, "container.resources": _RESOURCES,
    "container.volumeMounts": _MOUNT, "container.livenessProbe": _PROBE, "container.readinessProbe": _PROBE,
    "container.startupProbe": _PROBE, "probe.httpGet": _HTTP_GET,
    "steps": _STEP, "steps.analysis": _ANALYSIS, "analysis.templates": _TEMPLATE_REF, "analysis.args": _ARG,
    "args.valueFrom": _ARG_SOURCE, "steps.experiment": _EXPERIMENT, "experiment.templates": _SIDE,
    "templates.metadata": _SIDE_META, "experiment.analyses": _SIDE_ANALYSIS, "analyses.args": _ARG,
    "steps.setCanaryScale": _SCALE, "steps.setHeaderRoute": _HEADER, "setHeaderRoute.match": _HEADER_MATCH,
}  # fmt: skip
_ALWAYS: Mapping[str, tuple[str, ...]] = {
    "template": ("metadata", "spec"),
    "template.spec.containers": ("resources",),
    "template.spec.initContainers": ("resources",),
    "steps.experiment": ("analysisRunMetadata",),
    "experiment.templates": ("metadata",),
}
"""Structs that Go writes even when they are empty."""

_CLASSES = {"containers": "container", "initContainers": "container", "livenessProbe": "probe",
            "readinessProbe": "probe", "startupProbe": "probe"}  # fmt: skip


def template_hash(template: Obj, collisions: int | None = None) -> str:
    """The hash label of a pod template."""
    data = _json(_ordered(template, "template"))
    return _safe(data if collisions is None else data + collisions.to_bytes(8, "little"))


def step_hash(steps: list[Obj] | None) -> str:
    """The hash of a canary's steps; no steps at all have one, too."""
    return _safe(_json(_ordered(steps, "steps") if steps else None))


def with_empty_parts(steps: list[Obj]) -> list[Obj]:
    """A canary's steps as the controller writes them back: with the structs that Go writes even when they are empty."""
    written: list[Obj] = _ordered(steps, "steps")
    return written


def _safe(data: bytes) -> str:
    value = _OFFSET
    for byte in data:
        value = ((value ^ byte) * _PRIME) & _MASK
    return "".join(_ALPHABET[ord(digit) % len(_ALPHABET)] for digit in str(value))


def _json(value: Any) -> bytes:
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    for plain, escaped in _ESCAPED:
        text = text.replace(plain, escaped)
    return text.encode()


def _ordered(value: Any, path: str) -> Any:
    if isinstance(value, list):
        return [_ordered(item, path) for item in value]
    if not isinstance(value, dict):
        return value
    filled = {key: item for key, item in value.items() if item is not None}
    for key in _ALWAYS.get(path, ()):
        filled.setdefault(key, {})
    order = _ORDERS.get(path, ())
    ranks = {key: rank for rank, key in enumerate(order)}
    keys = sorted(filled, key=lambda key: (ranks.get(key, len(ranks)), key))
    return {key: _ordered(filled[key], _below(path, key)) for key in keys}


def _below(path: str, key: str) -> str:
    """The place of a field: under its parent's kind where that matters, else under the parent's last name."""
    full = f"{path}.{key}"
    if full in _ORDERS:
        return full
    last = path.rpartition(".")[2]
    short = f"{_CLASSES.get(last, last)}.{key}"
    return short if short in _ORDERS else full
