"""What a plan would really do with the pods there are."""

import pytest

from strategies.shares import coarse, real_shares, unmeasurable, unrouted, wanted_weights
from strategies.steps import Analysis, Background, Gate, Pause, Plan, SetCanaryScale, SetWeight, Step

RATE = Analysis(("success-rate",))


def plan(*steps: Step, **settings: object) -> Plan:
    return Plan("careful", steps, **settings)  # type: ignore[arg-type]


def sentences(one: Plan, replicas: int) -> list[tuple[str, str]]:
    return [(problem.place, problem.sentence) for problem in coarse(one, replicas, routed=False)]


def test_the_real_share_of_every_step_is_known_before_the_start() -> None:
    one = plan(Pause(), SetWeight(10), Pause(), SetWeight(33), SetWeight(100), max_surge=1, max_unavailable=0)
    assert wanted_weights(one) == (0, 10, 10, 33, 100)
    assert real_shares(one, 4, routed=False) == (0, 20, 20, 40, 100)
    assert real_shares(one, 4, routed=True) == (0, 10, 10, 33, 100)


def test_the_guides_ten_percent_with_one_pod_of_six_is_shown_as_it_is() -> None:
    (share, _) = real_shares(plan(SetWeight(10), Pause(), max_surge=1), 5, routed=False)
    assert share == pytest.approx(16.67, abs=0.01)


def test_a_share_that_is_far_off_is_refused() -> None:
    assert sentences(plan(SetWeight(10), Gate()), 2) == [
        ("steps[0].setWeight", "10% would really be 33.33% with 2 replicas")
    ]
    assert sentences(plan(SetWeight(10), Gate()), 10) == []


def test_everything_on_the_canary_before_the_last_gate_is_refused() -> None:
    one = plan(SetWeight(95), Pause(), SetWeight(100), max_surge=0, max_unavailable=1)
    assert sentences(one, 1) == [
        ("steps[0].setWeight", "95% would send all traffic to the canary before the last gate with 1 replica")
    ]
    assert sentences(plan(SetWeight(95), max_surge=0, max_unavailable=1), 1) == []
    assert sentences(plan(SetWeight(100), Gate()), 1) == []  # that is what the plan says


def test_an_analysis_of_nothing_is_refused() -> None:
    one = plan(SetWeight(5), RATE, background=Background(RATE), max_surge=0, max_unavailable=1)
    assert sentences(one, 1) == [
        ("steps[1].analysis", "no canary pod would serve when it measures: 5% is 0% with 1 replica"),
        ("analysis", "no canary pod would ever serve while it measures with 1 replica"),
    ]
    later = plan(SetWeight(5), SetWeight(100), background=Background(RATE), max_surge=0, max_unavailable=1)
    assert sentences(later, 1) == []


def test_a_plan_may_accept_being_coarse_and_a_router_is_never_coarse() -> None:
    assert coarse(plan(SetWeight(10), accept_coarse=True), 1, routed=False) == ()
    assert coarse(plan(SetWeight(10)), 1, routed=True) == ()


def test_an_analysis_needs_a_canary_pod_to_measure() -> None:
    one = plan(
        RATE, SetCanaryScale(replicas=1), RATE, SetCanaryScale(match_traffic_weight=True), RATE, SetWeight(1), RATE
    )
    assert [problem.place for problem in unmeasurable(one)] == ["steps[0].analysis", "steps[4].analysis"]
    assert unmeasurable(plan(SetCanaryScale(weight=0), SetWeight(5), RATE))[0].place == "steps[2].analysis"
    assert unmeasurable(plan(Pause(), SetWeight(5), background=Background(RATE))) == ()
    assert [problem.place for problem in unmeasurable(plan(Pause(), background=Background(RATE)))] == ["analysis"]


def test_a_scale_of_its_own_needs_a_router() -> None:
    (problem,) = unrouted(plan(SetWeight(5), SetCanaryScale(replicas=1)))
    assert (problem.place, problem.sentence) == (
        "steps[1].setCanaryScale",
        "SetCanaryScale requires TrafficRouting to be set",
    )
