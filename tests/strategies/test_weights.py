"""Weights to pods, as Argo Rollouts counts them, and moves that never leave fewer pods than a service needs."""

import json
import math
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strategies.weights import Counts, Limits, advance, is_limit, real_share, resolve_limits, router_canary, split

ROWS = json.loads((Path(__file__).parent / "recordings" / "canary_weights.json").read_text())


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['weight']}% of {row['replicas']}, surge {row['maxSurge']}")
def test_a_weight_becomes_the_pods_that_argo_gives_it(row: dict[str, int]) -> None:
    counts = split(row["replicas"], row["weight"], row["maxSurge"], row["maxWeight"])
    assert (counts.canary, counts.stable) == (row["expCanary"], row["expStable"])


@pytest.mark.parametrize(
    ("replicas", "weight", "surge", "max_weight", "canary", "stable"),
    [
        (3, 50, 0, 100, 2, 1),  # a tie goes to the canary
        (4, 33, 1, 100, 2, 3),
        (10, 500, 0, 1000, 5, 5),  # the same rule under another scale
        (45, 70, 0, 100, 32, 13),
        (5, 1, 0, 100, 1, 4),
        (5, 99, 0, 100, 4, 1),
        (100, 99, 1, 100, 99, 1),
        (2, 75, 0, 100, 1, 1),  # a tie whose larger count would leave stable empty
        (10, 95, 0, 100, 9, 1),
    ],
)
def test_splits_of_note(replicas: int, weight: int, surge: int, max_weight: int, canary: int, stable: int) -> None:
    assert split(replicas, weight, surge, max_weight) == Counts(canary, stable)


@pytest.mark.parametrize("surge", [0, 1, 2])
def test_a_split_keeps_its_total_and_leaves_nobody_without_pods(surge: int) -> None:
    """Tried out whole: the numbers that go wrong are few and far between."""
    for replicas in range(201):
        for weight in range(101):
            _check_split(replicas, weight, surge)


def _check_split(replicas: int, weight: int, surge: int) -> None:
    counts = split(replicas, weight, surge)
    assert counts.canary >= 0
    assert counts.stable >= 0
    assert counts.total in ({replicas, replicas + 1} if surge and replicas else {replicas})
    if 0 < weight < 100 and (replicas > 1 or (replicas == 1 and surge)):
        assert counts.canary > 0
        assert counts.stable > 0
    if replicas and weight in (0, 100):
        assert real_share(counts) == weight


@pytest.mark.parametrize(
    ("replicas", "surge", "unavailable", "limits"),
    [
        (10, "25%", "25%", Limits(3, 2)),
        (4, 1, 0, Limits(1, 0)),
        (3, "0%", "25%", Limits(0, 1)),  # both round to 0: one may be missing, or nothing could ever move
        (1, 0, 0, Limits(0, 1)),
        (2, 0, 5, Limits(0, 2)),  # no more can be missing than there are
        (0, "25%", "25%", Limits(0, 0)),
    ],
)
def test_limits_round_like_kubernetes(replicas: int, surge: int | str, unavailable: int | str, limits: Limits) -> None:
    assert resolve_limits(replicas, surge, unavailable) == limits


def test_a_limit_that_is_no_percentage_is_refused_with_a_sentence() -> None:
    with pytest.raises(ValueError, match="write 25% or a number of pods"):
        resolve_limits(4, "a few", 0)
    assert [is_limit(value) for value in (0, 3, "25%", "25", -1, True, None, 2.5)] == [True] * 3 + [False] * 5


def _path(start: Counts, wanted: Counts, replicas: int, limits: Limits) -> list[tuple[int, int]]:
    """The counts asked for on the way, where every pod is ready before the next look."""
    asked, path = start, [(start.canary, start.stable)]
    while asked != wanted:
        asked = advance(wanted, asked, asked, replicas, limits)
        path.append((asked.canary, asked.stable))
        assert len(path) < 50
    return path


