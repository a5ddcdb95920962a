"""Selectors, labels and what pods run: Kubernetes' rules, which only Argo's controller applies to a Rollout."""

from fractions import Fraction
from typing import Any

import pytest

from strategies.lint import Severity
from strategies.lint.names import is_qualified
from strategies.lint.quantity import amount
from tests.strategies.lint.documents import experiment, is_told, read, rollout, told

LABELS = {"app": "checkout"}

GOOD = [
    "{}",
    "{ports: [{containerPort: 8080, name: http, protocol: TCP}, {containerPort: 53, protocol: UDP}]}",
    "{env: [{name: A, value: x}, {name: B, valueFrom: {fieldRef: {fieldPath: metadata.name}}}, {name: my.var}]}",
    "{resources: {limits: {cpu: 1, memory: 256Mi}, requests: {cpu: 500m, memory: 268435456, example.com/gpu: '2'}}}",
    "{resources: {limits: {cpu: 1500m}, requests: {cpu: 1.5}}}",
    "{livenessProbe: {httpGet: {port: http, path: /}}, readinessProbe: {exec: {command: [a]}}, imagePullPolicy: Always}",
    "{volumeMounts: [{name: config, mountPath: /etc/a}, {name: config, mountPath: /etc/b}]}",
    "{securityContext: {privileged: true}}",
]

BAD = [
    ("{name: Web}", "name", "'Web' is no name here", "small letters"),
    ("{name: web_1}", "name", "'web_1' is no name here", "small letters"),
    ("{image: ' a '}", "image", "must not have leading or trailing whitespace", "Write a"),
    ("{image: ''}", "image", "Required value", "Name the image"),
    ("{imagePullPolicy: Sometimes}", "imagePullPolicy", "supported values: Always, IfNotPresent, Never", "one of them"),
    ("{ports: [{name: http}]}", "ports[0].containerPort", "must be between 1 and 65535, inclusive", "number"),
    ("{ports: [{containerPort: 65536}]}", "ports[0].containerPort", "must be between 1 and 65535, inclusive", "number"),
    ("{ports: [{containerPort: 1, name: HTTP}]}", "ports[0].name", "'HTTP' is no name of a port", "such as http"),
    ("{ports: [{containerPort: 1, name: '80'}]}", "ports[0].name", "'80' is no name of a port", "such as http"),
    (
        "{ports: [{containerPort: 1, name: a}, {containerPort: 2, name: a}]}",
        "ports[1].name",
        "Duplicate value: 'a'",
        "of its own",
    ),
    ("{ports: [{containerPort: 1, protocol: tcp}]}", "ports[0].protocol", "supported values: TCP, UDP, SCTP", "one of"),
    ("{env: [{value: x}]}", "env[0].name", "Required value", "Name the variable"),
    ("{env: [{name: A=B}]}", "env[0].name", "'A=B' is no name of a variable", "letters"),
    (
        "{env: [{name: A, value: x, valueFrom: {secretKeyRef: {name: s, key: k}}}]}",
        "env[0].valueFrom",
        "may not be specified when `value` is not empty",
        "Keep one",
    ),
    ("{env: [{name: A, valueFrom: {}}]}", "env[0].valueFrom", "must have exactly one source", "secretKeyRef"),
    ("{volumeMounts: [{name: data, mountPath: /a}]}", "volumeMounts[0].name", "Not found: 'data'", "under volumes"),
    ("{volumeMounts: [{name: config}]}", "volumeMounts[0].mountPath", "Required value", "in the container"),
    (
        "{volumeMounts: [{name: config, mountPath: /a}, {name: config, mountPath: /a}]}",
        "volumeMounts[1].mountPath",
        "must be unique",
        "one volume a path",
    ),
    ("{resources: {requests: {memory: lots}}}", "resources.requests.memory", "'lots' is no quantity", "256Mi"),
    ("{resources: {limits: {cpu: -1}}}", "resources.limits.cpu", "must be greater than or equal to 0", "0 or more"),
    (
        "{resources: {limits: {cpu: 1}, requests: {cpu: 1001m}}}",
        "resources.requests.cpu",
        "must be less than or equal to cpu limit of 1",
        "raise the limit",
    ),
    ("{livenessProbe: {periodSeconds: 5}}", "livenessProbe", "must specify a handler type", "httpGet"),
    (
        "{startupProbe: {exec: {}, tcpSocket: {port: 1}}}",
        "startupProbe",
        "may not specify more than 1 handler type",
        "Keep one of exec, tcpSocket",
    ),
]


def with_container(changes: str, **spec: Any) -> dict[str, Any]:
    """A Rollout whose container has these fields too."""
    container = {"name": "web", "image": "ghcr.io/acme/checkout:v1"} | read(changes)
    pods = {"containers": [container], "volumes": [{"name": "config", "configMap": {"name": "c"}}]} | spec
    return rollout("canary: {}", template={"metadata": {"labels": LABELS}, "spec": pods})


@pytest.mark.parametrize("changes", GOOD)
def test_a_container_that_kubernetes_takes_is_taken(changes: str) -> None:
    assert told(with_container(changes)) == []


