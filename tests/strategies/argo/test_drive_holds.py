"""Pausing and resuming a walk of Argo's controller, by us and by others."""

from strategies.allowed import Verb
from strategies.argo.driver import ArgoVerb
from strategies.events import What
from strategies.model import HoldKind, Outcome, Stage
from tests.strategies.argo.story import CANARY, ArgoStory, at_the_gate
from tests.strategies.argo.world import V1, V2, ArgoWorld


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


def test_nobody_pauses_what_goes_to_the_end() -> None:
    story = at_the_gate()
    story.acts_now(story.full("bob", "a hotfix"))
    assert "Abort it to go back" in (story.pauses("alice", "lunch") or "")


def test_nobody_pauses_what_is_the_stable_version_already() -> None:
    story = ArgoStory(ArgoWorld(("setWeight: 20",))).begins()
    story.until(lambda: story.argo.live)
    assert story.stage is Stage.WALKING and Verb.PAUSE not in story.card.verbs
    assert "v2 is the stable version already" in (story.pauses("alice", "lunch") or "")
    assert story.runs().outcome is Outcome.HEALTHY


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