def test_four_replicas_with_one_to_spare_move_as_recorded_from_argo() -> None:
    limits = Limits(1, 0)
    splits = [split(4, weight, 1) for weight in (0, 10, 33, 50, 90, 100)]
    paths = [_path(before, after, 4, limits) for before, after in pairwise(splits)]
    assert paths == [
        [(0, 4), (1, 4)],
        [(1, 4), (1, 3), (2, 3)],
        [(2, 3), (2, 2)],
        [(2, 2), (3, 2), (3, 1), (4, 1)],
        [(4, 1), (4, 0)],
    ]


def test_an_abort_brings_stable_back_as_recorded_from_argo() -> None:
    limits = resolve_limits(5, "25%", "25%")
    assert _path(Counts(1, 4), Counts(0, 5), 5, limits) == [(1, 4), (0, 5)]


def test_broken_canary_pods_do_not_hold_the_way_back_up() -> None:
    after = advance(Counts(0, 4), Counts(2, 3), Counts(0, 3), 4, Limits(1, 1))
    assert after.canary == 0
    assert after.stable >= 3


def test_stable_is_not_drained_for_a_canary_that_is_not_ready() -> None:
    assert advance(Counts(4, 0), Counts(4, 1), Counts(0, 1), 4, Limits(1, 0)) == Counts(4, 1)


def test_the_share_of_no_pods_is_nothing_and_a_router_rounds_up() -> None:
    assert real_share(Counts(0, 0)) == 0
    assert real_share(Counts(1, 5)) == pytest.approx(16.67, abs=0.01)
    assert [router_canary(10, weight) for weight in (0, 7, 33, 99, 100)] == [0, 1, 4, 10, 10]
    assert router_canary(100, 7) == 7


_COUNT = st.integers(0, 12)


@settings(deadline=None)
@given(
    replicas=st.integers(1, 12),
    weight=st.integers(0, 100),
    asked=st.builds(Counts, _COUNT, _COUNT),
    broken=st.builds(Counts, _COUNT, _COUNT),
    surge=st.sampled_from([0, 1, 2, "25%", "50%"]),
    unavailable=st.sampled_from([0, 1, 2, "25%", "50%"]),
)
def test_a_move_never_takes_more_ready_pods_than_may_be_missing(
    replicas: int, weight: int, asked: Counts, broken: Counts, surge: int | str, unavailable: int | str
) -> None:
    limits = resolve_limits(replicas, surge, unavailable)
    ready = Counts(max(0, asked.canary - broken.canary), max(0, asked.stable - broken.stable))
    after = advance(split(replicas, weight, limits.surge), asked, ready, replicas, limits)
    left = min(ready.canary, after.canary) + min(ready.stable, after.stable)
    assert left >= min(ready.total, replicas - limits.unavailable)
    assert after.canary >= 0
    assert after.stable >= 0
    assert after.total <= max(replicas + limits.surge, asked.total)


@settings(deadline=None)
@given(
    replicas=st.integers(1, 40), weights=st.tuples(st.integers(0, 100), st.integers(0, 100)), surge=st.integers(0, 5)
)
def test_every_move_arrives_and_keeps_its_limits_all_the_way(
    replicas: int, weights: tuple[int, int], surge: int
) -> None:
    limits = resolve_limits(replicas, surge, "25%")
    before, after = (split(replicas, weight, limits.surge) for weight in weights)
    for canary, stable in _path(before, after, replicas, limits):
        assert replicas - limits.unavailable <= canary + stable <= replicas + limits.surge


def test_the_guide_that_lets_capacity_fall_is_not_followed() -> None:
    """Five pods with one canary: 5 + 1, then 3 + 1 would be four of five, then 1 + 1 two of five."""
    limits = resolve_limits(5, 1, 0)
    for weight in (10, 25, 50):
        counts = split(5, weight, limits.surge)
        assert counts.total >= 5
        assert math.isclose(real_share(counts), 100 * counts.canary / counts.total)
