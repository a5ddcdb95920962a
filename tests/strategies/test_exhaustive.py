"""Every state that a small world can reach: two replicas, one weight and a gate, two acts of people, a crash before any write, and one
write that may arrive late. In each of them nobody is turned away, and from each of them there is a way home."""

from datetime import datetime

import pytest

from strategies.aim import claims
from strategies.events import Abort, Approve, Begin, Command, Found, Hold, Observed, Preflighted, PromoteFull, Resume
from strategies.look import is_as_aimed
from strategies.machine import decide
from strategies.model import Actor, Claim, Native, Outcome, Revision, Rollout, Stage, Walk, Who
from strategies.steps import Gate, Plan, SetWeight, Step
from tests.strategies.explore import Explorer, Luck, timeless
from tests.strategies.properties import check_all, highest_allowed, inert
from tests.strategies.world import (
    HOTFIX,
    T0,
    V1,
    V2,
    World,
    at_rest,
    attempt,
    look,
    shifted,
    shortage,
    target,
    unserved,
)

REPLICAS = 2
ALICE = Who(Actor("U1", "alice"), frozenset({"deployer"}))
BOB = Who(Actor("U2", "bob"), frozenset({"deployer", "approver"}))


def begun(*, routed: bool, steps: tuple[Step, ...] = (SetWeight(50), Gate())) -> Rollout:
    """A rollout that passed preflight and has not looked yet."""
    plan = Plan("careful", steps)
    walk = Walk("prod", target(routed=routed), Native(plan), Revision("v1", V1), REPLICAS)
    rollout = Rollout("ro1", "one", "checkout", "prod", Revision("v2", V2), ALICE.actor, T0, "careful", (walk,))
    found = Found("prod", Revision("v1", V1), REPLICAS, look(at_rest(REPLICAS), T0))
    return timeless(decide(decide(rollout, Begin(T0)).rollout, Preflighted(T0, (), (found,))).rollout)


def approve(rollout: Rollout, at: datetime) -> Command | None:
    return next((Approve(at, BOB, ask.id) for ask in rollout.asks if ask.is_open), None)


def abort(rollout: Rollout, at: datetime) -> Command:
    return Abort(at, ALICE, "a bad feeling")


def promote_full(rollout: Rollout, at: datetime) -> Command:
    return PromoteFull(at, BOB, "it burns")


def hold(rollout: Rollout, at: datetime) -> Command:
    return Hold(at, ALICE)


def resume(rollout: Rollout, at: datetime) -> Command:
    return Resume(at, ALICE)


def scaled_by_hand(world: World) -> World:
    return world._replace(stable=world.stable._replace(replicas=1), manager="kubectl-scale")


def image_by_hand(world: World) -> World:
    return world._replace(stable=world.stable._replace(image=HOTFIX), manager="kubectl-set")


def weight_by_hand(world: World) -> World:
    return world if world.weight is None else shifted(world._replace(manager="kubectl-edit"), 100)


def claimed_by_another(world: World) -> World:
    claim = Claim("two", "theirs", world.stable.claim.fence if world.stable.claim else 1)
    return world._replace(stable=world.stable._replace(claim=claim))


def explored(explorer: Explorer) -> dict[int, tuple[int, ...]]:
    """Every state with its fair followers; each decision and each state checked on the way."""
    checked = 0
    following: dict[int, tuple[int, ...]] = {}
    for step in explorer.steps():
        following[step.state] = step.fair
        for one in explorer.decisions[checked:]:
            check_all(one.before, Observed(T0, "prod", one.seen, T0), one.after, one.writes)
        checked = len(explorer.decisions)
        state_is_safe(explorer, step.state)
    return following


def state_is_safe(explorer: Explorer, state: int) -> None:
    rollout, world = explorer.rollout_of(state), explorer.world_of(state)
    late, walk = explorer.late_of(state), rollout.walks[0]
    if rollout.is_final and late is not None:
        assert inert(world, late), "a late write changed what an ended rollout left"
        assert attempt(world, late).stable == world.stable, "a late write took the claim again"
    if late is not None and walk.converged and stands(walk, world):
        assert inert(world, late), "a write outlived its decision"
    if rollout.stage is Stage.WALKING and not explorer.strangers:
        assert (world.weight or 0) <= highest_allowed(rollout, rollout.walks[0]), (
            "more traffic than the plan has come to"
        )


