"""The playground's Kubernetes answers as the real server did: recordings played again, exchange by exchange.

Every recording has a floor: so many of its exchanges are the same, and the number may only grow. Names, uids, times, addresses and
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
    "patch-apply": {
        23: "races with the controllers' next status update",
        24: "races with the controllers' next status update",
        25: "depends on which controller wrote in the 10 ms before",
    },
    "patch-subresources": {11: "races with the ReplicaSet controller's status update"},
    "pod-logs": dict.fromkeys((4, 5, 6, 9, 16, 17, 20), "the lines are those of the recorder's own kubelet"),
    "watch-bookmarks": {13: "lasts longer than a minute"},
    "watch-label-change": {15: "begins in the few milliseconds in which the pod was pending"},
}
"""Exchanges that are not played or not compared, with the reason."""

LOOSE: dict[str, int] = {
    "canary-by-replicas": 11,
    "events-rollout": 13,
    "rollout-minready": 7,
}
"""Floors of recordings that are not played without a difference; all others must be the same altogether."""

_STAGGER_SECONDS = 0.12


@pytest.fixture(scope="module")
def outcomes() -> dict[str, Outcomes]:
    """All recordings, played at once: what takes long in them is waiting."""

    async def play(index: int, name: str) -> Outcomes:
        await asyncio.sleep(index * _STAGGER_SECONDS)
        return await Player(name, set(LEFT_OUT.get(name, {}))).play()

    async def play_all() -> list[Outcomes]:
        return await asyncio.gather(*(play(index, name) for index, name in enumerate(names_of_recordings())))

    return {played.name: played for played in asyncio.run(play_all())}


@pytest.mark.parametrize("name", names_of_recordings())
def test_the_server_answers_as_recorded(name: str, outcomes: dict[str, Outcomes]) -> None:
    played = outcomes[name]
    different = [f"#{index} {text}" for index, text in sorted(played.differences.items()) if text]
    assert played.good >= LOOSE.get(name, len(played.differences)), "\n".join(different)
    assert len(played.differences) + len(LEFT_OUT.get(name, {})) == len(recording(name)["exchanges"])


def test_the_count_of_all_exchanges_does_not_fall(
    outcomes: dict[str, Outcomes], capsys: pytest.CaptureFixture[str]
) -> None:
    good = sum(played.good for played in outcomes.values())
    total = sum(len(recording(name)["exchanges"]) for name in outcomes)
    with capsys.disabled():
        print(f"\nKubernetes recordings: {good} of {total} exchanges")  # noqa: T201 - the figure is for whoever runs the tests
    assert good >= 1010


def test_every_exchange_left_out_exists_and_has_a_reason() -> None:
    for name, numbers in LEFT_OUT.items():
        assert max(numbers) < len(recording(name)["exchanges"])
        assert all(len(reason) > 10 for reason in numbers.values())
