"""What the controller was recorded to do with a verb that came at the wrong moment, and what ours does at that moment."""

from dataclasses import replace
from typing import Any

import pytest

from bot.playground.kubernetes.json_patch import PatchFailedError
from strategies.argo.driver import ArgoVerb
from strategies.argo.objects import Objects
from strategies.argo.writes import ArgoWrite, Changed, Patch
from strategies.model import Claim
from strategies.native.claims import CLAIM
from tests.strategies.argo.requests import at_entry, decided, ours, patched, pause_keys, rollout_of

BLUE_GREEN_QUICK_RETRY = "09f-bluegreen-abort-then-quick-retry"
NEWER = "15a-trap-promote-reaches-newer-revision"
SECOND_INCONCLUSIVE = "08l-trap-inconclusive-background-skips-pause"


def _patches(write: ArgoWrite, objects: Objects) -> tuple[Patch, ...]:
    found = patched(write, objects)
    assert isinstance(found, tuple), found
    return found


def _sentence(write: ArgoWrite, objects: Objects) -> str:
    found = patched(write, objects)
    assert isinstance(found, Changed), found
    return found.sentence


def _status(objects: Objects) -> dict[str, Any]:
    return dict(rollout_of(objects)["status"])


def test_15a_a_promote_for_revision_2_is_not_sent_once_revision_3_waits_at_the_same_pause() -> None:
    second, third = at_entry(NEWER, 95), at_entry(NEWER, 141)
    write = decided(ArgoVerb.PROMOTE, second)
    assert "has the pod hash 7fbf546cd6 by now, not 5f66f76799" in _sentence(write, third)
    with pytest.raises(PatchFailedError):
        ours(third, _patches(write, second))


@pytest.mark.parametrize("number", [99, 104, 106])
def test_15a_a_promote_is_neither_sent_nor_taken_while_the_controller_takes_up_a_new_template(number: int) -> None:
    waiting, meanwhile = at_entry(NEWER, 95), at_entry(NEWER, number)
    write = decided(ArgoVerb.PROMOTE, waiting)
    _sentence(write, meanwhile)
    with pytest.raises(PatchFailedError):
        ours(meanwhile, _patches(write, waiting))


@pytest.mark.parametrize("number", [183, 184, 187])
def test_15b_promote_full_right_after_an_undo_waits_until_the_controller_has_the_new_template(number: int) -> None:
    objects = at_entry("15b-trap-promote-full-right-after-undo", number)
    if rollout_of(objects)["metadata"]["generation"] == int(_status(objects)["observedGeneration"]):
        assert "is promoted fully already" in _sentence(decided(ArgoVerb.PROMOTE_FULL, objects), objects)
    else:
        assert "has not taken up the last change" in _sentence(decided(ArgoVerb.PROMOTE_FULL, objects), objects)


def test_15b_promote_full_is_sent_once_the_controller_has_the_template_that_was_undone_to() -> None:
    objects = at_entry("15b2-promote-full-after-undo-race", 195)
    done = ours(objects, _patches(decided(ArgoVerb.PROMOTE_FULL, objects), objects))
    assert done["rollouts"]["status"]["promoteFull"] is True


def test_15c_an_abort_after_promote_full_says_what_goes_back_instead_of_being_ignored() -> None:
    before, after = (
        at_entry("15c-trap-abort-after-promote-full", 99),
        at_entry("15c-trap-abort-after-promote-full", 134),
    )
    assert "go back with undo, then promote --full" in _sentence(decided(ArgoVerb.ABORT, after), after)
    with pytest.raises(PatchFailedError):
        ours(after, _patches(decided(ArgoVerb.ABORT, before), before))


def test_15d_the_second_of_two_presses_on_promote_moves_nothing() -> None:
    before, after = at_entry("15d-trap-promote-twice", 100), at_entry("15d-trap-promote-twice", 106)
    write = decided(ArgoVerb.PROMOTE, before)
    assert "has the pauses none by now" in _sentence(write, after)
    with pytest.raises(PatchFailedError):
        ours(after, _patches(write, before))


def test_15e_promote_full_never_brings_an_aborted_revision_live() -> None:
    name = "15e-trap-promote-when-nothing-to-promote"
    before, aborted = at_entry(name, 118), at_entry(name, 163)
    assert _status(aborted)["abort"] is True
    for verb in (ArgoVerb.PROMOTE_FULL, ArgoVerb.SKIP):
        assert "would bring the aborted revision live" in _sentence(decided(verb, aborted), aborted)
    with pytest.raises(PatchFailedError):
        ours(aborted, _patches(decided(ArgoVerb.PROMOTE_FULL, before), before))


@pytest.mark.parametrize("verb", [ArgoVerb.PROMOTE_FULL, ArgoVerb.RETRY, ArgoVerb.ABORT, ArgoVerb.SKIP])
def test_15e_a_verb_with_nothing_to_do_on_a_healthy_rollout_is_not_sent(verb: ArgoVerb) -> None:
    objects = at_entry("15e-trap-promote-when-nothing-to-promote", 50)
    assert _sentence(decided(verb, objects), objects)


