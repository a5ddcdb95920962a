"""Rules that canary and blueGreen share."""

from strategies.judge.document import Node

_PREFERRED, _REQUIRED = (
    "preferredDuringSchedulingIgnoredDuringExecution",
    "requiredDuringSchedulingIgnoredDuringExecution",
)


def check_anti_affinity(node: Node) -> None:
    """Note a way to keep two versions on different nodes that says nothing, or two things."""
    if not node.is_given:
        return
    preferred = node.get(_PREFERRED)
    if preferred.is_given == node.get(_REQUIRED).is_given:
        node.problem("AntiAffinity must have exactly one strategy listed", f"Keep one of {_PREFERRED} and {_REQUIRED}.")
    weight = preferred.get("weight").whole()
    if weight is not None and not 1 <= weight <= 100:
        preferred.get("weight").problem("AntiAffinity weight must be between 1-100", "Write a number from 1 to 100.")
