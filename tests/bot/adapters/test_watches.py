"""One watch for all who need it."""

import asyncio
from pathlib import Path
from random import Random

import pytest

from bot.adapters.kubernetes import CONFIGMAPS, PODS
from bot.adapters.watches import Watches
from bot.clock import ManualClock
from bot.errors import Forbidden
from tests.bot.adapters.kubernetes.servers import connected, says, serving, until
from tests.bot.adapters.kubernetes.world import World


async def test_all_who_need_a_kind_in_a_namespace_share_one_watch(tmp_path: Path) -> None:
    world, clock = World(), ManualClock()
    world.put("a", "1")
    async with serving(world.answer) as url, connected(tmp_path, url, clock=clock) as cluster:
        watches = Watches(cluster, clock=clock, random=Random(1))
        first, *others = await asyncio.gather(*(watches.ensure(CONFIGMAPS, "shop") for _ in range(50)))
        assert all(other is first for other in others)
        assert first.get("a") is not None
        assert await watches.ensure(PODS, "shop") is not first
        assert await watches.ensure(CONFIGMAPS, "other") is not first
        await until(lambda: len(world.watches) == 3)
        assert world.lists == 3
        await watches.stop()


async def test_what_cannot_be_watched_is_told_to_each_who_needs_it_and_works_once_it_is_granted(tmp_path: Path) -> None:
    world, clock = World(), ManualClock()
    world.next_answers.append(says(403, {"kind": "Status", "message": 'User "bot" cannot list'}))
    async with serving(world.answer) as url, connected(tmp_path, url, clock=clock) as cluster:
        watches = Watches(cluster, clock=clock, random=Random(1))
        for _ in range(2):
            with pytest.raises(Forbidden, match="leadsman rbac"):
                await watches.ensure(CONFIGMAPS, "shop")
        await until(lambda: clock.sleeping)
        await clock.advance(72)
        await until(lambda: world.watches)
        assert (await watches.ensure(CONFIGMAPS, "shop")).error is None
        assert world.lists == 2
        await watches.stop()
