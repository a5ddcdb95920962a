"""What is rare but comes: many revisions, many measurements, long names, old controllers, arguments, Argo CD's marks."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from strategies.argo.driver import ArgoVerb
from strategies.argo.fasttrack import fast_track, fast_track_of
from strategies.argo.legal import legal
from strategies.argo.objects import Objects
from strategies.argo.seen import ArgoSeen, Kind
from strategies.argo.sight import seen
from strategies.argo.tree import tree
from strategies.model import Claim, Target, WorkloadKind

Thing = dict[str, Any]
AT = datetime(2026, 11, 20, 10, tzinfo=UTC)
TARGET = Target("prod", "shop", "web", "web", kind=WorkloadKind.ROLLOUT)
GATED: Thing = {"activeService": "web", "autoPromotionEnabled": False}


def template(image: str) -> Thing:
    """A pod template of one container."""
    return {"spec": {"containers": [{"name": "web", "image": image}]}}


def rollout(strategy: Thing, status: Thing, **metadata: object) -> Thing:
    """A Rollout of two pods that asks for v2."""
    spec = {"replicas": 2, "strategy": strategy, "template": template("web:v2")}
    return {"metadata": {"name": "web", "uid": "u", **metadata}, "spec": spec, "status": status}


def replica_set(number: int, pod_hash: str, *, up: bool = True, annotations: Thing | None = None) -> Thing:
    """A ReplicaSet of that revision, made in the order of the numbers."""
    pods = 2 if up else 0
    return {
        "metadata": {
            "name": f"web-{pod_hash}",
            "uid": f"set-{pod_hash}",
            "labels": {"rollouts-pod-template-hash": pod_hash},
            "annotations": {"rollout.argoproj.io/revision": str(number)} | (annotations or {}),
            "creationTimestamp": f"2026-11-20T09:{number:02}:00Z",
            "ownerReferences": [{"uid": "u"}],
        },
        "spec": {"replicas": pods, "template": template(f"web:v{number}")},
        "status": {"replicas": pods, "availableReplicas": pods},
    }


def analysis_run(**spec: object) -> Thing:
    """An AnalysisRun with that specification."""
    return {"metadata": {"name": "run", "creationTimestamp": "2026-11-20T09:59:00Z"}, "spec": spec, "status": {}}


def look(one: Thing, *sets: Thing, **more: Any) -> ArgoSeen:
    """What is seen of a Rollout and its ReplicaSets."""
    return seen(TARGET, Objects(one, sets), AT, **more)


def test_forty_revisions_are_seen_newest_first_and_printed() -> None:
    sets = [replica_set(number, f"h{number}", up=number > 38) for number in range(1, 41)]
    one = rollout({"canary": {}}, {"currentPodHash": "h40", "stableRS": "h39"})
    found = look(one, *sets)
    assert [it.number for it in found.revisions] == list(range(40, 0, -1))
    assert (found.revision, found.stable_image, found.canary_pods) == (40, "web:v39", 2)
    assert tree(Objects(one, sets), AT).count("# revision:") == 40


def test_names_of_253_characters_are_printed_whole() -> None:
    one = rollout({"canary": {}}, {})
    one["metadata"]["name"] = "n" * 253
    assert f"⟳ {'n' * 253}  Rollout" in tree(Objects(one), AT)


def test_a_rollout_of_an_old_controller_without_hashes_is_seen() -> None:
    found = look(rollout({"canary": {"steps": [{"setWeight": 20}]}}, {"stableRS": "a"}), replica_set(1, "a"))
    assert (found.observed, found.current_hash, found.step, found.weight_wanted) == (False, "", None, 20)
    assert look(rollout({"canary": {"steps": [{"setWeight": True}]}}, {})).weight_wanted == 0


def test_before_0_10_a_blue_green_could_not_be_promoted_fully() -> None:
    old = {"currentPodHash": "b", "stableRS": "a", "observedGeneration": "7f9c5d"}
    assert ArgoVerb.PROMOTE_FULL not in legal(rollout({"blueGreen": {}}, old))
    assert ArgoVerb.PROMOTE_FULL in legal(rollout({"canary": {}}, old))


def test_a_router_that_told_no_weight_yet_has_the_wanted_one() -> None:
    strategy = {"canary": {"steps": [{"setWeight": 20}], "trafficRouting": {"nginx": {}}}}
    found = look(rollout(strategy, {"availableReplicas": 2, "currentStepIndex": 0}))
    assert (found.weight_wanted, found.weight_seen) == (20, 20)


def test_ping_and_pong_are_marked() -> None:
    one = rollout(
        {"canary": {"pingPong": {}}}, {"currentPodHash": "b", "stableRS": "a", "canary": {"stablePingPong": "ping"}}
    )
    found = look(one, replica_set(1, "a"), replica_set(2, "b"))
    assert [it.sides for it in found.revisions] == [("canary", "pong"), ("stable", "ping")]


def test_a_strategy_that_is_neither_has_no_weight() -> None:
    found = look(rollout({}, {"currentPodHash": "b"}))
    assert (found.weight_wanted, found.weight_seen, found.kind) == (0, 0, Kind.CANARY)
    assert "Strategy:        \n" in tree(Objects(rollout({}, {})), AT)


def test_the_active_service_itself_is_believed_before_the_status() -> None:
    status = {"currentPodHash": "b", "stableRS": "a", "blueGreen": {"activeSelector": "a"}}
    service = {"metadata": {"name": "web"}, "spec": {"selector": {"rollouts-pod-template-hash": "b"}}}
    found = seen(TARGET, Objects(rollout({"blueGreen": GATED}, status), services=[service]), AT)
    assert found.weight_seen == 100


def test_a_first_blue_green_without_a_selector_yet_serves_everything() -> None:
    assert look(rollout({"blueGreen": GATED}, {"currentPodHash": "a", "stableRS": "a"})).weight_seen == 100


@pytest.mark.parametrize(
    ("reason", "seconds"),
    [("BlueGreenPause", timedelta()), ("CanaryPauseStep", timedelta()), ("Whatever", timedelta())],
)
def test_a_pause_that_belongs_to_nothing_ends_at_the_next_look(reason: str, seconds: timedelta) -> None:
    status = {"pauseConditions": [{"reason": reason, "startTime": "2026-11-20T09:59:00Z"}]}
    found = look(rollout({"blueGreen": {}}, status))
    assert found.pauses[0].until == found.pauses[0].started + seconds
    assert not found.pauses[0].needs_person


def test_a_pause_without_a_start_counts_from_now_and_an_endless_one_ends_at_some_time() -> None:
    status = {"pauseConditions": [{"reason": "BlueGreenPause"}]}
    found = look(rollout({"blueGreen": {"autoPromotionSeconds": 10**15}}, status))
    assert found.pauses[0].started == AT
    assert found.pauses[0].until == AT + timedelta(days=366)


ABORTED = {"currentPodHash": "b", "stableRS": "a", "abort": True, "blueGreen": {"activeSelector": "a"}}
UNDONE = {"currentPodHash": "a", "stableRS": "a", "blueGreen": {"activeSelector": "a"}}
OLD, NEW, DOWN = replica_set(1, "a"), replica_set(2, "b"), replica_set(2, "b", up=False)


@pytest.mark.parametrize(
    ("strategy", "status", "sets", "warned"),
    [
        (GATED, ABORTED, (OLD, NEW), True),
        (GATED, ABORTED, (OLD, DOWN), False),
        (GATED, ABORTED | {"abort": False}, (OLD, NEW), False),
        (GATED | {"abortScaleDownDelaySeconds": 0}, ABORTED, (OLD, NEW), False),
        (GATED, UNDONE, (OLD, NEW), True),
        ({"autoPromotionSeconds": 60}, ABORTED, (OLD, NEW), True),
        ({"prePromotionAnalysis": {}}, ABORTED, (OLD, NEW), True),
        ({}, ABORTED, (OLD, NEW), False),
    ],
    ids=[
        "aborted and up, its deadline still to come",
        "down",
        "on its way",
        "kept up for ever",
        "left behind by an undo",
        "a delay is a gate",
        "an analysis is a gate",
        "no gate to skip",
    ],
)
def test_a_retry_is_warned_of_only_where_it_would_skip_a_gate(
    strategy: Thing, status: Thing, sets: tuple[Thing, ...], *, warned: bool
) -> None:
    found = look(rollout({"blueGreen": strategy}, status), *sets)
    assert bool(found.fast_track) is warned
    assert bool(fast_track_of(found, "web:v2")) is warned
    assert fast_track_of(found, "web:v9") == ""


def test_a_deadline_is_told_with_its_time() -> None:
    late = replica_set(2, "b", annotations={"scale-down-deadline": "2026-11-20T10:00:32Z"})
    found = look(rollout({"blueGreen": GATED}, ABORTED), OLD, late)
    assert "revision 2 is still up until 10:00:32 UTC" in found.fast_track
    text = tree(Objects(rollout({"blueGreen": GATED}, ABORTED), [late]), AT + timedelta(seconds=40))
    assert "delay:passed" in text
    broken = replica_set(2, "b", annotations={"scale-down-deadline": "soon"})
    assert tree(Objects(rollout({"blueGreen": GATED}, ABORTED), [broken]), AT).endswith("delay:\n")


def test_a_canary_has_no_fast_track() -> None:
    found = look(rollout({"canary": {}}, ABORTED), OLD, NEW)
    assert not found.fast_track
    assert fast_track(found.kind, found.revisions, found.current_hash, found.stable_hash) == ""
    assert fast_track_of(found, "web:v2") == ""


def test_pods_that_cannot_be_created_are_told() -> None:
    failing = replica_set(2, "b")
    failing["status"]["conditions"] = [
        {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": "exceeded quota"}
    ]
    one = rollout({"canary": {}}, {"currentPodHash": "b", "stableRS": "a"})
    assert look(one, failing).problem == "FailedCreate: pods cannot be created (exceeded quota)"
    assert "✖ ReplicaFailure" in tree(Objects(one, [failing]), AT)


def test_a_pod_that_keeps_crashing_is_told_with_its_exit_code() -> None:
    ended = {"terminated": {"exitCode": 137, "reason": "OOMKilled"}}
    crashing = {
        "name": "web",
        "restartCount": 3,
        "state": {"waiting": {"reason": "CrashLoopBackOff"}},
        "lastState": ended,
    }
    pod = {
        "metadata": {"name": "p", "ownerReferences": [{"uid": "set-b"}]},
        "status": {"containerStatuses": [crashing]},
    }
    one = rollout({"canary": {}}, {"currentPodHash": "b", "stableRS": "a"})
    found = seen(TARGET, Objects(one, [replica_set(2, "b")], [pod]), AT)
    assert found.problem == "CrashLoopBackOff: container web ended with exit code 137 (OOMKilled), 3 restarts"


def test_pods_and_sets_of_another_controller_with_the_same_labels_are_nobodys() -> None:
    stranger = replica_set(9, "b") | {"spec": {"replicas": 5, "template": template("other:v1")}}
    stranger["metadata"] |= {"name": "stranger", "uid": "set-x", "ownerReferences": [{"uid": "somebody"}]}
    waiting = {"name": "web", "state": {"waiting": {"reason": "ImagePullBackOff"}}}
    pod = {
        "metadata": {"name": "alien", "ownerReferences": [{"uid": "set-x"}]},
        "status": {"containerStatuses": [waiting]},
    }
    one = rollout({"canary": {}}, {"currentPodHash": "b", "stableRS": "a"})
    objects = Objects(one, [stranger, replica_set(1, "a"), replica_set(2, "b")], [pod])
    found = seen(TARGET, objects, AT)
    assert [it.image for it in found.revisions] == ["web:v2", "web:v1"]
    assert (found.problem, found.canary_pods, found.ready) == ("", 2, 4)
    assert "alien" not in tree(objects, AT)
    assert "stranger" not in tree(objects, AT)


def test_a_replica_set_whose_change_is_unseen_is_progressing() -> None:
    changed = replica_set(2, "b")
    changed["metadata"]["generation"] = 2
    assert "◌ Progressing" in tree(Objects(rollout({"canary": {}}, {}), [changed]), AT)


def test_a_claim_and_argo_cds_mark_are_read() -> None:
    marks = {
        "leadsman.dev/rollout": "north/r-1/4",
        "argocd.argoproj.io/tracking-id": "shop:argoproj.io/Rollout:shop/web",
    }
    found = look(rollout({"canary": {}}, {}, annotations=marks))
    assert found.claim == Claim("north", "r-1", 4)
    assert (found.keeper, found.self_heals) == ("shop", False)


def test_a_label_that_others_set_too_names_a_keeper_only_where_that_application_is_known_to_heal() -> None:
    one = rollout({"canary": {}}, {}, labels={"app.kubernetes.io/instance": "shop"})
    assert look(one).keeper == ""
    assert look(one, self_heals=True).keeper == "shop"


def test_jobs_of_a_run_stand_under_it() -> None:
    run = analysis_run()
    run["metadata"] |= {"ownerReferences": [{"uid": "u"}]}
    measured = [
        {"phase": "Successful", "startedAt": AT.isoformat(), "metadata": {"job-name": "smoke-1"}},
        {"phase": "Failed"},
    ]
    run["status"] = {"phase": "Running", "metricResults": [{"successful": 1, "measurements": measured}]}
    text = tree(Objects(rollout({}, {}), runs=[run]), AT + timedelta(seconds=5))
    lines = [" ".join(line.split()) for line in text.splitlines()]
    assert lines[-2:] == ["└──α run AnalysisRun ◌ Running 65s ✔ 1", "└──⊞ smoke-1 Job ✔ Successful 5s"]


def test_where_there_is_no_rollout_nothing_is_printed() -> None:
    assert tree(Objects(None), AT) == ""


@pytest.mark.parametrize(
    ("noted", "followed", "observed"), [("2", "1", False), ("2", "2", True), (None, "1", True), ("2", None, True)]
)
def test_a_deployment_that_cannot_be_read_is_followed_by_the_generation_that_the_controller_noted(
    noted: str | None, followed: str | None, observed: bool
) -> None:
    """argo-cd `resource_customizations/argoproj.io/Rollout/health.lua`, isWorkloadGenerationObserved."""
    annotations = {} if noted is None else {"rollout.argoproj.io/workload-generation": noted}
    status = {"observedGeneration": "1", "currentPodHash": "b"}
    status |= {} if followed is None else {"workloadObservedGeneration": followed}
    one = rollout({"canary": {}}, status, generation=1, annotations=annotations)
    del one["spec"]["template"]
    one["spec"]["workloadRef"] = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    assert look(one).observed is observed
