"""A Rollout by Argo's rules (`ValidateRollout`): what its controller would mark InvalidSpec, and what is hardly meant."""

from collections.abc import Mapping

from strategies.judge.document import Node
from strategies.lint.analyses import check_analyses
from strategies.lint.blue_green import check_blue_green, doubt_blue_green
from strategies.lint.canary import check_canary, doubt_canary
from strategies.lint.finding import Page
from strategies.lint.names import check_selector
from strategies.lint.pods import check_pods
from strategies.lint.references import check_references
from strategies.lint.room import check_room
from strategies.lint.surroundings import Surroundings

DEADLINE = 600
"""Seconds of `progressDeadlineSeconds` where it is left out."""


def check_rollout(page: Page, around: Surroundings) -> None:
    """Note what is wrong with a Rollout, also with what it names as far as `around` tells."""
    spec = page.mistakes.get("spec")
    check_room(page)
    _check_numbers(spec)
    _check_pods(spec)
    strategy = spec.get("strategy")
    match [key for key in ("canary", "blueGreen") if strategy.get(key).is_given]:
        case ["canary"]:
            check_canary(strategy.get("canary"))
            doubt_canary(page.doubts.get("spec"))
        case ["blueGreen"]:
            check_blue_green(strategy.get("blueGreen"), _whole(spec.get("revisionHistoryLimit"), 10))
            doubt_blue_green(page.doubts.get("spec").get("strategy").get("blueGreen"))
        case []:
            strategy.problem(
                "Rollout has missing field '.spec.strategy.canary or .spec.strategy.blueGreen'",
                "Write canary: {steps: […]} or blueGreen: {activeService: …} under strategy.",
            )
        case _:
            strategy.problem("Multiple Strategies can not be listed", "Keep one of canary and blueGreen.")
    check_references(page.mistakes, around)
    check_analyses(page, around)


def _check_numbers(spec: Node) -> None:
    for key in ("replicas", "minReadySeconds", "revisionHistoryLimit", "progressDeadlineSeconds"):
        if _whole(spec.get(key), 0) < 0:
            spec.get(key).problem("must be greater than or equal to 0", "Write 0 or more.")
    deadline, ready = spec.get("progressDeadlineSeconds"), _whole(spec.get("minReadySeconds"), 0)
    if _whole(deadline, DEADLINE) <= ready:
        deadline.problem("must be greater than minReadySeconds", f"Write {ready + DEADLINE}, or lower minReadySeconds.")


def _whole(node: Node, default: int) -> int:
    number = node.whole()
    return default if number is None else number


def _check_pods(spec: Node) -> None:
    selector, template = spec.get("selector"), spec.get("template")
    if not spec.get("workloadRef").is_given:
        if not selector.is_given:
            selector.problem(
                "Rollout has missing field '.spec.selector'", "Add selector.matchLabels with a label of the pods."
            )
        check_pods(selector, template)
        return
    check_selector(selector)
    if _says_anything(template.value):
        template.problem(
            "template must be empty for workload reference rollout", "Leave template out: workloadRef brings it."
        )


def _says_anything(template: object) -> bool:
    """Whether there is more than the empty template that the API server may show for a `workloadRef`."""
    if isinstance(template, Mapping):
        return any(_says_anything(value) for key, value in template.items() if key != "creationTimestamp")
    return bool(template)
