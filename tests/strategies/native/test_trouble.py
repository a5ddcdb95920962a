from typing import Any

import pytest

from strategies.native.trouble import trouble
from tests.strategies.native.worlds import deployment, pod, replicaset

_CRASHED = {
    "name": "web",
    "restartCount": 5,
    "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 5m0s restarting failed container"}},
    "lastState": {"terminated": {"exitCode": 137, "reason": "OOMKilled"}},
}


def _with(*statuses: dict[str, Any], **more: Any) -> str:
    stable = deployment()
    return trouble(stable, [pod(replicaset(stable), "a", ready=False, containerStatuses=list(statuses), **more)])


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (_CRASHED, "CrashLoopBackOff: container web ended with exit code 137 (OOMKilled), 5 restarts"),
        (
            {**_CRASHED, "restartCount": 1, "lastState": {"terminated": {"exitCode": 1, "reason": "Error"}}},
            "CrashLoopBackOff: container web ended with exit code 1, 1 restart",
        ),
        ({**_CRASHED, "lastState": {}}, "CrashLoopBackOff: container web keeps ending, 5 restarts"),
        (
            {"name": "web", "state": {"terminated": {"exitCode": 2, "reason": "Error"}}},
            "Error: container web ended with exit code 2, 0 restarts",
        ),
        (
            {"name": "web", "image": "x:1", "state": {"waiting": {"reason": "ErrImagePull"}}},
            "ErrImagePull: container web cannot start (x:1)",
        ),
        ({"name": "web", "state": {"waiting": {"reason": "ContainerCreating"}}}, ""),
        ({"name": "web", "state": {"terminated": {"exitCode": 0, "reason": "Completed"}}}, ""),
        ({"name": "web", "state": {"running": {}}}, ""),
    ],
)
def test_a_container_that_does_not_run_is_told_with_its_reason(status: dict[str, Any], expected: str) -> None:
    assert _with(status) == expected


def test_an_init_container_counts_too() -> None:
    stuck = {"name": "migrate", "state": {"waiting": {"reason": "CreateContainerConfigError", "message": "no secret"}}}
    assert "container migrate cannot start (no secret)" in _with(initContainerStatuses=[stuck])


def test_a_pod_that_no_node_takes_is_told() -> None:
    condition = {
        "type": "PodScheduled",
        "status": "False",
        "reason": "Unschedulable",
        "message": "0/3 nodes:\n Insufficient cpu",
    }
    assert _with(conditions=[condition]) == "Unschedulable: no node takes the pod (0/3 nodes: Insufficient cpu)"


def test_a_long_message_is_cut() -> None:
    waiting = {"name": "web", "state": {"waiting": {"reason": "ImagePullBackOff", "message": "x" * 1000}}}
    assert len(_with(waiting)) < 300


def test_a_deadline_is_told_only_while_it_speaks_of_the_present_spec() -> None:
    stable = deployment()
    stable["status"]["conditions"] = [{"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"}]
    assert trouble(stable, []) == "ProgressDeadlineExceeded: the pods did not become ready in time"
    stable["metadata"]["generation"] = 2
    assert trouble(stable, []) == ""
