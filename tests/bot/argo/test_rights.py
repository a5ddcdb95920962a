"""The rights we ask for are those that Rollouts use: the playground's cluster enforces them, and its log is compared."""

import json
from pathlib import Path

import pytest

from bot.rights import Right, referenced, rights
from strategies.events import Abort, Approve, Hold, Resume, Terminate
from strategies.model import Outcome
from tests.bot.accounts import kubeconfig, names, roles, used
from tests.bot.argo.place import ALICE, BOB, NAMESPACE, TARGET, Place, Thing, configured, opened, rollout
from tests.bot.argo.test_reference import referring


async def begun(place: Place, granted: tuple[Right, ...], *, observes: bool = False) -> None:
    """The bot started as an account with these rights and no other."""
    await place.cluster.apply(*roles(NAMESPACE, granted))
    path = kubeconfig(place.cluster, NAMESPACE, "leadsman", place.folder / "ours")
    document = configured() | {"mode": "observe" if observes else "run"}
    document["clusters"]["prod"] = {"kubeconfig": path}
    await place.start(document)


MEASURED: tuple[Thing, ...] = (
    {"setWeight": 20},
    {"analysis": {"templates": [{"templateName": "endless"}]}},
    {"pause": {}},
)


def endless() -> Thing:
    """A template whose analysis goes on until somebody ends it."""
    metric = {"name": "up", "interval": "1h", "count": 9, "provider": {"web": {"url": "http://stub.example/"}}}
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "AnalysisTemplate",
        "metadata": {"name": "endless", "namespace": NAMESPACE},
        "spec": {"metrics": [metric]},
    }


def driven(*, refers: bool) -> tuple[Thing, ...]:
    return referring(MEASURED) if refers else (rollout(strategy={"canary": {"steps": list(MEASURED)}}),)


async def everything_done(place: Place) -> None:
    """Each verb once that is no way back: whatever a rollout does to a cluster."""
    rollout_id = await place.deploy("v2")
    await place.until(rollout_id, lambda one: bool(one.walks[0].argo.runs))
    await place.act(rollout_id, lambda at: Terminate(at, BOB, "seen enough"))
    await place.asked(rollout_id)
    await place.act(rollout_id, lambda at: Hold(at, ALICE, "lunch"))
    await place.until_so(lambda thing: thing["spec"].get("paused") is True)
    await place.act(rollout_id, lambda at: Resume(at, ALICE))
    await place.until_so(lambda thing: not thing["spec"].get("paused"))
    ask = await place.asked(rollout_id)
    await place.act(rollout_id, lambda at: Approve(at, BOB, ask.id))
    assert (await place.ended(rollout_id)).outcome is Outcome.HEALTHY


@pytest.mark.parametrize("refers", [False, True], ids=["its own pods", "those of a Deployment"])
async def test_a_rollout_uses_exactly_the_rights_that_its_roles_have(tmp_path: Path, *, refers: bool) -> None:
    granted = rights([TARGET], referring=refers)
    answered = (200, json.dumps(1))
    async with opened(tmp_path, endless(), *driven(refers=refers), fetch=lambda _: answered) as place:
        await place.until_so(lambda thing: (thing.get("status") or {}).get("phase") == "Healthy")
        await begun(place, granted)
        await everything_done(place)
    assert used(place.cluster, NAMESPACE) == names(granted)


@pytest.mark.parametrize("refers", [False, True], ids=["its own pods", "those of a Deployment"])
async def test_who_only_observes_uses_exactly_the_rights_of_an_observer(tmp_path: Path, *, refers: bool) -> None:
    granted = rights([TARGET], observes=True, referring=refers)
    async with opened(tmp_path, *(referring() if refers else (rollout(),))) as place:
        await place.until_so(lambda thing: (thing.get("status") or {}).get("phase") == "Healthy")
        await begun(place, granted, observes=True)
        assert (await place.ended(await place.deploy("v2"))).outcome is Outcome.CANCELLED
    assert used(place.cluster, NAMESPACE) == names(granted)


async def test_one_that_refers_to_a_deployment_says_which_rights_it_needs_beside(tmp_path: Path) -> None:
    async with opened(tmp_path, *referring()) as place:
        await place.until_so(lambda thing: (thing.get("status") or {}).get("phase") == "Healthy")
        await begun(place, rights([TARGET]))
        sentence = await place.refused("v2")
    assert "may not do this in namespace shop of cluster prod: get deployments.apps" in sentence
    assert (
        "takes its pods from a Deployment (spec.workloadRef): name that as `workload.workloadRef` in the configuration, "
        "and give the account the rules that `leadsman rbac` prints then."
    ) in sentence


async def test_with_those_rights_one_that_refers_to_a_deployment_is_rolled_out(tmp_path: Path) -> None:
    async with opened(tmp_path, *referring()) as place:
        await place.until_so(lambda thing: (thing.get("status") or {}).get("phase") == "Healthy")
        await begun(place, rights([TARGET], referring=True))
        rollout_id = await place.deploy("v2")
        await place.asked(rollout_id)
        await place.act(rollout_id, lambda at: Abort(at, ALICE, "enough"))
        assert (await place.ended(rollout_id)).outcome is Outcome.ROLLED_BACK
    assert names(referenced(observes=False)) <= used(place.cluster, NAMESPACE)


@pytest.mark.parametrize("missing", [("rollouts", "patch"), ("rollouts/status", "patch"), ("analysisruns", "watch")])
async def test_a_right_that_is_missing_is_named_before_anything_is_touched(
    tmp_path: Path, missing: tuple[str, str]
) -> None:
    resource, verb = missing
    granted = tuple(one for one in rights([TARGET]) if (one.resource, one.verb) != missing)
    async with opened(tmp_path, rollout()) as place:
        await place.healthy()
        await begun(place, granted)
        sentence = await place.refused("v2")
    what, _, part = resource.partition("/")
    assert f"{verb} {what}.argoproj.io{'/' + part if part else ''}." in sentence
    assert "`leadsman rbac` prints" in sentence


async def test_who_may_not_look_at_cluster_wide_templates_is_told_that_they_were_not_looked_at(tmp_path: Path) -> None:
    granted = tuple(one for one in rights([TARGET]) if one.kind.namespaced)
    async with opened(tmp_path, rollout()) as place:
        await place.healthy()
        await begun(place, granted)
        rollout_id = await place.deploy("v2")
        await place.asked(rollout_id)
        notes = [facts["note"] for facts in await place.facts(rollout_id, "noted")]
    assert any("cluster-wide templates" in str(note) for note in notes)
