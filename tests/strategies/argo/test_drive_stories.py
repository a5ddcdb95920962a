"""Deploying, asking, promoting and turning back where Argo's controller walks."""

from datetime import timedelta

import pytest

from strategies.allowed import Verb
from strategies.argo.driver import ArgoVerb, Start
from strategies.argo.seen import Kind
from strategies.events import What
from strategies.model import AskEnd, AskKind, Claim, HoldKind, Outcome, Policy, Revision, Stage
from strategies.phase import Word
from strategies.steps import Analysis, Gate, Pause, Silence
from tests.strategies.argo.story import CANARY, MINUTE, NEW, ArgoStory, adopted, at_the_gate
from tests.strategies.argo.world import V1, V2, V3, ArgoWorld, hash_of

# Forward


def test_a_version_is_deployed_asked_about_promoted_and_goes_live() -> None:
    story = at_the_gate()
    assert story.ask.binding.weight == 20 and story.ask.binding.position == 1 and story.ask.approvals == 2
    assert story.approves("bob") is None and story.sent() == [ArgoVerb.SET_IMAGE]
    assert story.approves("carol") is None and story.sent()[-1] is ArgoVerb.PROMOTE
    assert story.world.weight == 60 and not story.asks
    story.passes(6 * MINUTE)
    assert story.outcome is Outcome.HEALTHY
    assert story.world.claim == Claim("one", "", 1)
    assert [facts["weight"] for facts in story.told(What.WEIGHT)] == [20, 60]


def test_the_first_write_carries_the_claim_and_what_ran_before() -> None:
    story = at_the_gate()
    (write,) = story.writes
    assert write.claim == Claim("one", "ro1", 1) and write.base == (V1, 4)
    assert (write.expect_hash, write.expect_image, write.image) == (hash_of(V1), V1, V2)


def test_a_yes_to_one_pause_counts_for_no_other_also_where_both_begin_in_the_same_second() -> None:
    story = at_the_gate(("setWeight: 20", "pause", "setWeight: 60", "pause"))
    first = story.ask
    assert story.approves("bob") is None and story.approves("carol") is None
    assert story.ask.pause == first.pause and story.ask.binding.position == 3 and story.world.weight == 60
    assert "already approved" in (story.approves("bob", ask=first.id) or "")
    assert story.sent().count(ArgoVerb.PROMOTE) == 1


def test_a_pause_that_follows_unseen_in_the_same_second_is_another_one() -> None:
    story = at_the_gate(("setWeight: 20", "pause", "setWeight: 60", "pause"))
    assert story.approves("bob") is None
    story.acts_now(story.approval("carol"))
    story.gives()
    for _ in range(6):
        story.world.reconciles()
    assert story.world.step == 3
    story.runs()
    assert [ask.binding.position for ask in story.asks] == [3] and story.world.step == 3


def test_it_is_not_healthy_before_the_controller_says_so() -> None:
    story = ArgoStory(ArgoWorld(("setWeight: 20",))).begins()
    story.until(lambda: story.world.stable == hash_of(V2))
    story.world.pauses_spec(paused=True)
    story.runs()
    assert story.outcome is None and story.rollout.hold(HoldKind.CLUSTER) is not None
    assert story.resumes("alice") is None
    assert story.outcome is Outcome.HEALTHY


def test_a_yes_allows_the_weights_up_to_the_next_endless_pause() -> None:
    story = at_the_gate(("setWeight: 10", "pause", "setWeight: 30", "pause: 5m", "setWeight: 50", "pause"))
    assert story.ask.binding.allows == 50
    assert story.card.next_weight == 30


def test_blue_green_is_asked_about_once_and_a_yes_allows_everything() -> None:
    story = ArgoStory(ArgoWorld((), Kind.BLUE_GREEN, weight=0)).deploys()
    assert story.ask.binding.allows == 100
    assert [stop.text for stop in story.card.rail] == ["preview", "approval 0/2", "switch"]
    assert story.approves("bob") is None and story.approves("carol") is None
    assert story.outcome is Outcome.HEALTHY


def test_the_starter_may_not_approve_and_nobody_without_the_role() -> None:
    story = at_the_gate()
    assert "asks for somebody else" in (ArgoStory.approves(story, "alice") or "") or "needs the approver role" in (
        story.approves("alice") or ""
    )
    assert "needs the approver role" in (story.approves("eve") or "")
    assert not story.told(What.APPROVED)


def test_promote_at_a_gate_counts_as_that_persons_approval() -> None:
    story = at_the_gate()
    assert story.promotes("bob") is None
    assert [vote.by.name for vote in story.ask.yes] == ["bob"]
    assert "already counts" in (story.promotes("bob") or "")
    assert "needs the approver role" in (story.promotes("alice") or "")
    assert story.promotes("carol") is None and story.world.weight == 60