@pytest.mark.parametrize(("changes", "place", "sentence", "mend"), BAD)
def test_a_container_that_no_pod_can_have_is_told_before_the_controller_does(
    changes: str, place: str, sentence: str, mend: str
) -> None:
    is_told(told(with_container(changes)), f"spec.template.spec.containers[0].{place}", sentence, mend)


def test_init_containers_and_volumes_have_names_of_their_own() -> None:
    found = told(
        with_container("{}", initContainers=[{"name": "web", "image": "a"}], volumes=[{"name": "v"}, {"name": "v"}])
    )
    is_told(found, "spec.template.spec.initContainers[0].name", "Duplicate value: 'web'", "of its own")
    is_told(found, "spec.template.spec.volumes[1].name", "Duplicate value: 'v'", "of its own")


def test_pods_of_a_rollout_have_no_end() -> None:
    found = told(with_container("{}", activeDeadlineSeconds=60))
    is_told(
        found, "spec.template.spec.activeDeadlineSeconds", "activeDeadlineSeconds in ReplicaSet is not Supported", ""
    )


@pytest.mark.parametrize(
    ("selector", "place", "sentence"),
    [
        ("{matchLabels: {app: a b}}", "matchLabels.app", "'a b' is no value of a label"),
        ("{matchLabels: {app: checkout, a b: x}}", "matchLabels.a b", "'a b' is no name of a label"),
        (
            "{matchExpressions: [{key: /app, operator: Exists}]}",
            "matchExpressions[0].key",
            "'/app' is no name of a label",
        ),
        (
            "{matchExpressions: [{key: app, operator: Exists, values: [checkout]}]}",
            "matchExpressions[0].values",
            "may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
        ),
        (
            "{matchExpressions: [{key: other, operator: NotIn}]}",
            "matchExpressions[0].values",
            "must be specified when `operator` is 'In' or 'NotIn'",
        ),
        (
            "{matchExpressions: [{key: app, operator: In, values: [checkout, -x]}]}",
            "matchExpressions[0].values[1]",
            "'-x' is no value of a label",
        ),
    ],
)
@pytest.mark.parametrize("beside", [{}, {"workloadRef": {"kind": "Deployment", "name": "web"}, "template": None}])
def test_a_selector_that_no_server_evaluates_is_told(
    selector: str, place: str, sentence: str, beside: dict[str, Any]
) -> None:
    is_told(told(rollout("canary: {}", selector=read(selector), **beside)), f"spec.selector.{place}", sentence, "")


def test_labels_and_annotations_of_pods_must_be_some() -> None:
    metadata = {
        "labels": LABELS | {"v": "1.0 beta", "x" * 64: "y"},
        "annotations": {"Acme.io/Note": "any text", "a b": "c"},
    }
    template = {"metadata": metadata, "spec": {"containers": [{"name": "web", "image": "a"}]}}
    found = told(rollout("canary: {}", template=template))
    place = "spec.template.metadata"
    assert {where for severity, where, _, _ in found if severity is Severity.ERROR} == {
        f"{place}.labels.v",
        f"{place}.labels.{'x' * 64}",
        f"{place}.annotations.a b",
    }


def test_an_experiment_s_pods_are_looked_at_alike() -> None:
    found = told(experiment("{templates: [{name: a, selector: {matchLabels: {app: x}}, template: {metadata: {labels:"
                            " {app: x}}, spec: {containers: [{name: web, image: a, ports: [{}]}]}}}]}"))  # fmt: skip
    place = "spec.templates[0].template.spec.containers[0].ports[0].containerPort"
    is_told(found, place, "must be between 1 and 65535, inclusive", "number")


@pytest.mark.parametrize("name", ["app", "A.b_c-1", "example.com/app", "a" * 63, f"{'a' * 63}.b/x"])
def test_a_name_with_or_without_a_domain_is_one(name: str) -> None:
    assert is_qualified(name)


@pytest.mark.parametrize(
    "name", ["", "/app", "app/", "a/b/c", "Example.com/app", "a b", "-a", "a-", "a" * 64, "a..b/c"]
)
def test_what_is_no_name_is_none(name: str) -> None:
    assert not is_qualified(name)


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ("2", Fraction(2)),
        (2, Fraction(2)),
        (0.5, Fraction(1, 2)),
        (".5", Fraction(1, 2)),
        ("1.", Fraction(1)),
        ("500m", Fraction(1, 2)),
        ("-3n", Fraction(-3, 10**9)),
        ("1k", Fraction(1000)),
        ("2Ki", Fraction(2048)),
        ("1.5Gi", Fraction(3, 2) * 1024**3),
        ("1e3", Fraction(1000)),
        ("1E-1", Fraction(1, 10)),
        ("1E", Fraction(10**18)),
        ("0.1n", Fraction(1, 10**9)),
        ("-1.0000000001", Fraction(-1_000_000_001, 10**9)),
    ],
)
def test_an_amount_is_read_exactly(written: object, wanted: Fraction) -> None:
    assert amount(written) == wanted


@pytest.mark.parametrize(
    "written", ["", "lots", "1 Gi", "1K", "1KiB", "1.2.3", ".", "--1", "5Mi ", "0x10", None, True, []]
)
def test_what_is_no_amount_is_none(written: object) -> None:
    assert amount(written) is None
