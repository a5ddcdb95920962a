"""The real programs that some tests run against: where they are missing, the test is skipped, or fails if it must not
be."""

import os

import pytest


def require(name: str) -> None:
    """Call this where `name` (prometheus, postgres, chromium) is not installed.

    Skips the test, or fails it where `LEADSMAN_REQUIRE` (names with commas between) holds the name.
    """
    if name in os.environ.get("LEADSMAN_REQUIRE", "").split(","):
        pytest.fail(f"{name} is not installed, and LEADSMAN_REQUIRE says that it must be")
    pytest.skip(f"{name} is not installed")
