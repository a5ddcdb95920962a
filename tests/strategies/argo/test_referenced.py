"""With a `workloadRef` the Deployment is written, as surely as a Rollout is: by what was recorded (11b) and what may happen meanwhile."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from typing import Any, cast

import pytest

from bot.playground.kubernetes.json_patch import PatchFailedError
from strategies.argo.driver import ArgoVerb
from strategies.argo.objects import Objects
from strategies.argo.writes import ArgoWrite, Changed, Patch, Resource
from strategies.model import Claim
from strategies.native.claims import CLAIM
from tests.strategies.argo.requests import Asked, Thing, asked, decided, ours, patched, rollout_of, write_of

NAME = "11b-workloadref-set-image"
OURS, FREE = Claim("leadsman", "r1", 4), Claim("leadsman", "", 4)
WORDS = ("set image", "undo")


def recorded(words: str) -> Asked:
    """The verb as it was recorded; the Rollout and its Deployment are those of that moment."""
    one = next(one for one in asked(NAME) if one.words.startswith(words))
    return replace(one, objects=deepcopy(one.objects))


def deployment_of(objects: Objects) -> Thing:
    assert objects.workload is not None
    return cast(Thing, objects.workload)


def held(objects: Objects, claim: Claim = OURS) -> Objects:
    """The same with a claim of ours on the Rollout."""
    rollout_of(objects)["metadata"].setdefault("annotations", {})[CLAIM] = f"leadsman/{claim.rollout}/{claim.fence}"
    return objects


def written(write: ArgoWrite, objects: Objects) -> tuple[Patch, ...]:
    found = patched(write, objects)
    assert isinstance(found, tuple), found
    return found


def sent(one: Asked) -> tuple[Patch, ...]:
    return written(write_of(one)[0], one.objects)


def claims(objects: Objects, claim: Claim) -> tuple[Patch, ...]:
    """What the claim alone is written with."""
    return written(decided(ArgoVerb.CLAIM, objects, claim=claim), objects)


def after(objects: Objects, patches: tuple[Patch, ...]) -> Objects:
    done = ours(objects, patches)
    return replace(objects, rollout=done["rollouts"], workload=done["deployments"])


@pytest.mark.parametrize("words", WORDS)
def test_the_rollout_is_tested_before_the_deployment_is_written(words: str) -> None:
    one = recorded(words)
    first, second = sent(one)
    assert (first.kind, second.kind) == (Resource.ROLLOUTS, Resource.DEPLOYMENTS)
    assert {operation["op"] for operation in first.operations} == {"test"}
    tested = {operation["path"]: operation["value"] for operation in first.operations}
    status = rollout_of(one.objects)["status"]
    assert tested["/status/currentPodHash"] == status["currentPodHash"]
    assert tested["/status/workloadObservedGeneration"] == status["workloadObservedGeneration"]
    generation = deployment_of(one.objects)["metadata"]["generation"]
    assert {"op": "test", "path": "/metadata/generation", "value": generation} in second.operations


def _newer_hash(objects: Objects) -> None:
    rollout_of(objects)["status"]["currentPodHash"] = "newer"


def _claimed(objects: Objects) -> None:
    rollout_of(objects)["metadata"]["annotations"][CLAIM] = "other/r9/3"


def _followed(objects: Objects) -> None:
    rollout_of(objects)["status"]["workloadObservedGeneration"] = "99"


def _newer_template(objects: Objects) -> None:
    deployment_of(objects)["spec"]["template"]["spec"]["containers"][0]["image"] = "x:9"
    deployment_of(objects)["metadata"]["generation"] += 1


def _fenced(objects: Objects) -> None:
    deployment_of(objects)["metadata"]["annotations"][CLAIM] = "leadsman//5"


@pytest.mark.parametrize("words", WORDS)
@pytest.mark.parametrize("change", [_newer_hash, _claimed, _followed, _newer_template, _fenced])
def test_nothing_is_written_where_rollout_or_deployment_changed_meanwhile(
    words: str, change: Callable[[Objects], Any]
) -> None:
    one = recorded(words)
    patches = sent(one)
    change(one.objects)
    with pytest.raises(PatchFailedError):
        ours(one.objects, patches)


@pytest.mark.parametrize("words", WORDS)
def test_a_deployment_that_the_controller_scales_is_written_once_both_are_seen_as_they_are_then(words: str) -> None:
    one = recorded(words)
    patches = sent(one)
    deployment = deployment_of(one.objects)
    deployment["spec"]["replicas"] = 7
    deployment["metadata"]["generation"] += 1
    with pytest.raises(PatchFailedError):
        ours(one.objects, patches)
    rollout_of(one.objects)["status"]["workloadObservedGeneration"] = str(deployment["metadata"]["generation"])
    done = ours(one.objects, sent(one))["deployments"]
    assert done["spec"]["replicas"] == 7
    assert done["spec"]["template"] != deployment["spec"]["template"]


def test_the_deployment_gets_the_claim_that_the_rollout_has_then() -> None:
    objects = recorded("set image").objects
    done = ours(objects, written(decided(ArgoVerb.SET_IMAGE, objects, image="x:9", claim=OURS), objects))
    assert {thing["metadata"]["annotations"][CLAIM] for thing in done.values()} == {"leadsman/r1/4"}
    having = written(decided(ArgoVerb.SET_IMAGE, held(objects), image="x:9"), objects)
    assert ours(objects, having)["deployments"]["metadata"]["annotations"][CLAIM] == "leadsman/r1/4"


@pytest.mark.parametrize("words", WORDS)
def test_what_an_ended_rollout_had_still_on_its_way_never_lands(words: str) -> None:
    one = recorded(words)
    one = replace(one, objects=held(one.objects))
    late = sent(one)
    giving = claims(one.objects, FREE)
    assert [patch.kind for patch in giving] == [Resource.DEPLOYMENTS, Resource.ROLLOUTS]
    ours(one.objects, late[:1])
    with pytest.raises(PatchFailedError):
        ours(after(one.objects, giving[:1]), late[1:])


def test_the_rollout_stays_ours_until_the_deployment_is_given_back() -> None:
    objects = held(recorded("undo").objects)
    halfway = after(objects, claims(objects, FREE)[:1])
    again = claims(halfway, FREE)
    assert [patch.kind for patch in again] == [Resource.ROLLOUTS]
    assert claims(after(halfway, again), FREE) == ()


def test_a_claim_that_is_taken_or_renewed_is_the_rollouts_alone() -> None:
    objects = recorded("set image").objects
    assert [patch.kind for patch in claims(objects, OURS)] == [Resource.ROLLOUTS]


def test_a_deployment_that_is_gone_keeps_no_claim_from_being_given_back() -> None:
    objects = replace(held(recorded("undo").objects), workload=None)
    assert [patch.kind for patch in claims(objects, FREE)] == [Resource.ROLLOUTS]


def test_an_undo_leaves_a_newer_version_alone_also_before_the_controller_has_seen_it() -> None:
    one = recorded("undo")
    [container] = deployment_of(one.objects)["spec"]["template"]["spec"]["containers"]
    write = replace(write_of(one)[0], expect_image=container["image"], revision=1)
    assert written(write, one.objects)
    _newer_template(one.objects)
    found = patched(write, one.objects)
    assert isinstance(found, Changed)
    assert "has the image x:9 by now, not registry.example/web:v2" in found.sentence
