"""The limits that charts draw and sentences name, read out of conditions."""

import math

import pytest

from strategies.judge.conditions import compile_condition
from strategies.judge.limits import Bound, Forbidden, bounds, crossed, impossible, metric_bounds, overdrawn
from strategies.judge.metric import Metric, PrometheusQuery
from strategies.judge.unit import Unit

BELOW, ABOVE = Forbidden.BELOW, Forbidden.ABOVE


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("result[0] >= 0.95", [Bound(0.95, BELOW)]),
        ("result > 0.95", [Bound(0.95, BELOW, allowed_at=False)]),
        ("asFloat(result[0]) <= 300", [Bound(300, ABOVE)]),
        ("result[0] >= 0.9 && result[0] <= 1.1", [Bound(0.9, BELOW), Bound(1.1, ABOVE)]),
        ("0.9 <= result[0] < 1.1", [Bound(0.9, BELOW), Bound(1.1, ABOVE, allowed_at=False)]),
        ("0.95 <= result", [Bound(0.95, BELOW)]),
        ("result[0] >= 1 - 0.05", [Bound(0.95, BELOW)]),
        ("isNaN(result[0]) || result[0] < 5", [Bound(5, ABOVE, allowed_at=False)]),
        ("len(result) == 0 or default(result[0], 0) < 5", [Bound(5, ABOVE, allowed_at=False)]),
        ("all(result, {# < 300})", [Bound(300, ABOVE, allowed_at=False)]),
        ("not (result[0] > 5)", [Bound(5, ABOVE)]),
        ("!(result > 5 || result < 1)", [Bound(5, ABOVE), Bound(1, BELOW)]),
        ("result > 5 && result > 5", [Bound(5, BELOW, allowed_at=False)]),
        ("result < 1 || result > 5", []),
        ("result == 1", []),
        ("result > result", []),
        ("result > 'a'", []),
        ("result > 1 / 0", []),
        ("result > true", []),
        ("result > #".replace("#", "nil ?? result"), []),
        ("1 < 2", []),
        ("isNaN(result)", []),
        ("true", []),
    ],
)
def test_a_success_condition_has_limits(text: str, found: list[Bound]) -> None:
    assert list(bounds(compile_condition(text))) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("result[0] < 0.9", [Bound(0.9, BELOW)]),
        ("result[0] >= 0.9", [Bound(0.9, ABOVE, allowed_at=False)]),
        ("result < 1 || result > 5", [Bound(1, BELOW), Bound(5, ABOVE)]),
        ("result < 1 && result > -5", []),
        ("isNaN(result) || result < 1", [Bound(1, BELOW)]),
        ("any(result, # > 300)", [Bound(300, ABOVE)]),
    ],
)
def test_a_failure_condition_has_limits(text: str, found: list[Bound]) -> None:
    assert list(bounds(compile_condition(text), failing=True)) == found


def metric(success: str | None, failure: str | None = None, unit: Unit | None = None, query: str = "q") -> Metric:
    return Metric("rate", PrometheusQuery("", query), success=success, failure=failure, unit=unit)


def test_the_success_condition_limits_its_side_and_the_failure_condition_the_other() -> None:
    both = metric("result >= 0.95", "result < 0.9 || result > 2")
    assert metric_bounds(both) == (Bound(0.95, BELOW), Bound(2, ABOVE))
    assert metric_bounds(metric(None)) == ()


def test_a_limit_is_written_with_the_sign_of_what_is_good() -> None:
    signs = [Bound(1, side, allowed).sign for side in (BELOW, ABOVE) for allowed in (True, False)]
    assert signs == ["≥", ">", "≤", "<"]


def test_a_value_is_told_which_limit_it_broke() -> None:
    one = metric("result[0] <= 300 && result[0] > 0")
    assert crossed(one, 412) == Bound(300, ABOVE)
    assert crossed(one, 0) == Bound(0, BELOW, allowed_at=False)
    assert [crossed(one, value) for value in (300, 1, math.nan)] == [None, None, None]


@pytest.mark.parametrize(
    ("one", "sentence"),
    [
        (metric("result[0] >= 95", unit=Unit.RATIO), "a ratio is never above 1, and 95 is asked for"),
        (metric("result >= 101", unit=Unit.PERCENT), "a percent is never above 100, and 101 is asked for"),
        (metric("result > 5 && result < 1"), "no value is both at least 5 and at most 1"),
        (metric("result < -1", unit=Unit.MILLISECONDS), "a value in ms is never below 0, and at most -1 is asked for"),
    ],
)
def test_a_condition_that_can_never_hold_is_noticed(one: Metric, sentence: str) -> None:
    assert impossible(one) == sentence


def test_a_budget_that_is_only_a_rate_less_its_objective_is_noticed() -> None:
    one = metric("result[0] >= 0.05", query="sum(ok) / sum(all) - 0.99")
    assert overdrawn(one) == (
        "a success rate less 0.99 is never above 0.01, and 0.05 is asked for: the share of an error budget that is left"
        " is 1 - (1 - rate) / (1 - 0.99)"
    )
    assert impossible(one) is None


@pytest.mark.parametrize(
    "one",
    [
        metric("result[0] >= 0.95", unit=Unit.RATIO),
        metric("result[0] >= 95"),
        metric("result < -1", unit=Unit.OTHER),
        metric("result[0] >= 0.005", query="sum(ok) / sum(all) - 0.99"),
        metric("result[0] >= 300", unit=Unit.MILLISECONDS),
        metric(None, "result < 1"),
    ],
)
def test_a_condition_that_can_hold_is_left_alone(one: Metric) -> None:
    assert impossible(one) is None
    assert overdrawn(one) is None
