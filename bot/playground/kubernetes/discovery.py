"""Discovery: which groups, versions and resources there are, in both of the server's forms; and its version and health."""

from typing import Any

from bot.playground.kubernetes.catalogue import Catalogue
from bot.playground.kubernetes.negotiation import clauses, negotiate, only
from bot.playground.kubernetes.requests import Reply
from bot.playground.kubernetes.resources import Resource
from bot.playground.kubernetes.status import PlainError

Obj = dict[str, Any]

VERSION = {
    "major": "1",
    "minor": "36",
    "emulationMajor": "1",
    "emulationMinor": "36",
    "minCompatibilityMajor": "1",
    "minCompatibilityMinor": "35",
    "gitVersion": "v1.36.2",
    "gitCommit": "98b35193b2ac7a23a673325f5e9b830ecd5ba406",
    "gitTreeState": "clean",
    "buildDate": "1970-01-01T00:00:00Z",
    "goVersion": "go1.26.6",
    "compiler": "gc",
    "platform": "linux/amd64",
}
_HEALTH = ("/healthz", "/livez", "/readyz")
_JSON = ("application/json",)
_ALL = ("application/json", "application/yaml", "application/vnd.kubernetes.protobuf")
_AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
PUBLIC = ("/version", "/version/", *_HEALTH)


def answer(path: str, accept: str | None, address: str, catalogue: Catalogue) -> Reply:
    """The answer to a GET of a path that names no resource. Raises ApiError 406, PlainError 404."""
    bare = path.rstrip("/") or "/"
    if bare in _HEALTH:
        return Reply("ok", content_type="text/plain; charset=utf-8")
    if bare == "/version":
        negotiate(accept, _JSON)
        return Reply(dict(VERSION))
    if bare == "/":
        return Reply({"paths": _paths(catalogue)})
    parts = bare.strip("/").split("/")
    if bare in ("/api", "/apis"):
        return _top(bare, accept, address, catalogue)
    _plain(accept)
    if parts[0] == "apis" and len(parts) == 2 and catalogue.versions(parts[1]):
        return Reply({"kind": "APIGroup", "apiVersion": "v1", **_group(parts[1], catalogue)})
    listed = _resource_list(parts, catalogue)
    if listed is None:
        raise PlainError(404, "404 page not found\n")
    return Reply(listed)


def _top(bare: str, accept: str | None, address: str, catalogue: Catalogue) -> Reply:
    if _wants_aggregated(accept):
        groups = ("",) if bare == "/api" else catalogue.groups
        body = {"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": {}}
        return Reply({**body, "items": [_aggregated(group, catalogue) for group in groups]}, content_type=_AGGREGATED)
    _plain(accept)
    if bare == "/apis":
        groups_shown = [_group(group, catalogue) for group in catalogue.groups]
        return Reply({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups_shown})
    return Reply(
        {
            "kind": "APIVersions",
            "versions": ["v1"],
            "serverAddressByClientCIDRs": [{"clientCIDR": "0.0.0.0/0", "serverAddress": address}],
        }
    )


def _wants_aggregated(accept: str | None) -> bool:
    for clause in clauses(accept or ""):
        form = clause.parameters.get("as", "")
        if form == "APIGroupDiscoveryList" and clause.parameters.get("v") == "v2":
            return True
        if not form:
            return False
    return False


def _plain(accept: str | None) -> None:
    negotiate(accept)
    if accept and not any("as" not in clause.parameters for clause in clauses(accept)):
        raise only(_ALL)


def _paths(catalogue: Catalogue) -> list[str]:
    found = ["/api", "/api/v1", "/apis", "/apis/"]
    for group in sorted(catalogue.groups):
        found += [f"/apis/{group}", *(f"/apis/{group}/{version}" for version in catalogue.versions(group))]
    return [*found, "/healthz", "/livez", "/readyz", "/version"]


def _group(group: str, catalogue: Catalogue) -> Obj:
    versions = [{"groupVersion": f"{group}/{version}", "version": version} for version in catalogue.versions(group)]
    return {"name": group, "versions": versions, "preferredVersion": versions[0]}


def _resource_list(parts: list[str], catalogue: Catalogue) -> Obj | None:
    if parts == ["api", "v1"]:
        return {"kind": "APIResourceList", "groupVersion": "v1", "resources": _listed(catalogue.of("", "v1"))}
    if parts[0] != "apis" or len(parts) != 3:
        return None
    group, version = parts[1], parts[2]
    if version not in catalogue.versions(group):
        return None
    body = {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": f"{group}/{version}"}
    return {**body, "resources": _listed(catalogue.of(group, version))}


def _listed(served: list[Resource]) -> list[Obj]:
    found: list[Obj] = []
    for resource in served:
        shown: Obj = {"name": resource.plural, "singularName": resource.singular, "namespaced": resource.namespaced}
        shown |= {"kind": resource.kind, "verbs": list(resource.verbs)}
        if resource.short:
            shown["shortNames"] = list(resource.short)
        if resource.categories:
            shown["categories"] = list(resource.categories)
        if resource.hash:
            shown["storageVersionHash"] = resource.hash
        found.append(shown)
        for sub in resource.subresources:
            part: Obj = {"name": f"{resource.plural}/{sub.name}", "singularName": "", "namespaced": resource.namespaced}
            if sub.version:
                part |= {"group": sub.group, "version": sub.version}
            found.append({**part, "kind": sub.kind, "verbs": list(sub.verbs)})
    return found


def _aggregated(group: str, catalogue: Catalogue) -> Obj:
    versions = [
        {
            "version": version,
            "resources": [_discovered(r) for r in catalogue.of(group, version)],
            "freshness": "Current",
        }
        for version in catalogue.versions(group)
    ]
    return {"metadata": {"name": group} if group else {}, "versions": versions}


def _discovered(resource: Resource) -> Obj:
    shown: Obj = {
        "resource": resource.plural,
        "responseKind": {"group": "", "version": "", "kind": resource.kind},
        "scope": "Namespaced" if resource.namespaced else "Cluster",
        "singularResource": resource.singular,
        "verbs": list(resource.verbs),
    }
    if resource.short:
        shown["shortNames"] = list(resource.short)
    if resource.categories:
        shown["categories"] = list(resource.categories)
    if resource.subresources:
        shown["subresources"] = [
            {
                "subresource": sub.name,
                "responseKind": {"group": sub.group, "version": sub.version, "kind": sub.kind},
                "verbs": list(sub.verbs),
            }
            for sub in resource.subresources
        ]
    return shown
