"""Told stories of a canary that is walked: gates, pauses, holds, and what people may not do."""

from datetime import timedelta

import pytest

from strategies.allowed import Verb
from strategies.events import What
from strategies.model import AskEnd, HoldKind, Outcome, Policy, Side, Stage
from strategies.phase import phase
from strategies.position import position
from strategies.steps import Gate, Pause, SetCanaryScale, SetWeight, Silence
from tests.strategies.story import HOUR, MINUTE, SECOND, Story, approving
from tests.strategies.world import T0, V1, V2, look, readied, rolled

MODES = pytest.mark.parametrize("routed", [True, False], ids=["router", "pods"])
FIVE = Pause(5 * MINUTE)


def said(story: Story) -> tuple[str, str]:
    found = phase(story.rollout, look(story.world, story.at))
    return found.card, found.sentence


@MODES
def test_a_good_canary_goes_live_with_two_approvals(routed: bool) -> None:
    story = Story((SetWeight(10), FIVE, Gate(approvals=2), SetWeight(50), FIVE), routed, replicas=10).deploys()
    assert story.step == 1
    assert story.pods == ((10, 1) if routed else (9, 1))

    story.passes(5 * MINUTE)
    assert story.ask.binding.weight == 10
    assert story.ask.binding.allows == 100
    assert story.approves("bob") is None
    story.passes(MINUTE)
    assert story.step == 2
    assert story.approves("carol") is None
    story.runs()
    assert story.pods == ((10, 5) if routed else (5, 5))

    story.passes(5 * MINUTE)
    assert story.outcome is Outcome.HEALTHY
    assert story.serves(V2)
    assert [facts["weight"] for facts in story.told(What.WEIGHT)] == [10, 50]
    assert said(story) == ("Healthy", "v2 serves all traffic")


@MODES
def test_at_most_24_writes_carry_a_canary_with_two_weights(routed: bool) -> None:
    story = approving(Story((SetWeight(25), FIVE, SetWeight(50), FIVE), routed, replicas=4).deploys())
    assert story.outcome is Outcome.HEALTHY
    assert len(story.writes) <= 24


def test_a_no_at_the_gate_brings_base_home() -> None:
    story = Story((SetWeight(20), Gate())).deploys()
    assert story.rejects("bob", "the totals are wrong") is None
    said_no = story.approves("carol", ask=story.rollout.asks[0].id)
    assert said_no == "Not approved. It was already rejected by bob. Nothing changed."
    story.runs()
    assert story.outcome is Outcome.ROLLED_BACK
    assert story.serves(V1)
    assert story.rollout.why == "rejected by bob: “the totals are wrong”"
    assert story.rollout.asks[0].ended is AskEnd.REJECTED


def test_silence_at_a_gate_aborts_or_holds_but_never_passes() -> None:
    story = Story((SetWeight(20), Gate(deadline=HOUR))).deploys().passes(HOUR)
    assert story.outcome is Outcome.ROLLED_BACK
    assert story.rollout.why == "nobody answered in time: 0 of 1 approvals"

    story = Story((SetWeight(20), Gate(deadline=HOUR, on_deadline=Silence.HOLD))).deploys().passes(HOUR)
    assert story.stage is Stage.WALKING
    assert story.ask.held
    assert len(story.told(What.ASK_EXPIRED)) == 1
    story.passes(3 * HOUR)
    assert len(story.told(What.ASK_EXPIRED)) == 1
    assert story.approves("bob") is None
    assert approving(story).outcome is Outcome.HEALTHY


def test_a_deadline_that_fell_into_our_absence_leaves_people_a_quarter_of_an_hour() -> None:
    story = Story((SetWeight(20), Gate(deadline=HOUR))).deploys().is_away(3 * HOUR).runs()
    assert story.stage is Stage.WALKING
    assert story.deadline() == story.awake + 15 * MINUTE
    story.passes(14 * MINUTE)
    assert story.stage is Stage.WALKING
    story.passes(MINUTE)
    assert story.outcome is Outcome.ROLLED_BACK


REMINDERS = Gate(approvals=2, deadline=2 * HOUR)


