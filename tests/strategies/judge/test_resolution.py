"""Templates and arguments made into what is measured."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from pydantic import TypeAdapter

from strategies.judge.metric import Metric, MetricText, PrometheusQuery, RangeText
from strategies.judge.resolution import Facts, Kept, ResolvedAnalysis, resolve
from strategies.judge.template import Argument, Retention, Template
from strategies.judge.unit import Unit

FACTS = Facts("aaa", "bbb", {"metadata.name": "web"})
RATE = MetricText("rate", "http://p", 'x{h="{{args.hash}}"}', success="result[0] > {{args.min}}", unit=Unit.RATIO)
HASH = Argument("hash", pod_template_hash="Latest")


def template(name: str = "t", *metrics: MetricText, args: tuple[Argument, ...] = (), **settings: Any) -> Template:
    return replace(Template(name, "AnalysisTemplate", args, metrics), **settings)


ONE = template("one", RATE, args=(Argument("hash"), Argument("min", "0.95")))


def resolved(*templates: Template, args: tuple[Argument, ...] = (HASH,), facts: Facts = FACTS) -> ResolvedAnalysis:
    found = resolve(templates, args, facts)
    assert isinstance(found, ResolvedAnalysis), found
    return found


def sentences(*templates: Template, args: tuple[Argument, ...] = (HASH,), facts: Facts = FACTS) -> list[str]:
    found = resolve(templates, args, facts, "steps[1].analysis")
    assert isinstance(found, tuple), found
    assert all(problem.place.startswith("steps[1].analysis") for problem in found)
    return [problem.sentence for problem in found]


def test_arguments_are_put_in_and_the_stable_line_asks_about_the_other_side() -> None:
    analysis = resolved(ONE)
    assert analysis.metrics == (
        Metric("rate", PrometheusQuery("http://p", 'x{h="bbb"}'), success="result[0] > 0.95", unit=Unit.RATIO),
    )
    assert analysis.stable_query("rate") == 'x{h="aaa"}'
    adapter = TypeAdapter(ResolvedAnalysis)
    assert adapter.validate_json(adapter.dump_json(analysis)) == analysis


def test_a_query_that_cannot_tell_the_sides_apart_has_no_stable_line() -> None:
    assert resolved(ONE, args=(replace(HASH, pod_template_hash="Stable"),)).stable_query("rate") is None
    assert resolved(template("t", replace(RATE, query="x", success=None)), args=()).stable_query("rate") is None


def test_everything_may_wait_for_an_argument() -> None:
    open_metric = MetricText(
        "m",
        "http://{{args.host}}",
        "x",
        range=RangeText("now() - duration('{{args.t}}')", "now()", "{{args.t}}"),
        interval="{{args.t}}",
        initial_delay="{{args.t}}",
        count="{{args.n}}",
        failure="result > {{args.n}}",
        failure_limit="{{args.n}}",
        inconclusive_limit="{{args.n}}",
        consecutive_error_limit="{{args.n}}",
        consecutive_success_limit="0",
    )
    args = (Argument("host", "prometheus:9090"), Argument("t", "2m"), Argument("n", "3"))
    bare = replace(open_metric, range=None)
    metric = resolved(template("t", bare, args=args), args=()).metric("m")
    assert metric.provider.address == "http://prometheus:9090"
    assert (metric.interval, metric.initial_delay) == (timedelta(minutes=2), timedelta(minutes=2))
    assert (metric.count, metric.failure_limit, metric.consecutive_error_limit) == (3, 3, 3)
    assert metric.failure == "result > 3"


def test_a_range_query_takes_arguments_inside_of_its_quotes_only() -> None:
    span = RangeText("now() - duration('{{args.t}}')", "now()", "1m")
    metric = resolved(
        template("t", replace(RATE, query="x", success=None, range=span), args=(Argument("t", "2m"),)), args=()
    ).metric("rate")
    assert metric.provider.range is not None
    assert metric.provider.range.start.shift == -timedelta(minutes=2)


def test_templates_merge_and_the_same_one_counts_once() -> None:
    two = template(
        "two", replace(RATE, name="p95", query="y", success=None), args=(Argument("min", "0.95"), Argument("hash", "h"))
    )
    analysis = resolved(ONE, two, ONE)
    assert [metric.name for metric in analysis.metrics] == ["rate", "p95"]
    assert analysis.args == (HASH, Argument("min", "0.95"))


def test_a_default_wins_over_a_declaration_without_one() -> None:
    two = template("two", replace(RATE, name="p95"), args=(Argument("hash", "h"),))
    assert resolved(ONE, two, args=()).metric("rate").provider.query == 'x{h="h"}'
    assert resolved(two, ONE, args=()).metric("p95").provider.query == 'x{h="h"}'


def test_what_the_caller_gives_wins_over_a_default_and_the_rest_is_left_aside() -> None:
    analysis = resolved(ONE, args=(HASH, Argument("min", "0.5"), Argument("unknown", "1"), Argument("hash")))
    assert analysis.metric("rate").success == "result[0] > 0.5"
    with pytest.raises(KeyError):
        analysis.metric("unknown")


def test_a_field_of_the_workload_can_be_a_value() -> None:
    analysis = resolved(ONE, args=(Argument("hash", from_field="metadata.name"),))
    assert analysis.metric("rate").provider.query == 'x{h="web"}'


def test_dry_run_and_retention_match_by_pattern() -> None:
    two = template(
        "two",
        replace(RATE, name="p95"),
        dry_run=("p.*", "p95"),
        retention=(Retention(".*", 500), Retention("rate", 5000)),
    )
    analysis = resolved(ONE, two)
    assert analysis.dry_run == ("p95",)
    assert analysis.retention == (Kept("rate", 5000), Kept("p95", 500))
    assert [analysis.kept(name) for name in ("rate", "p95", "other")] == [1000, 500, 200]


@pytest.mark.parametrize(
    ("templates", "args", "facts", "sentence"),
    [
        ((ONE,), (), FACTS, "args.hash was not resolved"),
        ((ONE,), (HASH,), Facts("aaa"), "args.hash was not resolved"),
        ((ONE,), (Argument("hash", from_field="metadata.other"),), FACTS, "args.hash was not resolved"),
        ((ONE, replace(ONE, name="two")), (HASH,), FACTS, "two metrics have the same name 'rate'"),
        ((template(),), (), FACTS, "no metrics specified"),
        (
            (ONE, template("two", replace(RATE, name="b"), args=(Argument("min", "0.9"),))),
            (HASH,),
            FACTS,
            "Argument `min` specified multiple times with different values: '0.95', '0.9'",
        ),
        ((replace(ONE, dry_run=("x",)),), (HASH,), FACTS, "dryRun[0]: Rule didn't match any metric name(s)"),
        (
            (replace(ONE, retention=(Retention("rate", 1), Retention("x", 1))),),
            (HASH,),
            FACTS,
            "measurementRetention[1]: Rule didn't match any metric name(s)",
        ),
        (
            (ONE,),
            (HASH, Argument("min", "0 or true")),
            FACTS,
            "metric rate: the value of min cannot stand outside of quotes in a condition: '0 or true'",
        ),
        ((replace(ONE, metrics=(replace(RATE, interval="{{args.min}}"),)),), (HASH,), FACTS, "invalid interval string"),
    ],
)
def test_what_does_not_fit_is_told(
    templates: tuple[Template, ...], args: tuple[Argument, ...], facts: Facts, sentence: str
) -> None:
    found = sentences(*templates, args=args, facts=facts)
    assert any(sentence in one for one in found), found


def test_a_mistake_in_one_metric_has_its_place() -> None:
    found = resolve([replace(ONE, metrics=(replace(RATE, count="x"),))], [HASH], FACTS)
    assert isinstance(found, tuple)
    assert found[0].place == "rate.count"
