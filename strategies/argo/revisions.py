"""The ReplicaSets of a Rollout as revisions: which is which, how they do, and which of them would go live without being asked for."""

from collections.abc import Mapping, Sequence

from strategies.argo.fields import (
    Thing,
    annotation,
    count,
    flag,
    has,
    label,
    moment,
    name,
    number,
    owned,
    part,
    parts,
    read_moment,
    text,
    uid,
)
from strategies.argo.seen import RevisionSeen
from strategies.argo.steps import is_blue_green, is_canary
from strategies.argo.weights import HASH, is_canary_set

REVISION = "rollout.argoproj.io/revision"
DEADLINE = "scale-down-deadline"


def own_sets(rollout: Thing, sets: Sequence[Thing]) -> list[Thing]:
    """The ReplicaSets that the Rollout owns itself, the newest revision first, as the plugin orders them."""
    found = owned(sets, frozenset({uid(rollout)}))
    return sorted(found, key=lambda one: (-revision_number(one), name(one)))


def revision_number(thing: Thing) -> int:
    """The number of the revision that an object belongs to; 0 where it does not say."""
    return number({"it": annotation(thing, REVISION)}, "it") or 0


def set_of(sets: Sequence[Thing], pod_hash: str) -> Thing | None:
    """The ReplicaSet of that pod hash."""
    return next((one for one in sets if pod_hash and label(one, HASH) == pod_hash), None)


def container_image(template: Thing, container: str) -> str | None:
    """The image of the named container in a pod template; None without such a container."""
    found = (one for one in parts(template, "spec", "containers") if text(one, "name") == container)
    return next((text(one, "image") or None for one in found), None)


def sides(rollout: Thing, one: Thing) -> tuple[str, ...]:
    """What a ReplicaSet is to its Rollout, in the plugin's words and order: stable, canary, active, preview, ping, pong."""
    found, stable = label(one, HASH), label(one, HASH) == text(rollout, "status", "stableRS")
    marks = ["stable"] if stable and (is_canary(rollout) or has(rollout, "spec", "strategy", "blueGreen")) else []
    if is_canary(rollout):
        canary = is_canary_set(rollout, one)
        marks += ["canary"] if canary else []
        if (stable or canary) and has(rollout, "spec", "strategy", "canary", "pingPong"):
            pings = text(rollout, "status", "canary", "stablePingPong") == "ping"
            marks.append("ping" if stable == pings else "pong")
    if is_blue_green(rollout):
        serving = part(rollout, "status", "blueGreen")
        if found == text(serving, "activeSelector"):
            marks.append("active")
        elif found == text(serving, "previewSelector"):
            marks.append("preview")
    return tuple(marks)


def revisions(rollout: Thing, template: Thing, sets: Sequence[Thing], container: str) -> tuple[RevisionSeen, ...]:
    """Every ReplicaSet of the Rollout, the newest revision first. `template`: what it asks for now. `ready` counts available pods."""
    own = own_sets(rollout, sets)
    return tuple(
        RevisionSeen(
            number=revision_number(one),
            pod_hash=label(one, HASH),
            image=container_image(part(one, "spec", "template"), container) or "",
            replicas=count(one, "status", "replicas"),
            ready=count(one, "status", "availableReplicas"),
            sides=sides(rollout, one),
            scaled_down_at=read_moment(annotation(one, DEADLINE)),
            created=moment(one, "metadata", "creationTimestamp"),
            kept_up=_is_kept_up(rollout, one),
            in_window=_is_in_window(rollout, own, one) and _is_but_for_image(part(one, "spec", "template"), template),
        )
        for one in own
    )


def _is_in_window(rollout: Thing, own: Sequence[Thing], one: Thing) -> bool:
    """Whether a ReplicaSet is older than the stable one, with few enough made between them (argo-rollouts `rollout/sync.go`,
    isRollbackWithinWindow)."""
    stable = set_of(own, text(rollout, "status", "stableRS"))
    made, there = moment(one, "metadata", "creationTimestamp"), moment(stable, "metadata", "creationTimestamp")
    if made is None or there is None or made >= there:
        return False
    others = [moment(it, "metadata", "creationTimestamp") for it in own]
    between = [it for it in others if it is not None and made < it < there]
    return len(between) < count(rollout, "spec", "rollbackWindow", "revisions")


def _is_but_for_image(there: object, wanted: object) -> bool:
    """Whether a template has all that is wanted. Images may differ, and amounts of resources: the API server writes those its own way."""
    if isinstance(wanted, Mapping):
        keys = [key for key, value in wanted.items() if value and key not in ("image", "resources")]
        return isinstance(there, Mapping) and all(_is_but_for_image(there.get(key), wanted[key]) for key in keys)
    if isinstance(wanted, list) and isinstance(there, list):
        return len(there) == len(wanted) and all(map(_is_but_for_image, there, wanted))
    return there == wanted


def _is_kept_up(rollout: Thing, one: Thing) -> bool:
    """Whether a ReplicaSet is up only until it is scaled down.

    The controller writes the deadline a moment after the abort or the new template, so that one without it is believed to get it; only an
    aborted one with `abortScaleDownDelaySeconds: 0` gets none. One that is down counts no more, though it may keep its deadline.
    """
    if not count(one, "spec", "replicas") and not count(one, "status", "availableReplicas"):
        return False
    if annotation(one, DEADLINE) or label(one, HASH) != text(rollout, "status", "currentPodHash"):
        return True
    never = number(rollout, "spec", "strategy", "blueGreen", "abortScaleDownDelaySeconds") == 0
    return flag(rollout, "status", "abort") and not never


def set_status(one: Thing) -> str:
    """How a ReplicaSet does, in the plugin's word: Healthy, Progressing, ScaledDown or ReplicaFailure."""
    if count(one, "metadata", "generation") > count(one, "status", "observedGeneration"):
        return "Progressing"
    conditions = [it for it in parts(one, "status", "conditions") if text(it, "type") == "ReplicaFailure"]
    if conditions and text(conditions[0], "status") == "True":
        return "ReplicaFailure"
    wanted = number(one, "spec", "replicas")
    if wanted is not None and count(one, "status", "availableReplicas") < wanted:
        return "Progressing"
    return "ScaledDown" if wanted == 0 else "Healthy"