def reminders(story: Story) -> list[timedelta]:
    """How long after the question was opened people were reminded of it."""
    return [one.at - story.rollout.asks[0].opened for one in story.heard if one.what is What.REMINDED]


@MODES
def test_people_are_reminded_at_half_time_and_a_quarter_of_an_hour_before_the_deadline(routed: bool) -> None:
    story = Story((SetWeight(20), REMINDERS), routed).deploys().passes(HOUR - MINUTE)
    assert reminders(story) == []
    story.passes(MINUTE)
    assert story.approves("bob") is None
    story.passes(44 * MINUTE)
    assert reminders(story) == [HOUR]
    story.passes(HOUR)
    assert reminders(story) == [HOUR, 105 * MINUTE]
    first, last = story.told(What.REMINDED)
    assert (first["have"], last["have"], last["need"], last["silence"]) == (0, 1, 2, Silence.ABORT)
    assert last["deadline"] == story.rollout.asks[0].deadline.isoformat()
    assert story.outcome is Outcome.ROLLED_BACK


def test_nobody_is_reminded_of_what_is_answered_or_waits_on() -> None:
    story = Story((SetWeight(20), REMINDERS, Pause())).deploys()
    assert story.approves("bob") is None
    assert story.approves("carol") is None
    assert reminders(story.passes(3 * HOUR)) == []
    story = Story((SetWeight(20), Gate(deadline=2 * HOUR, on_deadline=Silence.HOLD))).deploys().passes(9 * HOUR)
    assert story.ask.held
    assert len(reminders(story)) == 2


def test_a_deadline_too_near_for_two_reminders_has_one() -> None:
    story = Story((SetWeight(20), Gate(deadline=30 * MINUTE))).deploys().passes(HOUR)
    assert reminders(story) == [15 * MINUTE]


def test_what_people_were_not_reminded_of_in_our_absence_is_made_good_once() -> None:
    story = Story((SetWeight(20), REMINDERS)).deploys().is_away(90 * MINUTE).runs()
    assert reminders(story) == [90 * MINUTE]
    assert reminders(story.is_away(MINUTE).runs().passes(20 * MINUTE)) == [90 * MINUTE, 105 * MINUTE]
    story = Story((SetWeight(20), REMINDERS)).deploys().is_away(3 * HOUR).runs()
    assert reminders(story) == [3 * HOUR]
    assert story.told(What.REMINDED)[0]["deadline"] == (story.awake + 15 * MINUTE).isoformat()
    story.passes(HOUR)
    assert reminders(story) == [3 * HOUR]
    assert story.outcome is Outcome.ROLLED_BACK


def test_votes_count_once_from_people_with_the_role_who_did_not_start_it() -> None:
    story = Story((SetWeight(20), Gate(approvals=2))).deploys()
    assert "needs the approver role in prod; you have deployer" in (story.approves("alice") or "")
    assert "you have viewer" in (story.approves("eve") or "")
    assert story.approves("bob") is None
    assert story.approves("bob") == "Your approval already counts. 1 of 2, one more person is needed."
    assert (
        story.approves("carol", ask="ro1-99")
        == "Not approved. That question is not one of checkout in prod. Nothing changed."
    )
    ask = story.ask.id
    assert story.approves("carol") is None
    assert story.approves("carol", ask=ask) == "Not approved. It was already approved, last by carol. Nothing changed."
    story = Story((SetWeight(20), Gate(roles=("deployer",)))).deploys()
    assert "You started this rollout" in (story.approves("alice") or "")
    story = Story((SetWeight(20), Gate(approvals=3))).deploys()
    assert story.approves("bob") is None
    assert "2 more people are needed" in (story.approves("bob") or "")


def test_a_team_may_allow_the_starter_to_approve() -> None:
    story = Story((SetWeight(20), Gate(roles=("deployer",))), policy=Policy(own_approval=True)).deploys()
    assert story.approves("alice") is None
    assert approving(story).outcome is Outcome.HEALTHY


def test_a_no_needs_a_reason() -> None:
    story = Story((SetWeight(20), Gate())).deploys()
    assert "Say why in a few words" in (story.rejects("bob", " ") or "")
    assert story.stage is Stage.WALKING


