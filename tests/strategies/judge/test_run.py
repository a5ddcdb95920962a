"""The state machine of a run: counters, limits, schedule, messages, and what our own rollouts ask on top."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from strategies.judge.measurement import Sample
from strategies.judge.metric import Metric, PrometheusQuery
from strategies.judge.resolution import Kept, ResolvedAnalysis
from strategies.judge.run import Due, Run, due, fresh_success, native_verdict, record, start, terminate, window_start
from strategies.judge.timerange import Moment, TimeRange
from strategies.judge.verdict import Verdict

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
GOOD, BAD, UNCLEAR, BROKEN = "[0.99]", "[0.5]", "[0.92]", None


def metric(name: str = "rate", *, query: str = "q", **settings: Any) -> Metric:
    """A metric that is good from 0.95, bad below 0.9 and unclear between, measured every minute without end."""
    whole = Metric(name, PrometheusQuery("", query), MINUTE, success="result[0] >= 0.95", failure="result[0] < 0.9")
    return replace(whole, **settings)


def begin(*metrics: Metric, dry_run: tuple[str, ...] = ()) -> Run:
    return start(ResolvedAnalysis(metrics, dry_run=dry_run), NOW)


def measure(run: Run, value: str | None, name: str = "rate", *, ready: bool = True) -> Run:
    """The run after the metric's next measurement, taken when it is due."""
    (one,) = [one for one in due(run) if one.metric == name]
    error = "no answer" if value is None else None
    return record(run, Sample(name, one.number, one.at, one.at, value or "", error, weight=10, ready=ready))


def measured(run: Run, values: Sequence[str | None]) -> Run:
    for value in values:
        run = measure(run, value)
    return run


def test_a_new_run_waits_for_its_first_measurements() -> None:
    run = begin(metric(), metric("late", initial_delay=5 * MINUTE))
    assert run.phase is Verdict.RUNNING
    assert [result.phase for result in run.metrics] == [Verdict.PENDING, Verdict.PENDING]
    assert due(run) == (Due("rate", 1, NOW), Due("late", 1, NOW + 5 * MINUTE))


def test_the_next_measurement_comes_after_the_interval_and_ten_seconds_after_an_error() -> None:
    run = measured(begin(metric()), [GOOD])
    assert due(run) == (Due("rate", 2, NOW + MINUTE),)
    run = measured(run, [BROKEN])
    assert due(run) == (Due("rate", 3, NOW + MINUTE + timedelta(seconds=10)),)


def test_a_metric_without_interval_is_repeated_only_after_an_error() -> None:
    run = measured(begin(metric(interval=None)), [BROKEN])
    assert due(run) == (Due("rate", 2, NOW + timedelta(seconds=10)),)
    run = measured(run, [GOOD])
    assert (run.phase, due(run), run.completed_at) == (Verdict.SUCCESSFUL, (), NOW + timedelta(seconds=10))


