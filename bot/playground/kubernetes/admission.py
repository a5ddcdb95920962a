"""What the server adds to or refuses in new objects beyond the rules of their kind: namespaces, addresses, pods' service accounts."""

import base64
from random import Random
from typing import Any

from bot.playground.kubernetes import status
from bot.playground.kubernetes.defaults import fill_pod_spec
from bot.playground.kubernetes.resources import Resource
from bot.playground.kubernetes.status import ApiError
from bot.playground.kubernetes.store import Store

Obj = dict[str, Any]

_TOLERATIONS = [
    {"key": f"node.kubernetes.io/{state}", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}
    for state in ("not-ready", "unreachable")
]
_GATED = {
    "type": "PodScheduled",
    "status": "False",
    "lastProbeTime": None,
    "lastTransitionTime": None,
    "reason": "SchedulingGated",
    "message": "Scheduling is blocked due to non-empty scheduling gates",
}
_ALLOCATED = ("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy", "healthCheckNodePort")


class Admission:
    """The plugins that matter here."""

    def __init__(self, store: Store, random: Random) -> None:
        self._store = store
        self._random = random
        self._taken: set[str] = set()

    def check_namespace(self, resource: Resource, namespace: str, name: str) -> None:
        """Nothing is created in a namespace that is missing or going away. Raises ApiError 404 or 403."""
        if not resource.namespaced:
            return
        home = self._store.get("namespaces", "", namespace)
        if home is None:
            raise status.not_found("namespaces", "", namespace)
        if "deletionTimestamp" not in home["metadata"]:
            return
        why = f"unable to create new content in namespace {namespace} because it is being terminated"
        refused = status.forbidden(resource.plural, resource.group, name, why)
        cause = {
            "reason": "NamespaceTerminating",
            "message": f"namespace {namespace} is being terminated",
            "field": "metadata.namespace",
        }
        details = {**(refused.details or {}), "causes": [cause]}
        raise ApiError(403, refused.message, refused.reason, details)

    def prepare(self, resource: Resource, obj: Obj, *, dry_run: bool) -> None:
        """Fill in what only the server can know."""
        match resource.kind:
            case "Namespace":
                obj["spec"]["finalizers"] = ["kubernetes"]
            case "Pod":
                self._pod(obj)
                for condition in obj["status"].get("conditions") or ():
                    condition["lastTransitionTime"] = obj["metadata"]["creationTimestamp"]
            case "Service":
                self._service(obj["spec"], dry_run=dry_run)
            case "Job":
                _job(obj)
            case "Secret":
                _secret(obj)

    def keep_allocated(self, resource: Resource, new: Obj, old: Obj) -> None:
        """On an update: what was allocated stays unless the client sets something else."""
        if resource.kind == "Service":
            for key in _ALLOCATED:
                if key not in new["spec"] and key in old["spec"]:
                    new["spec"][key] = old["spec"][key]
        elif resource.kind == "Secret":
            _secret(new)

    def _pod(self, pod: Obj) -> None:
        spec = pod["spec"]
        if not spec.get("serviceAccountName"):
            spec["serviceAccountName"] = "default"
        self._check_quota(pod)
        fill_pod_spec(spec)
        have = {toleration.get("key") for toleration in spec.get("tolerations") or ()}
        added = [dict(toleration) for toleration in _TOLERATIONS if toleration["key"] not in have]
        spec["tolerations"] = [*(spec.get("tolerations") or ()), *added]
        spec.setdefault("priority", 0)
        spec.setdefault("preemptionPolicy", "PreemptLowerPriority")
        pod["status"] = {"phase": "Pending", "qosClass": qos_class(spec)}
        if spec.get("schedulingGates"):
            pod["status"]["conditions"] = [dict(_GATED)]

    def _check_quota(self, pod: Obj) -> None:
        """Count pods against the ResourceQuotas of the namespace. Raises ApiError 403."""
        namespace = pod["metadata"]["namespace"]
        name = pod["metadata"].get("name") or pod["metadata"].get("generateName") or ""
        for quota in self._store.objects("resourcequotas", namespace):
            hard = (quota.get("spec") or {}).get("hard") or {}
            limit = hard.get("pods")
            used = sum(not _is_over(other) for other in self._store.each("pods", namespace))
            if limit is not None and used + 1 > int(limit):
                why = f"exceeded quota: {quota['metadata']['name']}, requested: pods=1, used: pods={used}, limited: pods={limit}"
                raise status.forbidden("pods", "", name, why)

    def _service(self, spec: Obj, *, dry_run: bool) -> None:
        if spec.get("type") == "ExternalName":
            return
        if not spec.get("clusterIP"):
            spec["clusterIP"] = "10.96.0.0" if dry_run else self._address()
        spec["clusterIPs"] = [spec["clusterIP"]]
        spec.setdefault("ipFamilies", ["IPv4"])
        spec.setdefault("ipFamilyPolicy", "SingleStack")
        if spec.get("type") in ("NodePort", "LoadBalancer"):
            for port in spec.get("ports") or ():
                port.setdefault("nodePort", self._random.randint(30000, 32767))

    def _address(self) -> str:
        while True:
            address = f"10.96.{self._random.randint(1, 255)}.{self._random.randint(1, 254)}"
            if address not in self._taken:
                self._taken.add(address)
                return address


def _is_over(pod: Obj) -> bool:
    return (pod.get("status") or {}).get("phase") in ("Succeeded", "Failed")


def qos_class(spec: Obj) -> str:
    """Guaranteed, Burstable or BestEffort, from the containers' resources."""
    guaranteed = True
    any_amount = False
    for container in (*(spec.get("initContainers") or ()), *(spec.get("containers") or ())):
        resources = container.get("resources") or {}
        requests, limits = resources.get("requests") or {}, resources.get("limits") or {}
        any_amount = any_amount or bool(requests or limits)
        guaranteed = guaranteed and all(
            name in limits and requests.get(name) == limits[name] for name in ("cpu", "memory")
        )
    if not any_amount:
        return "BestEffort"
    return "Guaranteed" if guaranteed else "Burstable"


def _job(job: Obj) -> None:
    spec, meta = job["spec"], job["metadata"]
    if spec.get("manualSelector"):
        return
    labels = {
        "batch.kubernetes.io/controller-uid": meta["uid"],
        "batch.kubernetes.io/job-name": meta.get("name") or "",
        "controller-uid": meta["uid"],
        "job-name": meta.get("name") or "",
    }
    template = spec["template"]
    inside = template.setdefault("metadata", {})
    inside["labels"] = {**(inside.get("labels") or {}), **labels}
    meta["labels"] = {**inside["labels"], **(meta.get("labels") or {})}
    spec["selector"] = {"matchLabels": {"batch.kubernetes.io/controller-uid": meta["uid"]}}


def _secret(secret: Obj) -> None:
    plain = secret.pop("stringData", None)
    if plain:
        encoded = {key: base64.b64encode(value.encode()).decode() for key, value in plain.items()}
        secret["data"] = {**(secret.get("data") or {}), **encoded}
