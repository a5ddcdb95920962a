"""What lint says: a problem, in which document, and how bad it is."""

from dataclasses import dataclass
from enum import StrEnum

from strategies.judge.document import Node
from strategies.problem import SpecProblem


class Severity(StrEnum):
    """ERROR: the API server or Argo's controller refuses it, a run would end in Error, or it can never pass.

    WARNING: it works, but hardly as it was meant.
    """

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding. `document` counts the documents that were given, from 0."""

    document: int
    severity: Severity
    problem: SpecProblem


class Page:
    """A document under the rules, read twice: `mistakes` gathers what is wrong, `doubts` what is hardly meant."""

    def __init__(self, value: object, place: str = "") -> None:
        self.value = value
        self.mistakes = Node.root(value, place)
        self.doubts = Node.root(value, place)

    def findings(self, document: int) -> tuple[Finding, ...]:
        """What was noted: the errors, then the warnings. A doubt that is a mistake already is not told again."""
        wrong = dict.fromkeys(self.mistakes.problems())
        doubted = (problem for problem in self.doubts.problems() if problem not in wrong)
        return (
            *(Finding(document, Severity.ERROR, problem) for problem in wrong),
            *(Finding(document, Severity.WARNING, problem) for problem in doubted),
        )
