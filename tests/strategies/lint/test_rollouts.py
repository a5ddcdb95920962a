"""Rollouts by Argo's rules: every rule has an example that keeps it and one that breaks it, told with place and mend."""

from typing import Any

import pytest

from strategies.lint import Severity
from tests.strategies.lint.documents import ALB, MESH, ROUTED, is_told, rollout, told

VALID = [
    "canary: {}",
    "canary: {steps: [{setWeight: 20}, {pause: {}}, {setWeight: 60}, {pause: {duration: 10}}, {pause: {duration: '5'}}]}",
    "canary: {steps: [{pause: {duration: 1h}}], maxSurge: 0, maxUnavailable: 1}",
    ROUTED + ", scaleDownDelaySeconds: 30, steps: [{setCanaryScale: {weight: 5}}, {setWeight: 0}]}",
    ROUTED + ", dynamicStableScale: true, minPodsPerReplicaSet: 2, steps: [{setWeight: 5}]}",
    "canary: {canaryService: c, stableService: s, trafficRouting: {maxTrafficWeight: 1000, nginx: {stableIngresses: [a]}},"
    " steps: [{setWeight: 900}]}",
    MESH
    + ", steps: [{setHeaderRoute: {name: r, match: [{headerName: x, headerValue: {prefix: a}}]}}, {setHeaderRoute: {name: r}}]}",
    MESH
    + ", steps: [{setMirrorRoute: {name: r, percentage: 20, match: [{method: {exact: GET}, path: {prefix: /}}]}}]}",
    ALB + ", steps: [{setHeaderRoute: {name: r, match: [{headerName: x, headerValue: {exact: a}}]}}]}",
    "canary: {trafficRouting: {istio: {virtualServices: [{name: v}],"
    " destinationRule: {name: d, canarySubsetName: c, stableSubsetName: s}}}}",
    "canary: {pingPong: {pingService: a, pongService: b}, trafficRouting: {alb: {ingress: i, servicePort: 80, rootService: r}}}",
    "canary: {trafficRouting: {plugins: {acme/router: {any: thing}}}, steps: [{plugin: {name: acme/step, config: {a: [1]}}}]}",
    MESH + ", steps: [{experiment: {duration: 5m, templates: [{name: a, specRef: canary, weight: 5}]}}]}",
    "canary: {steps: [{experiment: {templates: [{name: a, specRef: stable}]}}]}",
    "canary: {antiAffinity: {preferredDuringSchedulingIgnoredDuringExecution: {weight: 100}}}",
    "canary: {steps: [{setWeight: 20}, {analysis: {templates: [{templateName: t, clusterScope: true}]}}],"
    " analysis: {startingStep: 1, templates: [{templateName: t}]}}",
    "canary: {analysis: {templates: [{templateName: t}], args: [{name: a, valueFrom: {fieldRef:"
    " {fieldPath: \"metadata.annotations['Acme.io/Team']\"}}}]}}",
    "canary: {steps: [{pause: {duration: '+5'}}, {pause: {duration: 1.5m}}]}",
    "blueGreen: {activeService: a}",
    "blueGreen: {activeService: a, previewService: b, previewReplicaCount: 1, autoPromotionEnabled: false,"
    " scaleDownDelayRevisionLimit: 10}",
    "blueGreen: {activeService: a, autoPromotionSeconds: 30, prePromotionAnalysis: {templates: [{templateName: t}]}}",
    "blueGreen: {activeService: a, antiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {}}}",
]

