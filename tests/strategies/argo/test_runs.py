"""AnalysisRuns of the cluster as runs of our own judge: arguments, providers, limits, many measurements, what is of which revision."""

from datetime import timedelta
from time import process_time

from strategies.argo.objects import Objects
from strategies.argo.runs import run_of
from strategies.argo.seen import RunKind
from strategies.argo.sight import seen
from strategies.evidence import metric_lines
from strategies.judge.limits import metric_bounds
from strategies.judge.metric import OtherProvider, PrometheusQuery
from strategies.judge.unit import Unit
from strategies.judge.verdict import Verdict
from strategies.model import Activity
from tests.strategies.argo.test_edges import AT, TARGET, analysis_run, replica_set, rollout


def test_of_five_hundred_measurements_the_last_are_kept_with_their_numbers_and_it_stays_cheap() -> None:
    times = [(AT + timedelta(seconds=10 * at)).isoformat() for at in range(500)]
    measured = [{"phase": "Successful", "value": "[1]", "startedAt": it, "finishedAt": it} for it in times]
    run = analysis_run(metrics=[{"name": "rate", "provider": {"prometheus": {"query": "up"}}, "interval": "10s"}])
    run["status"] = {"phase": "Running", "metricResults": [{"name": "rate", "count": 500, "measurements": measured}]}
    begun = process_time()
    (result,) = run_of(run, AT).metrics
    assert process_time() - begun < 1
    assert (len(result.measurements), result.measurements[-1].number) == (200, 500)
    assert result.measurements[0].number == 301


PROMETHEUS = {"prometheus": {"address": "http://p/{{args.side}}", "query": 'up{h="{{args.hash}}"} or {{ args.gone }}'}}


def test_arguments_are_put_into_a_metric_and_what_cannot_be_stays_as_it_is() -> None:
    run = analysis_run(
        args=[{"name": "hash", "value": "a"}, {"name": "side", "value": "x"}, {"name": "limit", "value": "0.9"}],
        metrics=[
            {
                "name": "rate",
                "provider": PROMETHEUS,
                "successCondition": "result[0] >= {{args.limit}}",
                "failureCondition": "no condition at all (",
                "count": "3",
                "consecutiveErrorLimit": 0,
            }
        ],
    )
    (metric,) = run_of(run, AT).analysis.metrics
    assert isinstance(metric.provider, PrometheusQuery)
    assert metric.provider.address == "http://p/x"
    assert metric.provider.query == PROMETHEUS["prometheus"]["query"], "one argument is missing: nothing is put in"
    assert [bound.value for bound in metric_bounds(metric)] == [0.9]
    assert (metric.failure, metric.count, metric.consecutive_error_limit) == (None, 3, 0)


def test_a_secret_argument_never_gets_a_value() -> None:
    run = analysis_run(args=[{"name": "token", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}])
    assert run_of(run, AT).analysis.args[0].value is None


def test_a_range_query_keeps_its_range_and_a_broken_one_goes_without() -> None:
    good = {"start": "now() - duration('10m')", "end": "now()", "step": "1m"}
    metrics = [
        {"name": name, "provider": {"prometheus": {"query": "up", "rangeQuery": one}}}
        for name, one in (("good", good), ("bad", good | {"end": "never"}), ("none", good | {"step": "x"}))
    ]
    found = run_of(analysis_run(metrics=metrics), AT).analysis
    assert [metric.provider.range is not None for metric in found.metrics] == [True, False, False]


def test_other_providers_have_no_question_and_their_answers_are_kept_as_they_are() -> None:
    run = analysis_run(
        metrics=[{"name": "job", "provider": {"job": {}}}, {"name": "odd", "provider": {"a": {}, "b": {}}}]
    )
    measured = {"phase": "Successful", "value": "all fine", "startedAt": AT.isoformat(), "finishedAt": AT.isoformat()}
    going = {"phase": "Running", "startedAt": AT.isoformat()}
    run["status"] = {
        "phase": "Successful",
        "metricResults": [{"name": "job", "count": 1, "measurements": [measured, going]}],
    }
    found = run_of(run, AT)
    assert [metric.provider for metric in found.analysis.metrics] == [OtherProvider("job"), OtherProvider("")]
    provider = found.analysis.metric("job").provider
    assert (provider.address, provider.query, provider.range) == ("", "", None)
    (one,) = found.metrics[0].measurements
    assert (one.value, one.result, one.number) == ("all fine", None, 1)
    assert found.completed_at == AT, "an old controller does not say when; its last measurement does"


def test_a_run_that_has_not_begun_is_pending_and_an_unknown_kind_is_a_background_run() -> None:
    run = analysis_run(metrics=[{"name": "rate", "provider": {"web": {}}}])
    run["metadata"] |= {"ownerReferences": [{"uid": "u"}], "labels": {"rollouts-pod-template-hash": "b"}}
    found = seen(TARGET, Objects(rollout({"canary": {}}, {"currentPodHash": "b"}), runs=[run]), AT).runs
    assert [(it.kind, it.step, it.run.phase) for it in found] == [(RunKind.BACKGROUND, None, Verdict.PENDING)]
    assert found[0].run.metrics[0].phase is Verdict.PENDING
    assert found[0].run.completed_at is None


def test_a_run_of_an_earlier_revision_with_the_same_template_is_not_of_this_one() -> None:
    run = analysis_run()
    run["metadata"] |= {
        "ownerReferences": [{"uid": "u"}],
        "labels": {"rollouts-pod-template-hash": "b"},
        "annotations": {"rollout.argoproj.io/revision": "2"},
    }
    again = replica_set(4, "b")
    assert not seen(TARGET, Objects(rollout({}, {"currentPodHash": "b"}), [again], runs=[run]), AT).runs


def test_dry_run_retention_and_units_are_read_and_nonsense_in_them_is_left_out() -> None:
    run = analysis_run(
        metrics=[{"name": "p95", "provider": PROMETHEUS}],
        dryRun=[{"metricName": "p.*"}, {"metricName": "("}],
        measurementRetention=[{"metricName": "p95", "limit": 300}],
    )
    run["metadata"]["annotations"] = {"leadsman.dev/units": "p95=ms, p99=ms"}
    found = run_of(run, AT)
    assert found.analysis.dry_run == ("p95",)
    assert found.metrics[0].dry_run
    assert found.analysis.kept("p95") == 300
    assert found.analysis.metrics[0].unit is Unit.MILLISECONDS


def test_answers_in_words_are_shown_shortened_and_answers_without_numbers_as_no_data() -> None:
    run = analysis_run(
        metrics=[{"name": name, "provider": {"web": {}}} for name in ("words", "long", "empty", "number")]
    )
    values = {"words": "all fine", "long": "x" * 60, "empty": "[]", "number": "[0.5]"}
    run["status"]["metricResults"] = [
        {"name": name, "measurements": [{"value": value, "finishedAt": AT.isoformat()}]}
        for name, value in values.items()
    ]
    lines = metric_lines(Activity("a", "w", None, run_of(run, AT), AT, timedelta()))
    assert [line.value for line in lines] == ["all fine", f"{'x' * 40}…", "no data", "0.5"]
