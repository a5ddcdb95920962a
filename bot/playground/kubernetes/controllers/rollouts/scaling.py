"""Bringing ReplicaSets to size: the stable one, the newest, and those that were replaced."""

from datetime import UTC, timedelta
from typing import Any

from bot.playground.kubernetes import resources
from bot.playground.kubernetes.controllers.events import Recorder
from bot.playground.kubernetes.controllers.queue import WorkQueue
from bot.playground.kubernetes.controllers.rollouts import counts, sets
from bot.playground.kubernetes.controllers.rollouts.pauses import INCONCLUSIVE, find
from bot.playground.kubernetes.controllers.rollouts.revisions import SETS, Revisions
from bot.playground.kubernetes.controllers.rollouts.scene import Scene
from bot.playground.kubernetes.controllers.rollouts.spec import DEADLINE, DESIRED, HASH_LABEL
from bot.playground.kubernetes.controllers.rollouts.status import WRITE
from bot.playground.kubernetes.registry import Registry
from bot.playground.kubernetes.store import Key

Obj = dict[str, Any]

_SERVICES = resources.named("Service")


class Scaler:
    """Scales a Rollout's ReplicaSets. Methods answer whether something was scaled."""

    def __init__(self, registry: Registry, queue: WorkQueue[Key], events: Recorder, revisions: Revisions) -> None:
        self._registry = registry
        self._queue = queue
        self._events = events
        self._revisions = revisions

    def scale(self, scene: Scene, replica_set: Obj, wanted: int) -> bool:
        """Bring one ReplicaSet to a size, and tell it the Rollout's size."""
        have, replicas = sets.size(replica_set), scene.spec.replicas
        annotations = dict(replica_set["metadata"].get("annotations") or {})
        leftover = replicas == 0 and DEADLINE in annotations
        if have == wanted and annotations.get(DESIRED) == str(replicas) and not leftover:
            return False
        annotations[DESIRED] = str(replicas)
        if wanted == 0 and not self.delays_abort(scene):
            annotations.pop(DEADLINE, None)
        meta = {**replica_set["metadata"], "annotations": annotations}
        changed = self._revisions.write(replica_set, metadata=meta, spec={**replica_set["spec"], "replicas": wanted})
        name = changed["metadata"]["name"]
        scene.sets[name] = changed
        if have != wanted:
            word, revision = "up" if wanted > have else "down", sets.revision_of(changed)
            text = f"Scaled {word} ReplicaSet {name} (revision {revision}) from {have} to {wanted}"
            self._events.record(scene.rollout, "ScalingReplicaSet", text)
        return have != wanted

    # --- deadlines --------------------------------------------------------------------------------------------

    def delays_abort(self, scene: Scene) -> bool:
        """Whether the candidate of an aborted update stays up for a while."""
        spec = scene.spec
        if not scene.pauses.aborted or scene.stable is None or (spec.canary is not None and not spec.routed):
            return False
        return spec.abort_seconds is not None and (not spec.dynamic or spec.abort_delay_given)

    def drop_deadlines(self, scene: Scene) -> None:
        """Newest and stable are not to go down. The controller's own copy keeps the annotation until the next step."""
        names = [] if self.delays_abort(scene) else [scene.newest_name]
        if scene.stable_name not in names:
            names.append(scene.stable_name)
        for name in names:
            replica_set = scene.sets.get(name)
            if replica_set is not None and sets.has_deadline(replica_set):
                self._annotate(replica_set, None)

    def _annotate(self, replica_set: Obj, deadline: str | None) -> Obj:
        meta = replica_set["metadata"]
        stored = self._registry.get(SETS, meta["namespace"], meta["name"])
        annotations = dict(stored["metadata"].get("annotations") or {})
        annotations.pop(DEADLINE, None)
        if deadline is not None:
            annotations[DEADLINE] = deadline
        return self._registry.change(SETS, stored, WRITE, metadata={**stored["metadata"], "annotations": annotations})

    def _add_deadline(self, replica_set: Obj, seconds: int) -> None:
        if seconds == 0:
            if sets.has_deadline(replica_set):
                self._annotate(replica_set, None)
            return
        moment = self._registry.clock.now().astimezone(UTC) + timedelta(seconds=seconds)
        self._annotate(replica_set, moment.strftime("%Y-%m-%dT%H:%M:%SZ"))

    # --- which size -------------------------------------------------------------------------------------------

    def stable_of_canary(self, scene: Scene) -> bool:
        """Size the stable side of a canary."""
        stable = scene.stable
        if stable is None or not scene.has_other_stable:
            return False
        return self.scale(scene, stable, counts.wanted(scene, scene.canary_status.get("weights"))[1])

    def newest(self, scene: Scene) -> bool:
        """Size the newest ReplicaSet; after an abort, when its time has come."""
        newest = scene.newest
        if newest is None:
            return False
        wanted = counts.newest_wanted(scene, (scene.new.get("canary") or {}).get("weights"))
        if self.delays_abort(scene):
            if not sets.has_deadline(newest):
                if sets.available(scene.stable) == scene.spec.replicas:
                    self._add_deadline(newest, scene.spec.abort_seconds or 0)
                return False
            left = sets.time_left(newest, self._registry.clock.now())
            if left is not None:
                self._queue.add_within(scene.key, left.total_seconds() + 0.01)
                return False
            wanted = 0
        return self.scale(scene, newest, wanted)

    def others_of_canary(self, scene: Scene) -> bool:
        """Take down what is neither newest nor stable, the unhealthy first, as far as enough pods stay."""
        active = [rs for rs in scene.others if sets.size(rs) > 0]
        if not active:
            return False
        scaled = self._drop_unhealthy(scene, active)
        active = [scene.sets[rs["metadata"]["name"]] for rs in active]
        spare = sets.total(scene.all, "availableReplicas") - (scene.spec.replicas - scene.spec.fenceposts[1])
        if spare <= 0:
            return False
        kept = 0
        for replica_set in sets.by_revision(active):
            if scene.spec.routed and self._referenced(scene, replica_set):
                continue
            if spare <= 0:
                break
            have = sets.size(replica_set)
            if have == 0:
                continue
            wanted, kept = self._wanted_of_other(scene, replica_set, spare, kept)
            if wanted != have:
                self.scale(scene, replica_set, wanted)
                spare -= have - wanted
                scaled = True
        return scaled

    def _drop_unhealthy(self, scene: Scene, active: list[Obj]) -> bool:
        scaled = False
        for replica_set in active:
            if sets.size(replica_set) != sets.available(replica_set):
                scaled = self.scale(scene, replica_set, sets.available(replica_set)) or scaled
        return scaled

    def _wanted_of_other(self, scene: Scene, replica_set: Obj, spare: int, kept: int) -> tuple[int, int]:
        have = sets.size(replica_set)
        if not scene.spec.routed:
            return max(have - spare, 0), kept
        if not scene.fully_promoted and not sets.has_deadline(replica_set):
            return 0, kept
        if scene.spec.dynamic:
            return 0, kept
        return self._delayed(scene, replica_set, have, kept)

    def others_of_blue_green(self, scene: Scene) -> bool:
        """Take down what is neither newest nor stable, each after its delay."""
        if find(scene.status, INCONCLUSIVE) is not None or self._waits_for_analysis(scene):
            return False
        scaled, kept = False, 0
        for replica_set in sets.by_revision(rs for rs in scene.others if sets.size(rs) > 0):
            if self._referenced(scene, replica_set):
                continue
            wanted, kept = self._delayed(scene, replica_set, scene.spec.replicas, kept)
            if wanted != sets.size(replica_set):
                self.scale(scene, replica_set, wanted)
                scaled = True
        return scaled

    def _waits_for_analysis(self, scene: Scene) -> bool:
        strategy = scene.spec.blue_green or {}
        if strategy.get("postPromotionAnalysis") is None or "scaleDownDelaySeconds" in strategy:
            return False
        run = scene.runs.get("post")
        if skips_post_promotion(scene, run):
            return False
        return run is None or (run.get("status") or {}).get("phase") != "Successful"

    def _delayed(self, scene: Scene, replica_set: Obj, replicas: int, kept: int) -> tuple[int, int]:
        """The size of a replaced ReplicaSet, and how many of them keep their pods."""
        limit = scene.spec.scale_down_limit
        if not sets.has_deadline(replica_set):
            if kept >= limit:
                return 0, kept
            seconds = scene.spec.scale_down_seconds
            self._add_deadline(replica_set, seconds)
            self._queue.add_within(scene.key, seconds)
            return sets.size(replica_set), kept + 1
        left = sets.time_left(replica_set, self._registry.clock.now())
        if kept + 1 > limit or left is None:
            return 0, kept + 1
        self._queue.add_within(scene.key, left.total_seconds() + 0.01)
        return replicas, kept + 1

    def _referenced(self, scene: Scene, replica_set: Obj) -> bool:
        """Whether a status field or a Service still leads to a ReplicaSet."""
        digest = sets.hash_of(replica_set)
        status, weights = scene.status, scene.canary_status.get("weights") or {}
        known = [status.get("stableRS"), status.get("currentPodHash"), *scene.blue_green_status.values()]
        known += [(weights.get(side) or {}).get("podTemplateHash") for side in ("canary", "stable")]
        if digest in known:
            return True
        strategy = scene.spec.canary or scene.spec.blue_green or {}
        for key in ("canaryService", "stableService", "activeService", "previewService"):
            service = self._registry.store.get(_SERVICES.storage, scene.key[0], strategy.get(key) or "")
            if service is not None and (service["spec"].get("selector") or {}).get(HASH_LABEL) == digest:
                return True
        return False


def skips_post_promotion(scene: Scene, run: Obj | None) -> bool:
    """Whether the analysis after the switch is not due: nothing was switched, or the new pods are not all there."""
    digest = sets.hash_of(scene.newest)
    active = scene.blue_green_status.get("activeSelector", "")
    if scene.status.get("stableRS") == digest or active != digest or not digest:
        return True
    return run is None and not sets.saturated(scene.newest, scene.spec.replicas)
