"""What is rare but comes: many revisions, many measurements, long names, old controllers, arguments, Argo CD's marks."""

from datetime import UTC, datetime, timedelta
from time import process_time
from typing import Any

import pytest

from strategies.argo.driver import ArgoVerb
from strategies.argo.fasttrack import fast_track, fast_track_of
from strategies.argo.legal import legal
from strategies.argo.objects import Objects
from strategies.argo.runs import run_of
from strategies.argo.seen import ArgoSeen, Kind, RunKind
from strategies.argo.sight import seen
from strategies.argo.tree import tree
from strategies.judge.limits import metric_bounds
from strategies.judge.metric import OtherProvider, PrometheusQuery
from strategies.judge.unit import Unit
from strategies.judge.verdict import Verdict
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


def test_of_five_hundred_measurements_the_last_are_kept_with_their_numbers_and_it_stays_cheap() -> None:
    times = [(AT + timedelta(seconds=10 * at)).isoformat() for at in range(500)]
    measured = [{"phase": "Successful", "value": "[1]", "startedAt": it, "finishedAt": it} for it in times]
    run = analysis_run(metrics=[{"name": "rate", "provider": {"prometheus": {"query": "up"}}, "interval": "10s"}])
    run["status"] = {"phase": "Running", "metricResults": [{"name": "rate", "count": 500, "measurements": measured}]}
    begun = process_time()
    (result,) = run_of(run, AT).metrics
    assert process_time() - begun < 1
    assert (len(result.measurements), result.measurements[-1].number) == (200, 500)
    assert result.measurements[0].number == 301


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
    assert (found.active_hash, found.weight_seen) == ("b", 100)


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
    assert not found.needs_person


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
    assert fast_track_of(found, "web:v9") is None


def test_a_deadline_is_told_with_its_time() -> None:
    late = replica_set(2, "b", annotations={"scale-down-deadline": "2026-11-20T10:00:32Z"})
    found = look(rollout({"blueGreen": GATED}, ABORTED), OLD, late)
    assert "revision 2 is still up until 10:00:32 UTC" in found.fast_track
    assert found.fast_track_until == AT + timedelta(seconds=32)
    text = tree(Objects(rollout({"blueGreen": GATED}, ABORTED), [late]), AT + timedelta(seconds=40))
    assert "delay:passed" in text
    broken = replica_set(2, "b", annotations={"scale-down-deadline": "soon"})
    assert tree(Objects(rollout({"blueGreen": GATED}, ABORTED), [broken]), AT).endswith("delay:\n")


def test_a_canary_has_no_fast_track() -> None:
    found = look(rollout({"canary": {}}, ABORTED), OLD, NEW)
    assert not found.fast_track
    assert fast_track(found.kind, found.revisions, found.current_hash, found.stable_hash) is None
    assert fast_track_of(found, "web:v2") is None


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


def test_our_own_last_change_names_the_person_behind_it_and_somebody_elses_does_not() -> None:
    ours = [{"manager": "leadsman", "time": "2026-11-20T10:00:00Z", "fieldsV1": {"f:spec": {}}}]
    theirs = [*ours, {"manager": "kubectl-edit", "time": "2026-11-20T10:00:01Z", "fieldsV1": {"f:spec": {}}}]
    marks = {"leadsman.dev/actor": "Alice"}
    mine = look(rollout({}, {}, annotations=marks, managedFields=ours))
    other = look(rollout({}, {}, annotations=marks, managedFields=theirs))
    assert (mine.manager, mine.by) == ("leadsman", "Alice")
    assert (other.manager, other.by) == ("kubectl-edit", "")


PROMETHEUS = {"prometheus": {"address": "http://p/{{args.side}}", "query": 'up{h="{{args.hash}}"} or {{ args.gone }}'}}


def test_arguments_are_put_into_a_metric_and_what_cannot_be_stays_as_it_is() -> None:
    run = analysis_run(
        args=[{"name": "hash", "value": "a"}, {"name": "side", "value": "x"}, {"name": "limit", "value": "0.9"}],
        metrics=[
            {
                "name": "rate",
                "provider": PROMETHEUS,
                "successCondition": "result[0] >= {{args.limit}}",
                "failureCondition": "no condition at all (",
                "count": "3",
                "consecutiveErrorLimit": 0,
            }
        ],
    )
    (metric,) = run_of(run, AT).analysis.metrics
    assert isinstance(metric.provider, PrometheusQuery)
    assert metric.provider.address == "http://p/x"
    assert metric.provider.query == PROMETHEUS["prometheus"]["query"], "one argument is missing: nothing is put in"
    assert [bound.value for bound in metric_bounds(metric)] == [0.9]
    assert (metric.failure, metric.count, metric.consecutive_error_limit) == (None, 3, 0)


