from datetime import UTC, datetime

import pytest

from strategies.model import Claim, Nginx, SideSeen, Target
from strategies.native.sight import Objects, deployment_name, last_manager, seen, side_seen
from tests.strategies.native.worlds import World, deployment, final, moments, pod, replicaset

AT = datetime(2026, 11, 20, tzinfo=UTC)


def _look(world: World) -> SideSeen:
    return side_seen(world.one("Deployment", "checkout"), world.all("ReplicaSet"), world.all("Pod"), "web")


@pytest.mark.parametrize("name", ["rollout-quarter", "rollout-bad-image", "rollout-minready"])
def test_no_moment_of_a_recorded_rollout_shows_more_than_the_cluster_proves(name: str) -> None:
    rested = 0
    for world in moments(name):
        if not world.all("Deployment"):
            continue
        side, status = _look(world), world.one("Deployment", "checkout").get("status", {})
        pods = [one for one in world.all("Pod") if not one["metadata"].get("deletionTimestamp")]
        assert side.ready <= len(pods)
        assert side.pods >= len(world.all("Pod"))
        if side.settled:
            rested += 1
            assert side.ready == side.replicas == side.pods == status["availableReplicas"] == status["updatedReplicas"]
            assert status["observedGeneration"] == world.one("Deployment", "checkout")["metadata"]["generation"]
    assert rested


def test_a_recorded_rollout_ends_settled_on_the_new_template() -> None:
    world = final("rollout-quarter")
    side = _look(world)
    newest = max(world.all("ReplicaSet"), key=lambda one: one["metadata"]["creationTimestamp"])
    assert side.settled
    assert (side.ready, side.pods, side.replicas) == (4, 4, 4)
    assert side.template_hash == newest["metadata"]["labels"]["pod-template-hash"]


def test_the_moment_after_a_patch_the_old_pods_count_for_nothing() -> None:
    worlds = moments("rollout-quarter")
    first = next(world for world in worlds if world.all("Deployment") and world.all("Pod") and _look(world).settled)
    assert _look(first).ready == 4
    changed = next(world for world in worlds if world.one("Deployment", "checkout")["metadata"]["generation"] > 1)
    side = _look(changed)
    assert (side.ready, side.pods, side.settled) == (0, 4, False)


def test_pods_that_are_ready_but_not_for_long_enough_are_not_available() -> None:
    shown = False
    for world in moments("rollout-minready"):
        if len(world.all("ReplicaSet")) < 2:
            continue
        ready = [one for one in world.all("Pod") if {"type": "Ready", "status": "True"}.items() <= _ready(one).items()]
        shown = shown or len(ready) > _look(world).ready
    assert shown


def _ready(one: dict[str, object]) -> dict[str, str]:
    status = one["status"]
    assert isinstance(status, dict)
    return next((each for each in status.get("conditions", ()) if each["type"] == "Ready"), {})


def test_a_bad_image_is_told_in_a_sentence_and_stable_pods_do_not_hide_it() -> None:
    problems = {_look(world).problem for world in moments("rollout-bad-image") if world.all("Deployment")}
    assert any(one.startswith("ImagePullBackOff: container web cannot start") for one in problems)
    assert _look(final("rollout-bad-image")).problem == ""


def test_a_quota_that_refuses_pods_is_told() -> None:
    problems = [_look(world).problem for world in moments("events-quota") if world.all("Deployment")]
    assert any("pods cannot be created" in one and "exceeded quota" in one for one in problems)


def test_where_caches_disagree_the_less_flattering_one_is_believed() -> None:
    stable = deployment(replicas=3)
    rs = replicaset(stable, available=3, replicas=3)
    two = [pod(rs, "a"), pod(rs, "b")]
    late_pods = side_seen(stable, [rs], two, "web")
    assert (late_pods.ready, late_pods.pods, late_pods.settled) == (2, 3, False)
    late_counts = side_seen(stable, [replicaset(stable, available=1, replicas=2)], [*two, pod(rs, "c")], "web")
    assert (late_counts.ready, late_counts.pods, late_counts.settled) == (1, 3, False)


def test_terminating_and_older_pods_are_pods_of_the_side_but_not_ready_ones() -> None:
    stable = deployment(replicas=1)
    old = replicaset(deployment(image="ghcr.io/acme/checkout:v0"), hash_="old", available=1, replicas=1)
    new = replicaset(stable, available=1, replicas=1)
    leaving = pod(new, "leaving")
    leaving["metadata"]["deletionTimestamp"] = "2026-11-20T09:00:00Z"
    side = side_seen(stable, [old, new], [pod(old, "old"), pod(new, "new"), leaving], "web")
    assert (side.ready, side.pods, side.settled) == (1, 3, False)


