"""Several processes on one Postgres share the work: no doubles, no deadlocks, one chain. Here each is a store of its own."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.clock import ManualClock
from bot.store import Store
from bot.store.errors import Occupied, Stale
from bot.store.records import AuditEntry, DeliveryKind, Tell, TellKind
from tests.bot.store.builders import ADA, at, happening, rollout

LEASE = timedelta(seconds=30)


@pytest.fixture
async def stores(postgres_address):
    async with AsyncExitStack() as stack:
        opened = [Store.open(postgres_address, clock=ManualClock()) for _ in range(4)]
        for store in opened:
            stack.push_async_callback(store.close)
        await asyncio.gather(*(store.migrate() for store in opened))
        yield opened


async def test_all_may_upgrade_at_one_moment(stores):
    assert [await store.is_current() for store in stores] == [True] * 4


async def test_a_delivery_that_reaches_all_counts_once(stores):
    for number in range(20):
        answers = await asyncio.gather(
            *(store.receive(f"same{number}", DeliveryKind.ACTION, {}, at(0)) for store in stores)
        )
        assert sorted(answers) == [False, False, False, True]


async def test_of_all_who_start_a_rollout_in_one_place_one_succeeds_and_the_others_learn_its_id(stores):
    for number in range(10):
        app = f"app{number}"
        starts = [
            store.create(rollout(f"{app}-{n}", app=app), [happening()], at=at(0)) for n, store in enumerate(stores)
        ]
        answers = await asyncio.gather(*starts, return_exceptions=True)
        (winner,) = [answer for answer in answers if not isinstance(answer, Exception)]
        losers = [answer for answer in answers if isinstance(answer, Occupied)]
        assert len(losers) == 3
        assert {loser.rollout_id for loser in losers} == {winner.rollout.id}


async def test_of_all_who_save_over_the_same_one_succeeds(stores):
    saved = await stores[0].create(rollout(), at=at(0))
    for number in range(10):
        changed = replace(saved.rollout, count=number + 1)
        tells = [Tell(TellKind.CARD, "r1")]
        saves = [store.save(saved, changed, happenings=[happening()], tells=tells, at=at(1)) for store in stores]
        answers = await asyncio.gather(*saves, return_exceptions=True)
        assert sum(isinstance(answer, Stale) for answer in answers) == 3
        (saved,) = [answer for answer in answers if not isinstance(answer, Exception)]
    assert len(await stores[0].audit_entries(0, 99)) == 10
    assert len(await stores[0].pending_tells(9)) == 1


async def test_saving_and_recording_of_the_same_rollout_do_not_deadlock_and_leave_one_chain(stores):
    saved = await stores[0].create(rollout(), at=at(0))

    async def record(store: Store, number: int) -> None:
        for _ in range(10):
            await store.audit([AuditEntry(f"patched{number}", at(1), ADA)], rollout_id="r1", at=at(1))

    async def save() -> None:
        current = saved
        for _ in range(10):
            current = await stores[0].save(current, current.rollout, happenings=[happening()], at=at(1))

    await asyncio.gather(save(), *(record(store, number) for number, store in enumerate(stores[1:])))
    found = await stores[0].verify()
    assert found.is_sound
    assert found.entries == 40


async def test_due_rollouts_are_claimed_by_one_each(stores):
    for number in range(40):
        await stores[0].create(rollout(f"r{number}", app=f"app{number}"), at=at(0), due_at=at(number))
    claims = await asyncio.gather(*(store.claim_due(at(99), f"w{n}", LEASE, 4) for n in range(3) for store in stores))
    names = [name for claim in claims for name in claim]
    assert len(names) == len(set(names))
    assert len(names) + len(await stores[0].claim_due(at(99), "rest", LEASE, 99)) == 40


async def test_all_who_record_at_one_moment_wait_for_each_other_instead_of_failing(stores):
    acts = [store.audit([AuditEntry("x", at(n), ADA)], at=at(n)) for n in range(25) for store in stores]
    await asyncio.gather(*acts)
    found = await stores[0].verify()
    assert found.is_sound
    assert found.entries == 100
