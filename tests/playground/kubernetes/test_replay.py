"""The playground's Kubernetes answers as the real server did: recordings played again, exchange by exchange.

What is not played or comes out differently is listed here with its reason, and the count of equal exchanges has a floor.
Names, uids, times, addresses and
resourceVersions are matched consistently (`matching.py`), watches after folding intermediate status updates (`watched.py`).
"""

import asyncio

import pytest

from tests.playground.kubernetes.replay import Outcomes, Player, names_of_recordings, recording

LEFT_OUT: dict[str, dict[int, str]] = {
    "discovery": {
        16: "the OpenAPI documents are not served",
        17: "/metrics and /openapi/v3 are not served, so the index of paths does not name them",
        20: "names subresources (attach, exec, proxy, …) that are not served",
    },
    "errors-auth": {6: "names core kinds (nodes, volumes, …) that are not served"},
    "errors-field-validation": {
        17: "which of the unknown fields an apply names is random at the real server",
        18: "which of the unknown fields an apply names is random at the real server",
        19: "componentstatuses are not served",
    },
    "errors-invalid": {
        52: "the message ends with a diff of Go's internal objects",
        54: "the message ends with a diff of Go's internal objects",
    },
    "jobs": {9: "the message shows Go's internal form of a pod template"},
    "pod-logs": dict.fromkeys((4, 5, 6, 9, 16, 17, 20), "the lines are those of the recorder's own kubelet"),
}
"""Exchanges that are not played or not compared, with the reason."""

FLOOR = 1018
"""So many exchanges of all recordings are the same; the number may only grow."""

DIFFERENT: dict[str, dict[int, str]] = {
    "canary-by-replicas": {
        5: "which change an EndpointSlice's annotation names depends on how changes were folded",
        10: "counts how often the EndpointSlice was written",
        13: "counts how often the EndpointSlice was written",
    },
    "events-rollout": {13: "rows come in the order of random names, which is another one here"},
    "patch-apply": {
        23: "shows a status that the controllers wrote a few milliseconds later here",
        24: "shows a status that the controllers wrote a few milliseconds later here",
    },
}
"""Exchanges that are played and come out differently, with the reason. An entry that is no longer different fails the test."""


@pytest.fixture(scope="module")
def outcomes() -> dict[str, Outcomes]:
    """All recordings, played one after the other by a clock of their own."""

    async def play_all() -> list[Outcomes]:
        return [await Player(name, set(LEFT_OUT.get(name, {}))).play() for name in names_of_recordings()]

    return {played.name: played for played in asyncio.run(play_all())}


@pytest.mark.parametrize("name", names_of_recordings())
def test_the_server_answers_as_recorded(name: str, outcomes: dict[str, Outcomes]) -> None:
    played = outcomes[name]
    different = {index: text for index, text in sorted(played.differences.items()) if text}
    assert set(different) == set(DIFFERENT.get(name, {})), "\n".join(f"#{n} {text}" for n, text in different.items())
    assert len(played.differences) + len(LEFT_OUT.get(name, {})) == len(recording(name)["exchanges"])


def test_the_count_of_all_exchanges_does_not_fall(
    outcomes: dict[str, Outcomes], capsys: pytest.CaptureFixture[str]
) -> None:
    good = sum(played.good for played in outcomes.values())
    total = sum(len(recording(name)["exchanges"]) for name in outcomes)
    with capsys.disabled():
        print(f"\nKubernetes recordings: {good} of {total} exchanges")  # noqa: T201 - the figure is for whoever runs the tests
    assert good == total - sum(map(len, LEFT_OUT.values())) - sum(map(len, DIFFERENT.values()))
    assert good >= FLOOR


def test_every_exchange_left_out_exists_and_has_a_reason() -> None:
    for name, numbers in (*LEFT_OUT.items(), *DIFFERENT.items()):
        assert max(numbers) < len(recording(name)["exchanges"])
        assert all(len(reason) > 10 for reason in numbers.values())