def test_promote_ends_a_timed_pause_and_nothing_else() -> None:
    story = at_the_gate(("setWeight: 20", "pause: 5m", "analysis"))
    assert story.card.next_at == story.at + 5 * MINUTE and isinstance(story.card.at_hand, Pause)
    story.world.verdict = story.world.verdict.RUNNING
    assert story.promotes("alice") is None
    assert story.sent() == [ArgoVerb.SET_IMAGE, ArgoVerb.PROMOTE]
    refusal = story.promotes("alice") or ""
    assert "analysis" in refusal and "skip it with a reason" in refusal


def test_two_presses_never_move_two_steps() -> None:
    story = at_the_gate(("setWeight: 20", "pause: 5m", "setWeight: 40", "pause: 5m"))
    story.world.running = False
    assert story.promotes("alice") is None
    assert story.promotes("alice") is not None
    assert story.sent().count(ArgoVerb.PROMOTE) == 1


def test_an_answered_question_is_sent_only_while_its_pause_stands() -> None:
    story = at_the_gate()
    assert story.approves("bob") is None
    story.world.promotes()
    story.runs()
    assert story.rollout.asks[0].ended is AskEnd.VOID
    assert "elsewhere" in str(story.told(What.ASK_VOID)[0]["why"])
    assert story.told(What.PROMOTED)[0]["elsewhere"] is True
    assert "gone" in (story.approves("carol", ask=story.rollout.asks[0].id) or "")


def test_a_yes_that_came_after_the_pause_was_over_is_told_as_dropped() -> None:
    story = at_the_gate(("setWeight: 20", "pause", "setWeight: 60", "pause: 5m"))
    assert story.approves("bob") is None
    story.acts_now(story.approval("carol"))
    story.world.promotes()
    story.runs()
    (dropped,) = story.told(What.DROPPED)
    assert dropped["verb"] is ArgoVerb.PROMOTE and "over already" in str(dropped["why"])
    assert ArgoVerb.PROMOTE not in story.sent()
    ours = at_the_gate()
    assert ours.approves("bob") is None and ours.approves("carol") is None and not ours.told(What.DROPPED)


def test_silence_aborts_or_holds_as_the_gate_says() -> None:
    story = at_the_gate()
    story.passes(timedelta(hours=5))
    assert story.outcome is Outcome.ROLLED_BACK and "nobody answered in time" in story.rollout.why
    waiting = ArgoStory(ArgoWorld(CANARY), gate=Gate(1, ("approver",), timedelta(hours=1), Silence.HOLD)).deploys()
    waiting.passes(timedelta(hours=5))
    assert waiting.ask.held and waiting.stage is Stage.WALKING


def test_promote_to_the_end_needs_the_role_and_a_reason_and_closes_the_question() -> None:
    story = at_the_gate()
    assert "needs the approver role" in (story.promotes_full("alice", "now") or "")
    assert "Say why" in (story.promotes_full("bob", " ") or "")
    assert story.promotes_full("bob", "a hotfix") is None
    assert story.rollout.asks[0].ended is AskEnd.VOID
    assert story.outcome is Outcome.HEALTHY and story.sent()[1] is ArgoVerb.PROMOTE_FULL


def test_promote_to_the_end_waits_until_the_controller_has_begun() -> None:
    story = ArgoStory(ArgoWorld(CANARY)).begins()
    assert "has not begun" in (story.acts_now(story.full("bob", "a hotfix")) or "")


def test_skip_leaves_an_analysis_or_a_gate_behind_with_a_reason() -> None:
    story = at_the_gate(("setWeight: 20", "analysis", "pause", "setWeight: 60", "pause"))
    assert story.skips("bob", "no traffic at night") is None
    assert ArgoVerb.PROMOTE in story.sent()
    running = ArgoWorld(("setWeight: 20", "analysis", "pause"))
    running.verdict = running.verdict.RUNNING
    measuring = ArgoStory(running).deploys()
    assert isinstance(measuring.card.at_hand, Analysis)
    assert "needs the approver role" in (measuring.skips("alice", "why not") or "")
    assert measuring.skips("bob", "no traffic at night") is None
    assert ArgoVerb.SKIP in measuring.sent() and measuring.ask.kind is AskKind.GATE
    assert measuring.told(What.SKIPPED)[0]["kind"] == "analysis"


