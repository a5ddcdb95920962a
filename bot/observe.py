"""Looking at a target: from the watches while they are proven current, from the API server itself otherwise.

A cache proves itself only by a list, an event or a bookmark, and a quiet cluster sends a bookmark about once a minute.
So a cache without a proof of the last 30 seconds is not believed: the few objects of the target are read instead, and
if that fails too, there is no look, and nothing is decided.

Looks never go back in time. A watch lags behind the API server, by a moment always and by seconds after an outage; were
it believed after the server itself had shown something newer, our own write would seem undone by a stranger.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from bot.adapters.kubernetes import DEPLOYMENTS, INGRESSES, PODS, REPLICASETS, SERVICES, Kind
from bot.adapters.reflector import Change, Reflector
from bot.clock import Clock
from bot.clusters import Cluster, Clusters, cluster_of
from bot.errors import LeadsmanError
from bot.owners import Owners
from strategies.model import Seen, Target
from strategies.native.canary import canary_name
from strategies.native.sight import Objects, deployment_name, seen
from strategies.routers.nginx import route_name
from strategies.selectors import query

OLDEST = 30.0
"""Real seconds after which a cache without a new proof is not believed any more."""

Place = tuple[str, str, str, str]
"""Cluster, namespace, kind and name of an object that a target consists of."""


class Observer:
    """Sees targets, and says which of the followed ones an event in a cluster concerns."""

    def __init__(self, clusters: Clusters, clock: Clock) -> None:
        self._clusters = clusters
        self._clock = clock
        self._listeners: list[Callable[[str], None]] = []
        self._followers: dict[Place, set[str]] = {}
        self._followed: dict[str, tuple[Place, ...]] = {}
        self._heard: set[tuple[str, Kind, str]] = set()
        self._owners: dict[tuple[str, Kind, str], Owners] = {}
        self._read: dict[Target, Mapping[Kind, int]] = {}

    async def observe(self, target: Target, *, fresh: bool = False) -> Seen:
        """What a target looks like now. `fresh`: read it from the API server, as is done before anything moves forward.

        Raises a `LeadsmanError` when the cluster cannot be seen.
        """
        return seen(target, await self.objects(target, fresh=fresh), self._clock.now())

    async def objects(self, target: Target, *, fresh: bool = False) -> Objects:
        """The objects of a target, as `observe` sees them. They are shared with the cache: read them, never change
        them.
        """
        cluster = cluster_of(self._clusters, target.cluster)
        kept = None if fresh else await self._kept(cluster, target)
        if kept is not None:
            return kept
        found = await read(cluster, target)
        self._read[target] = _versions(found)
        return found

    def subscribe(self, listener: Callable[[str], None]) -> None:
        """Call `listener` with the key of each followed target that an event concerns, from the event loop, at once."""
        self._listeners.append(listener)

    async def follow(self, key: str, target: Target) -> None:
        """Wake `key` from now on whenever an object of this target changes. Safe to repeat.

        Raises a `LeadsmanError` where the cluster cannot be watched; what is watched already then wakes all the same.
        """
        cluster = cluster_of(self._clusters, target.cluster)
        self.unfollow(key)
        places = _places(target)
        self._followed[key] = places
        for place in places:
            self._followers.setdefault(place, set()).add(key)
        for kind in _kinds(target):
            await self._reflector(cluster, target, kind)

    def unfollow(self, key: str) -> None:
        """Forget a target; unknown keys are forgotten already."""
        for place in self._followed.pop(key, ()):
            followers = self._followers[place]
            followers.discard(key)
            if not followers:
                del self._followers[place]

    async def _kept(self, cluster: Cluster, target: Target) -> Objects | None:
        """The objects as the watches keep them, None unless every one of those is proven current and has come as far as
        the last look at the server itself.
        """
        try:
            kept = {kind: await self._reflector(cluster, target, kind) for kind in _kinds(target)}
        except LeadsmanError:
            return None
        read_then = self._read.get(target, {})
        if not all(one.is_fresh(OLDEST) and one.has_reached(read_then.get(kind, 0)) for kind, one in kept.items()):
            return None
        deployments = kept[DEPLOYMENTS]
        stable, canary = (deployments.get(name) for name in _deployments(target))
        where = (target.cluster, target.namespace)
        sets = self._owned(where, kept[REPLICASETS]).of(one["metadata"]["uid"] for one in (stable, canary) if one)
        pods = self._owned(where, kept[PODS]).of(one["metadata"]["uid"] for one in sets)
        ingresses = kept.get(INGRESSES)
        ingress, route = (ingresses.get(name) for name in _ingresses(target)) if ingresses else (None, None)
        return Objects(stable, canary, sets, pods, ingress, route)

    def _owned(self, where: tuple[str, str], reflector: Reflector) -> Owners:
        place = (where[0], reflector.kind, where[1])
        if place not in self._owners:
            self._owners[place] = Owners(reflector)
        return self._owners[place]

    async def _reflector(self, cluster: Cluster, target: Target, kind: Kind) -> Reflector:
        reflector = await cluster.watches.ensure(kind, target.namespace)
        heard = (target.cluster, kind, target.namespace)
        if heard not in self._heard:
            self._heard.add(heard)
            reflector.subscribe(lambda change, thing: self._told(heard, change, thing))
        return reflector

    def _told(self, heard: tuple[str, Kind, str], _change: Change, thing: dict[str, Any]) -> None:
        """Pass an event on to whom it concerns: the owner's name decides for ReplicaSets and pods."""
        cluster, kind, namespace = heard
        owned = kind in (REPLICASETS, PODS)
        name = deployment_name(thing) if owned else thing["metadata"]["name"]
        place = (cluster, namespace, DEPLOYMENTS.kind if owned else kind.kind, name)
        for key in tuple(self._followers.get(place, ())):
            for listener in self._listeners:
                listener(key)


