"""Every story of the demo, played to its end by the command a newcomer types."""

import pytest

from tests.demo.running import headless

ENDINGS = {
    "good": "checkout/prod: Healthy v1.4.2",
    "gate": "checkout/prod: Healthy v1.4.2",
    "errors": "checkout/prod: Degraded",
    "slow": "checkout/prod: Degraded",
    "no-data": "checkout/prod: Degraded",
    "prometheus-down": "checkout/prod: Degraded",
    "crash-loop": "checkout/prod: Degraded",
    "argo-canary": "checkout/prod: Healthy v1.4.2",
    "argo-blue-green": "checkout/prod: Healthy v1.4.2",
    "argo-analysis-fails": "checkout/prod: Degraded",
}


@pytest.mark.parametrize("scenario", ENDINGS)
async def test_a_story_ends_as_it_should(scenario: str) -> None:
    code, printed = await headless(scenario, speed=60)

    lines = printed.strip().splitlines()
    assert lines[-1].startswith(ENDINGS[scenario]), printed
    assert code == 0
    if "Degraded" in ENDINGS[scenario]:
        assert lines[-1] != ENDINGS[scenario], "a rollback says why"
