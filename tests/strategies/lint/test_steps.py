"""The steps of a canary by Argo's rules."""

import pytest

from strategies.lint import Severity
from tests.strategies.lint.documents import ALB, MESH, ROUTED, is_told, rollout, told

ONE_KIND = "Step must have one of the following set: experiment, setWeight, setCanaryScale, plugin or pause"

STEPS: list[tuple[str, str, str, str, str]] = [
    ("canary: {", "{}", "", ONE_KIND, "Write one of setWeight"),
    ("canary: {", "{pause: null}", "", ONE_KIND, "Write pause: {}"),
    ("canary: {", "{setWeight: 5, pause: {}}", "", ONE_KIND, "- setWeight: 5\n- pause: {}"),
    (
        "canary: {",
        "{analysis: {templates: [{templateName: x}]}, setWeight: 5}",
        "",
        ONE_KIND,
        "- setWeight: 5\n- analysis: {templates: [{templateName: x}]}",
    ),
    ("canary: {", "{setWeight: 101}", ".setWeight", "SetWeight needs to be between 0 and 100", "a percentage"),
    (
        "canary: {canaryService: c, stableService: s, trafficRouting: {maxTrafficWeight: 1000, nginx: {stableIngress: i}}, ",
        "{setWeight: 1001}",
        ".setWeight",
        "SetWeight needs to be between 0 and 1000",
        "percentage",
    ),
    ("canary: {", "{setWeight: '5'}", ".setWeight", "a whole number must stand here, not '5'", "a number such as"),
    ("canary: {", "{pause: {duration: 5 minutes}}", ".pause.duration", "Duration needs to be greater than 0", "5m"),
    ("canary: {", "{pause: {duration: -1}}", ".pause.duration", "Duration needs to be greater than 0", "5m"),
    ("canary: {", "{pause: {minutes: 5}}", ".pause.minutes", "unknown field 'minutes'", "duration: 30m"),
    ("canary: {", "{pause: {}, duration: 5}", ".duration", "unknown field 'duration'", "pause: {duration: …}"),
    ("canary: {", "{gate: {}}", ".gate", "unknown field 'gate'", "leadsman.yaml"),
    ("canary: {", "{setWeigth: 5}", ".setWeigth", "unknown field 'setWeigth'", "Did you mean setWeight?"),
    (
        "canary: {",
        "{experiment: {duration: long, templates: [{name: a, specRef: canary}]}}",
        ".experiment.duration",
        'time: invalid duration "long"',
        "1h30m",
    ),
    (
        "canary: {",
        "{experiment: {templates: [{name: a, specRef: newest}]}}",
        ".experiment.templates[0].specRef",
        "'newest' is none of the choices",
        "canary, stable",
    ),
    (
        "canary: {",
        "{experiment: {templates: [{name: a, specRef: canary, weight: 5}]}}",
        ".experiment.templates[0].weight",
        "Experiment template weight cannot be set unless TrafficRouting is enabled",
        "add trafficRouting",
    ),
    (
        ROUTED + ", ",
        "{experiment: {templates: [{name: a, specRef: canary, weight: 5}]}}",
        ".experiment.templates[0].weight",
        "Experiment template weight is only available for TrafficRouting with SMI, ALB, Istio and Plugins at this time",
        "Leave weight out",
    ),
    (
        "canary: {",
        "{experiment: {templates: [{name: a, specRef: canary, template: {}}]}}",
        ".experiment.templates[0].template",
        "unknown field 'template'",
        "specRef",
    ),
    (
        "canary: {",
        "{experiment: {templates: [{name: a, specRef: canary}], analyses: [{name: a, templateName: t}, {name: a, templateName: u}]}}",
        ".experiment.analyses[1].name",
        "duplicate name 'a'",
        "of its own",
    ),
    (
        "canary: {",
        "{setHeaderRoute: {name: r}}",
        ".setHeaderRoute",
        "SetHeaderRoute requires TrafficRouting, supports Istio and ALB and Apisix",
        "one of these routers",
    ),
    (
        ROUTED + ", ",
        "{setHeaderRoute: {name: r}}",
        ".setHeaderRoute",
        "SetHeaderRoute requires TrafficRouting, supports Istio and ALB and Apisix",
        "one of these routers",
    ),
    (
        MESH + ", ",
        "{setHeaderRoute: {name: q}}",
        ".setHeaderRoute",
        "Steps define a route that does not exist in spec.strategy.canary.trafficRouting.managedRoutes",
        "List q",
    ),
    (
        MESH + ", ",
        "{setHeaderRoute: {name: r, match: [{headerName: x, headerValue: {}}]}}",
        ".setHeaderRoute.match[0].headerValue",
        "StringMatch value missed, match value must have one of the following: exact, regex, prefix",
        "exact: …",
    ),
    (
        MESH + ", ",
        "{setHeaderRoute: {name: r, match: [{headerName: x, headerValue: {exact: a, regex: b}}]}}",
        ".setHeaderRoute.match[0].headerValue",
        "StringMatch match value must have exactly one of the following: exact, regex, prefix",
        "exact, regex",
    ),
    (
        ALB + ", ",
        "{setHeaderRoute: {name: r, match: [{headerName: x, headerValue: {regex: a}}]}}",
        ".setHeaderRoute.match[0].headerValue",
        "SetHeaderRoute match value invalid. ALB supports 'exact' value only",
        "exact: …",
    ),
    (
        ALB + ", ",
        "{setMirrorRoute: {name: r}}",
        ".setMirrorRoute",
        "SetMirrorRoute requires TrafficRouting, supports Istio and Plugins",
        "one of these routers",
    ),
    (
        MESH + ", ",
        "{setMirrorRoute: {name: r, match: [{method: {}}]}}",
        ".setMirrorRoute.match[0].method",
        "StringMatch value missed, match value must have one of the following: exact, regex, prefix",
        "exact: …",
    ),
    (
        MESH + ", ",
        "{setMirrorRoute: {name: r, percentage: 101}}",
        ".setMirrorRoute.percentage",
        "a percentage is from 0 to 100",
        "such as 20",
    ),
]


@pytest.mark.parametrize(("canary", "step", "place", "sentence", "mend"), STEPS)
def test_a_broken_step_is_told_with_its_place_and_its_mend(
    canary: str, step: str, place: str, sentence: str, mend: str
) -> None:
    found = told(rollout(f"{canary}steps: [{{setWeight: 10}}, {step}]}}"))
    is_told(found, f"spec.strategy.canary.steps[1]{place}", sentence, mend)


def test_a_canary_scale_without_a_router_is_told_once_however_many_steps_have_it() -> None:
    scale = "{setCanaryScale: {replicas: 1}}"
    assert told(rollout(f"canary: {{steps: [{scale}, {scale}]}}")) == [
        (
            Severity.ERROR,
            "spec.strategy.canary.trafficRouting",
            "SetCanaryScale requires TrafficRouting to be set",
            "Add trafficRouting, or leave the setCanaryScale steps out.",
        )
    ]


def test_routes_that_no_list_allows_are_told_with_the_list_to_add() -> None:
    strategy = MESH.replace("managedRoutes: [{name: r}], ", "") + ", steps: [{setMirrorRoute: {name: r}}]}"
    [(_, place, sentence, fix)] = told(rollout(strategy))
    assert place == "spec.strategy.canary.trafficRouting.managedRoutes"
    assert sentence == "Rollout has missing field 'spec.strategy.canary.trafficRouting.managedRoutes'"
    assert "managedRoutes: [{name: r}]" in fix