@pytest.mark.parametrize(
    ("settings", "values", "phase", "message"),
    [
        ({"count": 3}, [GOOD] * 3, Verdict.SUCCESSFUL, ""),
        ({"count": 3}, [GOOD] * 2, Verdict.RUNNING, ""),
        ({}, [BAD], Verdict.FAILED, 'Metric "rate" assessed Failed due to failed (1) > failureLimit (0)'),
        ({"failure_limit": 1}, [BAD, GOOD], Verdict.RUNNING, ""),
        (
            {"failure_limit": 1},
            [BAD, GOOD, BAD],
            Verdict.FAILED,
            'Metric "rate" assessed Failed due to failed (2) > failureLimit (1)',
        ),
        ({"failure_limit": -1, "count": 3}, [BAD] * 3, Verdict.SUCCESSFUL, ""),  # failures are switched off
        ({"failure_limit": 3, "count": 3}, [BAD] * 3, Verdict.SUCCESSFUL, ""),
        (
            {},
            [UNCLEAR],
            Verdict.INCONCLUSIVE,
            'Metric "rate" assessed Inconclusive due to inconclusive (1) > inconclusiveLimit (0)',
        ),
        ({"inconclusive_limit": 1}, [UNCLEAR, GOOD], Verdict.RUNNING, ""),
        ({}, [BROKEN] * 4, Verdict.RUNNING, ""),
        (
            {},
            [BROKEN] * 5,
            Verdict.ERROR,
            'Metric "rate" assessed Error due to consecutiveErrors (5) > consecutiveErrorLimit (4):'
            ' "Error Message: no answer"',
        ),
        ({}, [BROKEN] * 4 + [GOOD] + [BROKEN] * 4, Verdict.RUNNING, ""),
        ({"count": 1, "consecutive_error_limit": 1}, [BROKEN, GOOD], Verdict.SUCCESSFUL, ""),  # errors do not count
        ({"consecutive_success_limit": 2}, [GOOD, GOOD], Verdict.SUCCESSFUL, ""),
        ({"consecutive_success_limit": 2, "failure_limit": -1}, [GOOD, BAD, GOOD], Verdict.RUNNING, ""),
        ({"consecutive_success_limit": 2, "failure_limit": -1}, [GOOD, BROKEN, GOOD], Verdict.RUNNING, ""),
        (
            {"consecutive_success_limit": 2, "failure_limit": -1, "count": 3},
            [GOOD, BAD, GOOD],
            Verdict.FAILED,
            "",
        ),
        (
            {"consecutive_success_limit": 2, "failure_limit": 1, "count": 3},
            [GOOD, BAD, GOOD],
            Verdict.INCONCLUSIVE,
            "",
        ),
        ({"consecutive_success_limit": 2, "count": 2}, [GOOD, GOOD], Verdict.SUCCESSFUL, ""),
    ],
)
def test_limits_decide(settings: dict[str, Any], values: list[str | None], phase: Verdict, message: str) -> None:
    run = measured(begin(metric(**settings)), values)
    assert (run.phase, run.message) == (phase, message)


def test_too_few_successes_in_a_row_have_no_text_with_argo_and_one_with_us() -> None:
    """`assessMetricStatus` of argo-rollouts gives a verdict alone."""
    row = metric(consecutive_success_limit=2, failure_limit=-1, count=3)
    run = measured(begin(row), [GOOD, BAD, GOOD])
    sentence = 'Metric "rate" assessed Failed due to consecutiveSuccesses (1) < consecutiveSuccessLimit (2) after 3 measurements'
    assert (run.message, native_verdict(run)) == ("", (Verdict.FAILED, sentence))


def test_where_several_limits_are_broken_the_last_check_counts() -> None:
    both = metric(failure_limit=0, inconclusive_limit=0)
    run = begin(both)
    broken = replace(run.metrics[0], failed=1, count=1, inconclusive=1)
    run = measure(replace(run, metrics=(broken,)), GOOD)
    assert run.phase is Verdict.INCONCLUSIVE


def test_counters_tell_what_was_measured() -> None:
    run = measured(begin(metric(failure_limit=9, inconclusive_limit=9)), [GOOD, GOOD, BAD, UNCLEAR, BROKEN, BROKEN])
    (result,) = run.metrics
    assert (result.count, result.successful, result.failed, result.inconclusive, result.error) == (4, 2, 1, 1, 2)
    assert (result.consecutive_error, result.consecutive_success, result.taken) == (2, 0, 6)
    assert [measurement.number for measurement in result.measurements] == [1, 2, 3, 4, 5, 6]
    assert result.measurements[0].weight == 10


def test_one_bad_metric_stops_the_others_and_gives_the_run_its_verdict() -> None:
    run = begin(metric(), metric("never", initial_delay=MINUTE), metric("p95"))
    run = measure(measure(run, GOOD), BAD, "p95")
    assert run.phase is Verdict.FAILED
    assert run.message == 'Metric "p95" assessed Failed due to failed (1) > failureLimit (0)'
    assert [result.phase for result in run.metrics] == [Verdict.SUCCESSFUL, Verdict.SUCCESSFUL, Verdict.FAILED]


