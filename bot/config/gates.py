"""What the pauses of an environment's Rollout ask of people: `gate`, read as the gate step of a strategy is."""

from collections.abc import Mapping

from bot.config.document import Document
from bot.config.marks import locate
from bot.config.problem import ConfigProblem
from bot.config.shape import File
from strategies.judge.document import Node
from strategies.spec import read_gate
from strategies.steps import Gate


def read_gates(file: File, document: Document) -> tuple[Mapping[tuple[str, str], Gate], tuple[ConfigProblem, ...]]:
    """The gates by app and environment, and what is wrong with them."""
    gates: dict[tuple[str, str], Gate] = {}
    problems: list[ConfigProblem] = []
    for app, whole in file.apps.items():
        for name, environment in whole.environments.items():
            if environment.gate is not None:
                node = Node.root(environment.gate)
                gates[app, name] = read_gate(node)
                base = ("apps", app, "environments", name, "gate")
                problems += [locate(problem, document, base) for problem in node.problems()]
    return gates, tuple(problems)
