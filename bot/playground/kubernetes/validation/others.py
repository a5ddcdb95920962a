"""Rules of everything that is not a workload."""

import re
from typing import Any

from bot.playground.kubernetes.gojson import canonical
from bot.playground.kubernetes.status import Cause
from bot.playground.kubernetes.text_rules import config_key_faults, dns1035_faults, label_faults, subdomain_faults
from bot.playground.kubernetes.validation.rules import (
    Obj,
    duplicate,
    each_fault,
    forbidden,
    immutable,
    invalid,
    not_negative,
    one_of,
    port_range,
    positive,
    required,
    selector_causes,
    unsupported,
)
from bot.playground.kubernetes.validation.workloads import number_or_percent

_PROTOCOLS = ("SCTP", "TCP", "UDP")
_SERVICE_TYPES = ("ClusterIP", "ExternalName", "LoadBalancer", "NodePort")
_PATH_TYPES = ("Exact", "ImplementationSpecific", "Prefix")


def _service(obj: Obj) -> list[Cause]:
    spec = obj.get("spec") or {}
    ports = spec.get("ports") or []
    found: list[Cause] = []
    headless = spec.get("clusterIP") == "None"
    if not ports and not headless and spec.get("type") != "ExternalName":
        found.append(required("spec.ports"))
    for index, port in enumerate(ports):
        found += _service_port(port, f"spec.ports[{index}]", several=len(ports) > 1)
    names = [port.get("name") for port in ports if port.get("name")]
    found += [duplicate(f"spec.ports[{i}].name", n) for i, n in enumerate(names) if n in names[:i]]
    found += _service_selector(spec.get("selector") or {})
    found += one_of("spec.sessionAffinity", spec.get("sessionAffinity"), ("ClientIP", "None"))
    found += one_of("spec.type", spec.get("type"), _SERVICE_TYPES)
    found += _same_ports(ports)
    return found


def _service_selector(selector: Obj) -> list[Cause]:
    return selector_causes({"matchLabels": selector}, "spec.selector") if selector else []


def _same_ports(ports: list[Obj]) -> list[Cause]:
    seen: set[str] = set()
    found: list[Cause] = []
    for index, port in enumerate(ports):
        shown = canonical({"port": port.get("port"), "protocol": port.get("protocol")})
        if shown in seen:
            found.append(
                duplicate(f"spec.ports[{index}]", {"port": port.get("port"), "protocol": port.get("protocol")})
            )
        seen.add(shown)
    return found


def _service_port(port: Obj, field: str, *, several: bool) -> list[Cause]:
    found: list[Cause] = []
    if several and not port.get("name"):
        found.append(required(f"{field}.name"))
    elif port.get("name"):
        found += each_fault(f"{field}.name", port["name"], label_faults)
    found += port_range(f"{field}.port", port.get("port"))
    found += one_of(f"{field}.protocol", port.get("protocol"), _PROTOCOLS)
    target = port.get("targetPort")
    if isinstance(target, int):
        found += port_range(f"{field}.targetPort", target)
    return found


def _service_update(new: Obj, old: Obj) -> list[Cause]:
    now, before = new["spec"], old["spec"]
    if before.get("clusterIP") and now.get("clusterIP") != before.get("clusterIP"):
        return [invalid("spec.clusterIPs[0]", now.get("clusterIPs"), "may not change once set")]
    return []


def _config(obj: Obj, parts: tuple[str, ...]) -> list[Cause]:
    found: list[Cause] = []
    for part in parts:
        for key in sorted(obj.get(part) or {}):
            found += each_fault(f"{part}[{key}]", key, config_key_faults)
    total = sum(len(str(v)) for part in parts for v in (obj.get(part) or {}).values())
    if total > 1024 * 1024:
        found.append(Cause("TooLong", "Too long: may not be more than 1048576 bytes", "[]"))
    return found


def _configmap(obj: Obj) -> list[Cause]:
    found = _config(obj, ("data", "binaryData"))
    both = set(obj.get("data") or {}) & set(obj.get("binaryData") or {})
    found += [invalid(f"data[{key}]", key, "duplicate of key present in binaryData") for key in sorted(both)]
    return found


def _secret(obj: Obj) -> list[Cause]:
    return _config(obj, ("data",))


_FROZEN = "field is immutable when `immutable` is set"