def test_a_pause_without_end_waits_for_a_person() -> None:
    story = Story((SetWeight(20), Pause(), SetWeight(50), FIVE)).deploys().passes(50 * HOUR)
    assert story.step == 1
    assert said(story) == ("Paused", "at 20% until somebody promotes")
    assert story.promotes() is None
    assert approving(story.runs()).outcome is Outcome.HEALTHY


def test_two_presses_never_move_two_steps() -> None:
    story = Story((SetWeight(20), Pause(), Pause(), SetWeight(50))).deploys()
    saw = position(story.rollout)
    assert story.promotes("alice", saw) is None
    assert story.promotes("bob", saw) == "Not done: checkout in prod has moved on since you looked. Nothing changed."
    assert story.step == 2


def test_promote_skips_neither_a_gate_nor_a_move_nor_the_end() -> None:
    story = Story((SetWeight(20), Gate()))
    assert story.promotes() == "Nothing to promote: it still waits in the queue. Nothing changed."
    story.begins()
    assert story.promotes() == "Nothing to promote: it is still moving to 20%. Nothing changed."
    assert "it is still moving" in (story.skips("bob", "now") or "")
    story.runs()
    assert "this step waits for approval" in (story.promotes() or "")
    assert story.verbs("alice") == {Verb.ABORT, Verb.PAUSE}
    assert story.verbs("bob") == {
        Verb.ABORT, Verb.PAUSE, Verb.APPROVE, Verb.REJECT, Verb.SKIP, Verb.PROMOTE_FULL,
    }  # fmt: skip
    assert story.verbs("eve") == frozenset()


def test_skipping_a_gate_needs_the_role_and_a_reason_and_closes_its_question() -> None:
    story = Story((SetWeight(20), Gate(), SetWeight(50), FIVE)).deploys()
    assert "This needs the approver role" in (story.skips("alice", "hurry") or "")
    assert "Say why" in (story.skips("bob", "") or "")
    ask = story.ask.id
    assert story.skips("bob", "approved by phone") is None
    assert not story.asked
    assert story.approves("carol", ask=ask) == "Not approved. What it asked about is gone. Nothing changed."
    assert story.told(What.SKIPPED)[0]["reason"] == "approved by phone"
    assert approving(story.runs()).outcome is Outcome.HEALTHY


def test_a_pause_can_be_skipped() -> None:
    story = Story((SetWeight(20), Pause(), SetWeight(50), FIVE)).deploys()
    assert story.skips("bob", "hurry") is None
    assert story.step == 2


def test_promote_full_goes_past_everything_with_a_reason() -> None:
    story = Story((SetWeight(20), Gate(), SetWeight(50), Pause())).begins()
    assert story.promotes_full("bob", "it burns") == "Not promoted: no canary pod runs yet. Nothing changed."
    story.runs()
    assert "Say why" in (story.promotes_full("bob", "") or "")
    assert "This needs the approver role" in (story.promotes_full("alice", "it burns") or "")
    assert story.promotes_full("bob", "it burns") is None
    assert story.rollout.asks[0].ended is AskEnd.VOID
    story.runs()
    assert story.outcome is Outcome.HEALTHY
    assert story.told(What.PROMOTED_FULL) == [{"reason": "it burns", "step": 1}]


def test_a_hold_stops_every_forward_move_until_somebody_resumes() -> None:
    story = Story((SetWeight(20), FIVE, SetWeight(50), FIVE)).deploys()
    assert "nobody has paused it" in (story.resumes() or "")
    assert story.pauses("alice", "lunch") is None
    assert story.pauses("bob") == "Already paused by alice. Nothing changed."
    assert said(story) == ("Paused", "by alice: “lunch”")
    story.passes(2 * HOUR)
    assert story.weight == 20
    assert story.promotes() == "Not done: it is held by alice (“lunch”). Resume it first. Nothing changed."
    assert story.resumes("bob") is None
    assert story.runs().weight == 50


def test_a_hold_in_the_middle_of_a_move_stops_the_traffic_where_it_is() -> None:
    story = Story((SetWeight(20), Pause(), SetWeight(50), FIVE)).deploys()
    story.promotes()
    for write in story.looks():
        story.performs(write)
    assert story.walk.weight == 50
    story.pauses()
    story.passes(2 * HOUR)
    assert story.weight == 20
    story.resumes()
    story.runs()
    assert story.weight == 50
    assert story.stage is Stage.WALKING


