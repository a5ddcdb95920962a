"""A delivery is stored once and settled once."""

import asyncio

from bot.store.records import DeliveryKind
from tests.bot.store.builders import at
from tests.bot.store.conftest import raw


async def test_a_repeat_is_told_from_a_new_delivery_even_after_it_was_settled(store):
    assert await store.receive("cmd:1", DeliveryKind.COMMAND, {"text": "checkout v1"}, at(0))
    assert not await store.receive("cmd:1", DeliveryKind.COMMAND, {"text": "checkout v1"}, at(1))
    (delivery,) = await store.inbox_pending(9)
    await store.inbox_done(delivery.id, at(2), "refused: not a deployer")
    assert await store.inbox_pending(9) == ()
    assert not await store.receive("cmd:1", DeliveryKind.COMMAND, {}, at(3))


async def test_deliveries_wait_in_order_with_their_bodies_whatever_people_typed(store):
    bodies = [{"text": "a\0b\ud800 <!channel>"}, {"nested": {"list": [1, None, True]}}, {}]
    for number, body in enumerate(bodies):
        await store.receive(f"key\0{number}", DeliveryKind.ACTION, body, at(number))
    waiting = await store.inbox_pending(9)
    assert [each.body for each in waiting] == bodies
    assert [each.received_at for each in waiting] == [at(0), at(1), at(2)]
    assert [each.id for each in await store.inbox_pending(2)] == [each.id for each in waiting[:2]]


async def test_of_the_same_delivery_many_times_at_one_moment_one_counts(store):
    answers = await asyncio.gather(*(store.receive("same", DeliveryKind.EVENT, {}, at(0)) for _ in range(16)))
    assert sorted(answers) == [False] * 15 + [True]
    assert len(await store.inbox_pending(99)) == 1


async def test_a_settled_delivery_keeps_no_body_and_is_not_settled_twice(store, address):
    await store.receive("k", DeliveryKind.VIEW, {"response_url": "https://hooks.example/secret"}, at(0))
    (delivery,) = await store.inbox_pending(9)
    await store.inbox_done(delivery.id, at(1), "first")
    await store.inbox_done(delivery.id, at(2), "second")
    ((body, note),) = raw(address, "SELECT body, note FROM inbox")
    assert (bytes(body), note) == (b"{}", "first")


async def test_settled_deliveries_are_forgotten_after_their_time_and_waiting_ones_never(store):
    for key in ("old", "new", "waiting"):
        await store.receive(key, DeliveryKind.COMMAND, {}, at(0))
    old, new, waiting = await store.inbox_pending(9)
    await store.inbox_done(old.id, at(10))
    await store.inbox_done(new.id, at(1000))
    assert await store.prune(at(500)) == 1
    assert await store.inbox_pending(9) == (waiting,)
    assert await store.receive("old", DeliveryKind.COMMAND, {}, at(1001))
    assert not await store.receive("new", DeliveryKind.COMMAND, {}, at(1001))
