"""How many pods canary and stable should have.

Rules of the controller's `utils/replicaset/canary.go`: without a router, the nearest split that the limits allow; with one, the share of
the weight, rounded up.
"""

import math
from typing import Any

from bot.playground.kubernetes.controllers.rollouts import sets
from bot.playground.kubernetes.controllers.rollouts.scene import Scene

Obj = dict[str, Any]


def wanted(scene: Scene, weights: Obj | None) -> tuple[int, int]:
    """Pods of canary and stable to have next. `weights`: those that the router has now."""
    return _routed(scene, weights) if scene.spec.routed else _basic(scene)


def set_weight(scene: Scene) -> int:
    """The weight of the nearest setWeight at or before the present step."""
    if scene.status.get("abort"):
        return 0
    if scene.step is None or scene.index is None:
        return scene.spec.max_weight
    return next((s["setWeight"] for s in reversed(scene.spec.steps[: scene.index + 1]) if "setWeight" in s), 0)


def _explicit_scale(scene: Scene) -> Obj | None:
    """The nearest setCanaryScale that counts."""
    if not scene.spec.routed or scene.step is None or scene.index is None:
        return None
    if scene.status.get("abort") and scene.spec.abort_seconds is not None:
        return None
    scales = (s["setCanaryScale"] for s in reversed(scene.spec.steps[: scene.index + 1]) if "setCanaryScale" in s)
    found: Obj | None = next(scales, None)
    return None if found is None or found.get("matchTrafficWeight") else found


def _replicas_or_weight(scene: Scene) -> tuple[int | None, int]:
    status = scene.status
    if status.get("promoteFull") or not status.get("stableRS") or scene.fully_promoted:
        return None, scene.spec.max_weight
    scale = _explicit_scale(scene)
    if scale is not None and "replicas" in scale:
        return scale["replicas"], 0
    if scale is not None and "weight" in scale:
        return None, scale["weight"]
    return None, canary_weight(scene)


def canary_weight(scene: Scene) -> int:
    """The weight that sizes the canary: of an abort with a stable that shrank, the next lower step."""
    newest, stable = scene.newest, scene.stable
    if not (scene.status.get("abort") and scene.spec.dynamic and newest is not None and stable is not None):
        return set_weight(scene)
    replicas = scene.spec.replicas
    busy = max(replicas - sets.available(stable), sets.available(newest))
    for step in reversed(scene.spec.steps):
        if "setWeight" in step and share(replicas, step["setWeight"], scene.spec.max_weight) < busy:
            weight: int = step["setWeight"]
            return weight
    return 0


def share(replicas: int, weight: int, most: int) -> int:
    """The pods for a weight, rounded up."""
    return math.ceil(weight * replicas / most)


# --- with a router --------------------------------------------------------------------------------------------


def _routed(scene: Scene, weights: Obj | None) -> tuple[int, int]:
    spec = scene.spec
    explicit, weight = _replicas_or_weight(scene)
    canary = explicit if explicit is not None else _at_least(scene, share(spec.replicas, weight, spec.max_weight))
    if not spec.dynamic:
        return canary, spec.replicas
    stable = share(spec.replicas, spec.max_weight - weight, spec.max_weight)
    if weights is not None:
        stable = max(stable, share(spec.replicas, weights["stable"]["weight"], spec.max_weight))
        if scene.status.get("abort"):
            canary = max(canary, share(spec.replicas, weights["canary"]["weight"], spec.max_weight))
    return _at_least(scene, canary), _at_least(scene, stable)


def _at_least(scene: Scene, count: int) -> int:
    least = (scene.spec.canary or {}).get("minPodsPerReplicaSet")
    return count if count == 0 or least is None else max(count, min(least, scene.spec.replicas))


# --- without a router -----------------------------------------------------------------------------------------


def split(replicas: int, weight: int, most: int, surge: int) -> tuple[int, int]:
    """The nearest split of canary and stable; both sides have a pod unless the weight is all or nothing."""
    if replicas == 0:
        return 0, 0
    up, down = math.ceil(replicas * weight / most), math.floor(replicas * weight / most)
    zero = weight in (0, most) or (replicas == 1 and surge == 0)
    options = [(up, replicas)] if up < replicas or zero else []
    if not _tied(weight, most, replicas) and (down or zero):
        options.append((down, replicas))
    if surge > 0:
        options.append((up, replicas + 1))
        if not _tied(weight, most, replicas + 1) and (down or zero):
            options.append((down, replicas + 1))
    canary, total = min(options, key=lambda option: abs(option[0] * most / option[1] - weight), default=(0, replicas))
    return canary, total - canary


def _tied(weight: int, most: int, replicas: int) -> bool:
    return math.modf(replicas * (weight / most))[0] == 0.5


