"""Told stories of other hands: foreign writes, the fight limit, tags pushed again, lost memory, another installation, and home by hand."""

from dataclasses import replace

import pytest

from strategies.events import Resume, What
from strategies.machine import decide
from strategies.model import AskEnd, Claim, HoldKind, Outcome, Side, Stage
from strategies.steps import Analysis, Gate, Pause, SetWeight
from tests.strategies.story import ALICE, BAD, HOUR, MINUTE, SECOND, Story, approving, template
from tests.strategies.world import HOTFIX, V1, V2, Workload, World, at_rest, settled

MODES = pytest.mark.parametrize("routed", [True, False], ids=["router", "pods"])
STEPS = (SetWeight(25), Gate(), SetWeight(50), Pause(5 * MINUTE))


def changed(story: Story, side: Side = Side.STABLE, **fields: object) -> None:
    """Somebody writes one side's Deployment."""
    one = story.world.side(side)._replace(**fields)  # type: ignore[arg-type]
    story.world = settled(story.world.with_side(side, one)._replace(manager="kubectl"))


@MODES
def test_a_deployment_scaled_by_hand_is_put_back_and_told(routed: bool) -> None:
    story = Story(STEPS, routed).deploys()
    before = story.pods
    changed(story, replicas=6)
    story.runs()
    assert story.pods == before
    (told,) = story.told(What.REPAIRED)
    assert told["manager"] == "kubectl"
    assert "stable shop/checkout:v1 × 6" in str(told["seen"])
    assert approving(story).outcome is Outcome.HEALTHY


def test_a_weight_edited_by_hand_is_put_back_and_measured_from_nothing() -> None:
    story = Story(STEPS).deploys()
    in_place = story.walk.in_place
    story.world = story.world._replace(weight=80)
    story.at += MINUTE
    story.runs()
    assert story.weight == 25
    assert story.walk.in_place is not None
    assert in_place is not None
    assert story.walk.in_place > in_place


def test_after_three_repairs_it_does_not_fight_on() -> None:
    story = Story(STEPS).deploys()
    for _ in range(4):
        assert not story.rollout.holds
        changed(story, replicas=6)
        story.runs()
    assert len(story.told(What.REPAIRED)) == 3
    hold = story.rollout.hold(HoldKind.FOREIGN)
    assert hold is not None
    assert "repaired 3 times in 10 minutes" in hold.reason
    assert story.world.stable.replicas == 6
    assert story.resumes() is None
    assert approving(story.runs()).outcome is Outcome.HEALTHY


def test_repairs_of_long_ago_do_not_count() -> None:
    story = Story(STEPS).deploys()
    for _ in range(6):
        changed(story, replicas=6)
        story.runs()
        story.passes(6 * MINUTE)
    assert not story.rollout.holds
    assert len(story.told(What.REPAIRED)) == 6


def test_on_the_way_home_a_fight_is_taken_up_again_after_a_while() -> None:
    story = Story(STEPS).deploys().breaks(V1)
    story.aborts()
    story.runs()
    for _ in range(4):
        changed(story, replicas=6)
        story.runs()
    assert story.world.stable.replicas == 6
    assert not story.rollout.holds
    story.passes(11 * MINUTE)
    assert story.world.stable.replicas == 4
    story.mends()
    assert story.runs().outcome is Outcome.ROLLED_BACK


@pytest.mark.parametrize("image", [HOTFIX, V2])
def test_somebodys_own_image_is_never_overwritten_without_asking(image: str) -> None:
    story = Story(STEPS).deploys()
    changed(story, image=image)
    story.runs()
    assert story.rollout.holds[0].reason == f"somebody set the Deployment's image to {image}"
    assert story.world.stable.image == image
    story.passes(HOUR)
    assert story.world.stable.image == image
    assert story.resumes() is None
    story.runs()
    assert not story.rollout.holds
    assert story.world.stable.image == image
    story.aborts()
    assert story.runs().serves(V1)


def test_also_in_the_middle_of_a_move() -> None:
    story = Story((SetWeight(100), Pause())).begins()
    story.steps_on()
    changed(story, image=HOTFIX)
    story.runs()
    assert story.world.stable.image == HOTFIX
    assert story.rollout.hold(HoldKind.FOREIGN) is not None


