"""What speaks against beginning on a Rollout as it is."""

from dataclasses import replace

import pytest

from strategies.argo.driver import Start
from strategies.argo.seen import ArgoSeen, Kind
from strategies.argo.start import start_problem
from strategies.model import Revision
from tests.strategies.argo.story import at_the_gate
from tests.strategies.argo.world import T0, V1, V2, V3, ArgoWorld, hash_of

OLD, NEW, NEXT = Revision("v1", V1), Revision("v2", V2), Revision("v3", V3)


def at_rest() -> ArgoSeen:
    return ArgoWorld(("setWeight: 20", "pause")).seen()


def moving() -> ArgoSeen:
    return at_the_gate().world.seen()


def aborted() -> ArgoSeen:
    story = at_the_gate()
    story.aborts("alice", "errors")
    return story.world.seen()


@pytest.mark.parametrize(
    ("start", "seen", "candidate", "said"),
    [
        (Start.DEPLOY, ArgoSeen(T0), NEW, "no such Rollout"),
        (Start.DEPLOY, replace(at_rest(), observed=False), NEW, "not taken up"),
        (Start.DEPLOY, replace(at_rest(), current_hash=""), NEW, "older than"),
        (Start.DEPLOY, at_rest(), OLD, "already runs there"),
        (Start.DEPLOY, moving(), NEW, "already on its way"),
        (Start.DEPLOY, moving(), NEXT, "not through Leadsman"),
        (Start.DEPLOY, aborted(), NEW, "retry it instead"),
        (Start.DEPLOY, replace(at_rest(), keeper="shop", self_heals=True), NEW, "Change the version in Git"),
        (Start.UNDO, replace(at_rest(), keeper="shop", self_heals=True), NEW, "Change the version in Git"),
        (Start.RETRY, replace(aborted(), observed=False), NEW, "not taken up"),
        (Start.RETRY, at_rest(), OLD, "not aborted"),
        (Start.RETRY, aborted(), NEXT, "deploy v3 instead"),
        (Start.RETRY, replace(aborted(), fast_track="revision 2 is still up"), NEW, "skip the gate"),
        (Start.RESTART, moving(), OLD, "Not while another version"),
    ],
)
def test_a_start_that_would_do_harm_or_nothing_is_refused(
    start: Start, seen: ArgoSeen, candidate: Revision, said: str
) -> None:
    assert said in (start_problem(start, seen, candidate) or "")


@pytest.mark.parametrize(
    ("start", "seen", "candidate"),
    [
        (Start.DEPLOY, at_rest(), NEW),
        (Start.DEPLOY, aborted(), NEXT),
        (Start.DEPLOY, replace(moving(), stable_hash=""), NEXT),
        (Start.UNDO, aborted(), OLD),
        (Start.RETRY, aborted(), NEW),
        (Start.RETRY, replace(aborted(), keeper="shop", self_heals=True), NEW),
        (Start.RESTART, at_rest(), OLD),
        (Start.RESTART, replace(at_rest(), keeper="shop", self_heals=True), OLD),
        (Start.ELSEWHERE, moving(), NEW),
    ],
)
def test_what_can_begin_may(start: Start, seen: ArgoSeen, candidate: Revision) -> None:
    assert start_problem(start, seen, candidate) is None


def test_a_deploy_of_what_an_undo_left_up_would_skip_the_gate_09f() -> None:
    world = ArgoWorld((), Kind.BLUE_GREEN)
    world.revisions.append((2, hash_of(V2), V2))
    world.left_up = hash_of(V2)
    assert "skip the gate" in (start_problem(Start.DEPLOY, world.seen(), NEW) or "")
    assert start_problem(Start.DEPLOY, world.seen(), NEXT) is None
    assert start_problem(Start.UNDO, world.seen(), NEW) is None
