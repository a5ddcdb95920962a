"""`leadsman abort --direct` on a Rollout: the bot is gone, and the version before comes back all the same."""

import asyncio
from pathlib import Path

import pytest

from bot.clusters import Clusters
from bot.direct import bring_home
from bot.errors import PermanentError
from strategies.events import Approve
from strategies.model import Outcome
from tests.bot.argo.place import BOB, IMAGE, TARGET, Place, opened
from tests.story_bot import PATIENCE


async def aborted(place: Place, clusters: Clusters) -> list[str]:
    lines: list[str] = []
    async with asyncio.timeout(PATIENCE):
        await bring_home(TARGET, clusters, place.clock, lines.append)
    return lines


async def test_an_abort_without_the_bot_brings_the_version_before_back_and_frees_the_rollout(place: Place) -> None:
    rollout_id = await place.deploy("v2")
    await place.asked(rollout_id)
    await place.core.engine.stop()

    lines = await aborted(place, place.core.clusters)
    seen = await place.look()

    assert lines[-1] == f"shop/checkout serves {IMAGE}:v1 again; it still asks for {IMAGE}:v2."
    assert (seen.aborted, seen.weight_seen, seen.stable_ready) == (True, 0, 4)
    assert seen.claim is not None
    assert (seen.claim.rollout, seen.claim.fence) == ("", 2)


async def test_the_bot_that_comes_back_sees_that_it_was_aborted_without_it(place: Place) -> None:
    rollout_id = await place.deploy("v2")
    await place.asked(rollout_id)
    clusters = place.core.clusters
    await place.core.engine.stop()
    await aborted(place, clusters)
    await place.stop()

    await place.start()
    ended = await place.ended(rollout_id)

    assert ended.outcome is Outcome.ROLLED_BACK
    assert ended.why.startswith("aborted")


async def test_what_began_elsewhere_is_aborted_without_a_claim_too(tmp_path: Path, place: Place) -> None:
    await place.core.elsewhere.stop()
    await place.set_image("v2")
    await place.until_so(lambda thing: thing["status"].get("phase") == "Paused")

    assert "it still asks for" in (await aborted(place, place.core.clusters))[-1]
    assert (await place.look()).aborted


async def test_at_rest_there_is_nothing_to_abort_and_the_way_back_is_named(place: Place) -> None:
    rollout_id = await place.deploy("v2")
    ask = await place.asked(rollout_id)
    await place.act(rollout_id, lambda at: Approve(at, BOB, ask.id))
    await place.ended(rollout_id)

    with pytest.raises(
        PermanentError, match=r"there is nothing to abort\. .*`kubectl argo rollouts undo checkout -n shop`"
    ):
        await aborted(place, place.core.clusters)


async def test_a_rollout_that_is_not_there_cannot_be_aborted(tmp_path: Path) -> None:
    async with opened(tmp_path) as place:
        await place.start()
        with pytest.raises(PermanentError, match="There is no Rollout shop/checkout in cluster prod"):
            await aborted(place, place.core.clusters)
