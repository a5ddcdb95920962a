"""Which ReplicaSet belongs to a Rollout's template: found, numbered anew, or made."""

from dataclasses import replace
from typing import Any

from bot.playground.kubernetes import resources, selectors
from bot.playground.kubernetes.controllers import owners
from bot.playground.kubernetes.controllers.conditions import condition, put
from bot.playground.kubernetes.controllers.events import Recorder
from bot.playground.kubernetes.controllers.rollouts import hashes, sets
from bot.playground.kubernetes.controllers.rollouts.scene import Scene
from bot.playground.kubernetes.controllers.rollouts.spec import DESIRED, HASH_LABEL, HISTORY, REVISION, Spec
from bot.playground.kubernetes.controllers.rollouts.status import MANAGER, ROLLOUTS, WRITE, plain
from bot.playground.kubernetes.defaults import fill_pod_spec
from bot.playground.kubernetes.gojson import canonical
from bot.playground.kubernetes.registry import Registry, Write, own_copy

Obj = dict[str, Any]

SETS = resources.named("ReplicaSet")
_OWN = (
    REVISION, HISTORY, DESIRED, "kubectl.kubernetes.io/last-applied-configuration",
    "notified.notifications.argoproj.io",
)  # fmt: skip


def claimed(registry: Registry, rollout: Obj, spec: Spec) -> dict[str, Obj]:
    """The Rollout's ReplicaSets by name, oldest first."""
    selector = selectors.of_object(spec.raw.get("selector"))
    if selector is None:
        return {}
    found = owners.claim(registry, SETS, rollout, selector)
    found.sort(key=lambda rs: (sets.created(rs), rs["metadata"]["name"]))
    return {rs["metadata"]["name"]: rs for rs in found}


def newest_of(rollout: Obj, spec: Spec, known: dict[str, Obj]) -> str:
    """The name of the ReplicaSet of the present template: by its hash, else by what it says."""
    digest = hashes.template_hash(spec.template, (rollout.get("status") or {}).get("collisionCount"))
    for name, replica_set in known.items():
        if sets.hash_of(replica_set) == digest:
            return name
    asked = _comparable(spec.template)
    return next((name for name, rs in known.items() if _comparable(rs["spec"]["template"]) == asked), "")


def _rewritten(spec: Obj) -> Obj:
    """The spec as the controller writes it back: with a step that runs an Experiment it differs, and is a generation."""
    canary = (spec.get("strategy") or {}).get("canary") or {}
    if not any("experiment" in step for step in canary.get("steps") or ()):
        return spec
    canary = {**canary, "steps": hashes.with_empty_parts(canary["steps"])}
    return {**spec, "strategy": {**spec["strategy"], "canary": canary}}


def _comparable(template: Obj) -> str:
    copy = own_copy(template)
    fill_pod_spec(copy.setdefault("spec", {}))
    labels = (copy.get("metadata") or {}).get("labels") or {}
    labels.pop(HASH_LABEL, None)
    copy.get("spec", {}).pop("serviceAccount", None)
    return canonical(copy)