async def read(cluster: Cluster, target: Target) -> Objects:
    """The objects of a target, read from the API server.

    They are read one after the other, so that a look is not one moment; the tests inside every patch allow for that.
    """
    kubernetes, namespace = cluster.kubernetes, target.namespace
    stable, canary = await asyncio.gather(
        *(kubernetes.get(DEPLOYMENTS, namespace, one) for one in _deployments(target))
    )
    chosen = [query(one["spec"]["selector"]) for one in (stable, canary) if one]
    pods = [await kubernetes.list(PODS, namespace, selector=one) for one in chosen]
    sets = [await kubernetes.list(REPLICASETS, namespace, selector=one) for one in chosen]
    services = await kubernetes.list(SERVICES, namespace)
    ingress, route = [await kubernetes.get(INGRESSES, namespace, one) for one in _ingresses(target)] or (None, None)
    return Objects(
        stable,
        canary,
        [one for listing in sets for one in listing.items],
        [one for listing in pods for one in listing.items],
        ingress,
        route,
        services.items,
    )


def _versions(found: Objects) -> dict[Kind, int]:
    """How far each kind must have come for a cache to show at least what was read."""
    return {
        DEPLOYMENTS: _newest([found.stable, found.canary]),
        REPLICASETS: _newest(found.replicasets),
        PODS: _newest(found.pods),
        INGRESSES: _newest([found.ingress, found.route]),
    }


def _newest(things: Iterable[Mapping[str, Any] | None]) -> int:
    versions = [str(thing["metadata"].get("resourceVersion", "")) for thing in things if thing]
    return max((int(version) for version in versions if version.isdecimal()), default=0)


def _deployments(target: Target) -> tuple[str, str]:
    return target.workload, canary_name(target.workload)


def _ingresses(target: Target) -> tuple[str, ...]:
    """The user's Ingress and the canary's; none without a router."""
    if target.router is None:
        return ()
    return target.router.ingress, route_name(target.workload, target.router.ingress)


def _kinds(target: Target) -> tuple[Kind, ...]:
    watched = (DEPLOYMENTS, REPLICASETS, PODS)
    return watched if target.router is None else (*watched, INGRESSES)


def _places(target: Target) -> tuple[Place, ...]:
    where = (target.cluster, target.namespace)
    deployments = ((*where, DEPLOYMENTS.kind, name) for name in _deployments(target))
    return (*deployments, *((*where, INGRESSES.kind, name) for name in _ingresses(target)))
