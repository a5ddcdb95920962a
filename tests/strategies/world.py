"""A simulated target: Deployments, their pods and an nginx canary, as effects change them and looks show them.

Specifications change at once and only where the tests of the write hold, as an API server does it. Pods follow in steps of their own:
`rolled` lets a Deployment's controller act, `readied` lets one pod get ready. A weight takes a while to become traffic: until `synced`,
users may still be served by the weights before it. Everything is an immutable tuple, so that worlds can be compared, kept and hashed.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from fractions import Fraction
from math import ceil
from typing import NamedTuple, assert_never

from strategies.effects import CreateCanary, CreateRoute, PatchRoute, PatchSide, Write
from strategies.model import Claim, Nginx, Seen, Side, SideSeen, Target

T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
V1, V2, HOTFIX = "shop/checkout:v1", "shop/checkout:v2", "shop/checkout:hotfix"
NGINX = Nginx("checkout", "checkout", "checkout-canary")


def target(*, routed: bool, cluster: str = "prod-eu") -> Target:
    """Where the simulated workload is said to live."""
    return Target(cluster, "shop", "checkout", "web", NGINX if routed else None)


class Pod(NamedTuple):
    """One pod: what it runs, and whether it is ready."""

    image: str
    digest: str
    ready: bool = False


class Workload(NamedTuple):
    """One Deployment and its pods. `image` None: there is none."""

    image: str | None = None
    replicas: int = 0
    claim: Claim | None = None
    pods: tuple[Pod, ...] = ()

    @property
    def serving(self) -> int:
        """Pods that answer requests, whatever they run."""
        return sum(pod.ready for pod in self.pods)

    @property
    def ready(self) -> int:
        """Ready pods of the present template."""
        return sum(pod.ready and pod.image == self.image for pod in self.pods)


class World(NamedTuple):
    """A target's objects. `before`: weights that requests may still be divided by; `pushes`: how often the tag was pushed again;
    `broken`: images whose pods never get ready."""

    stable: Workload
    canary: Workload = Workload()
    weight: int | None = None
    route: Claim | None = None
    before: tuple[int, ...] = ()
    pushes: int = 0
    broken: tuple[str, ...] = ()
    manager: str = ""

    def side(self, side: Side) -> Workload:
        return self.stable if side is Side.STABLE else self.canary

    def with_side(self, side: Side, workload: Workload) -> "World":
        return self._replace(stable=workload) if side is Side.STABLE else self._replace(canary=workload)


def at_rest(replicas: int, image: str = V1) -> World:
    """A workload that serves `image` with all its pods, untouched by anybody."""
    return settled(World(Workload(image, replicas)))


def digest_of(world: World, image: str) -> str:
    """The digest that a pod pulls for an image now: a pinned one never changes."""
    tag, _, pinned = image.partition("@")
    return pinned or f"sha256:{tag}-{world.pushes}"


# Writes


class VoidError(Exception):
    """A write whose tests failed: nothing was changed."""


def perform(world: World, write: Write) -> World:
    """The world after a write. Raises `VoidError` where it is not as the write expects."""
    match write:
        case CreateCanary():
            _expect(world.canary.image, None)
            return world._replace(canary=Workload(write.image, 0, write.claim))
        case CreateRoute():
            _expect(world.weight, None)
            return world._replace(weight=0, route=write.claim)
        case PatchRoute():
            _expect((world.route, world.weight), (write.expect_claim, write.expect_weight))
            weight = world.weight if write.weight is None else write.weight
            return shifted(world._replace(route=write.claim or world.route), weight or 0)
        case PatchSide():
            one = world.side(write.side)
            _expect(
                (one.claim, one.image, one.replicas), (write.expect_claim, write.expect_image, write.expect_replicas)
            )
            replicas = one.replicas if write.replicas is None else write.replicas
            changed = one._replace(claim=write.claim or one.claim, image=write.image or one.image, replicas=replicas)
            return world.with_side(write.side, changed)
        case _:
            assert_never(write)


def attempt(world: World, write: Write) -> World:
    """The world after a write that is simply without effect where its tests fail."""
    try:
        return perform(world, write)
    except VoidError:
        return world


def _expect(found: object, expected: object) -> None:
    if found != expected:
        raise VoidError


def shifted(world: World, weight: int) -> World:
    """The world with another weight at the router; the one before still divides requests until `synced`."""
    if weight == world.weight:
        return world
    return world._replace(weight=weight, before=tuple(sorted({*world.before, world.weight or 0})))


# What happens by itself


def rolled(world: World, side: Side) -> World:
    """The controller acts: pods of another template go, missing ones start, and those too many go, unready ones first."""
    one = world.side(side)
    if one.image is None:
        return world
    right = sorted((pod for pod in one.pods if pod.image == one.image), key=lambda pod: not pod.ready)[: one.replicas]
    new = Pod(one.image, digest_of(world, one.image))
    pods = tuple(sorted([*right, *[new] * (one.replicas - len(right))]))
    return world if pods == one.pods else world.with_side(side, one._replace(pods=pods))


def readied(world: World, side: Side, count: int = 1) -> World:
    """So many pods that are starting get ready, unless what they run never does."""
    one, left = world.side(side), count
    pods = list(one.pods)
    for place, pod in enumerate(pods):
        if left and not pod.ready and pod.image.partition("@")[0] not in world.broken:
            pods[place], left = pod._replace(ready=True), left - 1
    return world if left == count else world.with_side(side, one._replace(pods=tuple(sorted(pods))))


def lost(world: World, side: Side, count: int = 1) -> World:
    """So many ready pods stop being ready."""
    one, left = world.side(side), count
    pods = list(one.pods)
    for place, pod in enumerate(pods):
        if left and pod.ready:
            pods[place], left = pod._replace(ready=False), left - 1
    return world if left == count else world.with_side(side, one._replace(pods=tuple(sorted(pods))))


def synced(world: World) -> World:
    """The router's servers all divide requests by the present weight."""
    return world._replace(before=()) if world.before else world


