"""What is wrong with something a person wrote, as a value: where, what, and what to write instead."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SpecProblem:
    """One mistake in a plan or template.

    `place` is a path such as `steps[2].analysis`; `sentence` says what is wrong (Argo's own text where Argo has one);
    `fix` says what to do next.
    """

    place: str
    sentence: str
    fix: str

    def __str__(self) -> str:
        where = "" if self.sentence.startswith(self.place) else f"{self.place}: "
        return f"{where}{self.sentence}. {self.fix}"
