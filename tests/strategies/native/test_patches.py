from typing import Any

import pytest

from strategies.effects import PatchSide
from strategies.model import Claim, Side
from strategies.native.patches import patch_side
from tests.strategies.native.worlds import deployment

OLD, NEW = Claim("leadsman", "", 4), Claim("leadsman", "r1", 5)


def _effect(**more: Any) -> PatchSide:
    given: dict[str, Any] = {
        "walk": "w",
        "side": Side.STABLE,
        "expect_claim": None,
        "expect_image": "x:1",
        "expect_replicas": 4,
    }
    return PatchSide(**given | more)


def _patch(effect: PatchSide, thing: dict[str, Any] | None = None, **more: Any) -> list[tuple[Any, ...]]:
    operations = patch_side(effect, thing or deployment(), "web", **more)
    return [(one["op"], one["path"], one["value"]) for one in operations]


def test_a_patch_tests_the_container_the_image_and_the_count_it_was_decided_on() -> None:
    told = _patch(_effect(replicas=3))
    assert told[1:4] == [
        ("test", "/spec/template/spec/containers/1/name", "web"),
        ("test", "/spec/template/spec/containers/1/image", "x:1"),
        ("test", "/spec/replicas", 4),
    ]
    assert told[4:] == [("add", "/spec/replicas", 3)]


def test_without_a_claim_the_patch_passes_only_where_there_is_none() -> None:
    assert _patch(_effect())[0] == ("test", "/metadata/annotations", None)
    noted = deployment()
    noted["metadata"]["annotations"] = {"a": "b"}
    assert _patch(_effect(), noted)[0] == ("test", "/metadata/annotations/leadsman.dev~1rollout", None)


def test_a_claim_is_tested_as_it_was_seen_and_replaced() -> None:
    noted = deployment()
    noted["metadata"]["annotations"] = {"leadsman.dev/rollout": "leadsman//4"}
    told = _patch(_effect(expect_claim=OLD, claim=NEW), noted)
    assert told[0] == ("test", "/metadata/annotations/leadsman.dev~1rollout", "leadsman//4")
    assert told[-1] == ("add", "/metadata/annotations/leadsman.dev~1rollout", "leadsman/r1/5")


def test_the_base_is_written_beside_the_claim_into_a_map_that_may_be_missing() -> None:
    told = _patch(_effect(claim=NEW, base=("x:1", 4)))
    values = {
        "leadsman.dev/rollout": "leadsman/r1/5",
        "leadsman.dev/base-image": "x:1",
        "leadsman.dev/base-replicas": "4",
    }
    assert told[-1] == ("add", "/metadata/annotations", values)


def test_only_the_one_image_changes_or_the_whole_template_where_one_is_given() -> None:
    assert _patch(_effect(image="x:2"))[4:] == [("add", "/spec/template/spec/containers/1/image", "x:2")]
    template: dict[str, Any] = {"spec": {"containers": []}}
    assert _patch(_effect(image="x:2"), template=template)[4:] == [("add", "/spec/template", template)]


def test_a_template_that_is_there_already_is_not_written_again() -> None:
    thing = deployment()
    assert _patch(_effect(replicas=1), thing, template=thing["spec"]["template"])[4:] == [("add", "/spec/replicas", 1)]


def test_a_container_that_is_gone_is_an_error_not_another_container() -> None:
    with pytest.raises(LookupError):
        patch_side(_effect(), deployment(), "absent")
