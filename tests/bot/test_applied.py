"""A write that was taken and is wanted again was undone: told once, and never of another walk or rollout."""

from bot.applied import Applied
from strategies.effects import CreateRoute, PatchRoute
from strategies.model import Claim

CLAIM = Claim("leadsman", "r1", 3)
WRITE = PatchRoute("eu", CLAIM, 0, weight=20)


def test_a_write_that_was_taken_is_undone_once() -> None:
    applied = Applied()
    applied.note("r1", WRITE)

    assert applied.knows("r1", WRITE)
    assert [applied.was_undone("r1", WRITE), applied.was_undone("r1", WRITE)] == [True, False]


def test_a_write_under_another_fence_is_another_write() -> None:
    applied = Applied()
    applied.note("r1", WRITE)

    assert not applied.was_undone("r1", PatchRoute("eu", Claim("leadsman", "r1", 4), 0, weight=20))
    assert not applied.was_undone("r2", WRITE)


def test_a_walk_that_was_seen_as_wanted_begins_anew_and_leaves_the_others() -> None:
    applied, other = Applied(), CreateRoute("us", CLAIM)
    applied.note("r1", WRITE)
    applied.note("r1", other)

    applied.settled("r1", "eu")
    assert (applied.knows("r1", WRITE), applied.knows("r1", other)) == (False, True)

    applied.forget("r1")
    assert not applied.knows("r1", other)
