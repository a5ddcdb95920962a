"""What a Rollout names to steer its traffic, by Argo's rules (`ValidateRolloutReferencedResources`)."""

from collections.abc import Iterator

from strategies.judge.document import Node
from strategies.lint.mesh import check_mesh
from strategies.lint.pods import texts
from strategies.lint.surroundings import Surroundings, Thing

_HASH = "rollouts-pod-template-hash"
"""The label that the controller puts on pods and writes into Services' selectors."""
_MANAGED = "argo-rollouts.argoproj.io/managed-by-rollouts"


def check_references(root: Node, around: Surroundings) -> None:
    """Note Services, Ingresses and what else it names that are missing, where that is known, or do not fit."""
    for place in _services(root.get("spec").get("strategy")):
        _check_service(place, root, around)
    canary = root.get("spec").get("strategy").get("canary")
    for place, service in _ingresses(canary):
        _check_ingress(place, service, around)
    check_mesh(canary, around)


def _services(strategy: Node) -> Iterator[Node]:
    canary, blue_green = strategy.get("canary"), strategy.get("blueGreen")
    for node, keys in (
        (canary, ("stableService", "canaryService")),
        (canary.get("pingPong"), ("pingService", "pongService")),
        (blue_green, ("activeService", "previewService")),
    ):
        yield from (node.get(key) for key in keys if node.get(key).text())


def _check_service(place: Node, root: Node, around: Surroundings) -> None:
    name = place.text() or ""
    found = around.service(name)
    if found is None:
        if around.complete:
            place.problem(f'service "{name}" not found', f"Create the Service {name}, or correct the name.")
        return
    labels = _labels(root, around)
    wanted = texts(Node.root(found).get("spec").get("selector"))
    for key, value in wanted.items():
        if labels is not None and key != _HASH and labels.get(key) != value:
            place.problem(
                f'Service "{name}" has unmatch label "{key}" in rollout',
                f"Give the pod template the label {key}: {value}, or take it out of the Service's selector.",
            )
    owner = Node.root(found).get("metadata").get("annotations").get(_MANAGED).text()
    if owner and owner != root.get("metadata").get("name").text():
        place.problem(
            f'Service "{name}" is managed by another Rollout', f"Use another Service: {owner} steers this one."
        )


def _labels(root: Node, around: Surroundings) -> dict[str, str] | None:
    """The labels of the Rollout's pods; None where they are not known here."""
    spec = root.get("spec")
    if not spec.get("workloadRef").is_given:
        return texts(spec.get("template").get("metadata").get("labels"))
    if around.workload is None:
        return None
    return texts(Node.root(around.workload).get("spec").get("template").get("metadata").get("labels"))


def _ingresses(canary: Node) -> Iterator[tuple[Node, str]]:
    """Each Ingress that is named, with the Service that it must send traffic to."""
    routing, stable = canary.get("trafficRouting"), canary.get("stableService").text() or ""
    nginx, alb = routing.get("nginx"), routing.get("alb")
    yield from ((node, stable) for node in (nginx.get("stableIngress"), *nginx.get("stableIngresses").items()))
    root = alb.get("rootService").text() or stable
    yield from ((node, root) for node in (alb.get("ingress"), *alb.get("ingresses").items()))


def _check_ingress(place: Node, service: str, around: Surroundings) -> None:
    name = place.text()
    found = around.ingress(name) if name else None
    if name and found is None and around.complete:
        place.problem(
            f'ingress.networking.k8s.io "{name}" not found', f"Create the Ingress {name}, or correct the name."
        )
    if found is not None and service and service not in set(_backends(found)):
        place.problem(
            f"ingress `{name}` has no rules using service {service} backend",
            f"Let a rule of the Ingress send its traffic to the Service {service}.",
        )


def _backends(ingress: Thing) -> Iterator[str]:
    for rule in Node.root(ingress).get("spec").get("rules").items():
        for path in rule.get("http").get("paths").items():
            backend = path.get("backend")
            yield backend.get("service").get("name").text() or backend.get("serviceName").text() or ""
