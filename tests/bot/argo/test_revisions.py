"""Which revision a rollback goes back to, by what the cluster keeps and what went live here."""

from datetime import UTC, datetime

import pytest

from bot.argo.revisions import revision_before
from strategies.argo.seen import ArgoSeen, RevisionSeen
from strategies.model import Revision

KEPT = tuple(RevisionSeen(number, f"h{number}", f"shop:v{number}", 0, 0) for number in (3, 1, 2))
AT_REST = ArgoSeen(
    datetime(2026, 11, 20, tzinfo=UTC), uid="u", image="shop:v3", stable_image="shop:v3",
    current_hash="h3", stable_hash="h3", revisions=KEPT,
)  # fmt: skip
ABORTED = ArgoSeen(
    datetime(2026, 11, 20, tzinfo=UTC), uid="u", image="shop:v3", stable_image="shop:v1",
    current_hash="h3", stable_hash="h1", aborted=True, revisions=KEPT,
)  # fmt: skip


def versions(*tags: str) -> list[Revision]:
    return [Revision(tag, f"shop:{tag}") for tag in tags]


@pytest.mark.parametrize(
    ("looked", "known", "number", "revision", "expected"),
    [
        (AT_REST, versions("v3", "v2", "v1"), None, None, 2),
        (AT_REST, versions("v2", "v1"), None, None, 2),
        (AT_REST, versions("v3", "v1"), None, None, 1),
        (AT_REST, versions("v3", "v2", "v1"), 3, None, 1),
        (AT_REST, [], None, None, 2),
        (AT_REST, versions("v3"), None, None, 2),
        (AT_REST, [], None, 1, 1),
        (ABORTED, versions("v2", "v1"), None, None, 1),
        (ABORTED, [], None, None, 1),
    ],
)
def test_the_revision_is_the_one_that_is_meant(
    looked: ArgoSeen, known: list[Revision], number: int | None, revision: int | None, expected: int
) -> None:
    found = revision_before(looked, known, number, revision)
    assert isinstance(found, RevisionSeen), found
    assert found.number == expected


@pytest.mark.parametrize(
    ("looked", "known", "number", "revision", "sentence"),
    [
        (ArgoSeen(AT_REST.at), [], None, None, "There is no such Rollout."),
        (AT_REST, [], None, 99, "Unable to find revision 99 in the Rollout's history; it has 3, 2, 1."),
        (AT_REST, versions("v3", "v0"), 2, None, "No revision with v0 is left in the Rollout's history"),
        (AT_REST, versions("v3", "v2"), 7, None, "There is no earlier Healthy version of it known here."),
        (ArgoSeen(AT_REST.at, uid="u"), [], None, None, "There is no earlier revision of it in the cluster."),
    ],
)
def test_where_there_is_none_the_sentence_says_why(
    looked: ArgoSeen, known: list[Revision], number: int | None, revision: int | None, sentence: str
) -> None:
    found = revision_before(looked, known, number, revision)
    assert isinstance(found, str)
    assert found.startswith(sentence)
