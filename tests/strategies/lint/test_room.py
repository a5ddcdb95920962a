"""A Rollout's name may have 253 characters; lint says where that leaves no room for what its controller names after it."""

from typing import Any

import pytest

from tests.strategies.lint.documents import is_told, rollout, told

PLAIN = "canary: {steps: [{setWeight: 20}]}"
AT_A_STEP = "canary: {steps: [{setWeight: 20}, {analysis: {templates: [{templateName: a}]}}]}"
BACKGROUND = "canary: {analysis: {templates: [{templateName: a}]}}"
BEFORE = "blueGreen: {activeService: checkout, prePromotionAnalysis: {templates: [{templateName: a}]}}"
AFTER = "blueGreen: {activeService: checkout, postPromotionAnalysis: {templates: [{templateName: a}]}}"
HASH = "1234567890"
SETS, RUNS = "ReplicaSets", "AnalysisRuns"


def named(length: int, strategy: str, revision: object = None) -> dict[str, Any]:
    made = rollout(strategy)
    made["metadata"] |= {"name": "n" * length, "annotations": {"rollout.argoproj.io/revision": revision}}
    return made


@pytest.mark.parametrize(
    ("strategy", "revision", "end", "what"),
    [
        (PLAIN, None, f"-{HASH}", SETS),
        (PLAIN, "7", f"-{HASH}", SETS),
        (BACKGROUND, None, f"-{HASH}-1", RUNS),
        (AT_A_STEP, None, f"-{HASH}-1-1", RUNS),
        (AT_A_STEP, "99", f"-{HASH}-100-1", RUNS),
        (AT_A_STEP, "9" * 5000, f"-{HASH}-1-1", RUNS),
        (BEFORE, "1", f"-{HASH}-2-pre", RUNS),
        (AFTER, "1", f"-{HASH}-2-post", RUNS),
    ],
)
def test_a_name_is_as_long_as_what_is_named_after_it_leaves_room_for(
    strategy: str, revision: object, end: str, what: str
) -> None:
    most = 253 - len(end)
    assert told(named(most, strategy, revision)) == []
    found = told(named(most + 1, strategy, revision))
    [sentence] = [said for _, place, said, _ in found if place == "metadata.name"]
    assert sentence.startswith(f"a name of {most + 1} characters leaves no room for its {what}, whose names end with ")
    is_told(found, "metadata.name", sentence, f"Give the Rollout a name of at most {most} characters.")


def test_the_longest_name_of_all_leaves_room_for_nothing() -> None:
    [(_, place, sentence, _)] = told(named(253, AT_A_STEP))
    assert (place, SETS in sentence) == ("metadata.name", True)


@pytest.mark.parametrize("annotations", [None, [], "none", {"rollout.argoproj.io/revision": None}])
def test_marks_that_say_no_revision_are_as_good_as_none(annotations: object) -> None:
    made = named(239, AT_A_STEP)
    made["metadata"]["annotations"] = annotations
    [(_, place, sentence, _)] = [one for one in told(made) if one[1] == "metadata.name"]
    assert (place, RUNS in sentence) == ("metadata.name", True)