def test_the_worst_metric_gives_the_message() -> None:
    run = begin(metric("a", count=2, inconclusive_limit=5), metric("b"))
    run = measure(measure(run, UNCLEAR, "a"), BAD, "b")
    assert run.message.startswith('Metric "b" assessed Failed')


def test_a_dry_run_metric_decides_nothing_and_says_what_it_would_have() -> None:
    run = begin(metric(count=1), metric("p95", count=2), dry_run=("p95",))
    run = measure(measure(run, BAD, "p95"), GOOD)
    assert (run.phase, run.message) == (Verdict.SUCCESSFUL, "")
    assert run.metrics[1].message == "Metric assessed Failed due to failed (1) > failureLimit (0)"
    assert run.metrics[1].dry_run


def test_a_dry_run_metric_that_succeeds_needs_no_message() -> None:
    run = measure(begin(metric(count=1), dry_run=("rate",)), GOOD)
    assert (run.phase, run.metrics[0].message) == (Verdict.SUCCESSFUL, "")


def test_a_run_told_to_stop_ends_successful_as_in_argo_but_proves_nothing_of_ours() -> None:
    run = terminate(begin(metric()), NOW + MINUTE)
    assert (run.phase, run.message, run.completed_at) == (Verdict.SUCCESSFUL, "Run Terminated", NOW + MINUTE)
    assert native_verdict(run) == (
        Verdict.INCONCLUSIVE,
        "nothing was measured while canary pods were ready, and no data is not success",
    )


def test_a_run_told_to_stop_keeps_what_it_measured() -> None:
    run = terminate(measured(begin(metric()), [GOOD]), NOW + MINUTE)
    assert (run.phase, run.metrics[0].phase) == (Verdict.SUCCESSFUL, Verdict.SUCCESSFUL)
    assert native_verdict(run) == (Verdict.SUCCESSFUL, "Run Terminated")


def test_a_run_that_is_over_never_changes() -> None:
    run = measured(begin(metric()), [BAD])
    assert terminate(run, NOW + MINUTE).phase is Verdict.FAILED
    late = Sample("rate", 2, NOW, NOW, GOOD)
    assert record(run, late) == run


@pytest.mark.parametrize(
    "sample",
    [
        Sample("rate", 1, NOW, NOW, GOOD),  # delivered twice
        Sample("rate", 3, NOW, NOW, GOOD),  # nobody asked for that one yet
        Sample("other", 1, NOW, NOW, GOOD),
    ],
)
def test_a_sample_that_the_run_does_not_wait_for_changes_nothing(sample: Sample) -> None:
    run = measured(begin(metric()), [GOOD])
    assert record(run, sample) == run


def test_a_metric_that_is_over_takes_no_more_samples() -> None:
    run = measure(begin(metric(count=1), metric("p95")), GOOD)
    assert run.metrics[0].phase is Verdict.SUCCESSFUL
    assert record(run, Sample("rate", 2, NOW, NOW, BAD)) == run
    assert [one.metric for one in due(run)] == ["p95"]


def test_only_the_latest_measurements_are_kept() -> None:
    run = measured(begin(metric()), [GOOD] * 205)
    assert len(run.metrics[0].measurements) == 200
    assert run.metrics[0].taken == 205
    analysis = ResolvedAnalysis((metric(),), retention=(Kept("rate", 203),))
    run = measured(start(analysis, NOW), [GOOD] * 205)
    assert [run.metrics[0].measurements[at].number for at in (0, -1)] == [3, 205]


