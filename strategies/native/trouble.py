"""Why pods do not come up, as one sentence for people. The worst and most certain reason wins."""

from collections.abc import Iterable, Mapping
from typing import Any

Thing = Mapping[str, Any]
_LONGEST = 200
_UNSTARTABLE = frozenset(
    {
        "ImagePullBackOff",
        "ErrImagePull",
        "InvalidImageName",
        "ErrImageNeverPull",
        "CreateContainerConfigError",
        "CreateContainerError",
    }
)


def trouble(deployment: Thing, pods: Iterable[Thing]) -> str:
    """The sentence for a Deployment and the pods of its present template; empty while nothing is known to be wrong."""
    found = [*_of_pods(list(pods)), *_of_deployment(deployment)]
    return found[0] if found else ""


def _of_pods(pods: list[Thing]) -> Iterable[str]:
    for look in (_waiting, _ended, _unschedulable):
        for pod in pods:
            sentence = look(pod)
            if sentence:
                yield sentence


def _containers(pod: Thing) -> list[Thing]:
    status = pod.get("status") or {}
    return [*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())]


def _waiting(pod: Thing) -> str:
    """A container that cannot be started, or that is kept from being started again."""
    for container in _containers(pod):
        waiting = (container.get("state") or {}).get("waiting") or {}
        reason = waiting.get("reason", "")
        if reason in _UNSTARTABLE:
            why = _short(waiting.get("message") or container.get("image", ""))
            return f"{reason}: container {container['name']} cannot start ({why})"
        if reason == "CrashLoopBackOff":
            return f"CrashLoopBackOff: container {container['name']} {_exit(container)}"
    return ""


def _ended(pod: Thing) -> str:
    """A container that has just ended with an error, before the back-off is told."""
    for container in _containers(pod):
        ended = (container.get("state") or {}).get("terminated") or {}
        if ended.get("exitCode"):
            return f"{ended.get('reason') or 'Error'}: container {container['name']} {_exit(container)}"
    return ""


def _exit(container: Thing) -> str:
    """How it ended last, and how often it was started again."""
    restarts = container.get("restartCount", 0)
    again = f", {restarts} restart{'' if restarts == 1 else 's'}"
    states = (container.get("state") or {}, container.get("lastState") or {})
    ended = next((state["terminated"] for state in states if state.get("terminated")), None)
    if ended is None:
        return f"keeps ending{again}"
    reason = ended.get("reason")
    cause = f" ({reason})" if reason and reason != "Error" else ""
    return f"ended with exit code {ended.get('exitCode', 'unknown')}{cause}{again}"


def _unschedulable(pod: Thing) -> str:
    for condition in (pod.get("status") or {}).get("conditions") or ():
        if condition.get("type") == "PodScheduled" and condition.get("reason") == "Unschedulable":
            return f"Unschedulable: no node takes the pod ({_short(condition.get('message', ''))})"
    return ""


def _of_deployment(deployment: Thing) -> Iterable[str]:
    """What the Deployment's own conditions say. They outlive a change of its spec, so only a status of the present one
    counts.
    """
    status = deployment.get("status") or {}
    if status.get("observedGeneration", 0) < deployment["metadata"].get("generation", 0):
        return
    conditions = {condition["type"]: condition for condition in status.get("conditions") or ()}
    failure, progress = conditions.get("ReplicaFailure", {}), conditions.get("Progressing", {})
    if failure.get("status") == "True":
        why = _short(failure.get("message", ""))
        yield f"{failure.get('reason', 'ReplicaFailure')}: pods cannot be created ({why})"
    if progress.get("status") == "False":
        yield f"{progress.get('reason', 'NotProgressing')}: the pods did not become ready in time"


def _short(text: str) -> str:
    line = " ".join(str(text).split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"