BROKEN: list[tuple[str, str, str, str]] = [
    ("{}", "", "Rollout has missing field '.spec.strategy.canary or .spec.strategy.blueGreen'", "canary: {steps:"),
    ("{canary: {}, blueGreen: {activeService: a}}", "", "Multiple Strategies can not be listed", "Keep one"),
    ("{rollingUpdate: {}}", ".rollingUpdate", "unknown field 'rollingUpdate'", "Write canary: {}"),
    (
        "canary: {maxSurge: 0, maxUnavailable: 0%}",
        ".canary.maxSurge",
        "MaxSurge and MaxUnavailable both can not be zero",
        "maxSurge: 1",
    ),
    (
        "canary: {maxSurge: many}",
        ".canary.maxSurge",
        "'many' is neither a number of pods nor a percentage",
        "Write 1 or 25%",
    ),
    (
        "canary: {canaryService: a, stableService: a}",
        ".canary.stableService",
        "This rollout uses the same service for the stable and canary services, but two different services are required.",
        "second Service",
    ),
    (
        "canary: {stableService: a, trafficRouting: {smi: {}}}",
        ".canary.canaryService",
        "Canary service and Stable service must to be set to use Traffic Routing",
        "Name both",
    ),
    (
        "canary: {scaleDownDelaySeconds: 30}",
        ".canary.scaleDownDelaySeconds",
        "Canary scaleDownDelaySeconds can only be used with traffic routing",
        "add trafficRouting",
    ),
    (
        "canary: {dynamicStableScale: true}",
        ".canary.dynamicStableScale",
        "Canary dynamicStableScale can only be used with traffic routing",
        "add trafficRouting",
    ),
    (
        ROUTED + ", dynamicStableScale: true, scaleDownDelaySeconds: 1}",
        ".canary.dynamicStableScale",
        "Canary dynamicStableScale cannot be used with scaleDownDelaySeconds",
        "Keep one",
    ),
    (
        "canary: {canaryService: c, stableService: s, trafficRouting: {maxTrafficWeight: 10, smi: {}}}",
        ".canary.trafficRouting.maxTrafficWeight",
        "Canary maxTrafficWeight in traffic routing only supported in Nginx and Plugins",
        "Leave maxTrafficWeight out",
    ),
    (
        "canary: {canaryService: c, stableService: s, trafficRouting: {nginx: {}}}",
        ".canary.trafficRouting.nginx",
        "Either StableIngress or StableIngresses must be configured. Neither are configured.",
        "stableIngress",
    ),
    (
        "canary: {canaryService: c, stableService: s, trafficRouting: {nginx: {stableIngress: a, stableIngresses: [b]}}}",
        ".canary.trafficRouting.nginx",
        "Either StableIngress or StableIngresses must be configured. Both are configured.",
        "Keep one",
    ),
    (
        "canary: {canaryService: c, stableService: s, trafficRouting: {alb: {servicePort: 80}}}",
        ".canary.trafficRouting.alb",
        "Either Ingress or Ingresses must be configured. Neither are configured.",
        "ingress",
    ),
    (
        "canary: {canaryService: c, stableService: s, trafficRouting: {istio: {}}}",
        ".canary.trafficRouting.istio",
        "either VirtualService or VirtualServices must be configured",
        "exactly one",
    ),
    (
        "canary: {trafficRouting: {nginx: {stableIngress: i}}, pingPong: {pingService: a, pongService: b}}",
        ".canary.trafficRouting.alb",
        "Ping-pong feature works with the ALB, Istio, and plugin-based traffic routers only",
        "canaryService and stableService",
    ),
    (
        "canary: {pingPong: {pingService: a, pongService: ''}}",
        ".canary.pingPong.pongService",
        "Ping service and Pong service must to be set to use Ping-Pong feature",
        "Name both",
    ),
    (
        "canary: {pingPong: {pingService: a, pongService: a}}",
        ".canary.pingPong.pingService",
        "This rollout uses the same service for the ping and pong services, but two different services are required.",
        "Name two",
    ),
    (
        "canary: {pingPong: {pingService: a, pongService: b}, trafficRouting: {alb: {ingress: i, servicePort: 80}}}",
        ".canary.trafficRouting.alb.rootService",
        "Root service field is required for the configuration with ALB and ping-pong feature enabled",
        "Name the Service",
    ),
    (
        "canary: {antiAffinity: {}}",
        ".canary.antiAffinity",
        "AntiAffinity must have exactly one strategy listed",
        "Keep one",
    ),
    (
        "blueGreen: {activeService: a, antiAffinity: {preferredDuringSchedulingIgnoredDuringExecution: {weight: 0}}}",
        ".blueGreen.antiAffinity.preferredDuringSchedulingIgnoredDuringExecution.weight",
        "AntiAffinity weight must be between 1-100",
        "1 to 100",
    ),
    (
        "blueGreen: {activeService: a, previewService: a}",
        ".blueGreen.activeService",
        "This rollout uses the same service for the active and preview services, but two different services are required.",
        "second Service",
    ),
    ("blueGreen: {previewService: a}", ".blueGreen.activeService", "a value is missing", "Fill it in"),
    (
        "blueGreen: {activeService: ''}",
        ".blueGreen.activeService",
        "This rollout uses the same service for the active and preview services, but two different services are required.",
        "Name the Service",
    ),
    (
        "canary: {maxSurge: '0', maxUnavailable: 0}",
        ".canary.maxSurge",
        "MaxSurge and MaxUnavailable both can not be zero",
        "maxSurge: 1",
    ),
    (
        "blueGreen: {activeService: a, scaleDownDelayRevisionLimit: 11}",
        ".blueGreen.scaleDownDelayRevisionLimit",
        "This rollout's revision history limit can not be smaller than the rollout's scale down limit",
        "raise revisionHistoryLimit",
    ),
    ("blueGreen: {activeService: a, steps: []}", ".blueGreen.steps", "unknown field 'steps'", "a field of canary"),
    (
        "blueGreen: {activeService: a, analysis: {}}",
        ".blueGreen.analysis",
        "unknown field 'analysis'",
        "prePromotionAnalysis",
    ),
    ("canary: {activeService: a}", ".canary.activeService", "unknown field 'activeService'", "a field of blueGreen"),
    ("canary: {maxsurge: 1}", ".canary.maxsurge", "unknown field 'maxsurge'", "Did you mean maxSurge?"),
    ("canary: {wibble: 1}", ".canary.wibble", "unknown field 'wibble'", "or leave it out"),
    ("canary: {experiments: []}", ".canary.experiments", "unknown field 'experiments'", "- experiment: {…}"),
    (
        "canary: {replicaProgressThreshold: {type: Half, value: 1}}",
        ".canary.replicaProgressThreshold.type",
        "'Half' is none of the choices",
        "Percent, Pod",
    ),
    (
        "canary: {canaryMetadata: {labels: {weight: 10}}}",
        ".canary.canaryMetadata.labels.weight",
        "text must stand here, not '10'",
        "quotes",
    ),
    ("canary: [steps]", ".canary", "a mapping must stand here, not \"['steps']\"", "key: value"),
    ("canary: {analysis: {}}", ".canary.analysis.templates", "an analysis needs at least one template", "templateName"),
    (
        "canary: {analysis: {templateName: x, templates: [{templateName: x}]}}",
        ".canary.analysis.templateName",
        "unknown field 'templateName'",
        "Write templates:",
    ),
    (
        "canary: {analysis: {templates: [{name: x}]}}",
        ".canary.analysis.templates[0].name",
        "unknown field 'name'",
        "Write templateName",
    ),
    (
        "canary: {analysis: {templates: [{templateName: x}], args: [{name: a, valueFrom: {fieldRef: {fieldPath: metadata.uuid}}}]}}",
        ".canary.analysis.args[0].valueFrom.fieldRef.fieldPath",
        "Analyses arguments must refer to valid object metadata supported by downwardAPI",
        "metadata.namespace",
    ),
    (
        "canary: {steps: [{analysis: {templates: [{templateName: x}], args: [{name: a, valueFrom:"
        " {fieldRef: {fieldPath: \"metadata.labels['a b']\"}}}]}}]}",
        ".canary.steps[0].analysis.args[0].valueFrom.fieldRef.fieldPath",
        "Analyses arguments must refer to valid object metadata supported by downwardAPI",
        "metadata.labels",
    ),
    (
        "canary: {analysis: {templates: [{templateName: x}], args: [{name: a, valueFrom: {podTemplateHashValue: Newest}}]}}",
        ".canary.analysis.args[0].valueFrom.podTemplateHashValue",
        "podTemplateHashValue is 'Newest'",
        "Stable or Latest",
    ),
]