def test_a_secret_argument_never_gets_a_value() -> None:
    run = analysis_run(args=[{"name": "token", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}])
    assert run_of(run, AT).analysis.args[0].value is None


def test_a_range_query_keeps_its_range_and_a_broken_one_goes_without() -> None:
    good = {"start": "now() - duration('10m')", "end": "now()", "step": "1m"}
    metrics = [
        {"name": name, "provider": {"prometheus": {"query": "up", "rangeQuery": one}}}
        for name, one in (("good", good), ("bad", good | {"end": "never"}), ("none", good | {"step": "x"}))
    ]
    found = run_of(analysis_run(metrics=metrics), AT).analysis
    assert [metric.provider.range is not None for metric in found.metrics] == [True, False, False]


def test_other_providers_have_no_question_and_their_answers_are_kept_as_they_are() -> None:
    run = analysis_run(
        metrics=[{"name": "job", "provider": {"job": {}}}, {"name": "odd", "provider": {"a": {}, "b": {}}}]
    )
    measured = {"phase": "Successful", "value": "all fine", "startedAt": AT.isoformat(), "finishedAt": AT.isoformat()}
    going = {"phase": "Running", "startedAt": AT.isoformat()}
    run["status"] = {
        "phase": "Successful",
        "metricResults": [{"name": "job", "count": 1, "measurements": [measured, going]}],
    }
    found = run_of(run, AT)
    assert [metric.provider for metric in found.analysis.metrics] == [OtherProvider("job"), OtherProvider("")]
    provider = found.analysis.metric("job").provider
    assert (provider.address, provider.query, provider.range) == ("", "", None)
    (one,) = found.metrics[0].measurements
    assert (one.value, one.result, one.number) == ("all fine", None, 1)
    assert found.completed_at == AT, "an old controller does not say when; its last measurement does"


def test_a_run_that_has_not_begun_is_pending_and_an_unknown_kind_is_a_background_run() -> None:
    run = analysis_run(metrics=[{"name": "rate", "provider": {"web": {}}}])
    run["metadata"] |= {"ownerReferences": [{"uid": "u"}], "labels": {"rollouts-pod-template-hash": "b"}}
    found = seen(TARGET, Objects(rollout({"canary": {}}, {"currentPodHash": "b"}), runs=[run]), AT).runs
    assert [(it.kind, it.step, it.run.phase) for it in found] == [(RunKind.BACKGROUND, None, Verdict.PENDING)]
    assert found[0].run.metrics[0].phase is Verdict.PENDING
    assert found[0].run.completed_at is None


def test_a_run_of_an_earlier_revision_with_the_same_template_is_not_of_this_one() -> None:
    run = analysis_run()
    run["metadata"] |= {
        "ownerReferences": [{"uid": "u"}],
        "labels": {"rollouts-pod-template-hash": "b"},
        "annotations": {"rollout.argoproj.io/revision": "2"},
    }
    again = replica_set(4, "b")
    assert not seen(TARGET, Objects(rollout({}, {"currentPodHash": "b"}), [again], runs=[run]), AT).runs


def test_dry_run_retention_and_units_are_read_and_nonsense_in_them_is_left_out() -> None:
    run = analysis_run(
        metrics=[{"name": "p95", "provider": PROMETHEUS}],
        dryRun=[{"metricName": "p.*"}, {"metricName": "("}],
        measurementRetention=[{"metricName": "p95", "limit": 300}],
    )
    run["metadata"]["annotations"] = {"leadsman.dev/units": "p95=ms, p99=ms"}
    found = run_of(run, AT)
    assert found.analysis.dry_run == ("p95",)
    assert found.metrics[0].dry_run
    assert found.analysis.kept("p95") == 300
    assert found.analysis.metrics[0].unit is Unit.MILLISECONDS


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
