"""What is wrong with a Rollout's spec, in the controller's words: the first fault it finds.

The API server refuses none of these; the controller says them in the condition InvalidSpec.
"""

from collections.abc import Iterator
from typing import Any

from bot.playground.kubernetes import selectors
from bot.playground.kubernetes.controllers.rollouts.references import References
from bot.playground.kubernetes.controllers.rollouts.scene import Scene
from bot.playground.kubernetes.controllers.rollouts.spec import Spec
from bot.playground.kubernetes.gojson import compact
from bot.playground.kubernetes.registry import Registry
from bot.playground.kubernetes.text_rules import label_key_faults, label_value_faults

Obj = dict[str, Any]

_STRATEGY = "spec.strategy"
_KINDS = (
    "experiment",
    "pause",
    "setWeight",
    "analysis",
    "setCanaryScale",
    "setHeaderRoute",
    "setMirrorRoute",
    "plugin",
)
_STEP = "Step must have one of the following set: experiment, setWeight, setCanaryScale, plugin or pause"
_SERVICES = "Canary service and Stable service must to be set to use Traffic Routing"
_HEADER = "SetHeaderRoute requires TrafficRouting, supports Istio and ALB and Apisix"
_MIRROR = "SetMirrorRoute requires TrafficRouting, supports Istio only"
_MANAGED = "Rollout has missing field 'spec.strategy.canary.trafficRouting.managedRoutes'"
_UNKNOWN_ROUTE = "Steps define a route that does not exist in spec.strategy.canary.trafficRouting.managedRoutes"
_SCALE = "SetCanaryScale requires TrafficRouting to be set"
_WEIGHT = "Canary maxTrafficWeight in traffic routing only supported in Nginx and Plugins"
_PING_PONG = "Ping service and Pong service must to be set to use Ping-Pong feature"
_PING_PONG_ROUTERS = "Ping-pong feature works with the ALB and Istio traffic routers only"
_ROOT = "Root service field is required for the configuration with ALB and ping-pong feature enabled"
_EXPERIMENT_ROUTERS = (
    "Experiment template weight is only available for TrafficRouting with SMI, ALB, Istio and Plugins at this time"
)
_EXPERIMENT_WEIGHT = "Experiment template weight cannot be set unless TrafficRouting is enabled"
_LIMIT = "This rollout's revision history limit can not be smaller than the rollout's scale down limit"
_WITH_SERVICES = ("alb", "istio", "smi", "apisix", "ambassador", "nginx", "appMesh", "traefik")
_WITH_EXPERIMENTS = ("alb", "smi", "istio", "plugins")
_WITH_HEADERS = ("istio", "alb", "apisix", "plugins")


def invalid(path: str, value: Any, text: str) -> str:
    """A fault of a value."""
    if isinstance(value, str):
        shown = f'"{value}"'
    elif isinstance(value, bool):
        shown = str(value).lower()
    else:
        shown = compact(value)
    return f"{path}: Invalid value: {shown}: {text}"


def required(path: str, text: str) -> str:
    """A fault of something that is missing."""
    return f"{path}: Required value: {text}"


def _same(one: str, other: str) -> str:
    return f"This rollout uses the same service for the {one} and {other} services, but two different services are required."


class Validation:
    """Looks at specs and at what they refer to."""

    def __init__(self, registry: Registry) -> None:
        self._references = References(registry)

    def fault(self, scene: Scene) -> str:
        """The first fault; empty for a good spec."""
        found = next(spec_faults(scene.spec), "")
        return found or next(self._references.faults(scene), "")


def spec_faults(spec: Spec) -> Iterator[str]:
    """What is wrong with a spec by itself."""
    if spec.replicas < 0:
        yield invalid("spec.replicas", spec.replicas, "must be greater than or equal to 0")
    yield from _selector(spec)
    ready, deadline = spec.raw.get("minReadySeconds", 0), spec.deadline_seconds
    for key, number in (("minReadySeconds", ready), ("revisionHistoryLimit", spec.history_limit)):
        if number < 0:
            yield invalid(f"spec.{key}", number, "must be greater than or equal to 0")
    if deadline <= ready:
        yield invalid("spec.progressDeadlineSeconds", deadline, "must be greater than minReadySeconds")
    if spec.canary is None and spec.blue_green is None:
        text = "Rollout has missing field '.spec.strategy.canary or .spec.strategy.blueGreen'"
        yield required(f"{_STRATEGY}.strategy", text)
    elif spec.canary is not None and spec.blue_green is not None:
        yield invalid(f"{_STRATEGY}.strategy", "blueGreen: true canary: true", "Multiple Strategies can not be listed")
    elif spec.blue_green is not None:
        yield from _blue_green(spec, spec.blue_green)
    elif spec.canary is not None:
        yield from _canary(spec, spec.canary)


