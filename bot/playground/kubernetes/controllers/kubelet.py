"""The simulated scheduler and kubelet: pods are bound, start as their image's behaviour says, and go when deleted."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from bot.playground.kubernetes import resources
from bot.playground.kubernetes.controllers.queue import WorkQueue
from bot.playground.kubernetes.deletion import DeleteOptions, delete
from bot.playground.kubernetes.registry import CONTROLLER_STATUS, Registry, Write
from bot.playground.kubernetes.store import DELETED, Event, Key, key_of

Obj = dict[str, Any]

NODE = "playground-node-0"
_ADDRESS = "192.0.2.1"
_PODS = resources.named("Pod")
_KUBELET = Write(manager="kubelet", subresource="status")
_JOB_SECONDS = 1.0


class Outcome(StrEnum):
    """How a container's start ends."""

    READY = "ready"
    IMAGE_PULL_BACK_OFF = "image-pull-backoff"
    CRASH_LOOP = "crash-loop"
    NEVER_READY = "never-ready"


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How pods of an image behave. `ready_after`: seconds of playground time; `digest`: `sha256:…`, empty for one
    computed from the image's name."""

    ready_after: float = 2.0
    outcome: Outcome | str = Outcome.READY
    digest: str = ""


Policy = Callable[[Obj, str], Behaviour]


def digest_of(image: str) -> str:
    """The digest an image has unless somebody says otherwise."""
    return "sha256:" + hashlib.sha256(image.encode()).hexdigest()


def repository_of(image: str) -> str:
    """The image without tag and digest."""
    bare = image.partition("@")[0]
    head, slash, tail = bare.rpartition("/")
    return head + slash + tail.partition(":")[0]


