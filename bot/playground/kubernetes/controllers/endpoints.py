"""The endpoints controllers: which pods a Service reaches, as EndpointSlice and as Endpoints."""

from typing import Any

from bot.playground.kubernetes import resources
from bot.playground.kubernetes.controllers import conditions, owners
from bot.playground.kubernetes.controllers.queue import WorkQueue
from bot.playground.kubernetes.controllers.replicasets import is_ready
from bot.playground.kubernetes.gojson import canonical
from bot.playground.kubernetes.registry import Registry
from bot.playground.kubernetes.store import DELETED, Event, Key

Obj = dict[str, Any]

_SLICES = resources.named("EndpointSlice")
_ENDPOINTS = resources.named("Endpoints")
TRIGGER = "endpoints.kubernetes.io/last-change-trigger-time"
SERVICE_LABEL = "kubernetes.io/service-name"
MANAGED_BY = "endpointslice.kubernetes.io/managed-by"
CONTROLLER_NAME = "endpointslice-controller.k8s.io"


def _labels(pod: Obj | None) -> dict[str, str]:
    found: dict[str, str] = (pod["metadata"].get("labels") if pod is not None else None) or {}
    return found


def _first_pair(service: Obj | None) -> list[tuple[str, str]]:
    """One label that every pod of the Service carries: enough to find the Service from a pod."""
    selector: dict[str, str] = (service["spec"].get("selector") if service is not None else None) or {}
    return list(selector.items())[:1]


class EndpointsController:
    """Keeps EndpointSlices and Endpoints true."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._store = registry.store
        self._selecting: dict[tuple[str, str, str], set[str]] = {}
        self._triggers: dict[Key, dict[str, str]] = {}
        self.queue: WorkQueue[Key] = WorkQueue(registry.clock, self.sync)
        self._store.subscribe(self._on_service, "services")
        self._store.subscribe(self._on_pod, "pods")

    def _on_service(self, event: Event) -> None:
        self.queue.add(event.key)
        namespace, name = event.key
        for pair in _first_pair(event.old):
            self._selecting.get((namespace, *pair), set()).discard(name)
        for pair in _first_pair(event.new) if event.type != DELETED else ():
            self._selecting.setdefault((namespace, *pair), set()).add(name)

    def _on_pod(self, event: Event) -> None:
        namespace = event.key[0]
        labels = {**_labels(event.old), **_labels(event.new)} if event.old is not None else _labels(event.new)
        for pair in {*labels.items(), *_labels(event.old).items()}:
            for name in self._selecting.get((namespace, *pair), ()):
                self.queue.add((namespace, name))

    def sync(self, key: Key) -> None:
        """One step for one Service."""
        service = self._store.get("services", *key)
        if service is None:
            self._remove(key)
        elif service["spec"].get("selector"):
            pods = sorted(
                (pod for pod in self._store.pods_like(key[0], service["spec"]["selector"]) if _counts(pod)),
                key=lambda pod: int(pod["metadata"]["resourceVersion"]),
            )
            trigger = self._trigger(key, service, pods)
            self._write_slice(service, pods, trigger)
            self._write_endpoints(service, pods, trigger)

    def _trigger(self, key: Key, service: Obj, pods: list[Obj]) -> Obj:
        """The annotation that says which change of a pod or the Service this is about; none for a pod that went."""
        before = self._triggers.get(key, {})
        now = {pod["metadata"]["name"]: _changed(pod) for pod in pods}
        fresh = [time for name, time in now.items() if time > before.get(name, "")]
        if before.get("") != service["metadata"]["uid"]:
            fresh.append(service["metadata"]["creationTimestamp"])
        self._triggers[key] = {**now, "": service["metadata"]["uid"]}
        return {TRIGGER: min(fresh)} if fresh else {}

    def _remove(self, key: Key) -> None:
        self._triggers.pop(key, None)
        found = self._store.get(_ENDPOINTS.storage, *key)
        if found is not None:
            self._registry.remove(_ENDPOINTS, found)

    # --- EndpointSlice ----------------------------------------------------------------------------------------

    def _slice_of(self, service: Obj) -> Obj | None:
        uid = service["metadata"]["uid"]
        for found in self._store.each(_SLICES.storage, service["metadata"]["namespace"]):
            if (owners.controller_of(found) or {}).get("uid") == uid:
                return found
        return None

    def _write_slice(self, service: Obj, pods: list[Obj], trigger: Obj) -> None:
        old = self._slice_of(service)
        before = {entry["targetRef"]["uid"]: place for place, entry in enumerate((old or {}).get("endpoints") or ())}
        shown = [_endpoint(service, pod) for pod in pods]
        shown.sort(key=lambda entry: before.get(entry["targetRef"]["uid"], len(before)))
        content: Obj = {"endpoints": shown or None, "ports": _slice_ports(service, pods) if shown else None}
        meta = self._slice_meta(service, trigger)
        if old is None:
            self._registry.create(
                _SLICES, service["metadata"]["namespace"], {"metadata": meta, "addressType": "IPv4", **content}
            )
            return
        if canonical({key: old.get(key) for key in content}) == canonical(content):
            return
        self._registry.change(_SLICES, old, metadata=_annotated(old, trigger), **content)

    def _slice_meta(self, service: Obj, trigger: Obj) -> Obj:
        name = service["metadata"]["name"]
        labels = {
            **(service["metadata"].get("labels") or {}),
            MANAGED_BY: CONTROLLER_NAME,
            SERVICE_LABEL: name,
        }
        if service["spec"].get("clusterIP") == "None":
            labels["service.kubernetes.io/headless"] = ""
        return {
            "generateName": f"{name}-",
            "labels": labels,
            "annotations": trigger,
            "ownerReferences": [owners.reference_to(service)],
        }

    # --- Endpoints --------------------------------------------------------------------------------------------

    def _write_endpoints(self, service: Obj, pods: list[Obj], trigger: Obj) -> None:
        meta = service["metadata"]
        old = self._store.get(_ENDPOINTS.storage, meta["namespace"], meta["name"])
        live = [pod for pod in pods if "deletionTimestamp" not in pod["metadata"]]
        subsets = _subsets(service, live)
        labels = {**(meta.get("labels") or {}), "endpoints.kubernetes.io/managed-by": "endpoint-controller"}
        if service["spec"].get("clusterIP") == "None":
            labels["service.kubernetes.io/headless"] = ""
        if old is None:
            fresh: Obj = {"metadata": {"name": meta["name"], "labels": labels, "annotations": trigger}}
            if subsets:
                fresh["subsets"] = subsets
            self._registry.create(_ENDPOINTS, meta["namespace"], fresh)
            return
        if canonical(old.get("subsets") or []) == canonical(subsets):
            return
        new = {**old, "metadata": _annotated(old, trigger), "subsets": subsets}
        if not subsets:
            del new["subsets"]
        self._registry.update(_ENDPOINTS, old, new)


def _changed(pod: Obj) -> str:
    """When the pod's readiness last changed."""
    found = conditions.find(pod.get("status") or {}, "Ready")
    return str(found["lastTransitionTime"]) if found is not None else ""


