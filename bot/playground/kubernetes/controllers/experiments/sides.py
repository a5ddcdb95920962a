"""The ReplicaSets of an Experiment, one for each of its templates."""

from datetime import UTC, datetime, timedelta
from typing import Any

from bot.playground.kubernetes import resources
from bot.playground.kubernetes.controllers import owners
from bot.playground.kubernetes.controllers.events import Recorder
from bot.playground.kubernetes.controllers.experiments import verdicts
from bot.playground.kubernetes.controllers.queue import WorkQueue
from bot.playground.kubernetes.controllers.rollouts import hashes, sets
from bot.playground.kubernetes.controllers.rollouts.spec import DEADLINE, HASH_LABEL
from bot.playground.kubernetes.registry import Registry, Write, own_copy
from bot.playground.kubernetes.store import Key, key_of

Obj = dict[str, Any]

NAME, TEMPLATE = "experiment.argoproj.io/name", "experiment.argoproj.io/template-name"
_SETS = resources.named("ReplicaSet")
_WRITE = Write("rollouts-controller")
_DELAY_SECONDS = 30
_COUNTS = {
    "replicas": "replicas", "updatedReplicas": "replicas", "readyReplicas": "readyReplicas",
    "availableReplicas": "availableReplicas",
}  # fmt: skip


class Sides:
    """Makes, sizes and counts them."""

    def __init__(self, registry: Registry, queue: WorkQueue[Key], events: Recorder) -> None:
        self._registry = registry
        self._queue = queue
        self._events = events

    def reconcile(self, experiment: Obj, template: Obj) -> Obj:
        """Bring one side to what is due; answers its status."""
        status = experiment.get("status") or {}
        before = verdicts.named(status.get("templateStatuses"), template["name"])
        side = {"name": template["name"], **before}
        replica_set = self._of(experiment, template)
        if replica_set is None:
            replica_set = self._create(experiment, template)
            side["lastTransitionTime"] = self._registry.now()
        else:
            wanted = self._wanted(experiment, template, before)
            if sets.size(replica_set) != wanted:
                replica_set = self._scale(experiment, template, replica_set, wanted)
                side["lastTransitionTime"] = self._registry.now()
        side |= {field: sets.counted(replica_set, count) for field, count in _COUNTS.items()}
        if any(before.get(field, 0) != side[field] for field in _COUNTS):
            side["lastTransitionTime"] = self._registry.now()
        if not verdicts.side_over(side):
            self._judge(experiment, template, side)
        self._tell(experiment, before, side)
        return side

    def _of(self, experiment: Obj, template: Obj) -> Obj | None:
        owned = self._registry.store.owned(_SETS.storage, experiment["metadata"]["uid"])
        return next((rs for rs in owned if sets.annotation(rs, TEMPLATE) == template["name"]), None)

    def _wanted(self, experiment: Obj, template: Obj, before: Obj) -> int:
        if verdicts.terminating(experiment["spec"], experiment.get("status") or {}) or verdicts.side_over(before):
            return 0
        wanted: int = template.get("replicas", 1)
        return wanted

    def _create(self, experiment: Obj, template: Obj) -> Obj:
        """Make the ReplicaSet with no pods yet, under a hash of its own."""
        inner = own_copy(template["template"])
        labels = (inner.setdefault("metadata", {}).get("labels") or {}).copy()
        labels.pop(HASH_LABEL, None)
        inner["metadata"]["labels"] = labels
        digest = hashes.template_hash(inner)
        inner["metadata"]["labels"] = {**labels, HASH_LABEL: digest}
        selector = own_copy(template["selector"])
        selector["matchLabels"] = {**(selector.get("matchLabels") or {}), HASH_LABEL: digest}
        meta = experiment["metadata"]
        fresh = {
            "metadata": {
                "name": f"{meta['name']}-{template['name']}",
                "labels": dict(inner["metadata"]["labels"]),
                "annotations": {NAME: meta["name"], TEMPLATE: template["name"]},
                "ownerReferences": [owners.reference_to(experiment)],
            },
            "spec": {"replicas": 0, "selector": selector, "template": inner},
        }
        return self._registry.create(_SETS, meta["namespace"], fresh, _WRITE)

    def _scale(self, experiment: Obj, template: Obj, replica_set: Obj, wanted: int) -> Obj:
        """Scale one side; down only after the delay, whose end is noted first."""
        if wanted == 0:
            replica_set = self._note_deadline(experiment, replica_set)
            left = sets.time_left(replica_set, self._registry.clock.now())
            if left is not None:
                self._queue.add_within(key_of(experiment), left.total_seconds() + 0.01)
                wanted = template.get("replicas", 1)
        have = sets.size(replica_set)
        if have == wanted:
            return replica_set
        word, name = "up" if wanted > have else "down", replica_set["metadata"]["name"]
        text = f"Scaled {word} ReplicaSet {name} from {have} to {wanted}"
        self._events.record(experiment, "ScalingReplicaSet", text)
        return self._registry.change(_SETS, replica_set, _WRITE, spec={**replica_set["spec"], "replicas": wanted})

    def _note_deadline(self, experiment: Obj, replica_set: Obj) -> Obj:
        seconds = experiment["spec"].get("scaleDownDelaySeconds", _DELAY_SECONDS)
        if not seconds or sets.has_deadline(replica_set):
            return replica_set
        moment = self._registry.clock.now().astimezone(UTC) + timedelta(seconds=seconds)
        annotations = {**replica_set["metadata"]["annotations"], DEADLINE: moment.strftime("%Y-%m-%dT%H:%M:%SZ")}
        meta = {**replica_set["metadata"], "annotations": annotations}
        return self._registry.change(_SETS, replica_set, _WRITE, metadata=meta)

    def _judge(self, experiment: Obj, template: Obj, side: Obj) -> None:
        spec, status = experiment["spec"], experiment.get("status") or {}
        now, ending = self._registry.clock.now(), verdicts.terminating(spec, status)
        if self._wanted(experiment, template, side) == side["availableReplicas"]:
            over = ending or verdicts.passed(spec, status, now)
            side["status"] = verdicts.SUCCESSFUL if over else verdicts.SIDE_RUNNING
            return
        seconds = verdicts.deadline(spec)
        if now > datetime.fromisoformat(side["lastTransitionTime"]) + timedelta(seconds=seconds):
            side["status"] = verdicts.FAILED
            side["message"] = f"Template '{template['name']}' exceeded its progressDeadlineSeconds ({seconds})"
        else:
            side["status"] = verdicts.SUCCESSFUL if ending else verdicts.PROGRESSING
            self._queue.add_within(key_of(experiment), seconds + 0.1)

    def _tell(self, experiment: Obj, before: Obj, side: Obj) -> None:
        was, now = before.get("status", ""), side["status"]
        if was == now:
            return
        text = f"Template '{side['name']}' transitioned from {was} -> {now}"
        if side.get("message"):
            text += f": {side['message']}"
        kind = "Warning" if now in (verdicts.FAILED, verdicts.ERROR) else "Normal"
        self._events.record(experiment, f"Template{now}", text, kind)
