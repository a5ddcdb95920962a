"""What the playground's controller calls an invalid spec, in the words of the real one (argo-rollouts `validation.go`)."""

from typing import Any

import pytest

from bot.playground.kubernetes.controllers.rollouts.spec import Spec
from bot.playground.kubernetes.controllers.rollouts.validation import spec_faults

ROUTED = {"canaryService": "c", "stableService": "s", "trafficRouting": {"nginx": {"stableIngress": "web"}}}
ALB = {"trafficRouting": {"alb": {"ingress": "web", "servicePort": 80}}}
PODS = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "web", "image": "web:v1"}]}}
PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
ONE_WAY = (
    "antiAffinity.PreferredDuringSchedulingIgnoredDuringExecution: {0}"
    " antiAffinity.RequiredDuringSchedulingIgnoredDuringExecution: {0}"
)


def faults(canary: dict[str, Any], **spec: Any) -> list[str]:
    """Every fault of a Rollout with this canary."""
    whole = {"selector": {"matchLabels": {"app": "web"}}, "template": PODS, "strategy": {"canary": canary}}
    return list(spec_faults(Spec(whole | spec)))


@pytest.mark.parametrize(
    "canary",
    [
        {},
        ROUTED,
        {"antiAffinity": {PREFERRED: {"weight": 100}}},
        {"antiAffinity": {REQUIRED: {}}},
        {"pingPong": {"pingService": "a", "pongService": "b"}},
        {"trafficRouting": {"istio": {"destinationRule": {"name": "d"}, "virtualService": {"name": "v"}}}},
        {"pingPong": {"pingService": "a", "pongService": "b"}, "trafficRouting": {"alb": {"rootService": "r"}}},
    ],
)
def test_what_the_controller_takes_is_taken(canary: dict[str, Any]) -> None:
    assert faults(canary) == []


@pytest.mark.parametrize(
    ("canary", "fault"),
    [
        (
            {"antiAffinity": {}},
            f'spec.strategy.antiAffinity: Invalid value: "{ONE_WAY.format("false")}": AntiAffinity must have exactly one strategy listed',
        ),
        (
            {"antiAffinity": {PREFERRED: {"weight": 1}, REQUIRED: {}}},
            f'spec.strategy.antiAffinity: Invalid value: "{ONE_WAY.format("true")}": AntiAffinity must have exactly one strategy listed',
        ),
        (
            {"antiAffinity": {PREFERRED: {"weight": 101}}},
            "spec.strategy.antiAffinity.weight: Invalid value: 101: AntiAffinity weight must be between 1-100",
        ),
        (
            ROUTED | {"pingPong": {"pingService": "a", "pongService": "b"}},
            "spec.strategy.trafficRouting.alb: Invalid value: null: Ping-pong feature works with the ALB and Istio traffic routers only",
        ),
        (
            {"pingPong": {"pingService": "a"}},
            'spec.strategy.pingPong.pongService: Invalid value: "": Ping service and Pong service must to be set to use Ping-Pong feature',
        ),
        (
            {"pingPong": {"pingService": "a", "pongService": "a"}},
            'spec.strategy.pingPong.pingService: Invalid value: "a": This rollout uses the same service for the ping and pong services,'
            " but two different services are required.",
        ),
        (
            ALB | {"pingPong": {"pingService": "a", "pongService": "b"}},
            'spec.strategy.trafficRouting.alb.rootService: Invalid value: "": Root service field is required for the configuration with'
            " ALB and ping-pong feature enabled",
        ),
        (
            {"steps": [{"experiment": {"templates": [{"name": "a", "specRef": "canary", "weight": 5}]}}]},
            "spec.strategy.steps[0].experiment.templates[0].weight: Invalid value: 5: Experiment template weight cannot be set unless"
            " TrafficRouting is enabled",
        ),
        (
            ROUTED | {"steps": [{"experiment": {"templates": [{"name": "a", "specRef": "canary", "weight": 5}]}}]},
            "spec.strategy.steps[0].experiment.templates[0].weight: Invalid value: 5: Experiment template weight is only available for"
            " TrafficRouting with SMI, ALB, Istio and Plugins at this time",
        ),
    ],
)
def test_what_the_controller_refuses_is_refused_in_its_words(canary: dict[str, Any], fault: str) -> None:
    assert faults(canary) == [fault]


@pytest.mark.parametrize("key", ["replicas", "minReadySeconds", "revisionHistoryLimit"])
def test_no_number_may_be_below_zero(key: str) -> None:
    assert faults({}, **{key: -1}) == [f"spec.{key}: Invalid value: -1: must be greater than or equal to 0"]


def test_labels_and_annotations_of_pods_are_looked_at() -> None:
    metadata = {"labels": {"app": "web", "v": "1 0"}, "annotations": {"Note": "x", "a b": "y"}}
    found = faults({}, template=PODS | {"metadata": metadata})
    assert [fault.partition(": a valid")[0].partition(": name part")[0] for fault in found] == [
        'spec.template.labels: Invalid value: "1 0"',
        'spec.template.annotations: Invalid value: "a b"',
    ]