def test_nothing_is_skipped_while_it_moves_or_where_no_step_is() -> None:
    story = ArgoStory(ArgoWorld(("setWeight: 20", "pause"))).begins()
    story.until(lambda: story.argo.at_hand == "setWeight: 20")
    assert "still moving" in (story.acts_now(story.skip("bob", "why not")) or "")
    blue = ArgoStory(ArgoWorld((), Kind.BLUE_GREEN, weight=0)).begins()
    blue.until(lambda: bool(blue.argo.pod_hash))
    assert "no step is at hand" in (blue.acts_now(blue.skip("bob", "why not")) or "")


# Inconclusive


def unclear() -> ArgoStory:
    world = ArgoWorld(("setWeight: 20", "analysis", "setWeight: 60", "pause"))
    world.verdict = world.verdict.INCONCLUSIVE
    return ArgoStory(world).deploys()


def test_an_inconclusive_analysis_is_a_question_that_needs_the_role_and_a_reason() -> None:
    story = unclear()
    assert story.ask.kind is AskKind.INCONCLUSIVE and story.ask.approvals == 1 and story.ask.activity == "hash-v2-1"
    assert story.card.phase.card == "Inconclusive"
    assert "inconclusive" in (story.promotes("bob") or "")
    assert "Say why" in (story.approves("bob") or "")
    assert "only once" in (story.measures_again("bob") or "")
    assert story.approves("bob", "the metric is known to be noisy") is None
    assert story.world.weight == 60 and story.ask.kind is AskKind.GATE
    assert story.rollout.activities[0].accepted


def test_two_questions_at_once_are_both_answered_before_anything_is_promoted_08m() -> None:
    story = at_the_gate()
    story.world.background = story.world.verdict.INCONCLUSIVE
    story.runs()
    gate, unclear_ = story.asks
    assert (gate.kind, unclear_.kind) == (AskKind.GATE, AskKind.INCONCLUSIVE)
    assert story.approves("bob", ask=gate.id) is None and story.approves("carol", ask=gate.id) is None
    assert ArgoVerb.PROMOTE not in story.sent()
    story.world.background = None
    assert story.approves("bob", "known noise", ask=unclear_.id) is None
    assert story.sent().count(ArgoVerb.PROMOTE) == 1 and story.world.weight == 60


def test_accepting_an_inconclusive_analysis_does_not_cut_a_timed_pause_short() -> None:
    story = at_the_gate(("setWeight: 20", "pause: 5m", "setWeight: 60", "pause"))
    story.world.background = story.world.verdict.INCONCLUSIVE
    story.runs()
    assert story.approves("bob", "known noise") is None
    assert ArgoVerb.PROMOTE not in story.sent()
    assert "on its way" in (story.promotes("bob") or "")
    story.world.background = None
    story.passes(6 * MINUTE)
    assert ArgoVerb.PROMOTE in story.sent() and story.world.weight == 60


def test_a_walk_is_kept_at_its_step_so_that_an_inconclusive_run_carries_it_past_no_pause_08l() -> None:
    story = ArgoStory(ArgoWorld(("setWeight: 20", "setWeight: 40", "pause", "setWeight: 60", "pause"))).begins()
    story.until(lambda: story.world.step == 1 and story.world.current == hash_of(V2))
    story.world.background = story.world.verdict.INCONCLUSIVE
    story.world._measures()
    story.runs()
    assert story.world.spec_paused and story.argo.guarding and story.world.step == 1
    assert story.told(What.NOTED)
    assert not story.rollout.holds
    story.world.background = None
    assert story.approves("bob", "known noise") is None
    assert not story.world.spec_paused and not story.argo.guarding
    assert story.ask.kind is AskKind.GATE and story.ask.binding.position == 2 and story.world.weight == 40


def test_a_pause_that_was_passed_all_the_same_is_asked_about_before_anything_moves_08l() -> None:
    story = ArgoStory(ArgoWorld(("setWeight: 20", "setWeight: 40", "pause", "setWeight: 60", "pause"))).begins()
    story.until(lambda: story.world.step == 2)
    story.world.background = story.world.verdict.INCONCLUSIVE
    story.world._measures()
    story.looks()
    story.world.step = 3
    story.runs()
    asked = {ask.kind: ask for ask in story.asks}
    unclear_, gate = asked[AskKind.INCONCLUSIVE], asked[AskKind.GATE]
    assert gate.binding.position == 2
    story.world.background = None
    assert story.approves("bob", "known noise", ask=unclear_.id) is None
    assert ArgoVerb.PROMOTE not in story.sent() and story.world.weight == 40
    assert story.approves("bob", ask=gate.id) is None and story.approves("carol", ask=gate.id) is None
    assert story.world.weight == 60


# Holds


