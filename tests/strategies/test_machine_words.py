"""What people read about a rollout: its phase with a sentence, the rail of steps, the evidence, and what happens next."""

from dataclasses import replace
from datetime import timedelta

import pytest

from strategies.drawn import Place, Pods
from strategies.due import due
from strategies.events import Begin, Found, Observed, Preflighted, Undone, What
from strategies.evidence import MetricLine
from strategies.judge.verdict import Verdict
from strategies.model import HoldKind, Outcome, Revision, Side, SideSeen, Stage
from strategies.phase import Phase, Word, phase
from strategies.snapshot import Snapshot, snapshot
from strategies.steps import Analysis, Background, Gate, Pause, SetCanaryScale, SetWeight
from strategies.traffic import is_quiet
from tests.strategies.story import BAD, GOOD, MINUTE, NOTHING, SECOND, UNCLEAR, Story, approving, template
from tests.strategies.world import HOTFIX, T0, V1, look

STEPS = (SetWeight(25), Analysis(("success-rate",)), Pause(5 * MINUTE), Gate(approvals=2), SetWeight(50), Pause())


def told(story: Story, *, seen: bool = True) -> Phase:
    return phase(story.rollout, look(story.world, story.at) if seen else None)


def shown(story: Story, *, seen: bool = True) -> Snapshot:
    return snapshot(story.rollout, look(story.world, story.at) if seen else None, story.at)


def rail(story: Story) -> list[tuple[str, Place]]:
    return [(stop.text, stop.place) for stop in shown(story).rail]


def measured(**settings: object) -> Story:
    return Story(STEPS, templates=(template(),), **settings)  # type: ignore[arg-type]


def test_the_phase_of_a_whole_life() -> None:
    story = measured()
    assert told(story) == Phase(Word.PROGRESSING, "Queued", "waits for the rollout before it to end")
    story.begins()
    assert told(story, seen=False) == Phase(Word.PROGRESSING, "Progressing", "moving to 25%")
    story.looks()
    assert told(story).sentence == "moving to 25%"
    story.runs()
    assert told(story) == Phase(Word.PROGRESSING, "Progressing", "measuring at 25%")
    assert told(story, seen=False).sentence == "measuring at 25%"
    story.passes(3 * MINUTE)
    assert told(story) == Phase(Word.PAUSED, "Progressing", "waiting at 25%")
    story.passes(5 * MINUTE)
    assert told(story) == Phase(Word.PAUSED, "Waiting for approval", "0 of 2 approvals")
    assert phase(replace(story.rollout, asks=()), None).sentence == "asking for approval"
    story.approves("bob")
    story.approves("carol")
    assert told(story) == Phase(Word.PROGRESSING, "Progressing", "approved, going on")
    assert ("approved", Place.NOW) in rail(story)
    story.runs()
    assert told(story) == Phase(Word.PAUSED, "Paused", "at 50% until somebody promotes")
    story.promotes()
    assert told(story) == Phase(Word.PROGRESSING, "Progressing", "every step is done; v2 goes live next")
    story.looks()
    assert told(story) == Phase(Word.PROGRESSING, "Progressing", "moving all traffic to v2")
    story.runs()
    assert told(story) == Phase(Word.HEALTHY, "Healthy", "v2 serves all traffic")


def test_the_phases_of_turning_back() -> None:
    story = measured().deploys()
    story.aborts()
    assert told(story) == Phase(Word.DEGRADED, "Rolling back", "aborted by alice: “a bad feeling”; going back to v1")
    story.runs()
    assert told(story) == Phase(Word.DEGRADED, "Rolled back", "aborted by alice: “a bad feeling”")
    nameless = replace(story.rollout, why="")
    assert phase(nameless, None).sentence == "v1 serves all traffic"
    story = measured().deploys()
    story.replaces("bob", "v3")
    story.runs()
    assert told(story) == Phase(Word.DEGRADED, "Replaced", "replaced by v3")
    story = measured()
    story.aborts()
    assert told(story) == Phase(Word.HEALTHY, "Cancelled", "aborted by alice: “a bad feeling”")


