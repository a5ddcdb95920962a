"""A controller that does nothing, a Rollout that is refused, pods that do not come up; and its analyses."""

from datetime import timedelta

from strategies.allowed import Verb
from strategies.argo.driver import ArgoVerb, Start
from strategies.events import What
from strategies.model import Claim, Outcome, Policy, Stage
from strategies.phase import Word
from strategies.steps import Gate, Silence
from tests.strategies.argo.story import CANARY, MINUTE, NEW, ArgoStory, at_the_gate
from tests.strategies.argo.world import V1, ArgoWorld, hash_of


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
