import re
from copy import deepcopy

import pytest

from strategies.model import Claim, Target
from strategies.native.canary import canary_deployment, canary_name, canary_template
from strategies.native.claims import claim_of, is_ours
from strategies.native.containers import image_version
from strategies.native.sides import Sides, sides
from strategies.selectors import matches
from tests.strategies.native.worlds import deployment, service

CLAIM = Claim("leadsman", "r1", 1)


def _sides() -> Sides:
    found = sides(deployment(), [service("checkout", {"app": "checkout"})], Target("prod", "shop", "checkout", "web"))
    assert isinstance(found, Sides)
    return found


def test_the_canary_is_created_empty_with_its_marks_and_its_own_selector() -> None:
    stable = deployment()
    made = canary_deployment(stable, _sides(), "web", "ghcr.io/acme/checkout:v2", CLAIM)
    assert made["spec"]["replicas"] == 0
    assert made["metadata"]["name"] == "checkout-canary"
    assert claim_of(made) == CLAIM
    assert is_ours(made, stable)
    assert matches(made["spec"]["selector"], made["spec"]["template"]["metadata"]["labels"])
    assert made["spec"]["minReadySeconds"] == 5
    assert made["spec"]["strategy"] == stable["spec"]["strategy"]


def test_nothing_of_the_template_changes_but_labels_and_the_one_image() -> None:
    stable = deployment()
    made = canary_template(stable, _sides().labels, "web", "ghcr.io/acme/checkout:v2")
    expected = deepcopy(stable["spec"]["template"])
    expected["spec"]["containers"][1]["image"] = "ghcr.io/acme/checkout:v2"
    expected["metadata"]["labels"] = dict(_sides().labels)
    assert made == expected
    assert stable == deployment()


def test_a_pod_template_without_metadata_is_no_obstacle() -> None:
    stable = deployment()
    del stable["spec"]["template"]["metadata"]
    assert canary_template(stable, {"a": "b"}, "web", "x:1")["metadata"] == {"labels": {"a": "b"}}


def test_what_other_tools_know_their_own_by_is_not_copied() -> None:
    stable = deployment()
    stable["metadata"] |= {
        "resourceVersion": "7",
        "managedFields": [],
        "labels": {"team": "pay", "app.kubernetes.io/instance": "checkout", "argocd.argoproj.io/instance": "checkout"},
        "annotations": {
            "kubectl.kubernetes.io/last-applied-configuration": "{}",
            "argocd.argoproj.io/tracking-id": "a:b:c",
        },
    }
    stable["spec"]["paused"] = False
    made = canary_deployment(stable, _sides(), "web", "x:2", CLAIM)
    assert made["metadata"].keys() == {"name", "namespace", "labels", "annotations", "ownerReferences"}
    assert made["metadata"]["annotations"] == {"leadsman.dev/rollout": "leadsman/r1/1"}
    assert made["metadata"]["labels"] == {
        "team": "pay",
        "app.kubernetes.io/managed-by": "leadsman",
        "leadsman.dev/track": "canary",
        "leadsman.dev/canary-of": "checkout",
    }
    assert made["spec"].keys() & {"paused", "status"} == set()
    (owner,) = made["metadata"]["ownerReferences"]
    assert owner == {"apiVersion": "apps/v1", "kind": "Deployment", "name": "checkout", "uid": "uid-checkout"}


def test_a_container_that_is_not_there_is_an_error_not_a_guess() -> None:
    with pytest.raises(LookupError):
        canary_template(deployment(), {}, "absent", "x:2")


@pytest.mark.parametrize("name", ["checkout", "a" * 229, "a" * 230, "a." * 126 + "a"])
def test_a_canarys_name_leaves_room_for_its_replicasets(name: str) -> None:
    made = canary_name(name)
    assert made.endswith("-canary")
    assert len(f"{made}-{'f' * 10}") <= 253
    assert re.fullmatch(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*", made)


def test_two_long_names_have_two_canaries() -> None:
    assert canary_name("a" * 250 + "x") != canary_name("a" * 250 + "y")


@pytest.mark.parametrize(
    ("image", "version"),
    [
        ("ghcr.io/acme/checkout:v1.4.2", "v1.4.2"),
        ("localhost:5000/checkout:v1", "v1"),
        ("localhost:5000/checkout", "latest"),
        ("checkout:v1@sha256:0123456789abcdef", "v1"),
        ("checkout@sha256:0123456789abcdef", "0123456789ab"),
    ],
)
def test_an_images_version_is_its_tag(image: str, version: str) -> None:
    assert image_version(image) == version