def test_a_person_pauses_and_resumes_it_through_the_specification() -> None:
    story = at_the_gate(("setWeight: 20", "pause: 5m", "setWeight: 60", "pause"))
    assert story.pauses("alice", "lunch") is None
    assert story.world.spec_paused and story.card.phase.sentence == "by alice: “lunch”"
    assert "Resume it first" in (story.promotes("alice") or "")
    assert "Already paused" in (story.pauses("bob") or "")
    assert story.resumes("bob") is None
    assert not story.world.spec_paused and not story.rollout.holds
    assert story.sent()[1:] == [ArgoVerb.PAUSE, ArgoVerb.RESUME]


def test_a_pause_by_somebody_else_is_a_hold_that_a_resume_lifts() -> None:
    story = at_the_gate()
    story.world.pauses_spec(paused=True)
    story.runs()
    (hold,) = story.rollout.holds
    assert hold.kind is HoldKind.CLUSTER and hold.by.name == "kubectl"
    assert "Resume it first" in (story.promotes("bob") or "")
    assert story.approves("bob") is None and story.approves("carol") is None
    assert ArgoVerb.PROMOTE not in story.sent()
    assert story.resumes("alice") is None
    assert not story.world.spec_paused and ArgoVerb.PROMOTE in story.sent()


def test_a_pause_that_somebody_else_lifts_is_over() -> None:
    story = at_the_gate()
    assert story.pauses("alice", "lunch") is None
    story.world.pauses_spec(paused=False)
    story.runs()
    assert not story.rollout.holds and story.told(What.RESUMED)[0]["held_by"] == "alice"
    assert not story.world.spec_paused


def test_nothing_goes_forward_on_a_look_that_is_not_clear() -> None:
    story = at_the_gate()
    story.clear = False
    assert story.approves("bob") is None and story.approves("carol") is None
    assert ArgoVerb.PROMOTE not in story.sent()
    story.clear = True
    story.runs()
    assert ArgoVerb.PROMOTE in story.sent()


def answered_and_lost() -> ArgoStory:
    """Everybody said yes, and the promote was lost on its way."""
    story = at_the_gate()
    assert story.approves("bob") is None
    story.acts_now(story.approval("carol"))
    (write,) = story.looks()
    assert write.verb is ArgoVerb.PROMOTE
    return story


def test_a_promote_that_was_lost_waits_when_somebody_pauses_meanwhile() -> None:
    story = answered_and_lost()
    story.world.pauses_spec(paused=True)
    story.runs()
    assert ArgoVerb.PROMOTE not in story.sent()
    assert story.resumes("alice") is None and ArgoVerb.PROMOTE in story.sent()


def test_a_promote_that_was_lost_is_sent_again_only_on_a_clear_look() -> None:
    story = answered_and_lost()
    story.clear = False
    story.runs()
    assert ArgoVerb.PROMOTE not in story.sent()
    story.clear = True
    story.runs()
    assert ArgoVerb.PROMOTE in story.sent()


def test_a_rollout_that_somebody_paused_begins_when_it_is_resumed() -> None:
    story = ArgoStory(ArgoWorld(CANARY, spec_paused=True)).deploys()
    assert story.rollout.hold(HoldKind.CLUSTER) is not None
    assert story.world.image == V1
    assert story.resumes("alice") is None
    assert story.world.image == V2 and story.asks


# Back


def test_an_abort_brings_the_version_before_back_and_says_what_the_rollout_still_asks_for() -> None:
    story = at_the_gate()
    assert story.aborts("alice", "errors") is None
    assert story.outcome is Outcome.ROLLED_BACK and story.world.weight == 0 and story.world.stable == hash_of(V1)
    assert "still asks for v2" in story.rollout.why
    assert story.rollout.asks[0].ended is AskEnd.VOID
    assert story.world.claim == Claim("one", "", 2)


def test_a_no_aborts_with_its_reason() -> None:
    story = at_the_gate()
    assert story.rejects("bob", "the numbers lie") is None
    assert story.outcome is Outcome.ROLLED_BACK and "the numbers lie" in story.rollout.why


def test_an_abort_while_paused_also_lifts_the_pause_15g() -> None:
    story = at_the_gate()
    assert story.pauses("alice", "lunch") is None
    assert story.aborts("alice") is None
    assert story.outcome is Outcome.ROLLED_BACK and not story.world.spec_paused and story.world.weight == 0


def test_an_abort_after_a_promotion_to_the_end_undoes_and_promotes_what_it_went_back_to_15b_15c() -> None:
    story = at_the_gate()
    story.acts_now(story.full("bob", "a hotfix"))
    story.gives()
    assert story.aborts("alice", "no") is None
    assert ArgoVerb.ABORT not in story.sent()
    assert ArgoVerb.UNDO in story.sent()
    assert story.world.image == V1 and story.world.stable == hash_of(V1) and story.outcome is Outcome.ROLLED_BACK
    assert "still asks" not in story.rollout.why


