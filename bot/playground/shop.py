"""The shop that the demo ships to: its objects as a team would have written them, and how each version behaves.

Behaviour belongs to versions, so that v1.5.0 is bad in every demo, whoever deploys it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.playground.kubernetes import Behaviour, Outcome
from bot.playground.prometheus import Scenario, VersionHealth

NAMESPACE = "shop"
HOST = "shop.example.com"
IMAGE = "ghcr.io/acme/checkout"
RUNNING = "v1.4.1"
GOOD = "v1.4.2"
FAILING = "v1.5.0"
SLOW = "v1.5.1"
CRASHING = "v1.6.0"
SILENT = "v1.7.0"

Thing = dict[str, Any]

VERSIONS: Mapping[str, VersionHealth] = {
    RUNNING: VersionHealth(success_rate=0.9994, p95_ms=208),
    GOOD: VersionHealth(success_rate=0.9995, p95_ms=212),
    FAILING: VersionHealth(success_rate=0.93, p95_ms=216),
    SLOW: VersionHealth(success_rate=0.9993, p95_ms=412),
    CRASHING: VersionHealth(),
    SILENT: VersionHealth(reports=False),
}
"""v1.5.0 answers too many requests with errors, v1.5.1 is slow, v1.6.0 crashes at its start, v1.7.0 has no metrics."""


@dataclass(frozen=True, slots=True)
class Shop:
    """One way to run the shop.

    workload: the kind of the object that its pods come from, and name its name. objects: everything that is in the cluster
    before Leadsman touches it. configuration: Leadsman's own, by the address of Prometheus; templates: the file beside it in
    `analysis/`, empty where the templates lie in the cluster.
    """

    workload: str
    objects: Callable[[], tuple[Thing, ...]]
    configuration: Callable[[str], str]
    templates: str = ""
    name: str = "checkout"


def health() -> Scenario:
    """How every version does, with the traffic of a small shop."""
    return Scenario(versions=VERSIONS, requests_per_second=60.0)


def behaviours(pod_seconds: float) -> Mapping[str, Behaviour]:
    """How the pods of each image start: after `pod_seconds`, or not at all."""
    outcomes = {CRASHING: Outcome.CRASH_LOOP}
    return {
        f"{IMAGE}:{version}": Behaviour(ready_after=pod_seconds, outcome=outcomes.get(version, Outcome.READY))
        for version in VERSIONS
    }


def objects() -> tuple[Thing, ...]:
    """Everything that is in the cluster before Leadsman touches it."""
    return (
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}},
        _deployment(),
        service("checkout", {"app": "checkout", "track": "stable"}),
        service("checkout-canary", {"app": "checkout", "track": "canary"}),
        ingress("checkout", HOST),
    )


def template(labels: Mapping[str, str]) -> Thing:
    """The pod template of the version that runs."""
    container = {
        "name": "web",
        "image": f"{IMAGE}:{RUNNING}",
        "ports": [{"name": "http", "containerPort": 8080}],
        "readinessProbe": {"httpGet": {"path": "/ready", "port": "http"}},
        "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}},
    }
    return {"metadata": {"labels": dict(labels)}, "spec": {"containers": [container]}}


def _deployment() -> Thing:
    labels = {"app": "checkout", "track": "stable"}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "checkout", "namespace": NAMESPACE, "labels": {"app": "checkout"}},
        "spec": {
            "replicas": 10,
            "selector": {"matchLabels": labels},
            "template": template(labels),
        },
    }


def service(name: str, selector: Mapping[str, str]) -> Thing:
    """A Service before pods of the shop."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": NAMESPACE, "labels": {"app": "checkout"}},
        "spec": {
            "selector": dict(selector),
            "ports": [{"name": "http", "port": 80, "targetPort": "http"}],
        },
    }


def ingress(name: str, host: str) -> Thing:
    """The Ingress of a host, before the Service of the Ingress's name."""
    backend = {"service": {"name": name, "port": {"name": "http"}}}
    path = {"path": "/checkout", "pathType": "Prefix", "backend": backend}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"name": name, "namespace": NAMESPACE, "labels": {"app": "checkout"}},
        "spec": {"ingressClassName": "nginx", "rules": [{"host": host, "http": {"paths": [path]}}]},
    }


TEMPLATES = """\
apiVersion: argoproj.io/v1alpha1
kind: AnalysisTemplate
metadata:
  name: success-rate
  annotations: {leadsman.dev/units: "success-rate=ratio"}
spec:
  args:
    - name: pod-hash
  metrics:
    - name: success-rate
      interval: 1m
      count: 5
      failureLimit: 2
      successCondition: result[0] >= 0.99
      provider:
        prometheus:
          query: |
            sum(rate(http_requests_total{namespace="shop",app="checkout",pod_template_hash="{{args.pod-hash}}",status!~"5.."}[1m]))
            /
            sum(rate(http_requests_total{namespace="shop",app="checkout",pod_template_hash="{{args.pod-hash}}"}[1m]))
---
apiVersion: argoproj.io/v1alpha1
kind: AnalysisTemplate
metadata:
  name: latency-p95
  annotations: {leadsman.dev/units: "p95-latency=ms"}
spec:
  args:
    - name: pod-hash
  metrics:
    - name: p95-latency
      interval: 1m
      count: 5
      failureLimit: 2
      successCondition: result[0] <= 300
      provider:
        prometheus:
          query: |
            1000 * histogram_quantile(0.95, sum by (le) (rate(
              http_request_duration_seconds_bucket{namespace="shop",app="checkout",pod_template_hash="{{args.pod-hash}}"}[1m])))
"""
"""The team's AnalysisTemplates. Each measures the pods of one template hash, so that the chart can draw both versions."""


def configuration(prometheus: str) -> str:
    """Leadsman's configuration for the shop, as its team keeps it: `leadsman.yaml`. Its templates lie in `analysis/`."""
    return f"""\
slack: {{channel: "#deploys"}}
clusters:
  demo: {{prometheus: {prometheus}}}
roles:
  deployer: ["*"]
  approver: ["@sre"]
strategies:
  careful:
    canary:
      progressDeadlineSeconds: 180
      steps:
        - setWeight: 10
        - pause: {{duration: 3m}}
        - analysis:
            templates: [{{templateName: success-rate}}, {{templateName: latency-p95}}]
            args: [{{name: pod-hash, valueFrom: {{podTemplateHashValue: Latest}}}}]
        - gate: {{approvals: 1, from: [approver], deadline: 4h, onDeadline: abort}}
        - setWeight: 50
        - pause: {{duration: 3m}}
        - analysis:
            templates: [{{templateName: success-rate}}, {{templateName: latency-p95}}]
            args: [{{name: pod-hash, valueFrom: {{podTemplateHashValue: Latest}}}}]
apps:
  checkout:
    image: {IMAGE}
    environments:
      prod:
        cluster: demo
        namespace: {NAMESPACE}
        workload: {{deployment: checkout, container: web}}
        traffic: {{nginx: {{ingress: checkout, stableService: checkout, canaryService: checkout-canary}}}}
        strategy: careful
analysisTemplates: ./analysis/*.yaml
"""


PLAIN = Shop("Deployment", objects, configuration, TEMPLATES)
"""The shop as a Deployment, walked by Leadsman itself."""
