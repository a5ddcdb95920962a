"""The canary: traffic goes to the new version in steps, with pauses, analyses and gates between them.

Written as `canary: {steps: …}` in our configuration, or as the whole Argo Rollout that a team has.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from strategies.judge.document import Node
from strategies.problem import SpecProblem
from strategies.shares import unmeasurable
from strategies.spec import NO_ROUTER, read_background, read_steps
from strategies.steps import Plan, SetCanaryScale
from strategies.weights import is_limit

_KEYS = ("steps", "analysis", "maxSurge", "maxUnavailable", "acceptCoarse", "progressDeadlineSeconds")
_DEFAULT_LIMIT = "25%"
_DEFAULT_DEADLINE = 600
_SERVED = frozenset({"alb", "istio", "smi", "apisix", "ambassador", "nginx", "appMesh", "traefik"})
"""The routers that send traffic to the two Services by name."""


def canary(name: str, document: Mapping[str, object]) -> Plan | tuple[SpecProblem, ...]:
    """The plan of the strategy `name` from `{canary: {…}}`, or everything that is wrong with it."""
    root = Node.root(document)
    node = root.get("canary")
    node.only(_KEYS)
    return _checked(root, node, _plan(name, node, node.get("progressDeadlineSeconds")))


def rollout(name: str, document: Mapping[str, object]) -> Plan | tuple[SpecProblem, ...]:
    """The plan of the strategy `name` from an Argo Rollout. What a Rollout says about its pods and Services is not of
    the plan."""
    root = Node.root(document)
    strategy = root.get("spec").get("strategy")
    node = strategy.get("canary")
    if not node.is_given:
        strategy.problem("the Rollout has no canary strategy", "Give it spec.strategy.canary with steps.")
        return root.problems()
    plan = _plan(name, node, root.get("spec").get("progressDeadlineSeconds"))
    check_services(node)
    check_delays(node)
    if not node.get("trafficRouting").is_given and any(isinstance(step, SetCanaryScale) for step in plan.steps):
        node.get("trafficRouting").problem(NO_ROUTER, "Add trafficRouting, or leave the setCanaryScale steps out.")
    return _checked(root, node, plan)


def _plan(name: str, node: Node, deadline: Node) -> Plan:
    steps = read_steps(node.get("steps"))
    surge, unavailable = read_limits(node)
    return Plan(
        strategy=name,
        steps=steps,
        background=read_background(node.get("analysis"), len(node.get("steps").items())),
        max_surge=surge,
        max_unavailable=unavailable,
        accept_coarse=node.get("acceptCoarse").flag(),
        progress_deadline=_deadline(deadline),
    )


def _checked(root: Node, node: Node, plan: Plan) -> Plan | tuple[SpecProblem, ...]:
    if not root.problems():
        node.add(replace(problem, place=f"{node.place}.{problem.place}") for problem in unmeasurable(plan))
    return root.problems() or plan


def read_limits(node: Node) -> tuple[int | str, int | str]:
    """`maxSurge` and `maxUnavailable`, as numbers of pods or percentages."""
    surge, unavailable = _limit(node.get("maxSurge")), _limit(node.get("maxUnavailable"))
    if _is_zero(surge) and _is_zero(unavailable):
        node.get("maxSurge").problem(
            "MaxSurge and MaxUnavailable both can not be zero", "Allow one pod more (maxSurge: 1) or one fewer."
        )
    return surge, unavailable


def _limit(node: Node) -> int | str:
    value = node.value
    if value is None:
        return _DEFAULT_LIMIT
    if not isinstance(value, int | str) or not is_limit(value):
        node.problem(f"{str(value)[:60]!r} is neither a number of pods nor a percentage", "Write 1 or 25%.")
        return _DEFAULT_LIMIT
    return value


def _is_zero(limit: int | str) -> bool:
    return int(str(limit).removesuffix("%")) == 0


def _deadline(node: Node) -> timedelta:
    seconds = node.whole()
    if seconds is not None and not 1 <= seconds <= 86_400:
        node.problem(f"progressDeadlineSeconds is {seconds}", "Write seconds from 1 to 86400, such as 600.")
        seconds = None
    return timedelta(seconds=_DEFAULT_DEADLINE if seconds is None else seconds)


def check_services(node: Node) -> None:
    """Argo's rules for the Services of a canary, which most routers cannot do without."""
    stable, other, routing = node.get("stableService"), node.get("canaryService"), node.get("trafficRouting")
    for service in (stable, other):
        if _needs_services(node, routing) and not service.text():
            service.problem(
                "Canary service and Stable service must to be set to use Traffic Routing",
                "Name both canaryService and stableService.",
            )
    if stable.text() and stable.text() == other.text():
        stable.problem(
            "This rollout uses the same service for the stable and canary services, but two different services are required.",
            "Name a second Service that selects the canary's pods only.",
        )


def _needs_services(node: Node, routing: Node) -> bool:
    given = set(routing.keys())
    if node.get("pingPong").is_given:
        given -= {"alb", "istio"}
    if routing.get("istio").get("destinationRule").is_given:
        given -= {"istio"}
    return bool(given & _SERVED)


def check_delays(node: Node) -> None:
    """Argo's rules for what is kept of the version before, which only a router can send back to."""
    routed = node.get("trafficRouting").is_given
    delay, dynamic = node.get("scaleDownDelaySeconds"), node.get("dynamicStableScale")
    if delay.is_given and not routed:
        delay.problem(
            "Canary scaleDownDelaySeconds can only be used with traffic routing", "Leave it out, or add trafficRouting."
        )
    if dynamic.flag() and not routed:
        dynamic.problem(
            "Canary dynamicStableScale can only be used with traffic routing", "Leave it out, or add trafficRouting."
        )
    if dynamic.flag() and delay.is_given and routed:
        dynamic.problem("Canary dynamicStableScale cannot be used with scaleDownDelaySeconds", "Keep one of the two.")
