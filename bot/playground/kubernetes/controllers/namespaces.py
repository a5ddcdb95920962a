"""The controllers around namespaces: what is put into a new one, and how one that goes is emptied."""

from typing import Any

from bot.playground.kubernetes import resources
from bot.playground.kubernetes.controllers.queue import WorkQueue
from bot.playground.kubernetes.deletion import DeleteOptions, delete
from bot.playground.kubernetes.registry import Registry
from bot.playground.kubernetes.store import DELETED, Event

Obj = dict[str, Any]

_NAMESPACES = resources.named("Namespace")
_ROOT_CA = "kube-root-ca.crt"
_RETRY_SECONDS = 1.0
_GRACE_SECONDS = 5.0
"""The real controller waits so long, for writes that were under way when the namespace was deleted."""

_CA_ANNOTATION = (
    "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal "
    "service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters."
)


class NamespaceController:
    """Keeps namespaces true: their service account and certificate come, their content goes."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._store = registry.store
        self._emptying: set[str] = set()
        self.queue: WorkQueue[str] = WorkQueue(registry.clock, self.sync)
        self._store.subscribe(self._on_namespace, _NAMESPACES.storage)
        for storage in ("configmaps", "serviceaccounts"):
            self._store.subscribe(self._on_content, storage)
        self._store.subscribe(self._on_any_deleted)

    def _on_namespace(self, event: Event) -> None:
        if event.type == DELETED:
            return
        if "deletionTimestamp" in event.new["metadata"]:
            self.queue.add_after(event.key[1], _GRACE_SECONDS)
        else:
            self.queue.add(event.key[1])

    def _on_content(self, event: Event) -> None:
        if event.type == DELETED and event.key[1] in (_ROOT_CA, "default"):
            self.queue.add(event.key[0])

    def _on_any_deleted(self, event: Event) -> None:
        if event.type != DELETED or not event.key[0]:
            return
        home = self._store.get(_NAMESPACES.storage, "", event.key[0])
        if home is not None and event.key[0] in self._emptying:
            self.queue.add(event.key[0])

    def sync(self, name: str) -> None:
        """One step for one namespace."""
        namespace = self._store.get(_NAMESPACES.storage, "", name)
        if namespace is None:
            return
        if "deletionTimestamp" in namespace["metadata"]:
            self._empty(namespace)
            return
        if self._store.get("serviceaccounts", name, "default") is None:
            self._registry.create(resources.named("ServiceAccount"), name, {"metadata": {"name": "default"}})
        if self._store.get("configmaps", name, _ROOT_CA) is None:
            meta = {"name": _ROOT_CA, "annotations": {"kubernetes.io/description": _CA_ANNOTATION}}
            data = {"ca.crt": "none: the playground speaks plain HTTP\n"}
            self._registry.create(resources.named("ConfigMap"), name, {"metadata": meta, "data": data})

    def _empty(self, namespace: Obj) -> None:
        name = namespace["metadata"]["name"]
        self._emptying.add(name)
        left = False
        for storage in self._store.storages():
            resource = resources.stored(storage)
            if not resource.namespaced:
                continue
            for obj in self._store.objects(storage, name):
                if "deletionTimestamp" not in obj["metadata"]:
                    delete(self._registry, resource, obj, DeleteOptions(propagation="Background"))
            left = left or self._store.count(storage, name) > 0
        if left:
            self.queue.add_after(name, _RETRY_SECONDS)
            return
        spec = {key: value for key, value in namespace["spec"].items() if key != "finalizers"}
        self._store.put(_NAMESPACES.storage, {**namespace, "metadata": dict(namespace["metadata"]), "spec": spec})
        self._store.delete(_NAMESPACES.storage, "", name)
        self._emptying.discard(name)
