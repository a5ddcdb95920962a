"""Told stories of the way home: aborts at every stage, versions replaced, pods that fail, deadlines, and the start that is refused."""

import pytest

from strategies.events import Begin, Found, Preflighted, What
from strategies.model import Actor, Claim, Outcome, Revision, Side, Stage
from strategies.phase import phase
from strategies.steps import Gate, Pause, SetWeight
from tests.strategies.story import HOUR, MINUTE, Story, approving
from tests.strategies.world import HOTFIX, T0, V1, V2, look, settled

MODES = pytest.mark.parametrize("routed", [True, False], ids=["router", "pods"])
STEPS = (SetWeight(25), Gate(), SetWeight(50), Pause(5 * MINUTE))


def moments(routed: bool) -> int:
    """How many looks a good canary takes from its start to its end."""
    story, count = Story(STEPS, routed).begins(), 0
    while not story.rollout.is_final:
        on_by_one(story)
        count += 1
    return count


def on_by_one(story: Story) -> None:
    """One look, with people and time helping along."""
    if story.asked:
        story.approves("bob")
    if is_at_pause(story):
        story.at += 5 * MINUTE
    story.steps_on()


def is_at_pause(story: Story) -> bool:
    steps = story.walk.native.plan.steps
    return story.step < len(steps) and isinstance(steps[story.step], Pause)


@MODES
def test_an_abort_at_any_moment_brings_base_home_also_from_a_half_done_promotion(routed: bool) -> None:
    half_done = 0
    for moment in range(1, moments(routed)):
        story = Story(STEPS, routed).begins()
        for _ in range(moment):
            on_by_one(story)
        half_done += story.stage is Stage.PROMOTING and not (story.world.stable.image or "").endswith("v1")
        assert story.aborts() is None
        story.runs()
        assert story.outcome is Outcome.ROLLED_BACK, f"after {moment} looks"
        assert story.serves(V1), f"after {moment} looks"
        assert story.rollout.why == "aborted by alice: “a bad feeling”"
        assert story.rollout.turned_by == Actor("U1", "alice")
    assert half_done, "no abort met a promotion half done"


def test_an_abort_before_anything_moved_is_a_cancellation() -> None:
    story = Story(STEPS)
    assert story.aborts("alice", "") is None
    assert story.outcome is Outcome.CANCELLED
    assert story.rollout.why == "aborted by alice"
    story = Story(STEPS).begins()
    assert story.aborts() is None
    assert story.outcome is Outcome.CANCELLED
    assert not story.writes


def test_an_abort_on_the_way_back_is_refused_and_so_is_everything_that_is_not_home() -> None:
    story = Story(STEPS).deploys()
    story.aborts()
    assert story.aborts("bob") == "It is already on its way back: aborted by alice: “a bad feeling”. Nothing changed."
    assert story.pauses() == "Not paused: it is on its way back, and going home is never stopped. Nothing changed."
    assert story.promotes() == "Nothing to promote: it is on its way back. Nothing changed."
    assert story.skips("bob", "why not") == "Nothing to skip: it is on its way back. Nothing changed."
    assert story.promotes_full("bob", "why not") == "Nothing to promote: it is on its way back. Nothing changed."
    story.runs()
    assert story.aborts() == "Too late: the rollout of v2 to checkout in prod has ended (rolled-back). Nothing changed."


def test_an_abort_lifts_every_hold() -> None:
    story = Story(STEPS).deploys()
    story.pauses()
    story.aborts()
    assert story.runs().serves(V1)


def test_another_version_lets_base_come_home_first() -> None:
    story = Story(STEPS).deploys()
    assert story.replaces("bob", "v3") is None
    story.runs()
    assert story.outcome is Outcome.SUPERSEDED
    assert story.rollout.why == "replaced by v3"
    assert story.rollout.successor == "ro2"
    assert story.serves(V1)
    story = Story(STEPS).begins()
    story.replaces("bob", "v3")
    assert story.outcome is Outcome.SUPERSEDED
    story = Story(STEPS).deploys()
    story.aborts()
    assert story.replaces("bob", "v3") is None
    assert story.runs().outcome is Outcome.SUPERSEDED


