"""Documents for lint's tests: valid ones to begin from, and what is said about them as plain tuples."""

from collections.abc import Sequence
from copy import deepcopy
from typing import Any

from ruamel.yaml import YAML

from strategies.lint import Finding, Severity, lint
from strategies.lint import rollout as rollout_in_cluster
from strategies.problem import SpecProblem

Said = tuple[Severity, str, str, str]
"""How bad, where, what, and the mend."""

ROLLOUT = """
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {name: checkout, namespace: shop}
spec:
  replicas: 10
  selector: {matchLabels: {app: checkout}}
  template:
    metadata: {labels: {app: checkout}}
    spec: {containers: [{name: web, image: "ghcr.io/acme/checkout:v1"}]}
"""

TEMPLATE = """
apiVersion: argoproj.io/v1alpha1
kind: AnalysisTemplate
metadata:
  name: success-rate
  namespace: shop
  annotations: {leadsman.dev/units: "success-rate=ratio"}
spec:
  args: [{name: service}, {name: least, value: "0.95"}]
  metrics:
    - name: success-rate
      interval: 1m
      count: 5
      failureLimit: 2
      successCondition: result[0] >= {{args.least}}
      provider:
        prometheus:
          query: |
            sum(rate(http_requests_total{app="{{args.service}}",code!~"5.."}[2m]))
            / sum(rate(http_requests_total{app="{{args.service}}"}[2m]))
"""

EXPERIMENT = """
apiVersion: argoproj.io/v1alpha1
kind: Experiment
metadata: {name: compare, namespace: shop}
spec:
  duration: 20m
  templates:
    - name: baseline
      selector: {matchLabels: {app: baseline}}
      template:
        metadata: {labels: {app: baseline}}
        spec: {containers: [{name: web, image: "ghcr.io/acme/checkout:v1"}]}
  analyses: [{name: rate, templateName: success-rate, args: [{name: service, value: baseline}]}]
"""

ROUTED = "canary: {canaryService: c, stableService: s, trafficRouting: {nginx: {stableIngress: i}}"
MESH = "canary: {canaryService: c, stableService: s, trafficRouting: {managedRoutes: [{name: r}], istio: {virtualService: {name: v}}}"
ALB = "canary: {canaryService: c, stableService: s, trafficRouting: {managedRoutes: [{name: r}], alb: {ingress: i, servicePort: 80}}"
"""Canaries with a router, open at the end."""


def read(text: str) -> Any:
    """The value of a YAML text."""
    return YAML(typ="safe", pure=True).load(text)


def rollout(strategy: str, **spec: Any) -> dict[str, Any]:
    """A Rollout with this strategy; None takes a field of its spec away."""
    document: dict[str, Any] = read(ROLLOUT)
    document["spec"]["strategy"] = read(strategy)
    document["spec"] = {key: value for key, value in (document["spec"] | spec).items() if value is not None}
    return document


def template(metric: str = "", annotations: Any = None, **spec: Any) -> dict[str, Any]:
    """A template whose metric has these fields too; None takes a field away."""
    document: dict[str, Any] = read(TEMPLATE)
    changed = document["spec"]["metrics"][0] | (read(metric) if metric else {})
    document["spec"]["metrics"] = [{key: value for key, value in changed.items() if value is not None}]
    document["spec"] = {key: value for key, value in (document["spec"] | spec).items() if value is not None}
    if annotations is not None:
        document["metadata"]["annotations"] = annotations
    return document


def experiment(changes: str) -> dict[str, Any]:
    """An Experiment whose spec has these fields too; null takes a field away."""
    document: dict[str, Any] = read(EXPERIMENT)
    document["spec"] = {key: value for key, value in (document["spec"] | read(changes)).items() if value is not None}
    return document


def service(name: str, **labels: str) -> dict[str, Any]:
    """A Service that selects these labels."""
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": {"selector": labels}}


def ingress(name: str, backend: str) -> dict[str, Any]:
    """An Ingress that sends everything to one Service."""
    path = {"path": "/", "pathType": "Prefix", "backend": {"service": {"name": backend, "port": {"number": 80}}}}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"name": name},
        "spec": {"rules": [{"http": {"paths": [path]}}]},
    }


def said(found: Sequence[Finding]) -> list[Said]:
    """Findings as plain tuples."""
    return [(one.severity, one.problem.place, one.problem.sentence, one.problem.fix) for one in found]


def in_cluster(
    thing: Any, templates: Sequence[Any], services: Sequence[Any], ingresses: Sequence[Any], **more: Any
) -> tuple[SpecProblem, ...]:
    """What keeps a Rollout in a cluster from being rolled out: the errors alone."""
    found = rollout_in_cluster(thing, templates, services, ingresses, **more)
    return tuple(one.problem for one in found if one.severity is Severity.ERROR)


def told(*documents: Any) -> list[Said]:
    """What is said about documents that belong together, which stay as they were."""
    before = deepcopy(documents)
    found = said(lint(documents))
    assert documents == before
    return found


def is_told(found: Sequence[Said], place: str, sentence: str, mend: str) -> None:
    """Fail unless an error with this sentence stands at this place, and its mend has these words."""
    fixes = [fix for severity, *said, fix in found if severity is Severity.ERROR and said == [place, sentence]]
    assert fixes, found
    assert any(mend in fix for fix in fixes), fixes
