"""VirtualServices and Mappings that lie with a Rollout, by Argo's rules."""

from typing import Any

import pytest

from tests.strategies.lint.documents import is_told, read, rollout, told

PLACE = "spec.strategy.canary.trafficRouting"
BOTH = "{route: [{destination: {host: s}, weight: 100}, {destination: {host: c.shop.svc.cluster.local}, weight: 0}]}"


def canary(istio: str, more: str = "canaryService: c, stableService: s") -> dict[str, Any]:
    """A Rollout whose canary Istio steers."""
    return rollout(f"canary: {{{more}, trafficRouting: {{managedRoutes: [{{name: header}}], istio: {istio}}}}}")


def virtual_service(spec: str, name: str = "web") -> dict[str, Any]:
    """A VirtualService with these routes."""
    return {
        "apiVersion": "networking.istio.io/v1",
        "kind": "VirtualService",
        "metadata": {"name": name, "namespace": "shop"},
        "spec": read(spec),
    }


def route(**fields: Any) -> str:
    """A route to both sides with these fields too."""
    return str(read(BOTH) | fields)


@pytest.mark.parametrize(
    ("istio", "spec"),
    [
        ("{virtualService: {name: web}}", f"{{http: [{BOTH}]}}"),
        ("{virtualService: {name: web.shop}}", f"{{http: [{BOTH}]}}"),
        ("{virtualService: {name: web, routes: [b]}}", f"{{http: [{{name: a}}, {route(name='b')}]}}"),
        ("{virtualService: {name: web}}", f"{{http: [{{name: header}}, {BOTH}]}}"),
        ("{virtualServices: [{name: web}, {name: elsewhere}]}", f"{{http: [{BOTH}]}}"),
        ("{virtualService: {name: web}}", f"{{tls: [{route(match=[{'port': 443}])}]}}"),
        (
            "{virtualService: {name: web, tlsRoutes: [{port: 443, sniHosts: [a, b]}]}}",
            f"{{tls: [{route(match=[{'port': 443, 'sniHosts': ['b', 'a']}])}]}}",
        ),
        ("{virtualService: {name: web, tcpRoutes: [{port: 80}]}}", f"{{tcp: [{{}}, {route(match=[{'port': 80}])}]}}"),
        (
            "{virtualService: {name: web}, destinationRule: {name: d, canarySubsetName: new, stableSubsetName: old}}",
            "{http: [{route: [{destination: {host: web, subset: old}}, {destination: {host: web, subset: new}}]}]}",
        ),
    ],
)
def test_routes_to_both_sides_are_taken(istio: str, spec: str) -> None:
    assert told(canary(istio), virtual_service(spec)) == []


def test_ping_and_pong_stand_for_both_sides() -> None:
    sides = "pingPong: {pingService: c, pongService: s}"
    assert told(canary("{virtualService: {name: web}}", sides), virtual_service(f"{{http: [{BOTH}]}}")) == []


@pytest.mark.parametrize(
    ("istio", "spec", "sentence"),
    [
        (
            "{virtualService: {name: web}}",
            "{hosts: [a]}",
            "Unable to get any of the HTTP, TCP or TLS routes for the Istio VirtualService",
        ),
        ("{virtualService: {name: web}}", "{tls: [broken]}", "Unable to get TLS routes for Istio VirtualService"),
        (
            "{virtualService: {name: web}}",
            "{http: [{route: [{destination: {host: s}}]}]}",
            "Istio VirtualService has invalid HTTP routes. Error: Canary Service 'c' not found in route",
        ),
        (
            "{virtualService: {name: web}}",
            "{tcp: [{route: [{destination: {host: c}}, {destination: {host: stable}}]}]}",
            "Istio VirtualService has invalid TCP routes. Error: Stable Service 's' not found in route",
        ),
        (
            "{virtualService: {name: web, routes: [a]}}",
            f"{{http: [{BOTH}]}}",
            "Istio VirtualService has invalid HTTP routes. Error: HTTP Route 'a' is not found in the defined Virtual Service.",
        ),
        (
            "{virtualService: {name: web}}",
            f"{{http: [{BOTH}, {route(name='b')}]}}",
            "Istio VirtualService has invalid HTTP routes. Error: spec.http[] should be set in VirtualService and it must have exactly"
            " one route when omitting spec.strategy.canary.trafficRouting.istio.virtualService.routes",
        ),
        (
            "{virtualService: {name: web, tlsRoutes: [{port: 443, sniHosts: [a]}]}}",
            f"{{tls: [{route(match=[{'port': 443, 'sniHosts': ['a', 'b']}])}]}}",
            "Istio VirtualService has invalid TLS routes. Error: No matching TLS routes found in the defined Virtual Service.",
        ),
        (
            "{virtualService: {name: web, tcpRoutes: [{port: 80}]}}",
            f"{{tcp: [{route(match=[{'port': 80}, {'port': 81}])}]}}",
            "Istio VirtualService has invalid TCP routes. Error: No matching TCP routes found in the defined Virtual Service.",
        ),
        (
            "{virtualService: {name: web}, destinationRule: {name: d, canarySubsetName: new, stableSubsetName: old}}",
            "{http: [{route: [{destination: {host: web, subset: old}}, {destination: {host: c}}]}]}",
            "Istio VirtualService has invalid HTTP routes. Error: Canary DestinationRule subset 'new' not found in route",
        ),
    ],
)
def test_routes_that_do_not_reach_both_sides_are_told(istio: str, spec: str, sentence: str) -> None:
    found = told(canary(istio), virtual_service(spec))
    is_told(found, f"{PLACE}.istio.virtualService.name", sentence, "")
    assert len(found) == 1


def test_a_mapping_of_ambassador_has_no_weight_of_its_own() -> None:
    steered = rollout(
        "canary: {canaryService: c, stableService: s, trafficRouting: {ambassador: {mappings: [web, other]}}}"
    )
    mapping = {
        "apiVersion": "getambassador.io/v2",
        "kind": "Mapping",
        "metadata": {"name": "web"},
        "spec": {"service": "s"},
    }
    assert told(steered, mapping) == []
    mapping["spec"] = {"service": "s", "weight": 20}
    sentence = 'Ambassador mapping "web" can not define weight'
    is_told(told(steered, mapping), f"{PLACE}.ambassador.mappings[0]", sentence, "Take weight out")