def test_15h_a_reminder_changes_only_the_number_of_the_claim_and_can_be_repeated() -> None:
    objects = at_entry("15h-race-promote-lost-until-next-event", 75)
    rollout = rollout_of(objects)
    reminder = decided(ArgoVerb.CLAIM, objects, claim=Claim("leadsman", "r1", 5))
    (patch,) = _patches(reminder, objects)
    assert patch.subresource == ""
    reminded = ours(objects, [patch])["rollouts"]
    assert reminded["metadata"]["annotations"][CLAIM] == "leadsman/r1/5"
    assert (reminded["spec"], reminded["status"]) == (rollout["spec"], rollout["status"])
    again = decided(ArgoVerb.CLAIM, replace(objects, rollout=reminded), claim=Claim("leadsman", "r1", 5))
    assert _patches(again, replace(objects, rollout=reminded)) == ()


@pytest.mark.parametrize("eaten", [130, 133])
def test_08l_a_promote_for_an_inconclusive_run_does_not_carry_on_past_the_pause_that_was_eaten(eaten: int) -> None:
    decided_on, later = at_entry(SECOND_INCONCLUSIVE, 121), at_entry(SECOND_INCONCLUSIVE, eaten)
    assert pause_keys(rollout_of(decided_on)) == pause_keys(rollout_of(later))
    write = decided(ArgoVerb.PROMOTE, decided_on)
    assert "has the step 2 by now, not 0" in _sentence(write, later)
    with pytest.raises(PatchFailedError):
        ours(later, _patches(write, decided_on))


def test_08l_a_promote_for_the_first_inconclusive_run_does_not_answer_the_second() -> None:
    first, second = at_entry(SECOND_INCONCLUSIVE, 90), at_entry(SECOND_INCONCLUSIVE, 117)
    write = decided(ArgoVerb.PROMOTE, first)
    assert "InconclusiveAnalysisRun since 2026-11-20T10:00:04Z by now" in _sentence(write, second)
    with pytest.raises(PatchFailedError):
        ours(second, _patches(write, first))


def _held(objects: Objects, reason: str) -> Objects:
    """The same Rollout, waiting for this reason and held by `spec.paused`."""
    rollout = rollout_of(objects)
    rollout["spec"]["paused"] = True
    rollout["status"]["pauseConditions"][0]["reason"] = reason
    return objects


def test_08l_a_promote_of_an_inconclusive_run_leaves_the_hold_until_the_controller_has_seen_the_pause_end() -> None:
    objects = _held(at_entry(SECOND_INCONCLUSIVE, 121), "InconclusiveAnalysisRun")
    promoted = ours(objects, _patches(decided(ArgoVerb.PROMOTE, objects), objects))["rollouts"]
    assert (promoted["spec"]["paused"], promoted["status"]["controllerPause"]) == (True, True)
    objects = replace(objects, rollout=promoted)
    assert "this would pass the step that follows" in _sentence(decided(ArgoVerb.RESUME, objects), objects)
    del promoted["status"]["controllerPause"]
    assert _patches(decided(ArgoVerb.RESUME, objects), objects)


def test_08l_a_resume_fails_when_a_promote_came_in_between() -> None:
    objects = _held(at_entry(SECOND_INCONCLUSIVE, 121), "InconclusiveAnalysisRun")
    written = _patches(decided(ArgoVerb.RESUME, objects), objects)
    del rollout_of(objects)["status"]["pauseConditions"]
    with pytest.raises(PatchFailedError):
        ours(objects, written)


def test_08l_an_aborted_rollout_is_resumed_whatever_was_promoted_before() -> None:
    objects = _held(at_entry(SECOND_INCONCLUSIVE, 121), "InconclusiveAnalysisRun")
    rollout_of(objects)["status"]["abort"] = True
    del rollout_of(objects)["status"]["pauseConditions"]
    assert _patches(decided(ArgoVerb.RESUME, objects), objects)


def test_08l_at_an_endless_pause_that_the_controller_has_not_begun_an_inconclusive_run_is_not_promoted() -> None:
    objects = at_entry(SECOND_INCONCLUSIVE, 128)
    assert _status(objects)["currentStepIndex"] == 1
    assert "would end unasked" in _sentence(decided(ArgoVerb.PROMOTE, objects), objects)


def test_05_a_pause_of_the_step_goes_after_the_hold_so_that_it_is_not_put_back() -> None:
    objects = at_entry("05-spec-paused", 132)
    first, second = _patches(decided(ArgoVerb.PROMOTE, objects), objects)
    assert (first.subresource, second.subresource) == ("", "status")
    with pytest.raises(PatchFailedError):
        ours(objects, [second])
    ended = at_entry("05-spec-paused", 155)
    with pytest.raises(PatchFailedError):
        ours(ended, [second])


