"""The values the server fills in where a manifest is silent."""

from collections.abc import Callable
from typing import Any

Obj = dict[str, Any]


def apply_defaults(kind: str, obj: Obj) -> None:
    """Fill in the defaults of a kind; the object is changed. Safe to repeat."""
    fill = _BY_KIND.get(kind)
    if fill is not None:
        fill(obj)


def _set(holder: Obj, **values: Any) -> None:
    for key, value in values.items():
        if holder.get(key) is None:
            holder[key] = value


def _struct(holder: Obj, key: str) -> Obj:
    value = holder.get(key)
    if value is None:
        value = holder[key] = {}
    found: Obj = value
    return found


def _items(holder: Obj, key: str) -> list[Obj]:
    return [item for item in holder.get(key) or () if isinstance(item, dict)]


def fill_pod_spec(spec: Obj) -> None:
    """Defaults of a pod's spec, also inside a template."""
    _set(spec, restartPolicy="Always", terminationGracePeriodSeconds=30, dnsPolicy="ClusterFirst")
    _set(spec, securityContext={}, schedulerName="default-scheduler")
    if spec.get("serviceAccountName"):
        spec["serviceAccount"] = spec["serviceAccountName"]
    elif spec.get("serviceAccount"):
        spec["serviceAccountName"] = spec["serviceAccount"]
    for container in (*_items(spec, "initContainers"), *_items(spec, "containers")):
        _fill_container(container, host_network=bool(spec.get("hostNetwork")))
    for volume in _items(spec, "volumes"):
        _fill_volume(volume)


def _fill_container(container: Obj, *, host_network: bool) -> None:
    _set(container, resources={}, terminationMessagePath="/dev/termination-log", terminationMessagePolicy="File")
    image = container.get("image") or ""
    _set(container, imagePullPolicy="Always" if _floats(image) else "IfNotPresent")
    for port in _items(container, "ports"):
        _set(port, protocol="TCP")
        if host_network:
            _set(port, hostPort=port.get("containerPort"))
    for env in _items(container, "env"):
        reference = (env.get("valueFrom") or {}).get("fieldRef")
        if isinstance(reference, dict):
            _set(reference, apiVersion="v1")
    limits = container["resources"].get("limits")
    if limits:
        requests = _struct(container["resources"], "requests")
        for name, value in limits.items():
            requests.setdefault(name, value)
    for name in ("livenessProbe", "readinessProbe", "startupProbe"):
        if isinstance(container.get(name), dict):
            _fill_probe(container[name])


def _floats(image: str) -> bool:
    """Whether the image names no fixed version: then it is always pulled."""
    if "@" in image:
        return False
    tag = image.rsplit("/", 1)[-1].partition(":")[2]
    return tag in ("", "latest")


def _fill_probe(probe: Obj) -> None:
    _set(probe, timeoutSeconds=1, periodSeconds=10, successThreshold=1, failureThreshold=3)
    if isinstance(probe.get("httpGet"), dict):
        _set(probe["httpGet"], path="/", scheme="HTTP")
    if isinstance(probe.get("grpc"), dict):
        _set(probe["grpc"], service="")


def _fill_volume(volume: Obj) -> None:
    if len(volume) == 1:
        volume["emptyDir"] = {}
    for name in ("configMap", "secret", "downwardAPI", "projected"):
        if isinstance(volume.get(name), dict):
            _set(volume[name], defaultMode=420)
    if isinstance(volume.get("hostPath"), dict):
        _set(volume["hostPath"], type="")


def _template(spec: Obj) -> None:
    template = _struct(spec, "template")
    if template or "containers" in template:
        fill_pod_spec(_struct(template, "spec"))


