"""Each thing that must never happen to a walk of Argo's controller, broken on purpose, and the test that fails under it."""

import pytest

from tests.strategies.test_mutations import Mutation, fails_under, is_a_test

SHOWN, START = "argo.test_shown.", "argo.test_start."

MUTATIONS = (
    Mutation(
        "one yes is enough for every pause", "argo.asking",
        "return bool(keys) and answered and not missing", "return bool(keys) and answered",
        "argo.test_drive_unclear.test_a_pause_that_was_passed_all_the_same_is_asked_about_before_anything_moves_08l",
    ),
    Mutation(
        "a question counts for another pause", "argo.asking",
        "return ask.pause == key and (", "return True or (",
        "argo.test_drive_unclear.test_two_questions_at_once_are_both_answered_before_anything_is_promoted_08m",
    ),
    Mutation(
        "an answer counts for the next pause of the same second", "argo.asking",
        " and (key.reason != CANARY_PAUSE or ask.binding.position == walk.argo.step)", "",
        "argo.test_drive_stories.test_a_pause_that_follows_unseen_in_the_same_second_is_another_one",
    ),
    Mutation(
        "a promote cuts the plan's own pause short", "argo.asking",
        " and len(keys) == len(seen.pauses)", "",
        "argo.test_drive_unclear.test_accepting_an_inconclusive_analysis_does_not_cut_a_timed_pause_short",
    ),
    Mutation(
        "an inconclusive run may carry it past a pause", "argo.asking",
        'return not at_hand.startswith("pause") and "pause" in rest[:until]', "return False",
        "argo.test_drive_unclear.test_a_walk_is_kept_at_its_step_so_that_an_inconclusive_run_carries_it_past_no_pause_08l",
    ),
    Mutation(
        "the walk is let go before its promote was read", "argo.drive",
        "(standing or seen.is_unpausing)", "standing",
        "argo.test_drive_unclear.test_a_walk_is_kept_at_its_step_so_that_an_inconclusive_run_carries_it_past_no_pause_08l",
    ),
    Mutation(
        "a pause that was passed is forgotten", "argo.asking",
        'if step_text(seen, step) == "pause":', "if False:",
        "argo.test_drive_unclear.test_a_pause_that_was_passed_all_the_same_is_asked_about_before_anything_moves_08l",
    ),
    Mutation(
        "a promote by kubectl leaves the question open", "argo.asking",
        "turn = turn.with_ask(replace(ask, ended=AskEnd.VOID, pause=None)).tell", "turn = turn.with_ask(ask).tell",
        "argo.test_drive_stories.test_an_answered_question_is_sent_only_while_its_pause_stands",
    ),
    Mutation(
        "it goes forward under a hold", "argo.wanted",
        "if rollout.holds or not argo.forward", "if not argo.forward",
        "argo.test_drive_holds.test_a_promote_that_was_lost_waits_when_somebody_pauses_meanwhile",
    ),
    Mutation(
        "it goes forward on an unclear look", "argo.wanted",
        "if rollout.holds or not argo.forward or", "if rollout.holds or",
        "argo.test_drive_holds.test_a_promote_that_was_lost_is_sent_again_only_on_a_clear_look",
    ),
    Mutation(
        "it goes forward before its template is taken up", "argo.standing",
        "return seen.observed and (current is None or seen.image in (None, current.image))", "return True",
        "argo.test_drive_strangers.test_an_approval_never_reaches_a_newer_revision_15a",
    ),
    Mutation(
        "a verb is not bound to its revision", "argo.wanted",
        "expect_hash=seen.current_hash,", 'expect_hash="",',
        "argo.test_drive_stories.test_a_version_is_deployed_asked_about_promoted_and_goes_live",
    ),
    Mutation(
        "an abort after the promotion is sent as an abort", "argo.wanted",
        "if seen.stable_hash == argo.pod_hash or seen.promote_full or seen.invalid:", "if seen.invalid:",
        "argo.test_drive_back.test_an_abort_after_a_promotion_to_the_end_undoes_and_promotes_what_it_went_back_to_15b_15c",
    ),
    Mutation(
        "what was undone to is not promoted", "argo.wanted",
        "    return _write(walk, seen, ArgoVerb.PROMOTE_FULL)\n\n\ndef _write", "    return None\n\n\ndef _write",
        "argo.test_drive_back.test_an_abort_when_the_candidate_is_already_stable_goes_the_same_way_back",
    ),
    Mutation(
        "an abort leaves the pause of the specification", "argo.wanted",
        "return _write(walk, seen, ArgoVerb.RESUME) if seen.spec_paused else None", "return None",
        "argo.test_drive_back.test_an_abort_while_paused_also_lifts_the_pause_15g",
    ),
    Mutation(
        "rolled back before it is at rest", "argo.standing",
        'return seen.aborted and seen.status == "Degraded" and is_served_by_stable(walk, seen)', "return seen.aborted",
        "argo.test_drive_back.test_an_abort_while_paused_also_lifts_the_pause_15g",
    ),
    Mutation(
        "healthy before it is", "argo.standing",
        'calm = seen.status == "Healthy" or', "calm = True or",
        "argo.test_drive_stories.test_it_is_not_healthy_before_the_controller_says_so",
    ),
    Mutation(
        "the claim is kept at the end", "argo.drive",
        "if event.writes and seen.claim != given_back(turn.rollout, walk):\n        return turn", "if False:\n        return turn",
        "argo.test_drive_stories.test_a_version_is_deployed_asked_about_promoted_and_goes_live",
    ),
    Mutation(
        "somebody else's Rollout is written to", "argo.drive",
        "if claim is not None and claim.rollout:\n", "if False:\n",
        "argo.test_drive_strangers.test_another_installation_that_takes_it_in_mid_rollout_is_left_alone",
    ),
    Mutation(
        "a retry that would skip its gate is sent", "argo.traps",
        '_past_its_gate("retry", seen.fast_track if seen.aborted else "")', '""',
        "argo.test_drive_beginnings.test_a_retry_that_would_skip_its_gate_is_not_sent_09f_09i",
    ),
    Mutation(
        "a deploy that would skip its gate is sent", "argo.traps",
        '_past_its_gate("deploy", fast_track_of(seen, *images))', '""',
        f"{START}test_a_deploy_of_what_an_undo_left_up_would_skip_the_gate_09f",
    ),
    Mutation(
        "an order is sent after what it was about", "argo.drive",
        "return pauses == set(order.pauses) and walk.argo.step == order.step", "return True",
        "argo.test_drive_stories.test_promote_ends_a_timed_pause_and_nothing_else",
    ),
    Mutation(
        "a second press is another order", "argo.acts",
        "if argo.order is not None:", "if False:",
        "argo.test_drive_trouble.test_an_analysis_is_terminated_by_those_with_the_role",
    ),
    Mutation(
        "promote accepts an inconclusive analysis", "argo.acts",
        "if ask.kind is AskKind.INCONCLUSIVE:", "if False:",
        "argo.test_drive_unclear.test_an_inconclusive_analysis_is_a_question_that_needs_the_role_and_a_reason",
    ),
    Mutation(
        "promote is no vote and needs none", "argo.acts",
        "    if any(ask.is_open for ask in rollout.asks):\n        return _approved(turn, event)\n", "",
        "argo.test_drive_stories.test_promote_at_a_gate_counts_as_that_persons_approval",
    ),
    Mutation(
        "a lost change is waited for forever", "argo.stalls",
        "reminds = event.writes and not argo.touched and", "reminds = False and",
        "argo.test_drive_trouble.test_a_controller_that_does_nothing_is_reminded_and_then_told_of_15h",
    ),
    Mutation(
        "trouble is told at every look", "argo.stalls",
        "if why and why != argo.trouble else turn", "if why else turn",
        "argo.test_drive_trouble.test_pods_that_do_not_come_up_in_time_are_told_of_and_not_turned_back",
    ),
    Mutation(
        "measurements are told again and again", "argo.evidence",
        "if measurement.number > before.get(result.name, 0):", "if True:",
        "argo.test_drive_trouble.test_measurements_are_told_once_each_however_often_a_run_is_looked_at",
    ),
    Mutation(
        "a promotion that Argo would lose is offered", "argo.offered",
        " and not trap(given[verb], seen)", "",
        f"{SHOWN}test_a_card_offers_what_has_its_effect_now",
    ),
)  # fmt: skip


@pytest.mark.parametrize("mutation", MUTATIONS, ids=str)
def test_a_test_fails_where(mutation: Mutation) -> None:
    fails_under(mutation)


@pytest.mark.parametrize("mutation", MUTATIONS, ids=str)
def test_the_hunter_is_a_test(mutation: Mutation) -> None:
    is_a_test(mutation)
