"""Tags, images and names: valid by their grammars, and the nearest one offered."""

import pytest

from bot.config.names import choices, nearest, valid_label, valid_repository, valid_tag, valid_word


@pytest.mark.parametrize("tag", ["v1.4.2", "1", "_x", "2026-01-02_rc.1", "A" * 128])
def test_what_the_registry_takes_as_a_tag_is_valid(tag: str) -> None:
    assert valid_tag(tag)


@pytest.mark.parametrize(
    "tag", ["", ".1", "-1", "v1 ", "v1\n", "v1/2", "v1:2", "<!channel>", "*v1*", "a" * 129, "v1@sha256:0", "é", "&amp;"]
)
def test_what_the_registry_refuses_is_no_tag(tag: str) -> None:
    assert not valid_tag(tag)


@pytest.mark.parametrize(
    ("image", "valid"),
    [
        ("checkout", True), ("ghcr.io/acme/checkout", True), ("localhost:5000/a/b", True), ("a__b/c-d.e", True),
        ("[::1]:5000/a", True), ("ghcr.io/acme/checkout:v1", False), ("x@sha256:00", False), ("acme/X", False),
        ("acme//x", False), ("/x", False), ("x/", False), ("", False), ("a" * 256, False),
    ],
)  # fmt: skip
def test_an_image_is_named_without_tag_and_digest(image: str, valid: bool) -> None:
    assert valid_repository(image) is valid


def test_names_keep_to_their_lengths() -> None:
    assert valid_label("a" * 63)
    assert not valid_label("a" * 64)
    assert valid_word("prod-eu.1")
    assert not valid_word("prod eu")


def test_the_nearest_names_come_first_and_case_does_not_matter() -> None:
    assert nearest("CHEKOUT", ["billing", "checkout", "checkout-api"])[0] == "checkout"
    assert nearest("staus", ["pause", "status"]) == ("status",)
    assert nearest("v1.4", ["v1.4.2", "v1.4.3"]) == ("v1.4.3", "v1.4.2")
    assert nearest("zzz", ["billing"]) == ()
    assert nearest("x" * 100_000, ["billing"]) == ()


def test_long_lists_are_cut() -> None:
    assert choices(map(str, range(10, 30)), most=3) == "10, 11, 12 and 17 more"