def test_a_hold_while_it_goes_live_stops_that_too_and_may_be_lifted() -> None:
    story = Story((SetWeight(50),)).begins()
    while story.stage is not Stage.PROMOTING:
        story.steps_on()
    story.pauses("bob", "wait")
    story.passes(HOUR)
    assert story.weight <= 50
    assert said(story) == ("Paused", "by bob: “wait”")
    story.resumes()
    assert approving(story.runs()).outcome is Outcome.HEALTHY


def test_nothing_moves_forward_while_the_clock_is_not_to_be_trusted() -> None:
    story = Story((SetWeight(20), FIVE, SetWeight(50), FIVE)).deploys()
    story.clear = False
    story.passes(6 * MINUTE)
    assert story.weight == 20
    assert story.step == 1
    story.clear = True
    assert approving(story).outcome is Outcome.HEALTHY


def test_after_an_outage_longer_than_every_pause_it_takes_one_step_and_no_more() -> None:
    story = Story((SetWeight(20), FIVE, SetWeight(50), FIVE, SetWeight(80), FIVE)).deploys().is_away(6 * HOUR)
    story.runs()
    assert story.weight == 50
    assert story.step == 3


def test_the_canary_may_have_pods_of_its_own_count() -> None:
    steps = (
        SetCanaryScale(replicas=3), SetWeight(25), FIVE, SetCanaryScale(weight=50), Pause(),
        SetCanaryScale(match_traffic_weight=True), FIVE,
    )  # fmt: skip
    story = Story(steps).deploys()
    assert story.pods == (4, 3)
    story.passes(5 * MINUTE)
    assert story.pods == (4, 2)
    story.promotes()
    story.runs()
    assert story.pods == (4, 1)
    assert approving(story).outcome is Outcome.HEALTHY


def test_a_plan_may_take_weight_back() -> None:
    story = Story((SetWeight(50), Pause(), SetWeight(10), Pause(), SetWeight(0), Pause()), limits=(1, 0)).deploys()
    assert story.weight == 50
    story.promotes()
    assert story.runs().weight == 10
    assert story.pods == (4, 1)
    story.promotes()
    assert story.runs().weight == 0
    assert story.pods == (4, 0)
    story.promotes()
    assert approving(story.runs()).outcome is Outcome.HEALTHY


def test_without_a_router_pods_go_only_as_others_get_ready() -> None:
    story = Story((SetWeight(100), Pause(), SetWeight(20), Pause()), routed=False, replicas=5).deploys()
    assert story.pods == (0, 5)
    story.promotes()
    while story.step < 3:
        for write in story.looks():
            story.performs(write)
        for side in Side:
            story.world = readied(rolled(story.world, side), side)
        assert sum(story.pods) >= 4
        story.at += SECOND
    assert story.pods == (4, 1)


def test_a_weight_too_small_for_any_pod_is_no_dead_end() -> None:
    story = Story((SetWeight(10), FIVE), routed=False, replicas=1, limits=(0, 1)).deploys()
    assert story.step == 1
    assert story.pods == (1, 0)
    assert approving(story).outcome is Outcome.HEALTHY


def test_a_jump_to_everything_is_one_step_of_a_plan() -> None:
    for routed in (True, False):
        story = approving(Story((SetWeight(100),), routed).deploys())
        assert story.outcome is Outcome.HEALTHY
        assert story.serves(V2)


def test_time_held_counts_neither_as_progress_nor_as_its_lack() -> None:
    story = Story((SetWeight(20), Gate())).begins()
    for write in story.looks():
        story.performs(write)
    story.pauses()
    story.at += 2 * HOUR
    story.resumes()
    story.runs()
    assert story.stage is Stage.WALKING
    assert story.rollout.hold(HoldKind.PERSON) is None


def test_nothing_is_due_but_what_somebody_waits_for() -> None:
    story = Story((SetWeight(20), Pause()))
    assert story.rollout.stage is Stage.QUEUED
    story.passes(SECOND)
    story.deploys()
    assert story.at - T0 < timedelta(minutes=1)
