"""What `kubectl argo rollouts` says of one pod: its status in one word, its ready containers, its restarts.

Rules: argo-rollouts `info/pod_info.go`, which are those of `kubectl get pods`.
"""

from dataclasses import dataclass

from strategies.argo.fields import Thing, count, flag, has, part, parts, text

_ICONS = {
    "Pending": "◌",
    "Terminating": "◌",
    "ContainerCreating": "◌",
    "Running": "✔",
    "Completed": "✔",
    "Failed": "✖",
    "InvalidImageName": "✖",
    "CrashLoopBackOff": "✖",
    "ImagePullBackOff": "⚠",
    "RegistryUnavailable": "⚠",
    "Unknown": "?",
}
_NODE_LOST = "NodeLost"


@dataclass(frozen=True, slots=True)
class PodRow:
    """One pod's columns. `ready` of `total` containers; restarts of all of them."""

    status: str
    ready: int
    total: int
    restarts: int

    @property
    def icon(self) -> str:
        """The plugin's sign for the status."""
        if self.status.startswith("Init:"):
            return "◌"
        if self.status.startswith(("Signal:", "ExitCode:")):
            return "✖"
        if self.status.endswith("Error") or self.status.startswith("Err"):
            return "⚠"
        return _ICONS.get(self.status, " ")


def pod_row(pod: Thing) -> PodRow:
    """The columns of one pod."""
    total = len(parts(pod, "spec", "containers"))
    starting = _starting(pod)
    row = _running(pod, total) if starting is None else PodRow(starting[0], 0, total, starting[1])
    if not text(pod, "metadata", "deletionTimestamp"):
        return row
    leaving = "Unknown" if text(pod, "status", "reason") == _NODE_LOST else "Terminating"
    return PodRow(leaving, row.ready, row.total, row.restarts)


def _starting(pod: Thing) -> tuple[str, int] | None:
    """The status and restarts of a pod whose init containers are not through; None for any other."""
    inits, restarts = parts(pod, "spec", "initContainers"), 0
    sidecars = {text(one, "name") for one in inits if text(one, "restartPolicy") == "Always"}
    for at, container in enumerate(parts(pod, "status", "initContainerStatuses")):
        restarts += count(container, "restartCount")
        ended = has(container, "state", "terminated")
        if ended and not count(container, "state", "terminated", "exitCode"):
            continue
        if ended:
            return f"Init:{_ending(part(container, 'state', 'terminated'))}", restarts
        is_sidecar = text(container, "name") in sidecars and flag(container, "started")
        if is_sidecar and flag(container, "ready"):
            continue
        waiting = text(container, "state", "waiting", "reason")
        if is_sidecar:
            return None
        known = waiting and waiting != "PodInitializing"
        return (f"Init:{waiting}" if known else f"Init:{at}/{len(inits)}"), restarts
    return None


def _running(pod: Thing, total: int) -> PodRow:
    status = text(pod, "status", "reason") or text(pod, "status", "phase")
    ready = restarts = 0
    for container in reversed(parts(pod, "status", "containerStatuses")):
        restarts += count(container, "restartCount")
        waiting = text(container, "state", "waiting", "reason")
        if waiting:
            status = waiting
        elif has(container, "state", "terminated"):
            status = _ending(part(container, "state", "terminated"))
        elif flag(container, "ready") and has(container, "state", "running"):
            ready += 1
    if status == "Completed" and ready:
        status = "Running"
    return PodRow(status, ready, total, restarts)


def _ending(ended: Thing) -> str:
    reason, signal = text(ended, "reason"), count(ended, "signal")
    if reason:
        return reason
    return f"Signal:{signal}" if signal else f"ExitCode:{count(ended, 'exitCode')}"
