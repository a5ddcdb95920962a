"""Selectors and the pod templates that they must match."""

from collections.abc import Mapping

from strategies.judge.document import Node
from strategies.lint.containers import check_containers
from strategies.lint.names import check_annotations, check_labels, check_selector
from strategies.selectors import matches


def check_pods(selector: Node, template: Node) -> None:
    """Kubernetes' rules for what makes ReplicaSets: a selector that its own pods match, and containers to run."""
    check_selector(selector)
    check_labels(template.get("metadata").get("labels"))
    check_annotations(template.get("metadata").get("annotations"))
    wanted, labels = selector.value, texts(template.get("metadata").get("labels"))
    if isinstance(wanted, Mapping) and not (wanted.get("matchLabels") or wanted.get("matchExpressions")):
        selector.problem("empty selector is invalid for deployment", "Write matchLabels with a label of the pods.")
    elif isinstance(wanted, Mapping) and _is_whole(selector) and not matches(wanted, labels):
        template.get("metadata").get("labels").problem(
            "`selector` does not match template `labels`",
            "Give the pod template every label that selector.matchLabels asks for.",
        )
    check_containers(template.get("spec"))


def texts(node: Node) -> dict[str, str]:
    """The labels at this place; what is no text is left out."""
    return {key: text for key in node.all_keys() if isinstance(text := node.get(key).value, str)}


def _is_whole(selector: Node) -> bool:
    """Whether every requirement can be evaluated."""
    wrong = Node.root(selector.value)
    for item in wrong.get("matchExpressions").items():
        item.get("key").required_text()
        item.get("operator").required_text()
        for value in item.get("values").items():
            value.required_text()
    labels = wrong.get("matchLabels")
    for key in labels.all_keys():
        labels.get(key).text()
    return not wrong.problems()