def test_an_abort_when_the_candidate_is_already_stable_goes_the_same_way_back() -> None:
    story = at_the_gate(("setWeight: 20", "pause: 5m"))
    story.world.at += 5 * MINUTE
    for _ in range(4):
        story.world.reconciles()
    assert story.aborts("alice", "no") is None
    back = [verb for verb in story.sent() if verb in (ArgoVerb.UNDO, ArgoVerb.PROMOTE_FULL)]
    assert back == [ArgoVerb.UNDO, ArgoVerb.PROMOTE_FULL]
    assert story.world.stable == hash_of(V1) and story.outcome is Outcome.ROLLED_BACK


def test_an_abort_before_anything_was_asked_of_the_cluster_is_cancelled() -> None:
    story = ArgoStory(ArgoWorld(CANARY)).begins()
    assert story.aborts("alice") is None
    assert story.outcome is Outcome.CANCELLED and not story.writes


def test_an_abort_before_the_controller_looked_asks_for_the_version_before_again() -> None:
    story = ArgoStory(ArgoWorld(CANARY, running=False)).deploys()
    assert story.world.image == V2 and not story.argo.pod_hash
    assert story.aborts("alice") is None
    assert story.world.image == V1 and story.outcome is Outcome.CANCELLED
    assert story.world.claim == Claim("one", "", 2)


def test_a_new_version_makes_room_first() -> None:
    story = at_the_gate()
    assert story.replaces("alice", "v3") is None
    assert story.outcome is Outcome.SUPERSEDED and story.world.weight == 0


def test_a_failed_analysis_is_told_with_the_controllers_reason() -> None:
    world = ArgoWorld(("setWeight: 20", "analysis", "pause"))
    world.verdict = world.verdict.FAILED
    story = ArgoStory(world).deploys()
    assert story.outcome is Outcome.ROLLED_BACK and "Step-based analysis phase" in story.rollout.why
    assert story.told(What.ANALYSIS_FAILED) and story.card.phase.word is Word.DEGRADED


# Without us


def test_a_third_version_in_mid_rollout_ends_it_and_voids_its_question() -> None:
    story = at_the_gate()
    story.world.sets(V3)
    story.runs()
    assert story.outcome is Outcome.SUPERSEDED and "v3" in story.rollout.why and "kubectl" in story.rollout.why
    assert story.rollout.asks[0].ended is AskEnd.VOID
    assert story.world.image == V3 and story.world.claim == Claim("one", "", 2)
    assert set(story.sent()) == {ArgoVerb.SET_IMAGE, ArgoVerb.CLAIM}


def test_an_approval_never_reaches_a_newer_revision_15a() -> None:
    story = at_the_gate()
    assert story.approves("bob") is None
    story.world.sets(V3)
    story.acts_now(story.approval("carol"))
    story.runs()
    assert ArgoVerb.PROMOTE not in story.sent() and story.outcome is Outcome.SUPERSEDED


def test_an_undo_by_kubectl_ends_as_rolled_back() -> None:
    story = at_the_gate()
    story.world.sets(V1)
    story.world.by = "dave"
    story.runs()
    assert story.outcome is Outcome.ROLLED_BACK and "taken back by dave" in story.rollout.why


def test_a_pause_does_not_keep_what_was_taken_back_from_its_end() -> None:
    story = at_the_gate()
    assert story.pauses("alice", "lunch") is None
    story.world.sets(V1)
    story.until(lambda: story.stage is Stage.REVERTING)
    story.runs()
    assert story.outcome is Outcome.ROLLED_BACK and not story.world.spec_paused
    assert story.sent()[-2:] == [ArgoVerb.RESUME, ArgoVerb.CLAIM]


def test_an_abort_by_kubectl_is_followed_and_a_retry_there_is_left_alone() -> None:
    story = at_the_gate()
    story.world.aborts()
    story.world.pauses_spec(paused=True)
    story.until(lambda: story.stage is Stage.REVERTING)
    story.world.aborted, story.world.spec_paused, story.world.observed = False, False, story.world.generation
    story.runs()
    assert story.outcome is Outcome.ROLLED_BACK and "retried there" in story.rollout.why
    assert ArgoVerb.ABORT not in story.sent()


def test_a_promotion_to_the_end_by_kubectl_is_told() -> None:
    story = at_the_gate()
    story.world.promote_full = True
    story.runs()
    assert story.outcome is Outcome.HEALTHY and story.told(What.PROMOTED_FULL)[0]["elsewhere"] is True
    assert ArgoVerb.PROMOTE_FULL not in story.sent()


def test_a_rollout_that_is_deleted_in_mid_rollout_ends_it() -> None:
    story = at_the_gate()
    story.world.exists = False
    story.runs()
    assert story.outcome is Outcome.CANCELLED and "gone" in story.rollout.why
    assert story.rollout.asks[0].ended is AskEnd.VOID


