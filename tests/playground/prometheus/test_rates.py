"""Where version 3 computes otherwise than the version 2 that the other tests compare with."""

import pytest

from bot.playground.prometheus.rates import extrapolated
from bot.playground.prometheus.samples import NAME
from bot.playground.prometheus.values import Matrix, Window

LABELS = ((NAME, "requests_total"), ("app", "checkout"))


def increase(samples: tuple[tuple[float, float], ...], start: float, end: float) -> float:
    matrix = Matrix((Window(LABELS, samples),), start, end)
    (element,) = extrapolated(matrix, counter=True, per_second=False).elements
    assert element.labels == (("app", "checkout"),)
    return element.value


def test_a_counter_that_began_in_the_window_is_stretched_by_half_a_distance_at_most() -> None:
    assert increase(((100, 20), (110, 40), (120, 60)), 0, 120) == pytest.approx(40 * 25 / 20)


def test_a_counter_is_never_stretched_to_before_its_zero() -> None:
    assert increase(((100, 2), (110, 42), (120, 82)), 0, 120) == pytest.approx(80 * 20.5 / 20)


def test_a_counter_that_fills_the_window_is_stretched_to_its_ends() -> None:
    assert increase(((4, 100), (14, 120), (24, 140)), 0, 30) == pytest.approx(40 * 30 / 20)
