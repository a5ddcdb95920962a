"""The ways in which a walk of Argo's controller begins: undo, retry, restart, and what kubectl began."""

import pytest

from strategies.argo.driver import ArgoVerb, Start
from strategies.argo.seen import Kind
from strategies.events import What
from strategies.model import Outcome, Revision, Stage
from tests.strategies.argo.story import CANARY, MINUTE, ArgoStory, adopted, at_the_gate
from tests.strategies.argo.world import V1, V2, ArgoWorld, hash_of


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
