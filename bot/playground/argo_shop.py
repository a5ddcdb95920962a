"""The same shop in the hands of Argo Rollouts: as a canary behind ingress-nginx, and as blue/green with a preview.

Its plan and its AnalysisTemplates lie in the cluster; Leadsman's configuration only names the Rollout and whom its pauses ask.
"""

from bot.playground.shop import HOST, IMAGE, NAMESPACE, Shop, Thing, ingress, service, template

PREVIEW_HOST = "preview.shop.example.com"
"""Where the team tries a preview: its own requests go there."""

_POD_HASH = {"name": "pod-hash", "valueFrom": {"podTemplateHashValue": "Latest"}}
_LABELS = {"app": "checkout"}
_UNITS = {"success-rate": "success-rate=ratio", "latency-p95": "p95-latency=ms"}


def _rollout(strategy: Thing) -> Thing:
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Rollout",
        "metadata": {"name": "checkout", "namespace": NAMESPACE, "labels": _LABELS},
        "spec": {
            "replicas": 10,
            "selector": {"matchLabels": _LABELS},
            "strategy": strategy,
            "template": template(_LABELS),
        },
    }


def checks(*templates: str) -> Thing:
    """An analysis by templates of the team's."""
    units = ",".join(_UNITS[name] for name in templates)
    return {
        "templates": [{"templateName": name} for name in templates],
        "args": [_POD_HASH],
        "analysisRunMetadata": {"annotations": {"leadsman.dev/units": units}},
    }


def _canary() -> tuple[Thing, ...]:
    both = {"analysis": checks("success-rate", "latency-p95")}
    steps = [
        {"setWeight": 10},
        {"pause": {"duration": "1m"}},
        both,
        {"pause": {}},
        {"setWeight": 50},
        {"pause": {"duration": "1m"}},
        both,
    ]
    strategy = {
        "canary": {
            "stableService": "checkout",
            "canaryService": "checkout-canary",
            "trafficRouting": {"nginx": {"stableIngress": "checkout"}},
            "steps": steps,
        }
    }
    return (
        _namespace(),
        *_templates(),
        service("checkout", _LABELS),
        service("checkout-canary", _LABELS),
        ingress("checkout", HOST),
        _rollout(strategy),
    )


def _blue_green() -> tuple[Thing, ...]:
    strategy = {
        "blueGreen": {
            "activeService": "checkout",
            "previewService": "checkout-preview",
            "autoPromotionEnabled": False,
            "prePromotionAnalysis": checks("success-rate"),
            "postPromotionAnalysis": checks("success-rate", "latency-p95"),
        }
    }
    return (
        _namespace(),
        *_templates(),
        service("checkout", _LABELS),
        service("checkout-preview", _LABELS),
        ingress("checkout", HOST),
        ingress("checkout-preview", PREVIEW_HOST),
        _rollout(strategy),
    )


def _namespace() -> Thing:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}


def _templates() -> tuple[Thing, ...]:
    """The team's AnalysisTemplates in the cluster. Each measures the pods of one template hash.

    They name no address: Argo's controller has one for all of them (ARGO_ROLLOUTS_PROMETHEUS_ADDRESS).
    """
    pods = f'namespace="{NAMESPACE}",app="checkout",pod_template_hash="{{{{args.pod-hash}}}}"'
    served = f'sum(rate(http_requests_total{{{pods},status!~"5.."}}[1m]))'
    success = f"{served} / sum(rate(http_requests_total{{{pods}}}[1m]))"
    latency = f"1000 * histogram_quantile(0.95, sum by (le) (rate(http_request_duration_seconds_bucket{{{pods}}}[1m])))"
    return (
        _template("success-rate", _metric("success-rate", "result[0] >= 0.99", success)),
        _template("latency-p95", _metric("p95-latency", "result[0] <= 300", latency)),
    )


def _metric(name: str, condition: str, query: str) -> Thing:
    return {
        "name": name,
        "initialDelay": "1m",
        "interval": "30s",
        "count": 5,
        "failureLimit": 2,
        "successCondition": condition,
        "provider": {"prometheus": {"query": query}},
    }


def _template(name: str, metric: Thing) -> Thing:
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "AnalysisTemplate",
        "metadata": {"name": name, "namespace": NAMESPACE, "annotations": {"leadsman.dev/units": _UNITS[name]}},
        "spec": {"args": [{"name": "pod-hash"}], "metrics": [metric]},
    }


def configuration(prometheus: str) -> str:
    """Leadsman's configuration for the Rollout: `leadsman.yaml`."""
    return f"""\
slack: {{channel: "#deploys"}}
clusters:
  demo: {{prometheus: {prometheus}}}
roles:
  deployer: ["*"]
  approver: ["@sre"]
apps:
  checkout:
    image: {IMAGE}
    environments:
      prod:
        cluster: demo
        namespace: {NAMESPACE}
        workload: {{rollout: checkout, container: web}}
        gate: {{approvals: 1, from: [approver], deadline: 4h, onDeadline: abort}}
"""


CANARY = Shop("Rollout", _canary, configuration)
BLUE_GREEN = Shop("Rollout", _blue_green, configuration)
