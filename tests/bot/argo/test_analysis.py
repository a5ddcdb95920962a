"""Analyses that Argo's controller makes: their measurements are evidence of ours, and what they decide is seen and asked."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from strategies.events import Approve, Terminate
from strategies.judge.verdict import Verdict
from strategies.model import AskKind, Outcome
from tests.bot.argo.place import BOB, IMAGE, NAMESPACE, Place, Thing, opened, rollout


class Answers:
    """The one metric source there is."""

    def __init__(self) -> None:
        self.value = 1.0

    def __call__(self, url: str) -> tuple[int, str]:
        return 200, json.dumps({"value": self.value})


def template() -> Thing:
    """Good from 0.9 on, bad under 0.5, and between the two nobody knows."""
    metric = {
        "name": "success",
        "interval": "2s",
        "count": 3,
        "successCondition": "result >= 0.9",
        "failureCondition": "result < 0.5",
        "provider": {"web": {"url": "http://stub.example/", "jsonPath": "{$.value}"}},
    }
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "AnalysisTemplate",
        "metadata": {"name": "success", "namespace": NAMESPACE},
        "spec": {"metrics": [metric]},
    }


STEPS = [{"setWeight": 50}, {"analysis": {"templates": [{"templateName": "success"}]}}]


@pytest.fixture
def answers() -> Answers:
    return Answers()


@pytest.fixture
async def measured(tmp_path: Path, answers: Answers) -> AsyncIterator[Place]:
    thing = rollout(strategy={"canary": {"steps": STEPS}})
    async with opened(tmp_path, template(), thing, fetch=answers) as place:
        await place.healthy()
        await place.start()
        yield place


async def test_what_passes_goes_live_and_its_measurements_are_kept(measured: Place) -> None:
    rollout_id = await measured.deploy("v2")
    ended = await measured.ended(rollout_id)

    assert ended.outcome is Outcome.HEALTHY, ended.why
    [activity] = ended.activities
    assert (activity.closed, activity.run.phase) == (True, Verdict.SUCCESSFUL)
    assert len(activity.run.metrics[0].measurements) == 3
    told = await measured.told(rollout_id)
    assert (told.count("analysis-started"), told.count("measured"), told.count("analysis-passed")) == (1, 3, 1)


async def test_what_fails_is_turned_back_by_the_controller_and_the_reason_is_told(
    measured: Place, answers: Answers
) -> None:
    answers.value = 0.1
    ended = await measured.ended(await measured.deploy("v2"))

    assert ended.outcome is Outcome.ROLLED_BACK
    assert 'Metric "success" assessed Failed' in ended.why
    assert (await measured.look()).stable_image == f"{IMAGE}:v1"


async def test_what_nobody_can_tell_is_asked_and_accepted_with_a_reason(measured: Place, answers: Answers) -> None:
    answers.value = 0.7
    rollout_id = await measured.deploy("v2")
    ask = await measured.asked(rollout_id)
    refused = await measured.core.engine.act(rollout_id, lambda at: Approve(at, BOB, ask.id))
    assert refused.refusal is not None

    await measured.act(rollout_id, lambda at: Approve(at, BOB, ask.id, "known noise"))

    assert ask.kind is AskKind.INCONCLUSIVE
    assert (await measured.ended(rollout_id)).outcome is Outcome.HEALTHY


async def test_a_run_that_is_terminated_lets_the_rollout_go_on(tmp_path: Path, answers: Answers) -> None:
    endless = template()
    endless["spec"]["metrics"][0]["count"] = 1000
    thing = rollout(strategy={"canary": {"steps": STEPS}})
    async with opened(tmp_path, endless, thing, fetch=answers) as place:
        await place.healthy()
        await place.start()
        rollout_id = await place.deploy("v2")
        await place.until(rollout_id, lambda one: bool(one.walks[0].argo.runs))
        await place.act(rollout_id, lambda at: Terminate(at, BOB, "seen enough"))
        ended = await place.ended(rollout_id)

    assert ended.outcome is Outcome.HEALTHY, ended.why


async def test_a_template_that_argo_would_not_take_is_told_before_anything_is_touched(measured: Place) -> None:
    await measured.kubectl("PATCH", "analysistemplates", "success", {"spec": {"metrics": [{"name": "success"}]}})
    assert "success" in await measured.refused("v2")
    assert (await measured.look()).image == f"{IMAGE}:v1"