class Kubelet:
    """Runs pods. `capacity`: pods that a namespace may run at most; more stay Pending."""

    def __init__(self, registry: Registry, behaviours: Mapping[str, Behaviour], policy: Policy | None) -> None:
        self._registry = registry
        self._store = registry.store
        self._behaviours = behaviours
        self._policy = policy
        self._pushed: dict[str, str] = {}
        self._addresses = 0
        self.capacity: int | None = None
        self.queue: WorkQueue[Key] = WorkQueue(registry.clock, self.sync)
        self._starts: WorkQueue[tuple[Key, str]] = WorkQueue(registry.clock, self._start)
        self._store.subscribe(self._on_pod, "pods")

    @property
    def queues(self) -> tuple[WorkQueue[Key], WorkQueue[tuple[Key, str]]]:
        """Everything that must be started and stopped."""
        return self.queue, self._starts

    def push(self, image: str, digest: str) -> None:
        """Let an image's tag point to another digest: pods started later run that."""
        self._pushed[image] = digest

    def behaviour(self, pod: Obj, image: str) -> Behaviour:
        """How this pod's container of the image behaves."""
        found = self._behaviours.get(image)
        if found is None:
            found = self._policy(pod, image) if self._policy is not None else Behaviour()
        return found

    def _on_pod(self, event: Event) -> None:
        if event.type != DELETED:
            self.queue.add(event.key)
        elif self.capacity is not None:
            self.try_pending(event.key[0])

    def try_pending(self, namespace: str = "") -> None:
        """Look again at the pods that found no room, in one namespace or in all."""
        for pod in self._store.objects("pods", namespace):
            if not pod["spec"].get("nodeName"):
                self.queue.add(key_of(pod))

    def sync(self, key: Key) -> None:
        """One step for one pod."""
        pod = self._store.get("pods", *key)
        if pod is None:
            return
        if "deletionTimestamp" in pod["metadata"]:
            if pod["metadata"].get("deletionGracePeriodSeconds") or not pod["metadata"].get("finalizers"):
                delete(self._registry, _PODS, pod, DeleteOptions(grace=0))
        elif not pod["spec"].get("nodeName"):
            if not pod["spec"].get("schedulingGates"):
                self._bind(pod)
        elif (pod.get("status") or {}).get("phase") == "Pending" and "startTime" not in pod["status"]:
            self._plan(pod)

    # --- binding ----------------------------------------------------------------------------------------------

    def _bind(self, pod: Obj) -> None:
        if self._full(pod["metadata"]["namespace"]):
            self._leave_pending(pod)
            return
        now = self._registry.now()
        status = {
            **pod["status"],
            "conditions": [
                {"type": "PodScheduled", "status": "True", "lastProbeTime": None, "lastTransitionTime": now}
            ],
        }
        bound = {
            **pod,
            "metadata": dict(pod["metadata"]),
            "spec": {**pod["spec"], "nodeName": NODE},
            "status": status,
        }
        self._registry.store.put("pods", bound)

    def _full(self, namespace: str) -> bool:
        if self.capacity is None:
            return False
        running = sum(bool(pod["spec"].get("nodeName")) for pod in self._store.each("pods", namespace))
        return running >= self.capacity

    def _leave_pending(self, pod: Obj) -> None:
        if (pod["status"].get("conditions") or [{}])[0].get("reason") == "Unschedulable":
            return
        message = (
            "0/1 nodes are available: 1 Too many pods. no new claims to deallocate, preemption: 0/1 nodes are available: "
            "1 No preemption victims found for incoming pod."
        )
        condition = {
            "type": "PodScheduled",
            "status": "False",
            "lastProbeTime": None,
            "lastTransitionTime": self._registry.now(),
            "reason": "Unschedulable",
            "message": message,
        }
        self._registry.change(_PODS, pod, CONTROLLER_STATUS, status={**pod["status"], "conditions": [condition]})

    # --- starting ---------------------------------------------------------------------------------------------

    def _plan(self, pod: Obj) -> None:
        uid = pod["metadata"]["uid"]
        wait = max(
            (self.behaviour(pod, c["image"]).ready_after for c in pod["spec"]["containers"]),
            default=0.0,
        )
        item = (key_of(pod), uid)
        if self._starts.is_planned(item):
            return
        self._starts.add_after(item, wait)

    def _start(self, item: tuple[Key, str]) -> None:
        key, uid = item
        pod = self._store.get("pods", *key)
        if pod is None or pod["metadata"]["uid"] != uid or "deletionTimestamp" in pod["metadata"]:
            return
        if (pod.get("status") or {}).get("phase") == "Running":
            self._finish(pod)
            return
        if "startTime" in pod["status"]:
            return
        outcomes = [Outcome(self.behaviour(pod, c["image"]).outcome) for c in pod["spec"]["containers"]]
        self._registry.change(_PODS, pod, _KUBELET, status=self._running_status(pod, outcomes))
        if pod["spec"].get("restartPolicy") != "Always" and set(outcomes) == {Outcome.READY}:
            self._starts.add_after(item, _JOB_SECONDS)

    def _running_status(self, pod: Obj, outcomes: list[Outcome]) -> Obj:
        now = self._registry.now()
        pulled = Outcome.IMAGE_PULL_BACK_OFF not in outcomes
        ready = set(outcomes) == {Outcome.READY}
        status: Obj = {"phase": "Running" if pulled else "Pending", "conditions": _conditions(now, ready=ready)}
        status |= {"hostIP": _ADDRESS, "hostIPs": [{"ip": _ADDRESS}]}
        if pulled:
            address = self._address()
            status |= {"podIP": address, "podIPs": [{"ip": address}]}
        status["startTime"] = now
        pairs = zip(pod["spec"]["containers"], outcomes, strict=True)
        status["containerStatuses"] = [self._container(pod, c, outcome, now) for c, outcome in pairs]
        status["qosClass"] = pod["status"].get("qosClass", "BestEffort")
        return status

    def _address(self) -> str:
        self._addresses += 1
        number = self._addresses
        return f"10.64.{number // 250 % 250}.{number % 250 + 1}"

    def _digest(self, pod: Obj, image: str) -> str:
        if "@" in image:
            return image.partition("@")[2]
        return self._pushed.get(image) or self.behaviour(pod, image).digest or digest_of(image)

    def _container(self, pod: Obj, container: Obj, outcome: Outcome, now: str) -> Obj:
        image = container["image"]
        digest = self._digest(pod, image)
        running = f"containerd://{digest.removeprefix('sha256:')}"
        shown: Obj = {"name": container["name"], "state": {}, "lastState": {}, "ready": outcome is Outcome.READY}
        shown |= {"restartCount": 0, "image": image, "imageID": f"{repository_of(image)}@{digest}"}
        match outcome:
            case Outcome.READY | Outcome.NEVER_READY:
                shown |= {"state": {"running": {"startedAt": now}}, "containerID": running, "started": True}
            case Outcome.IMAGE_PULL_BACK_OFF:
                message = f'Back-off pulling image "{image}"'
                shown |= {"state": {"waiting": {"reason": "ImagePullBackOff", "message": message}}}
                shown |= {"imageID": "", "started": False}
            case Outcome.CRASH_LOOP:
                name = f"{pod['metadata']['name']}_{pod['metadata']['namespace']}({pod['metadata']['uid']})"
                message = f"back-off 10s restarting failed container={container['name']} pod={name}"
                ended = {"exitCode": 1, "reason": "Error", "startedAt": now, "finishedAt": now}
                shown |= {"state": {"waiting": {"reason": "CrashLoopBackOff", "message": message}}}
                shown |= {"lastState": {"terminated": {**ended, "containerID": running}}, "restartCount": 1}
                shown |= {"containerID": running, "started": False}
        return shown

    def _finish(self, pod: Obj) -> None:
        """A pod that is not to run for ever has done its work."""
        now = self._registry.now()
        status = dict(pod["status"])
        status["phase"] = "Succeeded"
        status["conditions"] = _conditions(now, ready=False, reason="PodCompleted")
        status["containerStatuses"] = [_completed(container, now) for container in status["containerStatuses"]]
        self._registry.change(_PODS, pod, _KUBELET, status=status)


def _completed(container: Obj, now: str) -> Obj:
    started = container["state"]["running"]["startedAt"]
    ended = {"exitCode": 0, "reason": "Completed", "startedAt": started, "finishedAt": now}
    done = {**container, "state": {"terminated": ended}, "ready": False, "started": False}
    done.pop("containerID", None)
    return done


def _conditions(now: str, *, ready: bool, reason: str = "ContainersNotReady") -> list[Obj]:
    found: list[Obj] = []
    for kind in ("PodReadyToStartContainers", "PodScheduled", "Initialized", "ContainersReady", "Ready"):
        good = ready or kind not in ("ContainersReady", "Ready")
        condition: Obj = {"type": kind, "status": "True" if good else "False", "lastProbeTime": None}
        condition["lastTransitionTime"] = now
        if not good:
            condition |= {"reason": reason, "message": "containers with unready status"}
        found.append(condition)
    return found