def test_a_deployment_that_is_gone_is_held() -> None:
    story = Story(STEPS).deploys()
    there = story.world.stable
    story.world = story.world._replace(stable=Workload())
    story.runs()
    assert story.rollout.holds[0].reason == "the Deployment is gone"
    story.aborts()
    story.passes(HOUR)
    assert story.stage is Stage.REVERTING
    story.world = story.world._replace(stable=there)
    assert story.runs().serves(V1)


def test_a_deployment_that_is_gone_is_told_once_however_often_it_is_looked_at() -> None:
    """Its pods die one after the other, and each is an event."""
    story = Story(STEPS).deploys()
    story.world = story.world._replace(stable=Workload())
    for _ in range(4):
        story.looks()
    assert [one.what for one in story.heard].count(What.FOREIGN_WRITE) == 1


def test_a_deployment_that_is_gone_with_all_that_was_made_for_it_leaves_nothing_to_take_back() -> None:
    story = Story(STEPS).deploys()
    story.world = story.world._replace(stable=Workload(), canary=Workload(), weight=None, route=None)
    story.runs()
    assert story.stage is Stage.WALKING, "somebody may bring it back"
    story.aborts()
    story.runs()
    assert story.rollout.outcome is Outcome.CANCELLED
    assert story.rollout.why.endswith("; the Deployment is gone, and what was made for it")


def test_a_canary_and_a_route_deleted_by_hand_are_made_again() -> None:
    story = Story(STEPS).deploys()
    story.world = story.world._replace(canary=Workload(), weight=None, route=None)
    story.runs()
    assert (story.weight, story.pods) == (25, (4, 1))
    assert approving(story).outcome is Outcome.HEALTHY


@MODES
def test_a_tag_that_is_pushed_again_is_held_and_voids_what_was_approved(routed: bool) -> None:
    story = Story(STEPS, routed).deploys()
    ask = story.ask.id
    repushed(story)
    story.runs()
    found = story.rollout.ask(ask)
    assert found is not None
    assert found.ended is AskEnd.VOID
    assert story.rollout.holds[0].kind is HoldKind.DIGEST
    assert "v2 was pushed again" in (story.resumes() or "")
    assert "Abort, and deploy it again" in (story.resumes() or "")
    story.passes(HOUR)
    assert story.step == 1
    story.aborts()
    assert story.runs().serves(V1)


def repushed(story: Story) -> None:
    """Under the same tag lies something else now, and a canary pod starts with it."""
    canary = story.world.canary
    story.world = settled(story.world._replace(pushes=1, canary=canary._replace(pods=canary.pods[1:])))


def test_an_approval_that_has_not_opened_its_gate_yet_is_void_too() -> None:
    story = Story(STEPS).deploys()
    ask = story.ask.id
    story.approves("bob")
    repushed(story)
    story.runs()
    found = story.rollout.ask(ask)
    assert found is not None
    assert found.ended is AskEnd.VOID
    assert story.step == 1
    assert len(story.told(What.ASK_VOID)) == 1


def test_what_goes_live_is_the_digest_that_was_measured() -> None:
    story = approving(Story(STEPS).deploys())
    assert story.world.stable.image == f"{V2}@sha256:{V2}-0"


def test_a_database_restored_from_yesterday_is_noticed_before_anything_is_written() -> None:
    story = Story(STEPS).deploys()
    yesterday = story.rollout
    story.approves("bob")
    story.passes(4 * MINUTE)
    story.at += 2 * MINUTE
    for _ in range(8):
        story.steps_on()
    assert story.stage is Stage.PROMOTING
    written = len(story.writes)
    story.rollout = yesterday
    story.runs()
    assert story.rollout.holds[0].kind is HoldKind.MEMORY
    assert len(story.writes) == written
    story.aborts()
    assert story.runs().serves(V1)


