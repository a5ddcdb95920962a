"""What is done to a Rollout without Leadsman is seen, told and never fought."""

from strategies.argo.driver import ArgoVerb
from strategies.events import What
from strategies.model import AskEnd, Claim, HoldKind, Outcome, Stage
from tests.strategies.argo.story import CANARY, ArgoStory, at_the_gate
from tests.strategies.argo.world import V1, V2, V3, ArgoWorld, hash_of


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
    story.world.manager = "dave"
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
