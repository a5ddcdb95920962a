"""Why the pods of a Rollout's present revision do not come up, in one sentence for people."""

from collections.abc import Mapping, Sequence
from typing import Any

from strategies.argo.fields import Thing, count, has, number, owned, parts, text, uid
from strategies.native.trouble import trouble

_OVER = ("Succeeded", "Failed")


def trouble_of(current: Thing | None, pods: Sequence[Thing]) -> str:
    """The sentence for the ReplicaSet of the present revision and its pods; empty while nothing is known to be wrong."""
    if current is None or not uid(current):
        return ""
    own = [
        _pod(pod)
        for pod in owned(pods, frozenset({uid(current)}))
        if text(pod, "status", "phase") not in _OVER and not text(pod, "metadata", "deletionTimestamp")
    ]
    failures = [
        _condition(one) for one in parts(current, "status", "conditions") if text(one, "type") == "ReplicaFailure"
    ]
    return trouble({"metadata": {}, "status": {"conditions": failures}}, own)


def _pod(pod: Thing) -> dict[str, Any]:
    status = {
        key: [_container(one) for one in parts(pod, "status", key)]
        for key in ("initContainerStatuses", "containerStatuses")
    }
    conditions = [_condition(one) for one in parts(pod, "status", "conditions")]
    return {"status": {**status, "conditions": conditions}}


def _container(status: Thing) -> dict[str, Any]:
    return {
        "name": text(status, "name"),
        "image": text(status, "image"),
        "restartCount": count(status, "restartCount"),
        "state": _state(status, "state"),
        "lastState": _state(status, "lastState"),
    }


def _state(status: Thing, field: str) -> Mapping[str, Any]:
    found: dict[str, Any] = {}
    if has(status, field, "waiting"):
        found["waiting"] = {key: text(status, field, "waiting", key) for key in ("reason", "message")}
    if has(status, field, "terminated"):
        code = number(status, field, "terminated", "exitCode")
        found["terminated"] = {"reason": text(status, field, "terminated", "reason")}
        found["terminated"] |= {} if code is None else {"exitCode": code}
    return found


def _condition(one: Thing) -> dict[str, str]:
    return {key: text(one, key) for key in ("type", "status", "reason", "message")}
