"""The Job controller: pods until enough have succeeded, or one failed too often."""

from typing import Any

from bot.playground.kubernetes import resources
from bot.playground.kubernetes.controllers import conditions, owners
from bot.playground.kubernetes.controllers.events import Recorder
from bot.playground.kubernetes.controllers.queue import WorkQueue
from bot.playground.kubernetes.controllers.replicasets import is_ready
from bot.playground.kubernetes.deletion import drop_finalizer
from bot.playground.kubernetes.json_patch import copied
from bot.playground.kubernetes.registry import CONTROLLER_STATUS, Registry
from bot.playground.kubernetes.status import ApiError
from bot.playground.kubernetes.store import DELETED, Event, Key

Obj = dict[str, Any]

_JOBS = resources.named("Job")
_PODS = resources.named("Pod")
_TRACKING = "batch.kubernetes.io/job-tracking"
_BATCH_SECONDS = 1.0
"""The real controller gathers the changes of a Job's pods for so long before it counts them."""


class JobController:
    """Keeps Jobs true."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._store = registry.store
        self._events = Recorder(registry, "job-controller")
        self.queue: WorkQueue[Key] = WorkQueue(registry.clock, self.sync)
        self._store.subscribe(self._on_job, _JOBS.storage)
        self._store.subscribe(self._on_pod, "pods")

    def _on_job(self, event: Event) -> None:
        if event.type != DELETED:
            self.queue.add(event.key)
            return
        for pod in self._store.each("pods", event.key[0]):
            if (owners.controller_of(pod) or {}).get("uid") == event.new["metadata"]["uid"]:
                self._release(pod)

    def _on_pod(self, event: Event) -> None:
        owner = owners.controller_of(event.new)
        if owner is not None and owner["kind"] == "Job":
            self.queue.add_after((event.key[0], owner["name"]), _BATCH_SECONDS)

    def _release(self, pod: Obj) -> None:
        if _TRACKING in (pod["metadata"].get("finalizers") or ()):
            drop_finalizer(self._registry, _PODS, pod, _TRACKING)

    def sync(self, key: Key) -> None:
        """One step for one Job."""
        job = self._store.get(_JOBS.storage, *key)
        if job is None or "deletionTimestamp" in job["metadata"] or _finished(job):
            return
        pods = [
            pod
            for pod in self._store.each("pods", key[0])
            if (owners.controller_of(pod) or {}).get("uid") == job["metadata"]["uid"]
        ]
        status: Obj = {
            key: value for key, value in (job.get("status") or {}).items() if key in ("conditions", "startTime")
        }
        done = [pod for pod in pods if pod["status"].get("phase") == "Succeeded"]
        failed = [pod for pod in pods if pod["status"].get("phase") == "Failed"]
        active = [pod for pod in pods if pod not in done and pod not in failed]
        if job["spec"].get("suspend"):
            self._put(status, "Suspended", "JobSuspended", "Job suspended")
        else:
            status.setdefault("startTime", self._registry.now())
            status = self._progress(job, status, done, failed, active)
        self._count(status, active, len(failed), len(done))
        if status != (job.get("status") or {}):
            self._registry.change(_JOBS, job, CONTROLLER_STATUS, status=status)

    def _progress(self, job: Obj, status: Obj, done: list[Obj], failed: list[Obj], active: list[Obj]) -> Obj:
        spec = job["spec"]
        wanted = spec.get("completions") or 1
        if len(done) >= wanted:
            text = "Reached expected number of succeeded pods"
            self._end(job, status, ("SuccessCriteriaMet", "Complete"), "CompletionsReached", text, done)
            status["completionTime"] = self._registry.now()
            self._events.record(job, "Completed", "Job completed")
        elif len(failed) > spec["backoffLimit"]:
            text = "Job has reached the specified backoff limit"
            self._end(job, status, ("FailureTarget", "Failed"), "BackoffLimitExceeded", text, failed)
            self._events.record(job, "BackoffLimitExceeded", text, "Warning")
        else:
            missing = min(spec["parallelism"], wanted - len(done)) - len(active)
            active.extend(pod for pod in (self._create_pod(job) for _ in range(missing)) if pod is not None)
        return status

    def _end(self, job: Obj, status: Obj, kinds: tuple[str, str], reason: str, text: str, pods: list[Obj]) -> None:
        for kind in kinds:
            self._put(status, kind, reason, text)
        for pod in pods:
            self._release(pod)

    def _put(self, status: Obj, kind: str, reason: str, text: str) -> None:
        if conditions.find(status, kind) is not None:
            return
        now = self._registry.now()
        new = {"type": kind, "status": "True", "lastProbeTime": now, "lastTransitionTime": now}
        status["conditions"] = [*(status.get("conditions") or ()), {**new, "reason": reason, "message": text}]

    def _count(self, status: Obj, active: list[Obj], failed: int, done: int) -> None:
        counts = {"active": len(active), "failed": failed, "succeeded": done}
        status |= {key: value for key, value in counts.items() if value}
        status |= {"terminating": 0, "uncountedTerminatedPods": {}, "ready": sum(is_ready(pod) for pod in active)}

    def _create_pod(self, job: Obj) -> Obj | None:
        template = job["spec"]["template"]
        name = job["metadata"]["name"]
        meta: Obj = {
            "generateName": f"{name}-",
            "labels": copied((template.get("metadata") or {}).get("labels") or {}),
            "finalizers": [_TRACKING],
            "ownerReferences": [owners.reference_to(job)],
        }
        pod = {"metadata": meta, "spec": copied(template["spec"])}
        try:
            created = self._registry.create(_PODS, job["metadata"]["namespace"], pod)
        except ApiError as error:
            self._events.record(job, "FailedCreate", f"Error creating: {error.message}", "Warning")
            self.queue.retry((job["metadata"]["namespace"], name))
            return None
        self._events.record(job, "SuccessfulCreate", f"Created pod: {created['metadata']['name']}")
        return created


def _finished(job: Obj) -> bool:
    status = job.get("status") or {}
    return any(conditions.find(status, kind) is not None for kind in ("Complete", "Failed"))