def settled(world: World) -> World:
    """The world once everything that happens by itself has happened."""
    for side in Side:
        world = readied(rolled(world, side), side, count=100)
    return synced(world)


# Looking


def look(world: World, at: datetime) -> Seen:
    """What a fresh look shows."""
    stable, canary = _side_seen(world, world.stable), _side_seen(world, world.canary)
    return Seen(at, stable, canary, world.weight, world.route, world.manager)


def _side_seen(world: World, one: Workload) -> SideSeen:
    if one.image is None:
        return SideSeen()
    present = [pod for pod in one.pods if pod.image == one.image]
    ready = sum(pod.ready for pod in present)
    broken = one.image.partition("@")[0] in world.broken and one.replicas
    return SideSeen(
        image=one.image,
        replicas=one.replicas,
        ready=ready,
        pods=len(one.pods),
        settled=len(one.pods) == ready == one.replicas,
        digests=frozenset(pod.digest for pod in present),
        template_hash=f"hash-of-{one.image}",
        claim=one.claim,
        problem="its container exits with code 1" if broken else "",
    )


# What users get


def unserved(world: World, *, routed: bool) -> int:
    """The greatest share of the requests, in percent, that may find no ready pod now."""
    stable, canary = world.stable.serving, world.canary.serving
    if not routed:
        return 0 if stable + canary else 100
    weights = {world.weight or 0, *world.before}
    return max((0 if canary else weight) + (0 if stable else 100 - weight) for weight in weights)


def shortage(world: World, replicas: int, unavailable: int, *, routed: bool) -> int:
    """How many ready pods are missing that must be there: ⌈replicas·share⌉ − unavailable for each side, at the worst weight in effect."""
    stable, canary = world.stable.serving, world.canary.serving
    if not routed:
        return max(0, replicas - unavailable - stable - canary)
    needs: Sequence[tuple[int, int]] = [(canary, weight) for weight in {world.weight or 0, *world.before}]
    needs = [*needs, *((stable, 100 - weight) for _, weight in needs)]
    return max(max(0, ceil(Fraction(replicas * share, 100)) - unavailable - have) for have, share in needs)
