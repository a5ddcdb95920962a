"""What a plan would really do with the pods there are: its real shares, and whether they are too far from the wanted
ones."""

from collections.abc import Iterator

from strategies.judge.unit import format_value
from strategies.problem import SpecProblem
from strategies.spec import NO_ROUTER
from strategies.steps import Analysis, Gate, Pause, Plan, SetCanaryScale, SetWeight, Step
from strategies.weights import real_share, resolve_limits, split

FARTHEST = 10.0
"""Percentage points that a real share may be off before a plan is called coarse."""

_ACCEPT = "Give the workload more replicas, put a router in front of it, or set acceptCoarse: true."


def wanted_weights(plan: Plan) -> tuple[int, ...]:
    """The weight in force at each step: the last setWeight so far, 0 before the first."""
    weights, weight = [], 0
    for step in plan.steps:
        weight = step.weight if isinstance(step, SetWeight) else weight
        weights.append(weight)
    return tuple(weights)


def real_shares(plan: Plan, replicas: int, *, routed: bool) -> tuple[float, ...]:
    """The canary's real share of the traffic at each step, in percent. With a router it is the weight itself."""
    wanted = wanted_weights(plan)
    if routed:
        return tuple(map(float, wanted))
    surge = resolve_limits(replicas, plan.max_surge, plan.max_unavailable).surge
    return tuple(real_share(split(replicas, weight, surge)) for weight in wanted)


def coarse(plan: Plan, replicas: int, *, routed: bool) -> tuple[SpecProblem, ...]:
    """The steps whose real share is too far from what the plan says; none where the plan accepts that or there is a
    router."""
    if routed or plan.accept_coarse:
        return ()
    shares = real_shares(plan, replicas, routed=False)
    return tuple(_coarse_steps(plan, shares, f"with {replicas} {'replica' if replicas == 1 else 'replicas'}"))


def _coarse_steps(plan: Plan, shares: tuple[float, ...], basis: str) -> Iterator[SpecProblem]:
    last_gate = max((at for at, step in enumerate(plan.steps) if _asks_people(step)), default=-1)
    for at, (step, wanted, share) in enumerate(zip(plan.steps, wanted_weights(plan), shares, strict=True)):
        if isinstance(step, SetWeight):
            yield from _coarse_weight(at, wanted, share, basis, before_gate=at < last_gate)
        if isinstance(step, Analysis) and wanted and not share:
            sentence = f"no canary pod would serve when it measures: {wanted}% is 0% {basis}"
            yield SpecProblem(f"steps[{at}].analysis", sentence, _ACCEPT)
    if plan.background is not None:
        guarded = list(zip(wanted_weights(plan), shares, strict=True))[plan.background.starting_step :]
        if any(wanted for wanted, _ in guarded) and not any(share for _, share in guarded):
            sentence = f"no canary pod would ever serve while it measures {basis}"
            yield SpecProblem("analysis", sentence, _ACCEPT)


def _coarse_weight(at: int, wanted: int, share: float, basis: str, *, before_gate: bool) -> Iterator[SpecProblem]:
    place, real = f"steps[{at}].setWeight", format_value(share, "percent")
    if share == 100 and wanted < 100 and before_gate:
        yield SpecProblem(
            place, f"{wanted}% would send all traffic to the canary before the last gate {basis}", _ACCEPT
        )
    elif abs(share - wanted) > FARTHEST:
        yield SpecProblem(place, f"{wanted}% would really be {real} {basis}", _ACCEPT)


def _asks_people(step: Step) -> bool:
    return isinstance(step, Gate) or (isinstance(step, Pause) and step.duration is None)


def unmeasurable(plan: Plan) -> tuple[SpecProblem, ...]:
    """The analyses that could only ever run with no canary pod: what they measure says nothing about the new
    version."""
    fix = "Put a setWeight above 0 before it."
    have_pods = _have_pods(plan)
    found = [
        SpecProblem(f"steps[{at}].analysis", "it would run before there is a canary pod to measure", fix)
        for at, step in enumerate(plan.steps)
        if isinstance(step, Analysis) and not have_pods[at]
    ]
    if plan.background is not None and not any(have_pods[plan.background.starting_step :]):
        found.append(SpecProblem("analysis", "it would only run while there is no canary pod to measure", fix))
    return tuple(found)


def _have_pods(plan: Plan) -> list[bool]:
    """Whether there are canary pods at each step: by its weight, or by a scale of its own."""
    found, scale = [], SetCanaryScale(match_traffic_weight=True)
    for step, weight in zip(plan.steps, wanted_weights(plan), strict=True):
        scale = step if isinstance(step, SetCanaryScale) else scale
        found.append(weight > 0 if scale.match_traffic_weight else bool(scale.replicas or scale.weight))
    return found


def unrouted(plan: Plan) -> tuple[SpecProblem, ...]:
    """The steps that need a router, for a target that has none."""
    fix = "Add traffic.nginx to the environment, or leave the step out."
    return tuple(
        SpecProblem(f"steps[{at}].setCanaryScale", NO_ROUTER, fix)
        for at, step in enumerate(plan.steps)
        if isinstance(step, SetCanaryScale)
    )
