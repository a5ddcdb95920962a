"""Deploying, asking and promoting where Argo's controller walks."""

from datetime import timedelta

from strategies.argo.driver import ArgoVerb
from strategies.argo.seen import Kind
from strategies.events import What
from strategies.model import AskEnd, AskKind, Claim, HoldKind, Outcome, Stage
from strategies.steps import Analysis, Gate, Pause, Silence
from tests.strategies.argo.story import CANARY, MINUTE, ArgoStory, at_the_gate
from tests.strategies.argo.world import V1, V2, ArgoWorld, hash_of


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


def test_people_are_reminded_of_a_pause_twice_and_of_none_that_is_over() -> None:
    story = at_the_gate().passes(timedelta(hours=5))
    asked = story.rollout.asks[0]
    moments = [one.at - asked.opened for one in story.heard if one.what is What.REMINDED]
    assert moments == [timedelta(hours=2), timedelta(hours=3, minutes=45)]
    over = at_the_gate().passes(timedelta(hours=3))
    over.world.promotes()
    assert len(over.passes(timedelta(hours=2)).told(What.REMINDED)) == 1


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
