"""Looking at a target: from the watches while they are proven current, from the API server itself otherwise.

A cache proves itself only by a list, an event or a bookmark, and a quiet cluster sends a bookmark about once a minute.
So a cache without a proof of the last 30 seconds is not believed: the few objects of the target are read instead, and
if that fails too, there is no look, and nothing is decided.

Looks never go back in time. A watch lags behind the API server, by a moment always and by seconds after an outage; were
it believed after the server itself had shown something newer, our own write would seem undone by a stranger.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from bot import deployments
from bot.adapters.kubernetes import DEPLOYMENTS, INGRESSES, PODS, REPLICASETS, ROLLOUTS, SERVICES, Kind
from bot.adapters.reflector import Change, Reflector
from bot.argo import objects as rollouts
from bot.clock import Clock
from bot.clusters import Cluster, Clusters, cluster_of
from bot.errors import LeadsmanError, Unsupported
from bot.owners import Owners
from strategies.argo import sight as argo
from strategies.argo.objects import Objects as RolloutObjects
from strategies.argo.seen import ArgoSeen
from strategies.model import Target, WorkloadKind
from strategies.native.sight import Objects, deployment_name, seen
from strategies.sighting import Sighting

OLDEST = 30.0
"""Real seconds after which a cache without a new proof is not believed any more."""

QUIET = 90.0
"""The same for what accompanies a Rollout: kinds in which little happens, whose watches may say nothing between two bookmarks.

