"""The Deployment controller: which ReplicaSets there are, and how many pods each should have."""

from typing import Any

from bot.playground.kubernetes import resources, selectors
from bot.playground.kubernetes.controllers import conditions, owners
from bot.playground.kubernetes.controllers.deployment_status import StatusWriter
from bot.playground.kubernetes.controllers.events import Recorder
from bot.playground.kubernetes.controllers.queue import WorkQueue
from bot.playground.kubernetes.controllers.revisions import (
    DESIRED,
    HASH_LABEL,
    annotations_for,
    fenceposts,
    is_rolling,
    new_replicas,
    replica_annotations,
    revision_of,
    same_template,
    share,
    spec_replicas,
    status_sum,
    template_hash,
)
from bot.playground.kubernetes.json_patch import copied
from bot.playground.kubernetes.registry import Registry
from bot.playground.kubernetes.status import ApiError
from bot.playground.kubernetes.store import Event, Key

Obj = dict[str, Any]

_SETS = resources.named("ReplicaSet")
_DEPLOYMENTS = resources.named("Deployment")


class DeploymentController:
    """Keeps Deployments true."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._store = registry.store
        self._events = Recorder(registry, "deployment-controller")
        self.queue: WorkQueue[Key] = WorkQueue(registry.clock, self.sync)
        self._status = StatusWriter(registry, self.queue)
        self._store.subscribe(self._on_deployment, _DEPLOYMENTS.storage)
        self._store.subscribe(self._on_set, _SETS.storage)
        self._store.subscribe(self._on_pod, "pods")

    def _on_deployment(self, event: Event) -> None:
        self.queue.add(event.key)

    def _on_set(self, event: Event) -> None:
        owner = owners.controller_of(event.new)
        if owner is not None and owner["kind"] == "Deployment":
            self.queue.add((event.key[0], owner["name"]))
        elif owner is None:
            for deployment in self._store.each(_DEPLOYMENTS.storage, event.key[0]):
                self.queue.add((event.key[0], deployment["metadata"]["name"]))

    def _on_pod(self, event: Event) -> None:
        """A Recreate rollout goes on when the last old pod is gone."""
        if event.type != "DELETED":
            return
        owner = owners.controller_of(event.new)
        found = self._store.get(_SETS.storage, event.key[0], owner["name"]) if owner else None
        parent = owners.controller_of(found) if found else None
        if parent is not None:
            self.queue.add((event.key[0], parent["name"]))

    def sync(self, key: Key) -> None:
        """One step for one Deployment."""
        deployment = self._store.get(_DEPLOYMENTS.storage, *key)
        if deployment is None:
            return
        selector = selectors.of_object(deployment["spec"]["selector"])
        if selector is None:
            return
        sets = owners.claim(self._registry, _SETS, deployment, selector)
        if "deletionTimestamp" in deployment["metadata"]:
            newest, old = self._split(deployment, sets)
            self._status.sync(deployment, _all_of(newest, old), newest)
            return
        deployment = self._status.note_pause(deployment)
        if deployment["spec"].get("paused") or self._was_scaled(deployment, sets):
            self._sync_size(deployment, sets)
        elif is_rolling(deployment):
            self._roll(deployment, sets)
        else:
            self._recreate(deployment, sets)

    # --- the ReplicaSets --------------------------------------------------------------------------------------

    def _split(self, deployment: Obj, sets: list[Obj]) -> tuple[Obj | None, list[Obj]]:
        template = deployment["spec"]["template"]
        ordered = sorted(sets, key=_age)
        newest = next((rs for rs in ordered if same_template(rs["spec"]["template"], template)), None)
        old = [rs for rs in ordered if newest is None or rs["metadata"]["uid"] != newest["metadata"]["uid"]]
        return newest, old

    def _newest(self, deployment: Obj, sets: list[Obj], *, create: bool) -> tuple[Obj, Obj | None, list[Obj]]:
        """The Deployment (perhaps with a new revision), the ReplicaSet of its template, and the others."""
        newest, old = self._split(deployment, sets)
        revision = max((revision_of(rs) for rs in old), default=0) + 1
        if newest is not None:
            newest = self._renumber(deployment, newest, revision)
            shown = str(revision_of(newest))
            deployment = self._status.note_revision(deployment, shown, newest["metadata"]["name"], "FoundNewReplicaSet")
            return deployment, newest, old
        if not create:
            return deployment, None, old
        return self._create_set(deployment, old, revision)

    def _renumber(self, deployment: Obj, newest: Obj, revision: int) -> Obj:
        annotations = annotations_for(deployment, newest, revision, exists=True)
        spec = newest["spec"]
        ready = deployment["spec"].get("minReadySeconds", 0)
        if spec.get("minReadySeconds", 0) != ready:
            spec = {**spec, "minReadySeconds": ready} if ready else _without(spec, "minReadySeconds")
        if annotations == (newest["metadata"].get("annotations") or {}) and spec is newest["spec"]:
            return newest
        return self._registry.change(
            _SETS, newest, metadata={**newest["metadata"], "annotations": annotations}, spec=spec
        )

    def _create_set(self, deployment: Obj, old: list[Obj], revision: int) -> tuple[Obj, Obj | None, list[Obj]]:
        spec = deployment["spec"]
        digest = template_hash(spec["template"], (deployment.get("status") or {}).get("collisionCount", 0))
        template = copied(spec["template"])
        template.setdefault("metadata", {})["labels"] = {**template["metadata"].get("labels", {}), HASH_LABEL: digest}
        selector = copied(spec["selector"])
        selector["matchLabels"] = {**selector.get("matchLabels", {}), HASH_LABEL: digest}
        fresh: Obj = {
            "metadata": {
                "name": f"{deployment['metadata']['name']}-{digest}",
                "labels": dict(template["metadata"]["labels"]),
                "ownerReferences": [owners.reference_to(deployment)],
            },
            "spec": {"replicas": 0, "selector": selector, "template": template},
        }
        if spec.get("minReadySeconds"):
            fresh["spec"]["minReadySeconds"] = spec["minReadySeconds"]
        fresh["spec"]["replicas"] = new_replicas(deployment, [*old, fresh], fresh)
        fresh["metadata"]["annotations"] = annotations_for(deployment, fresh, revision, exists=False)
        try:
            created = self._registry.create(_SETS, deployment["metadata"]["namespace"], fresh)
        except ApiError:
            return deployment, None, old
        name, size = created["metadata"]["name"], created["spec"]["replicas"]
        if size:
            self._events.record(deployment, "ScalingReplicaSet", f"Scaled up replica set {name} from 0 to {size}")
        deployment = self._status.note_revision(deployment, str(revision), name, "NewReplicaSetCreated")
        return deployment, created, old

    def _scale(self, deployment: Obj, replica_set: Obj, size: int) -> Obj:
        before = replica_set["spec"]["replicas"]
        annotations = {**(replica_set["metadata"].get("annotations") or {}), **replica_annotations(deployment)}
        if before == size and annotations == replica_set["metadata"].get("annotations"):
            return replica_set
        meta = {**replica_set["metadata"], "annotations": annotations}
        changed = self._registry.change(
            _SETS, replica_set, metadata=meta, spec={**replica_set["spec"], "replicas": size}
        )
        if before != size:
            word = "up" if size > before else "down"
            name = replica_set["metadata"]["name"]
            message = f"Scaled {word} replica set {name} from {before} to {size}"
            self._events.record(deployment, "ScalingReplicaSet", message)
        return changed

    # --- a change of size -------------------------------------------------------------------------------------

    def _was_scaled(self, deployment: Obj, sets: list[Obj]) -> bool:
        for replica_set in sets:
            noted = (replica_set["metadata"].get("annotations") or {}).get(DESIRED)
            if replica_set["spec"]["replicas"] and noted is not None and int(noted) != deployment["spec"]["replicas"]:
                return True
        return False

    def _sync_size(self, deployment: Obj, sets: list[Obj]) -> None:
        deployment, newest, old = self._newest(deployment, sets, create=False)
        self._spread(deployment, newest, old)
        if deployment["spec"].get("paused"):
            self._clean_up(deployment, old)
        self._status.sync(deployment, _all_of(newest, old), newest)

    def _spread(self, deployment: Obj, newest: Obj | None, old: list[Obj]) -> None:
        """Bring a new size to the ReplicaSets."""
        wanted = deployment["spec"]["replicas"]
        everyone = _all_of(newest, old)
        active = [rs for rs in everyone if rs["spec"]["replicas"]]
        single = active[0] if len(active) == 1 else (newest or (old[-1] if old else None)) if not active else None
        if single is not None:
            if _size(single) != wanted:
                self._scale(deployment, single, wanted)
        elif newest is not None and self._saturated(deployment, newest):
            for replica_set in [rs for rs in old if _size(rs)]:
                self._scale(deployment, replica_set, 0)
        elif is_rolling(deployment):
            for replica_set, size in self._proportions(deployment, active):
                self._scale(deployment, replica_set, size)

    def _saturated(self, deployment: Obj, newest: Obj) -> bool:
        wanted = deployment["spec"]["replicas"]
        noted = (newest["metadata"].get("annotations") or {}).get(DESIRED)
        available = (newest.get("status") or {}).get("availableReplicas", 0)
        return _size(newest) == wanted and noted == str(wanted) and bool(available == wanted)

    def _proportions(self, deployment: Obj, active: list[Obj]) -> list[tuple[Obj, int]]:
        wanted = deployment["spec"]["replicas"]
        allowed = wanted + fenceposts(deployment)[0] if wanted else 0
        to_add = allowed - spec_replicas(active)
        newer_first = to_add > 0
        ordered = sorted(active, key=_age, reverse=newer_first)
        ordered.sort(key=_size, reverse=True)
        sizes: list[int] = []
        added = 0
        for replica_set in ordered:
            part = share(deployment, replica_set, to_add, added)
            sizes.append(_size(replica_set) + part)
            added += part
        if sizes and to_add:
            sizes[0] = max(sizes[0] + to_add - added, 0)
        return list(zip(ordered, sizes, strict=True))

    # --- a new template ---------------------------------------------------------------------------------------

    def _roll(self, deployment: Obj, sets: list[Obj]) -> None:
        deployment, newest, old = self._newest(deployment, sets, create=True)
        if newest is None:
            self._status.sync(deployment, old, None)
            return
        changed = self._grow(deployment, newest, old) or self._shrink(deployment, newest, old)
        if not changed and conditions.complete(deployment, deployment.get("status") or {}):
            self._clean_up(deployment, old)
        self._status.sync(deployment, [*old, newest], newest)

    def _grow(self, deployment: Obj, newest: Obj, old: list[Obj]) -> bool:
        """Bring the newest ReplicaSet nearer to its size; answers whether something was done."""
        wanted = deployment["spec"]["replicas"]
        size = _size(newest)
        if size == wanted:
            return False
        target = wanted if size > wanted else new_replicas(deployment, [*old, newest], newest)
        if target != size:
            self._scale(deployment, newest, target)
        return target != size

    def _shrink(self, deployment: Obj, newest: Obj, old: list[Obj]) -> bool:
        """Take pods from the old ReplicaSets, as many as may be missing; answers whether something was done."""
        if not spec_replicas(old):
            return False
        least = deployment["spec"]["replicas"] - fenceposts(deployment)[1]
        missing = _size(newest) - (newest.get("status") or {}).get("availableReplicas", 0)
        room = spec_replicas([*old, newest]) - least - missing
        if room <= 0:
            return False
        before = spec_replicas(old)
        old = self._drop_unhealthy(deployment, old, room)
        spare = status_sum([*old, newest], "availableReplicas") - least
        left = before
        for replica_set in old:
            cut = max(min(_size(replica_set), spare), 0)
            spare -= cut
            left -= cut
            if cut:
                self._scale(deployment, replica_set, _size(replica_set) - cut)
        return left < before or spec_replicas(old) < before

    def _drop_unhealthy(self, deployment: Obj, old: list[Obj], room: int) -> list[Obj]:
        result: list[Obj] = []
        for replica_set in old:
            dead = _size(replica_set) - (replica_set.get("status") or {}).get("availableReplicas", 0)
            cut = max(min(dead, room), 0)
            room -= cut
            result.append(self._scale(deployment, replica_set, _size(replica_set) - cut) if cut else replica_set)
        return result

    def _recreate(self, deployment: Obj, sets: list[Obj]) -> None:
        deployment, newest, old = self._newest(deployment, sets, create=False)
        if spec_replicas(old):
            for replica_set in [rs for rs in old if _size(rs)]:
                self._scale(deployment, replica_set, 0)
            self._status.sync(deployment, _all_of(newest, old), newest)
            return
        if self._old_pods_run(old):
            self._status.sync(deployment, _all_of(newest, old), newest)
            return
        if newest is None:
            deployment, newest, old = self._newest(deployment, sets, create=True)
        if newest is not None and _size(newest) != deployment["spec"]["replicas"]:
            self._scale(deployment, newest, deployment["spec"]["replicas"])
        if conditions.complete(deployment, deployment.get("status") or {}):
            self._clean_up(deployment, old)
        self._status.sync(deployment, _all_of(newest, old), newest)

    def _old_pods_run(self, old: list[Obj]) -> bool:
        pods = [pod for replica_set in old for pod in self._store.owned("pods", replica_set["metadata"]["uid"])]
        return any((pod.get("status") or {}).get("phase") not in ("Succeeded", "Failed") for pod in pods)

    def _clean_up(self, deployment: Obj, old: list[Obj]) -> None:
        limit = deployment["spec"].get("revisionHistoryLimit")
        if limit is None:
            return
        alive = sorted((rs for rs in old if "deletionTimestamp" not in rs["metadata"]), key=revision_of)
        for replica_set in alive[: max(len(alive) - limit, 0)]:
            found = replica_set.get("status") or {}
            behind = replica_set["metadata"]["generation"] > found.get("observedGeneration", 0)
            if found.get("replicas", 0) or _size(replica_set) or behind:
                continue
            self._registry.remove(_SETS, replica_set)


def _age(replica_set: Obj) -> tuple[str, int]:
    return replica_set["metadata"]["creationTimestamp"], revision_of(replica_set)


def _size(replica_set: Obj) -> int:
    size: int = replica_set["spec"]["replicas"]
    return size


def _without(spec: Obj, key: str) -> Obj:
    return {name: value for name, value in spec.items() if name != key}


def _all_of(newest: Obj | None, old: list[Obj]) -> list[Obj]:
    return [*old, newest] if newest is not None else old