class Revisions:
    """Numbers a Rollout's ReplicaSets."""

    def __init__(self, registry: Registry, events: Recorder) -> None:
        self._registry = registry
        self._events = events

    def create(self, scene: Scene) -> None:
        """Make the ReplicaSet of the present template, with no pods."""
        number = max((sets.revision_of(rs) for rs in scene.all), default=0) + 1
        namespace = scene.key[0]
        digest = hashes.template_hash(scene.spec.template, scene.status.get("collisionCount"))
        fresh = self._fresh(scene, digest, number)
        made = self._registry.create(SETS, namespace, fresh, WRITE)
        scene.newest_name = made["metadata"]["name"]
        scene.sets[scene.newest_name] = made
        self._number_rollout(scene, str(number))
        text = f"Created ReplicaSet {scene.newest_name} (revision {number})"
        self._events.record(scene.rollout, "NewReplicaSetCreated", text)
        self._note(scene, "NewReplicaSetCreated", f'Created new replica set "{scene.newest_name}"')

    def _fresh(self, scene: Scene, digest: str, number: int) -> Obj:
        template = own_copy(scene.spec.template)
        meta = template.setdefault("metadata", {})
        meta["labels"] = {**(meta.get("labels") or {}), HASH_LABEL: digest}
        selector = own_copy(scene.spec.raw["selector"])
        selector["matchLabels"] = {**(selector.get("matchLabels") or {}), HASH_LABEL: digest}
        spec: Obj = {"replicas": 0, "selector": selector, "template": template}
        if scene.spec.raw.get("minReadySeconds"):
            spec["minReadySeconds"] = scene.spec.raw["minReadySeconds"]
        copied = {k: v for k, v in (scene.rollout["metadata"].get("annotations") or {}).items() if k not in _OWN}
        return {
            "metadata": {
                "name": f"{scene.key[1]}-{digest}",
                "labels": dict(meta["labels"]),
                "annotations": {**copied, REVISION: str(number), DESIRED: str(scene.spec.replicas)},
                "ownerReferences": [owners.reference_to(scene.rollout)],
            },
            "spec": spec,
        }

    def sync(self, scene: Scene) -> None:
        """Give the newest ReplicaSet the highest number, and tell the Rollout."""
        newest = scene.newest
        if newest is None:
            return
        annotations = self._annotations(scene, newest)
        ready = scene.spec.raw.get("minReadySeconds", 0)
        if (
            annotations != (newest["metadata"].get("annotations") or {})
            or newest["spec"].get("minReadySeconds", 0) != ready
        ):
            meta = {**newest["metadata"], "annotations": annotations}
            spec = {**newest["spec"], "minReadySeconds": ready}
            if not ready:
                del spec["minReadySeconds"]
            scene.sets[scene.newest_name] = self.write(newest, metadata=meta, spec=spec)
            return
        self._number_rollout(scene, sets.annotation(newest, REVISION))
        if not any(c["type"] == "Progressing" for c in scene.status.get("conditions") or ()):
            self._note(scene, "FoundNewReplicaSet", f'Found new replica set "{scene.newest_name}"')
            # The real one forgets here, until its next step, that the template is a workload's.
            scene.spec = replace(scene.spec, from_workload=False)

    def _annotations(self, scene: Scene, newest: Obj) -> Obj:
        have = dict(newest["metadata"].get("annotations") or {})
        given = scene.rollout["metadata"].get("annotations") or {}
        before = dict(have)
        have |= {key: value for key, value in given.items() if key not in _OWN}
        number = max((sets.revision_of(rs) for rs in scene.older), default=0) + 1
        old = have.get(REVISION, "")
        if (int(old) if old.isdigit() else 0) < number:
            have[REVISION] = str(number)
        if old and have != before:
            have[HISTORY] = f"{have[HISTORY]},{old}" if have.get(HISTORY) else old
        return have

    def write(self, replica_set: Obj, **parts: Any) -> Obj:
        """Write the controller's copy of a ReplicaSet. Raises ApiError 409 if it is no longer the present one."""
        meta = replica_set["metadata"]
        stored = self._registry.get(SETS, meta["namespace"], meta["name"])
        new = {**replica_set, **parts}
        new["metadata"] = dict(new["metadata"])
        return self._registry.update(SETS, stored, new, WRITE)

    def _number_rollout(self, scene: Scene, revision: str) -> None:
        annotations = scene.rollout["metadata"].get("annotations") or {}
        if annotations.get(REVISION) == revision:
            return
        meta = {**scene.rollout["metadata"], "annotations": {**annotations, REVISION: revision}}
        stored = self._registry.get(ROLLOUTS, *scene.key)
        new = {**scene.rollout, "metadata": meta, "spec": _rewritten(scene.rollout["spec"])}
        scene.rollout = self._registry.update(ROLLOUTS, stored, new, WRITE)
        self._events.record(scene.rollout, "RolloutUpdated", f"Rollout updated to revision {revision}")

    def _note(self, scene: Scene, reason: str, message: str) -> None:
        """Write a Progressing condition at once, with the whole status."""
        status = plain(own_copy(scene.status))
        put(status, condition("Progressing", "True", reason, message, self._registry.now()))
        stored = self._registry.get(ROLLOUTS, *scene.key)
        write = Write(MANAGER, subresource="status")
        new = {**scene.rollout, "metadata": dict(scene.rollout["metadata"]), "status": status}
        scene.rollout = self._registry.update(ROLLOUTS, stored, new, write)
