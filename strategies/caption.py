"""A step in a few words, as Argo Rollouts' own tools show it."""

from typing import assert_never

from strategies.judge.duration import format_duration
from strategies.steps import Analysis, Gate, Pause, SetCanaryScale, SetWeight, Step


def caption(step: Step) -> str:
    """`setWeight: 20`, `pause`, `pause: 1h`, `analysis`, `setCanaryScale{weight: 25}`, `gate: 2 of approver`."""
    match step:
        case SetWeight():
            return f"setWeight: {step.weight}"
        case Pause():
            return "pause" if step.duration is None else f"pause: {format_duration(step.duration)}"
        case Analysis():
            return "analysis"
        case SetCanaryScale():
            return f"setCanaryScale{{{_scale(step)}}}"
        case Gate():
            return f"gate: {step.approvals} of {', '.join(step.roles)}"
        case _ as unreachable:
            assert_never(unreachable)


def _scale(step: SetCanaryScale) -> str:
    if step.match_traffic_weight:
        return "matchTrafficWeight: true"
    return f"weight: {step.weight}" if step.weight is not None else f"replicas: {step.replicas}"
