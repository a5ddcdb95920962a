"""What steers the traffic of a canary beside Ingresses: Istio's VirtualServices and Ambassador's Mappings, where they lie with the files.

Rules: argo-rollouts `ValidateVirtualService`, `ValidateAmbassadorMapping` and `rollout/trafficrouting/istio`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from strategies.judge.document import Node
from strategies.lint.surroundings import Surroundings

_SHORT = {"http": "HTTP", "tls": "TLS", "tcp": "TCP"}
_CHOICE = {"http": "routes", "tls": "tlsRoutes", "tcp": "tcpRoutes"}
_BOTH = "Let the route have a destination for each side, with weights 100 and 0."


@dataclass(frozen=True, slots=True)
class _Sides:
    """How the destinations of the two sides are told apart: by host, or by the subset of one host."""

    word: str
    field: str
    canary: str
    stable: str


def check_mesh(canary: Node, around: Surroundings) -> None:
    """Note what is wrong with the VirtualServices and Mappings that a canary names, as far as they are known here."""
    routing, sides = canary.get("trafficRouting"), _sides(canary)
    istio = routing.get("istio")
    managed = {item.get("name").text() for item in routing.get("managedRoutes").items()}
    for named in (istio.get("virtualService"), *istio.get("virtualServices").items()):
        name = (named.get("name").text() or "").removesuffix(".cluster.local")
        found = around.other("VirtualService", name) or around.other("VirtualService", name.rpartition(".")[0])
        if found is not None:
            _check_service(named, Node.root(found).get("spec"), sides, managed)
    for mapping in routing.get("ambassador").get("mappings").items():
        found = around.other("Mapping", mapping.text() or "")
        if found is not None and Node.root(found).get("spec").get("weight").value:
            sentence = f'Ambassador mapping "{mapping.value}" can not define weight'
            mapping.problem(sentence, "Take weight out of the Mapping: Argo Rollouts sets it on a copy.")


def _sides(canary: Node) -> _Sides | None:
    subsets = canary.get("trafficRouting").get("istio").get("destinationRule")
    if subsets.is_given:
        names = (subsets.get(key).text() or "" for key in ("canarySubsetName", "stableSubsetName"))
        return _Sides("DestinationRule subset", "subset", *names)
    named = [canary.get(key).text() or "" for key in ("canaryService", "stableService")]
    if not any(named):
        named = [canary.get("pingPong").get(key).text() or "" for key in ("pingService", "pongService")]
    return _Sides("Service", "host", *named) if all(named) else None


def _check_service(named: Node, spec: Node, sides: _Sides | None, managed: set[str | None]) -> None:
    if not any(spec.get(kind).is_given for kind in _SHORT):
        named.get("name").problem(
            "Unable to get any of the HTTP, TCP or TLS routes for the Istio VirtualService", "Give it http routes."
        )
    for kind, short in _SHORT.items():
        routes = spec.get(kind).items()
        if not all(isinstance(route.value, Mapping) for route in routes):
            named.get("name").problem(f"Unable to get {short} routes for Istio VirtualService", "Correct its routes.")
        elif routes:
            for wrong in _wrong(kind, named.get(_CHOICE[kind]).items(), routes, sides, managed):
                sentence = f"Istio VirtualService has invalid {short} routes. Error: {wrong}"
                named.get("name").problem(sentence, _BOTH if "not found in route" in wrong else "Name its routes.")


def _wrong(
    kind: str, wanted: Sequence[Node], routes: Sequence[Node], sides: _Sides | None, managed: set[str | None]
) -> Iterator[str]:
    """What is wrong first with the routes of one kind."""
    chosen = _chosen(kind, wanted, routes)
    if isinstance(chosen, str):
        yield chosen
        return
    unfit = [wrong for route in chosen if sides is not None and (wrong := _missing(route, sides))]
    yield from unfit[:1]
    free = [route for route in routes if kind != "http" or route.get("name").text() not in managed]
    if not unfit and not wanted and len(free) > 1:
        yield (
            f"spec.{kind}[] should be set in VirtualService and it must have exactly one route when omitting"
            f" spec.strategy.canary.trafficRouting.istio.virtualService.{_CHOICE[kind]}"
        )


def _chosen(kind: str, wanted: Sequence[Node], routes: Sequence[Node]) -> list[Node] | str:
    """The routes whose weights are set, or why there are none."""
    if not wanted:
        unnamed = [route for route in routes if not route.get("name").value]
        return list(routes[:1]) if kind != "http" or len(routes) == 1 else unnamed[:1]
    chosen: list[Node] = []
    for one in wanted:
        if kind == "http":
            found = [route for route in routes if route.get("name").value == one.value][:1]
        else:
            found = [route for route in routes if _fits(kind, one, route)]
        if not found and kind == "http":
            return f"HTTP Route '{one.value}' is not found in the defined Virtual Service."
        if not found:
            return f"No matching {_SHORT[kind]} routes found in the defined Virtual Service."
        chosen += found
    return chosen


def _fits(kind: str, wanted: Node, route: Node) -> bool:
    """Whether a route is the one with this port and, for TLS, exactly these hosts."""
    matches = route.get("match").items()
    ports = {match.get("port").whole() or 0 for match in matches}
    hosts = {str(host.value) for match in matches for host in match.get("sniHosts").items()}
    asked = [str(host.value) for host in wanted.get("sniHosts").items()]
    same = kind != "tls" or (len(asked) == len(hosts) and hosts <= set(asked))
    return len(ports) <= 1 and (ports or {0}) == {wanted.get("port").whole() or 0} and same


def _missing(route: Node, sides: _Sides) -> str:
    """Which side a route has no destination for; empty while it has both."""
    destinations = [part.get("destination").get(sides.field).text() or "" for part in route.get("route").items()]
    there = {text.partition(".")[0] if sides.field == "host" else text for text in destinations}
    for word, name in (("Canary", sides.canary), ("Stable", sides.stable)):
        if name not in there:
            return f"{word} {sides.word} '{name}' not found in route"
    return ""