def _frozen(new: Obj, old: Obj) -> list[Cause]:
    if not old.get("immutable"):
        return []
    found = [] if new.get("immutable") else [forbidden("immutable", _FROZEN)]
    changed = [part for part in ("data", "binaryData") if canonical(new.get(part)) != canonical(old.get(part))]
    return found + [forbidden(part, _FROZEN) for part in changed]


def _secret_update(new: Obj, old: Obj) -> list[Cause]:
    found = [immutable("type", new.get("type"))] if new.get("type") != old.get("type") else []
    return found + _frozen(new, old)


def _ingress(obj: Obj) -> list[Cause]:
    spec = obj.get("spec") or {}
    rules = spec.get("rules") or []
    if not rules and not spec.get("defaultBackend"):
        return [Cause("Invalid", "Invalid value: null: either `defaultBackend` or `rules` must be specified", "spec")]
    found: list[Cause] = []
    if spec.get("defaultBackend"):
        found += _backend(spec["defaultBackend"], "spec.defaultBackend")
    for index, rule in enumerate(rules):
        found += _ingress_rule(rule, f"spec.rules[{index}]")
    if spec.get("ingressClassName") is not None:
        found += each_fault("spec.ingressClassName", spec["ingressClassName"], subdomain_faults)
    return found


def _ingress_rule(rule: Obj, field: str) -> list[Cause]:
    found: list[Cause] = []
    host = rule.get("host")
    if host:
        if re.fullmatch(r"\d+(\.\d+){3}", host):
            found.append(invalid(f"{field}.host", host, "must be a DNS name, not an IP address"))
        else:
            found += each_fault(f"{field}.host", host, lambda h: subdomain_faults(h.removeprefix("*.")))
    http = rule.get("http")
    if http is None:
        return found
    if not http.get("paths"):
        found.append(required(f"{field}.http.paths"))
    for index, path in enumerate(http.get("paths") or ()):
        found += _ingress_path(path, f"{field}.http.paths[{index}]")
    return found


def _ingress_path(path: Obj, field: str) -> list[Cause]:
    found: list[Cause] = []
    kind, text = path.get("pathType"), path.get("path") or ""
    if not kind:
        found.append(required(f"{field}.pathType", "pathType must be specified"))
    elif kind not in _PATH_TYPES:
        found.append(unsupported(f"{field}.pathType", kind, _PATH_TYPES))
    elif (kind != "ImplementationSpecific" or text) and not text.startswith("/"):
        found.append(invalid(f"{field}.path", text, "must be an absolute path"))
    return found + _backend(path.get("backend") or {}, f"{field}.backend")


def _backend(backend: Obj, field: str) -> list[Cause]:
    service = backend.get("service")
    if service is None:
        return [] if backend.get("resource") else [required(field, "must specify one of `service` or `resource`")]
    found: list[Cause] = []
    if not service.get("name"):
        found.append(required(f"{field}.service.name"))
    else:
        found += each_fault(f"{field}.service.name", service["name"], dns1035_faults)
    port = service.get("port") or {}
    if port.get("number"):
        found += port_range(f"{field}.service.port.number", port["number"])
    elif not port.get("name"):
        found.append(required(f"{field}.service.port", "port name or number is required"))
    return found


def _pdb(obj: Obj) -> list[Cause]:
    spec = obj.get("spec") or {}
    least, most = spec.get("minAvailable"), spec.get("maxUnavailable")
    found: list[Cause] = []
    if least is not None and most is not None:
        shown = {
            "MinAvailable": least,
            "Selector": spec.get("selector"),
            "MaxUnavailable": most,
            "UnhealthyPodEvictionPolicy": spec.get("unhealthyPodEvictionPolicy"),
        }
        found.append(invalid("spec", shown, "minAvailable and maxUnavailable cannot be both set"))
    for name, value in (("minAvailable", least), ("maxUnavailable", most)):
        found += number_or_percent(f"spec.{name}", value)
        if isinstance(value, str) and value.endswith("%") and value[:-1].isdigit() and int(value[:-1]) > 100:
            found.append(invalid(f"spec.{name}", value, "must not be greater than 100%"))
    return found + selector_causes(spec.get("selector"), "spec.selector")


