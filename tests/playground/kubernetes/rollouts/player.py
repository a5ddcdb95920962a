"""Plays the acts of a recording of Argo's controller against the playground's, and keeps every event that follows.

Only what people, the plugin and the metric sources did is taken from the recording; everything else the playground does by itself. The
recordings and the moments at which they began lie beside the tests of `strategies.argo`.
"""

import gzip
import json
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp

from bot.playground.kubernetes import Behaviour, Cluster
from tests.playground.kubernetes.replay import ManualClock, recorded_kubelet

Obj = dict[str, Any]

RECORDINGS = Path(__file__).parents[3] / "strategies" / "argo" / "recordings"
_STARTS: dict[str, str] = json.loads((RECORDINGS / "starts.json").read_text())
_PATHS = {
    "rollouts": "/apis/argoproj.io/v1alpha1", "analysisruns": "/apis/argoproj.io/v1alpha1",
    "analysistemplates": "/apis/argoproj.io/v1alpha1", "deployments": "/apis/apps/v1",
    "ingresses": "/apis/networking.k8s.io/v1", "services": "/api/v1",
    "rolebindings": "/apis/rbac.authorization.k8s.io/v1",
}  # fmt: skip
_SEEN = {
    "Rollout": "rollouts", "ReplicaSet": "replicasets", "Service": "services", "Ingress": "ingresses",
    "AnalysisRun": "analysisruns", "Event": "events",
}  # fmt: skip
_QUERIES = {
    "vector(0.99)": ["0.99"], "vector(0.90)": ["0.9"], "absent(vector(1))": [], "vector(0)/vector(0)": ["NaN"],
    "vector(1)": ["1"],
}  # fmt: skip
OVERLOOKED = ("15h-race-promote-lost-until-next-event",)
"""Recorded while the controller missed the change of a status."""

_AFTER_SECONDS = 0.05
_TOGETHER, _APART_SECONDS = 5, 0.01


@dataclass(frozen=True, slots=True)
class Happened:
    """One event of a watch."""

    watch: str
    type: str
    object: Obj
    at: float


def _of_a_deployment(obj: Obj) -> bool:
    """Whether something is the business of a Deployment, whose template a Rollout takes."""
    owners = (obj.get("metadata") or {}).get("ownerReferences") or ()
    return any(owner["kind"] == "Deployment" for owner in owners)


@dataclass(slots=True)
class Recording:
    """A recorded scenario."""

    name: str
    data: Obj
    events: list[Happened] = field(default_factory=list)

    @classmethod
    def load(cls, name: str) -> "Recording":
        """Read one, with the specs that it leaves out put back."""
        with gzip.open(RECORDINGS / f"{name}.json.gz", "rt", encoding="utf-8") as file:
            data: Obj = json.load(file)
        found = cls(name, data)
        specs: dict[str, Any] = {}
        for entry in data["timeline"]:
            if entry["kind"] != "event":
                continue
            obj = entry["object"]
            if entry["watch"] == "rollouts":
                name_of = obj["metadata"]["name"]
                if obj["spec"] == {"unchanged": True}:
                    obj = {**obj, "spec": specs[name_of]}
                specs[name_of] = obj["spec"]
            if entry["watch"] == "replicasets" and _of_a_deployment(obj):
                continue
            found.events.append(Happened(entry["watch"], entry["type"], obj, entry["at_ms"] / 1000))
        return found

    @staticmethod
    def names() -> list[str]:
        """All there are."""
        return sorted(path.name.removesuffix(".json.gz") for path in RECORDINGS.glob("[0-9]*.json.gz"))

    @property
    def acts(self) -> list[Obj]:
        """What was done, with notes about the controller."""
        return [entry for entry in self.data["timeline"] if entry["kind"] in ("act", "note")]

    @property
    def end(self) -> float:
        """The last moment, in seconds."""
        last: int = self.data["timeline"][-1]["at_ms"]
        return last / 1000

    def appeared(self, manifest: Obj) -> float:
        """When an object of the setup came, in seconds; at once for kinds that were not watched."""
        watch = _SEEN.get(manifest["kind"], "deployments" if manifest["kind"] == "Deployment" else "")
        name = manifest["metadata"]["name"]
        found = (e.at for e in self.events if e.watch == watch and e.object["metadata"]["name"] == name)
        return next(found, 0.0) if watch else 0.0


