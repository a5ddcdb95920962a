"""Success and failure conditions of metrics: expr-lang as Argo Rollouts' templates use it, by our own small parser.

A condition sees `result` and nothing else: no attribute of any Python object, no call but the functions listed here.
It cannot run away either: its length, its depth, its numbers, its arrays, its regular expressions and the work of one
evaluation are bounded. Whatever is wrong with it is a ConditionError.
"""

from dataclasses import dataclass
from functools import lru_cache

from strategies.judge.conditions.evaluation import evaluate
from strategies.judge.conditions.parser import parse
from strategies.judge.conditions.syntax import Node
from strategies.judge.conditions.types import check_types
from strategies.judge.conditions.values import ConditionError, Value, show, type_name

__all__ = ["Condition", "ConditionError", "Result", "Value", "compile_condition"]

Result = float | tuple[float, ...] | None
"""What Prometheus answers: one number for a scalar, one for each series of a vector, nothing."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition that was read: its text and its tree."""

    text: str
    tree: Node

    def evaluate(self, result: Value) -> bool:
        """Whether the condition holds for `result`. Raises ConditionError, also where it comes to no truth value.

        Evaluated first, for that knows the better sentence; the types are then looked at in what was not reached.
        """
        value = evaluate(self.tree, result)
        check_types(self.tree, result)
        if not isinstance(value, bool):
            raise ConditionError(f"the condition comes to {type_name(value)} ({show(value)}), not to true or false")
        return value

    def misfit(self, result: Value) -> str | None:
        """What cannot fit in it for any result of this one's type, or None."""
        try:
            check_types(self.tree, result)
        except ConditionError as error:
            return str(error)
        return None


@lru_cache(maxsize=512)
def compile_condition(text: str) -> Condition:
    """The condition that `text` is. Raises ConditionError."""
    return Condition(text, parse(text))
