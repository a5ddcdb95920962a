"""What a fresh cluster already holds: namespaces, and the roles that everybody relies on."""

from typing import Any

from bot.playground.kubernetes import resources
from bot.playground.kubernetes.registry import Registry, Write

Obj = dict[str, Any]

_NAMESPACES = ("default", "kube-system", "kube-public", "kube-node-lease")
_HEALTH = ["/healthz", "/livez", "/readyz", "/version", "/version/"]
_READ = ["get", "list", "watch"]
_CHANGE = ["create", "delete", "deletecollection", "patch", "update"]
_SEED = Write(manager="kube-apiserver")


def _rule(groups: list[str], names: list[str], verbs: list[str]) -> Obj:
    return {"verbs": verbs, "apiGroups": groups, "resources": names}


def _paths(*paths: str) -> Obj:
    return {"verbs": ["get"], "nonResourceURLs": list(paths)}


_VIEWED = [
    _rule(
        [""],
        ["configmaps", "endpoints", "pods", "pods/log", "pods/status", "serviceaccounts", "services", "services/status",
         "events", "namespaces", "resourcequotas"],
        _READ,
    ),
    _rule(["discovery.k8s.io"], ["endpointslices"], _READ),
    _rule(
        ["apps"],
        ["deployments", "deployments/scale", "deployments/status", "replicasets", "replicasets/scale",
         "replicasets/status", "statefulsets", "statefulsets/scale", "statefulsets/status"],
        _READ,
    ),
    _rule(["autoscaling"], ["horizontalpodautoscalers", "horizontalpodautoscalers/status"], _READ),
    _rule(["batch"], ["jobs", "jobs/status"], _READ),
    _rule(["policy"], ["poddisruptionbudgets", "poddisruptionbudgets/status"], _READ),
    _rule(["networking.k8s.io"], ["ingresses", "ingresses/status"], _READ),
]  # fmt: skip
_EDITED = [
    _rule([""], ["secrets"], _READ + _CHANGE),
    _rule([""], ["configmaps", "endpoints", "pods", "serviceaccounts", "services", "events"], _CHANGE),
    _rule([""], ["pods/eviction", "serviceaccounts/token"], ["create"]),
    _rule(
        ["apps"],
        ["deployments", "deployments/scale", "replicasets", "replicasets/scale", "statefulsets", "statefulsets/scale"],
        _CHANGE,
    ),
    _rule(["autoscaling"], ["horizontalpodautoscalers"], _CHANGE),
    _rule(["batch"], ["jobs"], _CHANGE),
    _rule(["policy"], ["poddisruptionbudgets"], _CHANGE),
    _rule(["networking.k8s.io"], ["ingresses"], _CHANGE),
    _rule(["coordination.k8s.io"], ["leases"], _READ + _CHANGE),
]
_ADMINISTERED = [_rule(["rbac.authorization.k8s.io"], ["rolebindings", "roles"], _READ + _CHANGE)]

_ROLES: dict[str, list[Obj]] = {
    "cluster-admin": [_rule(["*"], ["*"], ["*"]), {"verbs": ["*"], "nonResourceURLs": ["*"]}],
    "admin": [*_ADMINISTERED, *_EDITED, *_VIEWED],
    "edit": [*_EDITED, *_VIEWED],
    "view": _VIEWED,
    "system:basic-user": [
        _rule(["authorization.k8s.io"], ["selfsubjectaccessreviews", "selfsubjectrulesreviews"], ["create"]),
        _rule(["authentication.k8s.io"], ["selfsubjectreviews"], ["create"]),
    ],
    "system:service-account-issuer-discovery": [_paths("/.well-known", "/.well-known/*")],
    "system:discovery": [
        _paths("/api", "/api/*", "/apis", "/apis/*", "/healthz", "/livez", "/openapi", "/openapi/*", "/readyz",
               "/version", "/version/"),
    ],
    "system:public-info-viewer": [_paths(*_HEALTH)],
}  # fmt: skip

_GROUPS = {
    "cluster-admin": ("system:masters",),
    "system:basic-user": ("system:authenticated",),
    "system:service-account-issuer-discovery": ("system:authenticated",),
    "system:discovery": ("system:authenticated",),
    "system:public-info-viewer": ("system:authenticated", "system:unauthenticated"),
}


def fill(registry: Registry) -> None:
    """Create it. Safe to repeat."""
    for name in _NAMESPACES:
        _create(registry, "Namespace", {"metadata": {"name": name}})
    for name, rules in _ROLES.items():
        _create(registry, "ClusterRole", {"metadata": {"name": name}, "rules": [dict(rule) for rule in rules]})
    for name, groups in _GROUPS.items():
        _create(registry, "ClusterRoleBinding", _binding(name, groups))


def _binding(role: str, groups: tuple[str, ...]) -> Obj:
    group = "rbac.authorization.k8s.io"
    return {
        "metadata": {"name": role},
        "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": role},
        "subjects": [{"kind": "Group", "name": name, "apiGroup": group} for name in groups],
    }


def _create(registry: Registry, kind: str, obj: Obj) -> None:
    resource = resources.named(kind)
    if registry.store.get(resource.storage, "", obj["metadata"]["name"]) is None:
        registry.create(resource, "", obj, _SEED)
