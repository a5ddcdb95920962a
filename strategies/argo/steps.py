"""The steps of a canary Rollout: where it stands, the texts the plugin writes for them, and how long each pauses.

Rules: argo-rollouts `utils/rollout/rolloututil.go` (CanaryStepString), `utils/replicaset/canary.go` (GetCurrentCanaryStep),
`pkg/apis/rollouts/v1alpha1` (DurationSeconds).
"""

from datetime import timedelta

from strategies.argo.fields import Thing, flag, has, number, part, parts, scalar, text
from strategies.judge.duration import LONGEST, parse_duration


def steps_of(rollout: Thing) -> list[Thing]:
    """The steps of a canary; none for a blue/green or a canary without steps."""
    return parts(rollout, "spec", "strategy", "canary", "steps")


def is_canary(rollout: Thing) -> bool:
    """Whether the Rollout is a canary."""
    return has(rollout, "spec", "strategy", "canary")


def is_blue_green(rollout: Thing) -> bool:
    """Whether the Rollout is a blue/green; one that names both strategies is read as a canary, as the plugin does."""
    return has(rollout, "spec", "strategy", "blueGreen") and not is_canary(rollout)


def step_index(rollout: Thing) -> int | None:
    """`status.currentStepIndex`, 0-based; None where the controller has not set it or there are no steps."""
    return number(rollout, "status", "currentStepIndex") if steps_of(rollout) else None


def current_step(rollout: Thing) -> tuple[Thing | None, int]:
    """The step at hand and its index, 0 where none is set; no step without steps or after the last one."""
    steps, index = steps_of(rollout), max(step_index(rollout) or 0, 0)
    return (steps[index] if index < len(steps) else None), index


def step_texts(rollout: Thing) -> tuple[str, ...]:
    """Every step as the plugin writes it."""
    return tuple(step_text(step) for step in steps_of(rollout))


def step_text(step: Thing) -> str:
    """One step as the plugin writes it, such as `setWeight: 20` or `pause: 1h`; `invalid` where it is none."""
    weight = number(step, "setWeight")
    if weight is not None:
        return f"setWeight: {weight}"
    if has(step, "pause"):
        duration = scalar(step, "pause", "duration")
        return f"pause: {duration}" if duration else "pause"
    for key in ("experiment", "analysis"):
        if has(step, key):
            return key
    if has(step, "setCanaryScale") and (scale := _scale_text(part(step, "setCanaryScale"))):
        return f"setCanaryScale{{{scale}}}"
    for key in ("plugin", "setHeaderRoute", "setMirrorRoute"):
        if has(step, key):
            return f"{key}: {text(step, key, 'name')}"
    return "invalid"


def _scale_text(scale: Thing) -> str:
    weight, replicas = number(scale, "weight"), number(scale, "replicas")
    if weight is not None:
        return f"weight: {weight}"
    if flag(scale, "matchTrafficWeight"):
        return "matchTrafficWeight: true"
    return "" if replicas is None else f"replicas: {replicas}"


def step_durations(rollout: Thing) -> tuple[timedelta | None, ...]:
    """How long each step pauses; None where it does not, or until a person promotes."""
    return tuple(pause_duration(step) for step in steps_of(rollout))


def pause_duration(step: Thing) -> timedelta | None:
    """How long a step pauses: seconds as a number or text, else Go's `90s`, `5m`, `1h`; None without a time.

    A time that cannot be read is none at all to the controller: it passes at once.
    """
    written = scalar(step, "pause", "duration")
    if not written:
        return None
    seconds = number(step, "pause", "duration")
    if seconds is None:
        return parse_duration(written) or timedelta()
    return min(timedelta(seconds=max(seconds, 0)), LONGEST) if seconds < LONGEST.total_seconds() else LONGEST
