"""How much of the traffic the new revision should have and has, as the plugin shows it.

Canary: `SetWeight` and `ActualWeight` of `kubectl argo rollouts get rollout` (argo-rollouts `info/rollout_info.go`,
`utils/replicaset/canary.go`). Blue/green knows only nothing and everything: what the active Service selects.
"""

from collections.abc import Sequence

from strategies.argo.fields import Thing, count, has, label, name, number, part, text, words
from strategies.argo.steps import current_step, is_blue_green, is_canary, steps_of

HASH = "rollouts-pod-template-hash"
WHOLE = 100


def whole(rollout: Thing) -> int:
    """What all of the traffic is: 100, or `maxTrafficWeight` where a router has one."""
    most = number(rollout, "spec", "strategy", "canary", "trafficRouting", "maxTrafficWeight")
    return WHOLE if most is None else most


def is_routed(rollout: Thing) -> bool:
    """Whether a router divides the traffic of a canary; without one, pod counts do."""
    return has(rollout, "spec", "strategy", "canary", "trafficRouting")


def set_weight(rollout: Thing) -> int:
    """The share that the steps ask for now: 0 while aborted, everything after the last step, else the nearest setWeight before."""
    if part(rollout, "status").get("abort") is True:
        return 0
    step, index = current_step(rollout)
    if step is None:
        return whole(rollout)
    wanted = (number(one, "setWeight") for one in reversed(steps_of(rollout)[: index + 1]))
    return next((weight for weight in wanted if weight is not None), 0)


def actual_weight(rollout: Thing, sets: Sequence[Thing]) -> int:
    """The share that the canary has: what the router was given, or the canary's part of the available pods.

    `sets` are the Rollout's own ReplicaSets.
    """
    if current_step(rollout)[0] is None:
        return whole(rollout)
    available = count(rollout, "status", "availableReplicas")
    if available <= 0:
        return 0
    if is_routed(rollout):
        return _routed_weight(rollout)
    pods = [count(one, "status", "availableReplicas") for one in sets if is_canary_set(rollout, one)]
    return pods[-1] * whole(rollout) // available if pods else 0


def _routed_weight(rollout: Thing) -> int:
    if has(rollout, "status", "canary", "weights"):
        return count(rollout, "status", "canary", "weights", "canary", "weight")
    return set_weight(rollout)


def is_canary_set(rollout: Thing, one: Thing) -> bool:
    """Whether a ReplicaSet is the new revision of a canary that is not stable yet."""
    found = label(one, HASH)
    return found == text(rollout, "status", "currentPodHash") and found != text(rollout, "status", "stableRS")


def active_hash(rollout: Thing, services: Sequence[Thing]) -> str:
    """The pod hash that the active Service of a blue/green selects; empty while it selects by none.

    The Service itself is believed before the status, which the controller writes after it.
    """
    wanted = text(rollout, "spec", "strategy", "blueGreen", "activeService")
    found = next((one for one in services if wanted and name(one) == wanted), None)
    if found is not None:
        return words(found, "spec", "selector").get(HASH, "")
    return text(rollout, "status", "blueGreen", "activeSelector")


def weights(rollout: Thing, sets: Sequence[Thing], services: Sequence[Thing]) -> tuple[int, int]:
    """The share of the new revision that is wanted, and the one that is there."""
    if is_canary(rollout):
        return set_weight(rollout), actual_weight(rollout, sets)
    if not is_blue_green(rollout):
        return 0, 0
    active, current = active_hash(rollout, services), text(rollout, "status", "currentPodHash")
    first = not active and current == text(rollout, "status", "stableRS")
    share = WHOLE if current and (active == current or first) else 0
    return share, share
