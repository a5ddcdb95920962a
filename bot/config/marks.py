"""From the place that a rule of `strategies` names to the line of the file."""

import re

from bot.config.document import Document, Place
from bot.config.problem import ConfigProblem
from bot.config.shape_problems import show
from strategies.problem import SpecProblem

_PART = re.compile(r"\[(\d+)\]|([^.\[\]]+)")


def locate(problem: SpecProblem, document: Document, base: Place) -> ConfigProblem:
    """The problem with its line, where `base` is what its place counts from."""
    place = (*base, *read_place(problem.place))
    return ConfigProblem(document.mark(place), problem.sentence.rstrip("."), problem.fix, show(place))


def read_place(text: str) -> Place:
    """The place that a text such as `steps[2].analysis` means."""
    return tuple(int(found[1]) if found[1] else found[2] for found in _PART.finditer(text))
