"""One answer: how it is kept as text, and what it means."""

import math
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strategies.judge.conditions import Result
from strategies.judge.measurement import Sample, judge, judge_value, read_value, value_text
from strategies.judge.metric import Metric, PrometheusQuery
from strategies.judge.verdict import Verdict, worst

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def metric(success: str | None = None, failure: str | None = None) -> Metric:
    return Metric("rate", PrometheusQuery("", "q"), success=success, failure=failure)


@pytest.mark.parametrize(
    ("result", "text"),
    [
        (None, ""),
        ((), "[]"),
        (0.99, "0.99"),
        (1.0, "1"),
        (-0.0, "-0"),
        ((1.0, 2.5), "[1,2.5]"),
        ((math.nan, math.inf, -math.inf), "[NaN,+Inf,-Inf]"),
        (1e21, "1000000000000000000000"),
        (1e-7, "0.0000001"),
    ],
)
def test_a_value_is_written_as_argo_writes_it(result: Result, text: str) -> None:
    assert value_text(result) == text


@settings(deadline=None)
@given(result=st.none() | st.floats() | st.lists(st.floats(), max_size=5).map(tuple))
def test_a_value_survives_being_text(result: Result) -> None:
    assert value_text(read_value(value_text(result))) == value_text(result)
    if isinstance(result, float) and not math.isnan(result):
        assert read_value(value_text(result)) == result


HIGH, LOW = "result[0] >= 0.95", "result[0] < 0.9"


@pytest.mark.parametrize(
    ("success", "failure", "value", "verdict"),
    [
        (HIGH, None, 0.99, Verdict.SUCCESSFUL),
        (HIGH, None, 0.5, Verdict.FAILED),
        (HIGH, None, math.nan, Verdict.FAILED),
        (None, LOW, 0.99, Verdict.SUCCESSFUL),
        (None, LOW, 0.5, Verdict.FAILED),
        (HIGH, LOW, 0.99, Verdict.SUCCESSFUL),
        (HIGH, LOW, 0.92, Verdict.INCONCLUSIVE),
        (HIGH, LOW, 0.5, Verdict.FAILED),
        (HIGH, LOW, math.nan, Verdict.INCONCLUSIVE),
        (HIGH, "result[0] > 0", 0.99, Verdict.FAILED),  # both true: the failure counts
        (None, None, 0.5, Verdict.SUCCESSFUL),  # Argo's page says Inconclusive, its code does this
        ("result[0]", None, 0.5, Verdict.ERROR),
        ("result[1] > 0", None, 0.5, Verdict.ERROR),
        (HIGH, "result > 0", 0.5, Verdict.ERROR),
    ],
)
def test_conditions_give_the_verdict(success: str | None, failure: str | None, value: float, verdict: Verdict) -> None:
    found, message = judge_value(metric(success, failure), (value,))
    assert found is verdict
    assert bool(message) is (verdict is Verdict.ERROR)


def test_an_empty_answer_is_an_error_that_people_understand() -> None:
    assert judge_value(metric(HIGH), ()) == (
        Verdict.ERROR,
        "at character 7: the query answered with no series, so there is no result[0]",
    )


def test_a_sample_without_an_answer_is_an_error_even_without_conditions() -> None:
    measured = judge(metric(), Sample("rate", 1, NOW, NOW, error="Prometheus answered 503", weight=10))
    assert (measured.phase, measured.message, measured.weight) == (Verdict.ERROR, "Prometheus answered 503", 10)
    assert measured.result is None


def test_verdicts_have_an_order() -> None:
    assert worst([]) is Verdict.SUCCESSFUL
    assert worst([Verdict.ERROR, Verdict.FAILED, Verdict.SUCCESSFUL]) is Verdict.FAILED
    assert worst([Verdict.INCONCLUSIVE, Verdict.PENDING]) is Verdict.INCONCLUSIVE
    assert [verdict for verdict in Verdict if not verdict.is_completed] == [Verdict.RUNNING, Verdict.PENDING]