def test_success_without_ready_pods_is_no_success_of_ours() -> None:
    run = begin(metric(count=1))
    assert native_verdict(measure(run, GOOD, ready=False))[0] is Verdict.INCONCLUSIVE
    assert native_verdict(measure(run, GOOD, ready=True)) == (Verdict.SUCCESSFUL, "")
    assert native_verdict(run) == (Verdict.RUNNING, "")


def test_a_good_dry_run_metric_is_no_success_of_ours() -> None:
    run = measure(begin(metric(count=1), dry_run=("rate",)), GOOD)
    assert native_verdict(run)[0] is Verdict.INCONCLUSIVE


def test_fresh_proof_needs_a_window_that_began_after_the_weight_came_in_place() -> None:
    run = measured(begin(metric(query="rate(x[2m])")), [GOOD] * 3)
    assert not fresh_success(run, NOW + timedelta(seconds=1))
    assert fresh_success(run, NOW)
    assert not fresh_success(begin(metric()), NOW)


def test_fresh_proof_needs_ready_pods_and_every_metric_that_still_runs() -> None:
    assert not fresh_success(measure(begin(metric()), GOOD, ready=False), NOW)
    run = measure(begin(metric(), metric("p95"), metric("dry"), dry_run=("dry",)), GOOD)
    assert not fresh_success(run, NOW)
    assert fresh_success(measure(run, GOOD, "p95"), NOW)


def test_a_metric_that_is_over_need_not_be_fresh_but_is_not_enough_alone() -> None:
    run = measure(begin(metric("once", count=1), metric()), GOOD, "once")
    run = measure(measure(run, GOOD), GOOD)
    assert fresh_success(run, NOW + MINUTE)
    assert not fresh_success(terminate(run, NOW + 2 * MINUTE), NOW + 2 * MINUTE)


def test_a_failed_run_proves_nothing() -> None:
    assert not fresh_success(measured(begin(metric()), [GOOD, BAD]), NOW)


def test_the_window_of_a_range_query_begins_at_its_start() -> None:
    span = TimeRange(Moment(None, -10 * MINUTE), Moment(None, timedelta()), MINUTE)
    ranged = metric(provider=PrometheusQuery("", "rate(x[5m])", span))
    (only,) = measure(begin(ranged), GOOD).metrics[0].measurements
    assert window_start(ranged, only) == NOW - 15 * MINUTE


VALUES = st.lists(st.sampled_from([GOOD, BAD, UNCLEAR, BROKEN, "[NaN]", "[]", "[+Inf]"]), max_size=12)
SETTINGS = st.fixed_dictionaries(
    {
        "count": st.none() | st.integers(0, 6),
        "failure_limit": st.integers(-1, 3),
        "inconclusive_limit": st.integers(0, 2),
        "consecutive_error_limit": st.integers(0, 3),
        "consecutive_success_limit": st.integers(0, 3),
        "interval": st.sampled_from([None, MINUTE]),
    }
)


@hypothesis_settings(deadline=None)
@given(settings=SETTINGS, values=VALUES, other=VALUES)
def test_any_run_keeps_its_books_and_survives_being_saved(
    settings: dict[str, Any], values: list[str | None], other: list[str | None]
) -> None:
    run = begin(metric(**settings), metric("p95", failure_limit=1))
    adapter = TypeAdapter(Run)
    for name, value in [
        pair for at in range(12) for pair in zip(("rate", "p95"), (values[at:], other[at:]), strict=True)
    ]:
        if value and any(one.metric == name for one in due(run)):
            run = measure(run, value[0], name)
        assert adapter.validate_json(adapter.dump_json(run)) == run
        for result in run.metrics:
            assert result.taken == len(result.measurements)
            assert result.successful + result.failed + result.inconclusive == result.count
        assert bool(due(run)) is not run.phase.is_completed
        assert run.phase is not Verdict.SUCCESSFUL or all(it.phase is Verdict.SUCCESSFUL for it in run.metrics)
        assert not run.message or run.phase.stops_run
        assert bool(native_verdict(run)[1]) is native_verdict(run)[0].stops_run