def test_somebody_elses_image_before_ours_ends_it() -> None:
    story = ArgoStory(ArgoWorld(CANARY)).begins()
    story.world.begins_with(V3)
    story.runs()
    assert story.outcome is Outcome.SUPERSEDED and "before this could begin" in story.rollout.why
    assert story.world.image == V3


def test_a_rollout_that_another_installation_holds_is_not_touched() -> None:
    story = ArgoStory(ArgoWorld(CANARY, claim=Claim("two", "ro9", 4))).deploys()
    assert story.outcome is Outcome.REFUSED and "two" in story.rollout.why
    assert story.world.image == V1


def test_another_installation_that_takes_it_in_mid_rollout_is_left_alone() -> None:
    story = at_the_gate()
    story.world.claim = Claim("two", "ro9", 4)
    assert story.approves("bob") is None and story.approves("carol") is None
    assert story.rollout.hold(HoldKind.FOREIGN) is not None
    assert ArgoVerb.PROMOTE not in story.sent()
    assert story.aborts("alice") is None and story.aborts("alice") is None
    assert story.outcome is Outcome.ROLLED_BACK and "left as it is" in story.rollout.why


def test_the_claim_rises_above_what_earlier_rollouts_left() -> None:
    story = ArgoStory(ArgoWorld(CANARY, claim=Claim("two", "", 7))).deploys()
    assert story.world.claim == Claim("one", "ro1", 8)


def test_a_version_that_comes_after_the_end_was_seen_changes_nothing_of_it() -> None:
    story = at_the_gate(("setWeight: 20",))
    assert story.outcome is Outcome.HEALTHY
    other = ArgoStory(ArgoWorld(("setWeight: 20",))).begins()
    other.until(lambda: other.world.stable == hash_of(V2)).looks()
    other.world.sets(V3)
    other.runs()
    assert other.outcome is Outcome.HEALTHY


# Other beginnings


def test_a_rollback_is_undone_and_then_promoted_to_the_end_without_questions_15b() -> None:
    world = at_the_gate(("setWeight: 20",)).world
    world.steps = CANARY
    world.step = len(CANARY)
    story = ArgoStory(world, Start.UNDO, Revision("v1", V1), revision=1).deploys()
    assert story.sent()[:2] == [ArgoVerb.UNDO, ArgoVerb.PROMOTE_FULL]
    assert story.outcome is Outcome.HEALTHY and world.stable == hash_of(V1) and not story.rollout.asks


def test_an_undo_that_is_aborted_before_the_controller_looked_goes_back_to_where_it_was() -> None:
    world = at_the_gate(("setWeight: 20",)).world
    world.running = False
    story = ArgoStory(world, Start.UNDO, Revision("v1", V1), revision=1).deploys()
    assert world.image == V1
    assert story.aborts("alice") is None
    assert world.image == V2 and story.outcome is Outcome.CANCELLED


def test_an_undo_whose_way_back_is_gone_waits_for_people() -> None:
    world = at_the_gate(("setWeight: 20",)).world
    world.running = False
    story = ArgoStory(world, Start.UNDO, Revision("v1", V1), revision=1).deploys()
    world.revisions = [one for one in world.revisions if one[1] != hash_of(V2)]
    assert story.aborts("alice") is None
    assert story.stage is Stage.REVERTING and story.sent() == [ArgoVerb.UNDO, ArgoVerb.CLAIM]


def test_a_retry_that_is_aborted_before_the_controller_looked_waits_for_it() -> None:
    first = at_the_gate()
    first.aborts("alice", "errors")
    story = ArgoStory(first.world, Start.RETRY).begins()
    story.gives()
    first.world.generation += 1
    story.acts_now(story.an_abort("alice"))
    (write,) = story.gives()
    assert write.verb is ArgoVerb.CLAIM and story.stage is Stage.REVERTING
    story.runs()
    assert story.outcome is Outcome.ROLLED_BACK and ArgoVerb.ABORT in story.sent()


def test_a_version_that_is_asked_for_already_is_not_asked_for_again() -> None:
    story = ArgoStory(ArgoWorld(CANARY)).begins()
    story.world.sets(V2)
    story.world.observed, story.world.revisions = story.world.generation, [(1, "hash-v0", "v0")]
    (write,) = story.gives()
    assert write.verb is ArgoVerb.CLAIM


def test_a_retry_begins_the_aborted_version_anew() -> None:
    first = at_the_gate()
    first.aborts("alice", "errors")
    story = ArgoStory(first.world, Start.RETRY).deploys()
    assert story.sent() == [ArgoVerb.RETRY] and story.ask.pause
    assert story.aborts("alice", "again") is None and story.outcome is Outcome.ROLLED_BACK


