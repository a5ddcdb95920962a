"""The small texts: ages, steps, pods, and the status of a controller that writes none."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from strategies.argo.age import age, span
from strategies.argo.podrow import pod_row
from strategies.argo.status import status_of
from strategies.argo.steps import pause_duration, step_text
from strategies.judge.duration import LONGEST


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (-3, "<invalid>"),
        (-1, "0s"),
        (0, "0s"),
        (119.9, "119s"),
        (120, "2m"),
        (125, "2m5s"),
        (10 * 60 + 59, "10m"),
        (3 * 3600 - 1, "179m"),
        (3 * 3600, "3h"),
        (3 * 3600 + 120, "3h2m"),
        (8 * 3600 + 120, "8h"),
        (48 * 3600, "2d"),
        (49 * 3600, "2d1h"),
        (8 * 86400 + 7200, "8d"),
        (2 * 365 * 86400, "2y"),
        (2 * 365 * 86400 + 86400, "2y1d"),
        (9 * 365 * 86400, "9y"),
    ],
)
def test_a_span_is_written_as_kubectl_does(seconds: float, written: str) -> None:
    assert span(timedelta(seconds=seconds)) == written


def test_an_age_that_nobody_tells_is_unknown() -> None:
    assert age(None, datetime(2026, 11, 20, tzinfo=UTC)) == "<unknown>"


@pytest.mark.parametrize(
    ("step", "written"),
    [
        ({"setWeight": 0}, "setWeight: 0"),
        ({"pause": {}}, "pause"),
        ({"pause": {"duration": "1h"}}, "pause: 1h"),
        ({"pause": {"duration": 10}}, "pause: 10"),
        ({"experiment": {}}, "experiment"),
        ({"analysis": {"templates": []}}, "analysis"),
        ({"setCanaryScale": {"weight": 25}}, "setCanaryScale{weight: 25}"),
        ({"setCanaryScale": {"matchTrafficWeight": True}}, "setCanaryScale{matchTrafficWeight: true}"),
        ({"setCanaryScale": {"replicas": 3}}, "setCanaryScale{replicas: 3}"),
        ({"plugin": {"name": "acme/step"}}, "plugin: acme/step"),
        ({"setHeaderRoute": {"name": "beta"}}, "setHeaderRoute: beta"),
        ({"setMirrorRoute": {"name": "copy"}}, "setMirrorRoute: copy"),
        ({"setCanaryScale": {}}, "invalid"),
        ({}, "invalid"),
    ],
)
def test_a_step_is_written_as_the_plugin_does(step: dict[str, Any], written: str) -> None:
    assert step_text(step) == written


@pytest.mark.parametrize(
    ("duration", "length"),
    [
        (None, None),
        (90, timedelta(seconds=90)),
        ("90", timedelta(seconds=90)),
        ("1h", timedelta(hours=1)),
        ("soon", timedelta()),
        (-5, timedelta()),
        (10**15, LONGEST),
    ],
)
def test_a_pause_lasts_as_long_as_the_controller_reads_it(duration: object, length: timedelta | None) -> None:
    assert pause_duration({"pause": {"duration": duration}}) == length


def container(state: dict[str, Any], **more: object) -> dict[str, Any]:
    """A container's status."""
    return {"name": "web", "restartCount": 1, "state": state, **more}


RUNNING = container({"running": {}}, ready=True)


@pytest.mark.parametrize(
    ("status", "shown"),
    [
        ({"phase": "Pending"}, ("◌", "Pending", "0/2", 0)),
        ({"phase": "Failed", "reason": "Evicted"}, (" ", "Evicted", "0/2", 0)),
        ({"phase": "Running", "containerStatuses": [RUNNING, RUNNING]}, ("✔", "Running", "2/2", 2)),
        (
            {"phase": "Running", "containerStatuses": [RUNNING, container({"terminated": {"reason": "Completed"}})]},
            ("✔", "Running", "1/2", 2),
        ),
        ({"containerStatuses": [container({"terminated": {"reason": "OOMKilled"}})]}, (" ", "OOMKilled", "0/2", 1)),
        ({"containerStatuses": [container({"terminated": {"signal": 9}})]}, ("✖", "Signal:9", "0/2", 1)),
        ({"containerStatuses": [container({"terminated": {"exitCode": 3}})]}, ("✖", "ExitCode:3", "0/2", 1)),
        (
            {"phase": "Running", "containerStatuses": [container({"running": {}}, ready=False)]},
            ("✔", "Running", "0/2", 1),
        ),
        ({"containerStatuses": [container({"waiting": {"reason": "ErrImagePull"}})]}, ("⚠", "ErrImagePull", "0/2", 1)),
        ({"initContainerStatuses": [container({"running": {}})]}, ("◌", "Init:0/2", "0/2", 1)),
        (
            {"initContainerStatuses": [container({"waiting": {"reason": "PodInitializing"}})]},
            ("◌", "Init:0/2", "0/2", 1),
        ),
        (
            {"initContainerStatuses": [container({"waiting": {"reason": "CrashLoopBackOff"}})]},
            ("◌", "Init:CrashLoopBackOff", "0/2", 1),
        ),
        (
            {"initContainerStatuses": [container({"terminated": {"exitCode": 2}})]},
            ("◌", "Init:ExitCode:2", "0/2", 1),
        ),
        (
            {
                "phase": "Running",
                "initContainerStatuses": [
                    container({"terminated": {"exitCode": 0}}),
                    container({"running": {}}, name="mesh", started=True, ready=True),
                ],
                "containerStatuses": [RUNNING],
            },
            ("✔", "Running", "1/2", 1),
        ),
        (
            {
                "phase": "Pending",
                "initContainerStatuses": [container({"running": {}}, name="mesh", started=True, ready=False)],
            },
            ("◌", "Pending", "0/2", 0),
        ),
    ],
)
def test_a_pod_is_told_as_kubectl_does(status: dict[str, Any], shown: tuple[str, str, str, int]) -> None:
    sidecar = {"name": "mesh", "restartPolicy": "Always"}
    pod = {"spec": {"containers": [{}, {}], "initContainers": [{"name": "web"}, sidecar]}, "status": status}
    found = pod_row(pod)
    assert (found.icon, found.status, f"{found.ready}/{found.total}", found.restarts) == shown


