"""The playground's Rollouts controller, driven by the recorded acts, tells what the real one told."""

import asyncio
import math
from collections.abc import Callable, Iterable
from functools import cache

import pytest

from tests.playground.kubernetes.rollouts import told
from tests.playground.kubernetes.rollouts.player import Happened, Player, Recording

SPREAD = {
    "08k-inconclusive-background": "a count and the second pause come in one event",
    "08l-trap-inconclusive-background-skips-pause": "a count and the second pause come in one event",
    "15b2-promote-full-after-undo-race": "pods are ready sooner: the last two changes come in two events",
    "15d-trap-promote-twice": "the real controller took more than 0.4 s for the first promote, so that the second came before it",
}
"""Compared field by field, not event by event: the same changes are spread over the events in another way."""

ENDS = {
    "11a-restart": "the ReplicaSet replaces a pod at once: its short absence is not counted",
    "15h-race-promote-lost-until-next-event": "recorded under heavy load: whole steps were counted late",
}
"""Compared by what they come to."""

UNTIL = {"16-who-did-it": 6.0}
"""Compared up to a moment: then somebody applies a list of containers, which the playground takes as one value."""

SAME = (
    "01a-first-deploy-canary", "01b-first-deploy-bluegreen", "01c-first-deploy-analysis-step", "02-canary-basic",
    "02b-canary-basic-maxsurge1", "03-abort-retry-undo", "03b-abort-then-new-image", "04-promote-full",
    "05-spec-paused", "06-new-image-mid-rollout", "07a-bad-image-deadline", "07b-bad-image-deadline-abort",
    "07c-crash-bluegreen-deadline", "07d-deadline-while-paused", "08a-analysis-step-passing",
    "08b-analysis-step-failing", "08c-analysis-inconclusive-promote", "08d-analysis-error-default-limit",
    "08e-background-analysis", "08f-background-analysis-failing", "08g-dry-run-metric",
    "08h-prometheus-pass-then-fail", "08i-prometheus-no-data-and-nan", "08j-web-provider-errors",
    "08m-background-inconclusive-at-pause", "09a-bluegreen-manual", "09b-bluegreen-pre-promotion-analysis",
    "09c-bluegreen-post-promotion-failing", "09d-bluegreen-auto-promotion-seconds",
    "09e-bluegreen-pre-promotion-failing", "09f-bluegreen-abort-then-quick-retry",
    "09g-bluegreen-undo-within-scaledowndelay", "09h-bluegreen-abort-late-retry",
    "09i-bluegreen-pre-promotion-quick-retry", "10a-undo-to-revision", "10b-undo-noop-and-missing",
    "10c-rollback-window", "10d-rollback-outside-window", "11b-workloadref-set-image",
    "12a-invalidspec-two-kinds-in-step", "12b-invalidspec-missing-service", "12c-invalidspec-gallery",
    "12d-analysis-template-missing-late", "13a-nginx-steps", "13b-nginx-abort", "13c-nginx-set-canary-scale",
    "13d-nginx-annotations", "13e-nginx-ingress-edited-by-hand", "14a-experiment-step",
    "14b-experiment-with-failing-analysis", "14c-promote-during-experiment", "14d-promote-during-analysis",
    "15a-trap-promote-reaches-newer-revision", "15b-trap-promote-full-right-after-undo",
    "15c-trap-abort-after-promote-full", "15e-trap-promote-when-nothing-to-promote",
    "15f-trap-promote-during-setweight", "15g-abort-while-spec-paused", *UNTIL,
)  # fmt: skip
"""Every event of the Rollout tells the same, but for what `told` leaves aside."""

LATE = ("15d-trap-promote-twice",)
"""Its second promote met a step of the controller that was half done."""

TWICE = ("14b-experiment-with-failing-analysis",)
"""The real controller made the AnalysisRun of its Experiment twice: its second look did not know of the first run yet."""

PLAYED = (*SAME, *SPREAD, *ENDS)
_View = Callable[[Iterable[Happened]], told.Told]


@cache
def _played(name: str) -> tuple[Recording, Player]:
    """A recording, and what came of its acts; played once for all tests."""
    recording = Recording.load(name)
    player = Player(recording)
    asyncio.run(player.play())
    return recording, player


def _both(name: str) -> tuple[list[Happened], list[Happened]]:
    """The events of a recording and those of the playground."""
    recording, player = _played(name)
    until = UNTIL.get(name, recording.end + 1)
    return _before(until, recording.events), _before(until, player.events)


def _before(until: float, events: list[Happened]) -> list[Happened]:
    return [event for event in events if event.at < until]


def _difference(name: str, view: _View) -> str:
    recorded, played = _both(name)
    return told.first_difference(view(recorded), view(played))


def test_every_recording_is_played() -> None:
    assert set(PLAYED) == set(Recording.names())


@pytest.mark.parametrize("name", SAME)
def test_every_event_of_a_rollout_tells_the_same(name: str) -> None:
    assert not _difference(name, told.rollout_events)


@pytest.mark.parametrize("name", SPREAD)
def test_every_field_of_a_rollout_goes_through_the_same_values(name: str) -> None:
    assert not _difference(name, told.rollout_fields)


@pytest.mark.parametrize("name", PLAYED)
def test_a_rollout_ends_with_the_same_status(name: str) -> None:
    assert not _difference(name, told.ends)


@pytest.mark.parametrize("name", PLAYED)
def test_replica_sets_are_told_the_same_sizes_and_revisions(name: str) -> None:
    assert not _difference(name, told.sizes)
    assert not _difference(name, told.revisions)
    assert not _difference(name, told.resting)


@pytest.mark.parametrize("name", PLAYED)
def test_services_and_ingresses_send_the_traffic_the_same_way(name: str) -> None:
    assert not _difference(name, told.selected)
    assert not _difference(name, told.weights)


@pytest.mark.parametrize("name", [name for name in PLAYED if name not in TWICE])
def test_analysis_runs_come_to_the_same_verdicts(name: str) -> None:
    assert not _difference(name, told.runs)


@pytest.mark.parametrize("name", [name for name in PLAYED if name not in LATE])
def test_every_request_is_answered_with_the_same(name: str) -> None:
    _, player = _played(name)
    for act, answer in player.answers:
        recorded, played = told.answer(act["response_body"]), told.answer(answer)
        if act["at_ms"] < UNTIL.get(name, math.inf) * 1000:
            assert {key: played.get(key) for key in recorded} == recorded, act["verb"]


@pytest.mark.parametrize("name", [name for name in PLAYED if name not in TWICE])
def test_the_controller_says_the_same_in_events(name: str) -> None:
    recorded, played = (told.sayings(events) for events in _both(name))
    if recorded:
        assert not told.unsaid(recorded, played)
        assert not told.unsaid(played, recorded)