def _annotated(old: Obj, trigger: Obj) -> Obj:
    rest = {key: value for key, value in (old["metadata"].get("annotations") or {}).items() if key != TRIGGER}
    meta = {**old["metadata"], "annotations": {**rest, **trigger}}
    if not meta["annotations"]:
        del meta["annotations"]
    return meta


def _counts(pod: Obj) -> bool:
    status = pod.get("status") or {}
    return bool(status.get("podIP")) and status.get("phase") not in ("Succeeded", "Failed")


def _target(pod: Obj) -> Obj:
    meta = pod["metadata"]
    return {"kind": "Pod", "namespace": meta["namespace"], "name": meta["name"], "uid": meta["uid"]}


def _endpoint(service: Obj, pod: Obj) -> Obj:
    terminating = "deletionTimestamp" in pod["metadata"]
    serving = is_ready(pod)
    ready = service["spec"].get("publishNotReadyAddresses") or (serving and not terminating)
    return {
        "addresses": [pod["status"]["podIP"]],
        "conditions": {"ready": bool(ready), "serving": serving, "terminating": terminating},
        "targetRef": _target(pod),
        "nodeName": pod["spec"]["nodeName"],
    }


def _target_port(port: Obj, pod: Obj) -> int | None:
    wanted = port.get("targetPort")
    if isinstance(wanted, int):
        return wanted
    for container in pod["spec"]["containers"]:
        for offered in container.get("ports") or ():
            if offered.get("name") == wanted:
                number: int = offered["containerPort"]
                return number
    return None


def _slice_ports(service: Obj, pods: list[Obj]) -> list[Obj]:
    found = []
    for port in service["spec"].get("ports") or ():
        number = _target_port(port, pods[0])
        if number is not None:
            shown = {"name": port.get("name") or "", "protocol": port["protocol"], "port": number}
            if port.get("appProtocol"):
                shown["appProtocol"] = port["appProtocol"]
            found.append(shown)
    return found


def _subsets(service: Obj, pods: list[Obj]) -> list[Obj]:
    """Ready and unready addresses, by address, with the ports they have."""
    groups: dict[str, Obj] = {}
    for pod in sorted(pods, key=lambda p: _numeric(p["status"]["podIP"])):
        ports = []
        for port in service["spec"].get("ports") or ():
            number = _target_port(port, pod)
            if number is not None:
                named = {"name": port["name"]} if port.get("name") else {}
                ports.append({**named, "port": number, "protocol": port["protocol"]})
        if not ports and service["spec"].get("ports"):
            continue
        group = groups.setdefault(canonical(ports), {"addresses": [], "notReadyAddresses": [], "ports": ports})
        ready = is_ready(pod) or service["spec"].get("publishNotReadyAddresses")
        address = {"ip": pod["status"]["podIP"], "nodeName": pod["spec"]["nodeName"], "targetRef": _target(pod)}
        group["addresses" if ready else "notReadyAddresses"].append(address)
    return [{key: value for key, value in group.items() if value} for group in groups.values()]


def _numeric(address: str) -> tuple[int, ...]:
    return tuple(int(part) for part in address.split("."))
