"""A plan in lines for people: each step with what it really does at this number of pods. The same in Slack and on the command line."""

from datetime import timedelta
from typing import assert_never

from strategies.shares import real_shares
from strategies.steps import Analysis, Gate, Pause, Plan, SetCanaryScale, SetWeight, Silence, Step


def plan_lines(plan: Plan, replicas: int, *, routed: bool) -> tuple[str, ...]:
    """One line for each step, numbered from 1, and one for the end."""
    shares = real_shares(plan, replicas, routed=routed) if replicas else None
    lines = [
        f"{number}. {_step(step, shares[number - 1] if shares else None)}" for number, step in enumerate(plan.steps, 1)
    ]
    if plan.background is not None:
        names = ", ".join(plan.background.analysis.templates)
        lines.append(f"beside steps {plan.background.starting_step + 1} to {len(plan.steps)}: measure {names}")
    return (
        *lines,
        f"{len(plan.steps) + 1}. all traffic to the new version, then its pods take over the stable Deployment",
    )


def _step(step: Step, share: float | None) -> str:
    match step:
        case SetWeight(weight):
            real = f" (really {share:.0f}%, by pods)" if share is not None and round(share) != weight else ""
            return f"{weight}% of the traffic{real}"
        case Pause(duration):
            return "pause until somebody promotes" if duration is None else f"wait {duration_text(duration)}"
        case Analysis(templates):
            return f"measure {', '.join(templates)}; a failure brings the version before back"
        case Gate(approvals, roles, deadline, silence):
            after = "abort" if silence is Silence.ABORT else "hold"
            people = f"{approvals} approval{'s' if approvals > 1 else ''} by {' or '.join(roles)}"
            return f"{people} within {duration_text(deadline)}, else {after}"
        case SetCanaryScale(replicas, weight, _):
            if replicas is not None:
                return f"{pods_text(replicas, 'canary ')}, whatever the weight"
            return (
                f"canary pods for {weight}% of the load"
                if weight is not None
                else "canary pods follow the weight again"
            )
        case _:
            assert_never(step)


def pods_text(count: int, kind: str = "") -> str:
    """How many pods, in words: `1 pod`, `3 canary pods`."""
    return f"{count} {kind}pod{'' if count == 1 else 's'}"


def duration_text(duration: timedelta) -> str:
    """A duration as people say it: `5 min`, `4 h`, `90 s`."""
    seconds = int(duration.total_seconds())
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds and seconds % size == 0:
            return f"{seconds // size} {unit}"
    return f"{seconds // 60} min {seconds % 60} s" if seconds > 120 else f"{seconds} s"
