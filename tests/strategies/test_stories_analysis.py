"""Told stories of a canary that is measured: inline, in the background, without data, unclear, late, and after our own absence."""

import pytest

from strategies.activities import activity_at, measured
from strategies.allowed import Verb
from strategies.decision import Turn
from strategies.effects import measures
from strategies.events import Measured, What
from strategies.judge.measurement import Sample
from strategies.judge.template import Template, parse
from strategies.judge.verdict import Verdict
from strategies.model import AskEnd, Outcome, Side, Stage
from strategies.phase import phase
from strategies.steps import Analysis, Background, Gate, Pause, SetWeight
from tests.strategies.story import BAD, GOOD, HOUR, MINUTE, NOTHING, SECOND, UNCLEAR, Story, approving, template
from tests.strategies.world import V1, V2, look, settled

MODES = pytest.mark.parametrize("routed", [True, False], ids=["router", "pods"])
MEASURED = (SetWeight(25), Analysis(("success-rate",)), SetWeight(50), Pause(5 * MINUTE))
PAUSED = (SetWeight(25), Pause(5 * MINUTE), SetWeight(50), Pause(5 * MINUTE))
ENDLESS = template(count=None)
BESIDE = Background(Analysis(("success-rate",)))


def inline(**settings: object) -> Story:
    return Story(MEASURED, templates=(template(),), **settings)  # type: ignore[arg-type]


def beside(start: int = 0, **settings: object) -> Story:
    background = Background(Analysis(("success-rate",)), start)
    return Story(PAUSED, background=background, templates=(ENDLESS,), **settings)  # type: ignore[arg-type]


@MODES
def test_a_good_version_is_measured_and_goes_on(routed: bool) -> None:
    story = inline(routed=routed).deploys()
    assert phase(story.rollout, look(story.world, story.at)).sentence.startswith("measuring at")
    assert not story.told(What.MEASURED)
    story.passes(30 * SECOND)
    assert len(story.told(What.MEASURED)) == 1
    story.passes(2 * MINUTE)
    assert story.told(What.ANALYSIS_PASSED) == [{"activity": "ro1-1", "weight": 25, "accepted": False}]
    assert approving(story).outcome is Outcome.HEALTHY


def test_a_bad_version_goes_home_and_says_why() -> None:
    story = inline(answers=lambda name: BAD).deploys().passes(MINUTE)
    assert story.outcome is Outcome.ROLLED_BACK
    assert story.rollout.why == 'Metric "rate" assessed Failed due to failed (1) > failureLimit (0)'
    assert story.serves(V1)


def test_a_server_that_does_not_answer_is_never_success() -> None:
    story = inline(answers=lambda name: None).deploys().passes(5 * MINUTE)
    assert story.outcome is Outcome.ROLLED_BACK
    assert "consecutiveErrors (5) > consecutiveErrorLimit (4)" in story.rollout.why


def test_no_data_is_never_success() -> None:
    story = inline(answers=lambda name: NOTHING).deploys().passes(5 * MINUTE)
    assert story.outcome is Outcome.ROLLED_BACK
    assert story.serves(V1)


def test_measurements_taken_without_a_ready_canary_pod_are_asked_of_people() -> None:
    story = inline().deploys()
    for number in (1, 2, 3):
        activity = story.rollout.activities[0]
        sample = Sample("rate", number, story.at, story.at, GOOD, ready=False)
        story.decided(Measured(story.at, activity.id, activity.sequence, sample))
    story.runs()
    assert story.step == 1
    assert story.asked
    assert story.rollout.activities[0].run.phase is Verdict.SUCCESSFUL


def test_an_unclear_result_is_decided_by_people() -> None:
    story = inline(answers=lambda name: UNCLEAR).deploys().passes(MINUTE)
    assert phase(story.rollout, look(story.world, story.at)).card == "Inconclusive"
    assert Verb.MEASURE_AGAIN in story.verbs("bob")
    assert Verb.MEASURE_AGAIN not in story.verbs("alice")
    assert "Not promoted: the analysis is still running" in (story.promotes() or "")
    assert "Say why" in (story.approves("bob") or "")
    story.passes(5 * HOUR)
    assert story.ask.held
    assert story.approves("bob", "the dip is a known batch job") is None
    story.runs()
    assert story.step == 3
    assert story.told(What.ANALYSIS_PASSED)[0]["accepted"] is True


