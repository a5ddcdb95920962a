"""Turning back where Argo's controller walks, from wherever it has come to."""

from strategies.argo.driver import ArgoVerb
from strategies.events import What
from strategies.model import AskEnd, Claim, Outcome
from strategies.phase import Word
from tests.strategies.argo.story import CANARY, MINUTE, ArgoStory, at_the_gate
from tests.strategies.argo.world import V1, V2, ArgoWorld, hash_of


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
