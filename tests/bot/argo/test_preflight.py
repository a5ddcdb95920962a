"""Every reason why a Rollout is not touched is told before it is, each with its mend."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.desk import Wish
from strategies.argo.seen import ArgoSeen
from tests.bot.argo.place import ALICE, IMAGE, NAMESPACE, Place, Thing, configured, opened, rollout

TRACKED = {"argocd.argoproj.io/tracking-id": "shop:argoproj.io/Rollout:shop/checkout"}


def annotated(**annotations: str) -> Callable[[Thing], None]:
    return lambda thing: thing["metadata"].update(annotations=annotations)


def step(**body: Any) -> Callable[[Thing], None]:
    return lambda thing: thing["spec"]["strategy"]["canary"]["steps"].append(body)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            annotated(**{"leadsman.dev/rollout": "other/r9/7"}),
            "held by another installation, other, for its rollout r9",
        ),
        (
            annotated(**{"leadsman.dev/rollout": "leadsman/r0/7"}),
            "held by rollout r0, which is not known to be live here",
        ),
        (annotated(**TRACKED), "is managed by Argo CD (application shop), whose sync policy cannot be read"),
        (step(analysis={"templates": [{"templateName": "absent"}]}), "absent"),
    ],
)
async def test_a_rollout_that_others_hold_or_that_could_not_go_through_is_refused(
    tmp_path: Path, change: Callable[[Thing], None], expected: str
) -> None:
    thing = rollout()
    async with opened(tmp_path, thing) as place:
        await place.healthy()
        change(thing)
        await place.kubectl("PATCH", "rollouts", "checkout", {"metadata": thing["metadata"], "spec": thing["spec"]})
        await place.until_so(
            lambda one: str(one["status"].get("observedGeneration")) == str(one["metadata"]["generation"])
        )
        await place.start()
        sentence = await place.refused("v2")
        assert place.cluster.get("Rollout", NAMESPACE, "checkout")["spec"]["template"] == thing["spec"]["template"]  # type: ignore[index]
    assert sentence.startswith("Not started.")
    assert expected in sentence
    assert sentence.endswith("Nothing changed.")


def application(*, heals: bool) -> Thing:
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": "shop", "namespace": "argocd"},
        "spec": {"syncPolicy": {"automated": {"selfHeal": heals}}},
    }


async def test_argo_cds_self_heal_would_take_a_direct_change_back_so_git_is_the_way(tmp_path: Path) -> None:
    thing = rollout()
    thing["metadata"]["annotations"] = TRACKED
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "argocd"}}
    async with opened(tmp_path, thing, namespace, application(heals=True)) as place:
        await place.healthy()
        await place.start()
        sentence = await place.refused("v2")
        await place.set_image("v2", manager="argocd-controller")
        found = await place.live()
        assert await place.asked(found.id), "what Argo CD begins has its card and its gates"

    assert "The Argo CD application shop keeps this Rollout as Git has it (selfHeal)" in sentence
    assert "Change the version in Git instead; promote, abort, pause and retry stay possible here." in sentence


async def test_without_self_heal_it_starts_with_a_note(tmp_path: Path) -> None:
    thing = rollout()
    thing["metadata"]["annotations"] = TRACKED
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "argocd"}}
    async with opened(tmp_path, thing, namespace, application(heals=False)) as place:
        await place.healthy()
        await place.start()
        rollout_id = await place.deploy("v2")
        await place.asked(rollout_id)
        [note] = [facts["note"] for facts in await place.facts(rollout_id, "noted")]
    assert (
        note
        == "Argo CD manages it (application shop) and deploys each new commit by itself; bring the version to Git afterwards."
    )


async def test_a_container_that_is_not_there_is_named_with_those_that_are(tmp_path: Path) -> None:
    async with opened(tmp_path, rollout()) as place:
        await place.healthy()
        await place.start(configured(workload={"rollout": "checkout", "container": "wob"}))
        sentence = await place.refused("v2")
    assert "Rollout shop/checkout has no container wob; it has: web. Correct `workload.container`" in sentence


async def test_what_is_under_way_without_us_is_not_overrun(place: Place) -> None:
    await place.core.elsewhere.stop()
    await place.set_image("v2")
    await place.until_so(lambda thing: thing["status"].get("phase") == "Paused")
    sentence = await place.refused("v3")
    assert f"{IMAGE}:v2 is on its way there, not through Leadsman" in sentence


async def test_a_plan_shows_the_steps_of_the_rollout_and_changes_nothing(place: Place) -> None:
    found = await place.core.desk.preview(Wish("checkout", "v2", "prod", ALICE))
    assert isinstance(found, tuple)
    _, _, checked = found
    assert checked.problems == ()
    assert isinstance(checked.seen, ArgoSeen)
    assert checked.seen.steps == ("setWeight: 20", "pause", "setWeight: 60", "pause: 5s")
    assert checked.base is not None
    assert (checked.base.version, checked.replicas) == ("v1", 4)
    assert (await place.look()).image == f"{IMAGE}:v1"
