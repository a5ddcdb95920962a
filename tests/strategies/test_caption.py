"""Steps in a few words."""

from datetime import timedelta

import pytest

from strategies.caption import caption
from strategies.steps import Analysis, Gate, Pause, SetCanaryScale, SetWeight, Step


@pytest.mark.parametrize(
    ("step", "text"),
    [
        (SetWeight(20), "setWeight: 20"),
        (Pause(), "pause"),
        (Pause(timedelta(hours=1)), "pause: 1h"),
        (Analysis(("a",)), "analysis"),
        (SetCanaryScale(weight=25), "setCanaryScale{weight: 25}"),
        (SetCanaryScale(match_traffic_weight=True), "setCanaryScale{matchTrafficWeight: true}"),
        (SetCanaryScale(replicas=3), "setCanaryScale{replicas: 3}"),
        (Gate(2, ("approver", "sre")), "gate: 2 of approver, sre"),
    ],
)
def test_reads_as_in_argos_tools(step: Step, text: str) -> None:
    assert caption(step) == text