@pytest.mark.parametrize(("reason", "status"), [("", "Terminating"), ("NodeLost", "Unknown")])
def test_a_pod_that_is_leaving_says_so_or_that_its_node_is_lost(reason: str, status: str) -> None:
    pod = {"metadata": {"deletionTimestamp": "2026-11-20T10:00:00Z"}, "status": {"phase": "Running", "reason": reason}}
    assert pod_row(pod).status == status


WHOLE = {"replicas": 3, "updatedReplicas": 3, "availableReplicas": 3, "currentPodHash": "a", "stableRS": "a"}
CANARY: dict[str, Any] = {"replicas": 3, "strategy": {"canary": {}}}
ROUTED: dict[str, Any] = {"replicas": 3, "strategy": {"canary": {"trafficRouting": {"nginx": {}}}}}
BLUE: dict[str, Any] = {"replicas": 3, "strategy": {"blueGreen": {}}}
CHECKED: dict[str, Any] = {"replicas": 3, "strategy": {"blueGreen": {"postPromotionAnalysis": {}}}}
SERVING = {"blueGreen": {"activeSelector": "a"}}


@pytest.mark.parametrize(
    ("spec", "status", "told"),
    [
        (CANARY, WHOLE, ("Healthy", "")),
        (
            CANARY,
            {"conditions": [{"type": "Available"}, {"type": "InvalidSpec", "message": "no"}]},
            ("Degraded", "InvalidSpec: no"),
        ),
        (
            CANARY,
            {"conditions": [{"type": "Progressing", "reason": "RolloutAborted", "message": "m"}]},
            ("Degraded", "RolloutAborted: m"),
        ),
        (CANARY | {"paused": True}, WHOLE, ("Paused", "manually paused")),
        (CANARY, WHOLE | {"pauseConditions": [{"reason": "CanaryPauseStep"}]}, ("Paused", "CanaryPauseStep")),
        (CANARY | {"restartAt": "2026-11-20T10:00:00Z"}, WHOLE, ("Progressing", "rollout is restarting")),
        (CANARY, WHOLE | {"updatedReplicas": 1}, ("Progressing", "more replicas need to be updated")),
        (
            CANARY,
            WHOLE | {"availableReplicas": 2},
            ("Progressing", "updated replicas are still becoming available"),
        ),
        (CANARY, WHOLE | {"replicas": 4}, ("Progressing", "old replicas are pending termination")),
        (ROUTED, WHOLE | {"replicas": 4}, ("Healthy", "")),
        (ROUTED, WHOLE | {"stableRS": "b"}, ("Progressing", "waiting for all steps to complete")),
        (BLUE, WHOLE, ("Progressing", "active service cutover pending")),
        (BLUE, WHOLE | SERVING, ("Healthy", "")),
        (
            BLUE,
            WHOLE | SERVING | {"stableRS": "b"},
            ("Progressing", "waiting for post-promotion verification to complete"),
        ),
        (CHECKED, WHOLE | SERVING | {"stableRS": "b"}, ("Progressing", "waiting for analysis to complete")),
        ({"replicas": 3}, WHOLE, ("Healthy", "")),
        ({}, {"currentPodHash": "a"}, ("Progressing", "more replicas need to be updated")),
    ],
)
def test_a_status_that_the_controller_did_not_write_is_worked_out(
    spec: dict[str, Any], status: dict[str, Any], told: tuple[str, str]
) -> None:
    assert status_of({"spec": spec, "status": status}) == told


def test_a_controllers_hash_for_a_generation_counts_as_seen() -> None:
    old = {"metadata": {"generation": 5}, "spec": CANARY, "status": WHOLE | {"observedGeneration": "7f9c5d"}}
    assert status_of(old) == ("Healthy", "")