def _selector(spec: Spec) -> Iterator[str]:
    given = spec.raw.get("selector")
    if given is None:
        yield required("spec.selector", "Rollout has missing field '.spec.selector'")
        return
    if not given.get("matchLabels") and not given.get("matchExpressions"):
        yield invalid("spec.selector", given, "empty selector is invalid for deployment")
    selector = selectors.of_object(given)
    metadata = spec.template.get("metadata") or {}
    labels = metadata.get("labels") or {}
    if selector is not None and not selector.matches(labels):
        yield invalid("spec.template.metadata.labels", labels, "`selector` does not match template `labels`")
    for key, value in sorted(labels.items()):
        yield from (invalid("spec.template.labels", key, fault) for fault in label_key_faults(key))
        yield from (invalid("spec.template.labels", value, fault) for fault in label_value_faults(value))
    for key in sorted(metadata.get("annotations") or {}):
        yield from (invalid("spec.template.annotations", key, fault) for fault in label_key_faults(key.lower()))


def _blue_green(spec: Spec, strategy: Obj) -> Iterator[str]:
    active = strategy.get("activeService", "")
    if active == strategy.get("previewService", ""):
        yield invalid(f"{_STRATEGY}.activeService", active, _same("active", "preview"))
    limit = strategy.get("scaleDownDelayRevisionLimit")
    if limit is not None and spec.history_limit < limit:
        yield invalid(f"{_STRATEGY}.scaleDownDelayRevisionLimit", limit, _LIMIT)
    yield from _anti_affinity(strategy)


def _canary(spec: Spec, strategy: Obj) -> Iterator[str]:
    surge, unavailable = strategy.get("maxSurge", "25%"), strategy.get("maxUnavailable", "25%")
    if all(str(value).rstrip("%") == "0" for value in (surge, unavailable)):
        yield invalid(f"{_STRATEGY}.maxSurge", surge, "MaxSurge and MaxUnavailable both can not be zero")
    stable, canary = strategy.get("stableService", ""), strategy.get("canaryService", "")
    if stable and stable == canary:
        yield invalid(f"{_STRATEGY}.stableService", stable, _same("stable", "canary"))
    yield from _ping_pong(spec, strategy)
    if _needs_services(spec.routing or {}, strategy):
        for key, value in (("stableService", stable), ("canaryService", canary)):
            if not value:
                yield invalid(f"{_STRATEGY}.{key}", value, _SERVICES)
    yield from _delays(spec, strategy)
    for index, step in enumerate(spec.steps):
        yield from _step(spec, step, f"{_STRATEGY}.steps[{index}]")
    yield from _anti_affinity(strategy)


def _needs_services(routing: Obj, strategy: Obj) -> bool:
    given = set(routing)
    if "pingPong" in strategy:
        given -= {"alb", "istio"}
    if "destinationRule" in (routing.get("istio") or {}):
        given -= {"istio"}
    return bool(given.intersection(_WITH_SERVICES))


def _ping_pong(spec: Spec, strategy: Obj) -> Iterator[str]:
    services, routing = strategy.get("pingPong"), spec.routing
    if services is None:
        return
    if routing is not None and not {"alb", "istio"} & routing.keys():
        yield invalid(f"{_STRATEGY}.trafficRouting.alb", None, _PING_PONG_ROUTERS)
    names = [services.get(f"{side}Service", "") for side in ("ping", "pong")]
    for side, name in zip(("ping", "pong"), names, strict=True):
        if not name:
            yield invalid(f"{_STRATEGY}.pingPong.{side}Service", name, _PING_PONG)
    if names[0] == names[1]:
        yield invalid(f"{_STRATEGY}.pingPong.pingService", names[0], _same("ping", "pong"))
    alb = (routing or {}).get("alb")
    if alb is not None and not alb.get("rootService"):
        yield invalid(f"{_STRATEGY}.trafficRouting.alb.rootService", "", _ROOT)


