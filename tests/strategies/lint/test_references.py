"""The Services and Ingresses that a Rollout names, in files and in a cluster."""

from typing import Any

import pytest

from tests.strategies.lint.documents import ROUTED, in_cluster, ingress, is_told, rollout, service, told

WEIGHTED = ROUTED + "}"
SERVICES = [service("c", app="checkout"), service("s", app="checkout", **{"rollouts-pod-template-hash": "abc"})]


def found(thing: dict[str, Any], services: list[Any], ingresses: list[Any], **more: Any) -> list[tuple[str, str]]:
    problems = in_cluster(thing, [], services, ingresses, **more)
    assert all(one.fix for one in problems)
    return [(one.place.removeprefix("spec.strategy."), one.sentence) for one in problems]


def test_services_and_ingresses_that_fit_are_taken() -> None:
    assert found(rollout(WEIGHTED), SERVICES, [ingress("i", "s")]) == []
    assert told(rollout(WEIGHTED), *SERVICES, ingress("i", "s")) == []


def test_in_a_cluster_what_is_not_there_is_missing_and_in_files_it_may_be_elsewhere() -> None:
    assert found(rollout(WEIGHTED), [], []) == [
        ("canary.stableService", 'service "s" not found'),
        ("canary.canaryService", 'service "c" not found'),
        ("canary.trafficRouting.nginx.stableIngress", 'ingress.networking.k8s.io "i" not found'),
    ]
    assert told(rollout(WEIGHTED)) == []


def test_a_service_that_selects_other_pods_is_told_with_the_label() -> None:
    wrong = [service("c", app="other"), service("s", app="checkout", tier="web")]
    assert found(rollout(WEIGHTED), wrong, [ingress("i", "s")]) == [
        ("canary.stableService", 'Service "s" has unmatch label "tier" in rollout'),
        ("canary.canaryService", 'Service "c" has unmatch label "app" in rollout'),
    ]
    place = "spec.strategy.canary.canaryService"
    is_told(told(rollout(WEIGHTED), *wrong), place, 'Service "c" has unmatch label "app" in rollout', "app: other")


def test_the_services_of_blue_green_and_of_ping_pong_are_looked_at_too() -> None:
    blue_green = rollout("blueGreen: {activeService: a, previewService: b}")
    assert found(blue_green, [], []) == [
        ("blueGreen.activeService", 'service "a" not found'),
        ("blueGreen.previewService", 'service "b" not found'),
    ]
    ping_pong = rollout("canary: {pingPong: {pingService: a, pongService: b}}")
    assert [place for place, _ in found(ping_pong, [], [])] == [
        "canary.pingPong.pingService",
        "canary.pingPong.pongService",
    ]


def test_a_service_that_another_rollout_steers_is_told() -> None:
    taken = service("a", app="checkout")
    taken["metadata"]["annotations"] = {"argo-rollouts.argoproj.io/managed-by-rollouts": "billing"}
    thing = rollout("blueGreen: {activeService: a}")
    assert found(thing, [taken], []) == [("blueGreen.activeService", 'Service "a" is managed by another Rollout')]
    taken["metadata"]["annotations"] = {"argo-rollouts.argoproj.io/managed-by-rollouts": "checkout"}
    assert found(thing, [taken], []) == []


@pytest.mark.parametrize(
    ("routing", "place", "service_wanted"),
    [
        ("nginx: {stableIngress: i}", "nginx.stableIngress", "s"),
        ("nginx: {stableIngresses: [i]}", "nginx.stableIngresses[0]", "s"),
        ("alb: {ingress: i, servicePort: 80}", "alb.ingress", "s"),
        ("alb: {ingresses: [i], servicePort: 80, rootService: r}", "alb.ingresses[0]", "r"),
    ],
)
def test_an_ingress_that_does_not_lead_to_the_stable_service_is_told(
    routing: str, place: str, service_wanted: str
) -> None:
    thing = rollout(f"canary: {{canaryService: c, stableService: s, trafficRouting: {{{routing}}}}}")
    assert found(thing, SERVICES, [ingress("i", "other")]) == [
        (f"canary.trafficRouting.{place}", f"ingress `i` has no rules using service {service_wanted} backend")
    ]
    assert found(thing, SERVICES, [ingress("i", service_wanted)]) == []


def test_an_ingress_of_the_old_kind_is_read_too() -> None:
    old = ingress("i", "s")
    old["spec"]["rules"][0]["http"]["paths"][0]["backend"] = {"serviceName": "s", "servicePort": 80}
    assert found(rollout(WEIGHTED), SERVICES, [old]) == []


def test_with_a_workload_reference_the_labels_are_those_of_the_workload() -> None:
    ref = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    thing = rollout("blueGreen: {activeService: a}", workloadRef=ref, template=None, selector=None)
    workload = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web"},
        "spec": {"template": {"metadata": {"labels": {"app": "web"}}}},
    }
    services = [service("a", app="checkout")]
    assert found(thing, services, []) == []
    unmatched = [("blueGreen.activeService", 'Service "a" has unmatch label "app" in rollout')]
    assert found(thing, services, [], workload=workload) == unmatched
    assert [place for _, place, _, _ in told(thing, workload, *services)] == ["spec.strategy.blueGreen.activeService"]