def test_a_retry_that_would_skip_its_gate_is_not_sent_09f_09i() -> None:
    first = ArgoStory(ArgoWorld((), Kind.BLUE_GREEN, weight=0)).deploys()
    first.aborts("alice", "errors")
    story = ArgoStory(first.world, Start.RETRY).begins()
    first.world.left_up = hash_of(V2)
    story.runs()
    assert ArgoVerb.RETRY not in story.sent()
    assert story.outcome is Outcome.CANCELLED and "skip the gate" in story.rollout.why
    assert story.told(What.DROPPED)


def test_a_restart_is_over_when_the_controller_has_done_it_and_cannot_be_taken_back() -> None:
    story = ArgoStory(ArgoWorld(CANARY), Start.RESTART, Revision("v1", V1)).deploys()
    assert story.sent() == [ArgoVerb.RESTART, ArgoVerb.CLAIM] and story.outcome is Outcome.HEALTHY
    aborted = ArgoStory(ArgoWorld(CANARY, running=False), Start.RESTART, Revision("v1", V1)).deploys()
    assert aborted.stage is Stage.WALKING
    assert aborted.aborts("alice") is None
    assert aborted.outcome is Outcome.CANCELLED and "cannot be taken back" in aborted.rollout.why


def test_what_kubectl_began_is_given_its_card_its_gates_and_our_way_back() -> None:
    story = adopted()
    assert story.ask.pause and story.sent() == [ArgoVerb.CLAIM]
    assert story.approves("bob") is None and story.approves("carol") is None
    assert story.world.weight == 60
    assert story.aborts("alice") is None and story.outcome is Outcome.ROLLED_BACK


def test_what_kubectl_began_can_be_aborted_before_the_first_look() -> None:
    story = adopted()
    again = ArgoStory(story.world, Start.ELSEWHERE)
    story.world.claim = None
    again.begins()
    assert again.aborts("alice") is None
    assert again.world.aborted and again.outcome is Outcome.ROLLED_BACK


def test_a_first_deployment_has_nothing_to_go_back_to() -> None:
    world = ArgoWorld(CANARY, stable="", step=0, weight=0)
    story = ArgoStory(world, Start.ELSEWHERE, Revision("v1", V1)).begins()
    story.looks()
    assert story.aborts("alice") is None
    assert story.outcome is Outcome.CANCELLED and "no version before it" in story.rollout.why


@pytest.mark.parametrize("start", [Start.DEPLOY, Start.ELSEWHERE])
def test_where_leadsman_only_observes_nothing_is_written(start: Start) -> None:
    world = ArgoWorld(CANARY)
    if start is Start.ELSEWHERE:
        world.begins_with(V2)
    story = ArgoStory(world, start, writing=False).deploys()
    if start is Start.DEPLOY:
        assert story.outcome is Outcome.CANCELLED and "only observes" in story.rollout.why
        return
    assert story.ask
    assert story.aborts("alice") is None
    assert story.outcome is Outcome.CANCELLED and not story.writes and not world.aborted


def test_what_is_only_observed_ends_as_it_ends() -> None:
    world = ArgoWorld(("setWeight: 20", "pause: 5m"))
    world.begins_with(V2)
    story = ArgoStory(world, Start.ELSEWHERE, writing=False).deploys().passes(6 * MINUTE)
    assert story.outcome is Outcome.HEALTHY


# Trouble


def test_a_controller_that_does_nothing_is_reminded_and_then_told_of_15h() -> None:
    story = ArgoStory(ArgoWorld(CANARY, running=False)).deploys()
    story.passes(timedelta(seconds=12))
    assert story.world.claim == Claim("one", "ro1", 2) and not story.told(What.STUCK)
    story.passes(timedelta(minutes=3))
    (told,) = story.told(What.STUCK)
    assert "is its controller running?" in str(told["why"]) and story.card.phase.card == "Starting"
    story.world.running = True
    story.runs()
    assert story.asks and story.argo.trouble == "" and story.argo.owed is None


def test_an_invalid_rollout_is_told_and_an_abort_leads_out() -> None:
    story = at_the_gate()
    story.world.invalid = "spec.strategy.steps[0]: …"
    story.runs()
    assert "refuses" in str(story.told(What.STUCK)[0]["why"]) and story.card.phase.card == "Waiting for approval"
    story.world.invalid = ""
    story.runs()
    assert story.aborts("alice") is None and story.outcome is Outcome.ROLLED_BACK


