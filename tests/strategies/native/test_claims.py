import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategies.model import Claim
from strategies.native.claims import base_of, claim_of, claim_text, is_ours, owned_by, read_claim
from tests.strategies.native.worlds import deployment

_NAMES = st.text("abcdefghijklmnopqrstuvwxyz0123456789-.", min_size=1)


@given(_NAMES, st.one_of(st.just(""), _NAMES), st.integers(0, 10**14))
def test_a_claim_written_is_the_claim_read(instance: str, rollout: str, fence: int) -> None:
    claim = Claim(instance, rollout, fence)
    assert read_claim(claim_text(claim)) == claim


def test_a_released_claim_keeps_its_fence() -> None:
    assert read_claim("leadsman//7") == Claim("leadsman", "", 7)


@pytest.mark.parametrize("text", ["", "a", "a/b", "a/b/c", "/b/1", "a/b/1/2", "a/b/-1", "a/b/²", "a/b/" + "9" * 40])
def test_an_annotation_that_is_no_claim_belongs_to_nobody_we_know(text: str) -> None:
    claim = read_claim(text)
    assert (claim.instance, claim.rollout, claim.fence) == ("", text, 0)


def test_an_object_without_the_annotation_has_no_claim() -> None:
    assert claim_of(None) is None
    assert claim_of(deployment()) is None


def test_the_noted_base_is_read_back_or_not_at_all() -> None:
    thing = deployment()
    assert base_of(thing) is None
    thing["metadata"]["annotations"] = {"leadsman.dev/base-image": "x:1", "leadsman.dev/base-replicas": "4"}
    assert base_of(thing) == ("x:1", 4)
    thing["metadata"]["annotations"]["leadsman.dev/base-replicas"] = "four"
    assert base_of(thing) is None


def test_ours_is_what_carries_our_mark_and_belongs_to_this_very_owner() -> None:
    owner, thing = deployment(), deployment(name="checkout-canary")
    thing["metadata"]["ownerReferences"] = [owned_by(owner)]
    assert not is_ours(thing, owner)
    thing["metadata"]["labels"]["app.kubernetes.io/managed-by"] = "leadsman"
    assert is_ours(thing, owner)
    owner["metadata"]["uid"] = "made-again-under-the-same-name"
    assert not is_ours(thing, owner)
