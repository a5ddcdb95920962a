"""Rules of a pod's spec, also inside templates."""

from typing import Any

from bot.playground.kubernetes import quantity
from bot.playground.kubernetes.status import Cause
from bot.playground.kubernetes.text_rules import env_name_faults, label_faults, port_name_faults, subdomain_faults
from bot.playground.kubernetes.validation.rules import (
    Obj,
    duplicates,
    each_fault,
    invalid,
    not_found,
    not_negative,
    one_of,
    port_range,
    positive,
    required,
)

_PROTOCOLS = ("SCTP", "TCP", "UDP")
_PULL = ("Always", "IfNotPresent", "Never")
_RESTART = ("Always", "Never", "OnFailure")
_DNS = ("ClusterFirst", "ClusterFirstWithHostNet", "Default", "None")


def pod_spec_causes(spec: Obj, field: str) -> list[Cause]:
    """Every rule that a pod's spec breaks."""
    volumes = spec.get("volumes") or []
    names = {volume.get("name") for volume in volumes}
    found = _volume_causes(volumes, f"{field}.volumes")
    containers = spec.get("containers") or []
    if not containers:
        found.append(required(f"{field}.containers"))
    for group in ("initContainers", "containers"):
        members = spec.get(group) or []
        for index, container in enumerate(members):
            found += _container_causes(container, f"{field}.{group}[{index}]", names)
        found += duplicates((f"{field}.{group}[{i}].name", c.get("name")) for i, c in enumerate(members))
    found += one_of(f"{field}.restartPolicy", spec.get("restartPolicy"), _RESTART)
    found += one_of(f"{field}.dnsPolicy", spec.get("dnsPolicy"), _DNS)
    found += not_negative(f"{field}.terminationGracePeriodSeconds", spec.get("terminationGracePeriodSeconds"))
    if spec.get("serviceAccountName"):
        found += each_fault(f"{field}.serviceAccountName", spec["serviceAccountName"], subdomain_faults)
    deadline = spec.get("activeDeadlineSeconds")
    if deadline is not None and deadline < 1:
        found.append(invalid(f"{field}.activeDeadlineSeconds", deadline, "must be between 1 and 2147483647, inclusive"))
    return found


def _volume_causes(volumes: list[Obj], field: str) -> list[Cause]:
    found: list[Cause] = []
    for index, volume in enumerate(volumes):
        place = f"{field}[{index}]"
        if not volume.get("name"):
            found.append(required(f"{place}.name"))
        else:
            found += each_fault(f"{place}.name", volume["name"], label_faults)
        sources = [name for name in volume if name != "name"]
        if not sources:
            found.append(required(place, "must specify a volume type"))
    return found + duplicates((f"{field}[{i}].name", volume.get("name")) for i, volume in enumerate(volumes))


def _container_causes(container: Obj, field: str, volumes: set[Any]) -> list[Cause]:
    found: list[Cause] = []
    if not container.get("name"):
        found.append(required(f"{field}.name"))
    else:
        found += each_fault(f"{field}.name", container["name"], label_faults)
    if not container.get("image"):
        found.append(required(f"{field}.image"))
    found += _port_causes(container.get("ports") or [], f"{field}.ports")
    for index, env in enumerate(container.get("env") or ()):
        found += _env_causes(env, f"{field}.env[{index}]")
    found += _mount_causes(container.get("volumeMounts") or [], f"{field}.volumeMounts", volumes)
    found += one_of(f"{field}.imagePullPolicy", container.get("imagePullPolicy"), _PULL)
    found += _resource_causes(container.get("resources") or {}, f"{field}.resources")
    for name in ("livenessProbe", "readinessProbe", "startupProbe"):
        if container.get(name):
            found += _probe_causes(container[name], f"{field}.{name}")
    return found


def _port_causes(ports: list[Obj], field: str) -> list[Cause]:
    found: list[Cause] = []
    for index, port in enumerate(ports):
        place = f"{field}[{index}]"
        if port.get("name"):
            found += each_fault(f"{place}.name", port["name"], port_name_faults)
        if not port.get("containerPort"):
            found.append(required(f"{place}.containerPort"))
        else:
            found += port_range(f"{place}.containerPort", port["containerPort"])
        if port.get("hostPort"):
            found += port_range(f"{place}.hostPort", port["hostPort"])
        found += one_of(f"{place}.protocol", port.get("protocol"), _PROTOCOLS)
    return found + duplicates((f"{field}[{i}].name", port.get("name")) for i, port in enumerate(ports))


def _env_causes(env: Obj, field: str) -> list[Cause]:
    found = (
        each_fault(f"{field}.name", env["name"], env_name_faults) if env.get("name") else [required(f"{field}.name")]
    )
    source = env.get("valueFrom")
    if source is not None:
        if env.get("value"):
            found.append(invalid(f"{field}.valueFrom", "", "may not be specified when `value` is not empty"))
        if not source:
            choice = (
                "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`"
            )
            found.append(invalid(f"{field}.valueFrom", "", choice))
    return found


def _mount_causes(mounts: list[Obj], field: str, volumes: set[Any]) -> list[Cause]:
    found: list[Cause] = []
    paths: set[str] = set()
    for index, mount in enumerate(mounts):
        place = f"{field}[{index}]"
        if not mount.get("name"):
            found.append(required(f"{place}.name"))
        elif mount["name"] not in volumes:
            found.append(not_found(f"{place}.name", mount["name"]))
        path = mount.get("mountPath")
        if not path:
            found.append(required(f"{place}.mountPath"))
        elif path in paths:
            found.append(invalid(f"{place}.mountPath", path, "must be unique"))
        paths.add(path or "")
    return found


def _resource_causes(resources: Obj, field: str) -> list[Cause]:
    found: list[Cause] = []
    limits, requests = resources.get("limits") or {}, resources.get("requests") or {}
    for group, amounts in (("limits", limits), ("requests", requests)):
        for name, amount in sorted(amounts.items()):
            if quantity.value_of(amount) < 0:
                place = f"{field}.{group}[{name}]"
                found.append(invalid(place, amount, "must be greater than or equal to 0"))
    for name, amount in sorted(requests.items()):
        limit = limits.get(name)
        if limit is not None and quantity.value_of(amount) > quantity.value_of(limit):
            why = f"must be less than or equal to {name} limit of {limit}"
            found.append(invalid(f"{field}.requests", amount, why))
    return found


def _probe_causes(probe: Obj, field: str) -> list[Cause]:
    handlers = [name for name in ("exec", "httpGet", "tcpSocket", "grpc") if probe.get(name) is not None]
    found: list[Cause] = []
    if not handlers:
        found.append(required(field, "must specify a handler type"))
    for name in ("initialDelaySeconds", "timeoutSeconds"):
        found += not_negative(f"{field}.{name}", probe.get(name))
    for name in ("periodSeconds", "successThreshold", "failureThreshold"):
        found += positive(f"{field}.{name}", probe.get(name))
    return found
