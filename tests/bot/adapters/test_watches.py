"""One watch for all who need it."""

import asyncio
from pathlib import Path
from random import Random

import pytest

from bot.adapters.kubernetes import CONFIGMAPS, PODS
from bot.adapters.watches import Watches
from bot.clock import ManualClock
from bot.errors import Forbidden, LeadsmanError
from tests.bot.adapters.kubernetes.servers import (
    Answer,
    closes,
    connected,
    hangs,
    hurried,
    says,
    serving,
    until,
)
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


@pytest.mark.parametrize("answer", [closes(), hangs()])
async def test_a_call_without_an_answer_opens_every_watch_again(tmp_path: Path, answer: Answer) -> None:
    """What cut the call off may have cut the watches off in silence: the change that none of them was told comes now."""
    world, clock = World(), ManualClock()
    world.put("a", "1")
    async with serving(world.answer) as url, connected(tmp_path, url, clock=clock) as cluster:
        watches = Watches(cluster, clock=clock, random=Random(1))
        kept = [await watches.ensure(kind, "shop") for kind in (CONFIGMAPS, PODS)]
        await until(lambda: len(world.watches) == 2)
        await clock.advance(20)
        world.mute = True
        world.put("a", "2")
        world.mute = False
        world.next_answers.extend([answer] * 2)
        with hurried(cluster), pytest.raises(LeadsmanError):
            await cluster.get(CONFIGMAPS, "shop", "a")
        world.next_answers.clear()
        await until(lambda: all(one.has_reached(world.version) for one in kept))
        await watches.stop()


@pytest.mark.parametrize("answer", [says(500, "boom"), says(403, "no")])
async def test_an_answer_however_bad_leaves_the_watches_alone(tmp_path: Path, answer: Answer) -> None:
    await _left_alone(tmp_path, answer, writes=False)


async def test_a_write_that_hangs_leaves_the_watches_alone(tmp_path: Path) -> None:
    """It may hang in somebody's admission webhook."""
    await _left_alone(tmp_path, hangs(), writes=True)


async def _left_alone(tmp_path: Path, answer: Answer, *, writes: bool) -> None:
    world, clock = World(), ManualClock()
    async with serving(world.answer) as url, connected(tmp_path, url, clock=clock) as cluster:
        watches = Watches(cluster, clock=clock, random=Random(1))
        kept = await watches.ensure(CONFIGMAPS, "shop")
        await until(lambda: world.watches)
        await clock.advance(20)
        opened = list(world.watches)
        world.next_answers.append(answer)
        with hurried(cluster), pytest.raises(LeadsmanError):
            if writes:
                await cluster.create(CONFIGMAPS, "shop", {"metadata": {"name": "a"}})
            else:
                await cluster.get(CONFIGMAPS, "shop", "a")
        world.put("a", "1")
        await until(lambda: kept.has_reached(world.version))
        assert world.watches == opened
        await watches.stop()
