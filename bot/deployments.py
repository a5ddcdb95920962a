"""The objects of a Deployment that Leadsman walks itself: read from the API server, or gathered from what the watches keep."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from bot.adapters.kubernetes import DEPLOYMENTS, INGRESSES, PODS, REPLICASETS, SERVICES, Kind, Kubernetes
from strategies.model import Target
from strategies.native.canary import canary_name
from strategies.native.sight import Objects
from strategies.routers.nginx import route_name
from strategies.selectors import query

Thing = Mapping[str, Any]
Owned = Callable[[Kind, Iterable[str]], Sequence[Thing]]
"""What the watches keep of a kind, of these owners (uids)."""
Named = Callable[[Kind, str], Thing | None]
"""What the watches keep of a kind, by name."""


def watched(target: Target) -> tuple[Kind, ...]:
    """The kinds that the target's objects are of."""
    kinds = (DEPLOYMENTS, REPLICASETS, PODS)
    return kinds if target.router is None else (*kinds, INGRESSES)


def deployment_names(target: Target) -> tuple[str, str]:
    """The user's Deployment and the canary's."""
    return target.workload, canary_name(target.workload)


def ingress_names(target: Target) -> tuple[str, ...]:
    """The user's Ingress and the canary's; none without a router."""
    if target.router is None:
        return ()
    return target.router.ingress, route_name(target.workload, target.router.ingress)


def gathered(target: Target, owned: Owned, named: Named) -> Objects:
    """The objects of a target as the watches keep them. They are shared with the cache: read them, never change them."""
    stable, canary = (named(DEPLOYMENTS, name) for name in deployment_names(target))
    sets = owned(REPLICASETS, [one["metadata"]["uid"] for one in (stable, canary) if one])
    pods = owned(PODS, [one["metadata"]["uid"] for one in sets])
    ingress, route = [named(INGRESSES, name) for name in ingress_names(target)] or (None, None)
    return Objects(stable, canary, sets, pods, ingress, route)


async def read(kubernetes: Kubernetes, target: Target) -> Objects:
    """The objects of a target, read from the API server.

    They are read one after the other, so that a look is not one moment; the tests inside every patch allow for that.
    """
    namespace = target.namespace
    stable, canary = await asyncio.gather(
        *(kubernetes.get(DEPLOYMENTS, namespace, one) for one in deployment_names(target))
    )
    chosen = [query(one["spec"]["selector"]) for one in (stable, canary) if one]
    pods = [await kubernetes.list(PODS, namespace, selector=one) for one in chosen]
    sets = [await kubernetes.list(REPLICASETS, namespace, selector=one) for one in chosen]
    services = await kubernetes.list(SERVICES, namespace)
    ingress, route = [await kubernetes.get(INGRESSES, namespace, one) for one in ingress_names(target)] or (None, None)
    return Objects(
        stable,
        canary,
        [one for listing in sets for one in listing.items],
        [one for listing in pods for one in listing.items],
        ingress,
        route,
        services.items,
    )


def things(found: Objects) -> Mapping[Kind, Sequence[Thing | None]]:
    """What was read, by kind."""
    return {
        DEPLOYMENTS: (found.stable, found.canary),
        REPLICASETS: found.replicasets,
        PODS: found.pods,
        INGRESSES: (found.ingress, found.route),
    }