class RecordedClock(ManualClock):
    """A clock that begins when the recording did."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._begin = datetime.fromisoformat(_STARTS[name])


class Player:
    """Plays one recording."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._clock = RecordedClock(recording.name)
        self._answers: Obj = {}
        self._pods = 0
        self._cluster = Cluster(self._clock, policy=self._kubelet, fetch=self._fetch)
        self.events: list[Happened] = []
        self.answers: list[tuple[Obj, Obj]] = []
        """Every recorded request with the answer that it got here."""

        self._cluster.subscribe(self._keep)

    def _keep(self, kind: str, name: str, obj: Obj) -> None:
        if (
            name in _SEEN
            and not _of_a_deployment(obj)
            and obj["metadata"].get("namespace") == self._recording.data["namespace"]
        ):
            self.events.append(Happened(_SEEN[name], kind, obj, self._clock.real()))

    def _kubelet(self, pod: Obj, image: str) -> Behaviour:
        """As recorded; of several pods made together, each is ready a little after the one before."""
        found = recorded_kubelet(pod, image)
        self._pods += 1
        return replace(found, ready_after=found.ready_after + self._pods % _TOGETHER * _APART_SECONDS)

    def _fetch(self, url: str) -> tuple[int, str]:
        parts = urlsplit(url)
        if parts.netloc == "stub.example":
            answer = self._answers.get(parts.path.rpartition("/")[2], {"value": 1})
            return (answer[0], answer[1]) if isinstance(answer, list) else (200, json.dumps(answer))
        if parts.netloc != "prometheus.example":
            raise ConnectionRefusedError(f"dial tcp {parts.netloc}: connect: connection refused")
        values = _QUERIES[parse_qs(parts.query)["query"][0]]
        samples = [{"metric": {}, "value": [0, value]} for value in values]
        return 200, json.dumps({"status": "success", "data": {"resultType": "vector", "result": samples}})

    async def play(self) -> list[Happened]:
        """Do everything, answer everything that happened."""
        url = await self._cluster.start()
        token = self._cluster.kubeconfig()["users"][0]["user"]["token"]
        async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as session:
            await self._send(session, url, "POST", "/api/v1/namespaces", {"metadata": {"name": self._space}})
            setup = [(self._recording.appeared(one), one) for one in self._recording.data["setup"]]
            todo: list[tuple[float, Obj]] = [(at, {"manifest": one, "method": "POST"}) for at, one in setup]
            todo += [(act["at_ms"] / 1000, act) for act in self._recording.acts]
            for at, act in sorted(todo, key=lambda pair: pair[0]):
                await self._clock.advance(at)
                await self._act(session, url, act)
            await self._clock.advance(self._recording.end + _AFTER_SECONDS)
        await self._cluster.stop()
        return self.events

    @property
    def _space(self) -> str:
        return str(self._recording.data["namespace"])

    async def _act(self, session: aiohttp.ClientSession, url: str, act: Obj) -> None:
        if "text" in act:
            self._cluster.rollouts_running = "held" not in act["text"]
        elif "metric" in act:
            self._answers[act["metric"]] = act["value"]
        elif act["method"] == "POST":
            manifest = act["manifest"]
            plural = manifest["kind"].lower() + ("es" if manifest["kind"].endswith("s") else "s")
            await self._send(session, url, "POST", self._path(plural), manifest)
        else:
            await self._change(session, url, act)

    async def _change(self, session: aiohttp.ClientSession, url: str, act: Obj) -> None:
        plural, name = act["target"].split("/")
        path = f"{self._path(plural)}/{name}"
        if self._recording.name in OVERLOOKED and act.get("subresource"):
            self._cluster.overlook_rollout(self._space, name)
        if act["method"] == "PUT":
            now = await self._send(session, url, "GET", path, None)
            answer = await self._send(session, url, "PUT", path, {**now, "spec": act["body"]["spec"]})
            self.answers.append((act, answer))
            return
        if act.get("subresource"):
            path += f"/{act['subresource']}"
        if act.get("field_manager"):
            path += f"?fieldManager={act['field_manager']}"
        patch = act["patch"]
        if act["response_status"] == 409:
            patch = {**patch, "metadata": {"resourceVersion": "1"}}
        answer = await self._send(session, url, "PATCH", path, patch, act["content_type"], act["response_status"])
        self.answers.append((act, answer))

    def _path(self, plural: str) -> str:
        return f"{_PATHS[plural]}/namespaces/{self._space}/{plural}"

    async def _send(
        self,
        session: aiohttp.ClientSession,
        url: str,
        method: str,
        path: str,
        body: Any,
        media: str = "application/json",
        wanted: int = 200,
    ) -> Obj:
        data = None if body is None else json.dumps(body)
        async with session.request(method, url + path, data=data, headers={"Content-Type": media}) as answer:
            found: Obj = json.loads(await answer.text())
            assert answer.status in (wanted, 201), (method, path, answer.status, found)
            return found
