"""Blue/green on a Rollout: the preview waits for its approval, the switch is seen, a quick retry without its gate is refused."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.desk import Refused, Wish
from strategies.events import Abort, Approve
from strategies.model import Outcome
from tests.bot.argo.place import ALICE, BOB, IMAGE, Place, blue_green, opened, service, started

WISH = Wish("checkout", None, "prod", ALICE)


@pytest.fixture
async def switched(tmp_path: Path) -> AsyncIterator[Place]:
    services = (service("checkout"), service("checkout-preview"))
    async with opened(tmp_path, *services, blue_green(abortScaleDownDelaySeconds=86_400)) as place:
        await place.healthy()
        await place.start()
        yield place


def active(place: Place) -> str:
    found = place.cluster.get("Service", "shop", "checkout")
    assert found is not None
    return str(found["spec"]["selector"]["rollouts-pod-template-hash"])


async def test_the_service_is_switched_only_after_the_approval(switched: Place) -> None:
    before = active(switched)
    rollout_id = await switched.deploy("v2")
    ask = await switched.asked(rollout_id)
    assert active(switched) == before

    await switched.act(rollout_id, lambda at: Approve(at, BOB, ask.id))
    ended = await switched.ended(rollout_id)

    assert ended.outcome is Outcome.HEALTHY, ended.why
    assert active(switched) == (await switched.look()).current_hash != before


async def test_a_retry_and_a_deploy_while_the_aborted_set_is_still_up_are_refused_as_they_would_skip_the_gate(
    switched: Place,
) -> None:
    before = active(switched)
    rollout_id = await switched.deploy("v2")
    await switched.asked(rollout_id)
    await switched.act(rollout_id, lambda at: Abort(at, ALICE, "enough seen"))
    assert (await switched.ended(rollout_id)).outcome is Outcome.ROLLED_BACK

    answer = await switched.core.desk.retry(WISH)
    assert isinstance(answer, Refused), answer
    assert "A retry now would skip the gate" in answer.sentence
    assert active(switched) == before

    back = started(await switched.core.desk.rollback(WISH))
    assert (await switched.ended(back.id)).outcome is Outcome.HEALTHY
    assert "would skip the gate" in await switched.refused("v2")
    assert (active(switched), (await switched.look()).image) == (before, f"{IMAGE}:v1")
