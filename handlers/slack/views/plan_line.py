"""A plan in one line: `10% → 5 min → checks → 2 approvals → 50% → 100%, at least 15 min`."""

from collections.abc import Iterator
from datetime import timedelta
from typing import assert_never

from handlers.plans import duration_text
from strategies.argo.driver import Argo
from strategies.model import Native
from strategies.steps import Analysis, Gate, Pause, Plan, SetCanaryScale, SetWeight, Step


def way(driver: Native | Argo) -> str:
    """How a deploy goes before anything was looked at: by our plan, or by the Rollout's own steps."""
    match driver:
        case Native(plan):
            return plan_line(plan)
        case Argo():
            return "by Argo Rollouts, with the steps of the Rollout"
        case _:
            assert_never(driver)


def plan_line(plan: Plan) -> str:
    """The steps in order, and how long its pauses last together."""
    words = [word for step in plan.steps for word in _words(step)]
    if not words or words[-1] != "100%":
        words.append("100%")
    least = sum((step.duration for step in plan.steps if isinstance(step, Pause) and step.duration), timedelta())
    return " → ".join(words) + (f", at least {duration_text(least)}" if least else "")


def _words(step: Step) -> Iterator[str]:
    match step:
        case SetWeight(weight):
            yield f"{weight}%"
        case Pause(duration):
            yield "pause" if duration is None else duration_text(duration)
        case Analysis():
            yield "checks"
        case Gate(approvals):
            yield "1 approval" if approvals == 1 else f"{approvals} approvals"
        case SetCanaryScale():
            return
        case _:
            assert_never(step)
