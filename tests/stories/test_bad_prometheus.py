"""A Prometheus that is away, wrong, or no Prometheus at all: nothing of it ever counts as success, and people read why."""

from urllib.parse import urlsplit

import pytest

from bot.playground.prometheus import Fault
from strategies.evidence import metric_lines
from strategies.judge.verdict import Verdict
from tests.real.ports import deaf_port
from tests.stories.bench import BOTH, GATE, GOOD_SHARE, SUCCESS, Bench, analysis, template, weight

STEPS = (weight(10), analysis("success"))


async def _error_seen(bench: Bench, rollout: str) -> str:
    """Wait until a measurement had no answer, and give its message."""
    found = await bench.until(
        rollout,
        lambda one: any(result.error for activity in one.activities for result in activity.run.metrics),
    )
    measurements = found.activities[0].run.metrics[0].measurements
    return next(one.message for one in measurements if one.phase is Verdict.ERROR)


async def test_a_prometheus_that_stays_away_turns_the_rollout_back(bench: Bench) -> None:
    await bench.begin(STEPS, (SUCCESS,))
    await bench.prometheus.stop()

    why = await bench.turned_back(await bench.deploy())

    assert "consecutiveErrors (5) > consecutiveErrorLimit (4)" in why
    assert f"Prometheus at {bench.prometheus_address} cannot be reached" in why


async def test_a_prometheus_that_comes_back_after_one_measurement_harms_nothing(bench: Bench) -> None:
    await bench.begin(STEPS, (SUCCESS,))
    port = urlsplit(bench.prometheus_address).port or 0
    await bench.prometheus.stop()
    with deaf_port(port):
        rollout = await bench.deploy()
        await _error_seen(bench, rollout)
    await bench.prometheus.start(port=port)
    ended = await bench.live_with(rollout)

    result = ended.activities[0].run.metrics[0]
    assert (result.successful, result.failed) == (3, 0)
    assert result.error >= 1


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (Fault.NAN, 'Metric "success" assessed Failed due to failed (1) > failureLimit (0)'),
        (Fault.EMPTY, 'Metric "success" assessed Error'),
        (Fault.BAD_QUERY, "refuses the query"),
        (Fault.UNAVAILABLE, "failed (503)"),
        (Fault.PAGE, "answers with a web page where Prometheus would answer with JSON"),
    ],
)
async def test_an_answer_without_a_number_turns_the_rollout_back(bench: Bench, fault: Fault, sentence: str) -> None:
    await bench.begin(STEPS, (SUCCESS,))
    bench.prometheus.fault = fault

    why = await bench.turned_back(await bench.deploy())

    assert sentence in why


async def test_a_prometheus_that_hangs_is_given_up_and_holds_nothing_else_up(bench: Bench) -> None:
    once = template("success", GOOD_SHARE, "result[0] >= 0.99", consecutiveErrorLimit=0)
    await bench.begin(STEPS, (once,))
    bench.prometheus.fault = Fault.HANG

    why = await bench.turned_back(await bench.deploy())

    assert "did not answer within 10 s" in why


async def test_a_metric_that_was_stopped_without_any_answer_is_not_shown_as_passed(bench: Bench) -> None:
    await bench.begin((weight(10), analysis("success", "latency")))
    bench.prometheus.fault = Fault.UNAVAILABLE
    rollout = await bench.deploy()
    await bench.turned_back(rollout)

    lines = metric_lines((await bench.saved(rollout)).rollout.activities[0])

    assert [line.verdict for line in lines] == [Verdict.ERROR, Verdict.ERROR]


async def test_several_series_are_judged_as_the_condition_says(bench: Bench) -> None:
    single = template("success", GOOD_SHARE, "len(result) == 1 && result[0] >= 0.99")
    await bench.begin(STEPS, (single,))
    bench.prometheus.fault = Fault.SEVERAL

    assert 'Metric "success" assessed Failed' in await bench.turned_back(await bench.deploy())


async def test_a_scalar_is_a_number_of_its_own(bench: Bench) -> None:
    await bench.begin(STEPS, (template("success", f"scalar({GOOD_SHARE})", "result >= 0.99"),))

    await bench.live_with(await bench.deploy())


async def test_a_condition_that_does_not_fit_the_answer_turns_the_rollout_back(bench: Bench) -> None:
    await bench.begin(STEPS, (template("success", f"scalar({GOOD_SHARE})", "result[0] >= 0.99"),))

    assert "assessed Error" in await bench.turned_back(await bench.deploy())


async def test_a_question_to_people_stays_open_while_prometheus_is_away(bench: Bench) -> None:
    await bench.begin((weight(10), GATE, weight(50), analysis("success")), BOTH)
    rollout = await bench.deploy()
    await bench.asked(rollout)

    await bench.prometheus.stop()
    await bench.approve(rollout)

    assert "cannot be reached" in await bench.turned_back(rollout)