def test_a_promotion_cannot_be_promoted_again() -> None:
    story = Story((SetWeight(50), Pause())).deploys()
    story.promotes()
    story.looks()
    assert story.stage is Stage.PROMOTING
    assert story.promotes() == "Nothing to promote: it is already going to 100%. Nothing changed."


@MODES
def test_a_version_whose_pods_never_get_ready_goes_home_by_itself(routed: bool) -> None:
    story = Story(STEPS, routed).begins().breaks(V2).runs()
    assert story.step == 0
    assert story.weight == 0
    assert (
        phase(story.rollout, look(story.world, story.at)).sentence == "moving to 25%: its container exits with code 1"
    )
    story.passes(HOUR)
    assert story.outcome is Outcome.ROLLED_BACK
    assert story.rollout.ended is not None
    assert story.rollout.ended - T0 < 11 * MINUTE
    assert story.rollout.why == "its container exits with code 1"
    assert story.serves(V1)


@MODES
def test_a_canary_that_falls_over_gives_its_traffic_back_at_once(routed: bool) -> None:
    story = Story(STEPS, routed).deploys().loses(Side.CANARY)
    for write in story.looks():
        story.performs(write)
    for write in story.looks():
        story.performs(write)
    for write in story.looks():
        story.performs(write)
    assert story.weight == 0
    story.world = settled(story.world)
    assert story.runs().weight == (25 if routed else 0)
    assert approving(story).outcome is Outcome.HEALTHY


def test_a_canary_that_falls_over_while_it_goes_live_gives_its_traffic_back() -> None:
    story = Story((SetWeight(50), Pause())).deploys()
    story.promotes()
    while story.weight != 100:
        story.steps_on()
    story.loses(Side.CANARY)
    for _ in range(4):
        for write in story.looks():
            story.performs(write)
    assert story.weight == 0
    assert story.world.stable.image == V1
    assert approving(story).outcome is Outcome.HEALTHY


def test_also_under_a_hold() -> None:
    story = Story((SetWeight(50), Pause())).deploys()
    story.promotes()
    while story.weight != 100:
        story.steps_on()
    story.pauses()
    story.loses(Side.CANARY)
    for _ in range(4):
        for write in story.looks():
            story.performs(write)
    assert story.weight == 0


def test_base_on_the_canary_side_that_falls_over_never_gives_the_candidate_traffic() -> None:
    story = Story((SetWeight(50), Pause())).deploys()
    story.promotes()
    while story.world.stable.image == V1 or story.weight:
        story.steps_on()
    story.aborts()
    while not (story.weight == 100 and story.world.canary.image == V1):
        story.steps_on()
    story.loses(Side.CANARY)
    for _ in range(4):
        for write in story.looks():
            story.performs(write)
    assert story.weight == 100
    assert story.runs().serves(V1)


def test_a_canary_that_does_not_come_up_turns_back_and_nobody_is_told_that_it_keeps_trying() -> None:
    story = Story(STEPS).begins().breaks(V2).passes(11 * MINUTE)
    assert story.runs().outcome is Outcome.ROLLED_BACK
    assert story.told(What.STUCK) == []
    assert story.told(What.REVERTING)[0]["why"] == "its container exits with code 1"


def test_stable_that_loses_its_pods_is_told_and_never_gives_the_candidate_more() -> None:
    story = Story(STEPS).deploys()
    story.aborts()
    story.loses(Side.STABLE)
    story.breaks(V1)
    story.passes(11 * MINUTE)
    assert story.weight == 25
    assert story.told(What.STUCK)[-1]["why"] == "its container exits with code 1"
    stuck = len(story.told(What.STUCK))
    story.passes(HOUR)
    assert len(story.told(What.STUCK)) == stuck
    story.mends()
    assert story.runs().outcome is Outcome.ROLLED_BACK


def test_the_progress_deadline_does_not_count_our_absence() -> None:
    story = Story(STEPS).begins().breaks(V2).runs().is_away(2 * HOUR).runs()
    assert story.stage is Stage.WALKING
    story.mends()
    assert story.runs().step == 1


