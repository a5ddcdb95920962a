"""What a controller owes after a verb: it has to be seen that it did nothing yet, or nobody is told that the verb came to nothing."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from strategies.argo.driver import ArgoVerb
from strategies.argo.objects import Objects
from strategies.argo.seen import ArgoSeen
from strategies.argo.sight import seen
from strategies.argo.standing import owes
from strategies.events import What
from tests.strategies.argo.recording import NAMES, load
from tests.strategies.argo.requests import Thing, asked, at_entry, decided, ours, patched, rollout_of, write_of
from tests.strategies.argo.story import MINUTE, TARGET, ArgoStory, at_the_gate
from tests.strategies.argo.test_sight import looks
from tests.strategies.argo.world import ArgoWorld

SHORT = timedelta(seconds=8)
"""More than the recorded controller took anywhere (12d: an invalid specification that is tried again), the lost promote of 15h left out."""


def look(objects: Objects, **things: Any) -> ArgoSeen:
    """How the Rollout looks with some of its objects changed."""
    changed = replace(objects, **things)
    target = replace(TARGET, workload=rollout_of(changed)["metadata"]["name"])
    return seen(target, changed, load("02-canary-basic").start)


@pytest.mark.parametrize("name", NAMES)
def test_after_every_verb_it_is_seen_that_the_controller_has_not_reacted(name: str) -> None:
    for one in asked(name):
        write, container = write_of(one)
        written = patched(write, one.objects, container)
        if isinstance(written, tuple) and written:
            after = ours(one.objects, written)
            assert owes(look(one.objects, rollout=after["rollouts"], workload=after.get("deployments"))), one


def test_after_a_terminate_too() -> None:
    objects = at_entry("14d-promote-during-analysis", 86)
    run: Thing = dict(objects.runs[0])
    assert not owes(look(objects))
    assert patched(decided(ArgoVerb.TERMINATE, objects, run=run["metadata"]["name"]), objects)
    assert owes(look(objects, runs=[run | {"spec": run["spec"] | {"terminate": True}}]))


@pytest.mark.parametrize("name", [name for name in NAMES if not name.startswith("15h")])
def test_a_controller_that_works_owes_nothing_for_long(name: str) -> None:
    since: dict[str, ArgoSeen] = {}
    for moment, found in looks(name):
        if not owes(found):
            since.pop(moment.rollout, None)
        first = since.setdefault(moment.rollout, found) if owes(found) else found
        assert found.at - first.at < SHORT, (moment.rollout, found.message)


def _measuring() -> ArgoStory:
    world = ArgoWorld(("setWeight: 20", "analysis", "pause", "setWeight: 60", "pause"))
    world.verdict = world.verdict.RUNNING
    return ArgoStory(world).deploys()


def _approved(story: ArgoStory) -> str | None:
    return story.approves("bob") or story.approves("carol")


PRESSES: Mapping[str, tuple[Callable[[], ArgoStory], Callable[[ArgoStory], str | None]]] = {
    "approve": (at_the_gate, _approved),
    "skip the pause": (at_the_gate, lambda story: story.skips("bob", "a hotfix")),
    "promote --full": (at_the_gate, lambda story: story.promotes_full("bob", "a hotfix")),
    "abort": (at_the_gate, lambda story: story.aborts()),
    "pause": (at_the_gate, lambda story: story.pauses()),
    "skip the analysis": (_measuring, lambda story: story.skips("bob", "known to be slow")),
    "promote --full past the analysis": (_measuring, lambda story: story.promotes_full("bob", "a hotfix")),
}


@pytest.mark.parametrize("press", PRESSES)
def test_a_verb_that_is_accepted_and_comes_to_nothing_is_told_of_within_a_minute(press: str) -> None:
    begun, pressed = PRESSES[press]
    story = begun()
    story.world.running = False
    assert pressed(story) is None
    story.passes(MINUTE)
    (told,) = story.told(What.STUCK)
    assert "is its controller running?" in str(told["why"])
