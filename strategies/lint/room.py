"""The room that a Rollout's name leaves: its controller names ReplicaSets and AnalysisRuns by it and adds to it, and what
gets too long a name is never made, however often the controller tries."""

import re
from collections.abc import Iterator

from strategies.judge.document import Node
from strategies.lint.finding import Page

LONGEST_NAME = 253
_HASH = len("-0123456789")
"""`-` and a hash of the template, of up to ten digits."""
_REVISION = "rollout.argoproj.io/revision"


def check_room(page: Page) -> None:
    """Note a name that is too long for what is named after it."""
    name = page.mistakes.get("metadata").get("name")
    if not isinstance(name.value, str):
        return
    most = LONGEST_NAME - _HASH
    if len(name.value) > most:
        _too_long(name, "ReplicaSets", "the hash of their template", most)
        return
    revision = len(f"-{_next_revision(page)}")
    most -= max((revision + len(run) for run in _runs(page.mistakes.get("spec").get("strategy"))), default=0)
    if len(name.value) > most:
        _too_long(name, "AnalysisRuns", "the hash of the template, the revision and the step", most)


def _too_long(name: Node, what: str, added: str, most: int) -> None:
    sentence = (
        f"a name of {len(str(name.value))} characters leaves no room for its {what}, whose names end with {added}"
    )
    name.problem(sentence, f"Give the Rollout a name of at most {most} characters.")


def _next_revision(page: Page) -> int:
    """The number of the revision that the next template gets."""
    text = Node.root(page.value).get("metadata").get("annotations").get(_REVISION).value
    return int(text) + 1 if isinstance(text, str) and re.fullmatch("[0-9]{1,9}", text) else 1


def _runs(strategy: Node) -> Iterator[str]:
    """The end of the name of each AnalysisRun."""
    canary, blue_green = strategy.get("canary"), strategy.get("blueGreen")
    if canary.get("analysis").is_given:
        yield ""
    for index, step in enumerate(canary.get("steps").items()):
        if step.get("analysis").is_given:
            yield f"-{index}"
    for key in ("pre", "post"):
        if blue_green.get(f"{key}PromotionAnalysis").is_given:
            yield f"-{key}"
