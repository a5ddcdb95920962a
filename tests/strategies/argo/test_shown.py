"""What people see of a walk that the controller does: its rail, weights, pods, phase and verbs."""

from dataclasses import replace

import pytest

from strategies.allowed import Verb
from strategies.argo.driver import ArgoVerb, Start
from strategies.argo.seen import Kind, RunKind
from strategies.drawn import Place
from strategies.events import Position, Promote, What
from strategies.judge.metric import PrometheusQuery
from strategies.model import Outcome, Revision, Stage
from strategies.phase import Word, phase
from strategies.snapshot import snapshot
from strategies.steps import Analysis, Pause, SetWeight
from tests.strategies.argo.story import MINUTE, ArgoStory, at_the_gate
from tests.strategies.argo.world import V1, ArgoWorld, hash_of
from tests.strategies.story import BOB

STEPS = ("setWeight: 20", "analysis", "pause", "setWeight: 60", "pause: 5m", "setCanaryScale{replicas: 3}")


def rail(story: ArgoStory) -> list[str]:
    return [f"{stop.text} {stop.place}" for stop in story.card.rail]


def test_the_rail_shows_where_the_controller_stands() -> None:
    story = at_the_gate(STEPS)
    assert rail(story) == ["20% done", "checks done", "approval 0/2 now", "60% next", "100% next"]
    story.approves("bob")
    assert "approval 1/2 now" in rail(story)
    story.approves("carol")
    assert rail(story) == ["20% done", "checks done", "approval done", "60% done", "waiting at 60% now", "100% next"]
    assert isinstance(story.card.at_hand, Pause) and story.card.next_at == story.at + 5 * MINUTE
    assert (story.card.step, story.card.steps) == (5, 6)


def test_a_step_that_only_moves_is_shown_while_it_lasts() -> None:
    story = ArgoStory(ArgoWorld(STEPS[-1:])).begins()
    story.until(lambda: bool(story.argo.pod_hash))
    assert rail(story) == ["setCanaryScale{replicas: 3} now", "100% next"]
    assert isinstance(story.card.at_hand, SetWeight)


def test_an_experiment_is_a_stop_and_a_measurement() -> None:
    story = ArgoStory(ArgoWorld(("experiment",))).begins()
    story.until(lambda: bool(story.argo.pod_hash))
    assert rail(story)[0] == "experiment now" and isinstance(story.card.at_hand, Analysis)
    assert story.sentence == "measuring at 0%"


def test_after_an_abort_the_rail_shows_where_it_failed() -> None:
    story = at_the_gate(STEPS)
    story.aborts("alice", "errors")
    assert rail(story) == ["20% done", "checks done", "approval failed", "60% not reached", "100% not reached"]
    assert story.card.weight_wanted == 0 and story.card.weight_seen == 0


def test_an_abort_of_the_controllers_own_keeps_the_place_where_it_failed() -> None:
    world = ArgoWorld(("setWeight: 20", "analysis", "setWeight: 60"))
    world.verdict = world.verdict.FAILED
    story = ArgoStory(world).deploys()
    assert story.stage is Stage.ENDED
    assert rail(story) == ["20% done", "checks failed", "60% not reached", "100% not reached"]


@pytest.mark.parametrize("kind", Kind)
def test_before_the_controller_has_begun_nothing_is_done_of_the_plan_that_it_walked_last(kind: Kind) -> None:
    story = ArgoStory(ArgoWorld(("setWeight: 20",) if kind is Kind.CANARY else (), kind)).begins()
    story.looks()
    assert {stop.place for stop in story.card.rail} == {Place.NEXT}
    assert (story.card.step, story.card.weight_wanted) == (min(1, story.card.steps), 0)


def test_checks_that_passed_are_told_with_the_weight_that_they_were_about() -> None:
    story = ArgoStory(ArgoWorld(("setWeight: 20", "analysis", "setWeight: 60"))).deploys()
    assert [facts["weight"] for facts in story.told(What.ANALYSIS_PASSED)] == [20]


