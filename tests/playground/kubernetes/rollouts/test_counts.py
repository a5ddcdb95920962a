"""How many pods a weight is worth: without a router beside rows of Argo Rollouts' own table, with one by the rules of its code.

Those rules: argo-rollouts `utils/replicaset/canary.go`, CalculateReplicaCountsForTrafficRoutedCanary.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from bot.playground.kubernetes.controllers.rollouts.counts import split, wanted
from bot.playground.kubernetes.controllers.rollouts.pauses import Pauses
from bot.playground.kubernetes.controllers.rollouts.scene import Scene
from bot.playground.kubernetes.controllers.rollouts.spec import Spec

_TABLE = Path(__file__).parents[3] / "strategies" / "recordings" / "canary_weights.json"
_ROWS: list[dict[str, Any]] = json.loads(_TABLE.read_text())


@pytest.mark.parametrize("row", _ROWS, ids=str)
def test_a_weight_is_split_as_argo_splits_it(row: dict[str, Any]) -> None:
    found = split(row["replicas"], row["weight"], row["maxWeight"], row["maxSurge"])
    assert found == (row["expCanary"], row["expStable"])


def side(name: str, pods: int) -> dict[str, Any]:
    """A ReplicaSet with so many pods, all available."""
    meta = {"name": name, "labels": {"rollouts-pod-template-hash": name}}
    return {"metadata": meta, "spec": {"replicas": pods}, "status": {"availableReplicas": pods, "replicas": pods}}


def scene(canary: dict[str, Any], pods: tuple[int, int], **status: Any) -> Scene:
    """A routed canary of ten pods at its only step, unless `status` says otherwise. `pods`: of canary and stable."""
    strategy = {"trafficRouting": {"nginx": {"stableIngress": "web"}}, **canary}
    rollout: dict[str, Any] = {
        "metadata": {"namespace": "shop", "name": "web"},
        "spec": {"replicas": 10, "strategy": {"canary": strategy}},
        "status": {"stableRS": "old", "currentPodHash": "new", "currentStepIndex": 0, **status},
    }
    sets = {"old": side("old", pods[1]), "new": side("new", pods[0])}
    return Scene(rollout, Spec(rollout["spec"]), sets, "new", "old", Pauses(rollout["status"]))


@pytest.mark.parametrize(
    ("canary", "status", "pods"),
    [
        ({"steps": [{"setWeight": 33}]}, {}, (4, 10)),
        ({"steps": [{"setWeight": 0}], "minPodsPerReplicaSet": 3}, {}, (0, 10)),
        ({"steps": [{"setWeight": 5}], "minPodsPerReplicaSet": 3}, {}, (3, 10)),
        ({"steps": [{"setWeight": 5}], "minPodsPerReplicaSet": 30}, {}, (10, 10)),
        ({"steps": [{"setCanaryScale": {"replicas": 7}}]}, {}, (7, 10)),
        ({"steps": [{"setWeight": 20}, {"setCanaryScale": {"weight": 45}}]}, {"currentStepIndex": 1}, (5, 10)),
        (
            {"steps": [{"setCanaryScale": {"replicas": 7}}, {"setCanaryScale": {"matchTrafficWeight": True}}]},
            {"currentStepIndex": 1},
            (0, 10),
        ),
        ({"steps": [{"setCanaryScale": {"replicas": 7}}]}, {"abort": True}, (0, 10)),
        ({"steps": [{"setCanaryScale": {"replicas": 7}}], "abortScaleDownDelaySeconds": 0}, {"abort": True}, (7, 10)),
        ({"steps": [{"setWeight": 5}]}, {"promoteFull": True}, (10, 10)),
        ({"steps": [{"setWeight": 35}], "dynamicStableScale": True}, {}, (4, 9)),
    ],
)
def test_a_weight_with_a_router_is_worth_as_many_pods_as_in_argo(
    canary: dict[str, Any], status: dict[str, Any], pods: tuple[int, int]
) -> None:
    at_hand = {"canary": {"weight": 10}, "stable": {"weight": 90}}
    assert wanted(scene(canary, (1, 9), **status), at_hand) == pods
