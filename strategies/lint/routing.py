"""A canary's router by Argo's rules."""

from strategies.judge.document import Node
from strategies.spec import MAX_WEIGHT

_PING_PONG = "Ping service and Pong service must to be set to use Ping-Pong feature"


def check_routing(routing: Node) -> None:
    """Note what is wrong with `trafficRouting` itself."""
    if not routing.is_given:
        return
    most = routing.get("maxTrafficWeight")
    if most.is_given and not names_router(routing, "nginx", "plugins"):
        most.problem(
            "Canary maxTrafficWeight in traffic routing only supported in Nginx and Plugins",
            "Leave maxTrafficWeight out: the whole traffic is 100.",
        )
    _check_one_of(routing.get("nginx"), "stableIngress", "stableIngresses", "StableIngress or StableIngresses")
    _check_one_of(routing.get("alb"), "ingress", "ingresses", "Ingress or Ingresses")
    istio = routing.get("istio")
    given = [key for key in ("virtualService", "virtualServices") if istio.get(key).value]
    if istio.is_given and len(given) != 1:
        istio.problem(
            "either VirtualService or VirtualServices must be configured",
            "Name exactly one of virtualService and virtualServices.",
        )


def names_router(routing: Node, *names: str) -> bool:
    """Whether one of these routers is given."""
    return any(bool(routing.get(name).value) if name == "plugins" else routing.get(name).is_given for name in names)


def most_weight(routing: Node) -> int:
    """What the whole traffic counts as."""
    return routing.get("maxTrafficWeight").whole() or MAX_WEIGHT


def check_ping_pong(node: Node) -> None:
    """Note what is wrong with the two Services of a canary that change places."""
    services, routing = node.get("pingPong"), node.get("trafficRouting")
    if not services.is_given:
        return
    if routing.is_given and not names_router(routing, "alb", "istio", "plugins"):
        routing.get("alb").problem(
            "Ping-pong feature works with the ALB, Istio, and plugin-based traffic routers only",
            "Use canaryService and stableService with this router.",
        )
    ping, pong = services.get("pingService"), services.get("pongService")
    for service in (ping, pong):
        if not service.text():
            service.problem(_PING_PONG, "Name both pingService and pongService.")
    if ping.text() and ping.text() == pong.text():
        ping.problem(
            "This rollout uses the same service for the ping and pong services, but two different services are required.",
            "Name two Services.",
        )
    if routing.get("alb").is_given and not routing.get("alb").get("rootService").text():
        routing.get("alb").get("rootService").problem(
            "Root service field is required for the configuration with ALB and ping-pong feature enabled",
            "Name the Service that the Ingress sends its traffic to.",
        )


def _check_one_of(router: Node, one: str, many: str, names: str) -> None:
    if not router.is_given:
        return
    given = [key for key in (one, many) if router.get(key).value]
    if len(given) != 1:
        which = "Both are configured." if given else "Neither are configured."
        fix = f"Keep one of {one} and {many}." if given else f"Name the Ingress with {one}."
        router.problem(f"Either {names} must be configured. {which}", fix)
