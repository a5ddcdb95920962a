"""A thousand targets in memory, whose pods are ready at once: for figures of the engine, which an emulated cluster would hide.

Every write is checked against what it was decided on, as a cluster does it, and every change is told to whoever follows the target.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from bot.clock import Clock
from bot.perform import Outcome
from bot.starting import Preflight, Request
from strategies.argo.writes import ArgoWrite
from strategies.effects import CreateCanary, CreateRoute, NativeWrite, PatchRoute, PatchSide, Write
from strategies.model import Claim, Revision, Seen, Side, SideSeen, Target

REPLICAS = 4


@dataclass(slots=True)
class State:
    """One target as it is."""

    stable: SideSeen = field(
        default_factory=lambda: SideSeen("shop/app:v1", REPLICAS, REPLICAS, REPLICAS, template_hash="one")
    )
    canary: SideSeen = field(default_factory=SideSeen)
    weight: int | None = None
    route: Claim | None = None


class Crowd:
    """Sight, hands and gatekeeper of all targets; each is made when somebody first looks at it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.states: dict[str, State] = {}
        self.writes = 0
        self._keys: dict[str, str] = {}
        self._places: dict[str, str] = {}
        self._listeners: list[Callable[[str], None]] = []

    async def observe(self, target: Target, *, fresh: bool = False) -> Seen:
        """The target now."""
        return self._seen(target.workload)

    def _seen(self, name: str) -> Seen:
        state = self.states.setdefault(name, State())
        return Seen(self._clock.now(), state.stable, state.canary, state.weight, state.route)

    def subscribe(self, listener: Callable[[str], None]) -> None:
        """Call `listener` with the key of a target that changed."""
        self._listeners.append(listener)

    async def follow(self, key: str, target: Target) -> None:
        """Wake `key` when the target changes."""
        self._keys[target.workload], self._places[key] = key, target.workload

    def unfollow(self, key: str) -> None:
        """Stop waking `key`."""
        self._keys.pop(self._places.pop(key, ""), None)

    def stir(self, name: str) -> None:
        """An event in the cluster, about this target."""
        if name in self._keys:
            for listener in self._listeners:
                listener(self._keys[name])

    async def perform(self, effect: Write, target: Target) -> Outcome:
        """Do one effect, if the target is as the effect expects it."""
        if isinstance(effect, ArgoWrite):
            raise TypeError(f"{target.workload} is a Deployment")
        seen = self._seen(target.workload)
        if not _is_as_expected(effect, seen):
            return Outcome(applied=False, sentence="The world changed.", request=str(effect))
        self.states[target.workload] = _changed(effect, self.states[target.workload], seen)
        self.writes += 1
        self.stir(target.workload)
        return Outcome(applied=True, sentence="Done.", request=str(effect))

    async def check(self, request: Request) -> Preflight:
        """Nothing speaks against any start."""
        return Preflight((), Revision("v1", "shop/app:v1"), REPLICAS, self._seen(request.target.workload))


def _is_as_expected(effect: NativeWrite, seen: Seen) -> bool:
    match effect:
        case CreateCanary():
            return seen.canary.image is None
        case CreateRoute():
            return seen.weight is None
        case PatchRoute():
            return (seen.router_claim, seen.weight) == (effect.expect_claim, effect.expect_weight)
        case PatchSide():
            side = seen.side(effect.side)
            expected = (effect.expect_claim, effect.expect_image, effect.expect_replicas)
            return (side.claim, side.image, side.replicas) == expected


def _changed(effect: NativeWrite, state: State, seen: Seen) -> State:
    match effect:
        case CreateCanary():
            return replace(state, canary=SideSeen(effect.image, claim=effect.claim))
        case CreateRoute():
            return replace(state, weight=0, route=effect.claim)
        case PatchRoute():
            weight = state.weight if effect.weight is None else effect.weight
            return replace(state, weight=weight, route=effect.claim or state.route)
        case PatchSide(side=Side.STABLE):
            return replace(state, stable=_patched(effect, seen.stable))
        case PatchSide():
            return replace(state, canary=_patched(effect, seen.canary))


def _patched(effect: PatchSide, side: SideSeen) -> SideSeen:
    replicas = side.replicas if effect.replicas is None else effect.replicas
    image = effect.image or side.image or ""
    digest = "sha256:" + image.partition("@")[0].encode().hex()
    return replace(
        side,
        image=image,
        replicas=replicas,
        ready=replicas,
        pods=replicas,
        claim=effect.claim or side.claim,
        template_hash=digest[-10:],
        digests=frozenset({digest}) if replicas else frozenset(),
    )
