"""The way back to a version that is known to be good: ready pods, then all traffic at once. No pauses, no analyses,
no gates."""

from collections.abc import Mapping

from strategies.judge.document import Node
from strategies.problem import SpecProblem
from strategies.steps import Plan, SetWeight

ROLLBACK = Plan(strategy="rollback", steps=(SetWeight(100),))
"""The plan itself. Weight never moves before the pods that take it are ready, so one step is enough."""


def rollback(name: str, document: Mapping[str, object]) -> Plan | tuple[SpecProblem, ...]:
    """The plan as the strategy `name`, from `{rollback: {}}`: there is nothing to set."""
    root = Node.root(document)
    root.get("rollback").only(())
    return root.problems() or Plan(strategy=name, steps=ROLLBACK.steps)