def test_a_hold_is_shown_with_its_reason() -> None:
    story = measured().deploys()
    story.pauses()
    assert told(story) == Phase(Word.PAUSED, "Paused", "by alice")
    story.resumes()
    story.world = story.world._replace(stable=story.world.stable._replace(image=HOTFIX))
    story.runs()
    assert told(story) == Phase(Word.PAUSED, "Paused", f"held: somebody set the Deployment's image to {HOTFIX}")


def test_the_rail_shows_where_it_stands() -> None:
    story = measured().deploys()
    assert rail(story) == [
        ("25%", Place.DONE), ("checks 0/3", Place.NOW), ("approval", Place.NEXT), ("50%", Place.NEXT),
        ("pause", Place.NEXT), ("100%", Place.NEXT),
    ]  # fmt: skip
    story.passes(90 * SECOND)
    assert rail(story)[1] == ("checks 2/3", Place.NOW)
    story.passes(MINUTE)
    assert rail(story)[1:3] == [("checks", Place.DONE), ("waiting at 25%", Place.NOW)]
    assert shown(story).next_at is not None
    story.passes(5 * MINUTE)
    assert rail(story)[2] == ("approval 0/2", Place.NOW)
    story.rejects("bob", "no")
    assert rail(story)[2] == ("approval", Place.FAILED)
    assert rail(story)[-1] == ("100%", Place.NOT_REACHED)


def test_the_rail_of_a_promotion_and_of_canary_pods() -> None:
    story = Story((SetCanaryScale(replicas=2), SetWeight(100))).begins()
    assert told(story, seen=False).sentence == "scaling the canary pods"
    assert story.promotes() == "Nothing to promote: it is still scaling the canary pods. Nothing changed."
    assert story.skips("bob", "x") == "Nothing to skip: it is still scaling the canary pods. Nothing changed."
    assert rail(story)[0] == ("canary pods", Place.NOW)
    story.runs()
    assert story.outcome is Outcome.HEALTHY
    assert rail(story) == [("100%", Place.DONE)]
    story = Story((SetWeight(25), Pause())).deploys()
    story.promotes()
    story.looks()
    assert rail(story)[-1] == ("100%", Place.NOW)
    story.runs()
    assert rail(story)[-1] == ("100%", Place.DONE)
    assert rail(Story((SetWeight(25),)))[0] == ("25%", Place.NEXT)


def test_the_snapshot_says_what_is_wanted_and_what_is_seen() -> None:
    story = measured().begins()
    first = shown(story, seen=False)
    assert (first.stable, first.canary, first.weight_seen, first.seen_at) == (None, None, None, None)
    story.runs()
    now = shown(story)
    assert (now.step, now.steps) == (2, 6)
    assert (now.weight_wanted, now.weight_seen, now.next_weight) == (25, 25, 50)
    assert (now.stable, now.canary) == (Pods(4, 4), Pods(1, 1))
    assert now.at_hand == STEPS[1]
    assert now.next_at is None
    story.aborts()
    assert shown(story).weight_wanted == 0
    story = approving(Story((SetWeight(25), Pause(MINUTE))).deploys())
    assert shown(story).weight_wanted == 100
    assert shown(story).at_hand is None


def line(story: Story) -> MetricLine:
    (found,) = shown(story).metrics
    return found


def test_a_metric_is_a_line_of_evidence() -> None:
    values = [GOOD, UNCLEAR, BAD]
    story = measured(answers=lambda name: values.pop(0)).deploys()
    assert line(story).value == ""
    assert line(story).verdict is Verdict.PENDING
    story.passes(2 * MINUTE)
    assert line(story).verdict is Verdict.INCONCLUSIVE
    assert (line(story).value, line(story).limit, line(story).taken, line(story).wanted) == ("0.92", "≥ 0.95", 2, 3)
    story = measured(answers=lambda name: BAD).deploys().passes(MINUTE)
    assert line(story).failed == 1
    assert line(story).message == ""