def test_a_write_that_only_people_can_make_possible_is_told_once() -> None:
    story = Story(STEPS).deploys()
    story.blocked("the quota of shop is used up")
    story.blocked("the quota of shop is used up")
    assert story.told(What.STUCK) == [{"why": "the quota of shop is used up"}]
    approving(story)
    story.blocked("the quota of shop is used up")
    assert story.outcome is Outcome.HEALTHY
    assert len(story.told(What.STUCK)) == 1


def test_what_preflight_finds_wrong_ends_it_before_it_starts() -> None:
    story = Story(STEPS)
    story.decided(Begin(T0))
    assert phase(story.rollout, None).card == "Starting"
    story.decided(Preflighted(T0, ("There is no Deployment checkout.", "Correct the configuration.")))
    assert story.outcome is Outcome.REFUSED
    assert story.rollout.why == "There is no Deployment checkout. Correct the configuration."
    assert phase(story.rollout, None).card == "Not started"


def test_what_comes_in_the_wrong_stage_changes_nothing() -> None:
    story = Story(STEPS)
    found = Found("prod", Revision("v1", V1), 4, look(story.world, T0))
    waiting = story.rollout
    story.decided(Preflighted(T0, (), (found,)))
    story.looks()
    assert story.rollout == waiting
    story.deploys()
    walking = story.rollout
    story.decided(Begin(T0))
    assert story.rollout == walking


def test_a_deployment_that_another_installation_holds_is_not_touched() -> None:
    story = Story(STEPS).begins()
    story.world = story.world._replace(stable=story.world.stable._replace(claim=Claim("two", "theirs", 7)))
    story.runs()
    assert story.outcome is Outcome.REFUSED
    assert story.rollout.why == "The Deployment checkout is claimed by two for its rollout theirs."
    assert not story.writes


def test_a_claim_that_was_given_back_is_taken_above_its_fence() -> None:
    story = Story(STEPS).begins()
    story.world = story.world._replace(stable=story.world.stable._replace(claim=Claim("two", "", 7)))
    assert approving(story.runs()).outcome is Outcome.HEALTHY
    released = story.world.stable.claim
    assert released is not None
    assert (released.instance, released.rollout) == ("one", "")
    assert released.fence > 7


def test_two_targets_walk_side_by_side_and_both_go_live() -> None:
    story = Story(STEPS, targets=("eu", "us")).deploys()
    assert [world.weight for world in story.worlds.values()] == [25, 25]
    assert len([ask for ask in story.rollout.asks if ask.is_open]) == 2
    assert approving(story).outcome is Outcome.HEALTHY
    assert all((world.stable.image or "").startswith(V2) for world in story.worlds.values())


def test_where_one_of_two_targets_fails_both_go_home() -> None:
    story = Story(STEPS, targets=("eu", "us")).begins()
    story.worlds["us"] = story.worlds["us"]._replace(broken=(V2,))
    story.passes(10 * MINUTE)
    assert story.outcome is Outcome.ROLLED_BACK
    for world in story.worlds.values():
        assert world.stable.image == V1
        assert world.stable.claim is None or not world.stable.claim.rollout


def test_a_target_that_was_never_touched_is_left_alone_on_the_way_home() -> None:
    story = Story(STEPS, targets=("eu", "us")).begins()
    for _ in range(6):
        story.steps_on("eu")
    story.aborts()
    story.runs()
    assert story.outcome is Outcome.ROLLED_BACK
    assert all(write.walk == "eu" for write in story.writes)


def test_two_targets_of_which_one_is_home_first_both_give_their_claims_back() -> None:
    story = Story(STEPS, targets=("eu", "us")).begins()
    for _ in range(3):
        story.steps_on("eu")
    story.steps_on("us")
    story.aborts()
    story.runs()
    assert story.outcome is Outcome.ROLLED_BACK
    claims = [world.stable.claim for world in story.worlds.values()]
    assert all(claim is not None and not claim.rollout for claim in claims)


def test_home_leads_over_a_canary_that_somebody_else_rebuilt() -> None:
    story = Story(STEPS).deploys()
    canary = story.world.canary._replace(image=HOTFIX)
    story.world = settled(story.world._replace(canary=canary))
    story.runs()
    assert (story.world.canary.image or "").startswith(V2)
    assert story.weight == 25
    story.aborts()
    assert story.runs().serves(V1)
