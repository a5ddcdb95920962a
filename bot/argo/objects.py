"""The objects of a Rollout: which there are, read from the API server or gathered from what the watches keep.

What a Rollout owns is found by the uids of owners, directly or through its Experiments. What it only names (Services,
Ingresses, the Deployment of a `workloadRef`) is found by the names in its own spec.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from bot.adapters.kubernetes import (
    ANALYSIS_RUNS,
    DEPLOYMENTS,
    EXPERIMENTS,
    INGRESSES,
    PODS,
    REPLICASETS,
    ROLLOUTS,
    SERVICES,
    Kind,
    Kubernetes,
)
from bot.errors import Unsupported
from strategies.argo.fields import part, parts, text
from strategies.argo.objects import Objects
from strategies.model import Target
from strategies.native.sight import controller_uid
from strategies.routers.nginx import route_name
from strategies.selectors import query

Thing = Mapping[str, Any]
Owned = Callable[[Kind, Iterable[str]], Sequence[Thing]]
"""What the watches keep of a kind, of these owners (uids)."""
Named = Callable[[Kind, str], Thing | None]
"""What the watches keep of a kind, by name."""

WATCHED = (ROLLOUTS, REPLICASETS, PODS, ANALYSIS_RUNS, EXPERIMENTS, SERVICES, INGRESSES)
"""The kinds that every Rollout is watched by; the Deployments are too where its pods come from one."""

_SERVICES = (
    ("canary", "stableService"),
    ("canary", "canaryService"),
    ("canary", "pingPong", "pingService"),
    ("canary", "pingPong", "pongService"),
    ("canary", "trafficRouting", "alb", "rootService"),
    ("blueGreen", "activeService"),
    ("blueGreen", "previewService"),
)


def watched(rollout: Thing | None) -> tuple[Kind, ...]:
    """The kinds that this Rollout's objects are of."""
    return (*WATCHED, DEPLOYMENTS) if workload_name(rollout) else WATCHED


def workload_name(rollout: Thing | None) -> str:
    """The Deployment that a Rollout takes its pod template from (`workloadRef`); empty where it has its own."""
    reference = part(rollout, "spec", "workloadRef")
    return text(reference, "name") if text(reference, "kind") == "Deployment" else ""


def service_names(rollout: Thing | None) -> frozenset[str]:
    """The Services that its strategy names."""
    strategy = part(rollout, "spec", "strategy")
    return frozenset(name for path in _SERVICES if (name := text(strategy, *path)))


def ingress_names(rollout: Thing | None) -> frozenset[str]:
    """The Ingresses that its strategy names, and those that Argo's controller makes beside nginx's."""
    routing = part(rollout, "spec", "strategy", "canary", "trafficRouting")
    nginx, name = (
        _ingresses(part(routing, "nginx"), "stableIngress", "stableIngresses"),
        text(rollout, "metadata", "name"),
    )
    alb = _ingresses(part(routing, "alb"), "ingress", "ingresses")
    return nginx | alb | {route_name(name, one) for one in nginx}


def names(rollout: Thing | None, kind: Kind) -> frozenset[str]:
    """The objects of a kind that a Rollout names in its spec."""
    if kind == SERVICES:
        return service_names(rollout)
    return ingress_names(rollout) if kind == INGRESSES else frozenset({workload_name(rollout)})


def _ingresses(router: Thing, one: str, many: str) -> frozenset[str]:
    listed = router.get(many)
    names = [one for one in listed if isinstance(one, str)] if isinstance(listed, Sequence) else []
    return frozenset(name for name in (text(router, one), *names) if name)