def test_05_a_promote_does_not_end_a_hold_that_nobody_had_seen() -> None:
    free, held = at_entry("05-spec-paused", 121), at_entry("05-spec-paused", 132)
    for verb in (ArgoVerb.PROMOTE, ArgoVerb.PROMOTE_FULL):
        write = replace(
            decided(verb, free), pauses=tuple(pause_keys(rollout_of(held))) if verb is ArgoVerb.PROMOTE else ()
        )
        assert "has spec.paused True by now, not False" in _sentence(write, held)
        with pytest.raises(PatchFailedError):
            ours(held, _patches(write, free))


def test_09f_a_retry_inside_the_abort_delay_waits_and_says_until_when() -> None:
    objects = at_entry(BLUE_GREEN_QUICK_RETRY, 96)
    sentence = _sentence(decided(ArgoVerb.RETRY, objects), objects)
    assert "A retry now would skip the gate: revision 2 is still up until 10:00:32 UTC" in sentence
    assert "Wait until it is scaled down" in sentence


def test_09f_a_retry_after_the_delay_is_sent_and_fails_if_the_revision_came_up_meanwhile() -> None:
    objects = at_entry("09h-bluegreen-abort-late-retry", 116)
    written = _patches(decided(ArgoVerb.RETRY, objects), objects)
    assert ours(objects, written)["rollouts"]["status"]["abort"] is False
    rollout_of(objects)["status"]["updatedReplicas"] = 3
    with pytest.raises(PatchFailedError):
        ours(objects, written)


def test_09i_a_retry_inside_the_delay_after_a_failed_analysis_waits() -> None:
    objects = at_entry("09i-bluegreen-pre-promotion-quick-retry", 87)
    assert "without its pause or analysis" in _sentence(decided(ArgoVerb.RETRY, objects), objects)


def test_09i_a_rollout_that_is_healthy_and_marked_aborted_has_nothing_to_retry() -> None:
    objects = at_entry("09i-bluegreen-pre-promotion-quick-retry", 109)
    assert _status(objects)["abort"] is True
    assert "Nothing to retry" in _sentence(decided(ArgoVerb.RETRY, objects), objects)


def test_09f_a_revision_that_is_deployed_again_while_it_is_still_up_waits_too() -> None:
    objects = at_entry("09g-bluegreen-undo-within-scaledowndelay", 129)
    write = decided(ArgoVerb.SET_IMAGE, objects, image="registry.example/web:v2")
    assert "A deploy now would skip the gate: revision 2 is still up" in _sentence(write, objects)
    other = decided(ArgoVerb.SET_IMAGE, objects, image="registry.example/web:v3")
    assert _patches(other, objects)


def test_10c_a_deploy_of_what_the_rollback_window_brings_back_would_skip_its_steps() -> None:
    objects = at_entry("10c-rollback-window", 245)
    back = decided(ArgoVerb.SET_IMAGE, objects, image="registry.example/web:v2")
    said = _sentence(back, objects)
    assert "A deploy now would skip the gate: revision 2 is within the Rollout's rollbackWindow" in said
    assert "If that is wanted, undo to revision 2, or deploy another version." in said
    other = decided(ArgoVerb.SET_IMAGE, objects, image="registry.example/web:v1")
    assert _patches(other, objects)


def test_10c_a_template_that_was_changed_otherwise_walks_all_its_steps() -> None:
    objects = at_entry("10c-rollback-window", 245)
    rollout_of(objects)["spec"]["template"]["spec"]["containers"][0]["env"] = [{"name": "MODE", "value": "new"}]
    back = decided(ArgoVerb.SET_IMAGE, objects, image="registry.example/web:v2")
    assert _patches(back, objects)


def test_10d_a_deploy_of_what_is_outside_the_window_walks_all_its_steps() -> None:
    objects = at_entry("10d-rollback-outside-window", 183)
    assert _patches(decided(ArgoVerb.SET_IMAGE, objects, image="registry.example/web:v1"), objects)


def test_09f_without_a_gate_there_is_nothing_to_wait_for() -> None:
    objects = at_entry(BLUE_GREEN_QUICK_RETRY, 96)
    del rollout_of(objects)["spec"]["strategy"]["blueGreen"]["autoPromotionEnabled"]
    assert _patches(decided(ArgoVerb.RETRY, objects), objects)


def test_09g_the_way_back_to_what_served_before_goes_at_once() -> None:
    objects = at_entry("09g-bluegreen-undo-within-scaledowndelay", 105)
    done = ours(objects, _patches(decided(ArgoVerb.UNDO, objects), objects))["rollouts"]
    assert done["spec"]["template"]["spec"]["containers"][0]["image"] == "registry.example/web:v1"


def test_a_claim_of_another_installation_keeps_every_verb_out() -> None:
    objects = at_entry(NEWER, 95)
    write = replace(decided(ArgoVerb.PROMOTE, objects), expect_claim=Claim("leadsman", "r1", 4))
    assert "has the claim none by now, not leadsman/r1/4" in _sentence(write, objects)