def test_an_invalid_template_is_taken_back_by_an_undo() -> None:
    story = at_the_gate()
    story.world.invalid = "spec.template.spec.containers[0]: …"
    story.runs()
    story.acts_now(story.an_abort("alice"))
    story.steps_on()
    assert story.sent()[-1] is ArgoVerb.UNDO and story.world.image == V1
    story.world.invalid = ""
    story.runs()
    assert story.outcome is Outcome.ROLLED_BACK


def test_pods_that_do_not_come_up_in_time_are_told_of_and_not_turned_back() -> None:
    story = at_the_gate(("setWeight: 20", "pause: 5m"))
    story.world.timed_out, story.world.problem = 'ReplicaSet "web" has timed out progressing.', "ImagePullBackOff"
    story.runs()
    (told,) = story.told(What.STUCK)
    assert "timed out" in str(told["why"]) and "ImagePullBackOff" in str(told["why"])
    assert story.stage is Stage.WALKING and story.card.phase.card == "Stuck"
    assert story.card.phase.word is Word.DEGRADED


def test_a_way_back_without_the_earlier_replicaset_is_told_of() -> None:
    story = at_the_gate()
    story.acts_now(story.full("bob", "a hotfix"))
    story.gives()
    story.world.running = False
    story.world.revisions = [one for one in story.world.revisions if one[1] != hash_of(V1)]
    assert story.aborts("alice") is None
    assert "is gone" in str(story.told(What.STUCK)[0]["why"]) and story.stage is Stage.REVERTING


# Analyses


def test_an_analysis_is_terminated_by_those_with_the_role() -> None:
    world = ArgoWorld(("setWeight: 20", "analysis", "pause"))
    world.verdict = world.verdict.RUNNING
    story = ArgoStory(world).deploys()
    assert Verb.TERMINATE in story.verbs() and Verb.TERMINATE not in story.verbs("alice")
    assert "Say why" in (story.terminates("bob", "") or "")
    assert "Say which analysis: hash-v2-1" in (story.terminates("bob", "enough", "other") or "")
    story.acts_now(story.termination("bob", "enough"))
    (write,) = story.looks()
    assert (write.verb, write.run) == (ArgoVerb.TERMINATE, "hash-v2-1")
    assert "on its way" in (story.acts_now(story.termination("bob", "enough")) or "")
    world.verdict = world.verdict.SUCCESSFUL
    story.runs()
    assert story.argo.order is None and not story.told(What.DROPPED)
    assert "no analysis runs" in (story.terminates("bob", "enough") or "")


def test_an_order_whose_subject_is_gone_before_it_is_sent_is_dropped_and_told() -> None:
    world = ArgoWorld(("setWeight: 20", "analysis", "pause"))
    world.verdict = world.verdict.RUNNING
    story = ArgoStory(world).deploys()
    story.acts_now(story.termination("bob", "enough"))
    world.measured("hash-v2-1", story.world.runs[0].kind, world.verdict.SUCCESSFUL)
    story.runs()
    assert story.told(What.DROPPED)[0]["verb"] is ArgoVerb.TERMINATE


def test_measurements_are_told_once_each_however_often_a_run_is_looked_at() -> None:
    world = ArgoWorld(("setWeight: 20", "analysis", "pause"))
    world.verdict = world.verdict.RUNNING
    story = ArgoStory(world).deploys()
    kind = world.runs[0].kind
    for count in (1, 2, 2, 3):
        world.measured("hash-v2-1", kind, world.verdict.RUNNING, ("[0.99]",) * count)
        story.looks()
        story.looks()
    assert [facts["number"] for facts in story.told(What.MEASURED)] == [1, 2, 3]
    assert len(story.told(What.ANALYSIS_STARTED)) == 1
    assert story.card.metrics[0].taken == 3


def test_runs_of_an_earlier_attempt_are_not_this_ones() -> None:
    world = ArgoWorld(("setWeight: 20", "analysis", "pause"))
    world.verdict = world.verdict.FAILED
    first = ArgoStory(world).deploys()
    assert first.outcome is Outcome.ROLLED_BACK
    world.at += MINUTE
    world.verdict = world.verdict.RUNNING
    kept = world.runs
    story = ArgoStory(world, Start.RETRY).begins()
    story.looks()
    assert kept and not story.rollout.activities


def test_own_approval_is_possible_where_the_policy_allows_it() -> None:
    gate = Gate(1, ("deployer",), timedelta(hours=4), Silence.ABORT)
    story = ArgoStory(ArgoWorld(CANARY), gate=gate, policy=Policy(own_approval=True)).deploys()
    assert story.approves("alice") is None and story.world.weight == 60
    strict = ArgoStory(ArgoWorld(CANARY), gate=gate).deploys()
    assert "asks for somebody else" in (strict.promotes("alice") or "")
    assert strict.rollout.candidate == NEW
