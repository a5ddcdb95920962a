"""Who works on a rollout: one at a time, and somebody else once it is dead."""

import asyncio
from datetime import timedelta

from bot.store import Store
from strategies.model import Stage
from tests.bot.store.builders import at, ended, rollout

LEASE = timedelta(seconds=30)


async def make(store, name: str, due: float | None) -> None:
    due_at = None if due is None else at(due)
    await store.create(rollout(name, app=name), at=at(0), due_at=due_at)


async def test_what_is_due_is_claimed_earliest_first_and_only_once(store):
    for name, due in (("late", 9), ("early", 1), ("future", 100), ("never", None)):
        await make(store, name, due)
    assert await store.claim_due(at(10), "a", LEASE, 9) == ["early", "late"]
    assert await store.claim_due(at(10), "b", LEASE, 9) == []
    assert await store.claim_due(at(100), "a", LEASE, 9) == ["future"]


async def test_no_more_is_claimed_than_asked_for(store):
    for number in range(5):
        await make(store, f"r{number}", number)
    assert await store.claim_due(at(10), "a", LEASE, 2) == ["r0", "r1"]
    assert await store.claim_due(at(10), "a", LEASE, 2) == ["r2", "r3"]


async def test_a_released_rollout_that_is_still_due_can_be_claimed_again_but_not_by_releasing_anothers(store):
    await make(store, "r1", 1)
    await store.claim_due(at(10), "a", LEASE, 9)
    await store.release("r1", "b")
    assert await store.claim_due(at(10), "b", LEASE, 9) == []
    await store.release("r1", "a")
    assert await store.claim_due(at(10), "b", LEASE, 9) == ["r1"]


async def test_at_the_end_everything_of_ones_own_is_given_back_and_nothing_of_others(store):
    for name in ("r1", "r2", "r3"):
        await make(store, name, 1)
    await store.lease("r1", "a", LEASE)
    await store.lease("r2", "b", LEASE)
    await store.lease("r3", "a", LEASE)
    await store.release_all("a")
    assert sorted(await store.claim_due(at(10), "c", LEASE, 9)) == ["r1", "r3"]


async def test_a_lease_runs_out_in_real_time_unless_it_is_renewed(store, clock):
    await make(store, "r1", 1)
    assert await store.lease("r1", "a", LEASE)
    assert not await store.lease("r1", "b", LEASE)
    await clock.advance(20)
    assert await store.renew("r1", "a", LEASE)
    await clock.advance(20)
    assert await store.claim_due(at(10), "b", LEASE, 9) == []
    await clock.advance(11)
    assert await store.claim_due(at(10), "b", LEASE, 9) == ["r1"]
    assert not await store.renew("r1", "a", LEASE)
    assert not await store.lease("r1", "a", LEASE)


async def test_what_a_dead_process_held_is_claimed_though_nothing_of_it_is_due(store, clock):
    """It may have died between what it decided and what it was about to do."""
    for name, due in (("never", None), ("future", 100), ("now", 1), ("given back", None)):
        await make(store, name, due)
        await store.lease(name, "dead", LEASE)
    await store.release("given back", "dead")
    await clock.advance(29)
    assert await store.claim_due(at(10), "b", LEASE, 9) == []
    await clock.advance(2)
    assert await store.claim_due(at(10), "b", LEASE, 9) == ["now", "future", "never"]
    assert await store.claim_due(at(10), "b", LEASE, 9) == []


async def test_the_owner_may_lease_again_what_it_holds(store):
    await make(store, "r1", None)
    assert await store.lease("r1", "a", LEASE)
    assert await store.lease("r1", "a", LEASE)
    assert not await store.lease("nobody", "a", LEASE)


async def test_saving_moves_the_due_time_and_the_end_removes_it(store):
    saved = await store.create(rollout("r1"), at=at(0), due_at=at(1))
    saved = await store.save(saved, saved.rollout, due_at=at(50), at=at(2))
    assert await store.claim_due(at(49), "a", LEASE, 9) == []
    assert await store.claim_due(at(50), "a", LEASE, 9) == ["r1"]
    await store.release("r1", "a")
    await store.save(saved, ended(saved.rollout), due_at=at(50), at=at(51))
    assert await store.claim_due(at(99), "a", LEASE, 9) == []


async def test_waiting_rollouts_can_be_due_too(store):
    await store.create(rollout("r1", stage=Stage.QUEUED), at=at(0), due_at=at(1))
    assert await store.claim_due(at(1), "a", LEASE, 9) == ["r1"]


async def test_several_who_claim_at_one_moment_share_the_work_without_doubles(store):
    await asyncio.gather(*(make(store, f"r{number}", number) for number in range(40)))
    claims = await asyncio.gather(*(store.claim_due(at(99), f"w{n}", LEASE, 5) for n in range(8)))
    names = [name for claim in claims for name in claim]
    assert len(names) == len(set(names))
    rest = await store.claim_due(at(99), "last", LEASE, 99)
    assert len(names) + len(rest) == 40


async def test_leases_of_a_dead_process_end_with_it_where_nobody_else_can_be_alive(store, address, clock):
    await make(store, "r1", 1)
    await store.lease("r1", "dead", LEASE)
    await store.close()
    again = Store.open(address, clock=clock)
    await again.migrate()
    claimed = await again.claim_due(at(1), "new", LEASE, 9)
    await again.close()
    assert claimed == (["r1"] if address.startswith("sqlite") else [])
