"""What is seen of a Rollout, against the plugin's own words at every moment of every recording."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from strategies.argo.driver import PauseKey
from strategies.argo.objects import Objects
from strategies.argo.seen import ArgoSeen, Kind, RunKind
from strategies.argo.sight import seen
from strategies.argo.steps import is_canary
from strategies.judge.metric import OtherProvider, PrometheusQuery
from strategies.judge.verdict import Verdict
from strategies.model import Target, WorkloadKind
from tests.strategies.argo.recording import NAMES, Moment, load


def look(moment: Moment) -> ArgoSeen:
    """What is seen at a moment of the Rollout that it is about."""
    target = Target("prod", "shop", moment.rollout, "web", kind=WorkloadKind.ROLLOUT)
    return seen(target, moment.objects, moment.at)


def looks(name: str, rollout: str = "web") -> Iterator[tuple[Moment, ArgoSeen]]:
    """Every moment of a recording in which something is told of that Rollout, and what is seen then."""
    for moment in load(name).moments():
        if moment.rollout == rollout:
            yield moment, look(moment)


def last(name: str, rollout: str = "web") -> ArgoSeen:
    """What is seen at the end of a recording."""
    return [found for _, found in looks(name, rollout)][-1]


@pytest.mark.parametrize("name", NAMES)
def test_says_what_the_plugin_says_at_every_moment(name: str) -> None:
    told = 0
    for moment in load(name).moments():
        if moment.kind != "event" or not moment.rollout or moment.entry["type"] == "DELETED":
            continue
        found, plugin = look(moment), moment.entry["plugin"]
        step = "" if found.step is None else f"{found.step}/{len(found.steps)}"
        ours = {"status": found.status, "message": found.message, "step": step}
        if is_canary(moment.objects.rollout or {}):
            ours |= {"setWeight": str(found.weight_wanted), "actualWeight": str(found.weight_seen)}
        assert ours == {key: plugin.get(key, "") for key in ours}, moment.entry["at_ms"]
        told += 1
    assert told > 0


def test_there_are_all_recordings_and_all_endings() -> None:
    assert len(NAMES) == 65
    statuses = {last(name).status for name in NAMES if name[:2] not in ("12", "08") or name.startswith("12a")}
    assert statuses == {"Healthy", "Paused", "Degraded", "Progressing"}


def test_a_pause_without_a_time_needs_a_person_and_is_told_apart_by_hash_reason_and_start() -> None:
    (found,) = {found.pauses for _, found in looks("02-canary-basic") if any(one.needs_person for one in found.pauses)}
    assert [one.key for one in found] == [PauseKey("5f66f76799", "CanaryPauseStep", "2026-11-20T09:56:49Z")]
    assert found[0].until is None


def test_a_timed_pause_says_when_it_ends_and_needs_nobody() -> None:
    found = next(found for _, found in looks("02-canary-basic") if found.step == 3 and found.pauses)
    assert found.pauses[0].until == found.pauses[0].started + timedelta(seconds=5)
    assert not found.pauses[0].needs_person
    assert found.durations == (None, None, None, timedelta(seconds=5))


def test_a_promotion_that_waits_for_its_time_needs_nobody_and_one_without_needs_a_person() -> None:
    timed = next(found for _, found in looks("09d-bluegreen-auto-promotion-seconds") if found.pauses)
    manual = next(found for _, found in looks("09a-bluegreen-manual") if found.pauses)
    assert timed.pauses[0].until == timed.pauses[0].started + timedelta(seconds=6)
    assert (timed.pauses[0].needs_person, manual.pauses[0].needs_person) == (False, True)
    assert manual.pauses[0].until is None


def test_two_pauses_stand_at_once() -> None:
    found = next(found for _, found in looks("08m-background-inconclusive-at-pause") if len(found.pauses) == 2)
    assert {one.key.reason for one in found.pauses} == {"CanaryPauseStep", "InconclusiveAnalysisRun"}
    assert all(one.needs_person for one in found.pauses)


def test_a_persons_abort_has_no_reason_and_one_by_analysis_has_its_message() -> None:
    person = next(found for _, found in looks("03-abort-retry-undo") if found.status == "Degraded")
    analysis = last("08f-background-analysis-failing")
    assert (person.aborted, person.abort_message) == (True, "")
    assert analysis.abort_message.startswith("Background analysis phase error/failed: Metric")


def test_an_abort_is_not_yet_degraded_when_it_is_first_seen() -> None:
    found = next(found for _, found in looks("03-abort-retry-undo") if found.aborted)
    assert (found.phase, found.weight_wanted) == ("Paused", 0)


def test_a_deadline_that_passed_and_a_spec_that_is_invalid_are_told_in_the_controllers_words() -> None:
    assert "has timed out progressing" in last("07c-crash-bluegreen-deadline").timed_out
    two = next(found for _, found in looks("12a-invalidspec-two-kinds-in-step") if found.invalid)
    assert two.invalid.startswith('The Rollout "web" is invalid: spec.strategy.steps[0]: Invalid value')


def test_what_was_wrong_with_an_earlier_spec_is_not_told_of_the_present_one() -> None:
    for name in ("07a-bad-image-deadline", "12a-invalidspec-two-kinds-in-step"):
        for _, found in looks(name):
            assert found.observed or not (found.invalid or found.timed_out)
    assert not last("07a-bad-image-deadline").timed_out


def test_pods_that_cannot_come_up_are_told_in_a_sentence() -> None:
    problems = {found.problem for _, found in looks("07a-bad-image-deadline")}
    assert (
        'ImagePullBackOff: container web cannot start (Back-off pulling image "registry.example/web:v2-bad")'
        in problems
    )
    assert last("07c-crash-bluegreen-deadline").problem == "CrashLoopBackOff: container web keeps ending, 2 restarts"


def test_images_come_from_the_template_and_from_the_stable_set() -> None:
    found = next(found for _, found in looks("02-canary-basic") if found.pauses)
    assert (found.image, found.stable_image) == ("registry.example/web:v2", "registry.example/web:v1")
    assert (found.current_hash, found.stable_hash, found.revision) == ("5f66f76799", "f5ff758dd", 2)
    assert [(one.number, one.image[-2:], one.sides) for one in found.revisions] == [
        (2, "v2", ("canary",)),
        (1, "v1", ("stable",)),
    ]


def test_pods_are_counted_by_side() -> None:
    found = next(found for _, found in looks("02-canary-basic") if found.pauses)
    assert (found.desired, found.ready) == (5, 5)
    assert (found.stable_ready, found.canary_ready, found.canary_pods) == (4, 1, 1)
    whole = last("02-canary-basic")
    assert (whole.stable_ready, whole.canary_pods) == (5, 0)


def test_with_a_workload_ref_the_template_is_the_deployments_and_its_change_counts_as_unseen_until_it_is_followed() -> (
    None
):
    found = [found for _, found in looks("11b-workloadref-set-image")]
    assert {one.image for one in found} == {"registry.example/web:v1", "registry.example/web:v2"}
    assert {one.observed for one in found} == {True, False}
    assert all(one.image is not None for one in found)
    assert found[-1].observed


def test_a_spec_is_unseen_until_the_controller_names_its_generation() -> None:
    changes = [(found.observed, found.generation) for _, found in looks("02-canary-basic")]
    assert changes[0] == (False, 1), "nothing is written yet"
    assert (False, 2) in changes
    assert changes[-1] == (True, 2)


def test_blue_green_has_everything_or_nothing_as_the_active_service_selects() -> None:
    shares = [found.weight_seen for _, found in looks("09a-bluegreen-manual") if found.revision == 2]
    assert shares == sorted(shares)
    assert set(shares) == {0, 100}
    assert last("09c-bluegreen-post-promotion-failing").weight_seen == 0


def test_a_router_knows_the_weight_and_its_whole() -> None:
    found = last("13d-nginx-annotations")
    assert (found.routed, found.whole) == (True, 1000)


@pytest.mark.parametrize(
    "name", ["09f-bluegreen-abort-then-quick-retry", "09i-bluegreen-pre-promotion-quick-retry"], ids=["09f", "09i"]
)
def test_an_aborted_blue_green_says_that_a_retry_would_go_live_at_once_and_until_when(name: str) -> None:
    retried, told = False, ""
    for moment, found in looks(name):
        retried = retried or (moment.kind == "cli" and " retry " in moment.entry["command"])
        settled = found.aborted and found.status == "Degraded" and found.stable_hash != found.current_hash
        if settled and not retried:
            assert found.fast_track.startswith("revision 2 is still up")
            told = found.fast_track
    assert " until 10:00:3" in told
    assert retried


def test_once_the_aborted_set_is_down_a_retry_has_its_gate_again() -> None:
    found = [
        found for _, found in looks("09h-bluegreen-abort-late-retry") if found.aborted and found.status == "Degraded"
    ]
    assert found[0].fast_track
    assert not found[-1].fast_track


def test_after_an_undo_the_version_left_behind_would_go_live_at_once() -> None:
    found = last("09e-bluegreen-pre-promotion-failing")
    assert found.current_hash == found.stable_hash
    assert "revision 2 is still up" in found.fast_track


def test_the_version_before_a_promotion_is_no_fast_track() -> None:
    found = next(
        found for _, found in looks("09a-bluegreen-manual") if found.status == "Healthy" and found.revision == 2
    )
    assert any(one.kept_up for one in found.revisions)
    assert not found.fast_track


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("08a-analysis-step-passing", {RunKind.STEP}),
        ("08e-background-analysis", {RunKind.BACKGROUND}),
        ("09b-bluegreen-pre-promotion-analysis", {RunKind.PRE_PROMOTION}),
        ("09c-bluegreen-post-promotion-failing", {RunKind.POST_PROMOTION}),
        ("14b-experiment-with-failing-analysis", {RunKind.EXPERIMENT}),
    ],
)
def test_runs_of_the_present_revision_are_seen_by_kind(name: str, kinds: set[RunKind]) -> None:
    found = last(name)
    assert {one.kind for one in found.runs} == kinds
    assert {one.pod_hash for one in found.runs} == {found.current_hash}


def test_a_run_carries_its_measurements_as_the_controller_judged_them() -> None:
    (one,) = last("08b-analysis-step-failing").runs[:1]
    (metric,) = one.run.metrics
    assert (one.step, one.run.phase, metric.failed) == (1, Verdict.FAILED, 2)
    assert one.run.message == 'Metric "rate" assessed Failed due to failed (2) > failureLimit (1)'
    assert [it.number for it in metric.measurements] == list(range(1, len(metric.measurements) + 1))
    assert {it.phase for it in metric.measurements} >= {Verdict.FAILED}
    assert one.run.analysis.metric("rate").provider == OtherProvider("web")
    assert one.run.completed_at is not None


def test_a_prometheus_metric_keeps_its_question() -> None:
    (one,) = last("08h-prometheus-pass-then-fail").runs[-1:]
    assert isinstance(one.run.analysis.metrics[0].provider, PrometheusQuery)
    assert one.run.analysis.metrics[0].provider.query == "vector(0.90)"


def test_a_dry_run_metric_is_marked_and_decides_nothing() -> None:
    (one,) = last("08g-dry-run-metric").runs
    assert one.run.phase is Verdict.SUCCESSFUL
    assert [it.phase for it in one.run.metrics if it.dry_run] == [Verdict.FAILED]


def test_the_client_that_changed_the_spec_last_is_named_and_the_controller_never() -> None:
    managers = [found.manager for _, found in looks("16-who-did-it") if found.manager]
    assert managers[-1] == "argocd-controller"
    assert "kubectl-argo-rollouts" in managers
    assert "rollouts-controller" not in managers
    assert "leadsman" in {found.aborted_by for _, found in looks("16-who-did-it")}


def test_no_rollout_is_seen_as_none() -> None:
    moment = next(load("02-canary-basic").moments())
    target = Target("prod", "shop", "web", "web", kind=WorkloadKind.ROLLOUT)
    assert seen(target, Objects(None), moment.at) == ArgoSeen(at=moment.at)
    assert not seen(target, Objects(None), moment.at).exists
    assert seen(target, Objects(None), moment.at).kind is Kind.CANARY


def test_what_a_blue_green_has_around_its_switch_is_seen_from_its_spec() -> None:
    assert last("09a-bluegreen-manual").by_hand
    assert not last("09d-bluegreen-auto-promotion-seconds").by_hand
    assert last("09a-bluegreen-manual").analysed == frozenset()
    assert last("09b-bluegreen-pre-promotion-analysis").analysed == {RunKind.PRE_PROMOTION}
    assert last("09c-bluegreen-post-promotion-failing").analysed == {RunKind.POST_PROMOTION}
    assert last("02-canary-basic").analysed == frozenset() and not last("02-canary-basic").by_hand
