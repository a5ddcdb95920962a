"""From objects to what is seen of a target. Whatever is not provable from the objects counts as not there.

The caches that objects come from lag behind each other. So where two of them speak of the same thing, the less
flattering one is believed: ready pods are the smaller of what the ReplicaSet and the pods say, existing pods the
greater.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from strategies.model import Nginx, Seen, SideSeen, Target
from strategies.native.claims import annotations, claim_of
from strategies.native.containers import image_of
from strategies.native.reach import astray
from strategies.native.trouble import trouble
from strategies.routers import nginx

Thing = Mapping[str, Any]
_HASH = "pod-template-hash"
_REVISION = "deployment.kubernetes.io/revision"
_OVER = ("Succeeded", "Failed")
_COUNTS = ("replicas", "updatedReplicas", "availableReplicas")


@dataclass(frozen=True, slots=True)
class Objects:
    """A target's objects as the API gave them; None where there is none.

    `replicasets` and `pods` may hold others' too. `services` are those of the namespace, None where they were not read.
    """

    stable: Thing | None
    canary: Thing | None
    replicasets: Sequence[Thing] = ()
    pods: Sequence[Thing] = ()
    ingress: Thing | None = None
    route: Thing | None = None
    services: Sequence[Thing] | None = None


def seen(target: Target, objects: Objects, at: datetime) -> Seen:
    """What these objects show of a target. `at`: when they were read."""
    stable, canary = (
        side_seen(one, objects.replicasets, objects.pods, target.container) for one in (objects.stable, objects.canary)
    )
    routed = nginx.seen(objects.route) if isinstance(target.router, Nginx) and objects.route is not None else None
    return Seen(
        at=at,
        stable=stable,
        canary=canary,
        weight=routed,
        router_claim=claim_of(objects.route),
        manager=last_manager(objects.stable),
        astray=astray(objects.stable, objects.canary, objects.services or (), target.router)
        if objects.services is not None
        else "",
    )


def side_seen(
    deployment: Thing | None, replicasets: Sequence[Thing], pods: Sequence[Thing], container: str
) -> SideSeen:
    """One side: see `SideSeen` for what each figure means. Pods that have ended (evicted ones stay for ever) are
    nobody's.

    `settled` means at rest: the status is of the present generation, and as many pods as wanted exist, all of the
    present template and available.
    """
    if deployment is None:
        return SideSeen()
    spec, status = deployment["spec"], deployment.get("status") or {}
    observed = status.get("observedGeneration", 0) >= deployment["metadata"].get("generation", 0)
    sets = [one for one in replicasets if controller_uid(one) == deployment["metadata"]["uid"]]
    present = _present(deployment, sets, observed=observed)
    uids = {one["metadata"]["uid"] for one in sets}
    own = [pod for pod in pods if controller_uid(pod) in uids and (pod.get("status") or {}).get("phase") not in _OVER]
    new = [
        pod
        for pod in own
        if present is not None and controller_uid(pod) == present["metadata"]["uid"] and not _leaving(pod)
    ]
    ready = min(sum(map(_is_ready, new)), _number(present, "availableReplicas"))
    total = max(len(own), sum(_number(one, "replicas") for one in sets))
    replicas = spec.get("replicas", 1)
    return SideSeen(
        image=image_of(deployment, container),
        replicas=replicas,
        ready=ready,
        pods=total,
        settled=observed and {ready, total, *(status.get(one, 0) for one in _COUNTS)} == {replicas},
        digests=frozenset(digest for pod in new if (digest := _digest(pod, container))),
        template_hash=str(((present or {}).get("metadata", {}).get("labels") or {}).get(_HASH, "")),
        claim=claim_of(deployment),
        problem=trouble(deployment, new),
    )


def last_manager(deployment: Thing | None) -> str:
    """Who changed a Deployment last as its managed fields tell, controllers' status writes and our own left out."""
    fields = ((deployment or {}).get("metadata") or {}).get("managedFields") or ()
    people = [
        one
        for one in fields
        if not one.get("subresource") and one.get("manager") not in ("leadsman", "kube-controller-manager")
    ]
    return str(max(people, key=lambda one: one.get("time", ""))["manager"]) if people else ""


def controller_uid(thing: Thing) -> str | None:
    """The uid of the controller that owns an object, None without one."""
    return _reference(thing).get("uid")


def deployment_name(thing: Thing) -> str:
    """The Deployment that a ReplicaSet, or a pod of one, belongs to; empty where it belongs to none.

    A pod names only its ReplicaSet, whose name is the Deployment's and the template's hash.
    """
    owner, labels = _reference(thing), thing["metadata"].get("labels") or {}
    match owner.get("kind"):
        case "Deployment":
            return str(owner["name"])
        case "ReplicaSet":
            return str(owner["name"]).removesuffix(f"-{labels.get(_HASH, '')}")
    return ""


def _present(deployment: Thing, sets: Sequence[Thing], *, observed: bool) -> Thing | None:
    """The ReplicaSet of the present template.

    The Deployment controller finds it by comparing templates, so that needs no status; the oldest of several wins, as
    there. Where none is equal (an API server that fills in new defaults) the revision number says it, but only once the
    status is up to date.
    """
    template = deployment["spec"]["template"]
    equal = [one for one in sets if _bare(one["spec"]["template"]) == _bare(template)]
    if equal:
        return min(equal, key=lambda one: (one["metadata"].get("creationTimestamp", ""), one["metadata"]["name"]))
    revision = annotations(deployment).get(_REVISION)
    if not observed or revision is None:
        return None
    return next((one for one in sets if annotations(one).get(_REVISION) == revision), None)


def _bare(template: Thing) -> dict[str, Any]:
    """A pod template without what the Deployment controller adds to it."""
    metadata = dict(template.get("metadata") or {})
    metadata["labels"] = {key: value for key, value in (metadata.get("labels") or {}).items() if key != _HASH}
    return {
        **template,
        "metadata": {key: value for key, value in metadata.items() if value and key != "creationTimestamp"},
    }


def _reference(thing: Thing) -> Thing:
    owners = thing["metadata"].get("ownerReferences") or ()
    return next((one for one in owners if one.get("controller")), {})


def _leaving(pod: Thing) -> bool:
    return bool(pod["metadata"].get("deletionTimestamp"))


def _is_ready(pod: Thing) -> bool:
    conditions = (pod.get("status") or {}).get("conditions") or ()
    return any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)


def _number(replicaset: Thing | None, field: str) -> int:
    """A count of a ReplicaSet's status: the API leaves zeros out. One that is not observed yet may be too high, never
    too low.
    """
    return int(((replicaset or {}).get("status") or {}).get(field, 0))


def _digest(pod: Thing, container: str) -> str:
    """The digest that a running container was really started from, `sha256:…`; empty while it does not run.

    An id without a repository (`docker://sha256:…`, an image that was built on the node) names no registry's digest.
    """
    for status in (pod.get("status") or {}).get("containerStatuses") or ():
        if status["name"] == container and (status.get("state") or {}).get("running") is not None:
            _, at, digest = str(status.get("imageID", "")).partition("@")
            return digest if at else ""
    return ""