def stands(walk: Walk, world: World) -> bool:
    """Whether the world is as it is wanted, with the last fence on every object."""
    seen = look(world, T0)
    fenced = all(claim.fence == walk.fence for claim in claims(seen))
    return fenced and walk.aim is not None and is_as_aimed(walk, walk.aim, seen)


def at_ease(rollout: Rollout) -> bool:
    """Whether nothing but people is waited for."""
    held = bool(rollout.holds)
    return rollout.is_final or held or (rollout.stage is Stage.WALKING and any(ask.is_open for ask in rollout.asks))


def dead_ends(explorer: Explorer, following: dict[int, tuple[int, ...]]) -> set[int]:
    """The states from which the course of things never leads to an end or to people."""
    leading: dict[int, list[int]] = {}
    for state, fair in following.items():
        for one in fair:
            leading.setdefault(one, []).append(state)
    waiting = [state for state in following if at_ease(explorer.rollout_of(state))]
    good = set(waiting)
    while waiting:
        for one in leading.get(waiting.pop(), ()):
            if one not in good:
                good.add(one)
                waiting.append(one)
    return set(following) - good


MODES = pytest.mark.parametrize("routed", [True, False], ids=["router", "pods"])


@MODES
def test_whatever_crashes_or_comes_late_everybody_is_served_and_home_is_reached(routed: bool) -> None:
    explorer = Explorer(begun(routed=routed), at_rest(REPLICAS), Luck(acts=2), (approve, abort, promote_full, hold))
    following = explored(explorer)

    for world in explorer.worlds.things:
        assert unserved(world, routed=routed) == 0, f"requests found no ready pod: {world}"
        assert shortage(world, REPLICAS, 0, routed=routed) == 0, f"too few pods for the traffic: {world}"
    assert not dead_ends(explorer, following)
    outcomes = {explorer.rollout_of(state).outcome for state in following}
    assert outcomes == {None, Outcome.HEALTHY, Outcome.ROLLED_BACK, Outcome.CANCELLED}
    assert len(following) > 100_000, "the world has become smaller: less is explored than it seems"


@MODES
def test_weight_that_a_plan_takes_back_is_not_brought_again_by_a_late_write(routed: bool) -> None:
    start = begun(routed=routed, steps=(SetWeight(50), SetWeight(0), Gate()))
    explorer = Explorer(start, at_rest(REPLICAS), Luck(acts=1), (approve, abort))
    following = explored(explorer)

    assert not any(unserved(world, routed=routed) for world in explorer.worlds.things)
    assert not dead_ends(explorer, following)


@MODES
def test_holding_and_resuming_at_any_moment_turns_nobody_away(routed: bool) -> None:
    explorer = Explorer(
        begun(routed=routed), at_rest(REPLICAS), Luck(acts=3), (approve, abort, hold, resume), late=False
    )
    following = explored(explorer)

    assert not any(unserved(world, routed=routed) for world in explorer.worlds.things)
    assert not dead_ends(explorer, following)


@MODES
def test_a_pod_lost_at_any_moment_is_taken_into_account_at_the_next_look(routed: bool) -> None:
    luck = Luck(acts=2, losses=1)
    explorer = Explorer(begun(routed=routed), at_rest(REPLICAS), luck, (approve, abort, promote_full), late=False)
    following = explored(explorer)

    assert not dead_ends(explorer, following)


@MODES
def test_whatever_somebody_else_writes_there_is_a_way_home_or_people_are_asked(routed: bool) -> None:
    strangers = (scaled_by_hand, image_by_hand, weight_by_hand, claimed_by_another)
    luck = Luck(acts=2, strangers=1)
    acts = (approve, abort, resume)
    explorer = Explorer(begun(routed=routed), at_rest(REPLICAS), luck, acts, strangers, late=False)
    following = explored(explorer)

    assert not dead_ends(explorer, following)


@MODES
def test_it_can_be_aborted_in_every_state_but_on_its_way_back(routed: bool) -> None:
    explorer = Explorer(
        begun(routed=routed), at_rest(REPLICAS), Luck(acts=2), (approve, promote_full, hold), late=False
    )
    for step in explorer.steps():
        rollout = explorer.rollout_of(step.state)
        decision = decide(rollout, abort(rollout, T0))
        assert (decision.refusal is None) == (not rollout.is_final)
        assert rollout.is_final or decision.rollout.stage in (Stage.REVERTING, Stage.ENDED)
