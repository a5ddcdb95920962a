"""Two installations that start at one moment on one workload: the claim lets one of them have it, whoever comes first."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from strategies.model import Outcome
from strategies.steps import Pause, SetWeight
from tests.strategies.story import MINUTE, Story, approving
from tests.strategies.world import V2, World, at_rest, settled

STEPS = (SetWeight(25), Pause(MINUTE), SetWeight(50))


def begun(instance: str) -> Story:
    story = Story(STEPS).begins()
    story.rollout = replace(story.rollout, id=f"of-{instance}", instance=instance)
    return story


def looks(story: Story, world: World, done: int) -> World:
    """The world after one of them looked at it and did so many of its writes."""
    story.world = world
    for write in story.looks()[:done]:
        story.performs(write)
    return settled(story.world)


def owner(world: World) -> str | None:
    claim = world.stable.claim
    return claim.rollout if claim is not None and claim.rollout else None


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 3)), max_size=40))
def test_only_one_of_them_ever_moves_it(turns: list[tuple[bool, int]]) -> None:
    one, two = begun("one"), begun("two")
    world = at_rest(4)
    owners: list[str] = []
    for first, done in turns:
        world = looks(one if first else two, world, done)
        owners += [found] if (found := owner(world)) and found not in owners else []
    assert len(owners) <= 1


def test_two_looks_at_one_moment_make_one_owner_and_the_other_ends_at_once() -> None:
    one, two = begun("one"), begun("two")
    ours, theirs = one.looks(), two.looks()
    for write in ours:
        one.performs(write)
    two.world = one.world
    for write in theirs:
        two.performs(write)
    assert owner(two.world) == "of-one"
    two.runs()
    assert two.outcome is Outcome.REFUSED
    assert "claimed by one" in two.rollout.why
    one.world = two.world
    assert approving(one.runs()).outcome is Outcome.HEALTHY
    assert one.serves(V2)
