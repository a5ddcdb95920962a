"""A small world in memory for the engine: one target whose pods are ready at once, and whatever goes wrong on the way to it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from bot.clock import ManualClock
from bot.errors import LeadsmanError
from bot.perform import Outcome
from bot.starting import Preflight, Request
from strategies.effects import CreateCanary, CreateRoute, PatchRoute, PatchSide, Write
from strategies.judge.measurement import Sample
from strategies.judge.metric import Metric
from strategies.model import Claim, Revision, Seen, SideSeen, Target
from strategies.native.containers import image_version


class SmallWorld:
    """Sight, hands, gatekeeper and meter of one target."""

    def __init__(self, clock: ManualClock, replicas: int = 4) -> None:
        self._clock = clock
        self.stable = SideSeen("shop/checkout:v1", replicas, replicas, replicas, template_hash="one")
        self.canary = SideSeen()
        self.weight: int | None = None
        self.route: Claim | None = None
        self.writes: list[Write] = []
        self.fresh_looks = 0
        self.looks = 0
        self.failing: list[LeadsmanError] = []
        self.blind: LeadsmanError | None = None
        self.value = "[1]"
        self.broken: set[str] = set()
        self._listeners: list[Callable[[str], None]] = []
        self._keys: set[str] = set()

    async def observe(self, target: Target, *, fresh: bool = False) -> Seen:
        self.looks += 1
        if self.blind is not None:
            raise self.blind
        self.fresh_looks += fresh
        return self.seen()

    def seen(self) -> Seen:
        return Seen(self._clock.now(), self.stable, self.canary, self.weight, self.route)

    def subscribe(self, listener: Callable[[str], None]) -> None:
        self._listeners.append(listener)

    async def follow(self, key: str, target: Target) -> None:
        self._keys.add(key)

    def unfollow(self, key: str) -> None:
        self._keys.discard(key)

    def stir(self) -> None:
        """An event in the cluster."""
        for key in tuple(self._keys):
            for listener in self._listeners:
                listener(key)

    async def perform(self, effect: Write, target: Target) -> Outcome:
        if self.failing:
            raise self.failing.pop(0)
        self.writes.append(effect)
        if not self._is_as_expected(effect):
            return Outcome(applied=False, sentence="The world changed.", request=str(effect))
        self._apply(effect)
        self.stir()
        return Outcome(applied=True, sentence="Done.", request=str(effect))

    def _is_as_expected(self, effect: Write) -> bool:
        match effect:
            case CreateCanary():
                return self.canary.image is None
            case CreateRoute():
                return self.weight is None
            case PatchRoute():
                return (self.route, self.weight) == (effect.expect_claim, effect.expect_weight)
            case PatchSide():
                one = self.seen().side(effect.side)
                expected = (effect.expect_claim, effect.expect_image, effect.expect_replicas)
                return (one.claim, one.image, one.replicas) == expected

    def _apply(self, effect: Write) -> None:
        match effect:
            case CreateCanary():
                self.canary = SideSeen(effect.image, claim=effect.claim)
            case CreateRoute():
                self.weight, self.route = 0, effect.claim
            case PatchRoute():
                self.weight = self.weight if effect.weight is None else effect.weight
                self.route = effect.claim or self.route
            case PatchSide():
                one = self.seen().side(effect.side)
                replicas = one.replicas if effect.replicas is None else effect.replicas
                image = effect.image or one.image or ""
                ready = 0 if image in self.broken else replicas
                changed = replace(
                    one,
                    image=image,
                    replicas=replicas,
                    ready=ready,
                    pods=replicas,
                    settled=ready == replicas,
                    claim=effect.claim or one.claim,
                    template_hash=str(abs(hash(image))),
                    digests=frozenset({"sha256:" + image.partition("@")[0]}) if ready else frozenset(),
                )
                setattr(self, effect.side.value, changed)

    async def check(self, request: Request) -> Preflight:
        if self.blind is not None:
            raise self.blind
        image = self.stable.image or ""
        return Preflight((), Revision(image_version(image), image), self.stable.replicas, self.seen())

    async def measure(self, cluster: str, metric: Metric, number: int, at: datetime) -> Sample:
        return Sample(metric.name, number, at, self._clock.now(), self.value)
