"""The recorded controller, followed by rollouts of ours from every template change to its end."""

import pytest

from strategies.argo.driver import ArgoVerb
from strategies.events import What
from strategies.model import AskEnd, AskKind, Outcome, Rollout
from tests.strategies.argo.recording import NAMES, load
from tests.strategies.argo.replay import Replay

HEALTHY, BACK, OTHER = Outcome.HEALTHY, Outcome.ROLLED_BACK, Outcome.SUPERSEDED

OTHERWISE: dict[str, list[tuple[str, Outcome]]] = {
    "03-abort-retry-undo": [("v2", BACK)],
    "03b-abort-then-new-image": [("v2", BACK)],
    "06-new-image-mid-rollout": [("v2", OTHER)],
    "07a-bad-image-deadline": [("v2-bad", OTHER)],
    "07b-bad-image-deadline-abort": [("v2-bad", BACK)],
    "08b-analysis-step-failing": [("v2", BACK)],
    "08d-analysis-error-default-limit": [("v2", BACK)],
    "08f-background-analysis-failing": [("v2", BACK)],
    "08h-prometheus-pass-then-fail": [("v2", BACK)],
    "08i-prometheus-no-data-and-nan": [("v2", BACK), ("v2", BACK)],
    "09c-bluegreen-post-promotion-failing": [("v2", BACK)],
    "09e-bluegreen-pre-promotion-failing": [("v2", BACK)],
    "09f-bluegreen-abort-then-quick-retry": [("v2", BACK)],
    "09h-bluegreen-abort-late-retry": [("v2", BACK)],
    "09i-bluegreen-pre-promotion-quick-retry": [("v2", BACK)],
    "12d-analysis-template-missing-late": [("v2", BACK)],
    "13b-nginx-abort": [("v2", BACK)],
    "14b-experiment-with-failing-analysis": [("v2", BACK)],
    "15a-trap-promote-reaches-newer-revision": [("v2", OTHER), ("v3", OTHER)],
    "15e-trap-promote-when-nothing-to-promote": [("v2", BACK)],
    "15g-abort-while-spec-paused": [("v2", BACK)],
    "16-who-did-it": [("v2", BACK), ("v3", BACK)],
}
"""How it ended where it did not go live, the first deployment left out."""


@pytest.mark.parametrize("name", NAMES)
def test_it_ends_as_the_recording_ends_and_asks_exactly_at_the_pauses_that_need_a_person(name: str) -> None:
    replay = Replay(load(name)).plays()
    ends = [_end(one) for one in replay.ended if one.walks[0].argo.base_hash]
    expected = OTHERWISE.get(name)
    assert ends == expected if expected is not None else all(outcome is HEALTHY for _, outcome in ends)
    assert all(one.outcome is HEALTHY for one in replay.ended if not one.walks[0].argo.base_hash)


def _end(rollout: Rollout) -> tuple[str, Outcome | None]:
    return rollout.candidate.version, rollout.outcome


def test_a_promote_by_kubectl_is_told_and_voids_the_question() -> None:
    replay = Replay(load("02-canary-basic")).plays()
    promoted = [one for one in replay.heard if one.what is What.PROMOTED]
    assert [(one.by.surface, one.facts["elsewhere"]) for one in promoted] == [("cluster", True)]


def test_what_the_controller_measured_is_told_once_and_kept() -> None:
    replay = Replay(load("08b-analysis-step-failing")).plays()
    (rollout,) = [one for one in replay.ended if one.candidate.version == "v2"]
    measured = [one.facts["number"] for one in replay.heard if one.what is What.MEASURED and one.by]
    assert measured[:2] == [1, 2]
    assert [activity.run.phase for activity in rollout.activities] == ["Failed"]
    assert [one.facts["verdict"] for one in replay.heard if one.what is What.ANALYSIS_FAILED] == ["Failed"]


def test_a_pause_that_an_inconclusive_run_carries_the_walk_past_is_kept_from_or_asked_for_08l() -> None:
    replay = Replay(load("08l-trap-inconclusive-background-skips-pause")).plays()
    assert ArgoVerb.PAUSE in [write.verb for write in replay.writes]
    passed = [ask for ask in replay.live["web"].asks if ask.kind is AskKind.GATE and ask.binding.position == 1]
    assert [ask.ended for ask in passed] == [AskEnd.VOID]


def test_an_abort_that_the_controller_ignores_turns_nothing_back_15c() -> None:
    replay = Replay(load("15c-trap-abort-after-promote-full")).plays()
    assert replay.ended[-1].outcome is HEALTHY
    assert What.REVERTING not in [one.what for one in replay.heard]


def test_a_change_that_the_controller_lost_is_noticed_and_told_15h() -> None:
    replay = Replay(load("15h-race-promote-lost-until-next-event")).plays()
    (rollout,) = replay.live.values()
    assert rollout.walks[0].argo.owed is not None


def test_one_promote_that_ends_two_pauses_voids_both_questions_08m() -> None:
    replay = Replay(load("08m-background-inconclusive-at-pause")).plays()
    voided = [one for one in replay.heard if one.what is What.ASK_VOID]
    assert len(voided) == 2
    assert len([one for one in replay.heard if one.what is What.PROMOTED]) == 1


def test_a_pause_set_and_lifted_in_the_cluster_is_a_hold_that_comes_and_goes() -> None:
    replay = Replay(load("05-spec-paused")).plays()
    whats = [one.what for one in replay.heard if one.what in (What.HELD, What.RESUMED)]
    assert whats == [What.HELD, What.RESUMED] * 3