def _hpa(obj: Obj) -> list[Cause]:
    spec = obj.get("spec") or {}
    least, most = spec.get("minReplicas"), spec.get("maxReplicas")
    found: list[Cause] = []
    if least is not None and least < 1:
        found.append(invalid("spec.minReplicas", least, "must be greater than or equal to 1"))
    if not most or most < 1:
        found.append(invalid("spec.maxReplicas", most or 0, "must be greater than 0"))
    if least is not None and most and most < least:
        found.append(invalid("spec.maxReplicas", most, "must be greater than or equal to `minReplicas`"))
    target = spec.get("scaleTargetRef") or {}
    found += [required(f"spec.scaleTargetRef.{part}") for part in ("kind", "name") if not target.get(part)]
    if least == 0 and not any(m.get("type") in ("Object", "External") for m in spec.get("metrics") or ()):
        why = "must specify at least one Object or External metric to support scaling to zero replicas"
        found.append(forbidden("spec.metrics", why))
    return found


def _lease(obj: Obj) -> list[Cause]:
    spec = obj.get("spec") or {}
    found = positive("spec.leaseDurationSeconds", spec.get("leaseDurationSeconds"))
    found += not_negative("spec.leaseTransitions", spec.get("leaseTransitions"))
    return found


def _event(obj: Obj) -> list[Cause]:
    about = (obj.get("involvedObject") or {}).get("namespace")
    home = obj["metadata"].get("namespace")
    if about and about != home:
        return [invalid("involvedObject.namespace", about, "does not match event.namespace")]
    if not about and home != "default":
        return [invalid("involvedObject.namespace", "", "does not match event.namespace")]
    return []


def new_event_causes(obj: Obj) -> list[Cause]:
    """What events.k8s.io demands more than core/v1: a full time, a reporter, an action."""
    meta = obj["metadata"]
    found: list[Cause] = []
    if meta.get("generateName"):
        found += each_fault("metadata.generateName", meta["generateName"], subdomain_faults)
    if not obj.get("eventTime"):
        return [*found, required("eventTime")]
    for name, shown in (("reportingComponent", "reportingController"), ("reportingInstance", "reportingInstance")):
        if not obj.get(name):
            found.append(required(shown))
    for name in ("action", "reason"):
        if not obj.get(name):
            found.append(required(name))
    return found + one_of("type", obj.get("type"), ("Normal", "Warning"))


def _binding(obj: Obj) -> list[Cause]:
    reference: Obj = obj.get("roleRef") or {}
    found: list[Cause] = []
    kinds = ("Role", "ClusterRole") if obj["metadata"].get("namespace") else ("ClusterRole",)
    if reference.get("kind") not in kinds:
        found.append(unsupported("roleRef.kind", reference.get("kind") or "", kinds))
    if not reference.get("name"):
        found.append(required("roleRef.name"))
    for index, subject in enumerate(obj.get("subjects") or ()):
        found += _subject(subject, f"subjects[{index}]")
    return found


def _subject(subject: Obj, field: str) -> list[Cause]:
    found = [] if subject.get("name") else [required(f"{field}.name")]
    if subject.get("kind") == "ServiceAccount" and not subject.get("namespace"):
        found.append(required(f"{field}.namespace"))
    return found + one_of(f"{field}.kind", subject.get("kind"), ("Group", "ServiceAccount", "User"))


def _binding_update(new: Obj, old: Obj) -> list[Cause]:
    now: Any = new.get("roleRef")
    return [invalid("roleRef", now, "cannot change roleRef")] if now != old.get("roleRef") else []


def _role(obj: Obj) -> list[Cause]:
    found: list[Cause] = []
    for index, rule in enumerate(obj.get("rules") or ()):
        field = f"rules[{index}]"
        if not rule.get("verbs"):
            found.append(required(f"{field}.verbs", "verbs must contain at least one value"))
        if not rule.get("nonResourceURLs"):
            if not rule.get("apiGroups"):
                found.append(required(f"{field}.apiGroups", "resource rules must supply at least one api group"))
            if not rule.get("resources"):
                found.append(required(f"{field}.resources", "resource rules must supply at least one resource"))
    return found


OTHERS = {
    "Service": _service,
    "ConfigMap": _configmap,
    "Secret": _secret,
    "Ingress": _ingress,
    "PodDisruptionBudget": _pdb,
    "HorizontalPodAutoscaler": _hpa,
    "Lease": _lease,
    "Event": _event,
    "RoleBinding": _binding,
    "ClusterRoleBinding": _binding,
    "Role": _role,
    "ClusterRole": _role,
}
OTHERS_UPDATE = {
    "Service": _service_update,
    "ConfigMap": _frozen,
    "Secret": _secret_update,
    "RoleBinding": _binding_update,
    "ClusterRoleBinding": _binding_update,
}
