"""A write that was taken and is wanted again was undone: told once, and never of another walk or rollout."""

from bot.applied import Applied
from strategies.argo.driver import ArgoVerb
from strategies.argo.writes import ArgoWrite
from strategies.effects import CreateRoute, PatchRoute
from strategies.model import Claim

CLAIM = Claim("leadsman", "r1", 3)
WRITE = PatchRoute("eu", CLAIM, 0, weight=20)


def test_a_write_that_was_taken_is_undone_once() -> None:
    applied = Applied()
    applied.note("r1", WRITE, 0.0)

    assert applied.knows("r1", WRITE)
    assert [applied.was_undone("r1", WRITE), applied.was_undone("r1", WRITE)] == [True, False]


def test_a_write_under_another_fence_is_another_write() -> None:
    applied = Applied()
    applied.note("r1", WRITE, 0.0)

    assert not applied.was_undone("r1", PatchRoute("eu", Claim("leadsman", "r1", 4), 0, weight=20))
    assert not applied.was_undone("r2", WRITE)


def test_a_walk_that_was_seen_as_wanted_begins_anew_and_leaves_the_others() -> None:
    applied, other = Applied(), CreateRoute("us", CLAIM)
    applied.note("r1", WRITE, 0.0)
    applied.note("r1", other, 0.0)

    applied.settled("r1", "eu")
    assert (applied.knows("r1", WRITE), applied.knows("r1", other)) == (False, True)

    applied.forget("r1")
    assert not applied.knows("r1", other)


def test_a_verb_that_was_taken_is_not_sent_again_before_the_controller_had_its_time() -> None:
    applied, abort, pause = Applied(), ArgoWrite("eu", ArgoVerb.ABORT, "5f"), ArgoWrite("eu", ArgoVerb.PAUSE, "5f")
    applied.note("r1", abort, 100.0)

    assert [applied.rest("r1", abort, at) for at in (100.0, 103.0, 105.0, 200.0)] == [5.0, 2.0, 0.0, 0.0]
    assert applied.rest("r1", pause, 100.0) == 0.0
    assert not applied.was_undone("r1", abort)


def test_a_verb_that_is_not_wanted_any_more_had_its_effect_and_may_be_sent_again() -> None:
    applied, pause = Applied(), ArgoWrite("eu", ArgoVerb.PAUSE, "5f")
    applied.note("r1", pause, 100.0)

    applied.obeyed("r1", "eu", (pause,))
    assert applied.rest("r1", pause, 101.0) == 4.0
    applied.obeyed("r1", "eu", ())
    assert applied.rest("r1", pause, 101.0) == 0.0