def _anti_affinity(strategy: Obj) -> Iterator[str]:
    given = strategy.get("antiAffinity")
    if given is None:
        return
    path, words = f"{_STRATEGY}.antiAffinity", ("Preferred", "Required")
    ways = {word: given.get(f"{word.lower()}DuringSchedulingIgnoredDuringExecution") for word in words}
    if (ways["Preferred"] is None) == (ways["Required"] is None):
        shown = [
            f"antiAffinity.{word}DuringSchedulingIgnoredDuringExecution: {str(way is not None).lower()}"
            for word, way in ways.items()
        ]
        yield invalid(path, " ".join(shown), "AntiAffinity must have exactly one strategy listed")
    weight = (ways["Preferred"] or {}).get("weight", 1)
    if not 1 <= weight <= 100:
        yield invalid(f"{path}.weight", weight, "AntiAffinity weight must be between 1-100")


def _delays(spec: Spec, strategy: Obj) -> Iterator[str]:
    delay, dynamic = strategy.get("scaleDownDelaySeconds"), spec.dynamic
    if spec.routing is None:
        only = "can only be used with traffic routing"
        if delay is not None:
            yield invalid(f"{_STRATEGY}.scaleDownDelaySeconds", delay, f"Canary scaleDownDelaySeconds {only}")
        if dynamic:
            yield invalid(f"{_STRATEGY}.dynamicStableScale", dynamic, f"Canary dynamicStableScale {only}")
        return
    if delay is not None and dynamic:
        text = "Canary dynamicStableScale cannot be used with scaleDownDelaySeconds"
        yield invalid(f"{_STRATEGY}.dynamicStableScale", dynamic, text)
    most = spec.routing.get("maxTrafficWeight")
    if most is not None and not {"nginx", "plugins"} & spec.routing.keys():
        yield invalid(f"{_STRATEGY}.trafficRouting.maxTrafficWeight", most, _WEIGHT)


def _step(spec: Spec, step: Obj, path: str) -> Iterator[str]:
    four = ("experiment", "pause", "setWeight", "analysis")
    if sum(kind in step for kind in four) > 1:
        yield invalid(path, _listed(four, {kind: kind in step for kind in four}), _STEP)
    if not any(kind in step for kind in _KINDS):
        yield invalid(path, _listed(_KINDS, dict.fromkeys(_KINDS, True)), _STEP)
    weight = step.get("setWeight")
    if weight is not None and not 0 <= weight <= spec.max_weight:
        yield invalid(f"{path}.setWeight", weight, f"SetWeight needs to be between 0 and {spec.max_weight}")
    seconds = spec.pause_seconds(step)
    if seconds is not None and seconds < 0:
        yield invalid(f"{path}.pause.duration", seconds, "Duration needs to be greater than 0")
    yield from _routing_step(spec, step, path)
    for index, template in enumerate((step.get("experiment") or {}).get("templates") or ()):
        weight = template.get("weight")
        if weight is not None and not any(router in (spec.routing or {}) for router in _WITH_EXPERIMENTS):
            text = _EXPERIMENT_WEIGHT if spec.routing is None else _EXPERIMENT_ROUTERS
            yield invalid(f"{path}.experiment.templates[{index}].weight", weight, text)


def _routing_step(spec: Spec, step: Obj, path: str) -> Iterator[str]:
    routing = spec.routing or {}
    if "setCanaryScale" in step and spec.routing is None:
        yield required(f"{_STRATEGY}.trafficRouting", _SCALE)
    for kind, routers, text in (("setHeaderRoute", _WITH_HEADERS, _HEADER), ("setMirrorRoute", ("istio",), _MIRROR)):
        if kind not in step:
            continue
        if not any(router in routing for router in routers):
            yield invalid(f"{path}.{kind}", step[kind], text)
        elif "managedRoutes" not in routing:
            yield required(f"{_STRATEGY}.trafficRouting.managedRoutes", _MANAGED)
        elif step[kind].get("name") not in [route.get("name") for route in routing["managedRoutes"]]:
            yield invalid(f"{path}.{kind}", step[kind].get("name", ""), _UNKNOWN_ROUTE)


def _listed(kinds: tuple[str, ...], given: dict[str, bool]) -> str:
    return " ".join(f"step.{kind[0].upper()}{kind[1:]}: {str(given[kind]).lower()}" for kind in kinds)