SPECS: list[tuple[dict[str, Any], str, str, str]] = [
    ({"replicas": -1}, "replicas", "must be greater than or equal to 0", "0 or more"),
    ({"minReadySeconds": 600}, "progressDeadlineSeconds", "must be greater than minReadySeconds", "Write 1200"),
    ({"selector": None}, "selector", "Rollout has missing field '.spec.selector'", "matchLabels"),
    ({"selector": {}}, "selector", "empty selector is invalid for deployment", "matchLabels"),
    (
        {"selector": {"matchLabels": {"app": "other"}}},
        "template.metadata.labels",
        "`selector` does not match template `labels`",
        "every label",
    ),
    (
        {"selector": {"matchExpressions": [{"key": "app", "operator": "Is"}]}},
        "selector.matchExpressions[0].operator",
        "'Is' is none of the choices",
        "NotIn",
    ),
    (
        {"template": {"metadata": {"labels": {"app": "checkout"}}}},
        "template.spec.containers",
        "Required value",
        "at least one container",
    ),
    (
        {"template": {"metadata": {"labels": {"app": "checkout"}}, "spec": {"containers": [{"name": "web"}]}}},
        "template.spec.containers[0].image",
        "Required value",
        "Name the image",
    ),
    (
        {
            "template": {
                "metadata": {"labels": {"app": "checkout"}},
                "spec": {"containers": [{"name": "web", "image": "a"}, {"name": "web", "image": "b"}]},
            }
        },
        "template.spec.containers[1].name",
        "Duplicate value: 'web'",
        "of its own",
    ),
    (
        {
            "template": {
                "metadata": {"labels": {"app": "checkout"}},
                "spec": {"restartPolicy": "Never", "containers": [{"name": "web", "image": "a"}]},
            }
        },
        "template.spec.restartPolicy",
        "supported values: Always",
        "Leave it out",
    ),
    (
        {"workloadRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}, "selector": None},
        "template",
        "template must be empty for workload reference rollout",
        "Leave template out",
    ),
    (
        {"workloadRef": {"kind": "Deployment", "name": "web", "scaleDown": "sometimes"}, "template": None},
        "workloadRef.scaleDown",
        "'sometimes' is none of the choices",
        "progressively",
    ),
    ({"experiments": [{"name": "a"}]}, "experiments", "unknown field 'experiments'", "- experiment: {…}"),
    ({"replica": 3}, "replica", "unknown field 'replica'", "Did you mean replicas?"),
]


@pytest.mark.parametrize("strategy", VALID)
def test_what_argo_takes_is_taken(strategy: str) -> None:
    assert told(rollout(strategy)) == []


@pytest.mark.parametrize(("strategy", "place", "sentence", "mend"), BROKEN)
def test_a_broken_strategy_is_told_with_its_place_and_its_mend(
    strategy: str, place: str, sentence: str, mend: str
) -> None:
    is_told(told(rollout(strategy)), f"spec.strategy{place}", sentence, mend)


@pytest.mark.parametrize(("spec", "place", "sentence", "mend"), SPECS)
def test_a_broken_spec_is_told_with_its_place_and_its_mend(
    spec: dict[str, Any], place: str, sentence: str, mend: str
) -> None:
    is_told(told(rollout("canary: {}", **spec)), f"spec.{place}", sentence, mend)


def test_a_selector_of_expressions_is_evaluated_too() -> None:
    inside = {"matchExpressions": [{"key": "app", "operator": "In", "values": ["checkout", "billing"]}]}
    assert told(rollout("canary: {}", selector=inside)) == []
    outside = {"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["checkout"]}]}
    [(_, place, _, _)] = told(rollout("canary: {}", selector=outside))
    assert place == "spec.template.metadata.labels"


def test_the_empty_template_that_a_cluster_shows_beside_a_workload_reference_is_none() -> None:
    ref = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    empty = {"metadata": {"creationTimestamp": "2026-01-01T00:00:00Z"}, "spec": {"containers": None}}
    assert told(rollout("canary: {}", workloadRef=ref, template=empty, selector=None)) == []


@pytest.mark.parametrize(
    ("strategy", "place", "sentence", "mend"),
    [
        (
            "canary: {trafficRouting: {managedRoutes: []}}",
            "canary.trafficRouting",
            "trafficRouting names no router",
            "such as nginx",
        ),
        (
            "canary: {steps: [{setWeight: 10}, {analysis: {templates: [{templateName: x}]}, setCanaryScale: {weight: 5}}],"
            " trafficRouting: {plugins: {a/b: {}}}}",
            "canary.steps[1]",
            "waits for only one of them",
            "- analysis:",
        ),
        (
            "canary: {steps: [{analysis: {templates: [{templateName: x}]}}]}",
            "canary.steps[0].analysis",
            "before there is a canary pod",
            "setWeight above 0",
        ),
        (
            "canary: {steps: [{setWeight: 50}], analysis: {startingStep: 1, templates: [{templateName: x}]}}",
            "canary.analysis.startingStep",
            "this analysis never runs",
            "from 0 to 0",
        ),
        (
            "blueGreen: {activeService: a, autoPromotionEnabled: false, autoPromotionSeconds: 5}",
            "blueGreen.autoPromotionSeconds",
            "has no effect",
            "be true",
        ),
        (
            "canary: {maxSurge: '5'}",
            "canary.maxSurge",
            "in quotes this is 5%, not 5 pods",
            "Write 5 or 5%",
        ),
        (
            "blueGreen: {activeService: a, previewReplicaCount: 1}",
            "blueGreen.previewReplicaCount",
            "no previewService",
            "previewService",
        ),
    ],
)
def test_what_works_but_is_hardly_meant_is_a_warning(strategy: str, place: str, sentence: str, mend: str) -> None:
    [(severity, where, words, fix)] = told(rollout(strategy))
    assert (severity, where) == (Severity.WARNING, f"spec.strategy.{place}")
    assert sentence in words
    assert mend in fix


def test_weights_that_few_pods_cannot_make_are_a_warning_with_what_they_would_be() -> None:
    strategy = "canary: {steps: [{setWeight: 10}, {setWeight: 25}, {setWeight: 100}]}"
    assert told(rollout(strategy, replicas=2)) == [
        (
            Severity.WARNING,
            "spec.strategy.canary.steps[0].setWeight",
            "10% would really be 33.33% with 2 replicas",
            "Give it more replicas, or put a router in front of it with trafficRouting.",
        ),
    ]
    assert "with 1 replica" in told(rollout(strategy, replicas=1))[0][2]


def test_a_weight_for_which_argo_finds_no_split_leaves_the_canary_empty_and_is_told_so() -> None:
    """`approximateWeightedCanaryStableReplicaCounts` of argo-rollouts: 4.5 pods are a tie, and 5 would leave stable none."""
    strategy = "canary: {maxSurge: 0, maxUnavailable: 1, steps: [{setWeight: 60}, {setWeight: 90}]}"
    [(severity, place, sentence, _)] = told(rollout(strategy, replicas=5))
    assert (severity, place) == (Severity.WARNING, "spec.strategy.canary.steps[1].setWeight")
    assert sentence == "90% would really be 0% with 5 replicas"


@pytest.mark.parametrize("spec", [{"replicas": None}, {"replicas": 0}, {"replicas": 10**9}])
def test_where_the_number_of_pods_is_open_nothing_is_said_about_weights(spec: dict[str, Any]) -> None:
    assert told(rollout("canary: {steps: [{setWeight: 33}]}", **spec)) == []


def test_a_weight_or_limit_that_is_wrong_already_is_not_doubted_too() -> None:
    found = told(rollout("canary: {maxSurge: x, steps: [{setWeight: 5}]}", replicas=1))
    assert [severity for severity, *_ in found] == [Severity.ERROR]
    found = told(rollout("canary: {steps: [{setWeight: 500}]}", replicas=1))
    assert [severity for severity, *_ in found] == [Severity.ERROR]