def test_an_unclear_result_can_be_measured_again() -> None:
    values = [UNCLEAR, GOOD, GOOD, GOOD]
    story = inline(answers=lambda name: values.pop(0)).deploys().passes(MINUTE)
    ask = story.ask.id
    assert "This needs the approver role" in (story.measures_again("alice") or "")
    assert story.measures_again("bob") is None
    assert story.approves("bob", "late", ask=ask) == "Not approved. It is being measured again. Nothing changed."
    assert story.passes(5 * MINUTE).step == 3
    assert story.rollout.asks[0].ended is AskEnd.AGAIN


def test_a_rejected_result_brings_base_home() -> None:
    story = inline(answers=lambda name: UNCLEAR).deploys().passes(MINUTE)
    story.rejects("bob", "not good enough")
    assert story.runs().outcome is Outcome.ROLLED_BACK


def test_a_skipped_analysis_counts_no_more() -> None:
    story = inline(answers=lambda name: UNCLEAR).deploys().passes(MINUTE)
    assert story.skips("bob", "the metric is broken") is None
    assert not story.asked
    assert story.rollout.activities[0].closed
    assert approving(story.runs()).outcome is Outcome.HEALTHY


def test_measure_again_is_refused_where_nothing_is_asked() -> None:
    story = Story((SetWeight(25), Gate())).deploys()
    assert story.measures_again("bob") == "Not measured again: that question is closed. Nothing changed."


def test_a_late_measurement_of_an_earlier_run_counts_for_nothing() -> None:
    story = inline(answers=lambda name: UNCLEAR).deploys().passes(MINUTE)
    old = story.rollout.activities[0]
    story.measures_again("bob")
    before = story.rollout
    late = Sample("rate", 1, story.at, story.at, GOOD)
    for event in (
        Measured(story.at, old.id, old.sequence, late),
        Measured(story.at, "ro1-77", 0, late),
        Measured(story.at, old.id, old.sequence + 1, Sample("other", 1, story.at, story.at, GOOD)),
    ):
        story.decided(event)
        assert story.rollout == before
    story.aborts()
    turned = story.rollout
    story.decided(Measured(story.at, old.id, old.sequence + 1, late))
    assert story.rollout == turned
    assert measured(Turn(turned, story.at), Measured(story.at, old.id, 1, late)).rollout == turned
    assert not measures(story.rollout, story.at)


def test_a_template_that_cannot_be_measured_turns_back() -> None:
    story = Story(MEASURED, templates=(template(successCondition="result[0] > {{args.limit}}"),)).deploys()
    assert story.outcome is Outcome.ROLLED_BACK
    assert story.rollout.why.startswith("its analysis cannot be measured:")


def test_a_first_measurement_waits_for_as_long_as_its_query_reaches_back() -> None:
    for provider, reach in (
        ({"query": "rate(ok[3m])"}, 3 * MINUTE),
        ({"query": "ok", "rangeQuery": {"start": 'now() - duration("20m")', "end": "now()", "step": "1m"}}, 20 * MINUTE),
        ({"query": "rate(ok[2m])", "rangeQuery": {"start": 'now() - duration("5m")', "end": "now()", "step": "1m"}}, 7 * MINUTE),
        ({"query": "rate(ok[1m])", "rangeQuery": {"start": 'date("2026-01-01T00:00:00Z")', "end": "now()", "step": "1m"}}, MINUTE),
    ):  # fmt: skip
        whole = template(provider={"prometheus": {"address": "http://prometheus", **provider}})
        story = Story(MEASURED, templates=(whole,)).deploys()
        assert story.rollout.activities[0].window == reach
        story.reaches(story.rollout.activities[0].since + reach - SECOND)
        assert not story.told(What.MEASURED)
        story.passes(SECOND)
        assert len(story.told(What.MEASURED)) == 1


