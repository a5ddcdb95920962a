"""A plan in lines: each step with what it really does at the number of pods there is."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.starting import Preflight
from handlers.plans import driver_lines, duration_text, plan_lines, pods_text
from strategies.argo.driver import Argo, Start
from strategies.argo.seen import ArgoSeen, Kind
from strategies.steps import Analysis, Background, Gate, Pause, Plan, SetCanaryScale, SetWeight, Silence


def lines(*steps: object, replicas: int = 10, routed: bool = True, background: Background | None = None) -> list[str]:
    plan = Plan("careful", steps, background)  # type: ignore[arg-type]
    return list(plan_lines(plan, replicas, routed=routed))


def test_every_kind_of_step_is_one_numbered_line_and_the_end_is_the_last() -> None:
    assert lines(
        SetCanaryScale(replicas=1),
        SetWeight(10),
        Pause(timedelta(minutes=5)),
        Analysis(("success-rate", "latency")),
        Gate(2, ("sre", "lead"), timedelta(hours=4)),
        Gate(1, on_deadline=Silence.HOLD),
        SetCanaryScale(weight=50),
        SetCanaryScale(match_traffic_weight=True),
        Pause(),
    ) == [
        "1. 1 canary pod, whatever the weight",
        "2. 10% of the traffic",
        "3. wait 5 min",
        "4. measure success-rate, latency; a failure brings the version before back",
        "5. 2 approvals by sre or lead within 4 h, else abort",
        "6. 1 approval by approver within 4 h, else hold",
        "7. canary pods for 50% of the load",
        "8. canary pods follow the weight again",
        "9. pause until somebody promotes",
        "10. all traffic to the new version, then its pods take over the stable Deployment",
    ]


def test_by_pods_the_real_share_stands_beside_the_wanted_one_where_they_differ() -> None:
    assert lines(SetWeight(10), SetWeight(50), replicas=4, routed=False)[:2] == [
        "1. 10% of the traffic (really 20%, by pods)",
        "2. 50% of the traffic",
    ]


def test_while_nobody_knows_the_pods_only_the_wanted_shares_are_told() -> None:
    assert lines(SetWeight(10), replicas=0, routed=False)[0] == "1. 10% of the traffic"


def test_what_is_measured_beside_the_steps_says_beside_which() -> None:
    background = Background(Analysis(("success-rate",)), 1)
    assert "beside steps 2 to 2: measure success-rate" in lines(SetWeight(10), SetWeight(50), background=background)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(1, "1 s"), (90, "90 s"), (120, "2 min"), (150, "2 min 30 s"), (5400, "90 min"), (86400, "1 d")],
)
def test_durations_are_told_as_people_say_them(seconds: int, said: str) -> None:
    assert duration_text(timedelta(seconds=seconds)) == said


def test_one_pod_is_one_pod() -> None:
    assert (pods_text(1), pods_text(4), pods_text(1, "canary ")) == ("1 pod", "4 pods", "1 canary pod")


def seen(**more: Any) -> ArgoSeen:
    return ArgoSeen(datetime(2026, 11, 20, tzinfo=UTC), uid="u", **more)


def test_the_steps_of_a_rollout_are_told_in_the_same_words_and_its_pauses_ask() -> None:
    looked = seen(
        steps=("setWeight: 20", "pause", "analysis", "pause: 5m", "setCanaryScale{replicas: 3}"),
        durations=(None, None, None, timedelta(minutes=5), None),
    )
    driver = Argo(Start.DEPLOY, Gate(2, ("approver", "sre"), timedelta(minutes=30), Silence.HOLD))
    assert driver_lines(driver, Preflight((), seen=looked), routed=False) == (
        "1. 20% of the traffic",
        "2. pause for 2 approvals by approver or sre within 30 min, else hold",
        "3. measure; a failure brings the version before back",
        "4. wait 5 min",
        "5. setCanaryScale{replicas: 3}",
        "6. all traffic to the new version",
    )


def test_a_blue_green_rollout_has_a_preview_an_approval_and_the_switch() -> None:
    looked = seen(kind=Kind.BLUE_GREEN)
    lines = driver_lines(Argo(Start.DEPLOY), Preflight((), seen=looked), routed=False)
    assert lines[1:] == (
        "2. where the Rollout waits for a person: 1 approval by approver within 4 h, else abort",
        "3. all traffic to the new version at once",
    )


def test_a_rollout_that_could_not_be_looked_at_has_no_lines() -> None:
    assert driver_lines(Argo(Start.DEPLOY), Preflight(()), routed=False) == ()
