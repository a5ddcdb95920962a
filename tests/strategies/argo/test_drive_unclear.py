"""Analyses without a clear result, and what they do to the pauses of Argo's controller."""

from strategies.argo.driver import ArgoVerb
from strategies.argo.seen import RunKind
from strategies.events import Approve, What
from strategies.model import AskKind
from tests.strategies.argo.story import MINUTE, ArgoStory, at_the_gate
from tests.strategies.argo.world import V2, ArgoWorld, hash_of
from tests.strategies.argo.world import Pause as Pausing
from tests.strategies.story import BOB


def unclear() -> ArgoStory:
    world = ArgoWorld(("setWeight: 20", "analysis", "setWeight: 60", "pause"))
    world.verdict = world.verdict.INCONCLUSIVE
    return ArgoStory(world).deploys()


def kind(story: ArgoStory) -> AskKind:
    """What the open question is about."""
    return story.ask.kind


def test_an_inconclusive_analysis_is_a_question_that_needs_the_role_and_a_reason() -> None:
    story = unclear()
    assert kind(story) is AskKind.INCONCLUSIVE and story.ask.approvals == 1 and story.ask.activity == "hash-v2-1"
    assert story.card.phase.card == "Inconclusive"
    assert "inconclusive" in (story.promotes("bob") or "")
    assert "Say why" in (story.approves("bob") or "")
    assert "only once" in (story.measures_again("bob") or "")
    assert story.approves("bob", "the metric is known to be noisy") is None
    assert story.world.weight == 60 and kind(story) is AskKind.GATE
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
    story.acts_now(Approve(story.at, BOB, story.ask.id, "known noise"))
    assert [write.verb for write in story.gives()] == [ArgoVerb.PROMOTE]
    assert story.looks() == (), "resumed before the controller has read the promote"
    story.runs()
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


def test_a_question_names_its_analysis_also_where_the_pause_was_seen_first() -> None:
    story = at_the_gate(("setWeight: 20", "pause: 5m"))
    story.world.pauses.append(Pausing("InconclusiveAnalysisRun", story.at, None))
    story.runs()
    assert story.ask.activity is None
    story.world.measured("background", RunKind.BACKGROUND, story.world.verdict.INCONCLUSIVE)
    story.runs()
    assert story.ask.activity == "background"