Where it stands is the Rollout's own word, and everything is read anew before something moves forward.
"""

Place = tuple[str, str, str, str]
"""Cluster, namespace, kind and name of an object that a target consists of."""

Heard = tuple[str, Kind, str]
"""Cluster, kind and namespace of a watch."""

Thing = Mapping[str, Any]
_NAMED = (SERVICES, INGRESSES, DEPLOYMENTS)


class Observer:
    """Sees targets, and says which of the followed ones an event in a cluster concerns."""

    def __init__(self, clusters: Clusters, clock: Clock) -> None:
        self._clusters = clusters
        self._clock = clock
        self._listeners: list[Callable[[str], None]] = []
        self._followers: dict[Place, set[str]] = {}
        self._followed: dict[str, tuple[Place, ...]] = {}
        self._driven: dict[tuple[str, str], set[Place]] = {}
        self._heard: dict[Heard, Reflector] = {}
        self._owners: dict[Heard, Owners] = {}
        self._read: dict[Target, Mapping[Kind, int]] = {}

    async def observe(self, target: Target, *, fresh: bool = False) -> Sighting:
        """What a target looks like now. `fresh`: read it from the API server, as is done before anything moves forward.

        Raises a `LeadsmanError` when the cluster cannot be seen.
        """
        if target.kind is WorkloadKind.ROLLOUT:
            return argo.seen(target, await self.rollout(target, fresh=fresh), self._clock.now())
        return seen(target, await self.objects(target, fresh=fresh), self._clock.now())

    async def objects(self, target: Target, *, fresh: bool = False) -> Objects:
        """The objects of a Deployment's target, as `observe` sees them. They are shared with the cache: read them, never
        change them.
        """
        cluster = cluster_of(self._clusters, target.cluster)
        if not fresh and await self._are_current(cluster, target, deployments.watched(target), OLDEST):
            return deployments.gathered(target, self._owned_in(target), self._named_in(target))
        found = await deployments.read(cluster.kubernetes, target)
        self._read[target] = _versions(deployments.things(found))
        return found

    async def rollout(self, target: Target, *, fresh: bool = False) -> RolloutObjects:
        """The objects of a Rollout, as `observe` sees them, and as shared."""
        cluster = cluster_of(self._clusters, target.cluster)
        if not fresh and await self._are_current(cluster, target, (ROLLOUTS,), OLDEST):
            rollout = self._named_in(target)(ROLLOUTS, target.workload)
            if await self._are_current(cluster, target, rollouts.watched(rollout), QUIET):
                return self._gathered(target)
        found = await rollouts.read(cluster.kubernetes, target)
        self._read[target] = _versions(rollouts.things(found))
        return found

    def glimpse(self, target: Target) -> ArgoSeen:
        """A followed Rollout as the watches keep it, however old: enough to tell whether a closer look is worth it."""
        return argo.seen(target, self._gathered(target), self._clock.now())

    def _gathered(self, target: Target) -> RolloutObjects:
        named = self._named_in(target)
        return rollouts.gathered(named(ROLLOUTS, target.workload), self._owned_in(target), named)

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
            if place[2] == ROLLOUTS.kind:
                self._driven.setdefault(place[:2], set()).add(place)
        await self._watch(cluster, target, _kinds(target))
        if target.kind is WorkloadKind.ROLLOUT:
            rollout = self._named_in(target)(ROLLOUTS, target.workload)
            await self._watch(cluster, target, rollouts.watched(rollout))

    def unfollow(self, key: str) -> None:
        """Forget a target; unknown keys are forgotten already."""
        for place in self._followed.pop(key, ()):
            followers = self._followers[place]
            followers.discard(key)
            if not followers:
                del self._followers[place]
                self._driven.get(place[:2], set()).discard(place)

    async def _watch(self, cluster: Cluster, target: Target, kinds: Sequence[Kind]) -> list[Reflector]:
        try:
            return [await self._reflector(cluster, (target.cluster, kind, target.namespace)) for kind in kinds]
        except Unsupported:
            if target.kind is WorkloadKind.ROLLOUT:
                raise rollouts.not_installed(target.cluster) from None
            raise

    async def _are_current(self, cluster: Cluster, target: Target, kinds: Sequence[Kind], oldest: float) -> bool:
        """Whether what the watches keep of these kinds was proven current within `oldest` real seconds, and has come as far
        as the last look at the server itself.
        """
        try:
            kept = await self._watch(cluster, target, kinds)
        except LeadsmanError:
            return False
        read_then = self._read.get(target, {})
        return all(one.is_fresh(oldest) and one.has_reached(read_then.get(one.kind, 0)) for one in kept)

    def _named_in(self, target: Target) -> Callable[[Kind, str], Thing | None]:
        return lambda kind, name: self._named((target.cluster, kind, target.namespace), name)

    def _named(self, heard: Heard, name: str) -> Thing | None:
        reflector = self._heard.get(heard)
        return None if reflector is None else reflector.get(name)

    def _owned_in(self, target: Target) -> Callable[[Kind, Iterable[str]], Sequence[Thing]]:
        def owned(kind: Kind, uids: Iterable[str]) -> Sequence[Thing]:
            heard = (target.cluster, kind, target.namespace)
            if heard not in self._owners:
                self._owners[heard] = Owners(self._heard[heard])
            return self._owners[heard].of(uids)

        return owned

    async def _reflector(self, cluster: Cluster, heard: Heard) -> Reflector:
        _, kind, namespace = heard
        reflector = await cluster.watches.ensure(kind, namespace)
        if heard not in self._heard:
            self._heard[heard] = reflector
            reflector.subscribe(lambda change, thing: self._told(heard, change, thing))
        return reflector

    def _told(self, heard: Heard, _change: Change, thing: dict[str, Any]) -> None:
        """Pass an event on to whom it concerns."""
        keys = {key for place in self._concerned(heard, thing) for key in self._followers.get(place, ())}
        for key in keys:
            for listener in self._listeners:
                listener(key)

    def _concerned(self, heard: Heard, thing: Thing) -> Iterator[Place]:
        """The places that an object belongs to: itself, the workload that owns it, the Rollouts that name it."""
        cluster, kind, namespace = heard
        yield (cluster, namespace, kind.kind, thing["metadata"]["name"])
        if kind in (REPLICASETS, PODS):
            yield (cluster, namespace, DEPLOYMENTS.kind, deployment_name(thing))
        owner = rollouts.rollout_name(thing, lambda between, name: self._named((cluster, between, namespace), name))
        yield (cluster, namespace, ROLLOUTS.kind, owner)
        if kind in _NAMED:
            yield from self._naming(heard, thing["metadata"]["name"])

    def _naming(self, heard: Heard, name: str) -> Iterator[Place]:
        """The followed Rollouts whose strategy, or `workloadRef`, names this object."""
        cluster, kind, namespace = heard
        for place in self._driven.get((cluster, namespace), ()):
            if name in rollouts.names(self._named((cluster, ROLLOUTS, namespace), place[3]), kind):
                yield place


def _versions(read: Mapping[Kind, Iterable[Thing | None]]) -> dict[Kind, int]:
    """How far each kind must have come for a cache to show at least what was read."""
    return {kind: _newest(things) for kind, things in read.items()}


def _newest(things: Iterable[Thing | None]) -> int:
    versions = [str(thing["metadata"].get("resourceVersion", "")) for thing in things if thing]
    return max((int(version) for version in versions if version.isdecimal()), default=0)


def _kinds(target: Target) -> tuple[Kind, ...]:
    return rollouts.WATCHED if target.kind is WorkloadKind.ROLLOUT else deployments.watched(target)


def _places(target: Target) -> tuple[Place, ...]:
    where = (target.cluster, target.namespace)
    if target.kind is WorkloadKind.ROLLOUT:
        return ((*where, ROLLOUTS.kind, target.workload),)
    own = ((*where, DEPLOYMENTS.kind, name) for name in deployments.deployment_names(target))
    return (*own, *((*where, INGRESSES.kind, name) for name in deployments.ingress_names(target)))
