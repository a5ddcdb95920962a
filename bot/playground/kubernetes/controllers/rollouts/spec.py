"""What a Rollout asks for, with the controller's defaults filled in."""

import math
from dataclasses import dataclass
from typing import Any

from bot.playground.kubernetes.controllers.rollouts.durations import whole_seconds

Obj = dict[str, Any]

REVISION = "rollout.argoproj.io/revision"
HISTORY = "rollout.argoproj.io/revision-history"
DESIRED = "rollout.argoproj.io/desired-replicas"
WORKLOAD_GENERATION = "rollout.argoproj.io/workload-generation"
DEADLINE = "scale-down-deadline"
MANAGED_BY = "argo-rollouts.argoproj.io/managed-by-rollouts"
HASH_LABEL = "rollouts-pod-template-hash"
_QUARTER = "25%"
_DEADLINE_SECONDS = 600
_DELAY_SECONDS = 30
_HISTORY_LIMIT = 10


@dataclass(frozen=True, slots=True)
class Spec:
    """A Rollout's spec; with a `workloadRef`, the template and selector are the workload's."""

    raw: Obj
    from_workload: bool = False

    @property
    def replicas(self) -> int:
        """Pods wanted."""
        wanted: int = self.raw.get("replicas", 1)
        return wanted

    @property
    def template(self) -> Obj:
        """The pods' template."""
        found: Obj = self.raw.get("template") or {}
        return found

    @property
    def canary(self) -> Obj | None:
        """The canary strategy."""
        found: Obj | None = (self.raw.get("strategy") or {}).get("canary")
        return found

    @property
    def blue_green(self) -> Obj | None:
        """The blue/green strategy."""
        found: Obj | None = (self.raw.get("strategy") or {}).get("blueGreen")
        return found

    @property
    def steps(self) -> list[Obj]:
        """The canary's steps."""
        return list((self.canary or {}).get("steps") or ())

    @property
    def routing(self) -> Obj | None:
        """The canary's traffic routing."""
        found: Obj | None = (self.canary or {}).get("trafficRouting")
        return found

    @property
    def routed(self) -> bool:
        """Whether a router splits the traffic, so that pods need not."""
        return self.routing is not None

    @property
    def max_weight(self) -> int:
        """The weight that means everything."""
        most: int = (self.routing or {}).get("maxTrafficWeight") or 100
        return most

    @property
    def paused(self) -> bool:
        """Whether somebody paused the whole Rollout."""
        return bool(self.raw.get("paused"))

    @property
    def dynamic(self) -> bool:
        """Whether stable shrinks while the canary grows."""
        return bool((self.canary or {}).get("dynamicStableScale"))

    @property
    def fenceposts(self) -> tuple[int, int]:
        """Most pods above and below the wanted count while a canary moves: surge, unavailable."""
        if self.replicas == 0:
            return self._surge, 0
        unavailable = _resolve(self._limit("maxUnavailable"), self.replicas, up=False)
        if self.canary is not None and self._surge == 0 and unavailable == 0:
            unavailable = 1
        return self._surge, min(unavailable, self.replicas)

    @property
    def _surge(self) -> int:
        if self.canary is None:
            return 0
        return _resolve(self._limit("maxSurge"), self.replicas, up=True)

    def _limit(self, key: str) -> Any:
        for strategy in (self.blue_green, self.canary):
            if strategy is not None and strategy.get(key) is not None:
                return strategy[key]
        return _QUARTER

    @property
    def deadline_seconds(self) -> int:
        """How long there may be no progress."""
        seconds: int = self.raw.get("progressDeadlineSeconds", _DEADLINE_SECONDS)
        return seconds

    @property
    def history_limit(self) -> int:
        """How many old ReplicaSets are kept."""
        limit: int = self.raw.get("revisionHistoryLimit", _HISTORY_LIMIT)
        return limit

    @property
    def scale_down_seconds(self) -> int:
        """How long a ReplicaSet that was replaced stays up."""
        strategy = self.blue_green if self.blue_green is not None else self.canary
        if strategy is None or (self.blue_green is None and not self.routed):
            return 0
        seconds: int = strategy.get("scaleDownDelaySeconds", _DELAY_SECONDS)
        return seconds

    @property
    def abort_seconds(self) -> int | None:
        """How long a candidate stays up after an abort; None: for ever."""
        strategy = self.blue_green if self.blue_green is not None else self.canary
        if strategy is None or (self.blue_green is None and not self.routed):
            return 0
        seconds: int = strategy.get("abortScaleDownDelaySeconds", _DELAY_SECONDS)
        return seconds or None

    @property
    def abort_delay_given(self) -> bool:
        """Whether the abort delay was written down."""
        strategy = self.blue_green or self.canary or {}
        return "abortScaleDownDelaySeconds" in strategy

    @property
    def scale_down_limit(self) -> float:
        """How many replaced ReplicaSets may stay up."""
        strategy = self.blue_green or self.canary or {}
        limit: float = strategy.get("scaleDownDelayRevisionLimit", math.inf)
        return limit

    @property
    def auto_promotes(self) -> bool:
        """Whether blue/green goes on without anybody."""
        return (self.blue_green or {}).get("autoPromotionEnabled") is not False

    @property
    def auto_promotion_seconds(self) -> int:
        """How long blue/green waits before it goes on."""
        seconds: int = (self.blue_green or {}).get("autoPromotionSeconds") or 0
        return seconds

    def pause_seconds(self, step: Obj) -> int | None:
        """How long a pause step lasts; None: until somebody promotes."""
        duration = (step.get("pause") or {}).get("duration")
        return None if duration is None else whole_seconds(duration)


def _resolve(value: Any, total: int, *, up: bool) -> int:
    if isinstance(value, str):
        share = int(value.rstrip("%")) * total / 100
        return math.ceil(share) if up else math.floor(share)
    return int(value or 0)


def step_text(step: Obj) -> str:
    """A step as events name it."""
    scale = step.get("setCanaryScale") or {}
    match step:
        case {"setWeight": int() as weight}:
            return f"setWeight: {weight}"
        case {"pause": pause}:
            duration = (pause or {}).get("duration")
            return "pause" if duration is None else f"pause: {duration}"
        case {"experiment": _}:
            return "experiment"
        case {"analysis": _}:
            return "analysis"
        case {"setCanaryScale": _} if "weight" in scale:
            return f"setCanaryScale{{weight: {scale['weight']}}}"
        case {"setCanaryScale": _} if scale.get("matchTrafficWeight"):
            return "setCanaryScale{matchTrafficWeight: true}"
        case {"setCanaryScale": _} if "replicas" in scale:
            return f"setCanaryScale{{replicas: {scale['replicas']}}}"
        case _:
            return _named_step(step)


def _named_step(step: Obj) -> str:
    for kind in ("plugin", "setHeaderRoute", "setMirrorRoute"):
        if kind in step:
            return f"{kind}: {step[kind].get('name', '')}"
    return "invalid"
