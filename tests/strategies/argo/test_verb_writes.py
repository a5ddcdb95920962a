"""What a verb writes beside its own field, where it writes it, and what it says when it cannot."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any, cast

import pytest

from bot.playground.kubernetes.json_patch import PatchFailedError, apply_json_patch
from strategies.argo.driver import ArgoVerb
from strategies.argo.objects import Objects
from strategies.argo.writes import ArgoWrite, Changed, Patch, Resource
from strategies.events import Refusal
from strategies.model import Claim
from strategies.native.claims import BASE_IMAGE, BASE_REPLICAS, CLAIM
from tests.strategies.argo.requests import Thing, at_entry, decided, ours, patched, rollout_of

OURS, FREE = Claim("leadsman", "r1", 4), Claim("leadsman", "", 4)
HISTORY = "10b-undo-noop-and-missing"


def _patches(write: ArgoWrite, objects: Objects, container: str = "web") -> tuple[Patch, ...]:
    found = patched(write, objects, container)
    assert isinstance(found, tuple), found
    return found


def _refused(write: ArgoWrite, objects: Objects, container: str = "web") -> str:
    found = patched(write, objects, container)
    assert isinstance(found, Refusal), found
    return found.sentence


def _changed(write: ArgoWrite, objects: Objects) -> str:
    found = patched(write, objects)
    assert isinstance(found, Changed), found
    return found.sentence


def _annotations(rollout: Thing) -> dict[str, str]:
    return cast(dict[str, str], rollout["metadata"].get("annotations", {}))


def _paused() -> Objects:
    return at_entry("02-canary-basic", 99)


def _healthy() -> Objects:
    return at_entry(HISTORY, 120)


def _alone() -> Objects:
    """A Rollout without any annotation."""
    objects = _paused()
    del rollout_of(objects)["metadata"]["annotations"]
    return objects


@pytest.mark.parametrize("found", [_healthy, _alone])
def test_a_claim_and_the_base_ride_along_with_a_new_image(found: Callable[[], Objects]) -> None:
    objects = found()
    write = decided(ArgoVerb.SET_IMAGE, objects, image="x:9", claim=OURS, base=("x:1", 4))
    (patch,) = _patches(write, objects)
    noted = _annotations(ours(objects, [patch])["rollouts"])
    assert (noted[CLAIM], noted[BASE_IMAGE], noted[BASE_REPLICAS]) == ("leadsman/r1/4", "x:1", "4")


@pytest.mark.parametrize("found", [_paused, _alone])
def test_a_claim_goes_in_a_patch_before_that_of_the_status_which_expects_it(found: Callable[[], Objects]) -> None:
    objects = found()
    first, second = _patches(decided(ArgoVerb.PROMOTE, objects, claim=OURS), objects)
    assert (first.subresource, second.subresource) == ("", "status")
    assert "pauseConditions" not in ours(objects, [first, second])["rollouts"]["status"]
    with pytest.raises(PatchFailedError):
        ours(objects, [second])


def test_a_claim_that_is_there_already_is_not_written_again() -> None:
    objects = _paused()
    _annotations(rollout_of(objects))[CLAIM] = "leadsman/r1/4"
    assert len(_patches(decided(ArgoVerb.PROMOTE, objects, claim=OURS), objects)) == 1
    assert _patches(decided(ArgoVerb.CLAIM, objects, claim=OURS), objects) == ()


def test_a_claim_is_taken_renewed_and_given_back() -> None:
    objects = _paused()
    for claim, told in ((OURS, "leadsman/r1/4"), (replace(OURS, fence=5), "leadsman/r1/5"), (FREE, "leadsman//4")):
        rollout = ours(objects, _patches(decided(ArgoVerb.CLAIM, objects, claim=claim), objects))["rollouts"]
        assert _annotations(rollout)[CLAIM] == told
        objects = replace(objects, rollout=rollout)


def test_a_claim_is_not_taken_from_somebody_who_was_quicker() -> None:
    objects = _paused()
    written = _patches(decided(ArgoVerb.CLAIM, objects, claim=OURS), objects)
    _annotations(rollout_of(objects))[CLAIM] = "other/r9/1"
    with pytest.raises(PatchFailedError):
        ours(objects, written)


def test_what_is_noted_changes_neither_spec_nor_status() -> None:
    objects = _paused()
    rollout = ours(objects, _patches(decided(ArgoVerb.CLAIM, objects, claim=OURS, base=("x:1", 4)), objects))[
        "rollouts"
    ]
    assert (rollout["spec"], rollout["status"]) == (rollout_of(objects)["spec"], rollout_of(objects)["status"])


def test_a_status_patch_has_the_object_itself_as_its_fallback_and_that_has_none() -> None:
    objects = _paused()
    (patch,) = _patches(decided(ArgoVerb.ABORT, objects), objects)
    fallback = patch.fallback
    assert fallback == replace(patch, subresource="")
    assert fallback is not None
    assert fallback.fallback is None


def test_undo_says_in_the_plugins_words_why_there_is_nothing_to_undo() -> None:
    objects, first = _healthy(), at_entry(HISTORY, 39)
    assert _refused(decided(ArgoVerb.UNDO, first), first) == 'no revision found for rollout "web"'
    told = "skipped rollback (current template already matches revision 2)"
    assert _refused(decided(ArgoVerb.UNDO, objects, revision=2), objects) == told
    told = "unable to find specified revision 99 in history"
    assert _refused(decided(ArgoVerb.UNDO, objects, revision=99), objects) == told


def test_undo_to_the_revision_before_waits_until_the_newest_one_is_known() -> None:
    objects = at_entry("15b-trap-promote-full-right-after-undo", 187)
    assert "has not taken up the newest template" in _changed(decided(ArgoVerb.UNDO, objects), objects)


def test_undo_to_a_revision_by_its_number_goes_before_the_controller_has_looked() -> None:
    objects = at_entry("15b-trap-promote-full-right-after-undo", 187)
    (patch,) = _patches(decided(ArgoVerb.UNDO, objects, revision=2), objects)
    assert (
        ours(objects, [patch])["rollouts"]["spec"]["template"]["spec"]["containers"][0]["image"]
        == "registry.example/web:v2"
    )


def test_undo_never_takes_the_template_of_an_experiment() -> None:
    objects = at_entry("14a-experiment-step", 100)
    assert any(one["metadata"]["ownerReferences"][0]["kind"] == "Experiment" for one in objects.sets)
    done = ours(objects, _patches(decided(ArgoVerb.UNDO, objects), objects))["rollouts"]
    assert done["spec"]["template"]["spec"]["containers"][0]["image"] == "registry.example/web:v1"
    assert "rollouts-pod-template-hash" not in done["spec"]["template"]["metadata"]["labels"]


def test_an_unknown_container_is_refused_with_those_that_there_are() -> None:
    objects = _healthy()
    write = decided(ArgoVerb.SET_IMAGE, objects, image="x:9")
    sentence = _refused(write, objects, "nosuch")
    assert 'unable to find container named "nosuch"' in sentence
    assert sentence.endswith("it has: web")


def test_a_new_image_waits_for_another_look_where_the_old_one_is_not_the_one_that_was_seen() -> None:
    objects = _healthy()
    write = decided(ArgoVerb.SET_IMAGE, objects, image="x:9", expect_image="x:1")
    assert "has the image registry.example/web:v2 by now, not x:1" in _changed(write, objects)


def test_every_container_gets_the_image_where_a_star_stands_for_its_name() -> None:
    objects = _healthy()
    spec = rollout_of(objects)["spec"]["template"]["spec"]
    spec["initContainers"] = [{"name": "setup", "image": "x:1"}]
    done = ours(objects, _patches(decided(ArgoVerb.SET_IMAGE, objects, image="x:9"), objects, "*"))["rollouts"]["spec"]
    assert [one["image"] for one in done["template"]["spec"]["initContainers"]] == ["x:9"]
    assert [one["image"] for one in done["template"]["spec"]["containers"]] == ["x:9"]


def test_a_patch_of_one_container_fails_where_another_one_took_its_place() -> None:
    objects = _healthy()
    written = _patches(decided(ArgoVerb.SET_IMAGE, objects, image="x:9"), objects)
    rollout_of(objects)["spec"]["template"]["spec"]["containers"][0]["name"] = "other"
    with pytest.raises(PatchFailedError):
        ours(objects, written)


def _referring(kind: str = "Deployment") -> Objects:
    objects = at_entry("11b-workloadref-set-image", 48)
    rollout_of(objects)["spec"]["workloadRef"]["kind"] = kind
    return objects


def test_with_a_workload_reference_the_claim_goes_to_the_rollout_and_the_image_to_the_deployment() -> None:
    objects = _referring()
    write = decided(ArgoVerb.SET_IMAGE, objects, image="x:9", claim=OURS)
    first, second = _patches(write, objects)
    assert (first.kind, second.kind) == (Resource.ROLLOUTS, Resource.DEPLOYMENTS)
    done = ours(objects, [first, second])
    assert _annotations(done["rollouts"])[CLAIM] == "leadsman/r1/4"
    assert done["deployments"]["spec"]["template"]["spec"]["containers"][0]["image"] == "x:9"


@pytest.mark.parametrize("verb", [ArgoVerb.UNDO, ArgoVerb.SET_IMAGE])
def test_a_template_that_leadsman_cannot_change_is_refused_with_where_it_is(verb: ArgoVerb) -> None:
    other, gone = _referring("PodTemplate"), replace(_referring(), workload=None)
    assert "takes its template from PodTemplate web" in _refused(decided(verb, other, image="x:9"), other)
    assert "which is not there. Create it again" in _refused(decided(verb, gone, image="x:9"), gone)


def test_a_verb_waits_while_the_controller_has_not_taken_up_the_deployments_template() -> None:
    objects = at_entry("11b-workloadref-set-image", 53)
    assert "has not taken up the last change" in _changed(decided(ArgoVerb.PROMOTE_FULL, objects), objects)


def test_a_controller_that_does_not_tell_what_it_took_up_of_a_deployment_is_believed() -> None:
    objects = at_entry("11b-workloadref-set-image", 100)
    del rollout_of(objects)["status"]["workloadObservedGeneration"]
    assert _patches(decided(ArgoVerb.PROMOTE, objects), objects)


def test_a_restart_is_written_in_utc_to_the_second() -> None:
    objects = _healthy()
    at = datetime(2026, 11, 20, 11, 0, 5, 700_000, tzinfo=timezone(timedelta(hours=1)))
    done = ours(objects, _patches(decided(ArgoVerb.RESTART, objects, restart_at=at), objects))["rollouts"]
    assert done["spec"]["restartAt"] == "2026-11-20T10:00:05Z"


def test_pause_and_resume_say_when_there_is_nothing_to_do() -> None:
    held, free = at_entry("05-spec-paused", 132), _healthy()
    assert "is paused already" in _changed(decided(ArgoVerb.PAUSE, held), held)
    assert "is not paused by anybody" in _changed(decided(ArgoVerb.RESUME, free), free)


def test_promote_at_no_pause_points_to_skip_and_skip_to_what_stands_in_its_way() -> None:
    free = at_entry("14d-promote-during-analysis", 86)
    assert "use skip, with a reason" in _changed(decided(ArgoVerb.PROMOTE, free), free)
    rollout_of(free)["spec"]["paused"] = True
    assert "resume it first" in _changed(decided(ArgoVerb.SKIP, free), free)
    blue_green = at_entry("09c-bluegreen-post-promotion-failing", 70)
    assert "has the step none by now" in _changed(decided(ArgoVerb.SKIP, blue_green, step=0), blue_green)


def test_promote_full_twice_is_said_once() -> None:
    objects = at_entry("15c-trap-abort-after-promote-full", 134)
    assert "is being promoted fully already" in _changed(decided(ArgoVerb.PROMOTE_FULL, objects), objects)


def test_abort_twice_is_said_once() -> None:
    objects = at_entry("03-abort-retry-undo", 130)
    assert "is aborted already" in _changed(decided(ArgoVerb.ABORT, objects), objects)


def test_a_promote_past_the_last_step_stays_there() -> None:
    objects = at_entry("08c-analysis-inconclusive-promote", 109)
    rollout = rollout_of(objects)
    rollout["status"]["currentStepIndex"] = len(rollout["spec"]["strategy"]["canary"]["steps"])
    done = ours(objects, _patches(decided(ArgoVerb.PROMOTE, objects), objects))["rollouts"]
    assert done["status"]["currentStepIndex"] == len(rollout["spec"]["strategy"]["canary"]["steps"])


def test_a_rollout_that_is_gone_is_looked_at_again() -> None:
    assert "no such Rollout" in _changed(ArgoWrite("w", ArgoVerb.ABORT), Objects(None))


def _on(thing: Thing, patch: Patch) -> dict[str, Any]:
    return cast(dict[str, Any], apply_json_patch(thing, [dict(one) for one in patch.operations]))


def test_an_analysis_that_runs_is_terminated_under_its_own_uid() -> None:
    objects = at_entry("14d-promote-during-analysis", 86)
    run = cast(Thing, objects.runs[0])
    name = run["metadata"]["name"]
    (patch,) = _patches(decided(ArgoVerb.TERMINATE, objects, run=name), objects)
    assert (patch.kind, patch.name, patch.subresource) == (Resource.ANALYSIS_RUNS, name, "")
    other = run | {"metadata": run["metadata"] | {"uid": "another"}}
    with pytest.raises(PatchFailedError):
        _on(other, patch)
    assert _on(run, patch)["spec"]["terminate"] is True
    assert "being terminated already" in _changed(decided(ArgoVerb.TERMINATE, objects, run=name), objects)


def test_a_claim_goes_before_a_verb_for_a_run() -> None:
    objects = at_entry("14d-promote-during-analysis", 86)
    name = objects.runs[0]["metadata"]["name"]
    first, second = _patches(decided(ArgoVerb.TERMINATE, objects, run=name, claim=OURS), objects)
    assert (first.kind, second.kind) == (Resource.ROLLOUTS, Resource.ANALYSIS_RUNS)


def test_an_analysis_that_ended_or_never_was_is_not_terminated() -> None:
    objects = at_entry("08b-analysis-step-failing", 128)
    name = objects.runs[0]["metadata"]["name"]
    assert "has ended already: Failed" in _changed(decided(ArgoVerb.TERMINATE, objects, run=name), objects)
    assert "There is no AnalysisRun nosuch" in _changed(decided(ArgoVerb.TERMINATE, objects, run="nosuch"), objects)


@pytest.mark.parametrize("verb", [ArgoVerb.SET_IMAGE, ArgoVerb.SKIP, ArgoVerb.RESTART, ArgoVerb.TERMINATE])
def test_a_verb_without_what_it_is_about_is_a_mistake_of_ours(verb: ArgoVerb) -> None:
    with pytest.raises(ValueError, match="does not say of what"):
        ArgoWrite("w", verb)