def test_traffic_beyond_what_is_remembered_is_taken_back_and_asked_for_again() -> None:
    story = Story(STEPS).deploys()
    yesterday = story.rollout
    story.approves("bob")
    assert story.runs().weight == 50
    story.rollout = yesterday
    assert story.runs().weight == 25
    assert story.asked


def test_a_database_restored_from_before_the_first_look_is_noticed_too() -> None:
    story = Story(STEPS).begins()
    before = story.rollout
    story.runs()
    story.rollout = before
    story.runs()
    assert story.rollout.holds[0].kind is HoldKind.MEMORY
    story.aborts()
    assert story.runs().serves(V1)


def test_another_installation_that_takes_the_claim_is_left_alone() -> None:
    story = Story(STEPS).deploys()
    claim = Claim("two", "theirs", 9)
    changed(story, claim=claim)
    story.runs()
    written = len(story.writes)
    assert story.rollout.holds[0].reason == "two has claimed the Deployment for its rollout theirs"
    story.resumes()
    story.runs()
    assert len(story.rollout.holds) == 1
    story.aborts()
    story.runs()
    assert story.stage is Stage.REVERTING
    assert len(story.writes) == written
    assert story.aborts("bob") is None
    assert story.outcome is Outcome.ROLLED_BACK
    assert "left as it is by bob, since two has claimed the Deployment" in story.rollout.why


def test_a_verdict_that_turns_back_writes_nothing_in_other_hands() -> None:
    steps = (SetWeight(25), Analysis(("success-rate",)))
    story = Story(steps, templates=(template(),), answers=lambda name: BAD).deploys()
    story.reaches(story.rollout.activities[0].since + story.rollout.activities[0].window - SECOND)
    story.at += SECOND
    story.measures()
    changed(story, claim=Claim("two", "theirs", 9))
    assert not story.looks()
    assert story.stage is Stage.REVERTING


def test_what_another_installation_finished_meanwhile_is_not_undone_without_asking() -> None:
    story = Story(STEPS).deploys()
    changed(story, claim=Claim("two", "", 9), image=HOTFIX)
    story.runs()
    assert story.rollout.holds[0].reason == "two has ended a later rollout of the Deployment"
    assert story.world.stable.image == HOTFIX


def brought_home(world: World, fence: int) -> World:
    """What `leadsman abort --direct` leaves behind."""
    home = at_rest(4)
    canary = world.canary._replace(replicas=0, pods=())
    return world._replace(
        stable=home.stable._replace(claim=Claim("one", "", fence)), canary=canary, weight=0, before=()
    )


def test_a_workload_that_was_brought_home_by_hand_ends_the_rollout_without_a_write() -> None:
    story = Story(STEPS).deploys()
    written = len(story.writes)
    story.world = brought_home(story.world, story.walk.fence + 3)
    story.runs()
    assert story.outcome is Outcome.ROLLED_BACK
    assert story.rollout.why == "brought home by hand, not through Leadsman"
    assert len(story.writes) == written


def test_a_hand_that_is_bringing_it_home_is_let_work() -> None:
    for turned in (False, True):
        story = Story(STEPS).deploys()
        if turned:
            story.aborts()
            story.looks()
        fence = story.walk.fence + 1
        changed(story, claim=Claim("one", "ro1", fence))
        written = len(story.writes)
        story.runs()
        assert story.rollout.holds[0].kind is HoldKind.MEMORY
        assert len(story.writes) == written
        story.world = brought_home(story.world, fence + 1)
        story.runs()
        assert story.outcome is Outcome.ROLLED_BACK
        assert len(story.writes) == written


def test_a_claim_that_somebody_took_away_is_written_again() -> None:
    story = Story(STEPS).deploys()
    changed(story, claim=None)
    story.runs()
    assert approving(story).outcome is Outcome.HEALTHY


def test_resuming_forgets_what_was_wanted_under_the_old_fence() -> None:
    story = Story(STEPS).deploys()
    changed(story, image=HOTFIX)
    story.runs()
    resumed = decide(story.rollout, Resume(story.at, ALICE)).rollout
    assert resumed.walks[0].aim is None
    assert replace(resumed.walks[0], aim=story.walk.aim, waiting=story.walk.waiting) == story.walk
