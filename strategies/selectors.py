"""Kubernetes label selectors, evaluated: which pods a Deployment owns and a Service sends traffic to.

The rules are the API's own (`metav1.LabelSelector`, and `Service.spec.selector`); `In`, `NotIn`, `Exists` and
`DoesNotExist` are all the operators there are, and both `NotIn` and `!=` also match objects without the label.
"""

from collections.abc import Mapping
from typing import Any

Labels = Mapping[str, str]


def matches(selector: Mapping[str, Any], labels: Labels) -> bool:
    """Whether a LabelSelector (`matchLabels`, `matchExpressions`) matches. An empty one matches everything."""
    exact: Mapping[str, str] = selector.get("matchLabels") or {}
    return all(labels.get(key) == value for key, value in exact.items()) and all(
        _holds(expression, labels) for expression in selector.get("matchExpressions") or ()
    )


def selects(service: Mapping[str, Any], labels: Labels) -> bool:
    """Whether a Service sends traffic to pods with these labels. One without a selector selects nothing by itself."""
    selector = service_selector(service)
    return bool(selector) and all(labels.get(key) == value for key, value in selector.items())


def service_selector(service: Mapping[str, Any]) -> Labels:
    """The labels a Service selects on; empty where its endpoints are kept by hand."""
    return (service.get("spec") or {}).get("selector") or {}


def keys(selector: Mapping[str, Any]) -> frozenset[str]:
    """The label names a LabelSelector looks at."""
    expressions = selector.get("matchExpressions") or ()
    return frozenset(selector.get("matchLabels") or {}) | {expression["key"] for expression in expressions}


def query(selector: Mapping[str, Any]) -> str:
    """A LabelSelector as the text of a `labelSelector=` query."""
    exact = [f"{key}={value}" for key, value in sorted((selector.get("matchLabels") or {}).items())]
    return ",".join([*exact, *(_as_text(expression) for expression in selector.get("matchExpressions") or ())])


def _holds(expression: Mapping[str, Any], labels: Labels) -> bool:
    """One requirement. An operator that no server accepts matches nothing."""
    key, values = expression["key"], expression.get("values") or ()
    match expression["operator"]:
        case "In":
            return key in labels and labels[key] in values
        case "NotIn":
            return key not in labels or labels[key] not in values
        case "Exists":
            return key in labels
        case "DoesNotExist":
            return key not in labels
    return False


def _as_text(expression: Mapping[str, Any]) -> str:
    key, values = expression["key"], ",".join(expression.get("values") or ())
    match expression["operator"]:
        case "Exists":
            return str(key)
        case "DoesNotExist":
            return f"!{key}"
        case operator:
            return f"{key} {str(operator).lower()} ({values})"
