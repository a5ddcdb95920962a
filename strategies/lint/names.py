"""Names as Kubernetes takes them (apimachinery `util/validation`): labels, their values, annotations."""

import re
from collections.abc import Iterable

from strategies.judge.document import Node

_WORD = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?", re.ASCII)
_DOMAIN = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*", re.ASCII)
_LONGEST_WORD, _LONGEST_DOMAIN = 63, 253
_VALUE_FIX = "Write at most 63 letters, digits, '-', '_' and '.', a letter or digit first and last."


def is_qualified(name: str) -> bool:
    """Whether a label or an annotation may be called that: `app`, or `example.com/app`."""
    prefix, slash, word = name.rpartition("/")
    domain = len(prefix) <= _LONGEST_DOMAIN and _DOMAIN.fullmatch(prefix) is not None
    return len(word) <= _LONGEST_WORD and _WORD.fullmatch(word) is not None and (domain or not slash)


def check_labels(labels: Node) -> None:
    """Note labels whose names or values Kubernetes refuses."""
    for key in labels.all_keys():
        check_name(labels.get(key), key, "a label")
        check_value(labels.get(key))


def check_annotations(annotations: Node) -> None:
    """Note annotations whose names Kubernetes refuses; capitals may stand anywhere in them."""
    for key in annotations.all_keys():
        check_name(annotations.get(key), key.lower(), "an annotation")


def check_name(node: Node, name: str, kind: str) -> None:
    """Note a name that is none."""
    if not is_qualified(name):
        node.problem(f"{name[:60]!r} is no name of {kind}", "Write one such as app, or example.com/app.")


def check_value(node: Node) -> None:
    """Note what is no label's value."""
    value = node.value
    if isinstance(value, str) and value and (len(value) > _LONGEST_WORD or not _WORD.fullmatch(value)):
        node.problem(f"{value[:60]!r} is no value of a label", _VALUE_FIX)


def check_selector(selector: Node) -> None:
    """Note requirements that no server evaluates (`ValidateLabelSelector`)."""
    check_labels(selector.get("matchLabels"))
    for item in selector.get("matchExpressions").items():
        key, operator, values = item.get("key"), item.get("operator").value, item.get("values")
        if isinstance(key.value, str):
            check_name(key, key.value, "a label")
        _check_values(values, operator)


def _check_values(values: Node, operator: object) -> None:
    given: Iterable[Node] = values.items()
    if operator in ("In", "NotIn") and not given:
        values.problem("must be specified when `operator` is 'In' or 'NotIn'", "List the values.")
    if operator in ("Exists", "DoesNotExist") and given:
        values.problem("may not be specified when `operator` is 'Exists' or 'DoesNotExist'", "Leave values out.")
    for value in given:
        check_value(value)