def test_what_an_analysis_asks_about_the_candidates_template_is_asked_about_the_one_before_too() -> None:
    world = ArgoWorld(("setWeight: 20", "pause"))
    story = ArgoStory(world).begins().begun()
    for name, query in (("apart", f'rate(served{{hash="{world.current}"}}[1m])'), ("together", "rate(served[1m])")):
        world.measured(name, RunKind.STEP, world.verdict.RUNNING)
        run = world.runs[-1].run
        metric = replace(run.analysis.metrics[0], provider=PrometheusQuery("", query))
        asked = replace(run, analysis=replace(run.analysis, metrics=(metric,)))
        world.runs[-1] = replace(world.runs[-1], run=asked)
    story.looks()
    found = {one.id: one.run.analysis.stable_query("rate") for one in story.rollout.activities}
    assert found == {"apart": f'rate(served{{hash="{hash_of(V1)}"}}[1m])', "together": None}


def test_when_every_step_is_done_the_last_stop_is_at_hand() -> None:
    story = ArgoStory(ArgoWorld(("setWeight: 20",))).begins()
    story.until(lambda: story.argo.step == 1 and bool(story.argo.pod_hash))
    assert rail(story) == ["20% done", "100% now"] and story.card.at_hand is None
    story.acts_now(story.an_abort("alice"))
    assert rail(story) == ["20% done", "100% failed"]
    done = at_the_gate(("setWeight: 20", "setWeight: 100"))
    assert rail(done) == ["20% done", "100% done"] and done.card.weight_seen == 100


def test_blue_green_shows_its_checks_its_approval_and_the_switch() -> None:
    story = ArgoStory(ArgoWorld((), Kind.BLUE_GREEN, weight=0)).begins()
    story.begun()
    assert rail(story) == ["preview now", "switch next"]
    story.world.measured("pre", RunKind.PRE_PROMOTION, story.world.verdict.RUNNING)
    story.looks()
    assert rail(story) == ["preview done", "checks now", "switch next"]
    story.world.measured("pre", RunKind.PRE_PROMOTION, story.world.verdict.SUCCESSFUL)
    story.runs()
    assert rail(story) == ["preview done", "checks done", "approval 0/2 now", "switch next"]
    assert isinstance(story.card.at_hand, Pause)
    story.acts_now(story.an_abort("alice"))
    assert rail(story) == ["preview done", "checks done", "approval failed", "switch not reached"]


def test_blue_green_shows_the_checks_after_the_switch() -> None:
    story = ArgoStory(ArgoWorld((), Kind.BLUE_GREEN, gated=False, weight=0)).begins()
    story.begun()
    story.world.weight = 100
    story.looks()
    assert rail(story) == ["preview done", "switch now"]
    story.world.measured("post", RunKind.POST_PROMOTION, story.world.verdict.RUNNING)
    story.looks()
    assert rail(story) == ["preview done", "switch done", "checks now"]
    story.runs()
    assert story.outcome is Outcome.HEALTHY and {stop.place for stop in story.card.rail} == {Place.DONE}


def test_blue_green_shows_from_the_start_what_its_spec_will_ask_and_measure() -> None:
    story = ArgoStory(ArgoWorld((), Kind.BLUE_GREEN, weight=0)).begins()
    story.begun()
    known = replace(
        story.world.seen(), by_hand=True, analysed=frozenset({RunKind.PRE_PROMOTION, RunKind.POST_PROMOTION})
    )
    stops = [f"{stop.text} {stop.place}" for stop in snapshot(story.rollout, known, story.at).rail]
    assert stops == ["preview now", "checks next", "approval next", "switch next", "checks next"]


def test_before_anything_was_seen_there_is_a_card_too() -> None:
    story = ArgoStory(ArgoWorld(STEPS)).begins()
    card = snapshot(story.rollout, None, story.at)
    assert card.rail == () and card.phase.card == "Starting"
    story.world.exists = False
    assert story.card.rail == ()


