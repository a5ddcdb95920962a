"""What is said of a walk that somebody else, or the controller itself, turned back, and of what an abort leaves behind."""

from dataclasses import replace

import pytest

from strategies.argo.driver import Start
from strategies.argo.seen import Kind
from strategies.argo.shown import RETRIED, still_asked_for
from strategies.argo.standing import CONTROLLER, IN_CLUSTER, is_by_others
from strategies.events import ArgoObserved, Happening, Resume, What
from strategies.machine import decide
from strategies.model import Outcome
from strategies.phase import phase
from tests.strategies.argo.story import WALK, ArgoStory, at_the_gate
from tests.strategies.argo.world import ArgoWorld
from tests.strategies.story import PEOPLE


@pytest.mark.parametrize(
    ("client", "why"),
    [
        ("", "aborted outside Leadsman"),
        ("kubectl-argo-rollouts", "aborted with kubectl-argo-rollouts, not through Leadsman"),
        ("leadsman", "aborted by hand, with leadsman abort --direct"),
    ],
)
def test_an_abort_without_us_is_told_with_its_client_where_the_cluster_knows_it(client: str, why: str) -> None:
    story = at_the_gate()
    turned = _turned(story, aborted_by=client)
    assert turned.facts["why"] == why
    assert turned.by.surface == IN_CLUSTER and is_by_others(turned.by)


def test_what_the_controller_turns_back_is_its_own_act() -> None:
    turned = _turned(at_the_gate(), abort_message="Step-based analysis phase error/failed")
    assert turned.by == CONTROLLER
    assert turned.facts["why"] == "aborted: Step-based analysis phase error/failed"


def test_a_version_that_cannot_be_read_is_told_as_another() -> None:
    story = at_the_gate()
    seen = replace(story.world.seen(), current_hash="other", image=None)
    decision = decide(story.rollout, ArgoObserved(story.at, WALK, seen, story.awake))
    assert decision.rollout.why.startswith("another version was set by ")


def test_after_an_abort_the_card_says_apart_what_is_left_behind() -> None:
    story = at_the_gate()
    story.aborts("alice", "errors")
    story.runs()
    assert story.rollout.outcome is Outcome.ROLLED_BACK
    assert story.card.left == still_asked_for("v2")
    assert story.card.why == "aborted by alice: “errors”"
    assert story.rollout.why == f"{story.card.why}; {story.card.left}"
    assert at_the_gate().card.left == ""
    assert not story.rollout.why.endswith(RETRIED)


def test_resume_at_a_question_says_that_it_is_to_be_answered() -> None:
    story = at_the_gate()
    refusal = decide(story.rollout, Resume(story.at, PEOPLE["bob"])).refusal
    assert refusal is not None and "It asks a question: approve or reject that." in refusal.sentence
    timed = ArgoStory(ArgoWorld(("setWeight: 20", "pause: 5m"))).deploys()
    refusal = decide(timed.rollout, Resume(timed.at, PEOPLE["bob"])).refusal
    assert refusal is not None and "To end a pause of the plan, promote." in refusal.sentence


def test_the_card_knows_how_it_began_and_whether_it_switches() -> None:
    assert (at_the_gate().card.start, at_the_gate().card.kind) == (Start.DEPLOY, Kind.CANARY)
    assert ArgoStory(ArgoWorld((), Kind.BLUE_GREEN, weight=0)).deploys().card.kind is Kind.BLUE_GREEN


def test_the_sentence_of_a_switch_says_what_goes_on_before_and_after_it() -> None:
    story = ArgoStory(ArgoWorld((), Kind.BLUE_GREEN, weight=0)).deploys()
    seen, rollout = replace(story.world.seen(), pauses=(), controller_pause=False), replace(story.rollout, asks=())
    said = {
        "up": phase(rollout, replace(seen, canary_ready=4, canary_pods=4, desired=4)).sentence,
        "coming": phase(rollout, replace(seen, canary_ready=0)).sentence,
        "switched": phase(rollout, replace(seen, weight_seen=100)).sentence,
        "answered": phase(rollout, replace(seen, controller_pause=True)).sentence,
    }
    assert said == {
        "up": "v2 is up beside the others",
        "coming": "the pods of v2 come up beside the others",
        "switched": "v2 has the traffic",
        "answered": "answered; Argo Rollouts goes on",
    }
    measuring = replace(rollout, walks=(replace(story.walk, driver=replace(story.argo, runs=("checkout-1",))),))
    assert phase(measuring, seen).sentence == "measuring before the switch"
    assert phase(measuring, replace(seen, weight_seen=100)).sentence == "measuring after the switch"
    restart = replace(rollout, walks=(replace(story.walk, driver=replace(story.argo, start=Start.RESTART)),))
    assert phase(restart, seen).sentence == "the pods are replaced one after the other"


def _turned(story: ArgoStory, *, aborted_by: str = "", abort_message: str = "") -> Happening:
    """The turning back at a look at which the Rollout was aborted."""
    looked = replace(story.world.seen(), aborted=True, status="Degraded", phase="Degraded", pauses=())
    seen = replace(looked, aborted_by=aborted_by, abort_message=abort_message)
    decision = decide(story.rollout, ArgoObserved(story.at, WALK, seen, story.awake))
    [turned] = [one for one in decision.happenings if one.what is What.REVERTING]
    return turned