def test_a_pod_that_has_ended_is_nobodys() -> None:
    stable = deployment(replicas=1)
    rs = replicaset(stable, available=1, replicas=1)
    evicted = pod(rs, "evicted", ready=False, phase="Failed", reason="Evicted")
    side = side_seen(stable, [rs], [pod(rs, "a"), evicted], "web")
    assert (side.ready, side.pods, side.settled) == (1, 1, True)


def test_an_unobserved_generation_is_never_settled() -> None:
    stable = deployment(replicas=1)
    rs = replicaset(stable, available=1, replicas=1)
    assert side_seen(stable, [rs], [pod(rs, "a")], "web").settled
    stable["metadata"]["generation"] = 2
    side = side_seen(stable, [rs], [pod(rs, "a")], "web")
    assert (side.ready, side.settled) == (1, False)


def test_a_template_that_the_server_fills_in_differently_is_found_by_its_revision_once_observed() -> None:
    stable = deployment(replicas=1)
    rs = replicaset(stable, available=1, replicas=1)
    rs["spec"]["template"]["spec"]["newDefault"] = True
    for one in (stable, rs):
        one["metadata"]["annotations"] = {"deployment.kubernetes.io/revision": "7"}
    assert side_seen(stable, [rs], [pod(rs, "a")], "web").ready == 1
    stable["metadata"]["generation"] = 2
    assert side_seen(stable, [rs], [pod(rs, "a")], "web").ready == 0


def test_other_deployments_pods_are_not_this_sides() -> None:
    stable, other = deployment(replicas=0), deployment(name="other")
    rs = replicaset(other, available=1, replicas=1)
    assert side_seen(stable, [rs], [pod(rs, "a")], "web").pods == 0


@pytest.mark.parametrize(
    ("image_id", "expected"),
    [
        ("ghcr.io/acme/checkout@sha256:aa", {"sha256:aa"}),
        ("docker-pullable://ghcr.io/acme/checkout@sha256:aa", {"sha256:aa"}),
        ("docker://sha256:aa", set()),
        ("", set()),
    ],
)
def test_digests_are_the_registrys_of_running_containers(image_id: str, expected: set[str]) -> None:
    stable = deployment(replicas=2)
    rs = replicaset(stable, available=1, replicas=2)
    sidecar = {"name": "sidecar", "state": {"running": {}}, "imageID": "ghcr.io/acme/mesh@sha256:bb"}
    running = {"name": "web", "state": {"running": {}}, "imageID": image_id}
    waiting = {"name": "web", "state": {"waiting": {"reason": "ContainerCreating"}}, "imageID": "x@sha256:cc"}
    pods = [pod(rs, "a", containerStatuses=[sidecar, running]), pod(rs, "b", containerStatuses=[waiting])]
    assert side_seen(stable, [rs], pods, "web").digests == expected


def test_a_whole_target_is_seen_at_once() -> None:
    stable, canary = deployment(), deployment(name="checkout-canary")
    canary["metadata"]["annotations"] = {"leadsman.dev/rollout": "leadsman/r1/3"}
    route = {
        "metadata": {
            "annotations": {
                "nginx.ingress.kubernetes.io/canary": "true",
                "nginx.ingress.kubernetes.io/canary-weight": "25",
                "leadsman.dev/rollout": "leadsman/r1/2",
            }
        }
    }
    target = Target("prod", "shop", "checkout", "web", Nginx("checkout", "checkout", "checkout-canary"))
    look = seen(target, Objects(stable, canary, route=route), AT)
    assert (look.at, look.weight) == (AT, 25)
    assert (look.stable.claim, look.canary.claim) == (None, Claim("leadsman", "r1", 3))
    assert look.router_claim == Claim("leadsman", "r1", 2)
    assert seen(target, Objects(None, None), AT).stable == SideSeen()
    assert seen(Target("prod", "shop", "checkout", "web"), Objects(stable, canary, route=route), AT).weight is None


def test_the_last_writer_is_named_but_neither_we_nor_the_controllers() -> None:
    stable = deployment()
    assert last_manager(stable) == ""
    assert last_manager(None) == ""
    stable["metadata"]["managedFields"] = [
        {"manager": "kubectl", "time": "2026-11-20T09:00:00Z"},
        {"manager": "helm", "time": "2026-11-20T10:00:00Z"},
        {"manager": "leadsman", "time": "2026-11-20T11:00:00Z"},
        {"manager": "kube-controller-manager", "time": "2026-11-20T11:00:00Z"},
        {"manager": "vpa", "time": "2026-11-20T11:00:00Z", "subresource": "status"},
    ]
    assert last_manager(stable) == "helm"


def test_a_pods_deployment_is_known_from_the_pod_alone() -> None:
    rs = replicaset(deployment(name="check-out"))
    assert deployment_name(rs) == "check-out"
    assert deployment_name(pod(rs, "a")) == "check-out"
    assert deployment_name({"metadata": {"name": "bare"}}) == ""