def test_weights_are_percentages_whatever_the_routers_whole_is() -> None:
    story = at_the_gate(("setWeight: 200", "pause", "setWeight: 600", "pause"))
    story.world.whole = 1000
    assert story.card.weight_seen == 20 and story.card.next_weight == 60
    assert [stop.text for stop in story.card.rail] == ["20%", "approval 0/2", "60%", "approval", "100%"]


def test_the_candidates_share_is_what_is_left_while_the_way_back_is_walked() -> None:
    story = at_the_gate(("setWeight: 20", "pause: 5m"))
    for _ in range(4):
        story.world.at += 5 * MINUTE
        story.world.reconciles()
    story.acts_now(story.an_abort("alice"))
    story.gives()
    while_back = story.until(lambda: story.world.current != story.world.stable)
    assert while_back.card.weight_seen == 100


def test_the_phase_has_the_controllers_word_and_a_sentence_of_its_own() -> None:
    story = at_the_gate(("setWeight: 20", "pause: 5m", "analysis"))
    assert (story.card.phase.word, story.sentence) == (Word.PAUSED, "waiting at 20%")
    story.world.problem = "web: ImagePullBackOff"
    assert story.sentence == "web: ImagePullBackOff"
    story.world.problem = ""
    story.promotes("alice")
    assert story.outcome is Outcome.HEALTHY
    starting = ArgoStory(ArgoWorld(("setWeight: 20", "pause"))).begins()
    assert phase(starting.rollout, starting.world.seen()).sentence == "Argo Rollouts is given v2"
    starting.until(lambda: starting.argo.at_hand == "setWeight: 20")
    assert starting.sentence == "moving to 20%"
    blue = ArgoStory(ArgoWorld((), Kind.BLUE_GREEN, weight=0)).begins()
    blue.begun()
    assert blue.sentence == "the pods of v2 come up beside the others"


def test_a_rollout_that_gives_way_to_a_strangers_version_says_only_why() -> None:
    story = at_the_gate()
    story.world.begins_with("ghcr.io/acme/checkout:v3")
    story.looks()
    assert story.stage is Stage.REVERTING and "going back" not in story.sentence
    back = at_the_gate()
    back.acts_now(back.an_abort("alice"))
    assert back.sentence.endswith("going back to v1")


def test_a_card_offers_what_has_its_effect_now() -> None:
    story = at_the_gate()
    assert story.card.verbs >= {
        Verb.APPROVE,
        Verb.REJECT,
        Verb.ABORT,
        Verb.PROMOTE,
        Verb.SKIP,
        Verb.PROMOTE_FULL,
        Verb.PAUSE,
    }
    story.world.pauses_spec(paused=True)
    assert not story.card.verbs & {Verb.PROMOTE, Verb.SKIP}
    aborted = replace(at_the_gate().world.seen(), aborted=True)
    assert not snapshot(at_the_gate().rollout, aborted, aborted.at).verbs & {Verb.PROMOTE, Verb.SKIP, Verb.PROMOTE_FULL}
    measuring = ArgoWorld(("setWeight: 20", "analysis"))
    measuring.verdict = measuring.verdict.RUNNING
    assert Verb.SKIP in ArgoStory(measuring).deploys().card.verbs


def test_a_press_on_a_card_that_is_behind_does_nothing() -> None:
    story = at_the_gate()
    assert story.card.position == Position(Stage.WALKING, (1,))
    assert "moved on" in (story.acts(Promote(story.at, BOB, Position(Stage.WALKING, (0,)))) or "")


@pytest.mark.parametrize("start", list(Start))
def test_how_it_began_is_shown(start: Start) -> None:
    story = ArgoStory(ArgoWorld(STEPS), start, Revision("v1", V1))
    assert story.card.start is start and story.card.kind is Kind.CANARY
    assert ArgoVerb.SET_IMAGE not in story.sent()