def _deployment(obj: Obj) -> None:
    spec = _struct(obj, "spec")
    _template(spec)
    _set(spec, replicas=1, revisionHistoryLimit=10, progressDeadlineSeconds=600)
    strategy = _struct(spec, "strategy")
    _set(strategy, type="RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        _set(_struct(strategy, "rollingUpdate"), maxUnavailable="25%", maxSurge="25%")
    _set(obj, status={})


def _replicaset(obj: Obj) -> None:
    spec = _struct(obj, "spec")
    _template(spec)
    _set(spec, replicas=1)
    _set(_struct(obj, "status"), replicas=0)


def _statefulset(obj: Obj) -> None:
    spec = _struct(obj, "spec")
    _template(spec)
    _set(spec, replicas=1, revisionHistoryLimit=10, podManagementPolicy="OrderedReady")
    strategy = _struct(spec, "updateStrategy")
    _set(strategy, type="RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        _set(_struct(strategy, "rollingUpdate"), partition=0)
    _set(spec, persistentVolumeClaimRetentionPolicy={"whenDeleted": "Retain", "whenScaled": "Retain"})
    _set(_struct(obj, "status"), replicas=0, availableReplicas=0)


def _pod(obj: Obj) -> None:
    fill_pod_spec(_struct(obj, "spec"))
    _set(obj["spec"], enableServiceLinks=True)
    _set(obj, status={})
    for name in ("initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses"):
        for state in _items(obj["status"], name):
            _set(state, state={}, lastState={})


def _service(obj: Obj) -> None:
    spec = _struct(obj, "spec")
    _set(spec, type="ClusterIP", sessionAffinity="None")
    for port in _items(spec, "ports"):
        _set(port, protocol="TCP")
        if (port.get("targetPort") in (None, "", 0) and spec.get("clusterIP") != "None") or port.get(
            "targetPort"
        ) is None:
            port["targetPort"] = port.get("port")
    if spec["type"] in ("NodePort", "LoadBalancer"):
        _set(spec, externalTrafficPolicy="Cluster")
    if spec["type"] == "LoadBalancer":
        _set(spec, allocateLoadBalancerNodePorts=True)
    if spec["type"] != "ExternalName":
        _set(spec, internalTrafficPolicy="Cluster")
    if spec["sessionAffinity"] == "ClientIP":
        _set(spec, sessionAffinityConfig={"clientIP": {"timeoutSeconds": 10800}})
    _set(_struct(obj, "status"), loadBalancer={})


def _ingress(obj: Obj) -> None:
    _set(obj, spec={})
    _set(_struct(obj, "status"), loadBalancer={})


def _namespace(obj: Obj) -> None:
    _set(obj, spec={})
    _set(_struct(obj, "status"), phase="Active")
    name = obj["metadata"].get("name")
    if name:
        _struct(obj["metadata"], "labels")["kubernetes.io/metadata.name"] = name


def _secret(obj: Obj) -> None:
    _set(obj, type="Opaque")


def _hpa(obj: Obj) -> None:
    spec = _struct(obj, "spec")
    _set(spec, minReplicas=1)
    if not spec.get("metrics"):
        spec["metrics"] = [
            {
                "type": "Resource",
                "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}},
            }
        ]
    behavior = spec.get("behavior")
    if isinstance(behavior, dict):
        _fill_scaling(_struct(behavior, "scaleUp"), 0, [("Pods", 4), ("Percent", 100)])
        _fill_scaling(_struct(behavior, "scaleDown"), None, [("Percent", 100)])
    status = _struct(obj, "status")
    _set(status, desiredReplicas=0)
    status.setdefault("currentMetrics", None)
    for condition in _items(status, "conditions"):
        condition.setdefault("lastTransitionTime", None)


def _fill_scaling(rules: Obj, window: int | None, policies: list[tuple[str, int]]) -> None:
    if window is not None:
        _set(rules, stabilizationWindowSeconds=window)
    _set(rules, selectPolicy="Max")
    _set(rules, policies=[{"type": kind, "value": value, "periodSeconds": 15} for kind, value in policies])


def _pdb(obj: Obj) -> None:
    _set(_struct(obj, "status"), disruptionsAllowed=0, currentHealthy=0, desiredHealthy=0, expectedPods=0)


def _job(obj: Obj) -> None:
    spec = _struct(obj, "spec")
    template = _struct(spec, "template")
    named = (template.get("spec") or {}).get("restartPolicy")
    _template(spec)
    if named is None and "spec" in template:
        del template["spec"]["restartPolicy"]
    if spec.get("completions") is None and spec.get("parallelism") is None:
        spec["completions"] = spec["parallelism"] = 1
    _set(spec, parallelism=1, backoffLimit=6, completionMode="NonIndexed", suspend=False)
    _set(spec, podReplacementPolicy="TerminatingOrFailed", manualSelector=False)
    _set(obj, status={})


def _endpoints(obj: Obj) -> None:
    for subset in _items(obj, "subsets"):
        for port in _items(subset, "ports"):
            _set(port, protocol="TCP")


def _endpointslice(obj: Obj) -> None:
    for port in _items(obj, "ports"):
        _set(port, name="", protocol="TCP")


def _event(obj: Obj) -> None:
    obj.setdefault("source", {})
    for key in ("firstTimestamp", "lastTimestamp", "eventTime"):
        obj.setdefault(key, None)
    _set(obj, reportingComponent="", reportingInstance="")


_RBAC = "rbac.authorization.k8s.io"


def _binding(obj: Obj) -> None:
    _set(_struct(obj, "roleRef"), apiGroup=_RBAC)
    for subject in _items(obj, "subjects"):
        if subject.get("kind") in ("User", "Group"):
            _set(subject, apiGroup=_RBAC)


def _role(obj: Obj) -> None:
    obj.setdefault("rules", None)


def _quota(obj: Obj) -> None:
    _set(obj, spec={}, status={})


_BY_KIND: dict[str, Callable[[Obj], None]] = {
    "Pod": _pod,
    "Deployment": _deployment,
    "ReplicaSet": _replicaset,
    "StatefulSet": _statefulset,
    "Service": _service,
    "Ingress": _ingress,
    "Namespace": _namespace,
    "Secret": _secret,
    "HorizontalPodAutoscaler": _hpa,
    "PodDisruptionBudget": _pdb,
    "Job": _job,
    "Endpoints": _endpoints,
    "EndpointSlice": _endpointslice,
    "Event": _event,
    "RoleBinding": _binding,
    "ClusterRoleBinding": _binding,
    "Role": _role,
    "ClusterRole": _role,
    "ResourceQuota": _quota,
}