def test_a_metric_without_an_answer_has_passed_nothing() -> None:
    story = measured(answers=lambda name: NOTHING).deploys().passes(40 * SECOND)
    assert line(story).value == "no data"
    bad = template("bad", name="other", failureCondition="result[0] < 1")
    both = (SetWeight(25), Analysis(("success-rate", "bad")))
    story = Story(both, templates=(template(initialDelay="5m"), bad)).deploys().passes(MINUTE)
    waiting = next(one for one in shown(story).metrics if one.name == "rate")
    assert waiting.verdict is Verdict.PENDING


def test_a_single_number_is_shown_as_it_is() -> None:
    story = measured(answers=lambda name: "0.5").deploys().passes(MINUTE)
    assert line(story).value in ("0.5", "no data")


def test_an_endless_analysis_shows_no_count() -> None:
    steps = (SetWeight(25), Analysis(("endless",)), Pause())
    story = Story(steps, templates=(template("endless", count=None),)).deploys()
    assert rail(story)[1] == ("checks", Place.NOW)


def test_a_background_analysis_is_shown_while_nothing_else_measures() -> None:
    background = Background(Analysis(("endless",)))
    story = Story(
        (SetWeight(25), Pause()), background=background, templates=(template("endless", count=None),)
    ).deploys()
    assert shown(story).activity == "ro1-1"


def test_a_new_rollout_is_due_when_it_was_made() -> None:
    story = Story(STEPS)
    assert due(story.rollout, T0, T0) is None
    story.decided(Begin(T0))
    assert due(story.rollout, T0 + timedelta(hours=1), T0) == T0
    assert shown(story).next_at is None


def test_what_preflight_notes_is_told() -> None:
    story = Story(STEPS)
    story.decided(Begin(T0))
    found = Found("prod", Revision("v1", V1), 4, look(story.world, T0))
    story.decided(Preflighted(T0, (), (found,), ("The canary has no budget of its own.",)))
    assert story.told(What.NOTED) == [{"note": "The canary has no budget of its own."}]


def test_a_write_that_is_undone_before_we_look_is_told_and_counted() -> None:
    story = measured().deploys()
    for times in (1, 2, 3, 4):
        story.world = story.world._replace(stable=story.world.stable._replace(replicas=9))
        story.decided(Undone(story.at, "prod", look(story.world, story.at)))
        assert len(story.told(What.FOREIGN_WRITE)) == times
    assert story.rollout.hold(HoldKind.FOREIGN) is not None
    ended = Story(STEPS)
    ended.aborts()
    before = ended.rollout
    ended.decided(Undone(T0, "prod", look(ended.world, T0)))
    assert ended.rollout == before


def test_requests_that_go_astray_hold_it() -> None:
    story = measured().deploys()
    seen = replace(look(story.world, story.at), astray="Service checkout is gone")
    story.decided(Observed(story.at, "prod", seen, T0))
    assert story.rollout.holds[0].reason == "Service checkout is gone"


@pytest.mark.parametrize("claimed", [False, True])
def test_where_nothing_may_be_written_it_ends_without_having_gone_anywhere(claimed: bool) -> None:
    story = Story((SetWeight(25), Pause())).begins()
    if claimed:
        story.runs()
        story.breaks("shop/checkout:v2")
    for passed in (0, 11, 12):
        at = story.at + passed * MINUTE
        story.decided(Observed(at, "prod", look(story.world, at), T0, writes=False))
    if claimed:
        assert story.stage is Stage.WALKING
    else:
        assert story.outcome is Outcome.CANCELLED
        assert "only observes" in story.rollout.why


def test_without_a_router_a_side_is_quiet_only_without_pods() -> None:
    story = Story(STEPS, routed=False, templates=(template(),)).deploys()
    seen = look(story.world, story.at)
    assert not is_quiet(story.walk, seen, Side.CANARY, story.at)
    assert is_quiet(story.walk, replace(seen, canary=SideSeen()), Side.CANARY, story.at)
