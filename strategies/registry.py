"""The strategies by name: each is a function from what somebody wrote to a plan."""

from collections.abc import Callable, Mapping

from strategies.canary import canary, rollout
from strategies.problem import SpecProblem
from strategies.rollback import rollback
from strategies.steps import Plan

Strategy = Callable[[str, Mapping[str, object]], Plan | tuple[SpecProblem, ...]]

STRATEGIES: Mapping[str, Strategy] = {"canary": canary, "rollback": rollback}
"""By the one key that a strategy's configuration has."""


def read_plan(name: str, document: Mapping[str, object]) -> Plan | tuple[SpecProblem, ...]:
    """The plan of the strategy `name`, or everything that is wrong with it. Places count from `document`.

    `document` is `{canary: {…}}`, or a whole Argo Rollout.
    """
    if document.get("kind") == "Rollout":
        return rollout(name, document)
    kinds = [key for key in document if key in STRATEGIES]
    unknown = [str(key) for key in document if key not in STRATEGIES]
    choices = " or ".join(STRATEGIES)
    if unknown:
        return tuple(
            SpecProblem(key, f"unknown key {key!r}", f"A strategy is one of {choices}, or a whole Rollout.")
            for key in unknown
        )
    if len(kinds) != 1:
        return (
            SpecProblem("", f"a strategy is exactly one of {choices}", "Write, for example, canary: {steps: […]}."),
        )
    return STRATEGIES[kinds[0]](name, document)
