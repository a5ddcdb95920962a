"""A plan in lines for people: each step with what it really does at this number of pods. The same in Slack and on the command line."""

from collections.abc import Iterator
from datetime import timedelta
from typing import assert_never

from bot.starting import Preflight
from strategies.argo.driver import Argo
from strategies.argo.seen import ArgoSeen, Kind
from strategies.model import Native
from strategies.shares import real_shares
from strategies.steps import Analysis, Gate, Pause, Plan, SetCanaryScale, SetWeight, Silence, Step


def driver_lines(driver: Native | Argo, found: Preflight, *, routed: bool) -> tuple[str, ...]:
    """What a deploy would do: the steps of our plan, or those of the Rollout as preflight found it."""
    match driver:
        case Native(plan):
            return plan_lines(plan, found.replicas, routed=routed)
        case Argo():
            return tuple(_numbered(found.seen, driver.gate)) if isinstance(found.seen, ArgoSeen) else ()
        case _:
            assert_never(driver)


def _numbered(seen: ArgoSeen, gate: Gate) -> Iterator[str]:
    """The steps of a Rollout, and its end; for blue/green what its controller does in place of steps."""
    if seen.kind is Kind.BLUE_GREEN:
        yield "1. all pods of the new version beside the present ones, with the checks that the Rollout has for them"
        yield f"2. where the Rollout waits for a person: {_asked(gate)}"
        yield "3. all traffic to the new version at once"
        return
    for number, text in enumerate(seen.steps, 1):
        duration = seen.durations[number - 1] if number <= len(seen.durations) else None
        yield f"{number}. {_written(text, duration, gate)}"
    yield f"{len(seen.steps) + 1}. all traffic to the new version"


def _written(text: str, duration: timedelta | None, gate: Gate) -> str:
    """A step as Argo writes it, in our words where we have some."""
    kind, _, value = text.partition(": ")
    match kind:
        case "setWeight":
            return f"{value}% of the traffic"
        case "pause" if duration is not None:
            return f"wait {duration_text(duration)}"
        case "pause":
            return f"pause for {_asked(gate)}"
        case "analysis":
            return "measure; a failure brings the version before back"
        case _:
            return text


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
        case Gate():
            return _asked(step)
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


def _asked(gate: Gate) -> str:
    after = "abort" if gate.on_deadline is Silence.ABORT else "hold"
    people = f"{gate.approvals} approval{'s' if gate.approvals > 1 else ''} by {' or '.join(gate.roles)}"
    return f"{people} within {duration_text(gate.deadline)}, else {after}"


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
