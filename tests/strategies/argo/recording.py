"""Plays a recording of Argo's controller back: the objects as they were at every entry of its timeline.

`load(name)` reads one, `Recording.moments()` gives every entry in order with the objects after it. What a recording leaves out is put
back as it was: a spec that did not change, a ReplicaSet's template, the uid in a pod's owner, a pod's Ready condition.
"""

import gzip
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from strategies.argo.objects import Objects

Thing = dict[str, Any]
FOLDER = Path(__file__).parent / "recordings"
NAMES = tuple(sorted(path.name.removesuffix(".json.gz") for path in FOLDER.glob("[0-9]*.json.gz")))
STARTS: Mapping[str, str] = json.loads((FOLDER / "starts.json").read_text())
_LEFT_OUT = ("template", "selector")


@dataclass(slots=True)
class Cluster:
    """The objects of a recording's namespace at one moment: watch name, then object name."""

    kinds: dict[str, dict[str, Thing]] = field(default_factory=dict)

    def of(self, watch: str) -> list[Thing]:
        """The objects of one watch (`replicasets`, `pods`, …)."""
        return list(self.kinds.get(watch, {}).values())

    def get(self, watch: str, name: str) -> Thing | None:
        """One object, None where it is not there."""
        return self.kinds.get(watch, {}).get(name)

    def take(self, entry: Thing) -> Thing:
        """Bring one event in; the object as it then is, with what the recording left out."""
        found: Thing = entry["object"]
        objects = self.kinds.setdefault(entry["watch"], {})
        name = found["metadata"]["name"]
        before = objects.get(name)
        if entry["type"] == "DELETED":
            objects.pop(name, None)
        else:
            objects[name] = found = self._whole(entry["watch"], found, before)
        return found

    def _whole(self, watch: str, found: Thing, before: Thing | None) -> Thing:
        if watch == "pods":
            return self._pod(found)
        if before is not None and found.get("spec") == {"unchanged": True}:
            return found | {"spec": before["spec"]}
        if watch == "replicasets" and before is not None:
            kept = {key: before["spec"][key] for key in _LEFT_OUT if key in before["spec"] and key not in found["spec"]}
            return found | {"spec": found["spec"] | kept}
        return found

    def _pod(self, found: Thing) -> Thing:
        owners = [owner | {"uid": self._set_uid(owner)} for owner in found["metadata"].get("ownerReferences", [])]
        ready = found["status"].get("ready")
        conditions = [] if ready is None else [{"type": "Ready", "status": ready}]
        spec = found.get("spec") or self._pod_spec(owners)
        return found | {
            "metadata": found["metadata"] | {"ownerReferences": owners},
            "spec": spec,
            "status": found["status"] | {"conditions": conditions},
        }

    def _set_uid(self, owner: Mapping[str, Any]) -> str:
        found = self.get("replicasets", str(owner["name"]))
        return str(found["metadata"]["uid"]) if found else str(owner.get("uid", ""))

    def _pod_spec(self, owners: list[Thing]) -> Thing:
        found = self.get("replicasets", owners[0]["name"]) if owners else None
        spec: Thing = found["spec"]["template"]["spec"] if found else {}
        return spec

    def objects(self, rollout: str) -> Objects:
        """What belongs to the Rollout of that name."""
        found = self.get("rollouts", rollout)
        if found is None:
            return Objects(None)
        uid = found["metadata"]["uid"]
        experiments = _owned(self.of("experiments"), {uid})
        owners = {uid, *(one["metadata"]["uid"] for one in experiments)}
        sets = _owned(self.of("replicasets"), owners)
        workload = found["spec"].get("workloadRef", {}).get("name", "")
        return Objects(
            rollout=found,
            sets=sets,
            pods=_owned(self.of("pods"), {one["metadata"]["uid"] for one in sets}),
            runs=_owned(self.of("analysisruns"), owners),
            experiments=experiments,
            services=self.of("services"),
            ingresses=self.of("ingresses"),
            workload=self.get("deployments", workload),
        )


def _owned(things: list[Thing], uids: set[str]) -> list[Thing]:
    return [
        one for one in things if uids & {owner.get("uid", "") for owner in one["metadata"].get("ownerReferences", [])}
    ]


@dataclass(frozen=True, slots=True)
class Moment:
    """One entry of the timeline, when it came, and the objects after it. `cluster` changes with the next moment."""

    number: int
    entry: Thing
    at: datetime
    cluster: Cluster

    @property
    def kind(self) -> str:
        """event, cli, act or note."""
        return str(self.entry["kind"])

    @property
    def rollout(self) -> str:
        """The Rollout it is about: the one that changed, or the one that a command names; empty where it names none."""
        match self.kind:
            case "event" if self.entry["watch"] == "rollouts":
                return str(self.entry["object"]["metadata"]["name"])
            case "cli":
                rollouts = [one["metadata"]["name"] for one in self.cluster.of("rollouts")]
                return next((word for word in self.entry["command"].split() if word in rollouts), "")
        return ""

    @property
    def objects(self) -> Objects:
        """The objects of that Rollout."""
        return self.cluster.objects(self.rollout)


@dataclass(frozen=True, slots=True)
class Recording:
    """One scenario. `start` is the time of its first moment."""

    name: str
    about: str
    namespace: str
    setup: tuple[Thing, ...]
    timeline: tuple[Thing, ...]
    start: datetime

    def moments(self) -> Iterator[Moment]:
        """Every entry in order of arrival. The objects live on in one cluster: keep what is needed before going on."""
        cluster = Cluster()
        for number, told in enumerate(self.timeline):
            is_object = told["kind"] == "event" and told["watch"] != "events"
            entry = told | {"object": cluster.take(told)} if is_object else told
            yield Moment(number, entry, self.start + timedelta(milliseconds=entry["at_ms"]), cluster)


@lru_cache(maxsize=4)
def load(name: str) -> Recording:
    """The recording of that name (`02-canary-basic`)."""
    found = json.loads(gzip.decompress((FOLDER / f"{name}.json.gz").read_bytes()))
    timeline = tuple(found["timeline"])
    start = datetime.fromisoformat(STARTS[name])
    return Recording(found["name"], found["about"], found["namespace"], tuple(found["setup"]), timeline, start)
