"""Whole rollouts on a Rollout of Argo's: its controller walks, people are asked where it pauses, and every end is seen."""

from bot.desk import Wish
from strategies.argo.driver import Start
from strategies.events import Abort, Approve
from strategies.model import Outcome
from tests.bot.argo.place import ALICE, BOB, IMAGE, Place, started


async def test_a_canary_waits_for_its_approval_and_goes_live(place: Place) -> None:
    rollout_id = await place.deploy("v2")
    ask = await place.asked(rollout_id)
    assert (await place.look()).weight_seen > 0

    await place.act(rollout_id, lambda at: Approve(at, BOB, ask.id))
    ended = await place.ended(rollout_id)

    assert ended.outcome is Outcome.HEALTHY, (ended.outcome, ended.why)
    seen = await place.look()
    assert (seen.status, seen.stable_image) == ("Healthy", f"{IMAGE}:v2")
    assert seen.claim is not None
    assert seen.claim.rollout == ""


async def test_an_abort_brings_the_version_before_back(place: Place) -> None:
    rollout_id = await place.deploy("v2")
    await place.asked(rollout_id)

    await place.act(rollout_id, lambda at: Abort(at, ALICE, "enough seen"))
    ended = await place.ended(rollout_id)

    assert ended.outcome is Outcome.ROLLED_BACK
    seen = await place.look()
    assert (seen.weight_seen, seen.stable_image, seen.aborted) == (0, f"{IMAGE}:v1", True)


async def test_a_rollback_after_the_end_goes_back_to_the_revision_before_without_asking(place: Place) -> None:
    rollout_id = await place.deploy("v2")
    ask = await place.asked(rollout_id)
    await place.act(rollout_id, lambda at: Approve(at, BOB, ask.id))
    await place.ended(rollout_id)

    back = started(await place.core.desk.rollback(Wish("checkout", None, "prod", ALICE)))
    ended = await place.ended(back.id)

    assert back.walks[0].argo.start is Start.UNDO
    assert ended.outcome is Outcome.HEALTHY, ended.why
    assert not ended.asks
    assert (await place.look()).stable_image == f"{IMAGE}:v1"