def test_an_argument_may_be_read_from_the_workload() -> None:
    document = {
        "kind": "AnalysisTemplate",
        "metadata": {"name": "success-rate"},
        "spec": {
            "args": [
                {"name": "who", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
                {"name": "where", "valueFrom": {"fieldRef": {"fieldPath": "metadata.namespace"}}},
            ],
            "metrics": [
                {
                    "name": "rate",
                    "successCondition": "result[0] >= 0.95",
                    "provider": {"prometheus": {"query": 'ok{app="{{args.who}}",ns="{{args.where}}"}'}},
                }
            ],
        },
    }
    story = Story(MEASURED, templates=(parsed(document),)).deploys()
    metric = story.rollout.activities[0].run.analysis.metric("rate")
    assert metric.provider.query == 'ok{app="checkout",ns="shop"}'


def parsed(document: dict[str, object]) -> Template:
    found = parse(document)
    assert isinstance(found, Template), found
    return found


def test_a_background_analysis_gives_proof_for_each_weight_anew() -> None:
    story = beside().deploys()
    assert activity_at(story.rollout, story.walk, None) is not None
    story.passes(5 * MINUTE)
    assert story.step == 3
    assert len(story.told(What.ANALYSIS_AGAIN)) == 1
    assert approving(story).outcome is Outcome.HEALTHY


def test_without_fresh_proof_neither_a_weight_nor_the_promotion_follows() -> None:
    values = iter([GOOD] * 5)
    story = beside(answers=lambda name: next(values, None) or UNCLEAR).deploys().passes(6 * MINUTE)
    assert story.weight == 50
    assert story.asked
    story.passes(HOUR)
    assert story.stage is Stage.WALKING
    assert story.weight == 50
    assert story.approves("bob", "the exporter is down") is None
    assert story.runs().outcome is Outcome.HEALTHY


def test_a_background_analysis_that_fails_turns_back() -> None:
    values = iter([GOOD, GOOD, BAD])
    story = beside(answers=lambda name: next(values)).deploys().passes(4 * MINUTE)
    assert story.outcome is Outcome.ROLLED_BACK


def test_a_background_question_survives_the_cursor() -> None:
    values = iter([UNCLEAR])
    story = beside(answers=lambda name: next(values)).deploys().passes(MINUTE)
    ask = story.ask.id
    assert story.skips("bob", "no need to wait") is None
    story.runs()
    assert story.ask.id == ask
    assert story.weight == 25
    story.approves("bob", "known")
    assert story.runs().weight == 50


def test_a_background_analysis_may_start_later() -> None:
    story = beside(start=3).deploys().passes(5 * MINUTE)
    assert story.weight == 50
    assert [facts["templates"] for facts in story.told(What.ANALYSIS_STARTED)] == ["success-rate"]
    assert approving(story).outcome is Outcome.HEALTHY


def test_one_weight_after_the_other_still_needs_proof_between_them() -> None:
    story = Story((SetWeight(25), SetWeight(50)), background=BESIDE, templates=(ENDLESS,)).deploys()
    assert story.weight == 25
    story.passes(40 * SECOND)
    assert story.weight == 50
    story.passes(MINUTE)
    assert story.outcome is Outcome.HEALTHY


def test_after_an_outage_the_guard_must_have_measured_again() -> None:
    story = beside().deploys().passes(4 * MINUTE + 50 * SECOND).is_away(3 * HOUR)
    looked_at = story.looks()
    assert not looked_at
    assert story.weight == 25
    story.runs()
    assert story.weight == 25
    story.passes(MINUTE)
    assert story.weight == 50


def test_a_verdict_from_before_an_outage_is_measured_anew() -> None:
    story = inline().deploys()
    story.reaches(story.rollout.activities[0].since + 2 * MINUTE + 29 * SECOND)
    story.at += SECOND
    story.measures()
    assert story.rollout.activities[0].run.phase is Verdict.SUCCESSFUL
    story.is_away(3 * HOUR)
    story.looks()
    assert story.step == 1
    assert story.rollout.activities[0].run.phase is Verdict.RUNNING
    assert story.passes(5 * MINUTE).step == 3


def test_a_canary_that_falls_over_is_measured_from_nothing_when_it_is_back() -> None:
    story = inline().deploys().passes(MINUTE)
    first = story.rollout.activities[0]
    story.loses(Side.CANARY)
    story.steps_on()
    story.runs()
    again = story.rollout.activities[0]
    assert (again.id, again.sequence) == (first.id, first.sequence + 1)
    assert again.since > first.since
    assert story.passes(5 * MINUTE).step == 3


def test_a_question_is_void_when_what_it_was_about_is_measured_again() -> None:
    story = inline(answers=lambda name: UNCLEAR).deploys().passes(MINUTE)
    ask = story.ask.id
    story.loses(Side.CANARY)
    story.steps_on()
    story.runs()
    found = story.rollout.ask(ask)
    assert found is not None
    assert found.ended is AskEnd.VOID
    assert story.serves(V2) is False
    assert settled(story.world).canary.ready