def gathered(rollout: Thing | None, owned: Owned, named: Named) -> Objects:
    """The objects of a Rollout as the watches keep them. They are shared with the cache: read them, never change them."""
    if rollout is None:
        return Objects(None)
    uid = str(rollout["metadata"]["uid"])
    experiments = owned(EXPERIMENTS, [uid])
    owners = [uid, *(str(one["metadata"]["uid"]) for one in experiments)]
    sets = owned(REPLICASETS, owners)
    workload = workload_name(rollout)
    return Objects(
        rollout=rollout,
        sets=sets,
        pods=owned(PODS, [str(one["metadata"]["uid"]) for one in sets]),
        runs=owned(ANALYSIS_RUNS, owners),
        experiments=experiments,
        services=[one for name in sorted(service_names(rollout)) if (one := named(SERVICES, name))],
        ingresses=[one for name in sorted(ingress_names(rollout)) if (one := named(INGRESSES, name))],
        workload=named(DEPLOYMENTS, workload) if workload else None,
    )


async def read(kubernetes: Kubernetes, target: Target) -> Objects:
    """The objects of a Rollout, read from the API server one after the other; the tests inside every patch allow for that.

    Raises `Unsupported` where Argo Rollouts is not installed.
    """
    namespace = target.namespace
    try:
        rollout = await kubernetes.get(ROLLOUTS, namespace, target.workload)
    except Unsupported:
        raise not_installed(target.cluster) from None
    if rollout is None:
        return Objects(None)
    experiments = _of((await kubernetes.list(EXPERIMENTS, namespace)).items, [rollout["metadata"]["uid"]])
    # An Experiment's pods carry labels of their own.
    selector = "" if experiments else query(part(rollout, "spec", "selector"))
    kinds = ((REPLICASETS, selector), (PODS, selector), (ANALYSIS_RUNS, ""), (SERVICES, ""), (INGRESSES, ""))
    listings = await asyncio.gather(*(kubernetes.list(kind, namespace, selector=chosen) for kind, chosen in kinds))
    things: dict[Kind, Sequence[Thing]] = {kind: one.items for (kind, _), one in zip(kinds, listings, strict=True)}
    things[EXPERIMENTS] = experiments
    workload = workload_name(rollout)
    found = await kubernetes.get(DEPLOYMENTS, namespace, workload) if workload else None
    things[DEPLOYMENTS] = [found] if found else []

    def named(kind: Kind, name: str) -> Thing | None:
        return next((one for one in things[kind] if one["metadata"]["name"] == name), None)

    return gathered(rollout, lambda kind, uids: _of(things[kind], uids), named)


def not_installed(cluster: str) -> Unsupported:
    """The error of a cluster that knows no Rollouts."""
    return Unsupported(
        f"Argo Rollouts is not installed in cluster {cluster}: it knows no {ROLLOUTS.resource}. "
        "Install its definitions and its controller, or name a Deployment under `workload`."
    )


def rollout_name(thing: Thing, named: Named) -> str:
    """The Rollout that an object belongs to, through its ReplicaSet or Experiment where one stands between; empty without one."""
    owner = _controller(thing)
    for _ in range(3):
        if text(owner, "kind") == ROLLOUTS.kind:
            return text(owner, "name")
        kind = _BETWEEN.get(text(owner, "kind"))
        owner = _controller(named(kind, text(owner, "name")) or {}) if kind else {}
    return ""


_BETWEEN = {kind.kind: kind for kind in (REPLICASETS, EXPERIMENTS)}


def _controller(thing: Thing) -> Thing:
    return next((one for one in parts(thing, "metadata", "ownerReferences") if one.get("controller")), {})


def _of(things: Iterable[Thing], uids: Iterable[str]) -> list[Thing]:
    wanted = set(uids)
    return [one for one in things if controller_uid(one) in wanted]


def things(found: Objects) -> Mapping[Kind, Sequence[Thing | None]]:
    """What was read, by kind."""
    return {
        ROLLOUTS: (found.rollout,),
        REPLICASETS: found.sets,
        PODS: found.pods,
        ANALYSIS_RUNS: found.runs,
        EXPERIMENTS: found.experiments,
        SERVICES: found.services,
        INGRESSES: found.ingresses,
        DEPLOYMENTS: (found.workload,),
    }
