"""The strategy canary by Argo's rules."""

import re

from strategies.canary import check_delays, check_services
from strategies.judge.document import Node
from strategies.judge.unit import format_value
from strategies.lint.placing import check_anti_affinity
from strategies.lint.routing import check_ping_pong, check_routing
from strategies.lint.steps import check_step, doubt_step
from strategies.shares import FARTHEST
from strategies.weights import falls_through, is_limit, real_share, resolve_limits, split


def check_canary(node: Node) -> None:
    """Note what is wrong."""
    _check_limits(node)
    check_services(node)
    check_delays(node)
    check_routing(node.get("trafficRouting"))
    check_ping_pong(node)
    for step in node.get("steps").items():
        check_step(step, node.get("trafficRouting"))
    check_anti_affinity(node.get("antiAffinity"))


_LIMITS = ("maxSurge", "maxUnavailable")
_BARE = re.compile(r"[0-9]{1,6}", re.ASCII)
"""A number in quotes: Argo takes it for a percentage (apimachinery `util/intstr`, GetValueFromIntOrPercent)."""


def _check_limits(node: Node) -> None:
    """Kubernetes' limits of a move; both of them zero would let nothing move."""
    for key in _LIMITS:
        value = node.get(key).value
        if value is not None and not _is_limit(_as_read(value)):
            node.get(key).problem(
                f"{str(value)[:60]!r} is neither a number of pods nor a percentage", "Write 1 or 25%."
            )
    given = [str(_as_read(node.get(key).value)).removesuffix("%") for key in _LIMITS]
    if all(number.isdecimal() and not int(number) for number in given):
        node.get("maxSurge").problem(
            "MaxSurge and MaxUnavailable both can not be zero", "Allow one pod more (maxSurge: 1) or one fewer."
        )


def _as_read(value: object) -> object:
    """A limit as Argo reads it."""
    return f"{value}%" if isinstance(value, str) and _BARE.fullmatch(value) else value


def doubt_canary(spec: Node) -> None:
    """Note what is hardly meant: weights that pod counts cannot make, analyses that never see the new version."""
    node = spec.get("strategy").get("canary")
    steps, routing = node.get("steps").items(), node.get("trafficRouting")
    if routing.is_given and not set(routing.keys()) - {"managedRoutes", "maxTrafficWeight"}:
        routing.problem("trafficRouting names no router, so that no weight is set", "Add one, such as nginx.")
    for limit in map(node.get, _LIMITS):
        if _as_read(limit.value) != limit.value:
            limit.problem(
                f"in quotes this is {limit.value}%, not {limit.value} pods", f"Write {limit.value} or {limit.value}%."
            )
    if not routing.is_given:
        _doubt_weights(spec, node)
    for step in steps:
        doubt_step(step)
    _doubt_measuring(steps)
    starting = node.get("analysis").get("startingStep")
    if steps and (starting.whole() or 0) >= len(steps):
        starting.problem(
            f"there is no step {starting.value}, so that this analysis never runs",
            f"Write a number from 0 to {len(steps) - 1}: steps count from 0.",
        )


def _doubt_weights(spec: Node, node: Node) -> None:
    """Without a router a weight is a number of pods, and few pods make coarse weights."""
    replicas = spec.get("replicas").whole()
    surge, unavailable = ("25%" if node.get(key).value is None else _as_read(node.get(key).value) for key in _LIMITS)
    if replicas is None or not 0 < replicas <= 100_000 or not (_is_limit(surge) and _is_limit(unavailable)):
        return
    limits = resolve_limits(replicas, surge, unavailable)  # type: ignore[arg-type]  # `_is_limit` has looked
    for step in node.get("steps").items():
        weight = step.get("setWeight").whole()
        if weight is None or not 0 <= weight <= 100:
            continue
        none = falls_through(replicas, weight, limits.surge)
        share = 0.0 if none else real_share(split(replicas, weight, limits.surge))
        if abs(share - weight) > FARTHEST:
            pods = f"{replicas} {'replica' if replicas == 1 else 'replicas'}"
            step.get("setWeight").problem(
                f"{weight}% would really be {format_value(share, 'percent')} with {pods}",
                "Give it more replicas, or put a router in front of it with trafficRouting.",
            )


def _is_limit(value: object) -> bool:
    return isinstance(value, int | str) and not isinstance(value, bool) and is_limit(value)


def _doubt_measuring(steps: tuple[Node, ...]) -> None:
    pods = False
    for step in steps:
        scale = step.get("setCanaryScale")
        pods = pods or bool(step.get("setWeight").whole() or scale.get("replicas").value or scale.get("weight").value)
        if step.get("analysis").is_given and not pods:
            step.get("analysis").problem(
                "it would run before there is a canary pod to measure", "Put a setWeight above 0 before it."
            )