def _basic(scene: Scene) -> tuple[int, int]:
    spec = scene.spec
    surge, unavailable = spec.fenceposts
    _, weight = _replicas_or_weight(scene)
    want_new, want_stable = split(spec.replicas, weight, spec.max_weight, surge)
    if not scene.has_other_stable:
        want_new, want_stable = spec.replicas, 0
    most = spec.replicas + surge
    new, stable = _grown(scene, want_new, want_stable, most)
    if sets.sizes(scene.others) > 0:
        return new, stable
    return _shrunk(scene, (new, stable), (want_new, want_stable), most, spec.replicas - unavailable)


def _grown(scene: Scene, want_new: int, want_stable: int, most: int) -> tuple[int, int]:
    """Grow as far as the surge allows, stable first."""
    newest, stable = scene.newest, scene.stable if scene.has_other_stable else None
    have_new = sets.size(newest) if newest is not None else 0
    have_stable = sets.size(stable) if stable is not None else 0
    room = most - sets.sizes(scene.all)
    new, old = have_new, have_stable
    if stable is not None and have_stable < want_stable and room > 0:
        old = min(have_stable + room, want_stable)
        room -= old - have_stable
    if newest is not None and have_new < want_new and room > 0:
        new = min(have_new + room, want_new)
    return new, old


def _shrunk(scene: Scene, now: tuple[int, int], want: tuple[int, int], most: int, least: int) -> tuple[int, int]:
    """Shrink one side as far as enough pods stay available: stable while the canary grows, else the canary."""
    newest = scene.newest
    stable = scene.stable if scene.has_other_stable else None
    increasing = newest is None or want[0] >= sets.size(newest)
    spare = _countable(newest, ignore=not increasing) + _countable(scene.stable, ignore=increasing)
    if spare <= least:
        return now
    cut = spare - least
    new, old = now
    if not increasing:
        new = _cut(newest, want[0], cut, new)
        new, old = _within(newest, scene.stable, new, old, most, least)
    elif stable is not None:
        old = _cut(stable, want[1], cut, old)
        old, new = _within(stable, newest, old, new, most, least)
    return new, old


def _countable(replica_set: Obj | None, *, ignore: bool) -> int:
    if replica_set is None:
        return 0
    wanted_now, there = sets.size(replica_set), sets.available(replica_set)
    return wanted_now if wanted_now < there or ignore else there


def _cut(replica_set: Obj | None, want: int, cut: int, otherwise: int) -> int:
    if replica_set is None or sets.size(replica_set) <= want:
        return otherwise
    return max(want, sets.size(replica_set) - cut)


def _within(drained: Obj | None, other: Obj | None, drain: int, adjust: int, most: int, least: int) -> tuple[int, int]:
    """Keep both counts between the limits: `drain` is the side that shrinks."""
    if other is None:
        return drain, adjust
    there = min(sets.available(drained), drain) if drained is not None else 0
    adjust -= max(0, adjust + drain - most)
    there += min(sets.available(other), adjust)
    lost = max(0, sets.available(other) - adjust)
    adjust += min(lost, max(0, least - there))
    return drain - max(0, adjust + drain - most), adjust


# --- are they there? ------------------------------------------------------------------------------------------


def threshold_met(scene: Scene, desired: int) -> bool:
    """Whether enough of the canary's pods are available."""
    threshold = (scene.spec.canary or {}).get("replicaProgressThreshold")
    newest = scene.newest
    if newest is None:
        return False
    there = sets.available(newest)
    if threshold is None or threshold.get("value", 0) < 0:
        return desired == sets.size(newest) == there
    if threshold.get("type") == "Percent":
        return desired == 0 or there / desired * 100 >= threshold["value"] - 1e-10
    return bool(there >= threshold["value"])


def reached(scene: Scene, weights: Obj | None) -> bool:
    """Whether both sides have the pods they should have."""
    canary, stable = wanted(scene, weights)
    if not threshold_met(scene, canary):
        return False
    if not scene.spec.routed or not scene.spec.dynamic:
        there = scene.stable
        if there is None or not stable == sets.size(there) == sets.counted(there, "replicas"):
            return False
    return scene.spec.routed or sets.total(scene.others, "availableReplicas") == 0


def newest_wanted(scene: Scene, weights: Obj | None) -> int:
    """Pods that the newest ReplicaSet should have."""
    preview = (scene.spec.blue_green or {}).get("previewReplicaCount")
    if scene.spec.blue_green is None:
        return wanted(scene, weights)[0]
    if preview is None or _past_preview(scene):
        return scene.spec.replicas
    return int(preview)


def _past_preview(scene: Scene) -> bool:
    active = scene.with_hash(scene.blue_green_status.get("activeSelector", ""))
    if active is None or active["metadata"]["name"] == scene.newest_name or scene.status.get("promoteFull"):
        return True
    if sets.hash_of(scene.newest) != scene.status.get("currentPodHash"):
        return False
    free = not scene.spec.paused and not scene.status.get("pauseConditions")
    return free and bool(scene.blue_green_status.get("scaleUpPreviewCheckPoint"))
